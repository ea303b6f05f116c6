"""The journal beside the status file: what happened, one JSON object a line.

Lines are added at the end. From time to time the past is summed up, and then the file is replaced
as a whole; whoever adds a line meanwhile waits for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secstatus.config import Config
from secstatus.errors import ExternalError
from secstatus.project.inputs import journal_folder
from secstatus.project.journal_file import HeldFile, hold_file, read_content
from secstatus.timestamps import format_timestamp

if TYPE_CHECKING:
    from secstatus.monitoring.journal.event import Event
    from secstatus.monitoring.journal.reader import Journal
    from secstatus.monitoring.journal.rollup import RollupLimits
    from secstatus.monitoring.probe import ProbeRun

NAME = "journal.jsonl"
WRITING, READING = "writing the journal", "reading the journal"


def journal_path(root: Path, config: Config) -> Path:
    return root / journal_folder(config) / NAME


def note(root: Path, config: Config, event: Mapping[str, Any]) -> None:
    """Add an event to the journal, which stands beside the status file.

    What a kill has cut off before stays a line of its own. A long reason is cut, as in `add`.
    Raises ExternalError when the disk refuses.
    """
    from secstatus.monitoring.journal.line import encode_event

    line = encode_event(event)
    with hold_file(journal_path(root, config), WRITING) as file:
        file.add(line)


def try_note(
    root: Path, config: Config, at: datetime, kind: str, outcome: str, details: Mapping[str, Any]
) -> tuple[str, ...]:
    """Add the event of a step that is done; a journal that cannot be written is a warning.

    An error would make the step look undone.
    """
    event = {**details, "at": format_timestamp(at), "kind": kind, "outcome": outcome}
    try:
        note(root, config, event)
    except ExternalError as error:
        return (f"the journal was not written: {error.message}",)
    return ()


def has_journal(root: Path, config: Config) -> bool:
    """Whether the project has one; a command that only reads its inputs never begins it."""
    return journal_path(root, config).is_file()


def read(root: Path, config: Config, now: datetime | None = None) -> Journal:
    """The journal; an empty one where there is none. Raises ExternalError when the disk refuses.

    With `now`, lines of later moments are not read.
    """
    from secstatus.monitoring.journal.reader import read_journal

    return read_journal(read_content(journal_path(root, config), READING), now)


def add(
    root: Path,
    config: Config,
    lines: Iterable[Event | ProbeRun],
    now: datetime,
    limits: RollupLimits | None = None,
) -> Journal:
    """Add the lines, sum up what is old, and return what the journal says then.

    The file is replaced only when there is something to sum up. Raises ExternalError when the disk
    refuses; the lines may stand there then, and adding the same ones again does no harm.
    """
    from secstatus.monitoring.journal.line import encode_line

    new = list(lines)
    # A run takes its time: what it has found since it began is not of the future.
    now = max([now, *(each.at for each in new)])
    with hold_file(journal_path(root, config), WRITING) as file:
        if new:
            file.add(b"".join(encode_line(each) for each in new))
        return _rolled(file, now, limits)


def _rolled(file: HeldFile, now: datetime, limits: RollupLimits | None) -> Journal:
    from secstatus.monitoring.journal.reader import encode_journal, read_journal
    from secstatus.monitoring.journal.rollup import fit_journal

    content = file.content()
    before = read_journal(content, now)
    after, problems = fit_journal(before, now, limits)
    told = replace(after, problems=(*before.problems, *problems))
    if after == before and not problems:
        return told
    if (shorter := encode_journal(after)) != content:
        file.replace(shorter)
    return told

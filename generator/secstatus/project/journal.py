"""The journal beside the status file: what happened, one JSON object a line.

Lines are added at the end. From time to time the past is summed up, and then the file is replaced
as a whole; a process that adds a line meanwhile waits for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secstatus.config import Config
from secstatus.errors import ExternalError
from secstatus.project.journal_file import HeldFile, hold_file, read_content
from secstatus.timestamps import format_timestamp

if TYPE_CHECKING:
    from secstatus.monitoring.journal.event import Event
    from secstatus.monitoring.journal.reader import Journal
    from secstatus.monitoring.journal.rollup import RollupLimits
    from secstatus.monitoring.probe import ProbeRun

NAME = "journal.jsonl"
WRITING, READING = "writing the journal", "reading the journal"


def find_journal(root: Path, config: Config) -> JournalStore:
    """The journal of a project, which may not be there yet."""
    return JournalStore(root / config.status_folder / NAME)


@dataclass(frozen=True, slots=True)
class JournalStore:
    """The file of the journal. The methods raise ExternalError when the disk refuses."""

    path: Path

    def exists(self) -> bool:
        """A command that only reads its inputs never begins a journal."""
        return self.path.is_file()

    def content(self) -> bytes:
        """What is in the file; nothing where there is none."""
        return read_content(self.path, READING)

    def read(self, now: datetime | None = None) -> Journal:
        """The journal; an empty one where there is none. With `now`, later lines are left out."""
        from secstatus.monitoring.journal.reader import read_journal

        return read_journal(self.content(), now)

    def note(self, event: Mapping[str, Any]) -> None:
        """Add an event.

        A line that a kill has cut off stays a line of its own. A long reason is cut, as in `add`.
        """
        from secstatus.monitoring.journal.line import encode_event

        line = encode_event(event)
        with hold_file(self.path, WRITING) as file:
            file.add(line)

    def try_note(
        self, at: datetime, kind: str, outcome: str, details: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Add the event of a step that is done; what the disk refuses is a warning.

        An error would make the step look undone.
        """
        try:
            self.note({**details, "at": format_timestamp(at), "kind": kind, "outcome": outcome})
        except ExternalError as error:
            return (f"the journal was not written: {error.message}",)
        return ()

    def add(
        self, lines: Iterable[Event | ProbeRun], now: datetime, limits: RollupLimits | None = None
    ) -> Journal:
        """Add the lines, sum up what is old, and return what the journal says then.

        The file is replaced only when there is something to sum up. When the disk refuses, the
        lines may stand there; adding the same ones again does no harm.
        """
        from secstatus.monitoring.journal.line import encode_line

        new = list(lines)
        # A run takes its time: what it has found since it began is not of the future.
        now = max([now, *(each.at for each in new)])
        with hold_file(self.path, WRITING) as file:
            if new:
                file.add(b"".join(encode_line(each) for each in new))
            return _sum_up(file, now, limits)


def _sum_up(file: HeldFile, now: datetime, limits: RollupLimits | None) -> Journal:
    from secstatus.monitoring.journal.reader import encode_journal, read_journal
    from secstatus.monitoring.journal.rollup import fit_journal

    content = file.content()
    before = read_journal(content, now)
    after, problems = fit_journal(before, now, limits)
    found = replace(after, problems=(*before.problems, *problems))
    if after == before and not problems:
        return found
    if (shorter := encode_journal(after)) != content:
        file.replace(shorter)
    return found

"""The journal beside the status file: one JSON object with an event on each line.

Lines are added at the end. A compaction replaces the file; a process that adds a line meanwhile
waits for it.
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

    # The journal is optional: without one the site shows no metrics.
    def exists(self) -> bool:
        """Whether there is a journal. A command that only reads its inputs never creates one."""
        return self.path.is_file()

    def content(self) -> bytes:
        """The bytes of the file; empty where there is no file."""
        return read_content(self.path, READING)

    def read(self, now: datetime | None = None) -> Journal:
        """The parsed journal; an empty one where there is no file.

        With `now`, later lines are left out.
        """
        from secstatus.monitoring.journal.reader import read_journal

        return read_journal(self.content(), now)

    def note(self, event: Mapping[str, Any]) -> None:
        """Add an event and write it to the disk.

        An incomplete last line is ended first. A long reason is shortened, as in `add`.
        """
        from secstatus.monitoring.journal.line import encode_event

        # Encoded before the lock is taken: an event that cannot be encoded must not leave an empty
        # file.
        line = encode_event(event)
        with hold_file(self.path, WRITING) as file:
            file.add(line)

    def try_note(
        self, at: datetime, kind: str, outcome: str, details: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Add the event of a completed step; return a warning when the disk refuses it.

        An error would make the completed step look failed.
        """
        try:
            self.note({**details, "at": format_timestamp(at), "kind": kind, "outcome": outcome})
        except ExternalError as error:
            return (f"the journal was not written: {error.message}",)
        return ()

    def add(
        self, lines: Iterable[Event | ProbeRun], now: datetime, limits: RollupLimits | None = None
    ) -> Journal:
        """Add the lines, compact old ones, and return the journal after that.

        The file is replaced only when there is something to compact. When the disk refuses, the
        lines may be written already; adding the same ones again does no harm.
        """
        from secstatus.monitoring.journal.line import encode_line

        new = list(lines)
        # A probe run takes time: lines that are newer than its start are not from the future.
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
    # The problems of the lines as read are returned even when compaction drops these lines.
    found = replace(after, problems=(*before.problems, *problems))
    if after == before and not problems:
        return found
    # Replacing equal bytes would change the inode and the time of the file for nothing.
    if (shorter := encode_journal(after)) != content:
        file.replace(shorter)
    return found

"""How it stood at a moment, in the form in which two moments can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from secstatus.findings.finding import Finding, group_by_shared_keys, make_identity
from secstatus.findings.severity import Severity
from secstatus.jsonio.records import UNSAVED, Count, Day, Flag, Identifier, Record, Timestamp
from secstatus.status.policy import Grade


class SnapshotState(StrEnum):
    """Where a finding stands. The first three are there; the others are over, with evidence."""

    OPEN = "open"
    UNOBSERVED = "unobserved"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"

    @property
    def is_there(self) -> bool:
        return self in (SnapshotState.OPEN, SnapshotState.UNOBSERVED, SnapshotState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class SnapshotFinding(Record):
    """One finding at that moment.

    `episode` counts the times that it was there, 0 when the source keeps no count. `opened` is the
    first day of the last episode, `closed` its last, None while the finding is there. `evidence`
    says by what it is closed or why it is in doubt. `fixable`: a fixed version is known. `finding`
    has the texts; a baseline has none. `graded`: users of the package are exposed to it;
    a development or tool dependency releases nothing. `own`: the advisory is about the package
    itself, and no release is its fix by being newer.
    """

    unsaved = ("evidence", "finding", "graded", "own")

    finding_id: Identifier
    severity: Severity
    state: SnapshotState
    opened: Day
    package: str = ""
    aliases: tuple[Identifier, ...] = ()
    episode: Count = 0
    closed: Day | None = None
    evidence: str = ""
    fixable: Flag = False
    finding: Annotated[Finding | None, UNSAVED] = None
    graded: bool = True
    own: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.finding_id, *self.aliases)

    @property
    def key(self) -> tuple[str, str]:
        return make_identity(self.finding_id, self.package)

    def weight(self, day: date, unknown_days: int) -> Severity:
        """The severity that counts: one that stays unknown for so many days counts as high."""
        # SPEC 4: an unknown severity is an alert first, and counts as high after seven days.
        waited = (day - self.opened).days >= unknown_days
        return Severity.HIGH if self.severity is Severity.UNKNOWN and waited else self.severity


@dataclass(frozen=True, slots=True)
class Snapshot(Record):
    """All findings at the moment `at`, the grade, and what is in doubt.

    `proved`: every required scan is complete and fresh, so that the grade may be compared.
    `doubts` are sentences: each scan that is incomplete, each contradiction.
    """

    unsaved = ("doubts",)

    at: Timestamp
    scanned_at: Timestamp
    grade: Grade
    proved: Flag
    items: tuple[SnapshotFinding, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def there(self) -> list[SnapshotFinding]:
        return [item for item in self.items if item.state.is_there]

    @property
    def counted(self) -> list[SnapshotFinding]:
        """What counts in the grade, worst first."""
        items = [item for item in self.there if item.state is not SnapshotState.ACCEPTED]
        return sorted(items, key=lambda item: (item.severity.rank, item.key))


@dataclass(frozen=True, slots=True)
class SnapshotPair:
    """What is one finding before and after; either side may be empty, or have several parts."""

    old: tuple[SnapshotFinding, ...]
    new: tuple[SnapshotFinding, ...]


def pairs(old: Iterable[SnapshotFinding], new: Iterable[SnapshotFinding]) -> list[SnapshotPair]:
    """The findings of two moments, each with itself.

    Two entries are one finding when an id of theirs is the same, also by way of others, in the
    same package; an entry without a package is the same in any. Sorted by key.
    """
    sides = ([*old], [*new])
    entries = [(side, item) for side, items in enumerate(sides) for item in items]
    group = _grouped([item for _, item in entries])
    found: dict[int, tuple[list[SnapshotFinding], list[SnapshotFinding]]] = {}
    for number, (side, item) in enumerate(entries):
        found.setdefault(group[number], ([], []))[side].append(item)
    both = [SnapshotPair(_sorted(olds), _sorted(news)) for olds, news in found.values()]
    return sorted(both, key=lambda pair: (pair.new or pair.old)[0].key)


def _sorted(items: list[SnapshotFinding]) -> tuple[SnapshotFinding, ...]:
    """What is there before what is over, the worst first: the first one stands for all."""
    return tuple(
        sorted(items, key=lambda item: (not item.state.is_there, item.severity.rank, item.key))
    )


def _grouped(items: list[SnapshotFinding]) -> list[int]:
    """For each entry the number of its group: that of an id which two of them share."""
    # The design's files name no package; an id among them matches in any.
    bare = {name.casefold() for item in items if not item.package for name in item.ids}

    def list_keys(item: SnapshotFinding) -> list[tuple[str, str]]:
        packages = ("" if name.casefold() in bare else item.package for name in item.ids)
        return [*map(make_identity, item.ids, packages)]

    return group_by_shared_keys([list_keys(item) for item in items])

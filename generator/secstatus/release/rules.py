"""The decision matrix as data: the first row that fits a change says what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from secstatus.findings.severity import Severity
from secstatus.release.changes import ChangeType, SecurityChange


class Action(StrEnum):
    """What a row asks for, the strongest first. `alert`: no release, but people should know."""

    AUTO = "security_auto"
    ALERT = "alert"
    NONE = "none"


SEVERE = frozenset({Severity.CRITICAL.value, Severity.HIGH.value})
ANY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """One row. It fits a change of one of its `types`, of one of its `impacts` (empty: any), that
    `rises` or not (None: either), whose new state ends with `ends`, and whose finding is of this
    `about`: `own` (an advisory about the package itself), `other` (development and tools).

    `text` is the rule in words, as the pages and notes give it.
    """

    name: str
    types: frozenset[ChangeType]
    action: Action
    text: str
    impacts: frozenset[str] = ANY
    rises: bool | None = None
    ends: str = ""
    about: str = ""

    def fits(self, change: SecurityChange) -> bool:
        return (
            change.change_type in self.types
            and (not self.impacts or change.impact_level in self.impacts)
            and self.rises in (None, change.rises)
            and change.new_state.endswith(self.ends)
            and self.about in ("", change.about)
        )


def _only(*types: ChangeType) -> frozenset[ChangeType]:
    return frozenset(types)


_UNKNOWN = frozenset({Severity.UNKNOWN.value})

# Changes of a single finding; the others are of the whole.
_FINDINGS = frozenset(ChangeType) - {ChangeType.GRADE, ChangeType.DOUBT}

MATRIX: tuple[Row, ...] = (
    Row(
        "incomplete",
        _only(ChangeType.DOUBT),
        Action.ALERT,
        "A scan is incomplete or contradicts itself: nothing that depends on it is decided",
    ),
    Row(
        "development",
        _FINDINGS,
        Action.NONE,
        "In a development or tool dependency: a release brings it to nobody",
        about="other",
    ),
    Row(
        "own-ended",
        _only(ChangeType.RESOLVED, ChangeType.WITHDRAWN),
        Action.NONE,
        "An advisory about this package itself has ended: the release that fixes it is out",
        about="own",
    ),
    Row(
        "own",
        _FINDINGS,
        Action.ALERT,
        "An advisory about this package itself: a version bump is no fix; release the fix by hand",
        about="own",
    ),
    Row("new-severe", _only(ChangeType.NEW), Action.AUTO, "New and high or critical", SEVERE),
    Row(
        "reopened-severe",
        _only(ChangeType.REOPENED),
        Action.AUTO,
        "Back again, and high or critical",
        SEVERE,
    ),
    Row(
        "raised-to-severe",
        _only(ChangeType.SEVERITY),
        Action.AUTO,
        "Severity raised to high or critical",
        SEVERE,
        rises=True,
    ),
    Row(
        "resolved",
        _only(ChangeType.RESOLVED),
        Action.AUTO,
        "Resolved, with evidence, whatever the severity",
    ),
    Row(
        "grade-unproved",
        _only(ChangeType.GRADE),
        Action.NONE,
        "A better grade that no resolved finding explains",
        rises=False,
        ends="without evidence",
    ),
    Row(
        "grade-up",
        _only(ChangeType.GRADE),
        Action.AUTO,
        "The grade is better by a letter or more, on complete scans",
        rises=False,
    ),
    Row(
        "severity-unknown",
        _only(ChangeType.NEW, ChangeType.REOPENED),
        Action.ALERT,
        "Severity unknown: it is waited for, then it counts as high",
        _UNKNOWN,
    ),
    Row(
        "new-mild",
        _only(ChangeType.NEW, ChangeType.REOPENED),
        Action.NONE,
        "New or back, and not high: it goes into the next release",
    ),
    Row("lowered", _only(ChangeType.SEVERITY), Action.NONE, "Severity lowered", rises=False),
    Row("raised-mild", _only(ChangeType.SEVERITY), Action.NONE, "Severity raised below high"),
    Row(
        "suppressed",
        _only(ChangeType.SUPPRESSED),
        Action.NONE,
        "Accepted or a false positive by people's word: nothing was resolved",
    ),
    Row("withdrawn", _only(ChangeType.WITHDRAWN), Action.NONE, "The advisory was withdrawn"),
    Row(
        "counted-again",
        _only(ChangeType.COUNTED_AGAIN),
        Action.ALERT,
        "The acceptance is over: it counts again",
    ),
    Row(
        "unobserved",
        _only(ChangeType.UNOBSERVED),
        Action.ALERT,
        "No longer reported, and nothing proves that it is gone: it counts as open",
    ),
    Row("observed-again", _only(ChangeType.OBSERVED_AGAIN), Action.NONE, "Reported again"),
    Row(
        "fix-for-severe",
        _only(ChangeType.FIX_AVAILABLE),
        Action.ALERT,
        "A fixed version is out: update the dependency, then release it",
        SEVERE,
    ),
    Row("fix", _only(ChangeType.FIX_AVAILABLE), Action.NONE, "A fixed version is out"),
    Row("grade-down", _only(ChangeType.GRADE), Action.ALERT, "The grade is worse"),
    Row("metadata", _only(ChangeType.METADATA), Action.NONE, "Ids and wording only"),
)


@dataclass(frozen=True, slots=True)
class RuledChange:
    """A change, the row that fits it first, and what follows. `settled` says why it does not."""

    change: SecurityChange
    row: Row
    action: Action
    settled: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseDecisionMatrix:
    """Judges changes by the first row that fits. Every change of a detector fits one."""

    rows: Sequence[Row] = MATRIX

    def judged(self, changes: Sequence[SecurityChange]) -> tuple[RuledChange, ...]:
        """Every change with its row. Raises LookupError for a change without one."""
        return tuple(self._judged(change) for change in changes)

    def _judged(self, change: SecurityChange) -> RuledChange:
        row = next((row for row in self.rows if row.fits(change)), None)
        if row is None:
            raise LookupError(f"no row of the matrix fits {change.change_type}")
        return RuledChange(change, row, row.action)

"""The grades and the policies of an assessment, as the configuration states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from secstatus.findings.severity import Severity


class Grade(StrEnum):
    """The grades, best first."""

    A = "A"
    B = "B"
    C = "C"
    # Between C and D (SPEC 3): what is not known never hides a known D or F, and is no better than
    # C.
    UNKNOWN = "?"
    D = "D"
    F = "F"

    @property
    def rank(self) -> int:
        return _RANK[self]


_RANK = {grade: rank for rank, grade in enumerate(Grade)}


SLA_DAYS = MappingProxyType(
    {
        Severity.CRITICAL: 7,
        Severity.HIGH: 30,
        # As high: an unknown severity may turn out to be that, and then its time has already run.
        Severity.UNKNOWN: 30,
        Severity.MEDIUM: 90,
        Severity.LOW: 180,
    }
)


@dataclass(frozen=True, slots=True)
class GradePolicy:
    """The figures of the rules; the rules themselves are code. All of it is published.

    `sla_days`: days that a finding may stay open. `cadence_days`: the rhythm of the scans.
    `many_*`: the number of findings from which the lower ceiling holds. `stale`: scan ages, in
    cadences, past which the ceiling is B, C and `?`.
    """

    sla_days: Mapping[Severity, int] = field(default_factory=lambda: SLA_DAYS)
    cadence_days: float = 7
    many_high: int = 3
    many_medium: int = 6
    many_low: int = 11
    stale: tuple[float, float, float] = (1.5, 2, 3)

    @property
    def cadence(self) -> timedelta:
        return timedelta(days=self.cadence_days)

    def limits(self, scanned_at: datetime) -> list[tuple[datetime, Grade, float]]:
        """For a scan: the last moment before each ceiling of age, the ceiling, the cadences."""
        ceilings = (Grade.B, Grade.C, Grade.UNKNOWN)
        return [
            (scanned_at + self.cadence * cadences, ceiling, cadences)
            for cadences, ceiling in zip(self.stale, ceilings, strict=True)
        ]


# Words of `Scope`. Its module would cost every start of the program 5 ms, and the configuration is
# read before a build knows whether anything has changed.
GRADE_SCOPES = ("runtime", "extra")


@dataclass(frozen=True, slots=True)
class AssessmentPolicy:
    """The grade's figures, whose findings it counts, and who has to deliver.

    `required_scanners` None: those that the file itself calls required, and at least one that
    looks at dependencies. `optional_scanners` may fail without an effect on the grade.
    `grade_scopes` are the scopes whose vulnerabilities count; findings in code count always.
    """

    grade: GradePolicy = field(default_factory=GradePolicy)
    required_scanners: tuple[str, ...] | None = None
    optional_scanners: tuple[str, ...] = ()
    grade_scopes: tuple[str, ...] = GRADE_SCOPES

"""What holds on a day, as a value: the status, its findings and their counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from secstatus.findings.finding import Finding
from secstatus.findings.severity import Severity
from secstatus.status.due_dates import utc_day
from secstatus.status.grade import Evidence, Reason
from secstatus.status.grade_schedule import ScheduleStep
from secstatus.status.merge_plans import Disagreement
from secstatus.status.policy import GRADE_SCOPES, Grade
from secstatus.status.status_document import ScanRecord

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class SecurityFinding:
    """A finding on a day: the facts, and what the calendar makes of them.

    `section` says where it is counted: `vulnerability`, `other` (a scope that is not graded) or
    `code`.
    """

    finding: Finding
    days_since_discovery: int
    due_date: date | None
    due_by: str
    overdue: bool
    accepted: bool
    section: str = "vulnerability"

    @property
    def finding_id(self) -> str:
        return self.finding.finding_id

    @property
    def severity(self) -> Severity:
        return self.finding.severity

    @property
    def description(self) -> str:
        return self.finding.description

    @property
    def discovered_date(self) -> date:
        return self.finding.discovered_date

    @property
    def remediation_plan(self) -> str | None:
        return self.finding.remediation_plan


@dataclass(frozen=True, slots=True)
class VulnerabilitySummary:
    """Open findings of one section by severity.

    `accepted` ones are not in `total` and not in the severities; `accepted_severe` are the critical
    and high ones among them.
    """

    total: int
    critical: int
    high: int
    medium: int
    low: int
    unknown: int
    info: int
    accepted: int
    overdue: int
    accepted_severe: int = 0


NOTHING = VulnerabilitySummary(0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SecurityStatus:
    """What is true at `as_of`, the first moment from which on all of it has held.

    `as_of` is not the moment of the build: two builds between which nothing changes say the same.
    It holds until `changes_at`. `schedule` begins with the step that holds, `past` are the steps
    since the status was written up to that one. `findings` are sorted most urgent first, accepted
    ones last. `vulnerability_summary` counts those of the graded scopes, `other_summary` those of
    the others, `code_summary` the findings in code, which are graded too. `grade_without_accepted`
    is the grade if nothing were accepted.
    """

    as_of: datetime
    changes_at: datetime
    last_updated: datetime
    scan_date: datetime
    vulnerability_summary: VulnerabilitySummary
    findings: tuple[SecurityFinding, ...]
    security_grade: Grade
    reasons: tuple[Reason, ...]
    schedule: tuple[ScheduleStep, ...]
    past: tuple[ScheduleStep, ...]
    valid_until: datetime | None
    next_scan_due: datetime
    days_since_last_vulnerability: int | None
    remediation_status: str
    scans: tuple[ScanRecord, ...]
    coverage_stated: bool
    required: tuple[str, ...]
    missing: tuple[Evidence, ...]
    disagreements: tuple[Disagreement, ...]
    stated_grade: str | None
    revision: int | None
    other_summary: VulnerabilitySummary = NOTHING
    code_summary: VulnerabilitySummary = NOTHING
    grade_without_accepted: Grade = Grade.UNKNOWN
    grade_scopes: tuple[str, ...] = GRADE_SCOPES

    @property
    def today(self) -> date:
        return utc_day(self.as_of)

    def in_section(self, name: str) -> tuple[SecurityFinding, ...]:
        """The findings of one section, in their order."""
        return tuple(item for item in self.findings if item.section == name)

    @property
    def accepts_severe(self) -> bool:
        """Whether a critical or high finding that would count is open and accepted."""
        return bool(self.vulnerability_summary.accepted_severe or self.code_summary.accepted_severe)

    @property
    def fresh(self) -> bool:
        """Whether no ceiling of age applies."""
        ages = [reason for reason in self.reasons if reason.rule.startswith("freshness.")]
        return all(reason.ceiling is Grade.A for reason in ages)

    @property
    def proved(self) -> bool:
        """Whether the grade is based on evidence: `?` never does."""
        return self.security_grade is not Grade.UNKNOWN and not any(
            reason.ceiling is Grade.UNKNOWN for reason in self.reasons
        )

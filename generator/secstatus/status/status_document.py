"""`live-status.json` from text and back.

Three kinds are read: the design's minimal file, the files that mypylogger's generator wrote (extra
columns, microseconds), and our own (`schema_version` 1.x). Types are strict; a contradiction is
an error, because either half of it could be the lie. Fields that this version does not know are
kept by a read and a write.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from secstatus.findings.finding import CODE_KINDS, Finding, qualify_package
from secstatus.findings.observation import Scope
from secstatus.findings.severity import Severity
from secstatus.timestamps import EARLIEST_YEAR, parse_day, parse_timestamp

# Strict types: `"3"` for a count is a file that another program damaged.
Strict = ConfigDict(extra="allow", frozen=True, strict=True)


def parse_time_field(value: object) -> datetime:
    """An ISO 8601 date and time in UTC; one without a zone is read as UTC (and reported)."""
    # A bare day is not a time: reading it as midnight would make a scan up to a day older.
    if isinstance(value, str) and len(value) >= 19 and value[10] in "T ":
        with suppress(ValueError):
            return parse_timestamp(value)
    raise ValueError("a date and time such as 2025-01-21T10:30:00Z")


def parse_day_field(value: object) -> date:
    """A UTC day, from `YYYY-MM-DD` or from a date and time."""
    if isinstance(value, str) and len(value) > 10:
        return parse_time_field(value).date()
    if isinstance(value, str) and len(value) == 10:
        with suppress(ValueError):
            # Years such as 0001 are defaults of other programs, not dates.
            if (day := parse_day(value)).year >= EARLIEST_YEAR:
                return day
    raise ValueError("a date such as 2025-01-21, or a date and time")


def severity_word(value: object) -> Severity:
    """One word of the scale, in any case."""
    if isinstance(value, str):
        with suppress(ValueError):
            # Any case: files written by hand or by other generators differ.
            return Severity(value.lower())
    raise ValueError("one of " + ", ".join(Severity))


Moment = Annotated[datetime, BeforeValidator(parse_time_field, json_schema_input_type=str)]
Day = Annotated[date, BeforeValidator(parse_day_field, json_schema_input_type=str)]
Word = Annotated[Severity, BeforeValidator(severity_word, json_schema_input_type=Severity)]
Count = Annotated[int, Field(ge=0)]
Identifier = Annotated[str, Field(min_length=1, max_length=300)]
GradeText = Literal["A", "B", "C", "D", "F", "?"]


class SkippedRecord(BaseModel, title="Skipped"):
    """Something that a scanner did not examine, with the reason."""

    model_config = Strict
    name: str
    reason: str = ""


class ScanRecord(BaseModel):
    """The latest scan of one scanner. `unstated`: its report does not state the coverage.

    `optional`: its failure does not affect the grade. `ecosystems` are the purl types that it
    examined, empty if not stated. `dated_by` is the source of `scanned_at`.
    """

    model_config = Strict
    scanner: Identifier
    verdict: Literal["complete", "partial", "failed", "unstated"]
    scanned_at: Moment
    kind: Literal["dependencies", "code", "secrets", "other"] | None = None
    # A scan that does not say it is optional counts: the strict reading is the safe one.
    required: bool = True
    optional: bool = False
    ecosystems: list[str] = []
    dated_by: Literal["report", "option", "commit", "file", "run"] | None = None
    audited: Count | None = None
    unit: str = ""
    tool_version: str = ""
    skipped: list[SkippedRecord] = []
    problems: list[str] = []
    last_complete_at: Moment | None = None
    last_complete_grade: GradeText | None = None


class VulnerabilityCounts(BaseModel, title="Summary"):
    """Counts of one part of `findings`; a missing count is computed from the findings."""

    model_config = Strict
    total: Count
    high: Count
    medium: Count
    low: Count
    critical: Count | None = None
    unknown: Count | None = None
    info: Count | None = None


class StatusFinding(BaseModel):
    """One finding as the status file states it.

    `kind` and `scope` are values of ScanKind and Scope. `package` is the plain name and `ecosystem`
    its purl type, PyPI without one.
    """

    model_config = Strict
    finding_id: Identifier
    severity: Word
    discovered_date: Day
    description: str = ""
    days_since_discovery: Count = 0
    remediation_plan: str | None = None
    package: str | None = None
    version: str | None = None
    fix_available: bool | None = None
    fix_version: str | None = None
    reference_url: str | None = None
    title: str | None = None
    aliases: list[Identifier] = []
    source: str | None = None
    # Closed findings stand in `closed`: one listed here always counts or is accepted.
    status: Literal["open", "accepted"] = "open"
    published: Day | None = None
    # Not strict: JSON does not tell 7 from 7.0.
    cvss_score: Annotated[float, Field(ge=0, le=10, strict=False)] | None = None
    cvss_vector: str | None = None
    severity_from: str | None = None
    unobserved: str | None = None
    kind: Literal["dependencies", "code", "secrets", "other"] | None = None
    scope: Literal["runtime", "extra", "development", "tool"] | None = None
    ecosystem: str | None = None
    location: str | None = None

    @property
    def qualified_package(self) -> str:
        """The package as the ledger names it."""
        return qualify_package(self.package or "", self.ecosystem)


# The fields that a finding has under the same name in the file and in memory. The file has null
# for an empty text; `package` is qualified in memory only.
SHARED_FIELDS = tuple(
    each.name for each in fields(Finding) if each.name in StatusFinding.model_fields
)


class ClosedFinding(BaseModel):
    """A finding that no longer counts, with the evidence. `episode` counts its open periods."""

    model_config = Strict
    finding_id: Identifier
    severity: Word
    outcome: Literal["resolved", "withdrawn"]
    opened: Day
    closed: Day
    package: str | None = None
    aliases: list[Identifier] = []
    episode: Count = 0
    evidence: str = ""
    kind: Literal["dependencies", "code", "secrets", "other"] | None = None
    scope: Literal["runtime", "extra", "development", "tool"] | None = None
    ecosystem: str | None = None

    @property
    def qualified_package(self) -> str:
        """The package as the ledger names it."""
        return qualify_package(self.package or "", self.ecosystem)


class StatusDocument(BaseModel):
    """The status file. `schema_version` None means the design's schema, which has no scans.

    `closed` are the most recently closed findings, newest first; None if not stated.
    `vulnerability_summary` counts the vulnerabilities of `grade_scopes`, `other_summary` those of
    the other scopes, `code_summary` the findings in code; a file without `grade_scopes` (before
    schema 1.1) counts everything in the first.
    """

    model_config = Strict
    last_updated: Moment
    scan_date: Moment
    vulnerability_summary: VulnerabilityCounts
    findings: list[StatusFinding]
    security_grade: GradeText | None
    days_since_last_vulnerability: Count | None
    remediation_status: Literal["current", "pending", "overdue", "outdated", "unknown"]
    schema_version: Annotated[str, Field(pattern=r"^\d+\.\d+$")] | None = None
    revision: Count | None = None
    scans: list[ScanRecord] | None = None
    closed: list[ClosedFinding] | None = None
    grade_scopes: list[Literal["runtime", "extra", "development", "tool"]] | None = None
    other_summary: VulnerabilityCounts | None = None
    code_summary: VulnerabilityCounts | None = None
    security_grade_without_accepted: GradeText | None = None
    grade_reasons: list[dict[str, Any]] = []
    grade_schedule: list[dict[str, Any]] = []
    valid_until: Moment | None = None


def name_section(kind: str | None, scope: str | None, scopes: Collection[str]) -> str:
    """Where a finding is counted: `vulnerability`, `other` (scopes that are not graded), `code`.

    A finding whose kind or scope is not known may be what users install.
    """
    # Scope is a property of dependencies; secrets in a test file are still in the project.
    if kind in CODE_KINDS:
        return "code"
    return "vulnerability" if (scope or Scope.RUNTIME.value) in scopes else "other"

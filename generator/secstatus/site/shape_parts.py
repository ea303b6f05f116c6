"""The parts of which the published documents are made, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", description="UTC")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", description="A UTC day")]
Grade = Literal["A", "B", "C", "D", "F", "?"]
Severity = Literal["critical", "high", "medium", "low", "unknown", "info"]
Remediation = Literal["current", "pending", "overdue", "unknown"]
Count = Annotated[int, Field(ge=0)]
Scope = Literal["runtime", "extra", "development", "tool"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Url = Annotated[str, Field(pattern=r"^https?://")]
SchemaUrl = Annotated[str, Field(alias="$schema", pattern=r"^https://")]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class Reason(Shape):
    """One rule that applied, and the best grade that it allows."""

    rule: str
    ceiling: Grade
    decides: bool
    text: str
    detail: str | None


class Step(Shape):
    """From this moment on the grade is this one, if nothing new is learnt."""

    from_: Annotated[Moment, Field(alias="from")]
    grade: Grade
    reason: str
    remediation_status: Remediation


class SkippedItem(Shape):
    name: str
    reason: str


class Scan(Shape):
    """The latest scan of one scanner."""

    scanner: str
    kind: Literal["dependencies", "code", "secrets", "other"]
    verdict: Literal["complete", "partial", "failed", "unstated"]
    scanned_at: Moment
    last_complete_at: Moment | None
    required: bool
    audited: Count | None
    unit: str
    tool_version: str
    skipped: list[SkippedItem]
    problems: list[str]
    optional: Annotated[bool, Field(description="Its failure does not count against the grade")]
    ecosystems: Annotated[list[str], Field(description="Purl types; empty: not stated")]
    dated_by: Annotated[
        Literal["report", "option", "commit", "file", "run"] | None,
        Field(description="Where `scanned_at` comes from"),
    ]


class Summary(Shape):
    """Open findings of one section by severity; accepted ones apart, overdue ones again."""

    total: Count
    critical: Count
    high: Count
    medium: Count
    low: Count
    unknown: Count
    info: Count
    accepted: Count
    overdue: Count
    accepted_severe: Annotated[
        Count, Field(description="The critical and high ones among `accepted`")
    ]


class Coverage(Shape):
    required: list[str]
    stated: bool


class Disagreement(Shape):
    finding_id: str
    text: str


class Many(Shape):
    high: Count
    medium: Count
    low: Count


class Policy(Shape):
    """The figures of the grade's rules."""

    version: int
    cadence_days: float | int
    many: Many
    sla_days: dict[str, Count]
    stale_cadences: list[float | int]


class StatusLinks(Shape):
    findings: Url
    html: Url
    index: Url


class FindingLinks(Shape):
    """The page and the file of a finding."""

    html: Url
    json_: Annotated[Url, Field(alias="json")]


class ListHead(Shape):
    """What a list begins with; `modified` moves only when the list does."""

    schema_: SchemaUrl
    schema_version: str
    package: str
    modified: Moment

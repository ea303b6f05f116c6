"""The pydantic models of a published finding, and the parts that all documents share."""

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
# http as well: a preview on this machine has no certificate.
Url = Annotated[str, Field(pattern=r"^https?://")]
SchemaUrl = Annotated[str, Field(alias="$schema", pattern=r"^https://")]


class Shape(BaseModel):
    # Strict and closed for our own check; `open_schema` opens the published schemas for v1 to grow.
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class PublishedReason(Shape, title="Reason"):
    """One rule that applied, and the best grade that it allows."""

    rule: str
    ceiling: Grade
    decides: bool
    text: str
    detail: str | None


class Step(Shape):
    """The grade from this time on, as long as no new information arrives."""

    from_: Annotated[Moment, Field(alias="from")]
    grade: Grade
    reason: str
    remediation_status: Remediation


class SkippedItem(Shape):
    name: str
    reason: str


class PublishedScan(Shape, title="Scan"):
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
    optional: Annotated[bool, Field(description="Its failure does not affect the grade")]
    ecosystems: Annotated[list[str], Field(description="Purl types; empty: not stated")]
    dated_by: Annotated[
        Literal["report", "option", "commit", "file", "run"] | None,
        Field(description="Where `scanned_at` comes from"),
    ]


class PublishedSummary(Shape, title="Summary"):
    """Open findings of one section by severity; accepted ones separately, overdue ones also."""

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


class PublishedDisagreement(Shape, title="Disagreement"):
    finding_id: str
    text: str


class Many(Shape):
    high: Count
    medium: Count
    low: Count


class Policy(Shape):
    """The limits of the grade's rules."""

    version: int
    cadence_days: float | int
    many: Many
    # By severity; a configuration may give info one, so the keys are open.
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


class _FindingFacts(Shape):
    finding_id: str
    aliases: list[str]
    severity: Severity
    package: str | None
    version: str | None
    title: str
    discovered_date: Day
    due_date: Day | None
    fix_available: bool | None
    fix_version: str | None
    reference_url: str | None
    source: str | None
    kind: Literal["dependencies", "code", "secrets", "other"] | None
    scope: Annotated[Scope | None, Field(description="The audience of the dependency")]
    ecosystem: Annotated[str | None, Field(description="Purl type of the package")]
    location: Annotated[str | None, Field(description="File and line of a finding in the code")]
    section: Annotated[
        Literal["vulnerability", "code", "other"] | None,
        Field(description="Which of the summaries counts it; null: of an older site"),
    ]


class ListedFinding(_FindingFacts):
    """A finding in index.json: the design's columns, with ages, which move every day."""

    status: Literal["open", "accepted"]
    description: str
    days_since_discovery: Count
    overdue: bool
    remediation_plan: str | None


class PublicPlan(Shape):
    """The intention of the maintainers."""

    action: str | None
    # Open on purpose: plan states follow VEX, which has added words before.
    state: str | None
    owner: str | None
    target_date: Day | None
    workaround: str | None
    reason: str | None
    expires: Day | None


class ShortFinding(_FindingFacts):
    """A finding in the list of all findings: dates, no ages."""

    status: Literal["open", "accepted", "unlisted", "resolved", "withdrawn"]
    name: Annotated[str, Field(description="The name of its page and its file")]
    due_by: Literal["policy", "plan"] | None
    cvss_score: float | None
    published: Day | None
    plan: PublicPlan | None
    unlisted_since: Day | None
    unobserved: Annotated[
        str | None, Field(description="Why it still counts without a report in the last scan")
    ]
    resolved_date: Annotated[Day | None, Field(description="When it was resolved or withdrawn")]
    severity_from: Annotated[str | None, Field(description="The source of the severity")]
    links: FindingLinks


class PublishedFinding(ShortFinding, title="Finding"):
    """One finding in detail."""

    schema_: SchemaUrl
    description: str
    impact: str | None
    cvss_vector: str | None
    evidence: Annotated[str | None, Field(description="What proves that it is resolved")]

"""The published documents of a finding, as pydantic models: in a list, in the index, and whole."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from secstatus.site.shape_parts import (
    Count,
    Day,
    FindingLinks,
    SchemaUrl,
    Scope,
    Severity,
    Shape,
)


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
    scope: Annotated[Scope | None, Field(description="Whom the dependency reaches")]
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
    """What the maintainers intend to do."""

    action: str | None
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
        str | None, Field(description="Why the last scan does not show it, though it still counts")
    ]
    resolved_date: Annotated[Day | None, Field(description="When it was resolved or withdrawn")]
    severity_from: Annotated[str | None, Field(description="Who says the severity")]
    links: FindingLinks


class Finding(ShortFinding):
    """One finding, whole."""

    schema_: SchemaUrl
    description: str
    impact: str | None
    cvss_vector: str | None
    evidence: Annotated[str | None, Field(description="What proves that it is gone")]

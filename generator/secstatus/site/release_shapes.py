"""The published release decisions as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from secstatus.site.shape_parts import Count, FindingLinks, Grade, ListHead, Moment, Shape

State = Literal[
    "none",
    "planned",
    "committed",
    "pushed",
    "published",
    "announced",
    "failed",
    "superseded",
    "declined",
]


class ReleaseStep(Shape):
    """A state that was reached, when, and what names it."""

    state: State
    at: Moment
    version: str | None
    commit: str | None
    tag: str | None
    note: str | None


class SecurityChange(Shape):
    """One change of the status, the rule that it fell under, and what follows from it."""

    change_type: Annotated[
        str, Field(description="Such as new_vulnerability, resolved, severity_change")
    ]
    finding_id: Annotated[str | None, Field(description="null: it is about the whole")]
    package: str | None
    old_state: str | None
    new_state: str | None
    impact_level: Annotated[str | None, Field(description="A severity, or none")]
    text: Annotated[str, Field(description="The change in a sentence")]
    row: Annotated[str, Field(description="The rule, by its name")]
    action: Annotated[str, Field(description="security_auto, alert or none")]
    settled: Annotated[str | None, Field(description="Why it does not ask for a release again")]
    event_key: Annotated[str, Field(description="Names the event, the same in every run")]
    links: Annotated[FindingLinks | None, Field(description="null: there is no page of it")]


class ReleaseDecision(Shape):
    """One decision, also one not to release, and how far its release came."""

    decision_id: str
    decided_at: Moment
    scan_date: Annotated[Moment, Field(description="The scan that it rests on")]
    should_release: Annotated[bool, Field(description="What was decided; `state`: what came of it")]
    trigger_type: Literal["security_auto", "manual", "none"]
    bump: Annotated[str | None, Field(description="The part of the version to raise")]
    grade: Grade | None
    justification: str
    state: State
    version: Annotated[str | None, Field(description="The version that it became")]
    tag: str | None
    commit: str | None
    steps: list[ReleaseStep]
    security_changes: Annotated[
        list[SecurityChange],
        Field(description="A decision not to release leaves out what an earlier one told"),
    ]
    more: Annotated[Count, Field(description="Changes that are left out here")]
    alerts: Annotated[list[str], Field(description="What people should know or do")]
    release_notes: Annotated[str | None, Field(description="Markdown")]


class LatestRelease(Shape):
    """The last release that is out."""

    decision_id: str
    version: str | None
    published_at: Moment


class Releases(ListHead):
    """Every decision whether to release, newest first."""

    latest_release: LatestRelease | None
    decisions: list[ReleaseDecision]

"""The pydantic models of published metrics and release decisions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from secstatus.site.api.finding_models import (
    Count,
    Day,
    FindingLinks,
    Grade,
    ListHead,
    Moment,
    SchemaUrl,
    Shape,
)

State = Literal["up", "slow", "stale", "tampered", "down"]
Share = Annotated[float | int, Field(ge=0, le=1, description="From 0 to 1")]
Figure = Annotated[float | int, Field(ge=0)]


class Endpoint(Shape):
    """One address at the last look."""

    path: Annotated[str, Field(description="Relative to the site; empty: its own page")]
    state: State
    fault: Annotated[str | None, Field(description="Why it is not up, in a word")]
    reason: str | None
    http_status: Annotated[int | None, Field(description="null: no answer")]
    first_byte_ms: Figure | None
    latency_ms: Annotated[Figure | None, Field(description="From the first packet to the last")]
    size: Count | None
    tls_days: Annotated[float | int | None, Field(description="Days until the certificate ends")]
    age_s: Annotated[int | None, Field(description="The Age header")]
    cache_hit: bool | None
    encoding: str | None
    attempts: Count


class States(Shape):
    """Answers by state."""

    up: Count
    slow: Count
    stale: Count
    tampered: Count
    down: Count


class Quantiles(Shape):
    """Times of answers in milliseconds, to within 5 %."""

    p50: Figure | None
    p95: Figure | None
    p99: Figure | None


class Window(Shape):
    """The time that ends with the last look; null where nobody asked."""

    from_: Annotated[Moment | None, Field(alias="from")]
    rounds: Annotated[Count, Field(description="How often was looked")]
    probes: Annotated[Count, Field(description="Addresses asked, over all looks")]
    states: States
    availability: Annotated[
        Share | None, Field(description="Answers that were what was published, slow ones too")
    ]
    error_rate: Annotated[Share | None, Field(description="Addresses that were down")]
    latency_ms: Quantiles | None
    cache_hit_rate: Share | None
    longest_gap_hours: Annotated[Figure | None, Field(description="In which nobody looked")]


class Windows(Shape):
    """The last day, week, month and quarter."""

    day: Annotated[Window, Field(alias="24h")]
    week: Annotated[Window, Field(alias="7d")]
    month: Annotated[Window, Field(alias="30d")]
    quarter: Annotated[Window, Field(alias="90d")]


class MeasuredDay(Shape):
    """A UTC day on which somebody looked."""

    date: Day
    rounds: Count
    availability: Share | None
    p50_ms: Figure | None
    p95_ms: Figure | None


class Publishing(Shape):
    """Attempts to publish in 90 days."""

    attempts: Count
    succeeded: Count
    failed: Count
    success_rate: Share | None
    authentication_success_rate: Share | None
    last_at: Moment | None
    last_outcome: str | None
    last_version: str | None


class Triggers(Shape):
    security_auto: Count
    manual: Count
    other: Count


class ReleaseFigures(Shape):
    """Versions that came out in 90 days."""

    last_90_days: Count
    per_month: Figure
    by_trigger: Triggers
    last_at: Moment | None


class StatusUpdates(Shape):
    """New status files in 90 days; complete: every required scan was."""

    last_90_days: Count
    complete_90_days: Count
    last_at: Moment | None
    last_complete_at: Moment | None
    median_days_between: Figure | None


class WorkflowFile(Shape):
    """The runs of one workflow."""

    runs: Count
    failed: Count
    minutes: Annotated[Count | None, Field(description="null: nobody has counted them")]
    last: str | None
    last_at: Moment | None


class Workflows(Shape):
    """What the code host said of the runs of the workflows."""

    as_of: Moment
    days: Count
    runs: Count
    succeeded: Count
    failed: Count
    cancelled: Count
    minutes: Count | None
    minutes_of: Annotated[Count, Field(description="Runs of which the minutes are known")]
    disabled: list[str]
    by_file: dict[str, WorkflowFile]


class PublishedAlert(Shape, title="Alert"):
    """Something that is wrong now."""

    kind: str
    subject: str
    text: str
    since: Moment
    state: str


class Alerts(Shape):
    open: list[PublishedAlert]
    raised_90_days: Count


class Metrics(Shape):
    """How the published site answers. What nobody has measured is null or unknown."""

    schema_: SchemaUrl
    schema_version: str
    package: str
    state: Annotated[
        Literal["up", "slow", "stale", "tampered", "down", "unknown"],
        Field(description="The worst of `endpoints`; unknown: nobody has looked lately"),
    ]
    fresh: Annotated[bool, Field(description="Whether the last look tells anything of today")]
    measured_at: Moment | None
    base_url: str | None
    endpoints: list[Endpoint]
    windows: Windows
    days: Annotated[list[MeasuredDay], Field(description="Of the last 90, oldest first")]
    publishing: Publishing
    releases: ReleaseFigures
    status_updates: StatusUpdates
    workflows: Workflows | None
    alerts: Alerts


DecisionState = Literal[
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


class PublishedStep(Shape, title="ReleaseStep"):
    """A state that was reached, when, and what names it."""

    state: DecisionState
    at: Moment
    version: str | None
    commit: str | None
    tag: str | None
    note: str | None


class PublishedChange(Shape, title="SecurityChange"):
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


class PublishedDecision(Shape, title="ReleaseDecision"):
    """One decision, also one not to release, and how far its release came."""

    decision_id: str
    decided_at: Moment
    scan_date: Annotated[Moment, Field(description="The scan that it rests on")]
    should_release: Annotated[bool, Field(description="What was decided; `state`: what came of it")]
    trigger_type: Literal["security_auto", "manual", "none"]
    bump: Annotated[str | None, Field(description="The part of the version to raise")]
    grade: Grade | None
    justification: str
    state: DecisionState
    version: Annotated[str | None, Field(description="The version that it became")]
    tag: str | None
    commit: str | None
    steps: list[PublishedStep]
    security_changes: Annotated[
        list[PublishedChange],
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
    decisions: list[PublishedDecision]

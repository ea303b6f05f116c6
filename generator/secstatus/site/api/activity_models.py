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
# Integers too: JSON writers of other languages print 1.0 as 1.
Share = Annotated[float | int, Field(ge=0, le=1, description="From 0 to 1")]
Figure = Annotated[float | int, Field(ge=0)]


class Endpoint(Shape):
    """One URL at the last probe."""

    path: Annotated[str, Field(description="Relative to the site; empty: its own page")]
    state: State
    fault: Annotated[str | None, Field(description="Why it is not up, as one word")]
    reason: str | None
    http_status: Annotated[int | None, Field(description="null: no response")]
    first_byte_ms: Figure | None
    latency_ms: Annotated[Figure | None, Field(description="From the first packet to the last")]
    size: Count | None
    tls_days: Annotated[float | int | None, Field(description="Days until the certificate expires")]
    age_s: Annotated[int | None, Field(description="The Age header")]
    cache_hit: bool | None
    encoding: str | None
    attempts: Count


class States(Shape):
    """Responses by state."""

    up: Count
    slow: Count
    stale: Count
    tampered: Count
    down: Count


class Quantiles(Shape):
    """Response times in milliseconds, to within 5 %."""

    p50: Figure | None
    p95: Figure | None
    p99: Figure | None


class Window(Shape):
    """The period that ends with the last probe; null where there was none."""

    # `from` is a keyword of Python; the published key keeps the plain word.
    from_: Annotated[Moment | None, Field(alias="from")]
    rounds: Annotated[Count, Field(description="Number of probe runs")]
    probes: Annotated[Count, Field(description="URLs probed, over all probe runs")]
    states: States
    availability: Annotated[
        Share | None, Field(description="Responses that matched the published file, also slow ones")
    ]
    error_rate: Annotated[Share | None, Field(description="URLs that were down")]
    latency_ms: Quantiles | None
    cache_hit_rate: Share | None
    longest_gap_hours: Annotated[Figure | None, Field(description="Without probes")]


class Windows(Shape):
    """The last day, week, month and quarter."""

    day: Annotated[Window, Field(alias="24h")]
    week: Annotated[Window, Field(alias="7d")]
    month: Annotated[Window, Field(alias="30d")]
    quarter: Annotated[Window, Field(alias="90d")]


class MeasuredDay(Shape):
    """A UTC day with probes."""

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
    """Versions published in 90 days."""

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
    minutes: Annotated[Count | None, Field(description="null: not counted")]
    last: str | None
    last_at: Moment | None


class Workflows(Shape):
    """The runs of the workflows, as reported by the code host."""

    as_of: Moment
    days: Count
    runs: Count
    succeeded: Count
    failed: Count
    cancelled: Count
    minutes: Count | None
    # Without it, the minutes of 20 runs would be read as those of all 200.
    minutes_of: Annotated[Count, Field(description="Runs of which the minutes are known")]
    disabled: list[str]
    by_file: dict[str, WorkflowFile]


class PublishedAlert(Shape, title="Alert"):
    """A problem that exists now."""

    kind: str
    subject: str
    text: str
    since: Moment
    state: str


class Alerts(Shape):
    open: list[PublishedAlert]
    raised_90_days: Count


class Metrics(Shape):
    """The availability of the published site. Values that were not measured are null or unknown."""

    schema_: SchemaUrl
    schema_version: str
    package: str
    state: Annotated[
        Literal["up", "slow", "stale", "tampered", "down", "unknown"],
        Field(description="The worst of `endpoints`; unknown: no recent probe"),
    ]
    fresh: Annotated[bool, Field(description="Whether the last probe shows the current state")]
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
    """A step of a release with its time and its identifiers."""

    state: DecisionState
    at: Moment
    version: str | None
    commit: str | None
    tag: str | None
    note: str | None


class PublishedChange(Shape, title="SecurityChange"):
    """One change of the status, the rule that applies to it, and the resulting action."""

    change_type: Annotated[
        str, Field(description="Such as new_vulnerability, resolved, severity_change")
    ]
    finding_id: Annotated[str | None, Field(description="null: it is about the project")]
    package: str | None
    old_state: str | None
    new_state: str | None
    impact_level: Annotated[str | None, Field(description="A severity, or none")]
    text: Annotated[str, Field(description="The change in a sentence")]
    # Named `row` since v1 began: a published key is never renamed.
    row: Annotated[str, Field(description="The rule, by its name")]
    action: Annotated[str, Field(description="security_auto, alert or none")]
    settled: Annotated[str | None, Field(description="Why it does not require another release")]
    event_key: Annotated[str, Field(description="The key of the change, equal in every run")]
    links: Annotated[FindingLinks | None, Field(description="null: there is no page of it")]


class PublishedDecision(Shape, title="ReleaseDecision"):
    """One decision, for or against a release, and the progress of the release."""

    decision_id: str
    decided_at: Moment
    scan_date: Annotated[Moment, Field(description="The scan that it is based on")]
    should_release: Annotated[bool, Field(description="The decision; `state` shows the progress")]
    trigger_type: Literal["security_auto", "manual", "none"]
    bump: Annotated[str | None, Field(description="The part of the version to raise")]
    grade: Grade | None
    justification: str
    state: DecisionState
    version: Annotated[str | None, Field(description="The released version")]
    tag: str | None
    commit: str | None
    steps: list[PublishedStep]
    security_changes: Annotated[
        list[PublishedChange],
        Field(description="A decision against a release leaves out changes of earlier decisions"),
    ]
    more: Annotated[Count, Field(description="Changes that are left out here")]
    alerts: Annotated[list[str], Field(description="What the maintainers should know or do")]
    release_notes: Annotated[str | None, Field(description="Markdown")]


class LatestRelease(Shape):
    """The last published release."""

    decision_id: str
    version: str | None
    published_at: Moment


class Releases(ListHead):
    """Every release decision, newest first."""

    latest_release: LatestRelease | None
    decisions: list[PublishedDecision]

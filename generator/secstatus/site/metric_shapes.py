"""The published metrics as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from secstatus.site.shape_parts import Count, Day, Moment, SchemaUrl, Shape

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


class Alert(Shape):
    """Something that is wrong now."""

    kind: str
    subject: str
    text: str
    since: Moment
    state: str


class Alerts(Shape):
    open: list[Alert]
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

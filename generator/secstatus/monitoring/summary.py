"""Many probes in few figures: how often each state, how long the answers took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from secstatus.monitoring.probe import ProbeState


@dataclass(frozen=True, slots=True)
class MonitoringSummary:
    """The probes of one address over a time.

    `states`: state → number. `latency`: bucket of `histogram` → number of answers. `asked`: answers
    that told whether they came from a cache, and `hits` of them did.
    """

    states: Mapping[ProbeState, int] = field(default_factory=dict)
    latency: Mapping[int, int] = field(default_factory=dict)
    asked: int = 0
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """A whole UTC day, or a whole month from its first day on, that is over and summed up.

    `rounds`: how often was looked. `paths`: path → what was found. `events`: kind → outcome →
    number of the events that the period stands for; they are no longer listed themselves.
    `longest_gap`: hours, the longest time without a round that began in the period.
    """

    start: date
    is_month: bool = False
    base: str = ""
    rounds: int = 0
    paths: Mapping[str, MonitoringSummary] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    longest_gap: float = 0.0

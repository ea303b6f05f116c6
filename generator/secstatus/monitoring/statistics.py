"""Statistics of probes: counts by state and path, and response times in buckets."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from secstatus.monitoring.probe import ORDER, Probe, ProbeRun, ProbeState

ERROR = 0.05
GAMMA = (1 + ERROR) / (1 - ERROR)
# Times are kept with one decimal, so that nothing above zero is shorter; nothing takes eleven days.
SHORTEST, LONGEST = 0.1, 1e9
_SCALE = 1 / math.log(GAMMA)
_LOG, _CEIL = math.log, math.ceil


def find_bucket(ms: float) -> int:
    """The bucket of a time in milliseconds; those out of bounds, and no number, at the bounds."""
    if not SHORTEST <= ms <= LONGEST:
        ms = SHORTEST if ms < SHORTEST else LONGEST
    return _CEIL(_LOG(ms) * _SCALE)


LOWEST, HIGHEST = find_bucket(SHORTEST), find_bucket(LONGEST)


def find_bucket_time(index: int) -> float:
    """The time that stands for a bucket: at most 5 % from each that is in it."""
    return float(2 * GAMMA**index / (GAMMA + 1))


def merge_histograms(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """All of them as one, lowest bucket first."""
    total: Counter[int] = Counter()
    for each in histograms:
        total.update(each)
    return dict(sorted(total.items()))


def estimate_quantile(buckets: Mapping[int, int], q: float) -> float | None:
    """The time in milliseconds that the share `q` (0 to 1) of the answers did not exceed.

    Within 5 % of the answer that has this place in the order; None where nothing was counted.
    """
    left = q * (sum(buckets.values()) - 1)
    found = None
    for index, number in sorted(buckets.items()):
        if number <= 0:
            continue
        found = find_bucket_time(index)
        left -= number
        if left < 0:
            break
    return found


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
    probe_runs: int = 0
    paths: Mapping[str, MonitoringSummary] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    longest_gap: float = 0.0


def summarize_runs(runs: Iterable[ProbeRun]) -> dict[str, MonitoringSummary]:
    """Path → what was found. An answer that never came has no time, and is counted all the same."""
    paths: dict[str, list[Probe]] = {}
    for each in runs:
        for probe in each.probes:
            found = paths.get(probe.path)
            if found is None:
                found = paths[probe.path] = []
            found.append(probe)
    return {path: summarize_probes(paths[path]) for path in sorted(paths)}


def summarize_probes(probes: Iterable[Probe]) -> MonitoringSummary:
    probes = tuple(probes)
    states = Counter(probe.state for probe in probes)
    latency = Counter(
        find_bucket(probe.latency_ms) for probe in probes if probe.latency_ms is not None
    )
    hits = Counter(probe.cache_hit for probe in probes)
    return MonitoringSummary(
        {state: states[state] for state in ORDER if state in states},
        dict(sorted(latency.items())),
        hits[True] + hits[False],
        hits[True],
    )

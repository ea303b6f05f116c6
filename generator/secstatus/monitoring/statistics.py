"""Statistics of probes: counts by state and path, and response times in buckets."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from secstatus.monitoring.probe import ORDER, Probe, ProbeRun, ProbeState

# Buckets that grow by a constant factor bound the relative error of every quantile, and histograms
# of several days add up without loss (DDSketch, https://arxiv.org/abs/1908.10693). With 5 % a
# response time takes one of about 230 buckets.
ERROR = 0.05
GAMMA = (1 + ERROR) / (1 - ERROR)
# Milliseconds. The journal keeps one decimal, so that no time above zero is shorter than 0.1; the
# upper bound is eleven days.
SHORTEST, LONGEST = 0.1, 1e9
_SCALE = 1 / math.log(GAMMA)
# Bound once: summing up calls `find_bucket` for every probe of a day.
_LOG, _CEIL = math.log, math.ceil


def find_bucket(ms: float) -> int:
    """The bucket of a time in milliseconds; the first or last one for a time out of bounds."""
    # A NaN compares as false, and counts as the longest time: it is no proof of a fast response.
    if not SHORTEST <= ms <= LONGEST:
        ms = SHORTEST if ms < SHORTEST else LONGEST
    return _CEIL(_LOG(ms) * _SCALE)


LOWEST, HIGHEST = find_bucket(SHORTEST), find_bucket(LONGEST)


def find_bucket_time(index: int) -> float:
    """The time in milliseconds that represents a bucket, at most 5 % from each time in it."""
    return float(2 * GAMMA**index / (GAMMA + 1))


def merge_histograms(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """The sum of the histograms, lowest bucket first."""
    total: Counter[int] = Counter()
    for each in histograms:
        total.update(each)
    return dict(sorted(total.items()))


def estimate_quantile(buckets: Mapping[int, int], q: float) -> float | None:
    """The time in milliseconds that the share `q` (0 to 1) of the responses did not exceed.

    At most 5 % from the exact value; None for an empty histogram.
    """
    # The lower value where `q` lies between two responses, as in the paper; no interpolation.
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
    """The probes of one address, or of several, over a time.

    `states`: state → number. `latency`: bucket → number of responses. `asked`: the responses that
    show whether they came from a cache; `hits`: those that did.
    """

    states: Mapping[ProbeState, int] = field(default_factory=dict)
    latency: Mapping[int, int] = field(default_factory=dict)
    asked: int = 0
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """A complete UTC day, or a complete month from its first day on, that is summed up.

    `paths`: path → summary. `events`: kind → outcome → number of the events that the period
    replaces. `longest_gap`: in hours, the longest time between two probe runs that began in the
    period. `base` is empty for events, which belong to the project.
    """

    start: date
    is_month: bool = False
    base: str = ""
    probe_runs: int = 0
    paths: Mapping[str, MonitoringSummary] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    longest_gap: float = 0.0


def summarize_runs(runs: Iterable[ProbeRun]) -> dict[str, MonitoringSummary]:
    """Path → summary. A probe without a response has a state and no response time."""
    paths: dict[str, list[Probe]] = defaultdict(list)
    for each in runs:
        for probe in each.probes:
            paths[probe.path].append(probe)
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


def merge_summaries(summaries: Iterable[MonitoringSummary]) -> MonitoringSummary:
    """The sum of the summaries; states without probes are left out."""
    found = tuple(summaries)
    states: Counter[ProbeState] = Counter()
    for each in found:
        states.update(each.states)
    return MonitoringSummary(
        {state: states[state] for state in ORDER if states[state]},
        merge_histograms(each.latency for each in found),
        sum(each.asked for each in found),
        sum(each.hits for each in found),
    )

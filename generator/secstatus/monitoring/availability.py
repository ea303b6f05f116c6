"""Availability and response times of the published site, over a day, a week, a month, a quarter.

All windows end at the newest probe run, so that the figures depend on the journal alone. A time
without probes counts neither as up nor as down: it is a gap, and reported as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TypeVar

from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.probe import ProbeRun, ProbeState
from secstatus.monitoring.statistics import (
    MonitoringSummary,
    Period,
    estimate_quantile,
    merge_summaries,
    summarize_runs,
)

WINDOWS: Mapping[str, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
# A slow response is available: its content is right. Its time shows in the quantiles.
GOOD = (ProbeState.UP, ProbeState.SLOW)
Kept = TypeVar("Kept", ProbeRun, Period)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WindowStatistics:
    """The probes of all addresses in a window. `longest_gap`: in hours; None without probes."""

    probe_runs: int
    total: MonitoringSummary
    longest_gap: float | None = None

    @property
    def probes(self) -> int:
        return sum(self.total.states.values())

    @property
    def availability(self) -> float | None:
        """The share of probes with the state up or slow; None without probes."""
        return compute_share(sum(self.total.states.get(state, 0) for state in GOOD), self.probes)

    @property
    def error_rate(self) -> float | None:
        return compute_share(self.total.states.get(ProbeState.DOWN, 0), self.probes)

    @property
    def cache_hit_rate(self) -> float | None:
        """The share of cache hits among the responses that show whether they are one."""
        return compute_share(self.total.hits, self.total.asked)

    def latency_at(self, q: float) -> float | None:
        """A quantile of the response time in ms with one decimal, at most 5 % off."""
        found = estimate_quantile(self.total.latency, q)
        return None if found is None else round(found, 1)


def compute_share(part: int, whole: int) -> float | None:
    """The share with six decimals; None if `whole` is 0."""
    if not whole:
        return None
    # Only a share without any exception is 1: one failure among a million must remain visible.
    return 1.0 if part == whole else min(round(part / whole, 6), 0.999999)


def find_newest_run(journal: Journal, base: str | None = None) -> ProbeRun | None:
    """The newest probe run of the site with this address, or of any site."""
    found = journal.probe_runs if base is None else _of(journal.probe_runs, base)
    return max(found, key=lambda each: each.at, default=None)


def summarize_window(
    journal: Journal, newest: ProbeRun, span: timedelta
) -> tuple[datetime, WindowStatistics]:
    """The start of the window that ends at the newest probe run, and its statistics.

    A summed-up day counts if it is completely within the window.
    """
    # Half open: a run exactly one day ago belongs to the window before.
    start = newest.at - span
    runs = [each for each in _of(journal.probe_runs, newest.base) if start < each.at <= newest.at]
    days = [each for each in _of(journal.days, newest.base) if _begin(each.start) >= start]
    found = [summary for each in days for summary in each.paths.values()]
    found += summarize_runs(runs).values()
    number = len(runs) + sum(each.probe_runs for each in days)
    gap = _longest_gap(journal, newest, start, runs, days)
    return start, WindowStatistics(number, merge_summaries(found), gap)


def summarize_days(
    journal: Journal, newest: ProbeRun, most: int = 90
) -> list[tuple[date, WindowStatistics]]:
    """The statistics of each of the last `most` days that has probes, oldest first."""
    first = newest.at.date() - timedelta(days=most - 1)
    raw: dict[date, list[ProbeRun]] = {}
    for each in _of(journal.probe_runs, newest.base):
        raw.setdefault(each.at.date(), []).append(each)
    found = {
        day: WindowStatistics(len(runs), merge_summaries(summarize_runs(runs).values()))
        for day, runs in raw.items()
    }
    for period in _of(journal.days, newest.base):
        total = merge_summaries(period.paths.values())
        found[period.start] = WindowStatistics(period.probe_runs, total)
    return [(day, found[day]) for day in sorted(found) if day >= first]


def _longest_gap(
    journal: Journal,
    newest: ProbeRun,
    start: datetime,
    runs: Sequence[ProbeRun],
    days: Sequence[Period],
) -> float | None:
    """The longest gap in hours."""
    # A summed-up day keeps only its longest gap, not the times of its probe runs. A gap across
    # midnight may therefore be reported as shorter than it was, by less than a day.
    probed = [(each.at, each.at) for each in runs]
    probed += [(_begin(each.start), _begin(each.start) + _DAY) for each in days]
    if not probed:
        return None
    past = _of((*journal.days, *journal.months), newest.base)
    # The time before the first probe run of all is no gap: the monitoring did not exist yet.
    before = any(each.at <= start for each in _of(journal.probe_runs, newest.base))
    if before or any(_begin(each.start) < start for each in past):
        probed.append((start, start))
    probed.sort()
    gaps = [(later - end) / _HOUR for (_, end), (later, _) in pairwise(probed)]
    # A summed-up day may name a gap that reaches beyond the window.
    longest = max([0.0, *gaps, *(each.longest_gap for each in days)])
    return round(min(longest, (newest.at - start) / _HOUR), 1)


def _of(found: Iterable[Kept], base: str) -> list[Kept]:
    return [each for each in found if each.base == base]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

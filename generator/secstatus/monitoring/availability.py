"""How the published site answered, over a day, a week, a month, a quarter.

Everything ends at the newest look, so that the figures depend on the journal alone. A time in which
nobody looked is no uptime and no downtime: it is a gap, and told as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TypeVar

from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.probe import ORDER, ProbeRun, ProbeState
from secstatus.monitoring.statistics import (
    MonitoringSummary,
    Period,
    estimate_quantile,
    merge_histograms,
    summarize_runs,
)

WINDOWS: Mapping[str, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
GOOD = (ProbeState.UP, ProbeState.SLOW)
Kept = TypeVar("Kept", ProbeRun, Period)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WindowStatistics:
    """What was found over a time. `rounds`: how often was looked; `longest_gap`: hours."""

    probe_runs: int
    states: Mapping[ProbeState, int]
    latency: Mapping[int, int]
    asked: int
    hits: int
    longest_gap: float | None = None

    @property
    def probes(self) -> int:
        return sum(self.states.values())

    @property
    def availability(self) -> float | None:
        """The share of answers that were what was published; None where nobody asked."""
        return compute_share(sum(self.states.get(state, 0) for state in GOOD), self.probes)

    @property
    def error_rate(self) -> float | None:
        return compute_share(self.states.get(ProbeState.DOWN, 0), self.probes)

    @property
    def cache_hit_rate(self) -> float | None:
        """Of the answers that told whether they came from a cache."""
        return compute_share(self.hits, self.asked)

    def latency_at(self, q: float) -> float | None:
        """A quantile of the time of an answer in ms, to within 5 %, with one decimal."""
        found = estimate_quantile(self.latency, q)
        return None if found is None else round(found, 1)


def compute_share(part: int, whole: int) -> float | None:
    """A share with six decimals, never rounded up to 1; None of nothing."""
    if not whole:
        return None
    return 1.0 if part == whole else min(round(part / whole, 6), 0.999999)


def find_newest_run(journal: Journal, base: str | None = None) -> ProbeRun | None:
    """The last look at the site with this address, or at whichever was looked at last."""
    found = journal.probe_runs if base is None else _of(journal.probe_runs, base)
    return max(found, key=lambda each: each.at, default=None)


def summarize_window(
    journal: Journal, newest: ProbeRun, span: timedelta
) -> tuple[datetime, WindowStatistics]:
    """The figures of the time `span` before the newest look, and when that begins.

    What is summed up by day counts where the whole day lies inside.
    """
    start = newest.at - span
    runs = [each for each in _of(journal.probe_runs, newest.base) if start < each.at <= newest.at]
    days = [each for each in _of(journal.days, newest.base) if _begin(each.start) >= start]
    found = [summary for each in days for summary in each.paths.values()]
    found += summarize_runs(runs).values()
    number = len(runs) + sum(each.probe_runs for each in days)
    gap = _longest_gap(journal, newest, start, runs, days)
    return start, _figures(found, number, gap)


def summarize_days(
    journal: Journal, newest: ProbeRun, most: int = 90
) -> list[tuple[date, WindowStatistics]]:
    """The days on which somebody looked, of the last `most`, oldest first."""
    first = newest.at.date() - timedelta(days=most - 1)
    raw: dict[date, list[ProbeRun]] = {}
    for each in _of(journal.probe_runs, newest.base):
        raw.setdefault(each.at.date(), []).append(each)
    found = {day: _figures(summarize_runs(some).values(), len(some)) for day, some in raw.items()}
    for period in _of(journal.days, newest.base):
        found[period.start] = _figures(period.paths.values(), period.probe_runs)
    return [(day, found[day]) for day in sorted(found) if day >= first]


def _figures(
    found: Iterable[MonitoringSummary], runs: int, gap: float | None = None
) -> WindowStatistics:
    summed = tuple(found)
    states: Counter[ProbeState] = Counter()
    for each in summed:
        states.update(each.states)
    return WindowStatistics(
        runs,
        {state: states[state] for state in ORDER},
        merge_histograms(each.latency for each in summed),
        sum(each.asked for each in summed),
        sum(each.hits for each in summed),
        gap,
    )


def _longest_gap(
    journal: Journal,
    newest: ProbeRun,
    start: datetime,
    runs: Sequence[ProbeRun],
    days: Sequence[Period],
) -> float | None:
    """Hours; the time before the first look of all is none.

    Of a day that is summed up only its longest gap is known, so that one across midnight may be
    told as shorter than it was, by less than a day.
    """
    looked = [(each.at, each.at) for each in runs]
    looked += [(_begin(each.start), _begin(each.start) + _DAY) for each in days]
    if not looked:
        return None
    past = _of((*journal.days, *journal.months), newest.base)
    before = any(each.at <= start for each in _of(journal.probe_runs, newest.base))
    if before or any(_begin(each.start) < start for each in past):
        looked.append((start, start))
    looked.sort()
    gaps = [(later - end) / _HOUR for (_, end), (later, _) in pairwise(looked)]
    longest = max([0.0, *gaps, *(each.longest_gap for each in days)])
    return round(min(longest, (newest.at - start) / _HOUR), 1)


def _of(found: Iterable[Kept], base: str) -> list[Kept]:
    return [each for each in found if each.base == base]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

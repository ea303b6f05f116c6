"""Sum up the past: probe runs become days, days become months, old events become counts.

Only complete days and months are summed up. A period therefore contains everything of its time,
and a line that a merge brings back is recognised as counted already.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from secstatus.monitoring.journal.compaction import (
    Key,
    Periods,
    find_kept_groups,
    find_open_alert_events,
    get_month,
    has_probes,
    join_periods,
    remove_duplicates,
    select_fullest,
    subtract_counts,
)
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.reader import Journal, encode_journal, find_next_day, sort_periods
from secstatus.monitoring.probe import ProbeRun
from secstatus.monitoring.statistics import Period, summarize_runs

# The kinds of which only the number is kept. A kind of a newer version may matter to that version.
COUNTED = frozenset(EventKind) - {EventKind.PROBE, EventKind.DAY, EventKind.MONTH}
# In bytes, so that a broken file that was added by accident does not stay for ever.
MOST_UNREAD = 65_536


@dataclass(frozen=True, slots=True)
class RollupLimits:
    """How long entries are kept, in whole days without today; a month counts from its end.

    `raw_days`: probe runs, apart from the days with the `newest_probe_runs` of each site.
    `day_days`: days. `event_days`: events; `publish_days`: those of publishing. `most_bytes`: of
    the whole journal.
    """

    raw_days: int = 2
    newest_probe_runs: int = 3
    # More than the 90 days of the longest window of statistics.
    day_days: int = 100
    event_days: int = 120
    # More than `remembered_days` of the alert policy, so that a failed release is not forgotten.
    publish_days: int = 400
    most_bytes: int = 4 * 1024 * 1024

    def days_of(self, kind: str) -> int:
        return self.publish_days if kind == EventKind.PUBLISH else self.event_days


def roll_up(journal: Journal, now: datetime, limits: RollupLimits | None = None) -> Journal:
    """The journal with its past summed up. Idempotent; no count changes.

    A day of probe runs is summed up when it is old enough and contains none of the newest ones.
    These events stay, with all others of their day and kind: those of unknown kinds, the newest of
    each kind and outcome, those of open alerts, and the newest state of an alert that has other
    events left. Two calls give the same as the later one alone, if nothing older than the first
    call is added between them.
    """
    limits = limits or RollupLimits()
    today = now.astimezone(UTC).date()
    months = select_fullest(journal.months)
    events, runs, days = remove_duplicates(journal.events, journal.probe_runs, journal.days, months)
    runs = _runs_into_days(runs, days, today, limits)
    events = _events_into_days(events, days, today, limits)
    held = {(get_month(each.at.date()), each.base) for each in runs}
    listed = {(get_month(each.at.date()), each.kind) for each in events}
    for key in sorted(days):
        _into_month(key, days, months, held, listed, today, limits)
    return replace(
        journal,
        events=events,
        probe_runs=runs,
        days=sort_periods(days),
        months=sort_periods(months),
    )


def fit_journal(
    journal: Journal, now: datetime, limits: RollupLimits | None = None
) -> tuple[Journal, tuple[str, ...]]:
    """The journal summed up until it fits into `most_bytes`, and the problems, as text.

    Probe runs go first, then events older than 30 and 7 days. If that is not enough, the journal
    is longer, and a problem reports it. Of the lines that cannot be read, the newest 64 KiB stay.
    """
    limits = limits or RollupLimits()
    journal, problems = _bounded(journal)
    found = roll_up(journal, now, limits)
    size = first = len(encode_journal(found))
    if size <= limits.most_bytes:
        return found, problems
    problem = f"the journal: found {first} bytes, expected at most {limits.most_bytes}"
    for words, tighter in _steps(limits):
        tried = roll_up(journal, now, tighter)
        if (shorter := len(encode_journal(tried))) <= limits.most_bytes:
            return tried, (*problems, f"{problem}; {words}")
        # Not always shorter: a day that counts one short event is longer than the event.
        if shorter < size:
            found, size = tried, shorter
    problem = f"{problem}; {size} bytes are left when everything is summed up that may be"
    return found, (*problems, f"{problem}: find out what fills it")


def _steps(limits: RollupLimits) -> Iterable[tuple[str, RollupLimits]]:
    limits = replace(limits, raw_days=0)
    yield "the probe runs of all days but today are aggregated", limits
    for days in (30, 7):
        if days < limits.event_days:
            words = f"probe runs before today and events older than {days} days are aggregated"
            yield words, replace(limits, event_days=days)


def _bounded(journal: Journal) -> tuple[Journal, tuple[str, ...]]:
    """The journal without the oldest unread lines if they are too many."""
    kept, size = [], 0
    for line in reversed(journal.unread):
        size += len(line) + 1
        if size > MOST_UNREAD:
            break
        kept.append(line)
    if gone := len(journal.unread) - len(kept):
        found = (
            f"the journal: {gone} of {len(journal.unread)} lines that cannot be read are dropped"
        )
        problem = f"{found}, the oldest first, since they have more than {MOST_UNREAD} bytes"
        return replace(journal, unread=tuple(reversed(kept))), (problem,)
    return journal, ()


def _runs_into_days(
    runs: Sequence[ProbeRun], days: Periods, today: date, limits: RollupLimits
) -> tuple[ProbeRun, ...]:
    """Sums up probe runs into `days`; returns those that stay."""
    last = today - timedelta(days=limits.raw_days)
    if not runs or all(each.at.date() >= last for each in runs):
        return tuple(runs)
    held = _newest_days(runs, limits.newest_probe_runs)
    groups: dict[Key, list[ProbeRun]] = defaultdict(list)
    following: dict[str, list[datetime]] = defaultdict(list)
    stay = []
    for each in sorted(runs, key=lambda each: each.at):
        key = (each.at.date(), each.base)
        following[each.base].append(each.at)
        if key[0] < last and key not in held:
            groups[key].append(each)
        else:
            stay.append(each)
    starts = {key for key, day in days.items() if has_probes(day)}
    for key, group in groups.items():
        end = _next(key, following[key[1]], starts)
        _add(days, _summed(key, group, end))
    return tuple(stay)


def _newest_days(runs: Sequence[ProbeRun], number: int) -> set[Key]:
    """The days of the newest probe runs of each site."""
    # A site that is probed once a week: `failures` needs its last runs one by one.
    found: set[Key] = set()
    left: Counter[str] = Counter()
    for each in sorted(runs, key=lambda each: each.at, reverse=True):
        if left[each.base] < number:
            left[each.base] += 1
            found.add((each.at.date(), each.base))
    return found


def _next(key: Key, times: Sequence[datetime], starts: Iterable[Key]) -> datetime | None:
    """The first probe run after a day; None without one."""
    # Of a day that is summed up already only its start is known.
    day, base = key
    begun = [start for start, of in starts if of == base and start > day]
    later = [datetime.combine(min(begun), time(), UTC)] if begun else []
    later += [at for at in times if at.date() > day][:1]
    return min(later, default=None)


def _summed(key: Key, runs: Sequence[ProbeRun], end: datetime | None) -> Period:
    """The day of one site. Its longest gap is the longest that began in it, up to `end`."""
    times = [each.at for each in runs] + ([end] if end is not None else [])
    gaps = (later - at for at, later in pairwise(times))
    longest = max(gaps, default=timedelta()) / timedelta(hours=1)
    return Period(
        key[0],
        base=key[1],
        probe_runs=len(runs),
        paths=summarize_runs(runs),
        longest_gap=round(longest, 1),
    )


def _events_into_days(
    events: Sequence[Event], days: Periods, today: date, limits: RollupLimits
) -> tuple[Event, ...]:
    """Counts events into `days`; returns those that stay."""
    last = {kind: today - timedelta(days=limits.days_of(kind)) for kind in COUNTED}
    old = [each.kind in last and each.at.date() < last[EventKind(each.kind)] for each in events]
    if not any(old):
        return tuple(events)
    held = find_kept_groups(events, _kept(events))
    counts: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    stay = []
    for each, is_old in zip(events, old, strict=True):
        key = (each.at.date(), each.kind)
        if is_old and key not in held:
            counts[key][each.outcome] += 1
        else:
            stay.append(each)
    for (day, kind), outcomes in counts.items():
        _add(days, Period(day, events={kind: dict(sorted(outcomes.items()))}))
    return tuple(stay)


def _kept(events: Sequence[Event]) -> set[int]:
    """The indexes of the events that stay however old they are."""
    # The newest of each kind and outcome: alerts and metrics follow from it.
    newest: dict[tuple[str, str], int] = {}
    for number, each in enumerate(events):
        key = (each.kind, each.outcome)
        if key not in newest or events[newest[key]].at <= each.at:
            newest[key] = number
    return find_open_alert_events(events) | set(newest.values())


def _into_month(
    key: Key,
    days: Periods,
    months: Periods,
    held: set[Key],
    listed: set[tuple[date, str]],
    today: date,
    limits: RollupLimits,
) -> None:
    """Moves the parts of a day into its month that are complete there."""
    # Complete: no probe run and no event of the kind is listed in the month any more.
    day, month = days[key], (get_month(key[0]), key[1])
    over = (today - find_next_day(Period(month[0], is_month=True))).days
    runs = over >= limits.day_days and month not in held
    kinds = {
        kind
        for kind in day.events
        if over >= max(limits.day_days, limits.days_of(kind)) and (month[0], kind) not in listed
    }
    rest = subtract_counts(day, runs, kinds)
    moved = subtract_counts(day, not runs, day.events.keys() - kinds)
    if rest is None:
        del days[key]
    else:
        days[key] = rest
    if moved is not None:
        _add(months, replace(moved, start=month[0], is_month=True))


def _add(periods: Periods, part: Period) -> None:
    key = (part.start, part.base)
    periods[key] = join_periods(periods[key], part) if key in periods else part

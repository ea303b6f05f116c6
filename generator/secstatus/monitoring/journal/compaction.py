"""Deduplicate the journal: what a period contains is not listed again, nor counted twice."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from secstatus.monitoring.alerts.states import ENDS
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.probe import ProbeRun
from secstatus.monitoring.statistics import Period, merge_summaries

# The events of one day and kind stay together or go together: a period counts a kind completely or
# not at all, so that an event that a merge brings back is recognised.
Group = tuple[date, str]
About = tuple[str, str]


def find_kept_groups(events: Sequence[Event], numbers: Iterable[int]) -> set[Group]:
    """The groups of these events, and the groups that must stay with them."""
    # An alert that stays without its end would be open again; without its newest state and the
    # notices of that, it would be sent again.
    last_words, ends = _last_words(events), _ends(events)
    needed: dict[Group, set[Group]] = defaultdict(set)
    for each in events:
        if each.kind == EventKind.ALERT:
            needed[_group(each)] |= last_words[_about(each)]
            needed[_group(each)] |= _first_after(each.at, ends.get(_about(each), ()))
    held = {_group(events[number]) for number in numbers}
    left = [*held]
    while left:
        more = needed.get(left.pop(), set()) - held
        held |= more
        left += more
    return held


def _ends(events: Iterable[Event]) -> dict[About, list[datetime]]:
    """Alert → when it ended, in order."""
    found: dict[About, list[datetime]] = defaultdict(list)
    for each in events:
        if each.kind == EventKind.ALERT and each.outcome in ENDS:
            found[_about(each)].append(each.at)
    return {about: sorted(times) for about, times in found.items()}


def _first_after(at: datetime, ends: Sequence[datetime]) -> set[Group]:
    """The group of the end that follows."""
    # bisect_right passes over an end of the same second; that is in the group of the day anyway.
    place = bisect_right(ends, at)
    return {(ends[place].date(), str(EventKind.ALERT))} if place < len(ends) else set()


def find_open_alert_events(events: Sequence[Event]) -> set[int]:
    """The indexes of the events that belong to open alerts.

    The alerts since the last end, and their notices: without those they would be sent again.
    """
    lines = [
        (number, each, _about(each))
        for number, each in enumerate(events)
        if each.kind in (EventKind.ALERT, EventKind.NOTICE)
    ]
    ended: dict[About, datetime] = {}
    for _, each, about in lines:
        if each.kind == EventKind.ALERT and each.outcome in ENDS:
            ended[about] = max(each.at, ended.get(about, each.at))
    # An end and a new alert of the same second: the alert counts as open, as in `alerts.states`.
    alerts = [each for each in lines if each[1].kind == EventKind.ALERT]
    since: dict[About, datetime] = {}
    for _, each, about in alerts:
        is_later = about not in ended or each.at >= ended[about]
        if each.outcome not in ENDS and is_later:
            since[about] = min(each.at, since.get(about, each.at))
    return {number for number, each, about in lines if about in since and each.at >= since[about]}


def _word(event: Event, key: str) -> str:
    value = event.details.get(key)
    return value if isinstance(value, str) else ""


def _last_words(events: Sequence[Event]) -> dict[About, set[Group]]:
    """Alert → the groups with its newest state and with all notices since then."""
    last: dict[About, datetime] = {}
    for each in events:
        if each.kind == EventKind.ALERT:
            last[_about(each)] = max(each.at, last.get(_about(each), each.at))
    found: dict[About, set[Group]] = defaultdict(set)
    for each in events:
        about = _about(each)
        if (
            each.kind in (EventKind.ALERT, EventKind.NOTICE)
            and about in last
            and each.at >= last[about]
        ):
            found[about].add(_group(each))
    return found


def _group(event: Event) -> Group:
    return event.at.date(), event.kind


def _about(event: Event) -> About:
    return _word(event, "alert"), _word(event, "subject")


Key = tuple[date, str]
Periods = dict[Key, Period]
# Events belong to the project and not to one of its sites.
NO_BASE = ""


def get_month(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def has_probes(period: Period) -> bool:
    """Whether a period contains probe runs; a day of the project has events only."""
    return bool(period.probe_runs or period.paths)


def remove_duplicates(
    events: Sequence[Event], runs: Sequence[ProbeRun], days: Iterable[Period], months: Periods
) -> tuple[tuple[Event, ...], tuple[ProbeRun, ...], Periods]:
    """Events, probe runs and days without those that a day or a month contains already."""
    left: Periods = {}
    for key, day in select_fullest(days).items():
        month = months.get((get_month(key[0]), key[1]))
        rest = day if month is None else subtract_counts(day, has_probes(month), month.events)
        if rest is not None:
            left[key] = rest
    return _uncounted(events, left, months), _unsummed(runs, left, months), left


def _unsummed(runs: Sequence[ProbeRun], days: Periods, months: Periods) -> tuple[ProbeRun, ...]:
    summed = {key for key, day in days.items() if has_probes(day)}
    past = {key for key, month in months.items() if has_probes(month)}
    if not summed and not past:
        return tuple(runs)
    return tuple(
        each
        for each in runs
        if ((day := each.at.date()), each.base) not in summed
        and (get_month(day), each.base) not in past
    )


def _uncounted(events: Sequence[Event], days: Periods, months: Periods) -> tuple[Event, ...]:
    # Two sets: the first day of a month and the month have the same start.
    of_days, of_months = _counted(days), _counted(months)
    gone = [
        ((day := each.at.date()), each.kind) in of_days or (get_month(day), each.kind) in of_months
        for each in events
    ]
    if not any(gone):
        return tuple(events)
    kept = find_open_alert_events(events)
    return tuple(
        each
        for number, (each, is_gone) in enumerate(zip(events, gone, strict=True))
        if not is_gone or number in kept
    )


def _counted(periods: Periods) -> set[tuple[date, str]]:
    """The start and kind of the events that these periods count."""
    return {
        (start, kind)
        for (start, base), period in periods.items()
        if base == NO_BASE
        for kind in period.events
    }


def select_fullest(periods: Iterable[Period]) -> Periods:
    """The periods by their key; of two with one key, the parts that count more."""
    # Two branches sum up the same day from different lines. Adding them would count lines twice.
    found: Periods = {}
    for each in periods:
        key = (each.start, each.base)
        found[key] = _fuller(found[key], each) if key in found else each
    return found


def _fuller(one: Period, other: Period) -> Period:
    # The line decides between equal numbers, so that the order of the two does not matter.
    runs = max(
        one, other, key=lambda each: (each.probe_runs, encode_line(replace(each, events={})))
    )
    kinds = sorted({*one.events, *other.events})
    events = {
        kind: max(
            (each.events.get(kind, {}) for each in (one, other)),
            key=lambda counts: (sum(counts.values()), sorted(counts.items())),
        )
        for kind in kinds
    }
    return replace(runs, events=events)


def subtract_counts(day: Period, runs: bool, kinds: Collection[str]) -> Period | None:
    """The period without these kinds of events, and without its probe runs if `runs`.

    None if nothing is left.
    """
    events = {kind: counts for kind, counts in day.events.items() if kind not in kinds}
    rest = replace(day, events=events)
    if runs:
        rest = replace(rest, probe_runs=0, paths={}, longest_gap=0.0)
    return rest if has_probes(rest) or rest.events else None


def join_periods(one: Period, other: Period) -> Period:
    """The sum of two parts of the same period."""
    paths = {
        path: merge_summaries(each.paths[path] for each in (one, other) if path in each.paths)
        for path in sorted({*one.paths, *other.paths})
    }
    kinds = sorted({*one.events, *other.events})
    return replace(
        one,
        probe_runs=one.probe_runs + other.probe_runs,
        paths=paths,
        events={kind: _sum(one.events.get(kind, {}), other.events.get(kind, {})) for kind in kinds},
        longest_gap=max(one.longest_gap, other.longest_gap),
    )


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {word: one.get(word, 0) + other.get(word, 0) for word in sorted({*one, *other})}

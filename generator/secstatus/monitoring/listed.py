"""Which old events have to stay in the journal, so that what is left of it says the same."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from secstatus.monitoring.alerts import ENDS
from secstatus.monitoring.event import Event, EventKind

# Events of one day and kind stay together or go together.
Group = tuple[date, str]
About = tuple[str, str]


def held_groups(events: Sequence[Event], numbers: Iterable[int]) -> set[Group]:
    """The groups of these events, and of what else has to stay because they do.

    An alert that stays without its end would be open again, or open since then; without the last
    word and the notices of that, it would be told again.
    """
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
    return {about: sorted(moments) for about, moments in found.items()}


def _first_after(at: datetime, ends: Sequence[datetime]) -> set[Group]:
    """The group of the end that follows; one of the same second is of the same day anyway."""
    place = bisect_right(ends, at)
    return {(ends[place].date(), str(EventKind.ALERT))} if place < len(ends) else set()


def still_open(events: Sequence[Event]) -> set[int]:
    """The numbers of the events that belong to alerts which nothing has ended.

    The alerts since the last end, and the notices of them: without those the same would be
    told again.
    """
    told = [
        (number, each, _about(each))
        for number, each in enumerate(events)
        if each.kind in (EventKind.ALERT, EventKind.NOTICE)
    ]
    ended: dict[About, datetime] = {}
    for _, each, about in told:
        if each.kind == EventKind.ALERT and each.outcome in ENDS:
            ended[about] = max(each.at, ended.get(about, each.at))
    # In the second of an end both may have been: then it is taken for open.
    alerts = [each for each in told if each[1].kind == EventKind.ALERT]
    since: dict[About, datetime] = {}
    for _, each, about in alerts:
        is_later = about not in ended or each.at >= ended[about]
        if each.outcome not in ENDS and is_later:
            since[about] = min(each.at, since.get(about, each.at))
    return {number for number, each, about in told if about in since and each.at >= since[about]}


def _word(event: Event, key: str) -> str:
    value = event.details.get(key)
    return value if isinstance(value, str) else ""


def _last_words(events: Sequence[Event]) -> dict[About, set[Group]]:
    """Alert → the groups with its last word and with all notices since then."""
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

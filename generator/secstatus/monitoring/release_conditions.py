"""Releases that are unusual: too many, too often tried, with other files, or decided by nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from secstatus.monitoring.alert_terms import (
    AlertKind,
    AlertPolicy,
    AlertVerdict,
    OutsideFacts,
    held,
)
from secstatus.monitoring.event import Event, EventKind
from secstatus.monitoring.event_details import number, order, text
from secstatus.monitoring.publish_conditions import version_key, version_of

if TYPE_CHECKING:
    from packaging.version import Version

WINDOW = timedelta(days=7)
FREQUENCY, ATTEMPTS, FILES, DECISIONS = "frequency", "attempts", "files", "decisions"
_UNUSUAL = AlertKind.UNUSUAL_RELEASES


def release_verdicts(
    events: Sequence[Event], now: datetime, policy: AlertPolicy, facts: OutsideFacts
) -> Iterator[AlertVerdict]:
    """What is unusual about the releases of the last seven days."""
    publishes = [each for each in _in_order(events) if each.kind == EventKind.PUBLISH]
    out = [each for each in publishes if each.outcome == "published"]
    first = _first(out)
    yield _frequency(first, now - WINDOW, policy)
    yield _attempts(publishes, now - WINDOW, policy)
    yield _files(out, now - WINDOW)
    decides = [each for each in _in_order(events) if each.kind == EventKind.DECIDE]
    yield _decisions(publishes, first, decides, now - WINDOW, facts)


def _in_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda each: order(each, ()))


def _first(out: Iterable[Event]) -> list[Event]:
    """When each version came out."""
    found: dict[Version | str, Event] = {}
    for each in out:
        found.setdefault(version_of(each), each)
    return list(found.values())


def _named(event: Event) -> str:
    return text(event, "version") or "a version that is not named"


def _frequency(first: Sequence[Event], start: datetime, policy: AlertPolicy) -> AlertVerdict:
    late = [each for each in first if each.at > start]
    if len(late) <= policy.most_releases:
        return AlertVerdict(_UNUSUAL, FREQUENCY, False)
    told = f"{len(late)} releases in 7 days, expected at most {policy.most_releases}"
    since = late[policy.most_releases].at
    return held(_UNUSUAL, FREQUENCY, since, [told, *(_named(each) for each in reversed(late))])


def _attempts(publishes: Iterable[Event], start: datetime, policy: AlertPolicy) -> AlertVerdict:
    tried: Counter[date] = Counter()
    since: dict[date, datetime] = {}
    for each in publishes:
        day = each.at.astimezone(UTC).date()
        tried[day] += number(each, "attempts", 1)
        if each.at > start and tried[day] > policy.most_attempts:
            since.setdefault(day, each.at)
    if not since:
        return AlertVerdict(_UNUSUAL, ATTEMPTS, False)
    told = [f"{tried[day]} attempts to publish on {day}" for day in sorted(since, reverse=True)]
    limit = f"expected at most {policy.most_attempts} a day"
    return held(_UNUSUAL, ATTEMPTS, min(since.values()), [*told, limit])


def _files(out: Iterable[Event], start: datetime) -> AlertVerdict:
    seen: dict[Version | str, set[str]] = {}
    found: dict[str, datetime] = {}
    for each in out:
        listed = each.details.get("files")
        if not isinstance(listed, list | tuple):
            continue
        files = {name for name in listed if isinstance(name, str)}
        if files != seen.setdefault(version_of(each), files) and each.at > start:
            found.setdefault(f"{_named(each)}: published twice, with other files", each.at)
    if not found:
        return AlertVerdict(_UNUSUAL, FILES, False)
    return held(_UNUSUAL, FILES, min(found.values()), reversed(found))


def _decisions(
    publishes: Iterable[Event],
    first: Sequence[Event],
    decides: Sequence[Event],
    start: datetime,
    facts: OutsideFacts,
) -> AlertVerdict:
    """A release that nobody has decided; not known where nothing tells of any decision."""
    if not decides:
        return AlertVerdict(_UNUSUAL, DECISIONS, None)
    known = _decided(publishes, decides, facts)
    before: datetime | None = None
    found = []
    for each in first:
        is_known = version_of(each) in known or _between(decides, before, each.at)
        if each.at > max(start, decides[0].at) and not is_known:
            found.append(each)
        before = each.at
    if not found:
        return AlertVerdict(_UNUSUAL, DECISIONS, False)
    told = [f"{_named(each)}: published, and nothing was decided" for each in reversed(found)]
    return held(_UNUSUAL, DECISIONS, found[0].at, told)


def _decided(
    publishes: Iterable[Event], decides: Iterable[Event], facts: OutsideFacts
) -> set[Version | str]:
    """The versions of which somebody says that they were decided."""
    known = {version_key(each) for each in facts.decided or ()}
    known |= {version_of(each) for each in decides if _is_positive(each) and text(each, "version")}
    return known | {version_of(each) for each in publishes if text(each, "decision_id")}


def _is_positive(decide: Event) -> bool:
    return decide.outcome != "none"


def _between(decides: Iterable[Event], after: datetime | None, until: datetime) -> bool:
    """A decision is for one release: the first that follows it."""
    open_ones = (each.at for each in decides if _is_positive(each))
    return any((after is None or after < at) and at <= until for at in open_ones)

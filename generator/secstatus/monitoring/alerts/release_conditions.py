"""Releases that were not published, and releases that are unusual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from secstatus.monitoring.alerts.terms import (
    AlertKind,
    AlertVerdict,
    OutsideFacts,
    limit_days,
    make_verdict,
)
from secstatus.monitoring.journal.event import (
    LONGEST_REASON,
    Event,
    EventKind,
    get_detail,
    get_detail_number,
    make_sort_key,
)
from secstatus.monitoring.policy import AlertPolicy

if TYPE_CHECKING:
    from packaging.version import Version


RELEASES = "releases"
LONGEST_VERSION = 100
FAILED = frozenset({"failed", "refused"})
MISMATCH, MISSING = "mismatch", "missing"
_BAD = FAILED | {MISMATCH, MISSING}
# Who publishes was not believed: the area of trusted publishing, and these failures of an upload.
IDENTITY = "trusted publishing"
CREDENTIALS = frozenset(
    {
        "account",
        "invalid-auth",
        "no-credentials",
        "not-allowed",
        "project-creation",
        "refused",
        "token-expired",
        "token-scope",
    }
)


def was_not_believed(event: Event) -> bool:
    """Whether the index did not take the identity or the credentials of who published."""
    return get_detail(event, "area") == IDENTITY or get_detail(event, "failure") in CREDENTIALS


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A version that is not out as it should be, and the newest event that says so."""

    since: datetime
    newest: Event
    is_mismatch: bool = False

    @property
    def kind(self) -> AlertKind:
        if was_not_believed(self.newest):
            return AlertKind.AUTHENTICATION_ERROR
        return AlertKind.PUBLISHING_FAILURE

    def told(self) -> str:
        version = get_detail(self.newest, "version") or "a version that is not named"
        if self.newest.kind == EventKind.VERIFY:
            words = "other files than were built" if self.is_mismatch else "nothing of it"
            return f"{version}: the index shows {words}"
        why = get_detail(self.newest, "reason", LONGEST_REASON) or "no reason is known"
        name = get_detail(self.newest, "failure")
        return f"{version}: {name}: {why}" if name else f"{version}: {why}"


def assess_publishing(
    events: Iterable[Event], now: datetime, policy: AlertPolicy
) -> Iterator[AlertVerdict]:
    """Whether a release has failed and none of its kind, or a newer one, has come out since.

    While a version fails, nothing is said of the kind that is not the newest failure's: an upload
    that broke off does not prove that the identity was taken.
    """
    kinds = (AlertKind.PUBLISHING_FAILURE, AlertKind.AUTHENTICATION_ERROR)
    found = [each for each in events if each.kind in (EventKind.PUBLISH, EventKind.VERIFY)]
    troubles = _troubles(found)
    limit = now - limit_days(policy.remembered_days)
    for kind in kinds:
        here = [each for each in troubles if each.kind is kind and each.newest.at >= limit]
        if here:
            since = min(each.since for each in here)
            yield make_verdict(kind, RELEASES, since, (each.told() for each in here))
        else:
            yield AlertVerdict(kind, RELEASES, None if troubles or not found else False)


def make_version_key(written: str) -> Version | str:
    """The version, equal for every spelling of it; the text itself where it is none."""
    from packaging.version import InvalidVersion, Version

    if len(written) > LONGEST_VERSION:
        return written
    try:
        return Version(written)
    except InvalidVersion:
        return written


def get_version(event: Event) -> Version | str:
    """The version that an event is about."""
    value = event.details.get("version")
    return make_version_key(value if isinstance(value, str) else "")


def _troubles(events: Iterable[Event]) -> list[_Trouble]:
    """What nothing has made good, the newest first."""
    troubles: dict[Version | str, _Trouble] = {}
    published: set[Version | str] = set()
    for each in sorted(events, key=lambda each: make_sort_key(each, _BAD)):
        key = get_version(each)
        if _is_success(each):
            ended = [of for of, trouble in troubles.items() if _ends(each, key, of, trouble)]
            for of in ended:
                del troubles[of]
            published |= {key} if each.kind == EventKind.PUBLISH else set()
        elif _is_failure(each, key in published):
            troubles[key] = _with(troubles.get(key), each)
    return sorted(
        troubles.values(), key=lambda each: make_sort_key(each.newest, _BAD), reverse=True
    )


def _is_success(event: Event) -> bool:
    return (event.kind, event.outcome) in (
        (EventKind.PUBLISH, "published"),
        (EventKind.VERIFY, "verified"),
    )


def _is_failure(event: Event, was_published: bool) -> bool:
    """Before it was published, a version that the index does not have is none that is missing."""
    if event.kind == EventKind.PUBLISH:
        return event.outcome in FAILED
    return event.outcome == MISMATCH or (event.outcome == MISSING and was_published)


def _with(trouble: _Trouble | None, event: Event) -> _Trouble:
    is_mismatch = event.outcome == MISMATCH
    if trouble is None:
        return _Trouble(event.at, event, is_mismatch)
    return replace(trouble, newest=event, is_mismatch=is_mismatch or trouble.is_mismatch)


def _ends(success: Event, key: Version | str, of: Version | str, trouble: _Trouble) -> bool:
    """Foreign files on the index are only made good by files that were compared."""
    if trouble.is_mismatch and success.kind != EventKind.VERIFY:
        return False
    if isinstance(key, str) or isinstance(of, str):
        return key == of
    return key >= of


WINDOW = timedelta(days=7)
FREQUENCY, ATTEMPTS, FILES, DECISIONS = "frequency", "attempts", "files", "decisions"
_UNUSUAL = AlertKind.UNUSUAL_RELEASES


def assess_releases(
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
    return sorted(events, key=lambda each: make_sort_key(each, ()))


def _first(out: Iterable[Event]) -> list[Event]:
    """When each version came out."""
    found: dict[Version | str, Event] = {}
    for each in out:
        found.setdefault(get_version(each), each)
    return list(found.values())


def _named(event: Event) -> str:
    return get_detail(event, "version") or "a version that is not named"


def _frequency(first: Sequence[Event], start: datetime, policy: AlertPolicy) -> AlertVerdict:
    late = [each for each in first if each.at > start]
    if len(late) <= policy.most_releases:
        return AlertVerdict(_UNUSUAL, FREQUENCY, False)
    told = f"{len(late)} releases in 7 days, expected at most {policy.most_releases}"
    since = late[policy.most_releases].at
    return make_verdict(
        _UNUSUAL, FREQUENCY, since, [told, *(_named(each) for each in reversed(late))]
    )


def _attempts(publishes: Iterable[Event], start: datetime, policy: AlertPolicy) -> AlertVerdict:
    tried: Counter[date] = Counter()
    since: dict[date, datetime] = {}
    for each in publishes:
        day = each.at.astimezone(UTC).date()
        tried[day] += get_detail_number(each, "attempts", 1)
        if each.at > start and tried[day] > policy.most_attempts:
            since.setdefault(day, each.at)
    if not since:
        return AlertVerdict(_UNUSUAL, ATTEMPTS, False)
    told = [f"{tried[day]} attempts to publish on {day}" for day in sorted(since, reverse=True)]
    limit = f"expected at most {policy.most_attempts} a day"
    return make_verdict(_UNUSUAL, ATTEMPTS, min(since.values()), [*told, limit])


def _files(out: Iterable[Event], start: datetime) -> AlertVerdict:
    seen: dict[Version | str, set[str]] = {}
    found: dict[str, datetime] = {}
    for each in out:
        listed = each.details.get("files")
        if not isinstance(listed, list | tuple):
            continue
        files = {name for name in listed if isinstance(name, str)}
        if files != seen.setdefault(get_version(each), files) and each.at > start:
            found.setdefault(f"{_named(each)}: published twice, with other files", each.at)
    if not found:
        return AlertVerdict(_UNUSUAL, FILES, False)
    return make_verdict(_UNUSUAL, FILES, min(found.values()), reversed(found))


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
        is_known = get_version(each) in known or _between(decides, before, each.at)
        if each.at > max(start, decides[0].at) and not is_known:
            found.append(each)
        before = each.at
    if not found:
        return AlertVerdict(_UNUSUAL, DECISIONS, False)
    told = [f"{_named(each)}: published, and nothing was decided" for each in reversed(found)]
    return make_verdict(_UNUSUAL, DECISIONS, found[0].at, told)


def _decided(
    publishes: Iterable[Event], decides: Iterable[Event], facts: OutsideFacts
) -> set[Version | str]:
    """The versions of which somebody says that they were decided."""
    known = {make_version_key(each) for each in facts.decided or ()}
    known |= {
        get_version(each) for each in decides if _is_positive(each) and get_detail(each, "version")
    }
    return known | {get_version(each) for each in publishes if get_detail(each, "decision_id")}


def _is_positive(decide: Event) -> bool:
    return decide.outcome != "none"


def _between(decides: Iterable[Event], after: datetime | None, until: datetime) -> bool:
    """A decision is for one release: the first that follows it."""
    open_ones = (each.at for each in decides if _is_positive(each))
    return any((after is None or after < at) and at <= until for at in open_ones)

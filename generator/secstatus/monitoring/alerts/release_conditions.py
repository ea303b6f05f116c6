"""Assess the releases: those that were not published, and those that are unusual."""

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

# `packaging` is imported where it is needed: most commands read the journal without a release.
if TYPE_CHECKING:
    from packaging.version import Version


RELEASES = "releases"
FAILED = frozenset({"failed", "refused"})
MISMATCH, MISSING = "mismatch", "missing"
_BAD = FAILED | {MISMATCH, MISSING}
# The area of `diagnose` for trusted publishing, and the failures of an upload that concern the
# credentials. Their remedy is on the index, not in the release.
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


def is_authentication_error(event: Event) -> bool:
    """Whether the index rejected the identity or the credentials of the publisher."""
    return get_detail(event, "area") == IDENTITY or get_detail(event, "failure") in CREDENTIALS


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A version that is not published as it was built, and the newest event that shows it."""

    since: datetime
    newest: Event
    is_mismatch: bool = False

    @property
    def kind(self) -> AlertKind:
        if is_authentication_error(self.newest):
            return AlertKind.AUTHENTICATION_ERROR
        return AlertKind.PUBLISHING_FAILURE

    def describe(self) -> str:
        version = _name_version(self.newest)
        if self.newest.kind == EventKind.VERIFY:
            words = "other files than were built" if self.is_mismatch else "nothing of it"
            return f"{version}: the index shows {words}"
        why = get_detail(self.newest, "reason", LONGEST_REASON) or "no reason is known"
        name = get_detail(self.newest, "failure")
        return f"{version}: {name}: {why}" if name else f"{version}: {why}"


def assess_publishing(
    events: Iterable[Event], now: datetime, policy: AlertPolicy
) -> Iterator[AlertVerdict]:
    """The verdicts about failed releases, one for each of the two kinds.

    A failure counts until the same version, or a newer one, is published. While a version fails,
    the kind that does not apply is unknown, not well.
    """
    kinds = (AlertKind.PUBLISHING_FAILURE, AlertKind.AUTHENTICATION_ERROR)
    found = [each for each in events if each.kind in (EventKind.PUBLISH, EventKind.VERIFY)]
    troubles = _troubles(found)
    # A version that was given up is never published; its alert must end one day.
    limit = now - limit_days(policy.remembered_days)
    for kind in kinds:
        here = [each for each in troubles if each.kind is kind and each.newest.at >= limit]
        if here:
            since = min(each.since for each in here)
            yield make_verdict(kind, RELEASES, since, (each.describe() for each in here))
        else:
            # An upload that broke off does not prove that the index accepted the identity.
            yield AlertVerdict((kind, RELEASES), is_well=bool(found) and not troubles)


def make_version_key(written: str) -> Version | str:
    """The version, equal for all its spellings (PEP 440); the text if it is no version."""
    from secstatus.findings.texts import parse_version

    return parse_version(written) or written


def get_version(event: Event) -> Version | str:
    """The version that an event is about."""
    value = event.details.get("version")
    return make_version_key(value if isinstance(value, str) else "")


def _troubles(events: Iterable[Event]) -> list[_Trouble]:
    """The failures that no later success has ended, the newest first."""
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
    """Whether the event shows that a version is not published as it was built."""
    if event.kind == EventKind.PUBLISH:
        return event.outcome in FAILED
    # `verify` before the upload finds nothing, too; that is no failure.
    return event.outcome == MISMATCH or (event.outcome == MISSING and was_published)


def _with(trouble: _Trouble | None, event: Event) -> _Trouble:
    is_mismatch = event.outcome == MISMATCH
    if trouble is None:
        return _Trouble(event.at, event, is_mismatch)
    return replace(trouble, newest=event, is_mismatch=is_mismatch or trouble.is_mismatch)


def _ends(success: Event, key: Version | str, of: Version | str, trouble: _Trouble) -> bool:
    """Whether a success of the version `key` ends the trouble of the version `of`."""
    # Foreign files stay on the index when another upload succeeds. Only `verify` compares them.
    if trouble.is_mismatch and success.kind != EventKind.VERIFY:
        return False
    if isinstance(key, str) or isinstance(of, str):
        return key == of
    # PyPI accepts no file name twice, so that a project moves on to the next version.
    return key >= of


WINDOW = timedelta(days=7)
FREQUENCY, ATTEMPTS, FILES, DECISIONS = "frequency", "attempts", "files", "decisions"
_UNUSUAL = AlertKind.UNUSUAL_RELEASES


def assess_releases(
    events: Sequence[Event], now: datetime, policy: AlertPolicy, facts: OutsideFacts
) -> Iterator[AlertVerdict]:
    """The verdicts about unusual releases of the last seven days, one for each subject."""
    in_order = sorted(events, key=lambda each: make_sort_key(each, ()))
    publishes = [each for each in in_order if each.kind == EventKind.PUBLISH]
    out = [each for each in publishes if each.outcome == "published"]
    first = _first(out)
    yield _frequency(first, now - WINDOW, policy)
    yield _attempts(publishes, now - WINDOW, policy)
    yield _files(out, now - WINDOW)
    decides = [each for each in in_order if each.kind == EventKind.DECIDE]
    yield _decisions(publishes, first, decides, now - WINDOW, facts)


def _first(out: Iterable[Event]) -> list[Event]:
    """The first publication of each version."""
    found: dict[Version | str, Event] = {}
    for each in out:
        found.setdefault(get_version(each), each)
    return list(found.values())


def _name_version(event: Event) -> str:
    return get_detail(event, "version") or "a version that is not named"


def _frequency(first: Sequence[Event], start: datetime, policy: AlertPolicy) -> AlertVerdict:
    late = [each for each in first if each.at > start]
    if len(late) <= policy.most_releases:
        return AlertVerdict((_UNUSUAL, FREQUENCY), is_well=True)
    found = f"{len(late)} releases in 7 days, expected at most {policy.most_releases}"
    since = late[policy.most_releases].at
    return make_verdict(
        _UNUSUAL, FREQUENCY, since, [found, *(_name_version(each) for each in reversed(late))]
    )


def _attempts(publishes: Iterable[Event], start: datetime, policy: AlertPolicy) -> AlertVerdict:
    tried: Counter[date] = Counter()
    since: dict[date, datetime] = {}
    for each in publishes:
        day = each.at.astimezone(UTC).date()
        # One event stands for all attempts of one command.
        tried[day] += get_detail_number(each, "attempts", 1)
        if each.at > start and tried[day] > policy.most_attempts:
            since.setdefault(day, each.at)
    if not since:
        return AlertVerdict((_UNUSUAL, ATTEMPTS), is_well=True)
    found = [f"{tried[day]} attempts to publish on {day}" for day in sorted(since, reverse=True)]
    limit = f"expected at most {policy.most_attempts} a day"
    return make_verdict(_UNUSUAL, ATTEMPTS, min(since.values()), [*found, limit])


def _files(out: Iterable[Event], start: datetime) -> AlertVerdict:
    seen: dict[Version | str, set[str]] = {}
    found: dict[str, datetime] = {}
    for each in out:
        listed = each.details.get("files")
        if not isinstance(listed, list | tuple):
            continue
        files = {name for name in listed if isinstance(name, str)}
        if files != seen.setdefault(get_version(each), files) and each.at > start:
            found.setdefault(f"{_name_version(each)}: published twice, with other files", each.at)
    if not found:
        return AlertVerdict((_UNUSUAL, FILES), is_well=True)
    return make_verdict(_UNUSUAL, FILES, min(found.values()), reversed(found))


def _decisions(
    publishes: Iterable[Event],
    first: Sequence[Event],
    decides: Sequence[Event],
    start: datetime,
    facts: OutsideFacts,
) -> AlertVerdict:
    """The verdict whether each release has a decision."""
    # A project that does not use `decide` has no decisions for any release.
    if not decides:
        return AlertVerdict((_UNUSUAL, DECISIONS))
    known = _decided(publishes, decides, facts)
    before: datetime | None = None
    found = []
    for each in first:
        is_known = get_version(each) in known or _between(decides, before, each.at)
        # Releases from before the first decision are older than the use of `decide`.
        if each.at > max(start, decides[0].at) and not is_known:
            found.append(each)
        before = each.at
    if not found:
        return AlertVerdict((_UNUSUAL, DECISIONS), is_well=True)
    parts = [
        f"{_name_version(each)}: published, and nothing was decided" for each in reversed(found)
    ]
    return make_verdict(_UNUSUAL, DECISIONS, found[0].at, parts)


def _decided(
    publishes: Iterable[Event], decides: Iterable[Event], facts: OutsideFacts
) -> set[Version | str]:
    """The versions that have a decision, by the release log or by an event."""
    known = {make_version_key(each) for each in facts.decided or ()}
    named = (each for each in decides if each.outcome != "none" and get_detail(each, "version"))
    known |= {get_version(each) for each in named}
    return known | {get_version(each) for each in publishes if get_detail(each, "decision_id")}


def _between(decides: Iterable[Event], after: datetime | None, until: datetime) -> bool:
    """Whether a release was decided in this time; a decision covers the first release after it."""
    times = (each.at for each in decides if each.outcome != "none")
    return any((after is None or after < at) and at <= until for at in times)

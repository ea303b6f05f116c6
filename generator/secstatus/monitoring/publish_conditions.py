"""Releases that did not come out: what failed, and whether anything has made it good since.

One failure is one alert: either the index did not take the identity, or something else failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from secstatus.monitoring.alert_terms import AlertKind, AlertPolicy, AlertVerdict, days, held
from secstatus.monitoring.event import Event, EventKind
from secstatus.monitoring.event_details import LONGEST_REASON, order, text

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
    return text(event, "area") == IDENTITY or text(event, "failure") in CREDENTIALS


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
        version = text(self.newest, "version") or "a version that is not named"
        if self.newest.kind == EventKind.VERIFY:
            words = "other files than were built" if self.is_mismatch else "nothing of it"
            return f"{version}: the index shows {words}"
        why = text(self.newest, "reason", LONGEST_REASON) or "no reason is known"
        name = text(self.newest, "failure")
        return f"{version}: {name}: {why}" if name else f"{version}: {why}"


def publish_verdicts(
    events: Iterable[Event], now: datetime, policy: AlertPolicy
) -> Iterator[AlertVerdict]:
    """Whether a release has failed and none of its kind, or a newer one, has come out since.

    While a version fails, nothing is said of the kind that is not the newest failure's: an upload
    that broke off does not prove that the identity was taken.
    """
    kinds = (AlertKind.PUBLISHING_FAILURE, AlertKind.AUTHENTICATION_ERROR)
    found = [each for each in events if each.kind in (EventKind.PUBLISH, EventKind.VERIFY)]
    troubles = _troubles(found)
    limit = now - days(policy.remembered_days)
    for kind in kinds:
        here = [each for each in troubles if each.kind is kind and each.newest.at >= limit]
        if here:
            since = min(each.since for each in here)
            yield held(kind, RELEASES, since, (each.told() for each in here))
        else:
            yield AlertVerdict(kind, RELEASES, None if troubles or not found else False)


def version_key(written: str) -> Version | str:
    """The version, equal for every spelling of it; the text itself where it is none."""
    from packaging.version import InvalidVersion, Version

    if len(written) > LONGEST_VERSION:
        return written
    try:
        return Version(written)
    except InvalidVersion:
        return written


def version_of(event: Event) -> Version | str:
    """The version that an event is about."""
    value = event.details.get("version")
    return version_key(value if isinstance(value, str) else "")


def _troubles(events: Iterable[Event]) -> list[_Trouble]:
    """What nothing has made good, the newest first."""
    troubles: dict[Version | str, _Trouble] = {}
    published: set[Version | str] = set()
    for each in sorted(events, key=lambda each: order(each, _BAD)):
        key = version_of(each)
        if _is_success(each):
            ended = [of for of, trouble in troubles.items() if _ends(each, key, of, trouble)]
            for of in ended:
                del troubles[of]
            published |= {key} if each.kind == EventKind.PUBLISH else set()
        elif _is_failure(each, key in published):
            troubles[key] = _with(troubles.get(key), each)
    return sorted(troubles.values(), key=lambda each: order(each.newest, _BAD), reverse=True)


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

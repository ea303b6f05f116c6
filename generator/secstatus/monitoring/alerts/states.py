"""What somebody is told, once: raised, reminded of while it lasts, recovered.

What nobody looks at any more has no recovery, since nothing proves one: it ends as unwatched.

The memory are the `alert` events of the journal. Of each (kind, subject) the newest event counts;
events of one alert never share a second, so that a merge cannot change which one that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from secstatus.jsonio.values import read_timestamp
from secstatus.monitoring.alerts.terms import (
    AlertKind,
    Assessment,
    Condition,
    Key,
    limit_hours,
)
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.policy import AlertPolicy
from secstatus.timestamps import format_timestamp

_SECOND = timedelta(seconds=1)
_KINDS = {str(kind): kind for kind in AlertKind}


class AlertState(StrEnum):
    """The state of an alert; each event of it is one. The last two end it."""

    RAISED = "raised"
    REMINDED = "reminded"
    RECOVERED = "recovered"
    UNWATCHED = "unwatched"


ENDS = frozenset({AlertState.RECOVERED, AlertState.UNWATCHED})
_STATES = {str(state): state for state in AlertState}


@dataclass(frozen=True, slots=True)
class Alert:
    """One word about something that is wrong, or was.

    `since`: from when on it was wrong. `at`: when it is told. `text` is that of the condition, and
    at its end what was told last.
    """

    kind: AlertKind
    subject: str
    state: AlertState
    text: str
    since: datetime
    at: datetime

    @property
    def key(self) -> Key:
        return self.kind, self.subject

    @property
    def is_open(self) -> bool:
        return self.state not in ENDS


def list_due_alerts(
    assessment: Assessment, events: Iterable[Event], now: datetime, policy: AlertPolicy
) -> tuple[Alert, ...]:
    """What has to be told now. Once it is in the journal, the same call gives nothing more.

    What is unknown is left as it is: neither raised nor reminded of nor recovered. What is
    unwatched, too, ends.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    past = _past(events)
    conditions = {each.key: each for each in assessment.conditions}
    found = (
        _unwatched(past.get(key), now)
        if key in assessment.unwatched
        else _next(conditions.get(key), past.get(key), now, policy)
        for key in sorted({*conditions, *past})
    )
    return tuple(
        alert
        for alert in found
        if alert is not None
        and (alert.state is not AlertState.RECOVERED or alert.key not in assessment.unknown)
    )


def make_alert_event(alert: Alert) -> Event:
    """The event by which the alert is remembered."""
    told = {
        "alert": str(alert.kind),
        "since": format_timestamp(alert.since),
        "subject": alert.subject,
        "text": alert.text,
    }
    return Event(alert.at, str(EventKind.ALERT), str(alert.state), told)


def list_open_alerts(events: Iterable[Event]) -> tuple[Alert, ...]:
    """The alerts that nothing has ended, as they were told last; the oldest first.

    Those of a kind that this version does not know are not among them.
    """
    found = [each for each in _past(events).values() if each.is_open]
    return tuple(sorted(found, key=lambda each: (each.since, each.key)))


def list_last_alerts(events: Iterable[Event]) -> tuple[Alert, ...]:
    """The last word about each thing that ever was wrong, ended ones included."""
    return tuple(_past(events).values())


def _next(
    condition: Condition | None, last: Alert | None, now: datetime, policy: AlertPolicy
) -> Alert | None:
    """What follows the last word; its time is later than that, whatever the clock says."""
    at = now if last is None else _after(last, now)
    is_open = last is not None and last.is_open
    if condition is None:
        return replace(last, state=AlertState.RECOVERED, at=at) if last and is_open else None
    if last is None or not is_open:
        since = min(condition.since, at)
        return Alert(*condition.key, AlertState.RAISED, condition.text, since, at)
    if now - last.at < limit_hours(policy.remind_hours):
        return None
    return replace(last, state=AlertState.REMINDED, text=condition.text, at=at)


def _unwatched(last: Alert | None, now: datetime) -> Alert | None:
    if last is None or not last.is_open:
        return None
    return replace(last, state=AlertState.UNWATCHED, at=_after(last, now))


def _after(last: Alert, now: datetime) -> datetime:
    return max(now, last.at + _SECOND)


def _past(events: Iterable[Event]) -> Mapping[Key, Alert]:
    """The last word about each thing. `since` is the earliest that was told since it was raised."""
    found: dict[Key, Alert] = {}
    for each in sorted(_told(events), key=_order):
        last = found.get(each.key)
        if last is not None and last.is_open:
            each = replace(each, since=min(each.since, last.since))
        found[each.key] = each
    return found


def _told(events: Iterable[Event]) -> Iterator[Alert]:
    """The alerts of the journal. What is none of this version is passed over."""
    for each in events:
        if each.kind == EventKind.ALERT and (alert := _alert(each)) is not None:
            yield alert


def _alert(event: Event) -> Alert | None:
    kind, subject, text = (event.details.get(key) for key in ("alert", "subject", "text"))
    state = _STATES.get(event.outcome)
    if not isinstance(kind, str) or kind not in _KINDS or state is None:
        return None
    if not isinstance(subject, str):
        return None
    since = min(read_timestamp(event.details.get("since")) or event.at, event.at)
    return Alert(
        _KINDS[kind], subject, state, text if isinstance(text, str) else "", since, event.at
    )


def _order(alert: Alert) -> tuple[datetime, bool, AlertState, datetime, str]:
    # In the second of a recovery both may have been: then it is taken for open.
    return alert.at, alert.is_open, alert.state, alert.since, alert.text

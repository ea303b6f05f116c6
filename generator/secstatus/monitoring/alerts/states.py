"""Alert states: raise once, remind while it lasts, recover, or end as abandoned.

State is kept only in the journal's `alert` events. The newest event of a (kind, subject) counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from secstatus.jsonio.values import read_timestamp
from secstatus.monitoring.alerts.terms import AlertKind, Assessment, Condition, Key, limit_hours
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.policy import AlertPolicy
from secstatus.timestamps import format_timestamp

_SECOND = timedelta(seconds=1)
_KINDS = {str(kind): kind for kind in AlertKind}


class AlertState(StrEnum):
    """The states of an alert, in the journal as well. The last two end it.

    An abandoned alert ends as `unwatched`: without probes nothing proves a recovery.
    """

    RAISED = "raised"
    REMINDED = "reminded"
    RECOVERED = "recovered"
    UNWATCHED = "unwatched"


ENDS = frozenset({AlertState.RECOVERED, AlertState.UNWATCHED})
_STATES = {str(state): state for state in AlertState}


@dataclass(frozen=True, slots=True)
class Alert(Condition):
    """A condition in a state, which it entered at `at`.

    `since`: the time from which on the problem existed. An alert that has ended keeps the last
    text of its condition.
    """

    state: AlertState
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.state not in ENDS


def list_due_alerts(
    assessment: Assessment, events: Iterable[Event], now: datetime, policy: AlertPolicy
) -> tuple[Alert, ...]:
    """The alerts that must be reported now, sorted by key.

    Idempotent: once their events are in the journal, the same call returns nothing. An unknown
    alert stays as it is; an abandoned one ends.
    """
    # The journal keeps whole seconds; an alert compared with its own event must be equal to it.
    now = now.astimezone(UTC).replace(microsecond=0)
    past = _past(events)
    conditions = {each.key: each for each in assessment.conditions}
    found = (
        _abandon(past.get(key), now)
        if key in assessment.abandoned
        else _next(conditions.get(key), past.get(key), now, policy)
        for key in sorted({*conditions, *past})
    )
    return tuple(
        alert
        for alert in found
        if alert is not None
        # Recovery needs evidence (docs/decisions/0016): an unknown problem has not ended.
        and (alert.state is not AlertState.RECOVERED or alert.key not in assessment.unknown)
    )


def make_alert_event(alert: Alert) -> Event:
    """The journal event that keeps the alert."""
    details = {
        "alert": str(alert.kind),
        "since": format_timestamp(alert.since),
        "subject": alert.subject,
        "text": alert.text,
    }
    return Event(alert.at, str(EventKind.ALERT), str(alert.state), details)


def list_open_alerts(events: Iterable[Event]) -> tuple[Alert, ...]:
    """The alerts that have not ended, with their newest text; the oldest first.

    Kinds that this version does not know are left out.
    """
    found = [each for each in _past(events).values() if each.is_open]
    return tuple(sorted(found, key=lambda each: (each.since, each.key)))


def list_last_alerts(events: Iterable[Event]) -> tuple[Alert, ...]:
    """The newest state of each alert, open or ended."""
    return tuple(_past(events).values())


def _next(
    condition: Condition | None, last: Alert | None, now: datetime, policy: AlertPolicy
) -> Alert | None:
    """The state that follows `last`; None if the state stays."""
    at = now if last is None else _after(last, now)
    is_open = last is not None and last.is_open
    if condition is None:
        return replace(last, state=AlertState.RECOVERED, at=at) if last and is_open else None
    if last is None or not is_open:
        since = min(condition.since, at)
        return Alert(*condition.key, condition.text, since, AlertState.RAISED, at)
    if now - last.at < limit_hours(policy.remind_hours):
        return None
    return replace(last, state=AlertState.REMINDED, text=condition.text, at=at)


def _abandon(last: Alert | None, now: datetime) -> Alert | None:
    if last is None or not last.is_open:
        return None
    return replace(last, state=AlertState.UNWATCHED, at=_after(last, now))


def _after(last: Alert, now: datetime) -> datetime:
    # A later second even if the clock was set back: if two events of one alert shared a second, a
    # merge of two branches could change which of them is the newest.
    return max(now, last.at + _SECOND)


def _past(events: Iterable[Event]) -> Mapping[Key, Alert]:
    """The newest state of each alert; `since` is the earliest one since it was raised."""
    found: dict[Key, Alert] = {}
    for each in sorted(_read_alerts(events), key=_order):
        last = found.get(each.key)
        # Two machines may raise the same alert before their journals are merged.
        if last is not None and last.is_open:
            each = replace(each, since=min(each.since, last.since))
        found[each.key] = each
    return found


def _read_alerts(events: Iterable[Event]) -> Iterator[Alert]:
    """The alerts of the journal, without those of a newer version."""
    for each in events:
        if each.kind == EventKind.ALERT and (alert := _alert(each)) is not None:
            yield alert


def _alert(event: Event) -> Alert | None:
    kind, subject, text = (event.details.get(key) for key in ("alert", "subject", "text"))
    # A kind or state of a newer version is left out, not refused: it stays in the journal.
    state = _STATES.get(event.outcome)
    if not isinstance(kind, str) or kind not in _KINDS or state is None:
        return None
    if not isinstance(subject, str):
        return None
    since = min(read_timestamp(event.details.get("since")) or event.at, event.at)
    words = text if isinstance(text, str) else ""
    return Alert(_KINDS[kind], subject, words, since, state, event.at)


def _order(alert: Alert) -> tuple[datetime, bool, AlertState, datetime, str]:
    # A merge may bring an end and a new alert of the same second together. Then the alert is
    # open: the next probe run ends it if there is evidence.
    return alert.at, alert.is_open, alert.state, alert.since, alert.text

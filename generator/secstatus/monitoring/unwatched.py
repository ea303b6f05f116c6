"""Alerts of addresses that nobody looks at any more: nothing will ever prove that they are over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time, timedelta

from secstatus.monitoring.alert_terms import AlertKind, AlertPolicy, Key, hours
from secstatus.monitoring.alerts import Alert, open_alerts
from secstatus.monitoring.deployment_conditions import SUBJECT
from secstatus.monitoring.journal import Journal

_OF_A_SITE = (
    AlertKind.DOWN,
    AlertKind.CERTIFICATE,
    AlertKind.SLOW,
    AlertKind.STALE,
    AlertKind.TAMPERED,
    AlertKind.HALF_DEPLOYED,
    AlertKind.NOT_ARRIVED,
    AlertKind.EXPIRY,
)
_PREFIXES = (SUBJECT, "certificate of ", "status of ")


def find_abandoned(
    journal: Journal, watched: Collection[str], now: datetime, policy: AlertPolicy
) -> frozenset[Key]:
    """The open alerts of addresses that nobody has looked at for as long as a look counts.

    `watched`: the addresses that are configured or looked at now; theirs are never among them.
    Where none is configured nobody can say that one is given up, and this is not to be asked.
    """
    before = now - hours(policy.fresh_hours)
    return frozenset(
        each.key
        for each in open_alerts(journal.events)
        if (base := address_of(each.key)) is not None
        and base not in watched
        and _last_word(journal, base, each) < before
    )


def address_of(key: Key) -> str | None:
    """The address of the site that an alert is about; None where it is about something else."""
    kind, subject = key
    if kind not in _OF_A_SITE:
        return None
    prefix = next((each for each in _PREFIXES if subject.startswith(each)), "")
    return subject.removeprefix(prefix)


def _last_word(journal: Journal, base: str, alert: Alert) -> datetime:
    """When somebody has looked there last; an alert that was told follows from a look."""
    return max([alert.at, *_looks(journal, base)])


def _looks(journal: Journal, base: str) -> Iterator[datetime]:
    yield from (each.at for each in journal.rounds if each.base == base)
    for period in (*journal.days, *journal.months):
        if period.base == base:
            span = timedelta(days=31 if period.is_month else 1)
            yield datetime.combine(period.start, time(), UTC) + span

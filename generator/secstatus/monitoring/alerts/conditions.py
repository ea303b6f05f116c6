"""Assess which problems exist now, from the journal and a few facts outside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from secstatus.monitoring.alerts.probe_conditions import (
    DEPLOYMENT_OF,
    assess_deployments,
    assess_probe_runs,
)
from secstatus.monitoring.alerts.release_conditions import assess_publishing, assess_releases
from secstatus.monitoring.alerts.states import Alert, list_open_alerts
from secstatus.monitoring.alerts.terms import (
    AlertKind,
    AlertVerdict,
    Assessment,
    Key,
    OutsideFacts,
    limit_days,
)
from secstatus.monitoring.alerts.work_conditions import assess_work
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import ORDER, ProbeRun, ProbeState

_STATES = {AlertKind.TAMPERED: ProbeState.TAMPERED, AlertKind.NOT_ARRIVED: ProbeState.STALE}
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
_PREFIXES = (DEPLOYMENT_OF, "certificate of ", "status of ")


def assess_conditions(
    journal: Journal, now: datetime, policy: AlertPolicy, facts: OutsideFacts
) -> Assessment:
    """The problems that exist now, sorted by key, and the keys that cannot be assessed.

    An open alert about which no evidence was found is unknown, not well.
    """
    found = {each.key: each for each in _assess(journal, now, policy, facts)}
    # Such as an alert about a site that is no longer probed.
    lost = {each.key for each in list_open_alerts(journal.events)} - found.keys()
    conditions = tuple(
        # The journal accepts lines up to ten minutes ahead of this clock (JOURNAL_CLOCK_SKEW); an
        # alert that begins in the future would have a negative duration.
        replace(each.condition, since=min(each.condition.since, now))
        for _, each in sorted(found.items(), key=lambda item: item[0])
        if each.condition is not None
    )
    unknown = {key for key, each in found.items() if not each.is_well and each.condition is None}
    return Assessment(conditions, frozenset(lost | unknown))


def find_worst_state(newest: ProbeRun, events: Iterable[Event]) -> ProbeState:
    """The state of the newest probe run, or of an open alert about the deployment if worse."""
    states = [newest.worst]
    # A run that has read the branch knows the deployment better than an alert from before.
    if not newest.served.deployed:
        states += [
            _STATES[each.kind]
            for each in list_open_alerts(events)
            if each.subject == f"{DEPLOYMENT_OF}{newest.base}" and each.kind in _STATES
        ]
    return max(states, key=ORDER.index)


def find_abandoned(
    journal: Journal, watched: Collection[str], now: datetime, policy: AlertPolicy
) -> frozenset[Key]:
    """The open alerts of addresses that were not probed for `policy.fresh_days`.

    `watched`: the addresses that are configured or probed now; their alerts are never abandoned.
    Do not call this if no address is configured: then no address is known to be given up.
    """
    # As long as a probe run counts, the alert may still recover by evidence.
    before = now - limit_days(policy.fresh_days)
    return frozenset(
        each.key
        for each in list_open_alerts(journal.events)
        if (base := find_address(each.key)) is not None
        and base not in watched
        and _last_probed(journal, base, each) < before
    )


def find_address(key: Key) -> str | None:
    """The address of the site that an alert is about; None if it is about something else."""
    kind, subject = key
    if kind not in _OF_A_SITE:
        return None
    prefix = next((each for each in _PREFIXES if subject.startswith(each)), "")
    return subject.removeprefix(prefix)


def _assess(
    journal: Journal, now: datetime, policy: AlertPolicy, facts: OutsideFacts
) -> Iterator[AlertVerdict]:
    yield from assess_probe_runs(journal.probe_runs, now, policy)
    yield from assess_deployments(journal.probe_runs, now, policy)
    yield from assess_publishing(journal.events, now, policy)
    yield from assess_releases(journal.events, now, policy, facts)
    yield from assess_work(journal, now, policy, facts)


def _last_probed(journal: Journal, base: str, alert: Alert) -> datetime:
    # The alert itself follows from a probe run, which may be summed up or lost in a merge.
    return max([alert.at, *_probe_times(journal, base)])


def _probe_times(journal: Journal, base: str) -> Iterator[datetime]:
    yield from (each.at for each in journal.probe_runs if each.base == base)
    for period in (*journal.days, *journal.months):
        if period.base == base:
            # The end of the period at the latest: its probe runs have no times of their own.
            span = timedelta(days=31 if period.is_month else 1)
            yield datetime.combine(period.start, time(), UTC) + span

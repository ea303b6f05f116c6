"""Everything that is wrong now, judged from the journal and the site."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile

from secstatus.monitoring.alerts.probe_conditions import (
    LONGEST_REASON,
    assess_probe_runs,
    get_fault,
    group_by_base,
)
from secstatus.monitoring.alerts.release_conditions import assess_publishing, assess_releases
from secstatus.monitoring.alerts.states import Alert, list_open_alerts
from secstatus.monitoring.alerts.terms import (
    AlertKind,
    AlertVerdict,
    Assessment,
    Condition,
    Key,
    OutsideFacts,
    limit_days,
    make_verdict,
)
from secstatus.monitoring.alerts.work_conditions import assess_work
from secstatus.monitoring.journal.event import Event, make_safe_line
from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import ORDER, PROVED, Fault, Probe, ProbeRun, ProbeState
from secstatus.monitoring.reported import MANIFEST

SUBJECT = "deployment of "
_FAULTS = {AlertKind.TAMPERED: Fault.REPLACED, AlertKind.NOT_ARRIVED: Fault.NOT_ARRIVED}
_STATES = {AlertKind.TAMPERED: ProbeState.TAMPERED, AlertKind.NOT_ARRIVED: ProbeState.STALE}


def assess_deployments(
    runs: Iterable[ProbeRun], now: datetime, policy: AlertPolicy
) -> Iterator[AlertVerdict]:
    """What is known of each site that was held against its branch."""
    compared = [each for each in runs if each.served.deployed]
    for base, newest in group_by_base(compared).items():
        is_fresh = now - newest[0].at <= limit_days(policy.fresh_days)
        for kind in _FAULTS:
            yield _verdict(kind, base, newest, is_fresh, policy)


def find_worst_state(newest: ProbeRun, events: Iterable[Event]) -> ProbeState:
    """The state of the newest look, or of what is open and it could not see, if that is worse."""
    subject = f"{SUBJECT}{newest.base}"
    states = [newest.worst]
    if not newest.served.deployed:
        states += [
            _STATES[each.kind]
            for each in list_open_alerts(events)
            if each.subject == subject and each.kind in _STATES
        ]
    return max(states, key=ORDER.index)


def _verdict(
    kind: AlertKind, base: str, newest: Sequence[ProbeRun], is_fresh: bool, policy: AlertPolicy
) -> AlertVerdict:
    subject = f"{SUBJECT}{base}"
    bad = list(takewhile(lambda each: _is_so(each, kind) is True, newest))
    if is_fresh and len(bad) >= max(1, policy.failures):
        reason = _manifest(newest[0], kind).reason
        return make_verdict(
            kind,
            subject,
            bad[-1].at,
            [make_safe_line(reason or str(_FAULTS[kind]), LONGEST_REASON)],
        )
    good = takewhile(lambda each: _is_so(each, kind) is False, newest)
    is_well = is_fresh and len(list(good)) >= max(1, policy.successes)
    return AlertVerdict(kind, subject, False if is_well else None)


def _is_so(found: ProbeRun, kind: AlertKind) -> bool | None:
    """Well is only a manifest that was held against the branch and is the deployed one."""
    faults = [get_fault(each) for each in found.probes if each.path == MANIFEST]
    if any(fault is _FAULTS[kind] for fault in faults):
        return True
    return False if faults and all(fault in PROVED for fault in faults) else None


def _manifest(found: ProbeRun, kind: AlertKind) -> Probe:
    return next(
        each for each in found.probes if each.path == MANIFEST and get_fault(each) is _FAULTS[kind]
    )


def assess_conditions(
    journal: Journal, now: datetime, policy: AlertPolicy, facts: OutsideFacts
) -> Assessment:
    """What is wrong now, and of what nothing can be said.

    Well is only what evidence shows to be well. An alert that is open and that nothing was found
    about, such as one of a site that nobody looks at any more, is unknown.
    """
    found: dict[Key, AlertVerdict] = {}
    for each in _verdicts(journal, now, policy, facts):
        found[each.kind, each.subject] = each
    lost = {each.key for each in list_open_alerts(journal.events)} - found.keys()
    conditions = tuple(
        Condition(each.kind, each.subject, each.text, min(each.since or now, now))
        for _, each in sorted(found.items())
        if each.holds
    )
    return Assessment(
        conditions, frozenset(lost | {key for key, each in found.items() if each.holds is None})
    )


def _verdicts(
    journal: Journal, now: datetime, policy: AlertPolicy, facts: OutsideFacts
) -> Iterator[AlertVerdict]:
    yield from assess_probe_runs(journal.probe_runs, now, policy)
    yield from assess_deployments(journal.probe_runs, now, policy)
    yield from assess_publishing(journal.events, now, policy)
    yield from assess_releases(journal.events, now, policy, facts)
    yield from assess_work(journal, now, policy, facts)


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
    before = now - limit_days(policy.fresh_days)
    return frozenset(
        each.key
        for each in list_open_alerts(journal.events)
        if (base := find_address(each.key)) is not None
        and base not in watched
        and _last_word(journal, base, each) < before
    )


def find_address(key: Key) -> str | None:
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
    yield from (each.at for each in journal.probe_runs if each.base == base)
    for period in (*journal.days, *journal.months):
        if period.base == base:
            span = timedelta(days=31 if period.is_month else 1)
            yield datetime.combine(period.start, time(), UTC) + span

"""Whether the site that is served is the one that was deployed.

Only looks that have read the branch say so. The others, which cannot tell a replaced site from a
good one, neither raise these alerts nor end them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile

from secstatus.monitoring.alert_terms import AlertKind, AlertPolicy, AlertVerdict, held, hours
from secstatus.monitoring.alerts import open_alerts
from secstatus.monitoring.event import Event
from secstatus.monitoring.event_details import safe
from secstatus.monitoring.probe import ORDER, PROVED, Fault, Probe, ProbeState, Round
from secstatus.monitoring.probe_conditions import LONGEST_REASON, by_base, fault_of
from secstatus.monitoring.told_by_site import MANIFEST

SUBJECT = "deployment of "
_FAULTS = {AlertKind.TAMPERED: Fault.REPLACED, AlertKind.NOT_ARRIVED: Fault.NOT_ARRIVED}
_STATES = {AlertKind.TAMPERED: ProbeState.TAMPERED, AlertKind.NOT_ARRIVED: ProbeState.STALE}


def deployment_verdicts(
    rounds: Iterable[Round], now: datetime, policy: AlertPolicy
) -> Iterator[AlertVerdict]:
    """What is known of each site that was held against its branch."""
    compared = [each for each in rounds if each.served.deployed]
    for base, newest in by_base(compared).items():
        is_fresh = now - newest[0].at <= hours(policy.fresh_hours)
        for kind in _FAULTS:
            yield _verdict(kind, base, newest, is_fresh, policy)


def worst_known(newest: Round, events: Iterable[Event]) -> ProbeState:
    """The state of the newest look, or of what is open and it could not see, if that is worse."""
    subject = f"{SUBJECT}{newest.base}"
    states = [newest.worst]
    if not newest.served.deployed:
        states += [
            _STATES[each.kind]
            for each in open_alerts(events)
            if each.subject == subject and each.kind in _STATES
        ]
    return max(states, key=ORDER.index)


def _verdict(
    kind: AlertKind, base: str, newest: Sequence[Round], is_fresh: bool, policy: AlertPolicy
) -> AlertVerdict:
    subject = f"{SUBJECT}{base}"
    bad = list(takewhile(lambda each: _is_so(each, kind) is True, newest))
    if is_fresh and len(bad) >= max(1, policy.failures):
        reason = _manifest(newest[0], kind).reason
        return held(kind, subject, bad[-1].at, [safe(reason or str(_FAULTS[kind]), LONGEST_REASON)])
    good = takewhile(lambda each: _is_so(each, kind) is False, newest)
    is_well = is_fresh and len(list(good)) >= max(1, policy.successes)
    return AlertVerdict(kind, subject, False if is_well else None)


def _is_so(found: Round, kind: AlertKind) -> bool | None:
    """Well is only a manifest that was held against the branch and is the deployed one."""
    faults = [fault_of(each) for each in found.probes if each.path == MANIFEST]
    if any(fault is _FAULTS[kind] for fault in faults):
        return True
    return False if faults and all(fault in PROVED for fault in faults) else None


def _manifest(found: Round, kind: AlertKind) -> Probe:
    return next(
        each for each in found.probes if each.path == MANIFEST and fault_of(each) is _FAULTS[kind]
    )

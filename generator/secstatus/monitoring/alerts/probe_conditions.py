"""What rounds of probes prove: what is wrong with a site, and what is certainly not.

A worse fault hides the lesser ones of its address. So an address without an answer says nothing
about whether it is stale, and only an answer that was held against the manifest says that it is
not tampered with. Whether it is the site that was deployed is another question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from itertools import takewhile

from secstatus.monitoring.alerts.terms import (
    AlertKind,
    AlertVerdict,
    limit_days,
    limit_hours,
    make_verdict,
)
from secstatus.monitoring.journal.event import make_safe_line
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import FOREIGN, ORDER, PROVED, Fault, Probe, ProbeRun, ProbeState

LONGEST_REASON, MOST_PATHS = 160, 10
THE_PAGE = "the page"
_NO_ANSWER = {Fault.REFUSED, Fault.ERROR, Fault.UNREACHABLE}
_STALE = {Fault.EXPIRED, Fault.NOT_RENEWED}
_ALL = set(Fault)

# Kind → the faults that prove it, and those that prove the contrary. The rest tells neither.
_EVIDENCE: Mapping[AlertKind, tuple[Set[Fault], Set[Fault]]] = {
    AlertKind.DOWN: (_NO_ANSWER, _ALL - _NO_ANSWER - {Fault.CERTIFICATE}),
    AlertKind.CERTIFICATE: (
        {Fault.CERTIFICATE},
        _ALL - {Fault.CERTIFICATE, Fault.UNREACHABLE, Fault.REFUSED},
    ),
    AlertKind.TAMPERED: ({Fault.TAMPERED}, PROVED),
    AlertKind.HALF_DEPLOYED: ({Fault.HALF_DEPLOYED}, PROVED),
    AlertKind.STALE: (_STALE, PROVED - _STALE),
    AlertKind.SLOW: ({Fault.SLOW}, {Fault.NONE}),
}
_OF_STATE = {
    ProbeState.UP: Fault.NONE,
    ProbeState.SLOW: Fault.SLOW,
    ProbeState.STALE: Fault.EXPIRED,
    ProbeState.TAMPERED: Fault.TAMPERED,
    ProbeState.DOWN: Fault.UNREACHABLE,
}
_STATES: Mapping[Fault, set[ProbeState]] = {
    Fault.NONE: {ProbeState.UP},
    Fault.SLOW: {ProbeState.SLOW},
    Fault.EXPIRED: {ProbeState.STALE},
    Fault.NOT_RENEWED: {ProbeState.STALE},
    Fault.HALF_DEPLOYED: {ProbeState.STALE, ProbeState.DOWN},
    Fault.SETTLING: {ProbeState.STALE},
    Fault.NOT_ARRIVED: {ProbeState.STALE},
    Fault.TAMPERED: {ProbeState.TAMPERED},
    Fault.REPLACED: {ProbeState.TAMPERED},
    Fault.CERTIFICATE: {ProbeState.DOWN},
    Fault.REFUSED: {ProbeState.DOWN},
    Fault.ERROR: {ProbeState.DOWN},
    Fault.UNREACHABLE: {ProbeState.DOWN},
}


def assess_probe_runs(
    runs: Iterable[ProbeRun], now: datetime, policy: AlertPolicy
) -> Iterator[AlertVerdict]:
    """What is known of each site that was looked at."""
    for base, newest in group_by_base(runs).items():
        is_fresh = now - newest[0].at <= limit_days(policy.fresh_days)
        for kind in _EVIDENCE:
            yield _verdict(base, newest, kind, is_fresh, policy)
        yield _certificate(base, newest, is_fresh, now, policy)
        yield _status(base, newest[0], is_fresh, now, policy)


def group_by_base(runs: Iterable[ProbeRun]) -> dict[str, list[ProbeRun]]:
    """The rounds of each site, newest first; of those of the same second the worse one first."""
    found: dict[str, list[ProbeRun]] = defaultdict(list)
    for each in sorted(runs, key=_order, reverse=True):
        found[each.base].append(each)
    return found


def is_trusted(found: ProbeRun) -> bool:
    """Whether what the site said of itself in the round may be used: nothing of it is foreign."""
    return all(get_fault(each) not in FOREIGN for each in found.probes)


def get_fault(probe: Probe) -> Fault:
    """The fault; where it and the state contradict each other, the worse of them."""
    allowed = _STATES[probe.fault]
    if probe.state in allowed:
        return probe.fault
    worst = max(allowed, key=ORDER.index)
    return probe.fault if ORDER.index(worst) > ORDER.index(probe.state) else _OF_STATE[probe.state]


def is_so(found: ProbeRun, kind: AlertKind) -> bool | None:
    """Whether a round proves the kind, or the contrary; None where it does neither."""
    bad, good = _EVIDENCE[kind]
    faults = [get_fault(each) for each in found.probes]
    if any(fault in bad for fault in faults):
        return True
    return False if faults and all(fault in good for fault in faults) else None


def _order(found: ProbeRun) -> tuple[datetime, int, list[tuple[Fault, str, str]]]:
    told = sorted((each.fault, each.path, each.reason) for each in found.probes)
    return found.at, ORDER.index(found.worst), told


def _verdict(
    base: str, newest: Sequence[ProbeRun], kind: AlertKind, is_fresh: bool, policy: AlertPolicy
) -> AlertVerdict:
    bad = list(takewhile(lambda each: is_so(each, kind) is True, newest))
    if is_fresh and len(bad) >= max(1, policy.failures):
        return make_verdict(kind, base, bad[-1].at, _parts(newest[0], kind))
    good = takewhile(lambda each: is_so(each, kind) is False, newest)
    is_well = is_fresh and len(list(good)) >= max(1, policy.successes)
    return AlertVerdict(kind, base, False if is_well else None)


def _parts(found: ProbeRun, kind: AlertKind) -> Iterator[str]:
    """Which addresses, and why: each reason once, with its paths, of which ten are named."""
    bad = [each for each in found.probes if get_fault(each) in _EVIDENCE[kind][0]]
    reasons: dict[str, list[str]] = defaultdict(list)
    for each in bad[:MOST_PATHS]:
        reason = make_safe_line(each.reason or str(get_fault(each)), LONGEST_REASON)
        reasons[reason].append(make_safe_line(each.path or THE_PAGE))
    yield f"{len(bad)} of {len(found.probes)} addresses"
    yield from (f"{', '.join(paths)}: {reason}" for reason, paths in reasons.items())
    if len(bad) > MOST_PATHS:
        yield f"and {len(bad) - MOST_PATHS} more"


def _certificate(
    base: str, newest: Sequence[ProbeRun], is_fresh: bool, now: datetime, policy: AlertPolicy
) -> AlertVerdict:
    subject = f"certificate of {base}"
    left = _days_left(newest[0])
    if not is_fresh or left is None:
        return AlertVerdict(AlertKind.EXPIRY, subject, None)
    left -= (now - newest[0].at) / timedelta(days=1)
    # A figure that is no number is not enough either.
    if not left >= policy.tls_days:
        short = takewhile(lambda each: not _lasts(each, policy), newest)
        since = min((each.at for each in short), default=newest[0].at)
        told = f"{int(left)} days are left" if left >= 1 else "less than a day is left"
        words = "it has ended" if left < 0 else told
        return make_verdict(AlertKind.EXPIRY, subject, since, [f"the certificate: {words}"])
    # The days of a certificate that nobody should trust prove nothing.
    is_bad = any(get_fault(each) is Fault.CERTIFICATE for each in newest[0].probes)
    return AlertVerdict(AlertKind.EXPIRY, subject, None if is_bad else False)


def _days_left(found: ProbeRun) -> float | None:
    figures = [each.tls_days for each in found.probes if each.tls_days is not None]
    return next((each for each in figures if each != each), min(figures, default=None))


def _lasts(found: ProbeRun, policy: AlertPolicy) -> bool:
    left = _days_left(found)
    return left is None or left >= policy.tls_days


def _status(
    base: str, newest: ProbeRun, is_fresh: bool, now: datetime, policy: AlertPolicy
) -> AlertVerdict:
    subject, end = f"status of {base}", newest.served.valid_until
    if not is_fresh or end is None or not is_trusted(newest):
        return AlertVerdict(AlertKind.EXPIRY, subject, None)
    if end - now < (window := limit_hours(policy.valid_hours)):
        words = "was valid until" if end <= now else "is valid only until"
        told = f"what the status says {words} {end:%Y-%m-%d %H:%M} UTC"
        return make_verdict(AlertKind.EXPIRY, subject, end - window, [told])
    return AlertVerdict(AlertKind.EXPIRY, subject, False)

"""What probe runs prove: which problems a site has, and which it certainly does not have.

A verdict needs evidence in both directions; without it the problem is unknown. A worse fault of an
address hides its lesser ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from secstatus.monitoring.alerts.terms import (
    AlertKind,
    AlertVerdict,
    Key,
    limit_days,
    limit_hours,
    make_verdict,
)
from secstatus.monitoring.journal.event import make_safe_line
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import FOREIGN, ORDER, PROVED, Fault, Probe, ProbeRun, ProbeState
from secstatus.published.own_manifest import MANIFEST

# Ten reasons of 160 and ten paths of 80 characters: the text of an alert has 2,400 at most.
LONGEST_REASON, MOST_PATHS = 160, 10
THE_PAGE = "the page"
DEPLOYMENT_OF = "deployment of "


@dataclass(frozen=True, slots=True)
class _FaultEvidence:
    """The faults that prove a problem, and those that prove its absence; the rest proves neither.

    `path`: only the probe of this path counts.
    """

    bad: Set[Fault]
    good: Set[Fault]
    path: str | None = None

    def find_bad(self, run: ProbeRun) -> list[Probe]:
        return [each for each in self._probes(run) if get_fault(each) in self.bad]

    def assess(self, run: ProbeRun) -> bool | None:
        """Whether the problem exists; None if the run proves neither."""
        faults = [get_fault(each) for each in self._probes(run)]
        if any(fault in self.bad for fault in faults):
            return True
        return False if faults and all(fault in self.good for fault in faults) else None

    def _probes(self, run: ProbeRun) -> list[Probe]:
        return [each for each in run.probes if self.path in (None, each.path)]


_NO_ANSWER = {Fault.REFUSED, Fault.ERROR, Fault.UNREACHABLE}
_STALE = {Fault.EXPIRED, Fault.NOT_RENEWED}
_ALL = set(Fault)
_EVIDENCE: Mapping[AlertKind, _FaultEvidence] = {
    # An invalid certificate ends the handshake: whether the server would answer is not known.
    AlertKind.DOWN: _FaultEvidence(_NO_ANSWER, _ALL - _NO_ANSWER - {Fault.CERTIFICATE}),
    # An answer over TLS proves the certificate, since the handshake comes first; no answer does
    # not. A 4xx is left out to be on the safe side.
    AlertKind.CERTIFICATE: _FaultEvidence(
        {Fault.CERTIFICATE}, _ALL - {Fault.CERTIFICATE, Fault.UNREACHABLE, Fault.REFUSED}
    ),
    AlertKind.TAMPERED: _FaultEvidence({Fault.TAMPERED}, PROVED),
    AlertKind.HALF_DEPLOYED: _FaultEvidence({Fault.HALF_DEPLOYED}, PROVED),
    AlertKind.STALE: _FaultEvidence(_STALE, PROVED - _STALE),
    AlertKind.SLOW: _FaultEvidence({Fault.SLOW}, {Fault.NONE}),
}
# Only the manifest is compared with the branch; the other files are compared with the manifest.
_DEPLOYMENT: Mapping[AlertKind, _FaultEvidence] = {
    AlertKind.TAMPERED: _FaultEvidence({Fault.REPLACED}, PROVED, MANIFEST),
    AlertKind.NOT_ARRIVED: _FaultEvidence({Fault.NOT_ARRIVED}, PROVED, MANIFEST),
}
# Fault and state are separate values of a journal line, which a merge or an edit can break apart.
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
    """The verdicts about the content, the certificate and the status of each probed site."""
    for base, newest in group_by_base(runs).items():
        is_fresh = _is_fresh(newest[0], now, policy)
        for kind, evidence in _EVIDENCE.items():
            parts = _describe_faults(newest[0], evidence)
            yield _assess((kind, base), newest, evidence, parts, is_fresh, policy)
        yield _certificate(base, newest, is_fresh, now, policy)
        yield _status(base, newest[0], is_fresh, now, policy)


def assess_deployments(
    runs: Iterable[ProbeRun], now: datetime, policy: AlertPolicy
) -> Iterator[AlertVerdict]:
    """The verdicts about each site that was compared with its branch."""
    compared = [each for each in runs if each.served.deployed]
    for base, newest in group_by_base(compared).items():
        is_fresh = _is_fresh(newest[0], now, policy)
        for kind, evidence in _DEPLOYMENT.items():
            key = kind, f"{DEPLOYMENT_OF}{base}"
            parts = _describe_manifest(newest[0], evidence)
            yield _assess(key, newest, evidence, parts, is_fresh, policy)


def group_by_base(runs: Iterable[ProbeRun]) -> dict[str, list[ProbeRun]]:
    """The probe runs of each site, newest first; in the same second the worse one first."""
    found: dict[str, list[ProbeRun]] = defaultdict(list)
    for each in sorted(runs, key=_order, reverse=True):
        found[each.base].append(each)
    return found


def is_trusted(run: ProbeRun) -> bool:
    """Whether the site's own statements may be used: no content of the run is foreign."""
    return all(get_fault(each) not in FOREIGN for each in run.probes)


def get_fault(probe: Probe) -> Fault:
    """The fault of a probe; if fault and state contradict each other, the worse of them."""
    allowed = _STATES[probe.fault]
    if probe.state in allowed:
        return probe.fault
    worst = max(allowed, key=ORDER.index)
    return probe.fault if ORDER.index(worst) > ORDER.index(probe.state) else _OF_STATE[probe.state]


def _is_fresh(newest: ProbeRun, now: datetime, policy: AlertPolicy) -> bool:
    return now - newest.at <= limit_days(policy.fresh_days)


def _order(run: ProbeRun) -> tuple[datetime, int, list[tuple[Fault, str, str]]]:
    # Complete, so that a merge that reorders the lines of the journal changes no verdict.
    faults = sorted((each.fault, each.path, each.reason) for each in run.probes)
    return run.at, ORDER.index(run.worst), faults


def _assess(
    key: Key,
    newest: Sequence[ProbeRun],
    evidence: _FaultEvidence,
    parts: Iterable[str],
    is_fresh: bool,
    policy: AlertPolicy,
) -> AlertVerdict:
    """The verdict that a row of the newest runs proves; `parts` describe the newest one."""
    bad = list(takewhile(lambda run: evidence.assess(run) is True, newest))
    # At least one run: with a policy of 0 an alert would exist without any evidence.
    if is_fresh and len(bad) >= max(1, policy.failures):
        return make_verdict(*key, bad[-1].at, parts)
    good = takewhile(lambda run: evidence.assess(run) is False, newest)
    return AlertVerdict(key, is_fresh and len(list(good)) >= max(1, policy.successes))


def _describe_faults(run: ProbeRun, evidence: _FaultEvidence) -> Iterator[str]:
    """The number of bad addresses, then each reason once with its paths, ten paths in all."""
    bad = evidence.find_bad(run)
    reasons: dict[str, list[str]] = defaultdict(list)
    for each in bad[:MOST_PATHS]:
        reason = make_safe_line(each.reason or str(get_fault(each)), LONGEST_REASON)
        reasons[reason].append(make_safe_line(each.path or THE_PAGE))
    yield f"{len(bad)} of {len(run.probes)} addresses"
    yield from (f"{', '.join(paths)}: {reason}" for reason, paths in reasons.items())
    if len(bad) > MOST_PATHS:
        yield f"and {len(bad) - MOST_PATHS} more"


def _describe_manifest(run: ProbeRun, evidence: _FaultEvidence) -> Iterator[str]:
    first = evidence.find_bad(run)[0]
    yield make_safe_line(first.reason or str(get_fault(first)), LONGEST_REASON)


def _certificate(
    base: str, newest: Sequence[ProbeRun], is_fresh: bool, now: datetime, policy: AlertPolicy
) -> AlertVerdict:
    key = AlertKind.EXPIRY, f"certificate of {base}"
    left = _days_left(newest[0])
    if not is_fresh or left is None:
        return AlertVerdict(key)
    left -= (now - newest[0].at) / timedelta(days=1)
    # `not >=` and not `<`: a NaN in the journal must not prove a valid certificate.
    if not left >= policy.tls_days:
        short = takewhile(lambda each: not _lasts(each, policy), newest)
        since = min((each.at for each in short), default=newest[0].at)
        remaining = f"{int(left)} days are left" if left >= 1 else "less than a day is left"
        words = "it has ended" if left < 0 else remaining
        return make_verdict(*key, since, [f"the certificate: {words}"])
    # The validity period of an untrusted certificate proves nothing: it may be self-signed.
    is_bad = any(get_fault(each) is Fault.CERTIFICATE for each in newest[0].probes)
    return AlertVerdict(key, is_well=not is_bad)


def _days_left(run: ProbeRun) -> float | None:
    """The shortest validity of a certificate; NaN if one of them is NaN."""
    figures = [each.tls_days for each in run.probes if each.tls_days is not None]
    # min() ignores a NaN or returns it, depending on the order.
    return next((each for each in figures if each != each), min(figures, default=None))


def _lasts(run: ProbeRun, policy: AlertPolicy) -> bool:
    left = _days_left(run)
    return left is None or left >= policy.tls_days


def _status(
    base: str, newest: ProbeRun, is_fresh: bool, now: datetime, policy: AlertPolicy
) -> AlertVerdict:
    key, end = (AlertKind.EXPIRY, f"status of {base}"), newest.served.valid_until
    if not is_fresh or end is None or not is_trusted(newest):
        return AlertVerdict(key)
    if end - now < (window := limit_hours(policy.valid_hours)):
        words = "was valid until" if end <= now else "is valid only until"
        text = f"what the status says {words} {end:%Y-%m-%d %H:%M} UTC"
        return make_verdict(*key, end - window, [text])
    return AlertVerdict(key, is_well=True)

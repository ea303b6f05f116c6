"""Rounds and events as the journal has them, for the tests of alerts."""

from datetime import UTC, datetime, timedelta

from secstatus.monitoring.alerts.conditions import assess_conditions
from secstatus.monitoring.alerts.terms import OutsideFacts
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.journal.reader import Journal, read_journal
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import Fault, Probe, ProbeRun, ProbeState, ServedCopy

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
BASE = "https://kelp.example/status/"
PATHS = ("api/v1/manifest.json", "", "index.json", "api/v1/status.json", "feed.atom")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = AlertPolicy()
SAID = ServedCopy(valid_until=NOW + 5 * DAY, scan_date=NOW - DAY, cadence_days=7, revision="9f31")

STATES = {
    Fault.NONE: ProbeState.UP,
    Fault.SLOW: ProbeState.SLOW,
    Fault.EXPIRED: ProbeState.STALE,
    Fault.NOT_RENEWED: ProbeState.STALE,
    Fault.HALF_DEPLOYED: ProbeState.STALE,
    Fault.SETTLING: ProbeState.STALE,
    Fault.NOT_ARRIVED: ProbeState.STALE,
    Fault.TAMPERED: ProbeState.TAMPERED,
    Fault.REPLACED: ProbeState.TAMPERED,
    Fault.CERTIFICATE: ProbeState.DOWN,
    Fault.REFUSED: ProbeState.DOWN,
    Fault.ERROR: ProbeState.DOWN,
    Fault.UNREACHABLE: ProbeState.DOWN,
}


def probe(path="", fault=Fault.NONE, **more):
    reason = more.pop("reason", f"it is {fault}" if fault else "")
    fields = {"tls_days": 60.0, **more}
    return Probe(fields.pop("state", STATES[fault]), fault, reason, path=path, **fields)


def look(*faults, at=NOW, served=SAID, base=BASE, **more):
    """A round in which the first addresses have these faults, and the others none."""
    every = [*faults, *[Fault.NONE] * (len(PATHS) - len(faults))]
    probes = (probe(path, fault, **more) for path, fault in zip(PATHS, every, strict=True))
    return ProbeRun(at, base, tuple(probes), served)


def dead(at=NOW, base=BASE):
    """A round in which nothing has answered."""
    return look(*[Fault.UNREACHABLE] * 5, at=at, served=ServedCopy(), base=base, tls_days=None)


def event(kind, outcome, at=NOW, **details):
    return Event(at, kind, outcome, details)


def published(version, at=NOW, outcome="published", **more):
    details = {"package": "kelp", "version": version, "attempts": 1, **more}
    return event("publish", outcome, at, **details)


def journal(*entries):
    """The journal of these entries, after it has been written and read once."""
    return read_journal(b"".join(encode_line(each) for each in entries))


def judged(*entries, now=NOW, policy=POLICY, facts=OutsideFacts()):  # noqa: B008
    book = entries[0] if entries and isinstance(entries[0], Journal) else journal(*entries)
    return assess_conditions(book, now, policy, facts)


def kinds(assessment):
    return {str(each.kind) for each in assessment.conditions}


def unknown(assessment, kind):
    return {subject for of, subject in assessment.unknown if of == kind}


def condition(assessment, kind, subject=None):
    (found,) = (
        each
        for each in assessment.conditions
        if each.kind == kind and subject in (None, each.subject)
    )
    return found

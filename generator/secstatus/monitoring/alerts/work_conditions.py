"""Assess the work behind the site: scans, deployments, workflows, and their absence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from secstatus.monitoring.alerts.probe_conditions import is_trusted
from secstatus.monitoring.alerts.terms import (
    AlertKind,
    AlertVerdict,
    OutsideFacts,
    limit_days,
    make_verdict,
)
from secstatus.monitoring.journal.event import (
    LONGEST_REASON,
    Event,
    EventKind,
    get_detail,
    get_detail_names,
    get_detail_time,
    has_detail_list,
    make_safe_line,
    sort_newest_first,
)
from secstatus.monitoring.journal.reader import JOURNAL_CLOCK_SKEW, Journal
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import ProbeRun, ProbeState

SCANS, DEPLOYMENT, SERVED, WORKFLOWS = "scans", "deployment", "served site", "workflows"
SCHEDULE = "schedule"
# A site states its own cadence. Without a limit a forged one could silence the alert for ever.
LONGEST_CADENCE = 366
_FAILURE = AlertKind.STATUS_UPDATE_FAILURE
# An outcome of a newer version is in neither table: it raises nothing and ends nothing.
_BAD: Mapping[str, frozenset[str]] = {
    EventKind.INGEST: frozenset({"incomplete"}),
    EventKind.DEPLOY: frozenset({"failed", "refused"}),
    EventKind.SERVED: frozenset({"different", "unreachable"}),
    EventKind.WORKFLOWS: frozenset({"failed"}),
}
_GOOD: Mapping[str, str] = {
    EventKind.INGEST: "complete",
    EventKind.DEPLOY: "deployed",
    EventKind.SERVED: "same",
    EventKind.WORKFLOWS: "ok",
}


def assess_work(
    journal: Journal, now: datetime, policy: AlertPolicy, facts: OutsideFacts
) -> Iterator[AlertVerdict]:
    """The verdicts whether updates of the status succeed, and whether they still happen."""
    events = journal.events
    yield _newest(events, EventKind.INGEST, SCANS)
    # Apart from `served`: a deployment succeeds when the push does, not when the site has arrived.
    yield _newest(events, EventKind.DEPLOY, DEPLOYMENT)
    yield _served(journal)
    workflows = _fresh_workflows(events, now, policy)
    yield _newest(workflows, EventKind.WORKFLOWS, WORKFLOWS)
    yield _silence(journal, now, policy)
    yield _schedule(workflows, now, policy, facts)


def _newest(events: Iterable[Event], kind: EventKind, subject: str) -> AlertVerdict:
    """The verdict that the newest event proves; an unknown outcome proves nothing."""
    found = sort_newest_first(events, kind, _BAD[kind])
    bad = list(takewhile(lambda each: each.outcome in _BAD[kind], found))
    if bad:
        return make_verdict(_FAILURE, subject, bad[-1].at, _describe(found[0]))
    is_well = bool(found) and found[0].outcome == _GOOD[kind]
    return AlertVerdict((_FAILURE, subject), is_well)


def _describe(event: Event) -> Iterator[str]:
    reason = get_detail(event, "reason", LONGEST_REASON)
    match event.kind:
        case EventKind.INGEST:
            yield "the newest scan is incomplete"
            yield from _incomplete(event)
        case EventKind.DEPLOY:
            yield f"the newest deployment has {_verb(event)}: {reason or 'no reason is known'}"
        case EventKind.SERVED:
            yield f"the site was asked after the deployment: {event.outcome}: {reason}"
        case _:
            yield "the newest run of a workflow has failed"
            yield from get_detail_names(event, "failing")


def _verb(event: Event) -> str:
    return "failed" if event.outcome == "failed" else "been refused"


def _incomplete(event: Event) -> Iterator[str]:
    scans = event.details.get("scans")
    for name, verdict in sorted(scans.items()) if isinstance(scans, dict) else ():
        if verdict != "complete":
            words = verdict if isinstance(verdict, str) else "no verdict"
            yield f"{make_safe_line(str(name))}: {make_safe_line(words)}"


def _served(journal: Journal) -> AlertVerdict:
    """What the newest deployment found at the address, unless a later probe run corrects it."""
    verdict = _newest(journal.events, EventKind.SERVED, SERVED)
    if verdict.is_well:
        return verdict
    # `deploy --wait` gives up after a while; the site may well arrive later (renew_hours).
    newest = sort_newest_first(journal.events, EventKind.SERVED, _BAD[EventKind.SERVED])[:1]
    if any(_shows(each, event) for event in newest for each in journal.probe_runs):
        return AlertVerdict((_FAILURE, SERVED), is_well=True)
    return verdict


def _shows(run: ProbeRun, event: Event) -> bool:
    """Whether the run is later than the event and found the complete site of the event."""
    revision = get_detail(event, "revision")
    # The worst state of all addresses: one good file of a half deployed site proves nothing.
    is_good = bool(run.probes) and run.worst in (ProbeState.UP, ProbeState.SLOW)
    return is_good and run.at > event.at and bool(revision) and run.served.revision == revision


def _fresh_workflows(
    events: Iterable[Event], now: datetime, policy: AlertPolicy
) -> tuple[Event, ...]:
    """The reports of the workflows, newest first; empty if the newest is too old."""
    found = sort_newest_first(events, EventKind.WORKFLOWS, _BAD[EventKind.WORKFLOWS])
    is_fresh = bool(found) and now - found[0].at <= limit_days(policy.fresh_days)
    return found if is_fresh else ()


def _silence(journal: Journal, now: datetime, policy: AlertPolicy) -> AlertVerdict:
    """A dead man's switch: the verdict whether the last known complete scan is too old."""
    trusted = [each for each in journal.probe_runs if is_trusted(each)]
    known = [
        each.at
        for each in journal.events
        if each.kind == EventKind.INGEST and each.outcome == _GOOD[EventKind.INGEST]
    ]
    # The scans may run in another repository, whose events are not in this journal.
    known += [each.served.scan_date for each in trusted if each.served.scan_date is not None]
    # A date in the future would hide a silence until then.
    last = max((each for each in known if each <= now + JOURNAL_CLOCK_SKEW), default=None)
    if last is None:
        return AlertVerdict((AlertKind.SILENCE, SCANS))
    # More than one cadence: a scan may be delayed without being lost.
    limit = limit_days(policy.silence_cadences * _cadence(trusted, policy))
    if now - last <= limit:
        return AlertVerdict((AlertKind.SILENCE, SCANS), is_well=True)
    found = f"no complete scan since {last:%Y-%m-%d %H:%M} UTC"
    expected = f"expected one at least every {limit / timedelta(days=1):g} days"
    return make_verdict(AlertKind.SILENCE, SCANS, last + limit, [found, expected])


def _cadence(runs: Sequence[ProbeRun], policy: AlertPolicy) -> float:
    """The cadence that the site states, in days, if it is credible; else that of the policy."""
    stating = [each for each in runs if each.served.cadence_days is not None]
    newest = max(stating, key=lambda each: (each.at, each.served.cadence_days), default=None)
    found = newest.served.cadence_days if newest is not None else None
    return found if found is not None and 0 < found <= LONGEST_CADENCE else policy.cadence_days


def _schedule(
    workflows: Sequence[Event], now: datetime, policy: AlertPolicy, facts: OutsideFacts
) -> AlertVerdict:
    """The verdict whether the schedules run, or will soon be disabled."""
    # GitHub disables the schedules of a public repository after 60 days without activity
    # (documentation of the `schedule` event).
    newest = workflows[0] if workflows else None
    listed = newest is not None and has_detail_list(newest, "disabled")
    reported = get_detail_names(newest, "disabled") if newest is not None else ()
    off = sorted({*(make_safe_line(each) for each in facts.disabled or ()), *reported})
    pushed = get_detail_time(newest, "pushed_at") if newest is not None else None
    pushes = [each for each in (facts.last_activity, pushed) if each is not None]
    last = max((each for each in pushes if each <= now + JOURNAL_CLOCK_SKEW), default=None)
    parts = [f"{each}: the workflow is switched off" for each in off]
    if last is not None and now - last > limit_days(policy.idle_days):
        parts.append(f"no push since {last:%Y-%m-%d}; schedules end 60 days after the last one")
        return make_verdict(AlertKind.SILENCE, SCHEDULE, last + limit_days(policy.idle_days), parts)
    if parts:
        return make_verdict(
            AlertKind.SILENCE, SCHEDULE, newest.at if newest and reported else now, parts
        )
    # Both must be known: an active repository may have disabled workflows, and the reverse.
    is_known = last is not None and (listed or facts.disabled is not None)
    return AlertVerdict((AlertKind.SILENCE, SCHEDULE), is_known)

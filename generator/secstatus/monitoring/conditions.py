"""What is wrong now, judged from the journal and a few facts of outside; nothing is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from secstatus.monitoring.alert_terms import (
    AlertKind,
    AlertPolicy,
    AlertVerdict,
    Assessment,
    Condition,
    Key,
    OutsideFacts,
)
from secstatus.monitoring.alerts import open_alerts
from secstatus.monitoring.deployment_conditions import deployment_verdicts
from secstatus.monitoring.journal import Journal
from secstatus.monitoring.probe_conditions import probe_verdicts
from secstatus.monitoring.publish_conditions import publish_verdicts
from secstatus.monitoring.release_conditions import release_verdicts
from secstatus.monitoring.work_conditions import work_verdicts

__all__ = [
    "AlertKind",
    "AlertPolicy",
    "Assessment",
    "Condition",
    "OutsideFacts",
    "assess_conditions",
]


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
    lost = {each.key for each in open_alerts(journal.events)} - found.keys()
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
    yield from probe_verdicts(journal.rounds, now, policy)
    yield from deployment_verdicts(journal.rounds, now, policy)
    yield from publish_verdicts(journal.events, now, policy)
    yield from release_verdicts(journal.events, now, policy, facts)
    yield from work_verdicts(journal, now, policy, facts)

"""What nobody looks at any more ends, and only that; and it ends as what it is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.alerts.conditions import find_abandoned, find_address
from secstatus.monitoring.alerts.states import (
    AlertState,
    list_due_alerts,
    list_open_alerts,
    make_alert_event,
)
from secstatus.monitoring.alerts.terms import AlertKind, Assessment
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.probe import Fault
from secstatus.monitoring.statistics import Period
from tests.monitoring.alert_cases import (
    BASE,
    DAY,
    NOW,
    POLICY,
    journal,
    judged,
    look,
)

OLD = "https://old.example/status/"
LONG = timedelta(days=POLICY.fresh_days)
SECOND = timedelta(seconds=1)
WHEN = NOW - LONG - SECOND


def told(kind="down", subject=OLD, at=WHEN, outcome="raised"):
    return Event(at, "alert", outcome, {"alert": kind, "subject": subject, "text": "as it was"})


def given_up(*entries, watched=(BASE,), now=NOW):
    return {(str(kind), of) for kind, of in find_abandoned(journal(*entries), watched, now, POLICY)}


ALL = [
    *((kind, OLD) for kind in ("down", "certificate", "slow", "stale", "tampered")),
    ("half_deployed", OLD),
    ("expiry", f"certificate of {OLD}"),
    ("expiry", f"status of {OLD}"),
    ("tampered", f"deployment of {OLD}"),
    ("not_arrived", f"deployment of {OLD}"),
]


@pytest.mark.parametrize("key", ALL)
def test_each_alert_about_an_address_can_be_given_up(key):
    assert given_up(told(*key)) == {key}
    assert given_up(told(*key, at=WHEN + SECOND)) == set()
    assert given_up(told(*key), watched=(OLD,)) == set()
    assert given_up(told(*key), watched=(BASE, OLD)) == set()


@pytest.mark.parametrize("kind", sorted({*AlertKind} - {AlertKind(kind) for kind, _ in ALL}))
def test_what_is_about_no_address_is_not_given_up(kind):
    assert given_up(told(kind, "scans"), told(kind, OLD)) == set()
    assert find_address((kind, OLD)) is None


def test_somebody_still_looks_there():
    assert given_up(told(), look(base=OLD, at=NOW - LONG)) == set()
    assert given_up(told(), look(base=OLD, at=WHEN)) == {("down", OLD)}
    assert given_up(told(), look(at=NOW)) == {("down", OLD)}


def test_a_day_that_is_summed_up_counts_as_a_whole():
    last = (NOW - LONG).date()
    assert given_up(told(), Period(last, base=OLD, probe_runs=1)) == set()
    assert given_up(told(), Period(last - DAY, base=OLD, probe_runs=1)) == {("down", OLD)}
    assert given_up(told(), Period(date(2026, 10, 1), True, OLD, 1)) == set()
    assert given_up(told(), Period(date(2026, 9, 1), True, OLD, 1)) == {("down", OLD)}


def test_only_what_is_open_is_given_up():
    over = told(outcome="recovered", at=WHEN + SECOND)
    assert given_up(told(), over, now=NOW + DAY) == set()


def test_it_is_told_once_and_may_come_again():
    assessment = Assessment(unknown=frozenset({(AlertKind.DOWN, OLD)}))
    assessment = replace(assessment, abandoned=assessment.unknown)
    events = [told()]
    (alert,) = list_due_alerts(assessment, events, NOW, POLICY)
    assert (alert.state, alert.text, alert.at) == (AlertState.UNWATCHED, "as it was", NOW)
    assert (alert.since, alert.is_open) == (WHEN, False)
    events.append(journal(make_alert_event(alert)).events[0])
    assert list_due_alerts(assessment, events, NOW + DAY, POLICY) == ()
    assert list_open_alerts(events) == ()
    found = judged(look(*[Fault.ERROR] * 5, base=OLD, at=NOW + DAY), now=NOW + DAY)
    (again,) = (
        each for each in list_due_alerts(found, events, NOW + DAY, POLICY) if each.subject == OLD
    )
    assert (again.state, again.since) == (AlertState.RAISED, NOW + DAY)


def test_it_keeps_no_line_of_an_alert_for_ever():
    """A journal that is read again has forgotten neither what is open nor what was given up."""
    events = [told(), told(outcome="unwatched", at=NOW)]
    month = Period(NOW.date().replace(day=1), True, events={"alert": {"raised": 1}})
    kept = journal(month, told(at=NOW - DAY), *events[1:], told("stale", at=NOW)).events
    assert [each.details["alert"] for each in kept] == ["stale"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*ALL, ("silence", "scans"), ("down", BASE)]),
            st.integers(0, 20),
        ),
        max_size=5,
    ),
    st.lists(st.tuples(st.sampled_from([OLD, BASE]), st.integers(0, 20)), max_size=4),
    st.booleans(),
)
def test_whoever_is_looked_at_or_configured_is_never_given_up(alerts, looks, is_watched):
    entries = [told(*key, at=NOW - n * DAY) for key, n in alerts]
    entries += [look(base=base, at=NOW - n * DAY) for base, n in looks]
    watched = (BASE, OLD) if is_watched else (BASE,)
    found = find_abandoned(journal(*entries), watched, NOW, POLICY)
    newest = min([99, *(n for base, n in looks if base == OLD)])
    for key in found:
        assert find_address(key) == OLD
        assert not is_watched
        assert newest > POLICY.fresh_days
    assert found <= judged(*entries).unknown

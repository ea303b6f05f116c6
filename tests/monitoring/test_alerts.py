"""Raised once, reminded of in time, recovered once; whatever the order and whoever asks twice."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from secstatus.monitoring.alerts.states import (
    ENDS,
    Alert,
    AlertState,
    list_due_alerts,
    list_open_alerts,
    make_alert_event,
)
from secstatus.monitoring.alerts.terms import AlertKind, Assessment, Condition
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.journal.reader import read_journal
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import Fault
from tests.monitoring.alert_cases import BASE, DAY, HOUR, NOW, POLICY, dead, journal, judged, look

KEYS = [
    (AlertKind.DOWN, BASE),
    (AlertKind.STALE, BASE),
    (AlertKind.SILENCE, "scans"),
    (AlertKind.SILENCE, "schedule"),
]
SECOND = timedelta(seconds=1)
DOWN = Condition(AlertKind.DOWN, BASE, "5 of 5 addresses; refused", NOW - HOUR)
WRONG, WELL = Assessment((DOWN,)), Assessment()
UNKNOWN = Assessment(unknown=frozenset({DOWN.key}))


def told(outcome, at=NOW, since=None, text="refused", kind="down", subject=BASE):
    details = {"alert": kind, "subject": subject, "text": text}
    if since:
        details["since"] = since.isoformat()
    return Event(at, "alert", outcome, details)


def states(assessment, *events, now=NOW, policy=POLICY):
    return [str(each.state) for each in list_due_alerts(assessment, events, now, policy)]


class TestDue:
    def test_it_is_raised_with_what_is_known(self):
        (alert,) = list_due_alerts(WRONG, (), NOW, POLICY)
        assert alert == Alert(AlertKind.DOWN, BASE, DOWN.text, NOW - HOUR, AlertState.RAISED, NOW)

    def test_it_is_raised_once(self):
        assert states(WRONG, told("raised", NOW - HOUR)) == []

    def test_it_is_reminded_of_when_the_time_has_come(self):
        week = 7 * DAY
        assert states(WRONG, told("raised", NOW - week + SECOND)) == []
        assert states(WRONG, told("raised", NOW - week)) == ["reminded"]
        before = [told("raised", NOW - 2 * week), told("reminded", NOW - DAY)]
        assert states(WRONG, *before) == []
        assert states(WRONG, *before, policy=AlertPolicy(remind_hours=24)) == ["reminded"]

    def test_a_reminder_tells_what_is_wrong_now_and_since_when_it_was(self):
        (alert,) = list_due_alerts(
            WRONG, [told("raised", NOW - 9 * DAY, NOW - 10 * DAY)], NOW, POLICY
        )
        assert (alert.text, alert.since) == (DOWN.text, NOW - 10 * DAY)

    def test_it_recovers_once_with_what_was_told_last(self):
        before = [
            told("raised", NOW - 9 * DAY, NOW - 10 * DAY),
            told("reminded", NOW - 2 * DAY, text="no route"),
        ]
        (alert,) = list_due_alerts(WELL, before, NOW, POLICY)
        assert alert.state is AlertState.RECOVERED
        assert (alert.text, alert.since, alert.at) == ("no route", NOW - 10 * DAY, NOW)
        assert states(WELL, *before, make_alert_event(alert), now=NOW + HOUR) == []

    def test_unknown_changes_nothing(self):
        assert states(UNKNOWN) == []
        assert states(UNKNOWN, told("raised", NOW - 30 * DAY)) == []
        assert states(UNKNOWN, told("recovered", NOW - 30 * DAY)) == []

    def test_what_was_over_may_come_again(self):
        before = [told("raised", NOW - 3 * DAY), told("recovered", NOW - 2 * DAY)]
        (alert,) = list_due_alerts(WRONG, before, NOW, POLICY)
        assert (alert.state, alert.since) == (AlertState.RAISED, NOW - HOUR)

    def test_a_reminder_without_its_beginning_is_of_an_open_alert(self):
        assert states(WRONG, told("reminded", NOW - HOUR)) == []
        assert states(WELL, told("reminded", NOW - HOUR)) == ["recovered"]

    def test_a_recovery_alone_is_of_nothing(self):
        assert states(WELL, told("recovered", NOW - HOUR)) == []

    def test_two_machines_have_raised_it(self):
        before = [told("raised", NOW - 2 * HOUR), told("raised", NOW - HOUR)]
        assert states(WRONG, *before) == []
        assert states(WELL, *before) == ["recovered"]

    def test_of_the_same_second_it_is_taken_for_open(self):
        before = [told("recovered"), told("raised")]
        assert states(WELL, *before) == states(WELL, *reversed(before)) == ["recovered"]

    def test_what_follows_is_later_even_when_the_clock_is_not(self):
        for now in (NOW, NOW - 5 * HOUR):
            (alert,) = list_due_alerts(WELL, [told("raised", NOW)], now, POLICY)
            assert alert.at == NOW + SECOND
            assert states(WELL, told("raised", NOW), make_alert_event(alert), now=now) == []

    def test_fractions_of_a_second_are_not_told(self):
        (alert,) = list_due_alerts(WRONG, (), NOW + timedelta(microseconds=7), POLICY)
        assert alert.at == NOW

    @pytest.mark.parametrize(
        "strange",
        [
            told("raised", kind="a new kind"),
            told("a new state"),
            Event(NOW, "alert", "raised", {"alert": 7, "subject": BASE}),
            Event(NOW, "alert", "raised", {"alert": "down", "subject": None}),
            Event(NOW, "alert", "raised", {}),
            replace(told("raised"), kind="notice"),
        ],
    )
    def test_what_is_no_alert_of_this_version_is_passed_over(self, strange):
        assert states(WELL, strange, now=NOW + HOUR) == []
        assert list_open_alerts([strange]) == ()
        assert states(WRONG, strange, now=NOW + HOUR) == ["raised"]

    @pytest.mark.parametrize("since", ["never", 7, None, "2999-01-01T00:00:00Z"])
    def test_a_beginning_that_is_none_is_that_of_the_event(self, since):
        details = {"alert": "down", "subject": BASE, "since": since, "text": ["x"]}
        (alert,) = list_open_alerts([Event(NOW, "alert", "raised", details)])
        assert (alert.since, alert.text) == (NOW, "")


class TestOpen:
    def test_only_what_is_open_the_oldest_first(self):
        events = [
            told("raised", NOW - HOUR, kind="stale"),
            told("raised", NOW - 2 * HOUR),
            told("raised", NOW - 3 * HOUR, kind="slow"),
            told("recovered", NOW - HOUR, kind="slow"),
        ]
        assert [each.kind for each in list_open_alerts(events)] == ["down", "stale"]

    def test_the_event_says_all_of_the_alert(self):
        (alert,) = list_due_alerts(WRONG, (), NOW, POLICY)
        made = make_alert_event(alert)
        assert (made.kind, made.outcome, made.at) == ("alert", "raised", NOW)
        assert set(made.details) == {"alert", "since", "subject", "text"}
        (read,) = journal(made).events
        assert list_open_alerts([read]) == (alert,)


class TestAsAWhole:
    """From the rounds of a site to what is told, run after run."""

    def test_a_site_that_flaps_is_told_each_time_and_never_twice(self):
        book, heard = [], []
        faults = [None, Fault.ERROR, Fault.ERROR, None, None, Fault.TAMPERED, Fault.ERROR, None]
        for number, fault in enumerate(faults):
            now = NOW + number * HOUR
            book.append(look(*([fault] if fault else []), at=now))
            found = list_due_alerts(judged(*book, now=now), journal(*book).events, now, POLICY)
            book += [make_alert_event(each) for each in found]
            heard += [(number, str(each.kind), str(each.state)) for each in found]
        assert heard == [
            (1, "down", "raised"),
            (3, "down", "recovered"),
            (5, "tampered", "raised"),
            (6, "down", "raised"),
            (7, "down", "recovered"),
            (7, "tampered", "recovered"),
        ]

    def test_a_dead_site_is_never_well_again_of_what_it_was_before(self):
        book = [look(Fault.EXPIRED, at=NOW - HOUR)]
        book += [
            make_alert_event(each)
            for each in list_due_alerts(judged(*book), (), NOW - HOUR, POLICY)
        ]
        book.append(dead())
        found = list_due_alerts(judged(*book), journal(*book).events, NOW, POLICY)
        assert [(str(each.kind), str(each.state)) for each in found] == [("down", "raised")]


class Machine(RuleBasedStateMachine):
    """Any sequence of assessments, and clocks that stand still or go back a little."""

    def __init__(self):
        super().__init__()
        self.now = NOW
        self.lines = []
        self.told = {key: [] for key in KEYS}
        self.policy = AlertPolicy(remind_hours=48)

    @rule(
        seconds=st.sampled_from([0, 0, 1, 3600, 86_400, 172_800, -60]),
        holds=st.lists(st.sampled_from([True, False, None, "given up"]), min_size=4, max_size=4),
        seed=st.integers(0, 9),
    )
    def look(self, seconds, holds, seed):
        self.now += timedelta(seconds=seconds)
        random.Random(seed).shuffle(self.lines)
        events = read_journal(b"".join(self.lines)).events
        verdict = dict(zip(KEYS, holds, strict=True))
        conditions = tuple(
            Condition(*key, "wrong", self.now) for key, is_so in verdict.items() if is_so is True
        )
        given_up = frozenset(key for key, is_so in verdict.items() if is_so == "given up")
        unknown = given_up | {key for key, is_so in verdict.items() if is_so is None}
        assessment = Assessment(conditions, unknown, given_up)
        found = list_due_alerts(assessment, events, self.now, self.policy)
        for each in found:
            ends = {AlertState.RECOVERED: False, AlertState.UNWATCHED: "given up"}
            assert verdict[each.key] == ends.get(each.state, True)
            self.told[each.key].append(each)
        self.lines += [encode_line(make_alert_event(each)) for each in found]
        again = read_journal(b"".join(self.lines)).events
        assert list_due_alerts(assessment, again, self.now, self.policy) == ()
        is_open = {each.key for each in list_open_alerts(again)}
        assert is_open >= {key for key, is_so in verdict.items() if is_so is True}
        ended = {key for key, is_so in verdict.items() if is_so in (False, "given up")}
        assert not is_open & ended

    @invariant()
    def raised_and_ended_alternate(self):
        for heard in self.told.values():
            plain = [each for each in heard if each.state is not AlertState.REMINDED]
            for number, each in enumerate(plain):
                assert each.state in ({AlertState.RAISED}, ENDS)[number % 2]

    @invariant()
    def each_word_is_later_and_no_reminder_too_early(self):
        for heard in self.told.values():
            for before, after in pairwise(heard):
                assert before.at < after.at
                if after.state is AlertState.REMINDED:
                    assert before.is_open
                    assert after.at - before.at >= 2 * DAY
                if after.state is not AlertState.RAISED:
                    assert after.since == before.since


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


alerts = st.lists(
    st.builds(
        told,
        st.sampled_from(["raised", "reminded", "recovered", "unwatched"]),
        st.integers(0, 3).map(lambda number: NOW - number * SECOND),
        st.none() | st.integers(0, 3).map(lambda number: NOW - number * HOUR),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["down", "stale"]),
    ),
    max_size=8,
)


@given(alerts, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(events, chance):
    other = list(events)
    chance.shuffle(other)
    assert list_open_alerts(other) == list_open_alerts(events)
    for assessment in (WRONG, WELL, UNKNOWN, replace(UNKNOWN, abandoned=UNKNOWN.unknown)):
        assert list_due_alerts(assessment, other, NOW, POLICY) == list_due_alerts(
            assessment, events, NOW, POLICY
        )

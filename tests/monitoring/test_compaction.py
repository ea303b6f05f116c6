"""Summing up the past neither ends an alert nor brings one back."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.alerts.states import list_last_alerts, list_open_alerts
from secstatus.monitoring.journal.compaction import find_kept_groups
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.rollup import RollupLimits, roll_up
from tests.monitoring.journal_cases import START, read

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = START + 400 * DAY
SUBJECTS = ("index.json", "feed.atom", "badges/grade.svg")
LIMITS = st.sampled_from(
    [RollupLimits(), RollupLimits(event_days=7), RollupLimits(day_days=0, event_days=30)]
)


def alert(outcome, at, subject=SUBJECTS[0], kind="alert"):
    details = {"alert": "down", "subject": subject}
    if kind == "notice":
        details |= {"channel": "issue", "state": "recovered"}
    return Event(at, kind, outcome, details)


TIMES = st.builds(lambda day: START + day * DAY, st.integers(0, 9))
ALERTS = st.builds(
    alert,
    st.sampled_from(["raised", "recovered"]),
    TIMES,
    st.sampled_from(SUBJECTS),
)
NOTICES = st.builds(
    alert, st.sampled_from(["sent", "failed"]), TIMES, st.sampled_from(SUBJECTS), st.just("notice")
)
EVENTS = st.lists(ALERTS | NOTICES, min_size=4, max_size=12)


def words(alerts):
    return {(each.key, each.state, each.at) for each in alerts}


@given(EVENTS, st.integers(5, 400), LIMITS)
def test_what_is_open_stays_open_and_nothing_else_is(events, day, limits):
    whole = read(events)
    found = roll_up(whole, START + day * DAY, limits)
    assert list_open_alerts(found.events) == list_open_alerts(whole.events)
    # Of an alert that is listed the last word is.
    assert words(list_last_alerts(found.events)) <= words(list_last_alerts(whole.events))


@given(EVENTS, st.integers(5, 400), LIMITS)
def test_compaction_keeps_which_channels_were_told_of_the_last_alert(events, day, limits):
    whole = read(events)
    found = roll_up(whole, START + day * DAY, limits)
    for last in list_last_alerts(found.events):
        told, kept = (
            [each for each in journal.events if is_about(each, last)] for journal in (whole, found)
        )
        assert kept == told


def is_about(event, last):
    same = event.details["subject"] == last.subject
    return event.kind == "notice" and same and event.at >= last.at


def test_an_ended_alert_whose_beginning_is_the_newest_of_its_kind():
    """The other end is the newest end: alone, it would leave the first one without its own."""
    events = [
        alert("raised", START),
        alert("recovered", START + DAY),
        alert("sent", START + DAY + HOUR, kind="notice"),
        alert("recovered", START + 2 * DAY, SUBJECTS[1]),
    ]
    found = roll_up(read(events), NOW)
    assert list_open_alerts(found.events) == ()
    assert [each.outcome for each in found.events] == ["raised", "recovered", "sent", "recovered"]


def test_alerts_kept_with_others_keep_their_recovery():
    """A chain: each alert that stays because of its day needs a later one, in which others are."""
    first, second, third = SUBJECTS
    events = [
        alert("raised", START, first),
        alert("raised", START + HOUR, second),
        alert("recovered", START + DAY, second),
        alert("raised", START + DAY, third),
        alert("recovered", START + 2 * DAY, third),
        alert("recovered", START + 9 * DAY, "other"),
    ]
    assert find_kept_groups(events, [0]) == {
        ((START + number * DAY).date(), "alert") for number in range(3)
    }
    assert find_kept_groups(events, []) == set()


def test_an_open_alert_is_not_older_because_an_ended_one_stays():
    """The first beginning stays with that of another alert; without its end it would be the same."""
    first, second, other = SUBJECTS
    events = [
        alert("raised", START, first),
        alert("raised", START, second),
        alert("recovered", START + DAY, first),
        alert("raised", START + 2 * DAY, first),
        alert("recovered", START + 3 * DAY, other),
    ]
    found = roll_up(read(events), NOW)
    since = {each.subject: each.since for each in list_open_alerts(found.events)}
    assert since == {first: START + 2 * DAY, second: START}

"""The work behind the page: each release and attempt once, and nothing that nobody has told."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.metrics import (
    DAYS,
    MOST_FILES,
    count_releases,
    summarize_alerts,
    summarize_publishing,
    summarize_status_updates,
    summarize_workflows,
)
from secstatus.release.decision import Trigger
from secstatus.release.log import DecisionRecord, ReleaseLog, ReleaseState, ReleaseStep
from tests.monitoring.alert_cases import BASE, DAY, HOUR, NOW, event, journal, published

TODAY = NOW.date()
FIRST = NOW - (DAYS - 1) * DAY
OUT = (ReleaseState.PUBLISHED, ReleaseState.ANNOUNCED)


def decided(version, at=NOW, trigger=Trigger.AUTO, *states):
    """A decision that reached these states, an hour after each other, the first at `at`."""
    steps = [ReleaseStep(ReleaseState.PLANNED, at - DAY)]
    for number, state in enumerate(states or OUT):
        steps.append(ReleaseStep(state, at + number * HOUR, version))
    return DecisionRecord(f"d-{version}", at - DAY, at - DAY, trigger, "why", tuple(steps))


def book(*decisions):
    return ReleaseLog(decisions=decisions)


def told(*entries, releases=None, today=TODAY):
    return count_releases(journal(*entries), releases or ReleaseLog(), today)


def test_nothing_has_come_out():
    found = told()
    assert found["last_90_days"] == found["per_month"] == 0
    assert found["last_at"] is None
    assert set(found["by_trigger"].values()) == {0}


def test_the_book_says_who_asked_for_a_release():
    found = told(
        releases=book(
            decided("1.0", NOW - 9 * DAY),
            decided("1.1", NOW - 5 * DAY, Trigger.MANUAL),
            decided("1.2", NOW - DAY, Trigger.NONE),
        )
    )
    assert found["by_trigger"] == {"security_auto": 1, "manual": 1, "other": 1}
    assert (found["last_90_days"], found["per_month"]) == (3, 1.0)
    assert found["last_at"] == "2026-11-01T06:00:00Z"


@pytest.mark.parametrize("spelling", ["1.1", "v1.1", "1.1.0"])
def test_a_release_of_book_and_journal_is_one(spelling):
    one = decided("1.1", NOW - DAY, Trigger.MANUAL)
    found = told(published(spelling, NOW - DAY + HOUR), releases=book(one))
    assert found["by_trigger"] == {"security_auto": 0, "manual": 1, "other": 0}


def test_a_version_that_is_published_again_came_out_once():
    found = told(published("1.1", NOW - DAY), published("1.1", NOW))
    assert (found["last_90_days"], found["last_at"]) == (1, "2026-11-01T06:00:00Z")


@pytest.mark.parametrize(
    "states",
    [
        (ReleaseState.COMMITTED,),
        (ReleaseState.COMMITTED, ReleaseState.PUSHED),
        (ReleaseState.COMMITTED, ReleaseState.FAILED),
        (ReleaseState.DECLINED,),
    ],
)
def test_what_is_not_out_is_no_release(states):
    assert told(releases=book(decided("1.1", NOW, Trigger.AUTO, *states)))["last_90_days"] == 0


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (FIRST, 1),
        (FIRST - DAY, 0),
        (NOW + 17 * HOUR, 1),
        (NOW + 18 * HOUR, 0),
        (NOW + 400 * DAY, 0),
    ],
)
def test_ninety_days_end_today_and_the_future_is_in_none(at, number):
    assert told(releases=book(decided("1.1", at)))["last_90_days"] == number
    assert told(published("1.1", at))["last_90_days"] == number
    assert summarize_publishing(journal(published("1.1", at)), TODAY)["attempts"] == number


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["published", "failed", "refused", "dreamt of", ""]),
            st.sampled_from(["", "trusted publishing", "upload"]),
            st.integers(0, DAYS - 1),
        ),
        max_size=8,
    )
)
def test_law_every_rate_is_of_what_was_tried(tries):
    every = [
        published(f"1.{number}", NOW - day * DAY - timedelta(minutes=number), outcome, area=area)
        for number, (outcome, area, day) in enumerate(tries)
    ]
    found = summarize_publishing(Journal(tuple(every)), TODAY)
    assert found == summarize_publishing(Journal(tuple(reversed(every))), TODAY)
    assert found["attempts"] == found["succeeded"] + found["failed"]
    if not found["attempts"]:
        assert found["success_rate"] is found["authentication_success_rate"] is None
        return
    failed = [area for outcome, area, _ in tries if outcome in ("failed", "refused")]
    assert (found["success_rate"] == 1.0) == (not failed)
    is_believed = "trusted publishing" not in failed
    assert (found["authentication_success_rate"] == 1.0) == is_believed
    assert found["authentication_success_rate"] >= found["success_rate"]


def test_a_success_with_the_words_of_a_failure_was_believed():
    found = summarize_publishing(journal(published("1.0", area="trusted publishing")), TODAY)
    assert found["authentication_success_rate"] == 1.0


@pytest.mark.parametrize(
    "failure", ["invalid-auth", "no-credentials", "account", "unreachable", "file-exists"]
)
def test_only_credentials_are_a_matter_of_authentication(failure):
    entry = published("1.0", NOW, "failed", area="upload", failure=failure)
    rate = summarize_publishing(journal(entry), TODAY)["authentication_success_rate"]
    assert rate == (1.0 if failure in ("unreachable", "file-exists") else 0.0)


def test_of_the_same_second_the_failure_is_the_last():
    both = [published("1.0", NOW), published("1.0", NOW, "failed")]
    for order in (both, both[::-1]):
        assert summarize_publishing(journal(*order), TODAY)["last_outcome"] == "failed"


def test_no_update_is_in_the_journal():
    found = summarize_status_updates(journal(event("decide", "none")), TODAY)
    assert found["last_90_days"] == found["complete_90_days"] == 0
    assert found["last_at"] is found["last_complete_at"] is found["median_days_between"] is None


def test_an_old_update_is_named_and_not_counted():
    found = summarize_status_updates(journal(event("ingest", "complete", NOW - 95 * DAY)), TODAY)
    assert (found["last_90_days"], found["last_at"]) == (0, "2026-07-30T06:00:00Z")


def test_an_incomplete_update_is_no_complete_one():
    entries = [event("ingest", "complete", NOW - 7 * DAY), event("ingest", "incomplete", NOW)]
    found = summarize_status_updates(journal(*entries), TODAY)
    assert found["last_at"] == "2026-11-02T06:00:00Z"
    assert found["last_complete_at"] == "2026-10-26T06:00:00Z"
    assert (found["last_90_days"], found["complete_90_days"]) == (2, 1)


def test_one_long_pause_does_not_move_the_median():
    ages = (0, 7, 14, 21, 60)
    entries = [event("ingest", "complete", NOW - age * DAY) for age in ages]
    assert summarize_status_updates(journal(*entries), TODAY)["median_days_between"] == 7.0


def test_without_a_workflows_event_there_is_no_summary():
    assert summarize_workflows(journal(event("decide", "none"))) is None


def test_figures_that_cannot_be_read_are_not_known():
    entry = event("workflows", "ok", runs="many", minutes=-4, disabled="x", workflows=[1, 2])
    found = summarize_workflows(journal(entry))
    assert (found["runs"], found["minutes"]) == (0, None)
    assert (found["by_file"], found["disabled"]) == ({}, [])


def test_more_workflows_than_anybody_has_are_cut_off():
    names = {f"w{number:03}.yml": {"runs": 1} for number in range(MOST_FILES + 5)}
    found = summarize_workflows(
        journal(event("workflows", "ok", workflows=names, disabled=list(names)))
    )
    assert list(found["by_file"]) == list(names)[:MOST_FILES]
    assert found["disabled"] == list(names)[:MOST_FILES]


def raised(kind, outcome="raised", at=NOW, **more):
    since = {"since": (at - HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return event("alert", outcome, at, alert=kind, subject=BASE, text="it is so", **since, **more)


def test_alerts_are_open_until_they_recover_whatever_their_age():
    entries = [
        raised("stale", at=NOW - 100 * DAY),
        raised("slow", at=NOW - 3 * DAY),
        raised("down", at=NOW - 2 * DAY),
        raised("slow", "recovered", NOW - DAY),
    ]
    found = summarize_alerts(journal(*entries), TODAY)
    assert [each["kind"] for each in found["open"]] == ["stale", "down"]
    assert found["open"][0]["since"] == "2026-07-25T05:00:00Z"
    assert found["raised_90_days"] == 2


def test_a_reminder_is_not_raised_once_more():
    entries = [raised("down", at=NOW - DAY), raised("down", "reminded")]
    found = summarize_alerts(journal(*entries), TODAY)
    assert len(found["open"]) == found["raised_90_days"] == 1


def test_a_day_is_a_day_of_utc():
    assert summarize_publishing(journal(published("1.0", FIRST - 6 * HOUR)), TODAY)["attempts"] == 1
    late = FIRST - 6 * HOUR - timedelta(seconds=1)
    assert summarize_publishing(journal(published("1.0", late)), TODAY)["attempts"] == 0

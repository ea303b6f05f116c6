"""The document of the metrics: what nobody measured is unknown, and nobody's words do harm."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.journal.reader import Journal, read_journal
from secstatus.monitoring.metrics import make_metrics
from secstatus.monitoring.probe import Fault
from secstatus.release.log import ReleaseLog
from tests.monitoring.alert_cases import BASE, DAY, HOUR, NOW, dead, event, journal, look, published

TODAY = NOW.date()


def document(*entries, today=TODAY, releases=None, **more):
    return make_metrics(journal(*entries), releases or ReleaseLog(), today, **more)


def test_nothing_was_ever_measured():
    found = make_metrics(Journal(), ReleaseLog(), TODAY)
    assert (found["state"], found["fresh"], found["measured_at"]) == ("unknown", False, None)
    assert found["endpoints"] == found["days"] == []
    assert found["workflows"] is None
    for window in found["windows"].values():
        assert window["availability"] is None
        assert window["error_rate"] is None
        assert window["latency_ms"] is None
        assert window["longest_gap_hours"] is None
    assert found["publishing"]["success_rate"] is None
    assert found["publishing"]["authentication_success_rate"] is None


def test_a_look_of_today():
    found = document(look(Fault.SLOW, latency_ms=1500.0))
    assert (found["state"], found["fresh"]) == ("slow", True)
    assert found["measured_at"] == "2026-11-02T06:00:00Z"
    assert found["base_url"] == BASE
    first = found["endpoints"][0]
    assert (first["path"], first["state"], first["latency_ms"]) == (
        "api/v1/manifest.json",
        "slow",
        1500.0,
    )
    assert found["windows"]["24h"]["availability"] == 1.0


@pytest.mark.parametrize(
    ("days", "state"), [(0, "up"), (5, "up"), (6, "unknown"), (400, "unknown")]
)
def test_an_old_look_proves_nothing_of_today(days, state):
    found = document(look(), today=TODAY + timedelta(days=days))
    assert (found["state"], found["fresh"]) == (state, state == "up")


def test_a_look_of_the_future_proves_nothing_either():
    assert document(look(), today=TODAY - DAY)["state"] == "unknown"


def test_a_copy_that_answers_proves_nothing_of_the_site():
    site = [look(at=NOW - DAY), dead(at=NOW - HOUR)]
    copy = look(at=NOW, base="http://127.0.0.1:8000/")
    found = document(*site, copy, base=BASE)
    assert found == document(*site, base=BASE)
    assert (found["state"], found["base_url"]) == ("down", BASE)
    assert document(copy, base=BASE) == document(base=BASE)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(list(Fault))), max_size=6))
def test_law_only_the_sites_own_newest_look_gives_its_state(looks):
    runs = [
        look(fault, at=NOW - number * HOUR, base=BASE if is_own else "https://copy.example/")
        for number, (is_own, fault) in enumerate(looks)
    ]
    found = make_metrics(Journal(probe_runs=tuple(reversed(runs))), ReleaseLog(), TODAY, base=BASE)
    own = [fault for is_own, fault in looks if is_own]
    assert (found["state"] == "up") == (own[:1] == [Fault.NONE])
    assert found["windows"]["90d"]["rounds"] == len(own)


def test_publishing_is_counted_by_attempts():
    found = document(
        published("1.0", NOW - 30 * DAY),
        published("1.1", NOW - 20 * DAY, "refused", area="trusted publishing", failure="invalid"),
        published("1.1", NOW - 19 * DAY, "failed", area="upload", failure="unreachable"),
        published("1.1", NOW - 18 * DAY),
        published("0.9", NOW - 200 * DAY, "failed"),
        event("publish", "dreamt of", NOW, version="9"),
    )
    told = found["publishing"]
    assert (told["attempts"], told["succeeded"], told["failed"]) == (4, 2, 2)
    assert (told["success_rate"], told["authentication_success_rate"]) == (0.5, 0.75)
    assert (told["last_outcome"], told["last_version"]) == ("published", "1.1")
    assert found["releases"]["last_90_days"] == 2
    assert found["releases"]["by_trigger"] == {"manual": 0, "other": 2, "security_auto": 0}


def test_updates_of_the_status():
    scans = [event("ingest", "complete", NOW - n * 7 * DAY) for n in range(4)]
    scans.append(event("ingest", "incomplete", NOW - HOUR))
    found = document(*scans, event("ingest", "complete", NOW - 300 * DAY))["status_updates"]
    assert (found["last_90_days"], found["complete_90_days"]) == (5, 4)
    assert found["last_at"] == found["last_complete_at"] == "2026-11-02T06:00:00Z"
    assert found["median_days_between"] == 7.0


def test_alerts_that_are_open_are_told_and_others_counted():
    told = {"alert": "down", "subject": BASE, "text": "all of it", "since": "2026-11-01T06:00:00Z"}
    over = {**told, "alert": "slow"}
    found = document(
        event("alert", "raised", NOW - DAY, **told),
        event("alert", "raised", NOW - 2 * DAY, **over),
        event("alert", "recovered", NOW - DAY, **over),
    )["alerts"]
    assert [each["kind"] for each in found["open"]] == ["down"]
    assert found["raised_90_days"] == 2


def test_metrics_use_the_newest_workflows_event():
    found = document(
        event("workflows", "ok", NOW - DAY, runs=4, succeeded=4, failed=0, minutes=12),
        event(
            "workflows",
            "failed",
            NOW,
            runs=5,
            succeeded=4,
            failed=1,
            minutes=None,
            workflows={"security-status.yml": {"runs": 5, "failed": 1, "last": "failure"}, "x": 3},
        ),
    )["workflows"]
    assert (found["runs"], found["failed"], found["minutes"]) == (5, 1, None)
    assert found["by_file"] == {
        "security-status.yml": {
            "failed": 1,
            "last": "failure",
            "last_at": None,
            "minutes": None,
            "runs": 5,
        }
    }


def test_the_sites_own_work_is_not_in_it():
    before = document(look())
    own = [event(kind, "x", NOW) for kind in ("build", "deploy", "served", "notice")]
    assert document(look(), *own) == before


@given(st.binary(max_size=300))
def test_law_whatever_the_journal_holds_the_document_is_plain_and_no_false_green(data):
    found = make_metrics(read_journal(data, NOW), ReleaseLog(), TODAY)
    json.dumps(found, allow_nan=False)
    assert found["state"] == "unknown"


@given(st.text(max_size=80))
def test_law_words_of_others_are_one_safe_line(text):
    shown = dead()
    bad = [
        event("publish", "failed", NOW, version=text, reason=text, failure=text),
        event("alert", "raised", NOW, alert="down", subject=text, text=text),
        event("workflows", "ok", NOW, workflows={text: {"last": text}}, disabled=[text]),
    ]
    told = json.dumps(document(shown, *bad), ensure_ascii=False)
    assert all(each.isprintable() for each in told)

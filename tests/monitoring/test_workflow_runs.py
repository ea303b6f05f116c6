"""What the answers of the Actions API say, whatever they hold."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.journal.line import decode_line, encode_line
from secstatus.monitoring.runner_minutes import count_runner_minutes
from secstatus.monitoring.workflow_runs import (
    WorkflowAnswers,
    make_workflows_event,
    parse_workflow_runs,
    parse_workflows,
)
from tests.support.github import job, repository, run, workflow

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
STATUS, REBUILD, PUBLISH = "security-status.yml", "status-rebuild.yml", "pypi-publish.yml"
WATCHDOG, GATE = "status-watchdog.yml", "quality-gate.yml"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def found(*runs, jobs=None, workflows=(), about=None, whole=True):
    answers = WorkflowAnswers(about or repository(), workflows, runs, jobs or {}, whole)
    return make_workflows_event(answers, NOW, 30)


def day(number, hour=4):
    return f"2026-11-{number:02}T{hour:02}:50:00Z"


def test_what_the_journal_keeps():
    event = found(
        run(1, STATUS, at=day(9)),
        run(2, STATUS, "failure", at=day(16)),
        run(3, STATUS, at=day(23)),
        run(4, REBUILD, "cancelled", at=day(23)),
        run(5, REBUILD, at=day(24)),
        run(6, PUBLISH, event="workflow_dispatch", at=day(20)),
        run(7, PUBLISH, None, event="push", status="in_progress", at=day(25)),
        jobs={3: [job(), job()], 5: [job()]},
        workflows=[workflow(1, STATUS), workflow(2, REBUILD, "disabled_inactivity")],
    )
    assert (event.kind, event.outcome, event.at) == ("workflows", "ok", NOW)
    files = event.details["workflows"]
    assert {k: v for k, v in event.details.items() if k != "workflows"} == {
        "as_of": "2026-11-25T08:00:00Z",
        "days": 30,
        "archived": False,
        "pushed_at": "2026-11-20T10:00:00Z",
        "disabled": [REBUILD],
        "failing": [],
        "undecided": [],
        "unreadable": 0,
        "whole": True,
        "runs": 7,
        "succeeded": 4,
        "failed": 1,
        "cancelled": 1,
        "minutes": 6,
        "minutes_of": 2,
    }
    assert list(files) == [PUBLISH, STATUS, REBUILD]
    assert files[STATUS] == {
        "runs": 3,
        "succeeded": 2,
        "failed": 1,
        "cancelled": 0,
        "minutes": 4,
        "minutes_of": 1,
        "last": "success",
        "last_at": "2026-11-23T04:50:00Z",
    }
    assert (files[PUBLISH]["last_at"], files[PUBLISH]["minutes"]) == ("2026-11-20T04:50:00Z", None)


def test_it_survives_the_journal():
    event = found(run(1, STATUS), jobs={1: [job()]})
    assert decode_line(encode_line(event).strip(), "journal") == event


@pytest.mark.parametrize(
    ("runs", "outcome", "failing"),
    [
        ([], "unknown", []),
        ([run(1, STATUS)], "ok", []),
        ([run(1, STATUS, "failure")], "failed", [STATUS]),
        ([run(1, STATUS, "timed_out")], "failed", [STATUS]),
        ([run(1, STATUS, "startup_failure")], "failed", [STATUS]),
        ([run(1, STATUS, "cancelled")], "unknown", []),
        ([run(1, STATUS, "action_required")], "unknown", []),
        ([run(1, STATUS, "a_new_word")], "unknown", []),
        ([run(1, STATUS, "skipped")], "unknown", []),
        ([run(1, STATUS, at=day(16)), run(2, STATUS, "skipped", at=day(23))], "ok", []),
        ([run(1, STATUS, at=day(16)), run(2, STATUS, "cancelled", at=day(23))], "unknown", []),
        ([run(1, STATUS, "failure", at=day(16)), run(2, STATUS, at=day(23))], "ok", []),
        ([run(1, STATUS, at=day(16)), run(2, STATUS, "failure", at=day(23))], "failed", [STATUS]),
        ([run(1, STATUS), run(2, REBUILD, "failure")], "failed", [REBUILD]),
        # Still at it: the one before counts.
        ([run(1, STATUS), run(2, STATUS, None, at=day(25), status="queued")], "ok", []),
        # Started by hand after the failure, and well.
        (
            [run(1, STATUS, "failure"), run(2, STATUS, at=day(25), event="workflow_dispatch")],
            "ok",
            [],
        ),
        # On another branch, or of a pull request: says nothing of the schedule.
        (
            [
                run(1, STATUS, "failure"),
                run(2, STATUS, at=day(25), event="push", head_branch="fix"),
            ],
            "failed",
            [STATUS],
        ),
        (
            [run(1, GATE), run(2, GATE, "failure", at=day(25), event="pull_request")],
            "ok",
            [],
        ),
        # Not on a schedule.
        ([run(1, PUBLISH, "failure", event="workflow_dispatch"), run(2, STATUS)], "ok", []),
        # The watchdog is red because it has found something.
        ([run(1, STATUS), run(2, WATCHDOG, "failure")], "ok", []),
        ([run(1, WATCHDOG)], "unknown", []),
        # Somebody else's.
        ([run(1, STATUS), run(2, "nightly.yml", "failure")], "ok", []),
    ],
)
def test_the_newest_run_of_a_schedule_decides(runs, outcome, failing):
    for order in (runs, runs[::-1]):
        event = found(*order)
        assert (event.outcome, event.details["failing"]) == (outcome, failing)


def test_without_the_default_branch_only_the_schedule_counts():
    runs = [run(1, STATUS, "failure"), run(2, STATUS, at=day(25), event="workflow_dispatch")]
    assert found(*runs, about={"x": 1}).outcome == "failed"


def test_a_run_again_counts_from_its_last_attempt():
    again = run(1, STATUS, "failure", at=day(16), run_started_at=day(24, 9), run_attempt=2)
    assert found(run(2, STATUS, at=day(23)), again).outcome == "failed"


def test_what_cannot_be_read_may_be_the_newest():
    event = found(run(1, STATUS), run(2, STATUS, "failure", run_started_at=7))
    assert (event.outcome, event.details["unreadable"], event.details["runs"]) == ("unknown", 1, 1)
    assert found(run(1, STATUS, "failure"), {}).outcome == "failed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "1"},
        {"id": True},
        {"id": -1},
        {"id": 2**60},
        {"id": 1.0},
        {"path": None},
        {"path": 7},
        {"event": None},
        {"status": 3},
        {"conclusion": None},
        {"conclusion": {}},
        {"run_started_at": "yesterday"},
        {"run_started_at": None, "created_at": None},
        {"updated_at": 20261124},
        {"updated_at": "1969-01-01T00:00:00Z"},
    ],
)
def test_a_run_of_wrong_types_is_left_out_and_counted(wrong):
    assert parse_workflow_runs([run(1, STATUS, **wrong)]) == ((), 1)


def test_a_branch_of_a_wrong_type_is_none():
    assert parse_workflow_runs([run(1, STATUS, head_branch=["main"])])[0][0].branch == ""


def test_a_run_that_moved_to_another_page_counts_once():
    assert found(run(1, STATUS), run(1, STATUS)).details["runs"] == 1


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        (".github/workflows/security-scan.yml", True),
        (".github/workflows/status-rebuild.yaml", True),
        (".github/workflows/pypi-publish.yml@refs/heads/main", True),
        (".github/workflows/quality-gate.yml", True),
        (".github/workflows/insecurity-scan.yml", False),
        (".github/workflows/security-scan.yml\n", False),
        (".github/workflows/security-\x1b[31m.yml", False),
        (".github/workflows/security-../../x.yml", False),
        (".github/workflows/sub/security-scan.yml", False),
        ("security-scan.yml", False),
        ("dynamic/github-code-scanning/codeql", False),
        (".github/workflows/security-" + "x" * 200 + ".yml", False),
        ("", False),
    ],
)
def test_which_workflows_are_ours(path, is_ours):
    workflows, unreadable = parse_workflows([workflow(1, "x", path=path)])
    assert (bool(workflows), unreadable) == (is_ours, 0)
    assert bool(parse_workflow_runs([run(1, "x", path=path)])[0]) is is_ours


@pytest.mark.parametrize("state", ["disabled_inactivity", "disabled_manually", "a_new_word"])
def test_what_is_not_active_is_off(state):
    event = found(workflows=[workflow(1, STATUS, state), workflow(2, REBUILD)])
    assert event.details["disabled"] == [STATUS]


def test_disabled_workflows_are_unknown_when_one_cannot_be_read():
    event = found(workflows=[workflow(1, STATUS, None), workflow(2, REBUILD)])
    assert (event.details["disabled"], event.details["unreadable"]) == (None, 1)


@pytest.mark.parametrize(
    ("jobs", "minutes", "unreadable"),
    [
        ([], 0, 0),
        ([job(end="2026-11-24T04:43:01Z")], 1, 0),
        ([job(end="2026-11-24T04:44:00Z")], 1, 0),
        ([job(end="2026-11-24T04:44:01Z")], 2, 0),
        ([job(end="2026-11-24T04:43:00Z")], 1, 0),
        ([job(end="2026-11-24T10:43:00Z"), job()], 362, 0),
        # Never ran.
        ([job(end="2026-11-24T04:42:59Z", conclusion="cancelled")], 0, 0),
        ([job(conclusion="skipped")], 0, 0),
        ([job(end=None, status="in_progress", conclusion=None)], 0, 0),
        ([job(labels=["self-hosted", "linux"])], 0, 0),
        ([job(labels=None)], 0, 1),
        ([job(status=None)], 0, 1),
        ([job(started_at=3)], 0, 1),
        ([job(end="2099-01-01T00:00:00Z")], 0, 1),
        ([job(), None, [], "x"], 2, 3),
    ],
)
def test_minutes_as_github_bills_them(jobs, minutes, unreadable):
    result = count_runner_minutes(jobs)
    assert (result.minutes, result.unreadable, result.counted) == (minutes, unreadable, True)


def test_a_run_that_was_not_asked_for_is_not_counted():
    assert not count_runner_minutes(None).counted
    event = found(run(1, STATUS), run(2, STATUS, at=day(23)), jobs={2: []})
    assert (event.details["minutes"], event.details["minutes_of"]) == (0, 1)
    assert found().details["minutes"] == 0


@given(JSON, JSON, st.lists(JSON), st.dictionaries(st.integers(), st.lists(JSON)))
def test_any_answer_is_an_event_and_never_ok(about, workflows, runs, jobs):
    event = make_workflows_event(WorkflowAnswers(about, workflows, runs, jobs), NOW, 30)
    assert event.outcome == "unknown"
    assert event.details["runs"] == 0
    json.dumps(dict(event.details), allow_nan=False)


KEYS = sorted(run(1, STATUS))


@given(st.sampled_from(KEYS), JSON, st.sampled_from(["failure", "success"]))
def test_one_wrong_value_never_makes_it_better(key, value, conclusion):
    """The newest run has failed: no single value makes that `ok`, but for the ones that say so."""
    newest = {**run(2, STATUS, "failure", at=day(25)), key: value}
    older = run(1, STATUS, conclusion, at=day(16))
    event = found(older, copy.deepcopy(newest))
    says_another = key in ("conclusion", "path", "head_branch", "id", "event", "status") or (
        key.endswith("_at") and isinstance(value, str)
    )
    assert says_another or event.outcome != "ok"

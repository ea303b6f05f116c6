"""The Actions API of a server on this machine becomes an event."""

from datetime import UTC, datetime

import pytest

from secstatus.adapters.github_api import GitHub
from secstatus.commands.monitor.workflow_metrics import get_repository_facts, workflow_event
from secstatus.monitoring.journal.event import Event
from tests.support.clock import FakeClock
from tests.support.faults import hangs_up, replies
from tests.support.github import REPOSITORY, ROOT, TOKEN, github_stub, job, refused, run, workflow

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
STATUS, REBUILD = "security-status.yml", "status-rebuild.yml"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def stub():
    with github_stub() as found:
        found.workflows = [workflow(1, STATUS), workflow(2, REBUILD), workflow(3, "nightly.yml")]
        found.runs = [
            run(each, REBUILD, at=f"2026-11-{each:02}T09:00:00Z") for each in range(1, 25)
        ]
        found.runs += [run(100, STATUS), run(200, "nightly.yml", "failure")]
        yield found


def asked(stub, clock=None):
    timing = (clock or FakeClock()).timing
    return workflow_event(REPOSITORY, GitHub(TOKEN, stub.url, timing=timing), NOW)


def test_what_github_knows(stub):
    event, problems = asked(stub)
    assert problems == ()
    assert (event.kind, event.outcome) == ("workflows", "ok")
    told = event.details
    assert (told["runs"], told["succeeded"], told["minutes"], told["minutes_of"]) == (
        25,
        25,
        50,
        25,
    )
    assert list(told["workflows"]) == [STATUS, REBUILD]
    assert f"{ROOT}/actions/workflows/1/runs?created=%3E%3D2026-10-26&per_page=100&page=1" in [
        each[1] for each in stub.seen
    ]
    assert not stub.asked(pattern="workflows/3/")
    assert {each[0] for each in stub.seen} == {"GET"}


def test_all_attempts_are_paid_for(stub):
    asked(stub)
    assert all("filter=all" in each[1] for each in stub.seen if each[1].count("/jobs"))


def test_a_failed_run_is_told(stub):
    stub.runs.append(run(300, STATUS, "failure", at="2026-11-25T04:50:00Z"))
    event, _ = asked(stub)
    assert (event.outcome, event.details["failing"]) == ("failed", [STATUS])


def test_runs_that_are_too_old_are_not_asked_for(stub):
    stub.runs.append(run(300, STATUS, "failure", at="2026-10-01T04:50:00Z"))
    assert asked(stub)[0].details["runs"] == 25


def test_at_most_a_hundred_runs_are_counted(stub):
    stub.runs += [run(each, STATUS, at="2026-11-01T04:50:00Z") for each in range(1000, 1150)]
    event, problems = asked(stub)
    assert len(stub.asked(pattern="/jobs$")) == 100
    assert (event.details["runs"], event.details["minutes_of"], problems) == (175, 100, ())


def test_counting_ends_when_it_takes_too_long(stub, clock):
    def slow(exchange):
        clock.now += 50
        exchange.answer()

    stub.fault("GET", "/jobs$", slow, times=100)
    event, problems = asked(stub, clock)
    assert event.details["minutes_of"] == 3
    assert problems == ("runner minutes: only 3 runs were counted in 120 s",)


def test_a_list_that_goes_on_is_not_whole(stub):
    stub.runs += [run(each, STATUS, at="2026-11-01T04:50:00Z") for each in range(1000, 1250)]
    event, _ = asked(stub)
    assert (event.details["whole"], event.details["runs"]) == (False, 224)


def test_minutes_stay_unknown_where_the_jobs_are_refused(stub):
    limit = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1795000000"}
    stub.fault("GET", "/jobs$", refused(403, "API rate limit exceeded", **limit), times=100)
    event, problems = asked(stub)
    assert (event.outcome, event.details["minutes"], event.details["minutes_of"]) == ("ok", None, 0)
    assert "ask again from 2026-11-18T" in problems[0]
    assert len(stub.asked(pattern="/jobs$")) == 1


def test_more_jobs_than_are_read_are_not_counted(stub):
    stub.jobs[100] = [job()] * 300
    assert asked(stub)[0].details["minutes_of"] == 24


@pytest.mark.parametrize("pattern", [f"{ROOT}$", "actions/workflows$", "workflows/2/runs$"])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (hangs_up, "the connection is broken off"),
        (refused(403, "Resource not accessible by integration"), "read`"),
        (refused(404, "Not Found"), "Check `repository`"),
        (refused(401, "Bad credentials"), "does not know the token"),
        (replies(200, b"<html>"), "no JSON"),
    ],
)
def test_what_github_does_not_say_is_not_known(stub, pattern, answer, reason):
    stub.fault("GET", pattern, answer, times=5)
    event, problems = asked(stub)
    assert (event, len(problems)) == (None, 1)
    assert reason in problems[0]
    assert TOKEN not in problems[0]


def test_many_workflows_of_others_are_passed_over(stub):
    stub.workflows += [workflow(each, f"nightly-{each}.yml") for each in range(10, 400)]
    assert asked(stub)[0].outcome == "ok"


@pytest.mark.parametrize(("number", "name"), [(21, "security-{}.yml"), (600, "nightly-{}.yml")])
def test_too_many_workflows_are_not_judged(stub, number, name):
    stub.workflows = [workflow(each, name.format(each)) for each in range(1, number + 1)]
    assert asked(stub) == (None, ("the workflows are not known: there are too many",))


def test_wrong_types_are_counted_and_nothing_is_well(stub):
    stub.runs.append(7)
    stub.about = []
    event, _ = asked(stub)
    assert (event.outcome, event.details["unreadable"]) == ("unknown", 2)
    assert event.details["pushed_at"] is None


def test_repository_facts_come_from_the_workflows_event():
    assert get_repository_facts(None).last_activity is None
    told = {"pushed_at": "2026-11-20T10:00:00Z", "disabled": [STATUS, 3]}
    facts = get_repository_facts(Event(NOW, "workflows", "ok", told))
    assert facts.last_activity == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert facts.disabled == (STATUS,)
    facts = get_repository_facts(Event(NOW, "workflows", "ok", {"pushed_at": 3, "disabled": None}))
    assert (facts.last_activity, facts.disabled) == (None, None)

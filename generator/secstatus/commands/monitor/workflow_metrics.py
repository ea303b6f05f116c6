"""Get the runs of the project's workflows from GitHub; missing answers count as unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from secstatus.errors import SecstatusError
from secstatus.jsonio.values import read_timestamp
from secstatus.monitoring.alerts.terms import OutsideFacts
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.values import truncate_line
from secstatus.monitoring.workflow_runs import (
    Workflow,
    WorkflowAnswers,
    WorkflowRun,
    make_workflows_event,
    parse_workflow_runs,
    parse_workflows,
)

if TYPE_CHECKING:
    from secstatus.adapters.github_api import GitHub

NEEDS = "actions: read"
# GitHub keeps runs longer than that by default, and bills by the month.
DAYS = 30
# Of the 1,000 requests an hour that the token of a workflow has, about a seventh.
MOST_PAGES, MOST_COUNTED = 2, 100
MOST_JOB_PAGES, MOST_WORKFLOW_PAGES = 3, 5
MOST_WORKFLOWS = 20
# The numbers are an extra: a slow API must not delay an alert.
SECONDS = 120.0
Problems = tuple[str, ...]


def workflow_event(repository: str, github: GitHub, now: datetime) -> tuple[Event | None, Problems]:
    """The `workflows` event of the last 30 days; None if GitHub's answers are incomplete.

    Problems are one safe line each. Jobs are counted, newest run first, for at most 100 runs and
    two minutes; the event states how many.
    """
    path, since = f"/repos/{repository}", now - timedelta(days=DAYS)
    end = github.timing.clock() + SECONDS
    try:
        about = github.get(path, needs="contents: read")
        listed = github.pages(
            f"{path}/actions/workflows", needs=NEEDS, key="workflows", most=MOST_WORKFLOW_PAGES
        )
        workflows = parse_workflows(listed.items)[0]
        if len(workflows) > MOST_WORKFLOWS or not listed.whole:
            # A part of the workflows would read as fewer failures.
            return None, ("the workflows are not known: there are too many",)
        items, whole = _runs(github, path, workflows, since)
    except SecstatusError as error:
        return None, (_problem(error),)
    jobs, problems = _jobs(github, path, parse_workflow_runs(items)[0], end)
    answers = WorkflowAnswers(about, listed.items, items, jobs, whole)
    return make_workflows_event(answers, now, DAYS), problems


def get_repository_facts(event: Event | None) -> OutsideFacts:
    """The facts of the repository in a `workflows` event of today; empty without one."""
    if event is None:
        return OutsideFacts()
    disabled, pushed = event.details.get("disabled"), event.details.get("pushed_at")
    names = disabled if isinstance(disabled, list) else None
    return OutsideFacts(
        # GitHub disables scheduled workflows of a public repository after 60 days without activity.
        last_activity=read_timestamp(pushed) if isinstance(pushed, str) else None,
        disabled=None
        if names is None
        else tuple(truncate_line(each) for each in names if isinstance(each, str)),
    )


def _runs(
    github: GitHub, path: str, workflows: Sequence[Workflow], since: datetime
) -> tuple[tuple[Any, ...], bool]:
    """The runs, requested by workflow: in a busy repository other runs would displace ours."""
    found: list[Any] = []
    whole = True
    # The syntax of GitHub's search for dates, which this parameter of the API takes.
    query = {"created": f">={since:%Y-%m-%d}"}
    for each in workflows:
        asked = f"{path}/actions/workflows/{each.number}/runs"
        listed = github.pages(asked, query, needs=NEEDS, key="workflow_runs", most=MOST_PAGES)
        found += listed.items
        whole = whole and listed.whole
    return tuple(found), whole


def _jobs(
    github: GitHub, path: str, runs: Sequence[WorkflowRun], end: float
) -> tuple[dict[int, Sequence[Any]], Problems]:
    """The jobs of all attempts, by run. Stops at the first refused request."""
    found: dict[int, Sequence[Any]] = {}
    for run in [run for run in runs if run.is_over][:MOST_COUNTED]:
        if github.timing.clock() > end:
            return found, (f"runner minutes: only {len(found)} runs were counted in {SECONDS:g} s",)
        asked = f"{path}/actions/runs/{run.number}/jobs"
        try:
            listed = github.pages(
                # The default is `latest`, which leaves out the minutes of earlier attempts.
                asked,
                {"filter": "all"},
                needs=NEEDS,
                key="jobs",
                most=MOST_JOB_PAGES,
            )
        except SecstatusError as error:
            return found, (_problem(error),)
        # The jobs of a run are counted completely or not at all.
        if listed.whole:
            found[run.number] = listed.items
    return found, ()


def _problem(error: SecstatusError) -> str:
    hint = f" {error.hint}" if error.hint else ""
    return truncate_line(f"the workflows are not known: {error.message}.{hint}", 600)

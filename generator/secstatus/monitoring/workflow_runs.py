"""Summarize the runs of the project's workflows, from responses of GitHub's REST API for Actions.

https://docs.github.com/rest/actions/workflow-runs and the pages beside it. No response raises an
error: entries that cannot be read are left out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from secstatus.jsonio.values import Fields, fields, read_timestamp
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.values import MOST
from secstatus.monitoring.runner_minutes import RunnerMinutes, count_runner_minutes
from secstatus.timestamps import format_timestamp

FOLDER = ".github/workflows/"
# The names that `init` gives to workflows. The length bounds what a journal line may hold.
OURS = re.compile(r"(?:(?:security|status)-[A-Za-z0-9._-]{1,80}|pypi-publish|quality-gate)\.ya?ml")
SUCCEEDED = frozenset({"success"})
FAILED = frozenset({"failure", "timed_out", "startup_failure"})
# Neither proves that the workflow works: a run in which every job was skipped is `skipped`.
INCONCLUSIVE = frozenset({"skipped", "neutral"})
CONCLUSIONS = SUCCEEDED | FAILED | INCONCLUSIVE | {"cancelled", "action_required", "stale"}
# The events that run on the branch itself. `head_branch` of a pull request is a branch of the fork,
# which may be called `main` as well.
OF_THE_PROJECT = frozenset(
    {"schedule", "workflow_dispatch", "repository_dispatch", "push", "workflow_run"}
)
# The watchdog fails when it finds a problem. If its own failures raised an alert, that alert would
# fail the next run, and never end.
WATCHDOG = re.compile(r"status-watchdog\.ya?ml")
SCHEDULE, ACTIVE = "schedule", "active"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow that secstatus has written; `file` is its name in `.github/workflows`."""

    number: int
    file: str
    state: str

    @property
    def is_active(self) -> bool:
        return self.state == ACTIVE


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run of such a workflow.

    `conclusion`: empty while it runs; else one of `CONCLUSIONS`, or `other`. `started`: the start
    of the last attempt. `at`: the last update, which is the end of a completed run.
    """

    number: int
    file: str
    event: str
    conclusion: str
    branch: str
    started: datetime
    at: datetime

    @property
    def is_over(self) -> bool:
        return bool(self.conclusion)


@dataclass(frozen=True, slots=True)
class WorkflowAnswers:
    """The responses of the API, as parsed JSON.

    `runs`: the runs of all workflows; `whole`: whether all pages were read. `jobs`: id of a run →
    its jobs, for the runs that were requested.
    """

    repository: Any
    workflows: Any
    runs: Sequence[Any] = ()
    jobs: Mapping[int, Sequence[Any]] = field(default_factory=dict)
    whole: bool = True


def parse_workflows(answer: Any) -> tuple[tuple[Workflow, ...], int]:
    """The workflows of secstatus, sorted by file, and the number of unreadable entries."""
    found: dict[str, Workflow] = {}
    unreadable = 0
    for each in answer if isinstance(answer, list | tuple) else ():
        item = fields(each)
        number, path, state = _values(item, "id", "path", "state")
        if not isinstance(path, str):
            unreadable += 1
        elif file := _file(path):
            if _is_number(number) and isinstance(state, str):
                found[file] = Workflow(number, file, state)
            else:
                unreadable += 1
    return tuple(found[file] for file in sorted(found)), unreadable


def parse_workflow_runs(answers: Iterable[Any]) -> tuple[tuple[WorkflowRun, ...], int]:
    """The runs of such workflows, newest first, and the number of unreadable entries."""
    # By id: a run may move to the next page, and appear twice, while the pages are read.
    found: dict[int, WorkflowRun] = {}
    unreadable = 0
    for each in answers:
        item = fields(each)
        path = item.get("path")
        if isinstance(path, str) and not _file(path):
            continue
        run = _run(item)
        if run is None:
            unreadable += 1
        else:
            found[run.number] = run
    ordered = sorted(found.values(), key=lambda run: (run.started, run.number), reverse=True)
    return tuple(ordered), unreadable


def make_workflows_event(answers: WorkflowAnswers, now: datetime, days: int) -> Event:
    """The journal event about the workflow runs of the last `days` days.

    Outcome `failed`: the newest completed run of a scheduled workflow on the default branch has
    failed. `ok`: all of them have succeeded. `unknown`: anything else, such as a cancelled run, an
    unreadable one, or none. `disabled` is None if not all workflows could be read.
    """
    workflows, unread_workflows = parse_workflows(answers.workflows)
    runs, unread_runs = parse_workflow_runs(answers.runs)
    minutes = {run.number: count_runner_minutes(answers.jobs.get(run.number)) for run in runs}
    counted = {number: each for number, each in minutes.items() if each.counted}
    verdicts = _verdicts(runs, _branch(answers.repository))
    disabled = [each.file for each in workflows if not each.is_active]
    details = {
        "as_of": format_timestamp(now),
        "days": days,
        "disabled": None if unread_workflows else disabled,
        "failing": [file for file, verdict in verdicts.items() if verdict == "failed"],
        "undecided": [file for file, verdict in verdicts.items() if verdict == "unknown"],
        "unreadable": unread_workflows + unread_runs + sum(e.unreadable for e in minutes.values()),
        "whole": answers.whole,
        "workflows": {
            file: _summarize([run for run in runs if run.file == file], counted)
            for file in sorted({run.file for run in runs} | {each.file for each in workflows})
        },
        **_activity(answers.repository),
        **_counts(runs, counted),
    }
    return Event(
        now.replace(microsecond=0),
        str(EventKind.WORKFLOWS),
        _outcome(verdicts, unread_runs),
        details,
    )


def _activity(repository: Any) -> Fields:
    about = fields(repository)
    pushed, archived = read_timestamp(about.get("pushed_at")), about.get("archived")
    return {
        "archived": archived if isinstance(archived, bool) else None,
        "pushed_at": format_timestamp(pushed) if pushed else None,
    }


def _counts(runs: Sequence[WorkflowRun], counted: Mapping[int, RunnerMinutes]) -> Fields:
    """The numbers of runs by result; `minutes` is None if they are not known."""
    ended = Counter(_ended(run) for run in runs)
    known = [counted[run.number].minutes for run in runs if run.number in counted]
    return {
        "cancelled": ended["cancelled"],
        "failed": ended["failed"],
        # Without runs 0 minutes are certain; with runs of which no jobs were read they are not.
        "minutes": min(sum(known), MOST) if known or not runs else None,
        "minutes_of": len(known),
        "runs": len(runs),
        "succeeded": ended["succeeded"],
    }


def _summarize(runs: Sequence[WorkflowRun], counted: Mapping[int, RunnerMinutes]) -> Fields:
    over = [run for run in runs if run.is_over]
    last = {"last": over[0].conclusion, "last_at": format_timestamp(over[0].at)} if over else {}
    return {**_counts(runs, counted), **last}


def _ended(run: WorkflowRun) -> str:
    if run.conclusion in SUCCEEDED | FAILED:
        return "succeeded" if run.conclusion in SUCCEEDED else "failed"
    return run.conclusion


def _verdicts(runs: Sequence[WorkflowRun], branch: str) -> Mapping[str, str]:
    """`ok`, `failed` or `unknown` for each file that is known to run on a schedule."""
    scheduled = sorted({run.file for run in runs if run.event == SCHEDULE and _is_assessed(run)})
    # A schedule runs on the default branch only (documentation of the `schedule` event). The branch
    # of other runs can only be compared if the name of the default branch is known.
    own = [
        run
        for run in runs
        if run.event == SCHEDULE
        or (run.event in OF_THE_PROJECT and branch and run.branch == branch)
    ]
    return {file: _verdict([run for run in own if run.file == file]) for file in scheduled}


def _is_assessed(run: WorkflowRun) -> bool:
    return WATCHDOG.fullmatch(run.file) is None


def _verdict(runs: Sequence[WorkflowRun]) -> str:
    conclusive = [run for run in runs if run.is_over and run.conclusion not in INCONCLUSIVE]
    if not conclusive:
        return "unknown"
    if conclusive[0].conclusion in FAILED:
        return "failed"
    return "ok" if conclusive[0].conclusion in SUCCEEDED else "unknown"


def _outcome(verdicts: Mapping[str, str], unreadable: int) -> str:
    found = set(verdicts.values())
    if "failed" in found:
        return "failed"
    # An unreadable run may be the newest one, and have failed.
    return "ok" if found == {"ok"} and not unreadable else "unknown"


def _run(item: Fields) -> WorkflowRun | None:
    number, path, event, status, conclusion = _values(
        item, "id", "path", "event", "status", "conclusion"
    )
    # `created_at` is that of the first attempt, and only a fallback.
    started, at = _time(item, "run_started_at", "created_at"), _time(item, "updated_at")
    is_over = status == "completed"
    texts = (path, event, status, conclusion) if is_over else (path, event, status)
    if not all(isinstance(text, str) for text in texts) or not _is_number(number):
        return None
    if started is None or at is None:
        return None
    known = (conclusion if conclusion in CONCLUSIONS else "other") if is_over else ""
    branch = item.get("head_branch")
    branch = branch if isinstance(branch, str) else ""
    return WorkflowRun(number, _file(path), event, known, branch, started, at)


def _values(item: Fields, *keys: str) -> Iterator[Any]:
    return (item.get(key) for key in keys)


def _time(item: Fields, *keys: str) -> datetime | None:
    """The timestamp of the first key that has a value."""
    value = next((item[key] for key in keys if item.get(key) is not None), None)
    return read_timestamp(value) if isinstance(value, str) else None


def _file(path: str) -> str:
    """The file name of a workflow of secstatus; empty for any other path."""
    # The path of a run has a ref appended for some events: `.github/workflows/x.yml@main`.
    name = path.partition("@")[0]
    file = name.removeprefix(FOLDER)
    return file if name.startswith(FOLDER) and OURS.fullmatch(file) else ""


def _branch(repository: Any) -> str:
    branch = fields(repository).get("default_branch")
    return branch if isinstance(branch, str) else ""


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 < value <= MOST

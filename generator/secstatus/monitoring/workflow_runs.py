"""How the project's own workflows did, from the answers of GitHub's Actions API.

https://docs.github.com/rest/actions/workflow-runs and the pages beside it. Whatever an answer
holds, nothing raises: what cannot be read is left out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from secstatus.jsonio.values import Fields, fields, read_timestamp
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.values import MOST
from secstatus.monitoring.runner_minutes import count_runner_minutes
from secstatus.timestamps import format_timestamp

FOLDER = ".github/workflows/"
OURS = re.compile(r"(?:(?:security|status)-[A-Za-z0-9._-]{1,80}|pypi-publish|quality-gate)\.ya?ml")
SUCCEEDED = frozenset({"success"})
FAILED = frozenset({"failure", "timed_out", "startup_failure"})
# A run in which nothing was to be done proves nothing either way.
PASSED_OVER = frozenset({"skipped", "neutral"})
CONCLUSIONS = SUCCEEDED | FAILED | PASSED_OVER | {"cancelled", "action_required", "stale"}
# What runs on the branch itself. A pull request may come from anybody, and from any `main`.
OF_THE_PROJECT = frozenset(
    {"schedule", "workflow_dispatch", "repository_dispatch", "push", "workflow_run"}
)
# It ends red when it has found something: judged by that, no alert could ever end.
WATCHDOG = re.compile(r"status-watchdog\.ya?ml")
SCHEDULE, ACTIVE = "schedule", "active"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow of ours. `file` is its name in `.github/workflows`."""

    number: int
    file: str
    state: str

    @property
    def is_active(self) -> bool:
        return self.state == ACTIVE


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run of a workflow of ours.

    `conclusion` is empty while it goes on; else a known word, or `other`. `started`: its last
    attempt. `at`: when it ended, or was last heard of.
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
    """What the API said, as parsed.

    `runs` are lists of all workflows together; `whole` says whether they were read to their end.
    `jobs`: the jobs of each run that was asked for, by the run's number.
    """

    repository: Any
    workflows: Any
    runs: Sequence[Any] = ()
    jobs: Mapping[int, Sequence[Any]] = field(default_factory=dict)
    whole: bool = True


def parse_workflows(answer: Any) -> tuple[tuple[Workflow, ...], int]:
    """Our workflows, by file, and how many entries cannot be read."""
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
    """Our runs, newest first and each once, and how many entries cannot be read."""
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
    """What the journal keeps of it.

    The outcome is `failed` when the newest run of a scheduled workflow that has ended has failed,
    on the default branch; `ok` when each such workflow is known to have succeeded; `unknown` for
    all between: a run that somebody or a time limit has cancelled, one that cannot be read, no run.
    The watchdog is counted and not judged. `disabled` is None where not all could be read.
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
            file: _told([run for run in runs if run.file == file], counted)
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


class _RunMinutes(Protocol):
    @property
    def minutes(self) -> int: ...


def _counts(runs: Sequence[WorkflowRun], counted: Mapping[int, _RunMinutes]) -> Fields:
    """Minutes are None where no run was counted and there are some: nobody knows them then."""
    ended = Counter(_ended(run) for run in runs)
    known = [counted[run.number].minutes for run in runs if run.number in counted]
    return {
        "cancelled": ended["cancelled"],
        "failed": ended["failed"],
        "minutes": min(sum(known), MOST) if known or not runs else None,
        "minutes_of": len(known),
        "runs": len(runs),
        "succeeded": ended["succeeded"],
    }


def _told(runs: Sequence[WorkflowRun], counted: Mapping[int, _RunMinutes]) -> Fields:
    over = [run for run in runs if run.is_over]
    last = {"last": over[0].conclusion, "last_at": format_timestamp(over[0].at)} if over else {}
    return {**_counts(runs, counted), **last}


def _ended(run: WorkflowRun) -> str:
    if run.conclusion in SUCCEEDED | FAILED:
        return "succeeded" if run.conclusion in SUCCEEDED else "failed"
    return run.conclusion


def _verdicts(runs: Sequence[WorkflowRun], branch: str) -> Mapping[str, str]:
    """`ok`, `failed` or `unknown` for each file that is known to run on a schedule."""
    scheduled = sorted({run.file for run in runs if run.event == SCHEDULE and _is_judged(run)})
    # Without the name of the default branch only the schedule itself is surely of it.
    own = [
        run
        for run in runs
        if run.event == SCHEDULE
        or (run.event in OF_THE_PROJECT and branch and run.branch == branch)
    ]
    return {file: _verdict([run for run in own if run.file == file]) for file in scheduled}


def _is_judged(run: WorkflowRun) -> bool:
    return WATCHDOG.fullmatch(run.file) is None


def _verdict(runs: Sequence[WorkflowRun]) -> str:
    telling = [run for run in runs if run.is_over and run.conclusion not in PASSED_OVER]
    if not telling:
        return "unknown"
    if telling[0].conclusion in FAILED:
        return "failed"
    return "ok" if telling[0].conclusion in SUCCEEDED else "unknown"


def _outcome(verdicts: Mapping[str, str], unreadable: int) -> str:
    found = set(verdicts.values())
    if "failed" in found:
        return "failed"
    # What cannot be read may be the newest.
    return "ok" if found == {"ok"} and not unreadable else "unknown"


def _run(item: Fields) -> WorkflowRun | None:
    number, path, event, status, conclusion = _values(
        item, "id", "path", "event", "status", "conclusion"
    )
    started, at = _moment(item, "run_started_at", "created_at"), _moment(item, "updated_at")
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


def _moment(item: Fields, *keys: str) -> datetime | None:
    """The moment of the first key that is there."""
    value = next((item[key] for key in keys if item.get(key) is not None), None)
    return read_timestamp(value) if isinstance(value, str) else None


def _file(path: str) -> str:
    """The file of ours that a path names, empty for any other; `@main` may follow it."""
    name = path.partition("@")[0]
    file = name.removeprefix(FOLDER)
    return file if name.startswith(FOLDER) and OURS.fullmatch(file) else ""


def _branch(repository: Any) -> str:
    branch = fields(repository).get("default_branch")
    return branch if isinstance(branch, str) else ""


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 < value <= MOST

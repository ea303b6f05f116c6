"""Count the minutes of GitHub-hosted runners as GitHub bills them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from secstatus.jsonio.values import Fields, fields, read_timestamp

# GitHub cancels a workflow run after 35 days; a longer job is an error of its timestamps.
LONGEST_JOB = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class RunnerMinutes:
    """The minutes of a workflow run. `counted`: whether its jobs were requested."""

    minutes: int = 0
    counted: bool = False
    unreadable: int = 0


def count_runner_minutes(jobs: Sequence[Any] | None) -> RunnerMinutes:
    """The minutes of all attempts of a run together; `jobs` None: they were not requested.

    Self-hosted runners count as 0, and so do jobs that did not run or are not completed. The
    minutes of a public repository are free, but counted.
    """
    if jobs is None:
        return RunnerMinutes()
    total = unreadable = 0
    for each in jobs:
        found = _minutes(fields(each))
        if found is None:
            unreadable += 1
        else:
            total += found
    return RunnerMinutes(total, True, unreadable)


def _minutes(job: Fields) -> int | None:
    """The minutes of a job; None if it cannot be read."""
    labels = job.get("labels")
    if not isinstance(job.get("status"), str) or not isinstance(labels, list):
        return None
    if job["status"] != "completed" or job.get("conclusion") == "skipped":
        return 0
    start, end = (_moment(job.get(key)) for key in ("started_at", "completed_at"))
    if start is None or end is None or end - start > LONGEST_JOB:
        return None
    if "self-hosted" in labels or end < start:
        # A job that was cancelled while it waited for a runner has a start after its end.
        return 0
    # GitHub rounds each job up to the next minute, and shows it without the multipliers of other
    # systems than Linux:
    # https://docs.github.com/actions/monitoring-and-troubleshooting-workflows/viewing-job-execution-time
    # Timestamps have whole seconds: a job of less than one has still used a runner.
    return max(1, -((start - end) // timedelta(minutes=1)))


def _moment(value: Any) -> datetime | None:
    return read_timestamp(value) if isinstance(value, str) else None

"""How long the machines of GitHub have worked, in the minutes that it bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from secstatus.jsonio.values import Fields, fields, read_timestamp

# A workflow run ends after 35 days; a job cannot be longer.
LONGEST_JOB = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class RunnerMinutes:
    """The minutes of a run. `counted` is False where nothing was read of it."""

    minutes: int = 0
    counted: bool = False
    unreadable: int = 0


def count_runner_minutes(jobs: Sequence[Any] | None) -> RunnerMinutes:
    """The minutes of all attempts together; None: the run was not asked for.

    Each job is rounded up to the next minute:
    https://docs.github.com/actions/monitoring-and-troubleshooting-workflows/viewing-job-execution-time
    As there, the factors of other systems than Linux are not in it. Jobs on machines of one's own
    cost nothing and count nothing, nor do jobs that never ran or are not over. In a public
    repository the minutes are free, and were used all the same.
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
    labels = job.get("labels")
    if not isinstance(job.get("status"), str) or not isinstance(labels, list):
        return None
    if job["status"] != "completed" or job.get("conclusion") == "skipped":
        return 0
    start, end = (_moment(job.get(key)) for key in ("started_at", "completed_at"))
    if start is None or end is None or end - start > LONGEST_JOB:
        return None
    if "self-hosted" in labels or end < start:
        # A job that was cancelled before it had a machine starts after its end.
        return 0
    # Moments are whole seconds: a job that ended within one has still had its machine.
    return max(1, -((start - end) // timedelta(minutes=1)))


def _moment(value: Any) -> datetime | None:
    return read_timestamp(value) if isinstance(value, str) else None

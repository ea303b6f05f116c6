"""The grade's future if nothing new is learnt.

The grade is a pure function of known facts and time, so that what it will become is known now. It
is published as dated steps: a page or file that is no longer rebuilt stays true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from secstatus.findings.severity import Severity
from secstatus.status.due_dates import day_after
from secstatus.status.grade import Evidence, Exposure, GradeReport
from secstatus.status.policy import Grade, GradePolicy


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """From `start` on (UTC, whole seconds) the grade is `grade`, for `reason`."""

    start: datetime
    grade: Grade
    reason: str
    remediation_status: str


def turning_points(
    exposures: Iterable[Exposure], evidence: Sequence[Evidence], policy: GradePolicy
) -> list[datetime]:
    """Every moment at which the grade or the remediation may change, in order.

    Of the findings that always count only the first to run late matters for each severity: from
    then on something of that severity is late for good. A limit of age is passed after it (“older
    than”), so that its step begins on the next whole second.
    """
    first: dict[Severity, date] = {}
    days: set[date | None] = set()
    for exposure in exposures:
        if exposure.accepted_until is not None:
            # Accepted until the end of the day: it counts again from the next.
            days.add(day_after(exposure.accepted_until))
            # Its due date can pass while it is accepted; then it counts as overdue when it returns.
            days.add(exposure.due and day_after(exposure.due))
        elif exposure.due is not None:
            first[exposure.severity] = min(exposure.due, first.get(exposure.severity, exposure.due))
    days |= {day_after(day) for day in first.values()}
    # Days begin at UTC midnight, wherever the page is read.
    points = {datetime.combine(day, time(), UTC) for day in days if day}
    return sorted(points | set(freshness_limits(evidence, policy)))


def freshness_limits(evidence: Sequence[Evidence], policy: GradePolicy) -> list[datetime]:
    """The first whole second past each age limit of the oldest complete required scan."""
    times = [item.scanned_at for item in evidence if item.complete and item.scanned_at]
    if not times:
        return []
    limits = policy.limits(min(times))
    # Published times have whole seconds; one second later the limit is certainly passed.
    return [limit.replace(microsecond=0) + timedelta(seconds=1) for limit, _, _ in limits]


def schedule(
    points: Iterable[datetime],
    grade_at: Callable[[datetime], GradeReport],
    remediation_at: Callable[[datetime, Grade], str],
    known_since: datetime,
) -> list[ScheduleStep]:
    """The steps from `known_since` on; only those that change the grade or the remediation."""
    steps: list[ScheduleStep] = []
    for start in (known_since, *(point for point in points if point > known_since)):
        found = grade_at(start)
        word = remediation_at(start, found.grade)
        # Another reason for the same grade is no step: the page would announce a change that is
        # none.
        if not steps or (found.grade, word) != (steps[-1].grade, steps[-1].remediation_status):
            steps.append(ScheduleStep(start, found.grade, found.deciding[0].text, word))
    return steps


def current(steps: Sequence[ScheduleStep], now: datetime) -> int:
    """The index of the step that holds at `now`."""
    held = [number for number, step in enumerate(steps) if step.start <= now]
    return held[-1] if held else 0


def valid_until(
    steps: Sequence[ScheduleStep], limits: Sequence[datetime], now: datetime
) -> datetime | None:
    """When the present statement runs out: the next change, or the end of the scans' life.

    None when nothing is proved now, so that there is nothing that could be valid.
    """
    ends = [step.start for step in steps if step.start > now]
    ends += [limit for limit in limits if limit > now]
    return min(ends) if ends else None

"""Day counts and due dates. All days are UTC calendar days; no count is ever negative."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from secstatus.findings.finding import Finding
from secstatus.status.grade import Exposure
from secstatus.status.policy import GradePolicy


def utc_day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def days_between(start: date, end: date) -> int:
    """Whole UTC days from `start` to `end`; 0 when `end` is not later."""
    return max(0, (end - start).days)


def day_after(day: date) -> date | None:
    """The next day; None past the end of the calendar (`9999-12-31` means never)."""
    # An OverflowError from an attacker's `9999-12-31` in a plan would stop the build.
    return None if day == date.max else day + timedelta(days=1)


def due_date(finding: Finding, policy: GradePolicy) -> tuple[date | None, str]:
    """The last day in time, and who set it: `policy`, or `plan` when its target is earlier."""
    # Informational findings have no time limit.
    days = policy.sla_days.get(finding.severity)
    by_policy = None if days is None else finding.discovered_date + timedelta(days=days)
    target = finding.plan.target if finding.plan else None
    # SPEC 3: only an earlier target counts; a plan cannot extend the policy.
    if target is not None and (by_policy is None or target < by_policy):
        return target, "plan"
    return by_policy, "policy" if by_policy else ""


def make_exposure(finding: Finding, policy: GradePolicy) -> Exposure:
    """The finding as the grade sees it."""
    plan = finding.plan
    # Asked for its last day: an acceptance without a reason or an end suppresses on no day.
    accepted = plan.expires if plan and plan.expires and plan.suppresses(plan.expires) else None
    return Exposure(finding.severity, due_date(finding, policy)[0], accepted)


def days_since_last_vulnerability(
    reported: int, counted: int | None, counted_on: date, today: date
) -> int | None:
    """0 while anything is reported, accepted or not; else the count of the file, carried on.

    None when the file does not know either.
    """
    if reported:
        return 0
    if counted is None:
        return None
    return counted + days_between(counted_on, today)

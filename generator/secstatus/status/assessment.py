"""SecurityStatus: everything that holds on a day, from what the files tell.

The one place where facts meet the moment. Pages, JSON, badges and feeds all show this value and
compute nothing of their own, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from secstatus.findings.finding import Finding
from secstatus.findings.plans.plan import Plan
from secstatus.findings.severity import Severity
from secstatus.status.due_dates import (
    days_between,
    days_since_last_vulnerability,
    due_date,
    utc_day,
)
from secstatus.status.grade import GradeReport, Reason
from secstatus.status.grade_schedule import ScheduleStep, current, freshness_limits, valid_until
from secstatus.status.grader import SEVERE, Grader, find_section
from secstatus.status.merge_sources import MergedSources, merge_sources
from secstatus.status.policy import AssessmentPolicy, Grade
from secstatus.status.security_status import SecurityFinding, SecurityStatus, VulnerabilitySummary
from secstatus.status.status_document import StatusDocument

if TYPE_CHECKING:
    from secstatus.findings.document.reader import FindingsDocument


def assess(
    status: StatusDocument,
    now: datetime,
    policy: AssessmentPolicy,
    document: FindingsDocument | None = None,
    plans: Mapping[str, Plan] | None = None,
    others: Sequence[Reason] = (),
    known: Sequence[Finding] = (),
    gone: Collection[str] = (),
) -> SecurityStatus:
    """The status at `now`. Pure: the same arguments give an equal value.

    `others` are ceilings that the caller knows of (an input that could not be read), `known` the
    open findings of the ledger, `gone` the ids, in lower case, of its closed ones.
    """
    merged = merge_sources(status, document, plans or {}, known, gone)
    grader = Grader(status, merged.findings, policy, others)
    steps = grader.steps()
    held = steps[current(steps, now)]
    limits = freshness_limits(grader.evidence, policy.grade)
    as_of = _as_of(now, held.start, status.last_updated, limits)
    return _status_at(as_of, held, steps, grader, merged, policy)


def _status_at(
    as_of: datetime,
    held: ScheduleStep,
    steps: Sequence[ScheduleStep],
    grader: Grader,
    merged: MergedSources,
    policy: AssessmentPolicy,
) -> SecurityStatus:
    """The status, of whose steps `held` is the one that holds at `as_of`."""
    status, found = grader.status, grader.grade_at(as_of)
    findings = _assessed(merged.findings, utc_day(as_of), policy)
    summaries = _summaries(findings)
    return SecurityStatus(
        as_of=as_of,
        changes_at=_changes_at(as_of, steps, freshness_limits(grader.evidence, policy.grade)),
        last_updated=status.last_updated,
        scan_date=grader.scanned_at,
        vulnerability_summary=summaries["vulnerability"],
        findings=findings,
        security_grade=found.grade,
        reasons=found.reasons,
        schedule=tuple(step for step in steps if step.start >= held.start),
        past=tuple(step for step in steps if step.start <= as_of),
        valid_until=_valid_until(found, steps, grader, as_of),
        next_scan_due=grader.scanned_at + policy.grade.cadence,
        days_since_last_vulnerability=_days_since(
            status, summaries["vulnerability"], found, utc_day(as_of)
        ),
        remediation_status=held.remediation_status,
        scans=tuple(status.scans or ()),
        coverage_stated=status.scans is not None,
        required=tuple(item.scanner for item in grader.evidence),
        missing=tuple(item for item in grader.evidence if not item.complete),
        disagreements=(*merged.disagreements, *grader.boasts()),
        stated_grade=status.security_grade,
        revision=status.revision,
        other_summary=summaries["other"],
        code_summary=summaries["code"],
        grade_without_accepted=grader.grade_without_accepted(as_of),
        grade_scopes=policy.grade_scopes,
    )


def _as_of(
    now: datetime, held_since: datetime, last_updated: datetime, limits: Sequence[datetime]
) -> datetime:
    """The first moment from which on everything that is shown has held.

    A passed age limit of the scans counts, even if it does not change the grade.
    """
    midnight = datetime.combine(utc_day(now), time(), UTC)
    passed = [limit for limit in limits if limit <= now]
    return max(midnight, held_since, last_updated.replace(microsecond=0), *passed)


def _changes_at(
    as_of: datetime, steps: Sequence[ScheduleStep], limits: Sequence[datetime]
) -> datetime:
    midnight = datetime.combine(utc_day(as_of) + timedelta(days=1), time(), UTC)
    ahead = [moment for moment in (*(step.start for step in steps), *limits) if moment > as_of]
    return min([midnight, *ahead])


def _valid_until(
    found: GradeReport, steps: Sequence[ScheduleStep], grader: Grader, now: datetime
) -> datetime | None:
    if any(reason.ceiling is Grade.UNKNOWN for reason in found.reasons):
        return None
    return valid_until(steps, freshness_limits(grader.evidence, grader.policy)[-1:], now)


def _days_since(
    status: StatusDocument, summary: VulnerabilitySummary, found: GradeReport, today: date
) -> int | None:
    reported = summary.total + summary.accepted  # what is accepted has not been resolved
    if not reported and any(reason.ceiling is Grade.UNKNOWN for reason in found.reasons):
        return None  # nobody knows whether there was one since
    counted = status.days_since_last_vulnerability
    return days_since_last_vulnerability(reported, counted, utc_day(status.last_updated), today)


def _assessed(
    findings: Sequence[Finding], today: date, policy: AssessmentPolicy
) -> tuple[SecurityFinding, ...]:
    """The findings on this day, most urgent first."""
    return tuple(sorted((_on(today, item, policy) for item in findings), key=_urgency))


def _on(today: date, finding: Finding, policy: AssessmentPolicy) -> SecurityFinding:
    due, by = due_date(finding, policy.grade)
    return SecurityFinding(
        finding=finding,
        days_since_discovery=days_between(finding.discovered_date, today),
        due_date=due,
        due_by=by,
        overdue=due is not None and today > due,
        accepted=finding.plan is not None and finding.plan.suppresses(today),
        section=find_section(finding, policy.grade_scopes),
    )


def _urgency(item: SecurityFinding) -> tuple[object, ...]:
    return (
        item.accepted,
        item.severity.rank,
        not item.overdue,
        item.due_date or date.max,
        item.finding.key,
    )


def _summaries(findings: Sequence[SecurityFinding]) -> dict[str, VulnerabilitySummary]:
    sections = ("vulnerability", "other", "code")
    return {
        name: _summary([each for each in findings if each.section == name]) for name in sections
    }


def _summary(findings: Sequence[SecurityFinding]) -> VulnerabilitySummary:
    counts = dict.fromkeys((severity.value for severity in Severity), 0)
    counted = [item for item in findings if not item.accepted]
    for item in counted:
        counts[item.severity.value] += 1
    severe = [item for item in findings if item.accepted and item.severity in SEVERE]
    return VulnerabilitySummary(
        total=len(counted),
        accepted=len(findings) - len(counted),
        overdue=sum(item.overdue for item in counted),
        accepted_severe=len(severe),
        **counts,
    )

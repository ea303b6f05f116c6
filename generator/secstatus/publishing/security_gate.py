"""The gate of a release on the security status."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from secstatus.findings.severity import Severity
from secstatus.publishing.policy import PreflightPolicy
from secstatus.status.policy import Grade
from secstatus.text.escaping import shorten, to_one_line

if TYPE_CHECKING:
    from secstatus.status.security_status import SecurityStatus

MOST_NAMED = 20


def find_objections(status: SecurityStatus, policy: PreflightPolicy) -> tuple[str, ...]:
    """The reasons why the status does not allow a release, one line each; empty if it does.

    A status that is not proved, not fresh or worse than the policy allows never does.
    """
    return tuple(_objections(status, policy))


def _objections(status: SecurityStatus, policy: PreflightPolicy) -> Iterator[str]:
    for reason in status.reasons:
        # A stale status may still have grade B or C, and proves nothing about this release.
        old = reason.rule.startswith("freshness.") and reason.ceiling is not Grade.A
        if reason.ceiling is Grade.UNKNOWN or old:
            yield shorten(to_one_line(f"{reason.text}. {reason.detail}")).strip()
    if not status.proved:
        yield "the grade is not proved"
    if policy.coverage_required and not status.coverage_stated:
        yield "the status does not name its scans; ingest the reports of the scanners"
    grade = status.security_grade
    if grade is Grade.UNKNOWN:
        yield "the grade is ?, and a release needs a proved grade"
    # A higher rank is a worse grade.
    elif grade.rank > policy.worst_grade.rank:
        yield f"the grade is {grade.value}, at least {policy.worst_grade.value} is required"
    summary = status.vulnerability_summary
    yield from _too_many(status, Severity.CRITICAL, summary.critical, policy.most_critical)
    yield from _too_many(status, Severity.HIGH, summary.high, policy.most_high)


def _too_many(
    status: SecurityStatus, severity: Severity, count: int, most: int | None
) -> Iterator[str]:
    if most is None or count <= most:
        return
    found = [
        shorten(to_one_line(each.finding_id), 120)
        for each in status.findings
        # Accepted findings do not count in the summary either.
        if each.severity is severity and not each.accepted
    ]
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    named = ", ".join(found[:MOST_NAMED]) + more
    yield f"{count} open {severity.value} findings, at most {most} are allowed: {named}"

"""The verdict in words. Every sentence follows from the evidence, none from the grade."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from secstatus.findings.finding import Finding
from secstatus.findings.scan_group import NO_DEPENDENCIES
from secstatus.findings.severity import Severity
from secstatus.site.formatting import grade_word, name_grade
from secstatus.status.due_dates import days_between, utc_day
from secstatus.status.grade import UNREADABLE, Evidence, Exposure, Reason, grade, worst
from secstatus.status.grade_schedule import ScheduleStep
from secstatus.status.grader import SEVERE
from secstatus.status.policy import Grade, GradePolicy
from secstatus.status.scan_coverage import get_verdict
from secstatus.status.security_status import SecurityFinding, SecurityStatus, VulnerabilitySummary
from secstatus.status.status_document import ScanRecord
from secstatus.text.nouns import format_count

# The sentence is also the page's meta description; with more clauses search engines cut it off.
MOST_DOUBTS = 3
_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_SHORTFALLS = {
    "failed": "failed",
    "partial": "covered only a part",
    "unstated": "does not state its coverage",
}


def grade_words(status: SecurityStatus) -> str:
    """`A`, or `A, 2 accepted; F without`: the grade is not named without what it leaves out."""
    number = status.vulnerability_summary.accepted + status.code_summary.accepted
    return name_grade(status.security_grade, number, status.grade_without_accepted)


def step_words(status: SecurityStatus, step: ScheduleStep, policy: GradePolicy) -> str:
    """`grade_words` of a step of the schedule."""
    # An acceptance can end between two steps, so it is asked for each step's own day.
    accepted = list_accepted_on(status, utc_day(step.start))
    if not accepted:
        return grade_word(step.grade)
    graded = [item for item in status.findings if item.section != "other"]
    return name_grade(step.grade, len(accepted), without_acceptance(step, graded, policy))


def without_acceptance(
    step: ScheduleStep, findings: Iterable[SecurityFinding], policy: GradePolicy
) -> Grade:
    """Return the grade of the step if none of the findings were accepted."""
    bare = [Exposure(item.severity, item.due_date) for item in findings]
    # Coverage and age are in the letter of the step; only the findings are counted anew.
    covered = [Evidence("", complete=True, scanned_at=None)]
    return worst((step.grade, grade(bare, covered, step.start, policy).grade))


def list_accepted_on(status: SecurityStatus, day: date) -> list[SecurityFinding]:
    """The findings that the grade of that day leaves out by acceptance."""
    return [
        item
        for item in status.findings
        # Development and tool dependencies are not graded, so a plan for one improves no grade.
        if item.section != "other" and item.finding.plan and item.finding.plan.suppresses(day)
    ]


def has_severe(findings: Iterable[SecurityFinding]) -> bool:
    return any(item.severity in SEVERE for item in findings)


def severe_words(findings: Iterable[Finding | SecurityFinding]) -> str:
    """`2 critical, 1 high`: the severe ones among the findings; empty for none."""
    severities = [item.severity for item in findings]
    counted = [(severities.count(severity), severity) for severity in SEVERE]
    return ", ".join(f"{number} {severity}" for number, severity in counted if number)


def severe_accepted(status: SecurityStatus) -> list[SecurityFinding]:
    """The critical and high findings of the graded sections that are open and accepted."""
    found = [item for item in status.findings if item.accepted and item.section != "other"]
    return [item for item in found if item.severity in SEVERE]


def describe_open(status: SecurityStatus) -> str:
    """Describe what is open and what is not known: at most one sentence, without its subject."""
    doubts = doubts_of(status)
    # `?` names what is missing first; the counts would read as if they were complete.
    if status.security_grade is Grade.UNKNOWN:
        return f"{_listed(doubts)}."
    parts = [_vulnerabilities(status), _in_code(status), _accepted(status)]
    # A C for an old scan has no finding to name: its rule is the only explanation.
    said = [part for part in parts if part] or [_because(status)]
    return "; ".join([*said, *([_listed(doubts)] if doubts else [])]) + "."


def title_words(status: SecurityStatus) -> str:
    """The grade and the open findings, for a window title."""
    summary, code = status.vulnerability_summary, status.code_summary
    known = "" if status.proved else "at least "
    parts = [f"grade {grade_words(status)}"]
    if summary.total:
        parts.append(
            f"{known}{format_count(summary.total, 'open vulnerability', 'open vulnerabilities')}"
        )
    if code.total:
        parts.append(f"{known}{format_count(code.total, 'finding')} in the code")
    # The most quoted words of the site: they need complete, fresh scans and no accepted severe
    # finding.
    if len(parts) == 1 and status.proved and not status.accepts_severe:
        parts.append("no known vulnerability")
    return ", ".join(parts)


def _because(status: SecurityStatus) -> str:
    """Return the reason for a grade that does not follow from a finding."""
    return next(r.text for r in status.reasons if r.ceiling is status.security_grade)


def _vulnerabilities(status: SecurityStatus) -> str:
    summary = status.vulnerability_summary
    if summary.total:
        # Words up to nine, figures above, as most style guides have it.
        number = _NUMBERS[summary.total] if summary.total < len(_NUMBERS) else str(summary.total)
        known = "" if status.proved else "at least "
        # "two high vulnerabilities" only where all of them are; "unknown" would be read as "not
        # identified".
        kinds = [severity for severity in Severity if getattr(summary, severity)]
        kind = f" {kinds[0]}" if len(kinds) == 1 and kinds[0] is not Severity.UNKNOWN else ""
        noun = " vulnerability is open" if summary.total == 1 else " vulnerabilities are open"
        return f"{known}{number}{kind}{noun}{_details(status, alike=len(kinds) == 1)}"
    if not status.proved or status.accepts_severe:
        return ""
    # What is accepted here is medium at most: severe ones have returned above.
    mild = f", {summary.accepted} accepted" if summary.accepted else ""
    return f"no known vulnerability is open{mild}"


def _details(status: SecurityStatus, *, alike: bool) -> str:
    summary, code = status.vulnerability_summary, status.code_summary
    found = [] if alike else [_severe_counts(summary)]
    found += [f"{summary.overdue} overdue"] if summary.overdue else []
    if told := ", ".join(filter(None, found)):
        return f", {told}"
    others = code.critical or code.high or code.overdue or status.accepts_severe
    # What is not known has no best case.
    if not status.proved or others or summary.critical or summary.high:
        return ""
    # A praise is complete or absent: each clause of it has been checked above.
    return ", none overdue" if alike else ", none critical or high, none overdue"


def _severe_counts(summary: VulnerabilitySummary) -> str:
    numbers = (("critical", summary.critical), ("high", summary.high))
    return ", ".join(f"{number} {name}" for name, number in numbers if number)


def _in_code(status: SecurityStatus) -> str:
    summary = status.code_summary
    if not summary.total:
        return ""
    details = [_severe_counts(summary), f"{summary.overdue} overdue" if summary.overdue else ""]
    told = ", ".join(filter(None, details))
    known = "" if status.proved else "at least "
    words = f"{known}{format_count(summary.total, 'finding')} in the code"
    return f"{words}, {told}" if told else words


def _accepted(status: SecurityStatus) -> str:
    """The accepted findings, where one of them is severe: they are open all the same."""
    if not status.accepts_severe:
        return ""
    number = status.vulnerability_summary.accepted + status.code_summary.accepted
    verb = "is" if number == 1 else "are"
    severe = severe_words(severe_accepted(status))
    return f"{format_count(number, 'accepted finding')} {verb} still open ({severe})"


def _listed(clauses: Sequence[str]) -> str:
    shown = ", ".join(clauses[:MOST_DOUBTS])
    # The rest is counted, not dropped: three of ten doubts must not look like all of them.
    more = len(clauses) - MOST_DOUBTS
    return f"{shown} and {more} more" if more > 0 else shown


def doubts_of(status: SecurityStatus) -> list[str]:
    """Why the grade is not proved, as clauses; empty where it is."""
    rules = [reason for reason in status.reasons if reason.ceiling is Grade.UNKNOWN]
    missing = [_shortfall(item, status.scans) for item in status.missing]
    # `coverage.missing` is told scanner by scanner, which is what a maintainer can act on.
    others = [_doubt(reason) for reason in rules if reason.rule != "coverage.missing"]
    # Two scanners can fail in the same words; the order is that of the rules.
    return list(dict.fromkeys([*missing, *others]))


def _shortfall(evidence: Evidence, scans: Sequence[ScanRecord]) -> str:
    name = evidence.scanner
    mine = [get_verdict(scan) for scan in scans if scan.scanner == name]
    short = [_SHORTFALLS[verdict] for verdict in mine if verdict in _SHORTFALLS]
    if short:
        return f"{name} {short[0]}"
    # The stand-in that `scan_coverage` uses where no dependency scan is known by name.
    if name == "a dependency scanner":
        return "no scan covers the dependencies from PyPI"
    return f"{name} has no scan"


def _doubt(reason: Reason) -> str:
    if reason.rule.startswith("freshness"):
        return "the last scan is too old to prove anything"
    if reason.rule == UNREADABLE:
        return "the newest status file cannot be read"
    if reason.rule == "coverage.none":
        return "no scan is known"
    # An abbreviation or a name keeps its capitals.
    text = reason.text.rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def explanation(status: SecurityStatus) -> str:
    """The second sentence: on what the first one rests."""
    if not status.proved:
        return _unproved(status)
    parts = [_coverage(status), _no_dependencies(status), _apart(status)]
    return " ".join(filter(None, parts))


def _unproved(status: SecurityStatus) -> str:
    law = "Missing evidence is never read as “nothing found”."
    if status.security_grade is not Grade.UNKNOWN:
        return f"{law} More may be open. {_apart(status)}".strip()
    # `?` hides no D or F: what is known to be open follows the law in the same breath.
    known = [_vulnerabilities(status), _in_code(status), _accepted(status)]
    said = "; ".join(filter(None, known))
    known_words = f"{said[0].upper()}{said[1:]}." if said else ""
    return " ".join(filter(None, [law, known_words, _apart(status)]))


def _coverage(status: SecurityStatus) -> str:
    if not status.coverage_stated:
        # SPEC 3: the design's own schema has no `scans`. It is the one exception, and the page says
        # so.
        return "The status file does not state its coverage; its scan date counts as one scan."
    if status.fresh:
        return f"Every required scanner finished ({', '.join(status.required)})."
    age = format_count(days_between(utc_day(status.scan_date), status.today), "day")
    return f"The oldest required scan is {age} old."


def _no_dependencies(status: SecurityStatus) -> str:
    scans = [scan for scan in status.scans if get_verdict(scan) == "complete"]
    # "Declares no dependencies" is a fact that a complete scan carries among its problems.
    problems = [problem for scan in scans for problem in scan.problems]
    return NO_DEPENDENCIES if NO_DEPENDENCIES in problems else ""


def _apart(status: SecurityStatus) -> str:
    """The findings that are not graded."""
    number = status.other_summary.total
    if not number:
        return ""
    verb = "is" if number == 1 else "are"
    where = "development dependencies and tools"
    return f"{format_count(number, 'finding')} in {where} {verb} not in the grade."


def stale_from(status: SecurityStatus, policy: GradePolicy) -> datetime | None:
    """Return when the first age ceiling of the grade begins; None without a complete required scan.

    A scan is out of date when its age limits the grade, not when the next scan is due.
    """
    done = [
        scan.scanned_at
        for scan in status.scans
        if scan.scanner in status.required and get_verdict(scan) == "complete"
    ]
    # The oldest scan decides: one fresh scanner says nothing about what another one covers.
    oldest = min(done, default=None) if status.coverage_stated else status.scan_date
    return freshness_start(oldest, policy) if oldest else None


def freshness_start(oldest: datetime, policy: GradePolicy) -> datetime:
    """The first second past the first limit of age, as the schedule has it."""
    # "Older than" is strict (decision 5): at the limit itself the scan still counts.
    return policy.limits(oldest)[0][0].replace(microsecond=0) + timedelta(seconds=1)

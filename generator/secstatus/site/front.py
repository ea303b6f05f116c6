"""The front page in words: every sentence is computed from the status, none is typed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from secstatus.findings.plan import PlanState
from secstatus.findings.severity import Severity
from secstatus.site.dates import count
from secstatus.site.records import Record
from secstatus.status.assessment import SecurityFinding, SecurityStatus
from secstatus.status.document import ScanRecord
from secstatus.status.evidence import shortfall_of, verdict_of
from secstatus.status.exposure import days_between, utc_day
from secstatus.status.grade import UNREADABLE, Letter

FRONT_ROWS = 25
FRONT_DISAGREEMENTS = 12
_CLASSES = {"A": "a", "B": "b", "C": "c", "?": "u", "D": "d", "F": "f"}
_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def grade_class(letter: str) -> str:
    return _CLASSES[str(letter)]


def grade_name(letter: Letter) -> str:
    return "Grade unknown" if letter is Letter.UNKNOWN else f"Grade {letter}"


@dataclass(frozen=True, slots=True)
class Ages:
    """What of a finding moves with the days."""

    days: str
    due: str
    late: bool


def ages_of(item: SecurityFinding, today: date) -> Ages:
    left = (item.due_date - today).days if item.due_date else 0
    due = "today" if left == 0 else f"in {count(left, 'day')}"
    if left < 0:
        due = f"{count(-left, 'day')} overdue"
    return Ages(count(item.days_since_discovery, "day"), due, left < 0)


def sentence(status: SecurityStatus) -> str:
    """What the grade says, in words: the same fact as the letter."""
    total = status.vulnerability_summary.total
    if status.security_grade is Letter.UNKNOWN:
        return _unknown(status)
    if total == 0:
        accepted = status.vulnerability_summary.accepted
        clean = "no known vulnerability is open"
        return f"{clean}, {accepted} accepted." if accepted else f"{clean}."
    return f"{_words(status)} open{_worst(status)}."


def _unknown(status: SecurityStatus) -> str:
    rules = [reason for reason in status.reasons if reason.ceiling is Letter.UNKNOWN]
    if any(reason.rule.startswith("freshness") for reason in rules):
        return "the last scan is too old to prove anything."
    names = [item.scanner for item in status.missing]
    if names:
        return f"{' and '.join(names[:3])} did not finish, so nobody knows."
    if any(reason.rule == UNREADABLE for reason in rules):
        return "the newest status cannot be read."
    return "the evidence contradicts itself."


def _words(status: SecurityStatus) -> str:
    """`Three medium findings`, `Two findings`, `12 findings`."""
    summary = status.vulnerability_summary
    kinds = [severity for severity in Severity if getattr(summary, severity)]
    kind = f" {kinds[0]}" if len(kinds) == 1 and kinds[0] is not Severity.UNKNOWN else ""
    number = _NUMBERS[summary.total] if summary.total < len(_NUMBERS) else str(summary.total)
    return f"{number}{kind} finding{'s' if summary.total != 1 else ''}"


def _worst(status: SecurityStatus) -> str:
    summary = status.vulnerability_summary
    found = [
        f"{getattr(summary, name)} {name}"
        for name in ("critical", "high")
        if getattr(summary, name)
    ]
    if summary.overdue:
        found.append(f"{summary.overdue} overdue")
    return ", " + ", ".join(found) if found else ", none critical or high, none overdue"


def explanation(status: SecurityStatus) -> str:
    """The second sentence: on what the first one rests."""
    if status.security_grade is Letter.UNKNOWN:
        known = status.vulnerability_summary.total
        stays = f" {count(known, 'finding')} seen earlier still count as open." if known else ""
        return "Missing evidence is never read as “nothing found”." + stays
    if not status.coverage_stated:
        return "The status file does not state its coverage; its scan date stands for a scan."
    names = ", ".join(status.required)
    return f"Every required scanner finished ({names})." if status.fresh else "The scans are late."


def banners(status: SecurityStatus) -> list[Mapping[str, str]]:
    """What a reader has to know before the grade."""
    found: list[Mapping[str, str]] = [
        {
            "kind": "bad",
            "title": f"{reason.text}.",
            "text": f"{reason.detail}. What follows is the last good status.",
        }
        for reason in status.reasons
        if reason.rule == UNREADABLE
    ]
    if not status.fresh:
        age = count(days_between(utc_day(status.scan_date), status.today), "day")
        found.append(
            {"kind": "warn", "title": "Stale.", "text": f"The oldest required scan is {age} old."}
        )
    for scan in status.scans:
        if verdict_of(scan) != "complete" and scan.scanner in status.required:
            word = {
                "failed": "failed",
                "partial": "saw only a part",
                "unstated": "does not say what it saw",
            }
            kind = "bad" if verdict_of(scan) == "failed" else "warn"
            text = shortfall_of(scan) or "What it would have found is not known."
            good = _last_good(scan)
            found.append(
                {
                    "kind": kind,
                    "title": f"{scan.scanner} {word[verdict_of(scan)]}.",
                    "text": f"{text} {good}".strip(),
                }
            )
    if status.disagreements:
        number = count(len(status.disagreements), "contradiction")
        found.append({"kind": "warn", "title": "The sources disagree.", "text": f"{number} below."})
    return found


def _last_good(scan: ScanRecord) -> str:
    if scan.last_complete_at is None:
        return ""
    grade = f": {scan.last_complete_grade}" if scan.last_complete_grade else ""
    age = count(days_between(utc_day(scan.last_complete_at), utc_day(scan.scanned_at)), "day")
    return f"Last complete scan {age} before{grade}."


def scan_row(scan: ScanRecord, status: SecurityStatus) -> dict[str, Any]:
    skipped = [
        f"{item.name} ({item.reason})" if item.reason else item.name for item in scan.skipped
    ]
    notes = [scan.tool_version, "" if scan.required else "not required"]
    return {
        "age": count(days_between(utc_day(scan.scanned_at), status.today), "day"),
        "at": scan.scanned_at,
        "examined": _examined(scan),
        "note": ", ".join(note for note in notes if note),
        "problem": "; ".join(scan.problems[:3]),
        "scanner": scan.scanner,
        "skipped": f"{len(skipped)} skipped: " + "; ".join(skipped[:3]) if skipped else "",
        "verdict": verdict_of(scan),
    }


def _examined(scan: ScanRecord) -> str:
    return "not stated" if scan.audited is None else f"{scan.audited:,} {scan.unit or 'items'}"


def way_up(status: SecurityStatus, records: Sequence[Record]) -> str:
    """What would have to happen for a better grade."""
    grade = status.security_grade
    if grade is Letter.A:
        return ""
    deciding = {r.rule.split(".")[0] for r in status.reasons if r.ceiling is grade}
    steps = []
    if deciding & {"freshness"}:
        steps.append("scan again")
    if deciding & {"coverage"}:
        steps.append("complete the scans that are missing")
    fixes = [
        f"{r['package']} to {r['fix_version']}"
        for r in records
        if r["fix_version"] and r["status"] == "open"
    ]
    if fixes and deciding & {"critical", "high", "medium", "low"}:
        more = f" and {len(fixes) - 3} more" if len(fixes) > 3 else ""
        steps.append("upgrade " + ", ".join(fixes[:3]) + more)
    aim = "To end the unknown" if grade is Letter.UNKNOWN else f"To get better than {grade}"
    return f"{aim}: {'; '.join(steps)}." if steps else ""


def accepted_rows(pairs: Sequence[tuple[SecurityFinding, Record]]) -> list[dict[str, Any]]:
    words = {PlanState.FALSE_POSITIVE: "False positive", PlanState.ACCEPTED_RISK: "Accepted risk"}
    return [
        {
            "record": record,
            "state": words[item.finding.plan.state],
            "reason": _closed(item.finding.plan.reason),
            "expires": item.finding.plan.expires,
        }
        for item, record in pairs
        if item.accepted and item.finding.plan
    ]


def _closed(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."


def counts(status: SecurityStatus) -> list[dict[str, Any]]:
    """The counts, worst first. A zero is green nowhere."""
    summary = status.vulnerability_summary
    order = ("critical", "high", "medium", "low", "unknown")
    found = [{"css": name, "label": name, "number": getattr(summary, name)} for name in order]
    return [*found, {"css": "accepted", "label": "accepted", "number": summary.accepted}]


def notes(status: SecurityStatus) -> dict[str, str]:
    """The small print beside the facts."""
    summary = status.vulnerability_summary
    unknown = status.security_grade is Letter.UNKNOWN
    if not status.coverage_stated:
        scan = "coverage not stated"
    else:
        done = sum(verdict_of(scan) == "complete" for scan in status.scans)
        scan = f"{done} of {count(len(status.scans), 'scanner')} complete"
    reported = summary.total + summary.accepted
    days = "counts when nothing is reported" if reported else "since the last one was resolved"
    if unknown and not reported:
        days = "the evidence does not say"
    return {
        "scan_note": scan,
        "next_note": "after it, doubt this page",
        "remediation_note": f"{summary.total} open, {summary.overdue} overdue",
        "days_note": days,
        "findings_note": f"{summary.total} in all, most urgent first." if summary.total else "",
        "no_findings": "None is known, and nobody can say that there is none."
        if unknown
        else "No known vulnerability is open.",
    }

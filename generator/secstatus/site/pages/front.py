"""The front page below its verdict: banners, counts, sections. Nothing in it is typed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from secstatus.findings.plans.plan import PlanState
from secstatus.findings.severity import Severity
from secstatus.site.pages.coverage import remedy_of
from secstatus.site.pages.verdict import severe_accepted, severe_words
from secstatus.site.records import Record, package_words, rule_of
from secstatus.status.due_dates import days_between, utc_day
from secstatus.status.grade import UNREADABLE
from secstatus.status.policy import Grade
from secstatus.status.scan_coverage import describe_shortfall, get_verdict
from secstatus.status.security_status import SecurityFinding, SecurityStatus
from secstatus.status.status_document import ScanRecord
from secstatus.text.nouns import format_count

# The front page stays under 15 kB transferred (SPEC 11); what is cut is counted and linked.
FRONT_ROWS = 25
FRONT_DISAGREEMENTS = 12
FRONT_RULES = 15
FRONT_PLACES = 8
Pair = tuple[SecurityFinding, Record]


@dataclass(frozen=True, slots=True)
class Ages:
    """What of a finding moves with the days."""

    days: str
    due: str
    late: bool


def ages_of(item: SecurityFinding, today: date) -> Ages:
    # Whole UTC days, as everywhere: a finding that is due today is not overdue before midnight.
    left = (item.due_date - today).days if item.due_date else 0
    due = "today" if left == 0 else f"in {format_count(left, 'day')}"
    if left < 0:
        due = f"{format_count(-left, 'day')} overdue"
    return Ages(format_count(item.days_since_discovery, "day"), due, left < 0)


def banners(status: SecurityStatus) -> list[Mapping[str, str]]:
    """What a reader has to know before the grade."""
    found = [_unreadable(reason.text, reason.detail) for reason in status.reasons
             if reason.rule == UNREADABLE]  # fmt: skip
    # `fresh` follows the grade, not the cadence: a weekly job that runs on time shows no warning.
    if not status.fresh:
        age = format_count(days_between(utc_day(status.scan_date), status.today), "day")
        text = f"The oldest required scan is {age} old."
        found.append({"kind": "warn", "title": "Out of date.", "text": text})
    found += [
        _incomplete(scan, status)
        for scan in status.scans
        # Optional scanners have a note in the table of coverage; a banner would be a false alarm.
        if get_verdict(scan) != "complete" and scan.scanner in status.required
    ]
    if status.disagreements:
        number = format_count(len(status.disagreements), "contradiction")
        found.append({"kind": "warn", "title": "The sources disagree.", "text": f"{number} below."})
    return found


def _unreadable(text: str, detail: str) -> Mapping[str, str]:
    # SPEC 3: on an unreadable status the build keeps the last good one and says so on the page.
    words = f"{detail}. What follows is the last good status."
    return {"kind": "bad", "title": f"{text}.", "text": words}


def _incomplete(scan: ScanRecord, status: SecurityStatus) -> Mapping[str, str]:
    verdict = get_verdict(scan)
    words = {"failed": "failed", "partial": "covered only a part"}
    # `unstated`, and a verdict of a newer schema: neither is a failure, and neither is complete.
    word = words.get(verdict, "does not state its coverage")
    reason = describe_shortfall(scan) or "Its result is not known."
    text = f"{reason} {remedy_of(scan, status)} {_last_good(scan)}"
    return {
        "kind": "bad" if verdict == "failed" else "warn",
        "title": f"{scan.scanner} {word}.",
        "text": " ".join(text.split()),
    }


def _last_good(scan: ScanRecord) -> str:
    """When the scanner last finished. The grade of that day is in the history, not here."""
    # Not "never": a ledger that was lost begins anew, and the file cannot tell the difference.
    if scan.last_complete_at is None:
        return ""
    age = format_count(
        days_between(utc_day(scan.last_complete_at), utc_day(scan.scanned_at)), "day"
    )
    return f"Its last complete scan was {age} before."


def todo(status: SecurityStatus, open_pairs: Sequence[Pair], own: Sequence[Record]) -> str:
    """What to do for a better grade. `own`: open advisories about the package itself."""
    steps = [*_scan_steps(status), *_finding_steps(status, open_pairs, own)]
    if steps:
        return f"To improve the grade: {'; '.join(steps)}."
    # "No action" is a promise: an A with accepted severe findings, or with mild ones open, has
    # none.
    clean = status.security_grade is Grade.A and not open_pairs and not status.accepts_severe
    return "No action is required before the next scan." if clean and status.fresh else ""


def _scan_steps(status: SecurityStatus) -> list[str]:
    # A rule is `group.detail`; the group is enough to know which step helps.
    rules = {reason.rule.split(".")[0] for reason in status.reasons if reason.ceiling != Grade.A}
    steps = ["scan again"] if "freshness" in rules else []
    names = [item.scanner for item in status.missing]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        steps.append(f"get a complete scan of {', '.join(names[:3])}{more}")
    return steps


def _finding_steps(
    status: SecurityStatus, open_pairs: Sequence[Pair], own: Sequence[Record]
) -> list[str]:
    if not any(r.ceiling != Grade.A for r in status.reasons if r.rule.split(".")[0] in _SEVERITIES):
        return []
    # An upgrade does not fix an advisory about the package itself: it has a step of its own below.
    ids = {record["name"] for record in own}
    records = [record for _, record in open_pairs if record["name"] not in ids]
    fixes = [f"{package_words(r)} to {r['fix_version']}" for r in records if r["fix_version"]]
    # Several advisories end with the same upgrade.
    fixes = list(dict.fromkeys(fixes))
    steps = []
    if fixes:
        more = f" and {len(fixes) - 3} more" if len(fixes) > 3 else ""
        steps.append("upgrade " + ", ".join(fixes[:3]) + more)
    if own:
        names = ", ".join(record["finding_id"] for record in own[:3])
        # SPEC 2: only a release that the record's `fixed` names, confirmed by the maintainer,
        # resolves it.
        steps.append(f"release a version that {names} names as fixed, and confirm it in the plan")
    if status.code_summary.total:
        steps.append("fix the findings in the code")
    return steps


_SEVERITIES = ("critical", "high", "medium", "low")


def code_groups(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """The open findings in the code, by rule; the rules in the order of their worst finding."""
    rules: dict[str, list[Pair]] = {}
    for item, record in pairs:
        # Pairs come most urgent first, so the first of a rule is its worst finding.
        rules.setdefault(rule_of(record), []).append((item, record))
    return [
        {
            "more": max(0, len(some) - FRONT_PLACES),
            "number": len(some),
            "places": [_place(record) for _, record in some[:FRONT_PLACES]],
            "rule": rule,
            "severity": min((item.severity for item, _ in some), key=lambda each: each.rank).value,
            "source": some[0][1]["source"] or "",
            "title": some[0][1]["title"],
        }
        for rule, some in rules.items()
    ]


def _place(record: Record) -> dict[str, Any]:
    # Configuration checks of containers report neither a file nor a package.
    where = record["location"] or record["package"] or record["finding_id"]
    return {"name": record["name"], "unobserved": bool(record["unobserved"]), "where": where}


def make_accepted_rows(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    words = {PlanState.FALSE_POSITIVE: "False positive", PlanState.ACCEPTED_RISK: "Accepted risk"}
    return [
        {
            "record": record,
            "state": words[item.finding.plan.state],
            "reason": _closed(record["plan"]["reason"]),
            "expires": item.finding.plan.expires,
        }
        for item, record in pairs
        if item.accepted and item.finding.plan
    ]


def _closed(text: str) -> str:
    text = text.strip()
    # The reason is the user's text, set before another sentence.
    return text if text.endswith((".", "!", "?")) else text + "."


def counts(status: SecurityStatus) -> list[dict[str, Any]]:
    """The open vulnerabilities, worst first, then what is counted apart. A zero is never green."""
    summary, code = status.vulnerability_summary, status.code_summary
    order = ("critical", "high", "medium", "low", "unknown")
    found = [{"css": name, "label": name, "number": getattr(summary, name)} for name in order]
    if code.total:
        # One number for all code findings, so it takes the colour of the worst: never a greener
        # one.
        worst = next(name.value for name in Severity if getattr(code, name.value))
        found.append({"css": worst, "label": "in code", "number": code.total})
    accepted = summary.accepted + code.accepted
    return [*found, {"css": "accepted", "label": "accepted", "number": accepted}]


def notes(status: SecurityStatus) -> dict[str, str]:
    """The notes beside the facts, and the words of the sections."""
    summary = status.vulnerability_summary
    code, other = status.code_summary.total, status.other_summary.total
    return {
        "code_note": f"{format_count(code, 'finding')} of code and secret scanners. They are "
        "not known vulnerabilities, but count in the grade.",
        "days_note": _days_note(status),
        "findings_note": f"{summary.total} in all, most urgent first." if summary.total else "",
        "no_findings": _no_findings(status),
        "other_note": f"{format_count(other, 'finding')} in dependencies that users of the package "
        "do not install. They do not count in the grade, the counts and the badges.",
        "remediation_note": _remediation_note(status),
        "scan_note": _scan_note(status),
    }


def _scan_note(status: SecurityStatus) -> str:
    if not status.coverage_stated:
        return "coverage not stated"
    # All scans, not only required ones: the note says how many finished, the banners which matter.
    done = sum(get_verdict(scan) == "complete" for scan in status.scans)
    return f"{done} of {format_count(len(status.scans), 'scanner')} complete"


def _days_note(status: SecurityStatus) -> str:
    summary = status.vulnerability_summary
    # An accepted finding is open: the count starts when it is resolved, not when it is accepted.
    if summary.total + summary.accepted:
        return "counts when none is open"
    if not status.proved:
        return "the evidence does not say"
    known = status.days_since_last_vulnerability is not None
    return "since the last one was open" if known else "none is recorded"


def _remediation_note(status: SecurityStatus) -> str:
    """How many are open and overdue; a zero only where it is proved and nothing is accepted."""
    summary, code = status.vulnerability_summary, status.code_summary
    total, severe = summary.total + code.total, severe_words(severe_accepted(status))
    known = "" if status.proved else "at least "
    # "0 open" is stated at the end only, where it is proved.
    parts = [f"{known}{total} open, {summary.overdue + code.overdue} overdue"] if total else []
    parts += [f"accepted: {severe}"] if severe else []
    if parts:
        return "; ".join(parts)
    return "0 open, 0 overdue" if status.proved else "the evidence does not say"


def _no_findings(status: SecurityStatus) -> str:
    if status.vulnerability_summary.accepted_severe:
        return "Every known vulnerability is accepted and listed below."
    if status.accepts_severe:
        return "No vulnerability is listed. An accepted finding in the code is open."
    if not status.proved:
        return "No vulnerability is listed, but the evidence does not prove their absence."
    return "No known vulnerability is open."

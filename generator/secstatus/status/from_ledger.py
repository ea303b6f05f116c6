"""live-status.json out of the ledger: what an ingest writes down.

The grade, the schedule and the day counts in the file come from `assess`, the same function that
a build calls later, so that file and site cannot tell two stories of one moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from secstatus.findings.finding import (
    Finding,
    headline,
    make_identity,
    qualify_package,
    split_package,
)
from secstatus.findings.ledger import FindingState, Ledger, LedgerFinding, file_name
from secstatus.findings.observation import ScanKind
from secstatus.findings.plans.plan import Plan
from secstatus.findings.rating import rate
from secstatus.findings.severity import Severity
from secstatus.status.assessment import assess
from secstatus.status.due_dates import days_between, utc_day
from secstatus.status.policy import AssessmentPolicy
from secstatus.status.scan_records import list_scans
from secstatus.status.security_status import SecurityStatus
from secstatus.status.status_document import SHARED_FIELDS, StatusDocument, name_section
from secstatus.timestamps import format_timestamp

SCHEMA_VERSION = "1.1"
LONGEST_TEXT = 20_000
# The ledger has them all; a status file names the last ones, with their evidence.
MOST_CLOSED = 200


def make_finding(item: LedgerFinding) -> Finding:
    """A finding of the ledger as the other rooms know it."""
    rating = rate(item.severities, item.ids)
    # Ledgers that were taken over state no kind for a rule's finding.
    code = item.kind.is_code or bool(item.rule)
    return Finding(
        finding_id=item.finding_id,
        severity=rating.severity,
        discovered_date=item.discovered,
        # The habit of the findings document: a code finding is in a file, of version `local`.
        package=item.package or (file_name(item.location) if code else ""),
        version="local" if code else item.version,
        title=item.title or headline(item.description),
        # Some advisories carry whole logs; the ledger keeps all of it.
        description=item.description[:LONGEST_TEXT],
        aliases=item.aliases,
        source=item.scanners[0] if item.scanners else "",
        # Code has no fixing version: "no" would be a claim about somebody's work.
        fix_available=True if item.fix_versions else None if code else False,
        fix_version=item.fix_versions[0] if item.fix_versions else "",
        reference_url=item.references[0] if item.references else "",
        impact=f"In {item.location}" if code and item.location else "",
        published=item.published,
        # Of the claim that won, never the highest of all: score and severity must agree.
        cvss_score=rating.score,
        cvss_vector=rating.vector,
        unobserved=item.reason if item.state is FindingState.UNOBSERVED else "",
        severity_from=rating.winner.source if rating.winner else "",
        kind=item.kind.value,
        scope=item.scope,
        location=item.location if code else "",
    )


def make_status(
    ledger: Ledger,
    previous: StatusDocument | None,
    now: datetime,
    policy: AssessmentPolicy,
    plans: Mapping[str, Plan],
) -> StatusDocument:
    """The status file of this moment. Pure; fields of a newer version in `previous` survive.

    `revision` is one more than that of `previous`. Raises pydantic's ValidationError only if the
    ledger holds what a status file cannot say, which its reader has refused before.
    """
    draft = _draft(ledger, previous, now, policy)
    document = StatusDocument.model_validate(draft)
    # The same function as a build calls: file and page cannot disagree about one time.
    status = assess(document, now, policy, plans=plans)
    draft |= _judgement(status)
    _mark_accepted(draft["findings"], status)
    for name in ("code", "other", "vulnerability"):
        draft[f"{name}_summary"] = _summary(draft["findings"], name, policy.grade_scopes)
    for scan in draft["scans"]:
        if scan["verdict"] == "complete":
            scan["last_complete_grade"] = status.security_grade.value
    return StatusDocument.model_validate(draft)


def _draft(
    ledger: Ledger, previous: StatusDocument | None, now: datetime, policy: AssessmentPolicy
) -> dict[str, Any]:
    listed = [item for item in ledger.findings if item.state.counts]
    findings = [_finding(item, now) for item in listed]
    scans = list_scans(ledger.scans, policy)
    required = [scan["scanned_at"] for scan in scans if scan["required"]]
    # SPEC 1: a newer version's fields survive a read and a write by an older one.
    extra = dict(previous.model_extra or {}) if previous else {}
    scopes = policy.grade_scopes
    return {
        **extra,
        "closed": _closed(ledger),
        "code_summary": _summary(findings, "code", scopes),
        "days_since_last_vulnerability": _days_since(ledger, previous, now, policy),
        "findings": sorted(findings, key=lambda each: (each["finding_id"], each["package"] or "")),
        "grade_scopes": sorted(scopes),
        "last_updated": format_timestamp(now),
        "other_summary": _summary(findings, "other", scopes),
        "remediation_status": "unknown",
        # Counts writes, so that two files of one second can be told apart.
        "revision": (previous.revision or 0) + 1 if previous else 1,
        # The oldest required scan: the status is as old as its oldest proof.
        "scan_date": min(required, default=format_timestamp(now)),
        "scans": scans,
        "schema_version": SCHEMA_VERSION,
        # No letter is known yet; the worst one stands for it until `assess` has spoken.
        "security_grade": "F",
        "security_grade_without_accepted": "F",
        "vulnerability_summary": _summary(findings, "vulnerability", scopes),
    }


def _finding(item: LedgerFinding, now: datetime) -> dict[str, Any]:
    finding = make_finding(item)
    ecosystem, package = split_package(finding.package)
    values = {name: getattr(finding, name) for name in SHARED_FIELDS}
    # The file has null where nothing is known; a description is always a text.
    stated = {name: None if value == "" else value for name, value in values.items()}
    return stated | {
        "aliases": list(finding.aliases),
        "days_since_discovery": days_between(finding.discovered_date, utc_day(now)),
        "description": finding.description,
        "discovered_date": finding.discovered_date.isoformat(),
        "ecosystem": ecosystem if finding.package and finding.is_vulnerability else None,
        "package": package or None,
        "published": finding.published.isoformat() if finding.published else None,
        "remediation_plan": None,
        "severity": finding.severity.value,
        "status": "open",
    }


def _closed(ledger: Ledger) -> list[dict[str, Any]]:
    over = [item for item in ledger.findings if not item.state.counts]
    # The key breaks ties between findings that were closed on one day.
    over.sort(key=lambda item: (item.episodes[-1].closed or item.discovered, item.key))
    return [
        {
            "aliases": list(item.aliases),
            "closed": (last.closed or last.opened).isoformat(),
            "ecosystem": split_package(item.package)[0] if item.package else None,
            "episode": len(item.episodes),
            "evidence": last.evidence,
            "finding_id": item.finding_id,
            "kind": item.kind.value if item.kind is not ScanKind.STATEMENTS else None,
            "opened": last.opened.isoformat(),
            "outcome": item.state.value,
            "package": split_package(make_finding(item).package)[1] or None,
            "scope": item.scope or None,
            "severity": rate(item.severities, item.ids).severity.value,
        }
        for item in reversed(over[-MOST_CLOSED:])
        for last in (item.episodes[-1],)
    ]


def _summary(
    findings: Iterable[Mapping[str, Any]], section: str, scopes: Collection[str]
) -> dict[str, int]:
    listed = (each for each in findings if each["status"] == "open")
    counts = Counter(
        each["severity"]
        for each in listed
        if name_section(each["kind"], each["scope"], scopes) == section
    )
    return {"total": counts.total(), **{name.value: counts[name.value] for name in Severity}}


def _days_since(
    ledger: Ledger, previous: StatusDocument | None, now: datetime, policy: AssessmentPolicy
) -> int | None:
    """0 while a vulnerability is open; else since the last one was closed; else the old count,
    carried on."""
    today = utc_day(now)
    graded = [item for item in ledger.findings if _is_vulnerability(item, policy)]
    # Unobserved findings count as open: their disappearance is not proved.
    if any(item.state.counts for item in graded):
        return 0
    closed = [e.closed for item in graded for e in item.episodes if e.closed]
    if closed:
        return days_between(max(closed), today)
    if previous is None or previous.days_since_last_vulnerability is None:
        return None
    # SPEC 3: a file without history carries its own count on.
    carried = days_between(utc_day(previous.last_updated), today)
    return previous.days_since_last_vulnerability + carried


def _is_vulnerability(item: LedgerFinding, policy: AssessmentPolicy) -> bool:
    return name_section(item.kind.value, item.scope, policy.grade_scopes) == "vulnerability"


def _judgement(status: SecurityStatus) -> dict[str, Any]:
    return {
        "grade_reasons": [
            {"ceiling": r.ceiling.value, "detail": r.detail or None, "rule": r.rule, "text": r.text}
            for r in status.reasons
        ],
        "grade_schedule": [
            {
                "from": format_timestamp(step.start),
                "grade": step.grade.value,
                "reason": step.reason,
                "remediation_status": step.remediation_status,
            }
            for step in status.schedule
        ],
        "remediation_status": status.remediation_status,
        "security_grade": status.security_grade.value,
        "security_grade_without_accepted": status.grade_without_accepted.value,
        "valid_until": format_timestamp(status.valid_until) if status.valid_until else None,
    }


def _mark_accepted(findings: Iterable[dict[str, Any]], status: SecurityStatus) -> None:
    """`status` and `remediation_plan` from the plans, which `assess` has joined."""
    assessed = {item.finding.key: item for item in status.findings}
    for each in findings:
        package = qualify_package(each["package"] or "", each["ecosystem"])
        item = assessed[make_identity(each["finding_id"], package)]
        each["status"] = "accepted" if item.accepted else "open"
        each["remediation_plan"] = item.remediation_plan


_MOVES_BY_ITSELF = (
    "days_since_last_vulnerability",
    "grade_reasons",
    "grade_schedule",
    "last_updated",
    "remediation_status",
    "revision",
    "security_grade",
    "security_grade_without_accepted",
    "valid_until",
)


def extract_facts(document: StatusDocument) -> dict[str, Any]:
    """What of a status file does not move by the mere passing of time."""
    data = document.model_dump(mode="json")
    for key in _MOVES_BY_ITSELF:
        data.pop(key, None)
    for finding in data["findings"]:
        finding.pop("days_since_discovery", None)
    for scan in data["scans"] or ():
        scan.pop("last_complete_grade", None)
    return data

"""JSON API v1: documents with frozen shapes. Additive changes only; a breaking one is v2.

The models behind the published schemas are in `shapes`; the tests hold every document against
them. Here plain dictionaries are made, because the build does not need to import pydantic twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from secstatus.findings.severity import Severity
from secstatus.published.site_info import SiteInfo
from secstatus.site.records import Record
from secstatus.site.untrusted_text import without_controls
from secstatus.status.grade import POLICY_VERSION
from secstatus.status.grade_schedule import ScheduleStep
from secstatus.status.policy import GradePolicy
from secstatus.status.scan_coverage import find_kind, get_verdict
from secstatus.status.security_status import SecurityFinding, SecurityStatus, VulnerabilitySummary
from secstatus.status.status_document import ScanRecord
from secstatus.timestamps import format_timestamp

# The minor number grows with each added key; a reader of 1.0 can read all of 1.x.
SCHEMA_VERSION = "1.1"
# The styles of shields.io, so that a badge fits beside others in a README.
STYLES = ("flat", "flat-square", "for-the-badge")
BADGES = ("grade", "vulnerabilities", "last-scan", "days-since", "remediation", "status-api")


def status_document(status: SecurityStatus, place: SiteInfo, policy: GradePolicy) -> dict[str, Any]:
    """`api/v1/status.json`: everything about the day, without the findings themselves."""
    return {
        "$schema": place.schema("status"),
        "as_of": format_timestamp(status.as_of),
        "code_summary": summary_document(status.code_summary),
        "coverage": {"required": list(status.required), "stated": status.coverage_stated},
        "days_since_last_vulnerability": status.days_since_last_vulnerability,
        "disagreements": [
            {"finding_id": item.finding_id, "text": item.text} for item in status.disagreements
        ],
        "grade_reasons": [_reason(status, number) for number in range(len(status.reasons))],
        "grade_schedule": [_step(step) for step in status.schedule],
        "grade_scopes": sorted(status.grade_scopes),
        "last_updated": format_timestamp(status.last_updated),
        "links": {
            "findings": place.url("api/v1/findings.json"),
            "html": place.url(),
            "index": place.url("api/v1/index.json"),
        },
        # For readers without a calendar: the cadence is in `policy`, the date is what they compare.
        "next_scan_due": format_timestamp(status.next_scan_due),
        "other_summary": summary_document(status.other_summary),
        "package": place.package,
        "package_version": place.package_version or None,
        "policy": policy_document(policy),
        "remediation_status": status.remediation_status,
        "revision": status.revision,
        "scan_date": format_timestamp(status.scan_date),
        "scans": [_scan(scan) for scan in status.scans],
        "schema_version": SCHEMA_VERSION,
        "security_grade": status.security_grade.value,
        "security_grade_without_accepted": status.grade_without_accepted.value,
        # A page that is no longer built must go out of date by itself (SPEC 3, `grade_schedule`).
        "valid_until": format_timestamp(status.valid_until) if status.valid_until else None,
        "vulnerability_summary": summary_document(status.vulnerability_summary),
    }


def summary_document(summary: VulnerabilitySummary) -> dict[str, int]:
    # Every severity, zeros included: an absent key could mean "none" or "not counted".
    names = [severity.value for severity in Severity]
    names += ["total", "accepted", "accepted_severe", "overdue"]
    return {name: getattr(summary, name) for name in names}


def policy_document(policy: GradePolicy) -> dict[str, Any]:
    return {
        "cadence_days": policy.cadence_days,
        "many": {"high": policy.many_high, "medium": policy.many_medium, "low": policy.many_low},
        "sla_days": {severity.value: days for severity, days in policy.sla_days.items()},
        "stale_cadences": list(policy.stale),
        "version": POLICY_VERSION,
    }


def _reason(status: SecurityStatus, number: int) -> dict[str, Any]:
    reason = status.reasons[number]
    return {
        "ceiling": reason.ceiling.value,
        # The worst ceiling wins; several rules can share it, and then each of them decides.
        "decides": reason.ceiling is status.security_grade,
        "detail": reason.detail or None,
        "rule": reason.rule,
        "text": reason.text,
    }


def _step(step: ScheduleStep) -> dict[str, Any]:
    return {
        "from": format_timestamp(step.start),
        "grade": step.grade.value,
        "reason": step.reason,
        "remediation_status": step.remediation_status,
    }


def _scan(scan: ScanRecord) -> dict[str, Any]:
    return {
        "audited": scan.audited,
        "dated_by": scan.dated_by,
        "ecosystems": list(scan.ecosystems),
        # Files of schema 1.0 do not state the kind: it follows from the scanner's name then.
        "kind": find_kind(scan),
        "last_complete_at": format_timestamp(scan.last_complete_at)
        if scan.last_complete_at
        else None,
        "optional": scan.optional,
        "problems": list(scan.problems),
        "required": scan.required,
        "scanned_at": format_timestamp(scan.scanned_at),
        "scanner": scan.scanner,
        "skipped": [{"name": item.name, "reason": item.reason} for item in scan.skipped],
        "tool_version": scan.tool_version,
        "unit": scan.unit,
        "verdict": get_verdict(scan),
    }


def list_finding(item: SecurityFinding, record: Mapping[str, Any]) -> Record:
    """A finding as `index.json` lists it: the design's columns, and ages, which move every day.

    Its keys are in order.
    """
    return {
        "aliases": record["aliases"],
        "days_since_discovery": item.days_since_discovery,
        # The design's schema has the description in every finding of the list.
        "description": record["description"],
        "discovered_date": record["discovered_date"],
        "due_date": record["due_date"],
        "ecosystem": record["ecosystem"],
        "finding_id": record["finding_id"],
        "fix_available": record["fix_available"],
        "fix_version": record["fix_version"],
        "kind": record["kind"],
        "location": record["location"],
        "overdue": item.overdue,
        "package": record["package"],
        "reference_url": record["reference_url"],
        "remediation_plan": _cleaned(item.remediation_plan),
        "scope": record["scope"],
        "section": record["section"],
        "severity": record["severity"],
        "source": record["source"],
        "status": record["status"],
        "title": record["title"],
        "version": record["version"],
    }


def _cleaned(text: str | None) -> str | None:
    return None if text is None else without_controls(text)


def index_document(place: SiteInfo, years: Sequence[str]) -> dict[str, Any]:
    """`api/v1/index.json`: where everything is."""
    names = ("status", "findings", "events", "releases", "metrics", "manifest", "openapi")
    return {
        "$schema": place.schema("index"),
        "badges": {
            name: {
                "endpoint": place.url(f"badges/{name}.json"),
                "svg": {style: place.url(badge_path(name, style)) for style in STYLES},
            }
            for name in BADGES
        },
        "documents": {name: place.url(f"api/v1/{name}.json") for name in names},
        "exports": {
            "csv": place.url("api/v1/findings.csv"),
            "cyclonedx_vex": place.url("api/v1/cyclonedx-vex.json"),
            "openvex": place.url("api/v1/openvex.json"),
            "osv": place.base_url + "api/v1/osv/{name}.json",
            "sarif": place.url("api/v1/sarif.json"),
        },
        "feeds": {"atom": place.url("feed.atom"), "json": place.url("feed.json")},
        "findings": place.base_url + "api/v1/findings/{name}.json",
        "full_status": place.url("index.json"),
        "history": place.base_url + "api/v1/history/{year}.json",
        "package": place.package,
        "schema_version": SCHEMA_VERSION,
        "schemas": place.base_url + "api/v1/schemas/{name}.schema.json",
        "years": [int(year) for year in years],
    }


def badge_path(name: str, style: str, ending: str = "svg") -> str:
    """`badges/grade.svg` is the flat one; the others carry their style in the name."""
    # READMEs embed the plain path: it must stay the default style for ever.
    return f"badges/{name}.{ending}" if style == "flat" else f"badges/{name}.{style}.{ending}"


def list_header(place: SiteInfo, schema: str, modified: str) -> dict[str, Any]:
    """The head of a list document; `modified` moves only when the list does."""
    return {
        "$schema": place.schema(schema),
        "modified": modified,
        "package": place.package,
        "schema_version": SCHEMA_VERSION,
    }

"""The latest scans of the ledger as the status file lists them, and who of them is required."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from secstatus.findings.ledger import LatestScan
from secstatus.findings.observation import ScanKind, Verdict
from secstatus.scanners.registry import normalize_name
from secstatus.status.policy import AssessmentPolicy
from secstatus.status.scan_coverage import PYPI
from secstatus.timestamps import format_timestamp


def list_scans(scans: Iterable[LatestScan], policy: AssessmentPolicy) -> list[dict[str, Any]]:
    """The latest scan of each scanner; VEX documents are statements and no scans."""
    told = [scan for scan in scans if not _is_statement(scan)]
    proved = any(_looks_at_dependencies(scan) and scan.last_complete for scan in told)
    free = {normalize_name(name) for name in policy.optional_scanners}
    return [_scan(scan, _required(scan, policy, proved), scan.scanner in free) for scan in told]


def _is_statement(scan: LatestScan) -> bool:
    """A VEX document is no scan; one that cannot be read is a report that failed, like any."""
    return scan.kind is ScanKind.STATEMENTS and scan.verdict is not Verdict.FAILED


def _required(scan: LatestScan, policy: AssessmentPolicy, proved: bool) -> bool:
    """By the configuration; else every scanner that ever delivered, and one for dependencies.

    A complete scan of another ecosystem has not looked at this project's dependencies.
    """
    if policy.required_scanners is not None:
        return scan.scanner in {normalize_name(name) for name in policy.required_scanners}
    of_packages = scan.kind is ScanKind.DEPENDENCIES
    if of_packages and not _looks_at_dependencies(scan):
        return False
    return bool(scan.last_complete) or (of_packages and not proved)


def _looks_at_dependencies(scan: LatestScan) -> bool:
    here = not scan.ecosystems or PYPI in scan.ecosystems
    return scan.kind is ScanKind.DEPENDENCIES and here


def _scan(scan: LatestScan, required: bool, optional: bool) -> dict[str, Any]:
    kind, complete = scan.kind.value, scan.last_complete
    return {
        "audited": scan.audited,
        "dated_by": scan.dated_by or None,
        "ecosystems": list(scan.ecosystems),
        "kind": kind if kind in ("dependencies", "code", "secrets") else "other",
        "last_complete_at": format_timestamp(complete.scanned_at) if complete else None,
        "last_complete_grade": (complete.grade or None) if complete else None,
        "optional": optional,
        "problems": list(scan.problems),
        "required": required,
        "scanned_at": format_timestamp(scan.scanned_at),
        "scanner": scan.scanner,
        "skipped": [{"name": item.name, "reason": item.reason} for item in scan.skipped],
        "tool_version": scan.tool_version,
        "unit": scan.unit,
        "verdict": scan.verdict.value,
    }

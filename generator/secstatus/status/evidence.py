"""Who has to deliver a scan, and whether it did."""

from __future__ import annotations

from collections.abc import Sequence

from secstatus.status.document import ScanRecord, StatusDocument
from secstatus.status.grade import Evidence

_KINDS = {
    "dependencies": "pip-audit osv-scanner trivy grype uv-audit safety dependabot",
    "code": "bandit semgrep codeql",
    "secrets": "detect-secrets gitleaks trufflehog",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}


def kind_of(scan: ScanRecord) -> str:
    """What the scan looks at: as the file says, else by the scanner's name, else `other`."""
    return scan.kind or _KIND_OF.get(_plain(scan.scanner).replace(" ", "-"), "other")


def verdict_of(scan: ScanRecord) -> str:
    """The verdict as the file says, but for one: who examined nothing has not completed a scan."""
    return "failed" if scan.verdict == "complete" and scan.audited == 0 else scan.verdict


def shortfall_of(scan: ScanRecord) -> str:
    """Why the scan is not complete, in its own words or by what it skipped; may be empty."""
    if scan.problems:
        return scan.problems[0]
    if not scan.skipped:
        return ""
    first = scan.skipped[0]
    more = f" and {len(scan.skipped) - 1} more" if len(scan.skipped) > 1 else ""
    reason = f": {first.reason}" if first.reason else ""
    return f"It skipped {first.name}{more}{reason}".rstrip(".") + "."


def evidence_of(status: StatusDocument, required: Sequence[str] | None) -> list[Evidence]:
    """One item for each scanner that has to deliver, by the configuration or by the file.

    A file of the design's schema cannot state its scans: its `scan_date` stands for the scan,
    unless the configuration names scanners, which such a file cannot vouch for.
    """
    if status.scans is None and not required:
        scanned_at = min(status.scan_date, status.last_updated)
        name = "the scan of the status file"
        return [Evidence(name, complete=True, scanned_at=scanned_at, stated=False)]
    scans = status.scans or []
    if required is not None:
        return [item for name in required for item in _delivered(name, scans)]
    wanted = list(dict.fromkeys(scan.scanner for scan in scans if scan.required))
    evidence = [item for name in wanted for item in _delivered(name, scans)]
    if not any(scan.required and kind_of(scan) == "dependencies" for scan in scans):
        why = "No scan in the status file looks at dependencies"
        evidence.append(Evidence("a dependency scanner", complete=False, scanned_at=None, why=why))
    return evidence


def _delivered(name: str, scans: Sequence[ScanRecord]) -> list[Evidence]:
    mine = [scan for scan in scans if _plain(scan.scanner) == _plain(name)]
    if not mine:
        why = "The status file has no scan of it"
        return [Evidence(name, complete=False, scanned_at=None, why=why)]
    return [
        Evidence(scan.scanner, verdict_of(scan) == "complete", scan.scanned_at, _why(scan))
        for scan in mine
    ]


def _plain(name: str) -> str:
    return name.casefold().replace("_", "-")


def _why(scan: ScanRecord) -> str:
    if verdict_of(scan) == "complete":
        return ""
    words = {
        "complete": "Its last scan examined nothing",
        "failed": "Its last scan failed",
        "partial": "Its last scan saw only a part",
        "unstated": "Its report does not say how much it saw",
    }
    why = shortfall_of(scan)
    return f"{words[scan.verdict]}: {why}" if why else words[scan.verdict]

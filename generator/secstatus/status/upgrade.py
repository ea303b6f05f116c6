"""A ledger of an earlier schema, completed once: dates and ids stay, what is new is filled in.

Schema 1.0 told a finding's scanner by the name in the report, kept absolute paths, and made
fingerprints of path and code together. What follows here is found again by rule and place, and has
its new fingerprint with the next report.
"""

from __future__ import annotations

from dataclasses import replace

from secstatus.findings.ledger import SCHEMA_VERSION, LatestScan, Ledger, LedgerFinding, file_name
from secstatus.findings.locations import LocationResolver, split_location
from secstatus.scanners.registry import find_scanner, normalize_name
from secstatus.scanners.secret_text import is_about_secrets, mask_quotes

OLD_SCHEMA = "1.0"
_NPM = "npm"


def upgrade_ledger(ledger: Ledger, resolver: LocationResolver) -> Ledger:
    """The ledger in today's schema; the same ledger when it is in it already."""
    if ledger.schema_version != OLD_SCHEMA:
        return ledger
    scans: dict[tuple[str, bool], LatestScan] = {}
    for scan in sorted(ledger.scans, key=lambda each: each.scanned_at):
        renamed = replace(scan, scanner=normalize_name(scan.scanner))
        scans[renamed.key] = renamed
    return replace(
        ledger,
        schema_version=SCHEMA_VERSION,
        findings=tuple(_upgraded(each, resolver) for each in ledger.findings),
        scans=tuple(scans[key] for key in sorted(scans)),
    )


def _upgraded(finding: LedgerFinding, resolver: LocationResolver) -> LedgerFinding:
    scanners = tuple(sorted({normalize_name(name) for name in finding.scanners}))
    finding = replace(finding, scanners=scanners)
    if finding.is_advisory:
        only_npm = all(_ecosystem(name) == _NPM for name in scanners)
        if only_npm and finding.package and ":" not in finding.package:
            return replace(finding, package=f"{_NPM}:{finding.package}")
        return finding
    path, line = split_location(finding.location)
    location = resolver.resolve(path) + line if path else finding.location
    if is_about_secrets(finding.kind, finding.rule, finding.title, finding.description):
        title, description = mask_quotes(finding.title), mask_quotes(finding.description)
        finding = replace(finding, title=title, description=description)
    package = finding.package or file_name(location)
    return replace(finding, location=location, fingerprint="", package=package)


def _ecosystem(name: str) -> str:
    scanner = find_scanner(name)
    return scanner.ecosystem if scanner else ""

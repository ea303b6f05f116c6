"""Complete a ledger of an earlier schema, and add findings that only other files know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

from secstatus.findings.document.reader import FindingsDocument
from secstatus.findings.finding import Finding, make_identity
from secstatus.findings.ledger import (
    SCHEMA_VERSION,
    Episode,
    FindingState,
    LatestScan,
    Ledger,
    LedgerFinding,
    file_name,
)
from secstatus.findings.locations import LocationResolver, split_location
from secstatus.findings.merging import parse_code_id
from secstatus.findings.observation import ScanKind, SeverityClaim
from secstatus.scanners.code_findings import is_about_secrets, mask_quotes
from secstatus.scanners.registry import find_scanner, normalize_name
from secstatus.status.merge_sources import list_document_findings, merge_sources
from secstatus.status.status_document import StatusDocument

OLD_SCHEMA = "1.0"
_NPM = "npm"


def upgrade_ledger(ledger: Ledger, resolver: LocationResolver) -> Ledger:
    """The ledger in today's schema; the same ledger when it is in it already."""
    if ledger.schema_version != OLD_SCHEMA:
        return ledger
    scans: dict[tuple[str, bool], LatestScan] = {}
    for scan in sorted(ledger.scans, key=lambda each: each.scanned_at):
        # Schema 1.0 kept the name as the report spelled it; two spellings become the newer scan.
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
        # Schema 1.0 did not keep ecosystems apart. Mixed scanners stay on PyPI, where they count.
        if only_npm and finding.package and ":" not in finding.package:
            return replace(finding, package=f"{_NPM}:{finding.package}")
        return finding
    path, line = split_location(finding.location)
    location = resolver.resolve(path) + line if path else finding.location
    if is_about_secrets(finding.kind, finding.rule, finding.title, finding.description):
        title, description = mask_quotes(finding.title), mask_quotes(finding.description)
        finding = replace(finding, title=title, description=description)
    package = finding.package or file_name(location)
    # Fingerprints of 1.0 were made of messages with figures: the next scan fills in a stable one.
    return replace(finding, location=location, fingerprint="", package=package)


def _ecosystem(name: str) -> str:
    scanner = find_scanner(name)
    return scanner.ecosystem if scanner else ""


SOURCE = "status file"


def backfill_ledger(
    ledger: Ledger, status: StatusDocument | None, document: FindingsDocument | None
) -> Ledger:
    """The ledger with every finding of the other files that it lacks. Pure.

    The same ledger when it lacks none.
    """
    known = {make_identity(name, item.package) for item in ledger.findings for name in item.ids}
    # The ids of findings in code are given once: the package that files show is only a file's name.
    # Case-insensitive, as ids are compared everywhere (`make_identity`).
    bare = {each.finding_id.casefold() for each in ledger.findings if not each.is_advisory}
    told: Sequence[Finding] = list_document_findings(document) if document else ()
    seen = document.last_updated if document else None
    if status:
        told = merge_sources(status, document, {}).findings
        # Whichever is earlier: a discovery or sighting must never be later than it was.
        seen = min(status.scan_date, status.last_updated)
    missing = [
        _made(each, seen)
        for each in told
        if each.finding_id.casefold() not in bare and known.isdisjoint(_keys(each))
    ]
    # The same object: the caller sees by identity that nothing has to be written.
    if not missing:
        return ledger
    findings = sorted([*ledger.findings, *missing], key=lambda item: (item.key, item.finding_id))
    return replace(ledger, findings=tuple(findings))


def _keys(finding: Finding) -> Iterator[tuple[str, str]]:
    for name in (finding.finding_id, *finding.aliases):
        yield make_identity(name, finding.package)


def _made(finding: Finding, scanned: datetime | None) -> LedgerFinding:
    # "unknown" is no scanner, so its silence never proves anything about the finding.
    source = normalize_name(finding.source) or "unknown"
    midnight = datetime.combine(finding.discovered_date, time(), UTC)
    seen = max(midnight, scanned or midnight).replace(microsecond=0)
    made = LedgerFinding(
        finding_id=finding.finding_id,
        kind=ScanKind(finding.kind) if finding.kind else ScanKind.DEPENDENCIES,
        state=FindingState.OPEN,
        discovered=finding.discovered_date,
        last_seen=seen,
        episodes=(Episode(opened=finding.discovered_date),),
        scanners=(source,),
        aliases=tuple(sorted(finding.aliases)),
        package=finding.package,
        version=finding.version,
        versions=(finding.version,) if finding.version else (),
        severities=(SeverityClaim("word", SOURCE, finding.severity.value),),
        title=finding.title,
        description=finding.description,
        fix_versions=(finding.fix_version,) if finding.fix_version else (),
        references=(finding.reference_url,) if finding.reference_url else (),
        published=finding.published,
        scope=finding.scope,
    )
    if made.kind is ScanKind.DEPENDENCIES:
        return made
    # The design's files know code findings by id only (`BANDIT-B105-core.py-42`).
    code = parse_code_id(finding.finding_id, source, finding.package)
    if code is None:
        return made
    place = finding.location or _place_in(finding.impact) or f"{code.file}:{code.line}"
    return replace(made, version="", versions=(), rule=code.rule, location=place)


def _place_in(impact: str) -> str:
    """The place that the findings document gives as the impact of a finding in code."""
    match = re.fullmatch(r"In (\S.*:\d{1,9})", impact.strip())
    return match[1] if match else ""

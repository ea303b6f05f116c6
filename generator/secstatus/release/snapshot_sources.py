"""Standings out of what the other rooms know: a status with its ledger, or two status files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from secstatus.findings.finding import make_identity, package_key
from secstatus.findings.ledger import Ledger, LedgerFinding
from secstatus.release.snapshot import Snapshot, SnapshotFinding, SnapshotState
from secstatus.status.from_ledger import MOST_CLOSED, make_finding
from secstatus.status.grader import find_section
from secstatus.status.policy import GRADE_SCOPES, Grade
from secstatus.status.security_status import SecurityFinding, SecurityStatus
from secstatus.status.status_document import ClosedFinding, ScanRecord, StatusDocument, name_section
from secstatus.timestamps import format_timestamp

# A scan that looked at less than half of what an earlier one did proves nothing.
# SPEC 2: an inventory that shrinks by more than half is partial.
LEAST_SHARE = 0.5


def take_snapshot(
    status: SecurityStatus, ledger: Ledger | None = None, package: str = ""
) -> Snapshot:
    """How it stands by the status; the ledger adds episodes and what is over.

    `package` is the project's own name.
    """
    listed = ledger.findings if ledger else ()
    known = {item.key: item for item in listed}
    items = [_item(each, known.get(each.finding.key)) for each in status.findings]
    items += [_closed(item, status.grade_scopes) for item in listed if not item.state.counts]
    items = [_placed(item, package) for item in items]
    doubts = [
        f"{reason.text}. {reason.detail}".strip()
        for reason in status.reasons
        if reason.ceiling is Grade.UNKNOWN
    ]
    return Snapshot(
        status.last_updated,
        status.scan_date,
        status.security_grade,
        proved=status.proved and status.fresh,
        items=tuple(sorted(items, key=lambda item: item.key)),
        doubts=tuple(doubts),
    )


def _placed(item: SnapshotFinding, package: str) -> SnapshotFinding:
    """The item with whether it is about the project itself."""
    own = bool(package) and package_key(item.package) == package_key(package)
    return replace(item, own=True) if own else item


def _item(each: SecurityFinding, known: LedgerFinding | None) -> SnapshotFinding:
    finding = each.finding
    state = SnapshotState.UNOBSERVED if finding.unobserved else SnapshotState.OPEN
    return SnapshotFinding(
        finding.finding_id,
        finding.severity,
        SnapshotState.ACCEPTED if each.accepted else state,
        # The discovery never moves; the episode says since when it is there this time.
        known.episodes[-1].opened if known else finding.discovered_date,
        package=finding.package,
        aliases=finding.aliases,
        episode=len(known.episodes) if known else 0,
        evidence=finding.unobserved,
        fixable=bool(finding.fix_version or finding.fix_available),
        finding=finding,
        graded=each.section != "other",
    )


def _closed(item: LedgerFinding, scopes: Collection[str]) -> SnapshotFinding:
    finding, last = make_finding(item), item.episodes[-1]
    return SnapshotFinding(
        finding.finding_id,
        finding.severity,
        SnapshotState(item.state.value),
        last.opened,
        package=finding.package,
        aliases=finding.aliases,
        episode=len(item.episodes),
        closed=last.closed or last.opened,
        evidence=last.evidence,
        finding=finding,
        graded=find_section(finding, scopes) != "other",
    )


def with_closed(standing: Snapshot, document: StatusDocument) -> Snapshot:
    """The snapshot with the closed findings that the status file lists."""
    scopes = document.grade_scopes or GRADE_SCOPES
    items = [_listed_closed(each, scopes) for each in document.closed or ()]
    return _with(standing, items)


def with_evidence(
    standing: Snapshot, document: StatusDocument, old: Snapshot, before: StatusDocument
) -> Snapshot:
    """The snapshot with what two status files prove to be resolved.

    A finding of `before` that `document` does not list is resolved if the file says so, or if its
    scans prove it; otherwise the snapshot does not contain it.
    """
    standing = with_closed(standing, document)
    there = {make_identity(name, item.package) for item in standing.items for name in item.ids}
    gone = [
        item
        for item in old.there
        if not any(make_identity(name, item.package) in there for name in item.ids)
    ]
    items = [found for item in gone if (found := _resolved(item, document, before))]
    return _with(standing, items)


def _with(standing: Snapshot, items: list[SnapshotFinding]) -> Snapshot:
    both = sorted((*standing.items, *items), key=lambda item: item.key)
    return replace(standing, items=tuple(both))


def _listed_closed(each: ClosedFinding, scopes: Collection[str]) -> SnapshotFinding:
    return SnapshotFinding(
        each.finding_id,
        each.severity,
        SnapshotState(each.outcome),
        each.opened,
        package=each.qualified_package,
        aliases=tuple(each.aliases),
        episode=each.episode,
        closed=each.closed,
        evidence=each.evidence,
        graded=name_section(each.kind, each.scope, scopes) != "other",
    )


def _resolved(
    item: SnapshotFinding, document: StatusDocument, before: StatusDocument
) -> SnapshotFinding | None:
    # The file lists all that it closed; what is missing from it was not resolved by it.
    if document.closed is not None and len(document.closed) < MOST_CLOSED:
        return None
    proof = _proof(item, document, before)
    if proof is None:
        return None
    day, evidence = proof
    return replace(
        item, state=SnapshotState.RESOLVED, closed=max(day, item.opened), evidence=evidence
    )


def _proof(
    item: SnapshotFinding, document: StatusDocument, before: StatusDocument
) -> tuple[date, str] | None:
    """The day and the sentence of a scan that looked again and does not list it."""
    if document.scans is None:
        # The same scan, or an older one, cannot have looked again.
        if document.scan_date <= before.scan_date:
            return None
        text = f"The scan of {format_timestamp(document.scan_date)} does not list it"
        return document.scan_date.date(), f"{text}; the file has no words for coverage."
    # One incomplete scan puts every disappearance in doubt.
    if any(scan.required and scan.verdict != "complete" for scan in document.scans):
        return None
    scans = _scans_of(item, document)
    earlier = {scan.scanner: scan for scan in before.scans or ()}
    if not scans or not all(_looked_again(scan, earlier, before) for scan in scans):
        return None
    newest = max(scan.scanned_at for scan in scans)
    names = ", ".join(sorted(scan.scanner for scan in scans))
    return (
        newest.date(),
        f"The complete scan by {names} of {format_timestamp(newest)} does not list it.",
    )


def _scans_of(item: SnapshotFinding, document: StatusDocument) -> list[ScanRecord]:
    """Those of the scanner that reported it; of all required ones if none is named."""
    scans = document.scans or []
    source = item.finding.source if item.finding else ""
    # Only the scanner that reported it: another tool may never have known the problem.
    if source:
        return [scan for scan in scans if scan.scanner.casefold() == source.casefold()]
    return [scan for scan in scans if scan.required]


def _looked_again(
    scan: ScanRecord, earlier: Mapping[str, ScanRecord], before: StatusDocument
) -> bool:
    last = earlier.get(scan.scanner)
    seen_at = last.scanned_at if last else before.scan_date
    if scan.verdict != "complete" or scan.scanned_at <= seen_at:
        return False
    # Not counted: the verdict is all there is.
    if last is None or last.audited is None or scan.audited is None:
        return True
    return scan.audited >= LEAST_SHARE * last.audited and scan.audited > 0

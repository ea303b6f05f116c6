"""Which scanners must deliver a scan, whether they did, and whether status and ledger agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from secstatus.findings.ledger import Ledger
from secstatus.findings.observation import ScanKind
from secstatus.findings.scan_group import NO_DEPENDENCIES
from secstatus.scanners.registry import get_kind, normalize_name
from secstatus.status.grade import Evidence, Reason
from secstatus.status.policy import Grade
from secstatus.status.status_document import ScanRecord, StatusDocument

PYPI = "pypi"


def find_kind(scan: ScanRecord) -> str:
    """What the scan looks at: as the file says, else as the registry knows, else `other`."""
    # The file first: a tool that no list knows states its kind in the ledger.
    known = scan.kind or get_kind(scan.scanner)
    return str(known) if known else "other"


def looks_at_dependencies(scan: ScanRecord) -> bool:
    """Whether it looks at dependencies from PyPI: those of another ecosystem prove nothing here."""
    # Not stated may be PyPI; a scan of npm alone is certainly none of this package.
    here = not scan.ecosystems or PYPI in scan.ecosystems
    return find_kind(scan) == ScanKind.DEPENDENCIES and here


def get_verdict(scan: ScanRecord) -> str:
    """The verdict as the file says, but for one: who examined nothing has not completed a scan,
    unless the project states that there is nothing."""
    # Files can be edited or be older than this rule: the claim is checked on reading, too.
    empty = scan.audited == 0 and NO_DEPENDENCIES not in scan.problems
    return "failed" if scan.verdict == "complete" and empty else scan.verdict


def describe_shortfall(scan: ScanRecord) -> str:
    """Why the scan is not complete, in its own words or by what it skipped; may be empty."""
    if scan.problems:
        return scan.problems[0]
    if not scan.skipped:
        return ""
    first = scan.skipped[0]
    more = f" and {len(scan.skipped) - 1} more" if len(scan.skipped) > 1 else ""
    reason = f": {first.reason}" if first.reason else ""
    # The scanner's own reason may end with a full stop.
    return f"It skipped {first.name}{more}{reason}".rstrip(".") + "."


def list_evidence(
    status: StatusDocument, required: Sequence[str] | None, optional: Sequence[str] = ()
) -> list[Evidence]:
    """One item for each scanner that has to deliver, by the configuration or by the file.

    A report that was delivered and failed must be replaced, whichever scanner wrote it, unless its
    scanner is optional. A file of the design's schema cannot state its scans: its `scan_date`
    stands for the scan, unless the configuration names scanners, which such a file cannot vouch
    for.
    """
    # None, not empty: an empty list of scans states that there was none.
    if status.scans is None and not required:
        scanned_at = min(status.scan_date, status.last_updated)
        name = "the scan of the status file"
        return [Evidence(name, complete=True, scanned_at=scanned_at, stated=False)]
    scans = status.scans or []
    free = {normalize_name(name) for name in optional}
    # An empty list in the configuration is a choice; None leaves it to the default of SPEC 2.
    names = [scan.scanner for scan in scans if scan.required] if required is None else [*required]
    # SPEC 2: a delivered report is never nothing, whoever it belongs to.
    failed = [scan.scanner for scan in scans if get_verdict(scan) == "failed"]
    wanted = dict.fromkeys((*names, *(name for name in failed if _plain(name) not in free)))
    evidence = [item for name in _each_once(wanted) for item in _delivered(name, scans)]
    # Code scanners alone say nothing about known vulnerabilities of dependencies.
    if required is None and not _has_dependency_scan(scans):
        why = "No scan in the status file looks at dependencies from PyPI"
        evidence.append(Evidence("a dependency scanner", complete=False, scanned_at=None, why=why))
    return evidence


def _each_once(names: Iterable[str]) -> list[str]:
    """The names of different scanners, in their order."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(_plain(name), name)
    return [*first.values()]


def _has_dependency_scan(scans: Sequence[ScanRecord]) -> bool:
    return any(scan.required and looks_at_dependencies(scan) for scan in scans)


def _delivered(name: str, scans: Sequence[ScanRecord]) -> list[Evidence]:
    mine = [scan for scan in scans if _plain(scan.scanner) == _plain(name)]
    if not mine:
        why = "The status file has no scan of it"
        return [Evidence(name, complete=False, scanned_at=None, why=why)]
    return [
        Evidence(scan.scanner, get_verdict(scan) == "complete", scan.scanned_at, _why(scan))
        for scan in mine
    ]


def _plain(name: str) -> str:
    return normalize_name(name)


def _why(scan: ScanRecord) -> str:
    if get_verdict(scan) == "complete":
        return ""
    words = {
        "complete": "Its last scan examined nothing",
        "failed": "Its last scan failed",
        "partial": "Its last scan saw only a part",
        "unstated": "Its report does not say how much it saw",
    }
    why = describe_shortfall(scan)
    return f"{words[scan.verdict]}: {why}" if why else words[scan.verdict]


BEHIND = "behind"


def behind(status: StatusDocument, ledger: Ledger) -> list[Reason]:
    """A ceiling of `?` when the ledger has a newer scan of any scanner than the status file.

    An older status was restored, for example by a merge: what that scan found out, a failure
    perhaps, is not in it.
    """
    told: dict[str, datetime] = {scan.scanner: scan.scanned_at for scan in status.scans or ()}
    for scan in ledger.scans:
        # VEX documents are statements, not scans: the status file does not list them.
        if scan.kind is ScanKind.STATEMENTS:
            continue
        # Both files are written in one transaction, so a difference is somebody else's change.
        if scan.scanner not in told or told[scan.scanner] < scan.scanned_at:
            text = "The status file is older than the ledger"
            detail = f"The ledger knows a newer scan of {scan.scanner}; ingest again"
            return [Reason(BEHIND, Grade.UNKNOWN, text, detail)]
    return []

"""Do status file and ledger tell of the same scans? An ingest writes both at once."""

from __future__ import annotations

from datetime import datetime

from secstatus.findings.ledger import Ledger
from secstatus.findings.observation import ScanKind
from secstatus.status.document import StatusDocument
from secstatus.status.grade import Letter, Reason

BEHIND = "behind"


def behind(status: StatusDocument, ledger: Ledger) -> list[Reason]:
    """A ceiling of `?` when the ledger has a newer scan of any scanner than the status file.

    Somebody has put an older status back, say in a merge: what that scan found out, a failure
    perhaps, is not in it.
    """
    told: dict[str, datetime] = {scan.scanner: scan.scanned_at for scan in status.scans or ()}
    for scan in ledger.scans:
        if scan.kind is ScanKind.STATEMENTS:
            continue
        if scan.scanner not in told or told[scan.scanner] < scan.scanned_at:
            text = "The status file is older than the ledger"
            detail = f"The ledger knows a newer scan of {scan.scanner}; ingest again"
            return [Reason(BEHIND, Letter.UNKNOWN, text, detail)]
    return []

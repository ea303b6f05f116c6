"""The coverage table: each scanner, what it examined, when, and the source of its date."""

from __future__ import annotations

from typing import Any

from secstatus.status.due_dates import days_between, utc_day
from secstatus.status.scan_coverage import get_verdict
from secstatus.status.security_status import SecurityStatus
from secstatus.status.status_document import ScanRecord
from secstatus.text.nouns import format_count

# A report can name hundreds of skipped packages; all of them are in `index.json`.
MOST_TEXTS = 3
# The report's own time and an option need no word: nothing about them is a guess.
_DATED_BY = {
    "commit": "dated by the commit that last changed the report",
    "file": "dated by the file's modification time",
    "run": "dated by the time of the run",
}


def scan_row(scan: ScanRecord, status: SecurityStatus) -> dict[str, Any]:
    """Return the row of a scan. Remarks of a complete scan are facts, others are problems."""
    verdict, said = get_verdict(scan), "; ".join(scan.problems[:MOST_TEXTS])
    # A complete scan's remark ("declares no dependencies") must not be styled as a failure.
    complete = verdict == "complete"
    return {
        "age": format_count(days_between(utc_day(scan.scanned_at), status.today), "day"),
        "at": scan.scanned_at,
        "dated": _DATED_BY.get(scan.dated_by or "", ""),
        "examined": _examined(scan),
        "fact": said if complete else "",
        "note": ", ".join(note for note in (scan.tool_version, *_notes(scan, status)) if note),
        "problem": "" if complete else said,
        "remedy": remedy_of(scan, status),
        "scanner": scan.scanner,
        "skipped": _skipped(scan),
        "verdict": verdict,
    }


def _notes(scan: ScanRecord, status: SecurityStatus) -> list[str]:
    ecosystems = ", ".join(scan.ecosystems)
    # PyPI is what a reader expects; an npm scan beside it needs the word, since it proves nothing
    # here.
    notes = [f"ecosystem: {ecosystems}" if ecosystems and ecosystems != "pypi" else ""]
    # Required wins: the configuration can list a scanner in both, and then its failure counts.
    if scan.optional and scan.scanner not in status.required:
        return [*notes, "optional: its failure does not affect the grade"]
    required = scan.required or scan.scanner in status.required
    return [*notes, "" if required else "not required"]


def remedy_of(scan: ScanRecord, status: SecurityStatus) -> str:
    """What ends the failure of a scan that counts although its scanner is not required."""
    # SPEC 2: a delivered report that failed gives `?` even where nobody required its scanner.
    counts = scan.scanner in status.required and not scan.required
    if get_verdict(scan) != "failed" or not counts:
        return ""
    return f"Replace the report, or list {scan.scanner} in optional_scanners."


def _examined(scan: ScanRecord) -> str:
    # None and 0 differ: 0 items are a failed scan, None is a format that does not count.
    if scan.audited is None:
        return "not stated"
    unit = scan.unit or "items"
    # "1 package", but "1 lines of code" keeps its unit: its first word carries the plural.
    one = unit.removesuffix("s") if " " not in unit else unit
    return f"{scan.audited:,} {one if scan.audited == 1 else unit}"


def _skipped(scan: ScanRecord) -> str:
    named = [f"{item.name} ({item.reason})" if item.reason else item.name for item in scan.skipped]
    return f"{len(named)} skipped: " + "; ".join(named[:MOST_TEXTS]) if named else ""

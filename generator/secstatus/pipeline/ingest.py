"""ingest: scanner reports in; status, ledger, findings document and plan stubs out, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from secstatus.adapters.memory import without_cycle_collection
from secstatus.adapters.transaction import alone, replace_together
from secstatus.config import Config
from secstatus.errors import InputError
from secstatus.findings.advisory import Advisories
from secstatus.findings.observation import ScanKind
from secstatus.findings.reconcile import Reconciled, reconcile
from secstatus.pipeline.books import Books, read_books
from secstatus.pipeline.enrich import enrich
from secstatus.pipeline.inputs import journal_folder, read_configuration
from secstatus.pipeline.keeping import contents_of, required_scanners
from secstatus.pipeline.noting import note_ingest
from secstatus.pipeline.osv_cache import FOLDER
from secstatus.pipeline.reports import GUESSES, Arrived, arrived, exit_statuses, listed, named
from secstatus.pipeline.scans import Terms, scans_of
from secstatus.status.document import ScanRecord, StatusDocument, stamp
from secstatus.status.evidence import shortfall_of


@dataclass(frozen=True, slots=True)
class Ask:
    """What the command line says. `reports` None: the folder of the configuration."""

    reports: Path | None = None
    report: Sequence[str] = ()
    scan_exit: Sequence[str] = ()
    scan_date: datetime | None = None
    accept_fewer: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What the run learnt. `written`: the files that changed; none when nothing new was said."""

    status: StatusDocument
    learnt: Reconciled
    written: Sequence[str]
    warnings: Sequence[str]

    @property
    def incomplete(self) -> list[ScanRecord]:
        """Required scans that are not complete."""
        scans = self.status.scans or []
        return [scan for scan in scans if scan.required and scan.verdict != "complete"]

    def shortfalls(self) -> list[str]:
        """Why the scans are not enough: each required one that is not complete, or is not there."""
        told = [
            f"the scan of {scan.scanner} is {scan.verdict}. {shortfall_of(scan)}".strip()
            for scan in self.incomplete
        ]
        if told or self.status.security_grade != "?":
            return told
        reasons = [reason for reason in self.status.grade_reasons if reason["ceiling"] == "?"]
        return [f"{reason['text']}. {reason['detail'] or ''}".strip() for reason in reasons]

    def document(self) -> dict[str, Any]:
        learnt = self.learnt
        return {
            "new": list(learnt.new),
            "open": self.status.vulnerability_summary.total,
            "reopened": list(learnt.reopened),
            "resolved": list(learnt.resolved),
            "scans": [_scan(scan) for scan in self.status.scans or []],
            "security_grade": self.status.security_grade,
            "unobserved": list(learnt.unobserved),
            "warnings": list(self.warnings),
            "withdrawn": list(learnt.withdrawn),
            "written": list(self.written),
        }

    def text(self) -> str:
        """The result for people: the letter, what happened to which finding, what was written."""
        letter = self.status.security_grade or "?"
        total = self.status.vulnerability_summary.total
        lines = [f"Grade {'unknown (?)' if letter == '?' else letter}, {total} open."]
        for word in ("new", "reopened", "resolved", "unobserved", "withdrawn"):
            if names := getattr(self.learnt, word):
                more = f" and {len(names) - 20} more" if len(names) > 20 else ""
                lines.append(f"{word.capitalize()}: {', '.join(names[:20])}{more}")
        lines.append(f"Wrote {', '.join(self.written)}." if self.written else "Nothing changed.")
        return "\n".join(lines)


def ingest(root: Path, now: datetime, ask: Ask) -> IngestResult:
    """Bring the books to what the reports say. Nothing is written unless all of it can be.

    Raises InputError for a report or file that cannot be used, OutsideError when the disk refuses;
    then nothing has changed.
    """
    config = read_configuration(root, None)
    folder = journal_folder(config)
    with without_cycle_collection(), alone(root / folder):
        books = read_books(root, config, now)
        learnt, warnings = _learnt(root, config, books, ask, now)
        new, status, told = contents_of(books, learnt, config, now)
        written = replace_together(root, folder, new) if new else []
    noted = note_ingest(root, config, now, status, learnt) if written else ()
    return IngestResult(status, learnt, written, [*warnings, *told, *noted])


def _reports(
    root: Path, config: Config, ask: Ask, now: datetime
) -> tuple[list[Arrived], list[str]]:
    files = [named(option) for option in ask.report]
    if ask.reports is not None or not files:
        files += listed(ask.reports or root / config.reports)
    found = [arrived(scanner, path, root, ask.scan_date, now) for scanner, path in files]
    warnings = [each.unreadable for each in found if each.unreadable]
    warnings += [
        f"{each.path} does not say when the scan was made; it is dated by {each.clock}"
        for each in found
        if each.clock in GUESSES
    ]
    return found, warnings


def _nothing(where: str) -> InputError:
    hint = "Run the scanners first, or name the folder with --reports."
    return InputError(where, "", "no report", "the reports of the scanners", hint=hint)


def _learnt(
    root: Path, config: Config, books: Books, ask: Ask, now: datetime
) -> tuple[Reconciled, list[str]]:
    exits, accepted = exit_statuses(ask.scan_exit), frozenset(ask.accept_fewer)
    reports, warnings = _reports(root, config, ask, now)
    required = required_scanners(books.ledger, config)
    if not reports and not required:
        raise _nothing(str(ask.reports or config.reports))
    terms = Terms(config.package, exits, accepted, whole=not ask.report)
    advisories = _kept_advisories(root, reports, now)
    scans = scans_of(reports, books.ledger, terms, advisories, required, now)
    return reconcile(books.ledger, scans, now), warnings


def _kept_advisories(root: Path, reports: Sequence[Arrived], now: datetime) -> Advisories:
    """What `enrich` has kept about the ids of the reports; nothing where it never ran."""
    if not (root / FOLDER).is_dir():
        return Advisories(())
    wanted = [
        (item.id, item.package, item.version)
        for each in reports
        if each.report.kind is ScanKind.DEPENDENCIES
        for item in each.report.observations
    ]
    return enrich(root, now, offline=True, wanted=wanted).advisories


def _scan(scan: ScanRecord) -> dict[str, Any]:
    return {
        "audited": scan.audited,
        "problems": scan.problems,
        "required": scan.required,
        "scanned_at": stamp(scan.scanned_at),
        "scanner": scan.scanner,
        "skipped": [{"name": item.name, "reason": item.reason} for item in scan.skipped],
        "verdict": scan.verdict,
    }

"""ingest: scanner reports in; status, ledger, findings document and plan stubs out, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from secstatus.adapters.files import lock_folder
from secstatus.adapters.parallel import without_cycle_collection
from secstatus.adapters.transaction import replace_together
from secstatus.commands.enrich.osv import enrich
from secstatus.commands.ingest.scans import Terms, make_scans
from secstatus.commands.noting import note_ingest
from secstatus.commands.report_files import (
    GUESSES,
    Arrived,
    check_exits,
    exit_statuses,
    list_reports,
    parse_report_option,
    read_report_file,
)
from secstatus.config import Config
from secstatus.errors import InputError, UsageError
from secstatus.findings.ledger import CLOCK_SKEW
from secstatus.findings.locations import LocationResolver, make_relative
from secstatus.findings.observation import ScanKind, ScanReport
from secstatus.findings.osv_record import Advisories
from secstatus.findings.project_facts import ProjectFacts
from secstatus.findings.reconcile import Reconciled, reconcile
from secstatus.findings.statements import select_repository
from secstatus.project.facts import make_resolver, read_project
from secstatus.project.inputs import journal_folder, read_configuration
from secstatus.project.osv_cache import FOLDER
from secstatus.project.security_files import (
    SecurityFiles,
    contents_of,
    list_required_scanners,
    read_books,
)
from secstatus.scanners.registry import normalize_name
from secstatus.status.backfill import upgrade_ledger
from secstatus.status.scan_coverage import shortfall_of
from secstatus.status.status_document import ScanRecord, StatusDocument
from secstatus.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class IngestOptions:
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
        """Scans that are needed and not complete: required ones, and every one that failed."""
        scans = self.status.scans or []
        return [
            scan
            for scan in scans
            if (scan.required and scan.verdict != "complete")
            or (scan.verdict == "failed" and not scan.optional)
        ]

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

    def _counts(self) -> str:
        """`2 open`, and what is counted apart."""
        status = self.status
        words = [f"{status.vulnerability_summary.total} open"]
        for summary, where in (
            (status.code_summary, "code"),
            (status.other_summary, "development"),
        ):
            if summary and summary.total:
                words.append(f"{summary.total} in {where}")
        return ", ".join(words)

    def text(self) -> str:
        """The result for people: the letter, what happened to which finding, what was written."""
        letter = self.status.security_grade or "?"
        lines = [f"Grade {'unknown (?)' if letter == '?' else letter}, {self._counts()}."]
        for word in ("new", "reopened", "resolved", "unobserved", "withdrawn"):
            if names := getattr(self.learnt, word):
                more = f" and {len(names) - 20} more" if len(names) > 20 else ""
                lines.append(f"{word.capitalize()}: {', '.join(names[:20])}{more}")
        lines.append(f"Wrote {', '.join(self.written)}." if self.written else "Nothing changed.")
        return "\n".join(lines)


def ingest_reports(root: Path, now: datetime, ask: IngestOptions) -> IngestResult:
    """Bring the books to what the reports say. Nothing is written unless all of it can be.

    Raises InputError for a report or file that cannot be used, ExternalError when the disk refuses;
    then nothing has changed.
    """
    config = read_configuration(root, None)
    folder = journal_folder(config)
    with without_cycle_collection(), lock_folder(root / folder):
        books = read_books(root, config, now)
        project = read_project(root, config, books.plans)
        books = _upgraded(books, make_resolver(config, project, books.ledger, root))
        learnt, warnings = _learnt(root, config, books, project, ask, now)
        new, status, told = contents_of(books, learnt, config, now)
        written = replace_together(root, folder, new) if new else []
    noted = note_ingest(root, config, now, status, learnt) if written else ()
    return IngestResult(status, learnt, written, [*warnings, *told, *noted])


def _upgraded(books: SecurityFiles, resolver: LocationResolver) -> SecurityFiles:
    """The books with a ledger of today's schema; completing it is a change of its own."""
    ledger = upgrade_ledger(books.ledger, resolver)
    if ledger is books.ledger:
        return books
    return replace(books, ledger=ledger, was_adopted=True)


def _reports(
    root: Path,
    config: Config,
    books: SecurityFiles,
    project: ProjectFacts,
    ask: IngestOptions,
    now: datetime,
) -> tuple[list[Arrived], list[str]]:
    files = [parse_report_option(option) for option in ask.report]
    if ask.reports is not None or not files:
        files += list_reports(ask.reports or root / config.reports)
    found = [
        replace(each, report=_localized(each.report, root, config, books, project))
        for scanner, path in files
        for each in read_report_file(scanner, path, root, ask.scan_date, now, books.ledger)
    ]
    warnings = [each.unreadable for each in found if each.unreadable]
    warnings += [f"{each.path}: {each.warning}" for each in found if each.warning]
    warnings += [
        f"{each.path} does not say when the scan was made; it is dated by {each.clock.words}"
        for each in found
        if each.clock in GUESSES
    ]
    return found, list(dict.fromkeys(warnings))


def _localized(
    report: ScanReport, root: Path, config: Config, books: SecurityFiles, project: ProjectFacts
) -> ScanReport:
    """The report as one of this repository: its own alerts, paths relative to the checkout."""
    resolver = make_resolver(config, project, books.ledger, root, report.root)
    return make_relative(select_repository(report, config.repository), resolver)


def _nothing(where: str) -> InputError:
    hint = "Run the scanners first, or name the folder with --reports."
    return InputError(where, "", "no report", "the reports of the scanners", hint=hint)


def _learnt(
    root: Path,
    config: Config,
    books: SecurityFiles,
    project: ProjectFacts,
    ask: IngestOptions,
    now: datetime,
) -> tuple[Reconciled, list[str]]:
    if ask.scan_date and ask.scan_date > now + CLOCK_SKEW:
        found, latest = f"{ask.scan_date:%Y-%m-%dT%H:%M:%SZ}", f"{now:%Y-%m-%dT%H:%M:%SZ}"
        raise UsageError(
            f"--scan-date: found {found}, in the future; expected at most {latest}",
            hint="Is the clock of this machine right?",
        )
    exits = exit_statuses(ask.scan_exit)
    accepted = frozenset(map(normalize_name, ask.accept_fewer))
    reports, warnings = _reports(root, config, books, project, ask, now)
    required = list_required_scanners(books.ledger, config)
    present = {each.report.scanner for each in reports}
    check_exits(exits, [*present, *required, *(scan.scanner for scan in books.ledger.scans)])
    if not reports and not required and not exits:
        raise _nothing(str(ask.reports or config.reports))
    terms = Terms(project, exits, accepted, whole=not ask.report)
    advisories = _kept_advisories(root, reports, now)
    scans = make_scans(reports, books.ledger, terms, advisories, required, now)
    return reconcile(books.ledger, scans, now, project), warnings


def _kept_advisories(root: Path, reports: Sequence[Arrived], now: datetime) -> Advisories:
    """What `enrich` has kept about the ids of the reports; nothing where it never ran."""
    if not (root / FOLDER).is_dir():
        return Advisories(())
    wanted = [
        (item.id, item.package, item.version)
        for each in reports
        for item in each.report.observations
        if item.kind is ScanKind.DEPENDENCIES
    ]
    return enrich(root, now, offline=True, wanted=wanted).advisories


def _scan(scan: ScanRecord) -> dict[str, Any]:
    return {
        "audited": scan.audited,
        "problems": scan.problems,
        "required": scan.required,
        "scanned_at": format_timestamp(scan.scanned_at),
        "scanner": scan.scanner,
        "skipped": [{"name": item.name, "reason": item.reason} for item in scan.skipped],
        "verdict": scan.verdict,
    }

"""ingest: scanner reports in; status, ledger, findings document and plan stubs out, or nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.github_output import set_outputs
from secstatus.adapters.parallel import without_cycle_collection
from secstatus.commands.enrich.osv import enrich
from secstatus.commands.ingest.result import IngestResult
from secstatus.commands.ingest.scans import Terms, make_scans
from secstatus.commands.report_files import (
    GUESSES,
    Arrived,
    check_exits,
    exit_statuses,
    list_reports,
    parse_report_option,
    read_report_file,
)
from secstatus.errors import InputError, UsageError
from secstatus.findings.ledger import CLOCK_SKEW, Ledger
from secstatus.findings.locations import make_relative
from secstatus.findings.observation import ScanKind, ScanReport
from secstatus.findings.osv_record import Advisories
from secstatus.findings.reconcile import Reconciled, reconcile
from secstatus.findings.statements import select_repository
from secstatus.project.osv_cache import FOLDER
from secstatus.project.project import Project
from secstatus.project.security_files import (
    SecurityFiles,
    list_required_scanners,
    render_security_files,
)
from secstatus.scanners.registry import normalize_name
from secstatus.status.backfill import upgrade_ledger
from secstatus.status.status_document import StatusDocument
from secstatus.timestamps import format_timestamp

EXAMPLE = "secstatus ingest --scan-exit pip-audit=1 --scan-date 2026-11-23T04:12:00Z"
# More scanners, or longer names, would be an attempt to fill the journal.
MOST_SCANNERS, LONGEST_NAME = 30, 60


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """The reports and what is stated about them. `reports` None: the folder of the configuration.

    `report`: `[SCANNER=]FILE`, and other scanners stay as they are. `scan_exit`: `SCANNER=N`.
    `scan_date`: the time of scans whose report states none. `accept_fewer`: scanners that may have
    examined less than half of what they examined before.
    """

    reports: Path | None = None
    report: Sequence[str] = ()
    scan_exit: Sequence[str] = ()
    scan_date: datetime | None = None
    accept_fewer: Sequence[str] = ()


def add_options(parser: argparse.ArgumentParser) -> None:
    """Also the options of the ingest in a run."""
    parser.add_argument(
        "--reports",
        type=Path,
        metavar="DIR",
        help="the folder with all reports (default: security/reports/latest)",
    )
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="[SCANNER=]FILE",
        help="one report; other scanners are not affected (repeatable)",
    )
    parser.add_argument(
        "--scan-exit",
        action="append",
        default=[],
        metavar="SCANNER=N",
        help="the exit status of a scanner (repeatable)",
    )
    parser.add_argument(
        "--scan-date",
        metavar="ISO",
        help="the time of the scans, for reports that do not state it",
    )
    parser.add_argument(
        "--accept-fewer",
        action="append",
        default=[],
        metavar="SCANNER",
        help="it is right that this scanner examined less than half as much (repeatable)",
    )


def make_ingest_options(options: argparse.Namespace) -> IngestOptions:
    """Raises UsageError for a time that cannot be read."""
    return IngestOptions(
        reports=options.reports,
        report=options.report,
        scan_exit=options.scan_exit,
        scan_date=resolve_now(options.scan_date, "--scan-date") if options.scan_date else None,
        accept_fewer=options.accept_fewer,
    )


def run(options: argparse.Namespace, output: Output) -> int:
    wanted = make_ingest_options(options)
    result = ingest_reports(options.root, resolve_now(options.now), wanted)
    output.warnings(result.warnings)
    shortfalls = result.shortfalls()
    for text in shortfalls:
        output.warning(text)
    output.result(result)
    set_outputs(
        {
            "security_grade": result.status.security_grade or "?",
            "vulnerabilities": str(result.status.vulnerability_summary.total),
        }
    )
    return 1 if shortfalls else 0


def ingest_reports(root: Path, now: datetime, options: IngestOptions) -> IngestResult:
    """Update the files from the reports: all of them, or none.

    Raises InputError for a report or file that cannot be used, ExternalError when the disk refuses;
    then nothing has changed.
    """
    project = Project(root, now)
    # The files are replaced together (decision 0010), so a second ingest has to wait.
    with without_cycle_collection(), project.lock():
        files = _upgrade(project)
        learnt, warnings = _learn(project, files, options)
        new, status, told = render_security_files(files, learnt, project.config, now)
        written = project.save(new) if new else []
    noted = _note(project, status, learnt) if written else ()
    return IngestResult(status, learnt, written, [*warnings, *told, *noted])


def _note(project: Project, status: StatusDocument, learnt: Reconciled) -> tuple[str, ...]:
    """Record an ingest that changed something: `complete` if every required scan is."""
    # The journal is one line for each event, and a report can name any scanner.
    scans = (status.scans or [])[:MOST_SCANNERS]
    required = [scan for scan in status.scans or [] if scan.required]
    # all() of nothing is true: a project without required scanners has proved nothing.
    is_complete = bool(required) and all(scan.verdict == "complete" for scan in required)
    details = {
        "grade": status.security_grade or "?",
        "new": len(learnt.new),
        "open": status.vulnerability_summary.total,
        "reopened": len(learnt.reopened),
        "resolved": len(learnt.resolved),
        "scans": {scan.scanner[:LONGEST_NAME]: str(scan.verdict) for scan in scans},
    }
    outcome = "complete" if is_complete else "incomplete"
    return project.journal.try_note(project.now, "ingest", outcome, details)


def _upgrade(project: Project) -> SecurityFiles:
    """The files with a ledger of today's schema; completing it is a change of its own."""
    files = project.files
    ledger = upgrade_ledger(files.ledger, project.make_resolver(files.ledger))
    if ledger is files.ledger:
        return files
    return replace(files, ledger=ledger, was_backfilled=True)


def _read_reports(
    project: Project, ledger: Ledger, options: IngestOptions
) -> tuple[list[Arrived], list[str]]:
    root, now = project.root, project.now
    paths = [parse_report_option(option) for option in options.report]
    # With --report alone, the other scanners keep their last scan.
    if options.reports is not None or not paths:
        paths += list_reports(options.reports or root / project.config.reports)
    found = [
        replace(each, report=_localize(each.report, project, ledger))
        for scanner, path in paths
        for each in read_report_file(scanner, path, root, options.scan_date, now, ledger)
    ]
    warnings = [each.unreadable for each in found if each.unreadable]
    warnings += [f"{each.path}: {each.warning}" for each in found if each.warning]
    warnings += [
        f"{each.path} does not say when the scan was made; it is dated by {each.clock.words}"
        for each in found
        if each.clock in GUESSES
    ]
    # A SARIF file with several runs gives the same warning for each of them.
    return found, list(dict.fromkeys(warnings))


def _localize(report: ScanReport, project: Project, ledger: Ledger) -> ScanReport:
    """The report as one of this repository: its own alerts, paths relative to the checkout."""
    resolver = project.make_resolver(ledger, report.root)
    return make_relative(select_repository(report, project.config.repository), resolver)


def _nothing(where: str) -> InputError:
    hint = "Run the scanners first, or name the folder with --reports."
    return InputError(where, "", "no report", "the reports of the scanners", hint=hint)


def _learn(
    project: Project, files: SecurityFiles, options: IngestOptions
) -> tuple[Reconciled, list[str]]:
    now, ledger = project.now, files.ledger
    # A date in the future would refuse every later report as older.
    if options.scan_date and options.scan_date > now + CLOCK_SKEW:
        found, latest = format_timestamp(options.scan_date), format_timestamp(now)
        raise UsageError(
            f"--scan-date: found {found}, in the future; expected at most {latest}",
            hint="Is the clock of this machine right?",
        )
    exits = exit_statuses(options.scan_exit)
    accepted = frozenset(map(normalize_name, options.accept_fewer))
    reports, warnings = _read_reports(project, ledger, options)
    required = list_required_scanners(ledger, project.config)
    present = {each.report.scanner for each in reports}
    check_exits(exits, [*present, *required, *(scan.scanner for scan in ledger.scans)])
    # No reports, no findings, an A: docs/explanation/why-never-a-false-green.md names this case
    # first.
    if not reports and not required and not exits:
        raise _nothing(str(options.reports or project.config.reports))
    # --report names single files, so a scanner without one is not missing.
    terms = Terms(project.facts, exits, accepted, whole=not options.report)
    advisories = _kept_advisories(project.root, reports, now)
    scans = make_scans(reports, ledger, terms, advisories, required, now)
    return reconcile(ledger, scans, now, project.facts), warnings


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

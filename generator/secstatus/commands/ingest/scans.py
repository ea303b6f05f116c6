"""Make assessed and enriched scans of report files; refuse reports older than the known scan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from secstatus.commands.report_files import NO_NEWS, Arrived
from secstatus.errors import InputError
from secstatus.findings.coverage import ScanContext, assess_scan
from secstatus.findings.ledger import LatestScan, Ledger, Scan
from secstatus.findings.observation import Observation, ScanKind, ScanReport, Verdict
from secstatus.findings.osv_record import Advisories, enrich_observation
from secstatus.findings.project_facts import ProjectFacts
from secstatus.findings.scan_batch import drop_copies
from secstatus.findings.scan_group import ScanGroup
from secstatus.scanners.registry import accepts_exit, find_scanner, get_kind
from secstatus.timestamps import format_timestamp

# In the place of a digest, which is hexadecimal: no file can have it.
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters of the run that the caller gives.

    `project` is the project, `exits` the exit status of each scanner, `accepted` the scanners
    whose smaller target the user has confirmed, `whole` whether the reports are complete.
    """

    project: ProjectFacts
    exits: Mapping[str, int]
    accepted: Collection[str] = ()
    whole: bool = True


def make_scans(
    reports: Sequence[Arrived],
    ledger: Ledger,
    terms: Terms,
    advisories: Advisories,
    required: Collection[str],
    now: datetime,
) -> list[Scan]:
    """The scans that this run brings; reports that the ledger has already are left out.

    A required scanner without a report counts as a scan that failed now, if the reports are
    complete or its exit status is given. Raises InputError for a report that is
    older than the scan that is known.
    """
    known = {scan.key: scan for scan in ledger.scans}
    groups: dict[tuple[str, bool], list[Arrived]] = {}
    for arrived in reports:
        # A VEX document states what holds for known findings; it is no scan of its tool.
        key = arrived.report.scanner, arrived.report.kind is ScanKind.STATEMENTS
        groups.setdefault(key, []).append(arrived)
    found: list[Scan] = []
    # Sorted: the ledger must not depend on the order of the files (decision 0010).
    for key, group in sorted(groups.items()):
        found += _new_scans(group, known.get(key), terms, advisories, now)
    silent = {name for name in terms.exits if name not in {name for name, _ in groups}}
    missing = {*silent, *(required if terms.whole else ())} - {name for name, _ in groups}
    return [*found, *_missing(known, missing, terms, now)]


def _new_scans(
    group: Sequence[Arrived],
    known: LatestScan | None,
    terms: Terms,
    advisories: Advisories,
    now: datetime,
) -> list[Scan]:
    if known is None or not _known_already(group, known):
        _refuse_older(group, known)
        return _assessed(group, known, terms, advisories)
    if failure := _failure_since(group, known, terms):
        return [_failed(known.scanner, known, failure, now)]
    # The project may have changed since: the same report can prove less than it did.
    again = [replace(each, scanned_at=known.scanned_at) for each in group]
    scans = _assessed(again, known, terms, advisories)
    # Without a new verdict nothing has been learnt, and a second run writes nothing.
    same = ScanGroup([scan.report for scan in scans]).verdict is known.verdict
    return [] if same or known.verdict is Verdict.FAILED else scans


def _known_already(group: Sequence[Arrived], known: LatestScan) -> bool:
    """The same bytes at the same time, or at none that a scan could have."""
    if sorted({each.digest for each in group}) != sorted(known.digests):
        return False
    # A commit or a checkout gives the same bytes a new date, but makes no new scan.
    no_news = all(each.clock in NO_NEWS for each in group)
    return no_news or min(each.scanned_at for each in group) == known.scanned_at


def _refuse_older(group: Iterable[Arrived], known: LatestScan | None) -> None:
    oldest = min(group, key=lambda each: each.scanned_at)
    # A missing report has the time of its run, which must not refuse the report that comes late.
    if known is None or MISSING in known.digests or oldest.scanned_at >= known.scanned_at:
        return
    this, that = format_timestamp(oldest.scanned_at), format_timestamp(known.scanned_at)
    found = f"a scan of {this}, dated by {oldest.clock.words}"
    expected = f"none older than that of {that}, which is already ingested"
    hint = "Use a newer report, or correct the time of the scan with --scan-date."
    raise InputError(oldest.path, "", found, expected, hint=hint)


def _assessed(
    group: Sequence[Arrived], known: LatestScan | None, terms: Terms, advisories: Advisories
) -> list[Scan]:
    # Before the verdicts: what is delivered twice would count as much work again.
    distinct = drop_copies(group, lambda each: (each.digest, each.report))
    reports = [each.report for each in distinct]
    # Statements examine nothing, so there is no target to assess.
    if reports[0].kind is not ScanKind.STATEMENTS:
        reports = assess_scan(reports, _context(reports[0].scanner, known, terms))
    return [
        Scan(
            replace(report, observations=tuple(_enriched(report, advisories))),
            each.scanned_at,
            each.digest,
            each.path,
            each.clock.value,
        )
        for each, report in zip(distinct, reports, strict=True)
    ]


def _enriched(report: ScanReport, advisories: Advisories) -> Iterator[Observation]:
    for item in report.observations:
        yield enrich_observation(item, advisories) if item.kind is ScanKind.DEPENDENCIES else item


def _context(scanner: str, known: LatestScan | None, terms: Terms) -> ScanContext:
    listed = find_scanner(scanner)
    complete = known.last_complete if known else None
    return ScanContext(
        project=terms.project,
        exit_status=terms.exits.get(scanner),
        accepts_exit=partial(accepts_exit, scanner),
        # Without an earlier scan nothing can be fewer: that is what --accept-fewer states.
        before=None if scanner in terms.accepted else complete,
        audits_lock=bool(listed and listed.audits_lock),
    )


def _missing(
    known: Mapping[tuple[str, bool], LatestScan],
    scanners: Collection[str],
    terms: Terms,
    now: datetime,
) -> Iterator[Scan]:
    """A failed scan for every scanner without a report; once, not at every run."""
    for scanner in sorted(scanners):
        latest = known.get((scanner, False))
        # Otherwise each run would change the ledger, and commit a file without news.
        if latest and MISSING in latest.digests:
            continue
        text = "No report of it is among the reports of this run."
        if (status := terms.exits.get(scanner)) is not None:
            text = f"It ended with status {status} and left no report."
        yield _failed(scanner, latest, text, now)


def _failure_since(group: Sequence[Arrived], known: LatestScan, terms: Terms) -> str:
    """Why a report that is known already is not the one of this run, by the exit status."""
    status = terms.exits.get(known.scanner)
    if known.verdict is Verdict.FAILED or status is None:
        return ""
    observed = ScanGroup([each.report for each in group]).observed
    # Several scanners end with 1 if they find something, as pip-audit does.
    if accepts_exit(known.scanner, status, observed):
        return ""
    text = f"It ended with status {status}, which does not go with its report."
    return f"{text} It left its last report behind."


def _failed(scanner: str, known: LatestScan | None, problem: str, now: datetime) -> Scan:
    """A scan that left no report of its own."""
    kind = known.kind if known else get_kind(scanner) or ScanKind.OTHER
    # A failed statement is no scan; as `other` it limits the grade to `?`.
    kind = ScanKind.OTHER if kind is ScanKind.STATEMENTS else kind
    report = ScanReport(scanner, kind, Verdict.FAILED, problems=(problem,))
    # Never before the known scan: the ledger accepts no time that runs backwards.
    return Scan(report, max(now, known.scanned_at) if known else now, MISSING)

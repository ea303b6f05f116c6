"""From report files to scans: judged, enriched, and none of them older than what is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from secstatus.errors import InputError
from secstatus.findings.advisory import Advisories, enriched
from secstatus.findings.coverage import Circumstances, judged
from secstatus.findings.ledger import LatestScan, Ledger, Scan
from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.pipeline.reports import NO_NEWS, Arrived

MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the caller says about the run.

    `own_package` is the project's name, `exits` the exit status of scanners, `accepted` those whose
    smaller inventory somebody has confirmed, `whole` whether the reports are all there are.
    """

    own_package: str
    exits: Mapping[str, int]
    accepted: Collection[str] = ()
    whole: bool = True


def scans_of(
    reports: Sequence[Arrived],
    ledger: Ledger,
    terms: Terms,
    advisories: Advisories,
    required: Collection[str],
    now: datetime,
) -> list[Scan]:
    """The scans that this run brings; reports that the ledger has already are left out.

    A required scanner without a report is a failed scan of this moment when the reports are all
    there are. Raises InputError for a report that is older than the scan that is known.
    """
    latest = {scan.scanner: scan for scan in ledger.scans if scan.kind is not ScanKind.STATEMENTS}
    groups: dict[str, list[Arrived]] = {}
    for arrived in reports:
        groups.setdefault(arrived.report.scanner, []).append(arrived)
    found: list[Scan] = []
    for scanner, group in sorted(groups.items()):
        known = latest.get(scanner)
        if known is None or not _known_already(group, known):
            _refuse_older(group, known)
            found += _judged(group, known, terms, advisories)
        elif failure := _failure_since(group, known, terms):
            found.append(_failed(scanner, known, failure, now))
    if terms.whole:
        found += _missing(latest, groups, required, now)
    return found


def _known_already(group: Sequence[Arrived], known: LatestScan) -> bool:
    """The same bytes at the same time, or at none that a scan could have."""
    if sorted({each.digest for each in group}) != sorted(known.digests):
        return False
    no_news = all(each.clock in NO_NEWS for each in group)
    return no_news or min(each.scanned_at for each in group) == known.scanned_at


def _refuse_older(group: Iterable[Arrived], known: LatestScan | None) -> None:
    oldest = min(group, key=lambda each: each.scanned_at)
    if known is None or MISSING in known.digests or oldest.scanned_at >= known.scanned_at:
        return
    found = f"a scan of {oldest.scanned_at:%Y-%m-%dT%H:%M:%SZ}, dated by {oldest.clock}"
    expected = f"none older than that of {known.scanned_at:%Y-%m-%dT%H:%M:%SZ}, which is ingested"
    hint = "An older report would bring back what has been found out since. --scan-date states the"
    raise InputError(oldest.path, "", found, expected, hint=f"{hint} time of a scan.")


def _judged(
    group: Sequence[Arrived], known: LatestScan | None, terms: Terms, advisories: Advisories
) -> Iterator[Scan]:
    around = _circumstances(group, known, terms)
    for each in group:
        report = judged(each.report, around)
        observations = tuple(enriched(item, advisories) for item in report.observations)
        yield Scan(replace(report, observations=observations), each.scanned_at, each.digest)


def _circumstances(
    group: Sequence[Arrived], known: LatestScan | None, terms: Terms
) -> Circumstances:
    """The last complete scan is only held against this one when all its parts together are less."""
    scanner = group[0].report.scanner
    complete = known.last_complete if known else None
    before = complete.audited if complete else None
    counts = [each.report.audited for each in group]
    together = sum(count for count in counts if count is not None)
    less = before is not None and None not in counts and together * 2 < before
    exit_status = terms.exits.get(scanner)
    if scanner in terms.accepted:
        return Circumstances(terms.own_package, exit_status)
    missing = complete.reports - len(group) if complete else 0
    return Circumstances(terms.own_package, exit_status, before if less else None, missing)


def _missing(
    latest: Mapping[str, LatestScan],
    groups: Collection[str],
    required: Collection[str],
    now: datetime,
) -> Iterator[Scan]:
    """A failed scan for every required scanner that left no report; once, not at every run."""
    for scanner in sorted(set(required) - set(groups)):
        known = latest.get(scanner)
        if known and MISSING in known.digests:
            continue
        yield _failed(scanner, known, "No report of it is among the reports of this run.", now)


def _failure_since(group: Sequence[Arrived], known: LatestScan, terms: Terms) -> str:
    """Why a report that is known already is not the one of this run, by the exit status."""
    if known.verdict is Verdict.FAILED or terms.exits.get(known.scanner) is None:
        return ""
    around = Circumstances(exit_status=terms.exits[known.scanner])
    reports = [judged(each.report, around) for each in group]
    failed = [report for report in reports if report.verdict is Verdict.FAILED]
    return f"{failed[0].problems[-1]} It left its last report behind." if failed else ""


def _failed(scanner: str, known: LatestScan | None, problem: str, now: datetime) -> Scan:
    """A scan that left no report of its own."""
    kind = known.kind if known else ScanKind.OTHER
    report = ScanReport(scanner, kind, Verdict.FAILED, problems=(problem,))
    return Scan(report, max(now, known.scanned_at) if known else now, MISSING)

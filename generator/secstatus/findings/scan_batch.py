"""The scans of one run, gathered: each scanner's reports as one, and who reported what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from secstatus.findings.finding import package_key
from secstatus.findings.ledger import MOST_TARGETS, CompleteScan, LatestScan, Ledger, Scan
from secstatus.findings.observation import Observation, ScanKind, Skipped, Verdict
from secstatus.findings.project_facts import UNKNOWN_PROJECT, ProjectFacts
from secstatus.findings.scan_group import Occurrence, ScanGroup, unite_inventories
from secstatus.findings.statements import Closure, closures_of, is_bad_news
from secstatus.findings.texts import (
    clean_observation,
    normalize_version,
    replace_surrogates,
    split_place,
)
from secstatus.timestamps import truncate_timestamp

T = TypeVar("T")
Inventory = Mapping[str, AbstractSet[str]]


@dataclass(frozen=True, slots=True)
class ScannerResult:
    """Everything that one scanner delivered in this run, read as one scan.

    `inventory` is None, and `scope` empty, where no format lists it for all parts. `superseded`
    when the ledger knows a newer scan: such a delivery proves nothing. `newest` is the time of the
    newest report.
    """

    latest: LatestScan
    inventory: Inventory | None
    scope: AbstractSet[str]
    unseen: AbstractSet[str]
    superseded: bool
    newest: datetime

    @property
    def scanner(self) -> str:
        return self.latest.scanner

    @property
    def scanned_at(self) -> datetime:
        return self.latest.scanned_at

    @property
    def verdict(self) -> Verdict:
        return self.latest.verdict


@dataclass(frozen=True, slots=True)
class ScanBatch:
    """One run. `present` has every package of every inventory with its versions.

    `closures` are what sources themselves say is over, by (package key, id): statements, alerts.
    `held`: what statements say is affected, with who says so. `project` is whom it is about.
    """

    deliveries: Mapping[str, ScannerResult]
    statements: Mapping[str, ScannerResult]
    sightings: Sequence[Occurrence]
    present: Mapping[str, AbstractSet[str]]
    held: Mapping[tuple[str, str], str] = field(default_factory=dict)
    closures: Mapping[tuple[str, str], tuple[Closure, ...]] = field(default_factory=dict)
    project: ProjectFacts = UNKNOWN_PROJECT


def gather_batch(
    scans: Iterable[Scan], ledger: Ledger, project: ProjectFacts = UNKNOWN_PROJECT
) -> ScanBatch:
    """The run, whatever the order of the scans; one given twice counts once."""
    known = {scan.key: scan for scan in ledger.scans}
    groups: dict[tuple[str, bool], list[Scan]] = {}
    for scan in scans:
        # The ledger has whole seconds: with fractions a scan would be newer than itself.
        timed = replace(scan, scanned_at=truncate_timestamp(scan.scanned_at))
        # Trivy writes both scans and VEX: its statement must not replace its scan.
        key = scan.report.scanner, scan.report.kind is ScanKind.STATEMENTS
        groups.setdefault(key, []).append(timed)
    deliveries: dict[str, ScannerResult] = {}
    statements: dict[str, ScannerResult] = {}
    sightings: list[Occurrence] = []
    for key in sorted(groups):
        group = drop_copies(groups[key], lambda each: (each.report, each.scanned_at, each.digest))
        group.sort(key=lambda each: (each.scanned_at, each.digest, each.file))
        delivery = _delivery(group, known.get(key))
        (statements if key[1] else deliveries)[key[0]] = delivery
        sightings += (each for scan in group for each in _sightings(scan))
    present = _present(deliveries.values())
    valid, held = _bad_news(sightings, ledger, project)
    closures = closures_of(sightings, project)
    return ScanBatch(deliveries, statements, valid, present, held, closures, project)


def drop_copies(items: Iterable[T], content: Callable[[T], object]) -> list[T]:
    """The items, without those whose content an earlier one has: one file under several names."""
    kept: list[T] = []
    # Few reports belong to one scanner, so a linear search is enough.
    seen: list[object] = []  # no set: a report has a mapping, and cannot be hashed
    for item in items:
        if (found := content(item)) not in seen:
            seen.append(found)
            kept.append(item)
    return kept


def _bad_news(
    sightings: Sequence[Occurrence], ledger: Ledger, project: ProjectFacts
) -> tuple[list[Occurrence], dict[tuple[str, str], str]]:
    """The sightings that a finding rests on, and what statements say is affected.

    A statement about the project itself (`lantern is affected by CVE-…`) is about the dependency
    that has this id, where there is one, and no second finding.
    """
    told = [each for each in sightings if is_bad_news(each.observation)]
    # What scanners report in this run, and below what the ledger still counts.
    about = {name for each in told if not _is_statement(each) for name in _names(each.observation)}
    about |= {name.casefold() for item in ledger.findings if item.state.counts for name in item.ids}
    held: dict[tuple[str, str], str] = {}
    valid = []
    for each in told:
        seen, elsewhere = each.observation, False
        if _is_statement(each):
            own = not seen.package or project.is_own(seen.package)
            elsewhere = own and not about.isdisjoint(_names(seen))
            package = "" if own else package_key(seen.package)
            # A VEX "affected" keeps a finding open even where no scanner reports it any more.
            held.update(((package, name), each.scanner) for name in _names(seen))
        if not elsewhere:
            valid.append(each)
    return valid, held


def _is_statement(sighting: Occurrence) -> bool:
    return bool(sighting.observation.statement)


def _names(observation: Observation) -> list[str]:
    return [name.casefold() for name in (observation.id, *observation.aliases)]


def _delivery(group: Sequence[Scan], known: LatestScan | None) -> ScannerResult:
    whole_scan = ScanGroup([scan.report for scan in group])
    inventory = whole_scan.inventory
    scope = {split_place(replace_surrogates(name))[0] for name in whole_scan.files}
    latest = _latest(group, whole_scan, known)
    # A skipped name can be a package or a file; it is compared as both below.
    unseen = {skipped.name for skipped in latest.skipped}
    latest = replace(
        latest,
        inventory_size=None if inventory is None else len(inventory),
        scope_size=len(scope) if scope else None,
    )
    # Only a complete scan becomes the measure for the next one.
    if latest.verdict is Verdict.COMPLETE:
        complete = _complete(latest, whole_scan, known)
        latest = replace(latest, last_complete=complete)
    return ScannerResult(
        latest=latest,
        inventory=inventory,
        scope=scope,
        unseen={package_key(name) for name in unseen} | {split_place(name)[0] for name in unseen},
        # Its observations still count: bad news is never too old.
        superseded=known is not None and known.scanned_at > latest.scanned_at,
        newest=group[-1].scanned_at,
    )


def _complete(latest: LatestScan, group: ScanGroup, known: LatestScan | None) -> CompleteScan:
    before = known.last_complete if known else None
    return CompleteScan(
        scanned_at=latest.scanned_at,
        reports=group.parts,
        audited=latest.audited,
        inventory_size=latest.inventory_size,
        scope_size=latest.scope_size,
        # Sorted before it is cut, so that two equal scans keep equal names.
        # The first in order of names, so that two scans of one tree keep the same ones.
        target=tuple(sorted(map(replace_surrogates, group.target))[:MOST_TARGETS]),
        grade=before.grade if before else "",
        extra=before.extra if before else {},
    )


def _latest(group: Sequence[Scan], scan: ScanGroup, known: LatestScan | None) -> LatestScan:
    reports = scan.reports
    skipped = {
        Skipped(replace_surrogates(s.name), replace_surrogates(s.reason))
        for each in reports
        for s in each.skipped
    }
    return LatestScan(
        scanner=reports[0].scanner,
        kind=scan.kind,
        verdict=scan.verdict,
        # The oldest part: a scan is as old as what it looked at first.
        # The oldest part dates the whole: a scan is as fresh as its stalest report.
        scanned_at=group[0].scanned_at,
        digests=tuple(sorted({each.digest for each in group})),
        observed=scan.observed,
        audited=scan.audited,
        unit=scan.unit,
        skipped=tuple(sorted(skipped)),
        problems=tuple(
            dict.fromkeys(replace_surrogates(text) for each in reports for text in each.problems)
        ),
        tool_version=max(replace_surrogates(report.tool_version) for report in reports),
        files=tuple(sorted({each.file for each in group if each.file})),
        dated_by=group[0].dated_by,
        ecosystems=scan.ecosystems,
        last_complete=known.last_complete if known else None,
        extra=known.extra if known else {},
    )


def _present(deliveries: Iterable[ScannerResult]) -> dict[str, set[str]]:
    listed = unite_inventories(each.inventory for each in deliveries if each.inventory is not None)
    return {
        name: {normalize_version(version) for version in found} for name, found in listed.items()
    }


def _sightings(scan: Scan) -> Iterator[Occurrence]:
    report = scan.report
    for observation in report.observations:
        cleaned = clean_observation(observation)
        verdict, at = report.verdict, scan.scanned_at
        yield Occurrence(cleaned, report.scanner, verdict, at, report.format)

"""The scans of one run, gathered: each scanner's reports as one, and who reported what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion, Version

from secstatus.findings.finding import identity
from secstatus.findings.ledger import CompleteScan, LatestScan, Ledger, Scan, whole_second
from secstatus.findings.observation import Observation, ScanKind, Skipped, Verdict

LONGEST_ID = 300
LONGEST_VERSION = 200
HOLDING = frozenset({"affected", "exploitable"})

# From the least to the most that a scan did.
_WORK = (Verdict.FAILED, Verdict.PARTIAL, Verdict.UNSTATED, Verdict.COMPLETE)
_KINDS = (ScanKind.DEPENDENCIES, ScanKind.CODE, ScanKind.SECRETS, ScanKind.OTHER)
_PLACE = re.compile(r"(.*?)(?::(\d{1,9}))?(?::\d{1,9})?", re.DOTALL)

Inventory = Mapping[str, AbstractSet[str]]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation, and the scan that made it."""

    observation: Observation
    scanner: str
    kind: ScanKind
    verdict: Verdict
    scanned_at: datetime

    @property
    def newness(self) -> tuple[datetime, int, str]:
        """Sorts by time, then by how complete the scan was, then by scanner."""
        return self.scanned_at, _WORK.index(self.verdict), self.scanner


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything that one scanner delivered in this run, read as one scan.

    The worst verdict and the oldest time are those of the whole. `inventory` is None, and `scope`
    empty, unless every report has one. `superseded` when the ledger knows a newer scan: such a
    delivery proves nothing. `newest` is the time of the newest report.
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
class Run:
    """One run. `present` has every package of every inventory; `held` what VEX says is affected."""

    deliveries: Mapping[str, Delivery]
    statements: Mapping[str, Delivery]
    sightings: Sequence[Sighting]
    present: Mapping[str, AbstractSet[str]]
    held: Mapping[tuple[str, str], str] = field(default_factory=dict)


def run_of(scans: Iterable[Scan], ledger: Ledger) -> Run:
    """The run, whatever the order of the scans; one given twice counts once."""
    known = {scan.key: scan for scan in ledger.scans}
    groups: dict[tuple[str, bool], list[Scan]] = {}
    for scan in scans:
        timed = replace(scan, scanned_at=whole_second(scan.scanned_at))
        key = scan.report.scanner, scan.report.kind is ScanKind.STATEMENTS
        group = groups.setdefault(key, [])
        if timed not in group:
            group.append(timed)
    deliveries, statements = {}, {}
    sightings: list[Sighting] = []
    held: dict[tuple[str, str], str] = {}
    for key in sorted(groups):
        group = sorted(groups[key], key=lambda each: (each.scanned_at, each.digest))
        delivery = _delivery(group, known.get(key))
        if key[1]:
            statements[key[0]] = delivery
            held.update(_held(group))
        else:
            deliveries[key[0]] = delivery
            sightings += (each for scan in group for each in _sightings(scan))
    return Run(deliveries, statements, sightings, _present(deliveries.values()), held)


def package_key(package: str) -> str:
    """The PEP 503 name."""
    return identity("", package)[1]


@lru_cache(maxsize=65536)
def version_key(version: str) -> str:
    """Equal for versions that an advisory cannot tell apart: `1.0`, `v1.0.0` and `1.0+local`."""
    plain = version.strip()
    try:
        # Longer ones take long to parse, and no package has one.
        parsed = Version(plain) if len(plain) <= LONGEST_VERSION else None
    except InvalidVersion:
        parsed = None
    if parsed is None:
        return plain.casefold()
    return canonicalize_version(parsed.public)


@lru_cache(maxsize=65536)
def place_of(location: str) -> tuple[str, int]:
    """The file and the line of a location; no line is 0."""
    match = _PLACE.fullmatch(location.strip())
    path, line = (match[1], match[2]) if match else (location, None)
    plain = path.replace("\\", "/")
    while plain.startswith("./"):
        plain = plain[2:].lstrip("/")
    return plain, int(line or 0)


def whole(text: str) -> str:
    """The text without halves of characters, which JSON can hold and no file can."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _delivery(group: Sequence[Scan], known: LatestScan | None) -> Delivery:
    latest = _latest(group, known)
    inventories = [scan.report.inventory for scan in group]
    inventory = _united(each for each in inventories if each is not None)
    scopes = [scan.report.scope for scan in group]
    scope = {place_of(whole(name))[0] for names in scopes for name in names}
    unseen = {skipped.name for skipped in latest.skipped}
    listed = None not in inventories
    latest = replace(
        latest,
        inventory_size=len(inventory) if listed else None,
        scope_size=len(scope) if all(scopes) else None,
    )
    if latest.verdict is Verdict.COMPLETE:
        complete = _complete(latest, len(group), known)
        latest = replace(latest, last_complete=complete)
    return Delivery(
        latest=latest,
        inventory=inventory if listed else None,
        scope=scope if all(scopes) else frozenset(),
        unseen={package_key(name) for name in unseen} | {place_of(name)[0] for name in unseen},
        superseded=known is not None and known.scanned_at > latest.scanned_at,
        newest=group[-1].scanned_at,
    )


def _complete(latest: LatestScan, reports: int, known: LatestScan | None) -> CompleteScan:
    before = known.last_complete if known else None
    return CompleteScan(
        scanned_at=latest.scanned_at,
        reports=reports,
        audited=latest.audited,
        inventory_size=latest.inventory_size,
        scope_size=latest.scope_size,
        grade=before.grade if before else "",
        extra=before.extra if before else {},
    )


def _latest(group: Sequence[Scan], known: LatestScan | None) -> LatestScan:
    reports = [scan.report for scan in group]
    counts = [report.audited for report in reports]
    kinds = [report.kind for report in reports]
    skipped = {Skipped(whole(s.name), whole(s.reason)) for each in reports for s in each.skipped}
    audited = None if None in counts else sum(count for count in counts if count is not None)
    verdict = min((report.verdict for report in reports), key=_WORK.index)
    # Who looked at nothing has completed nothing, whatever the report says.
    empty = verdict is Verdict.COMPLETE and 0 in counts
    return LatestScan(
        scanner=reports[0].scanner,
        kind=min(kinds, key=lambda kind: _KINDS.index(kind) if kind in _KINDS else len(_KINDS)),
        verdict=Verdict.FAILED if empty else verdict,
        scanned_at=group[0].scanned_at,
        digests=tuple(sorted({scan.digest for scan in group})),
        observed=sum(len(report.observations) for report in reports),
        audited=audited,
        unit=min(report.unit for report in reports),
        skipped=tuple(sorted(skipped)),
        problems=tuple(sorted({whole(text) for report in reports for text in report.problems})),
        tool_version=max(whole(report.tool_version) for report in reports),
        last_complete=known.last_complete if known else None,
        extra=known.extra if known else {},
    )


def _united(inventories: Iterable[Mapping[str, Iterable[str]]]) -> dict[str, set[str]]:
    united: dict[str, set[str]] = {}
    for inventory in inventories:
        for package, versions in inventory.items():
            united.setdefault(package_key(package), set()).update(map(whole, versions))
    return united


def _present(deliveries: Iterable[Delivery]) -> dict[str, set[str]]:
    listed = _united(each.inventory for each in deliveries if each.inventory is not None)
    return {name: {version_key(version) for version in found} for name, found in listed.items()}


def _sightings(scan: Scan) -> Iterator[Sighting]:
    report = scan.report
    for observation in report.observations:
        cleaned = _cleaned(observation)
        yield Sighting(cleaned, report.scanner, report.kind, report.verdict, scan.scanned_at)


def _cleaned(given: Observation) -> Observation:
    """The observation without what no file can hold, and without aliases that are no ids."""
    if _is_clean(given):
        return given
    claims = [replace(claim, value=whole(claim.value)) for claim in given.severities]
    return replace(
        given,
        id=whole(given.id),
        aliases=tuple(alias for alias in given.aliases if _is_id(alias)),
        package=whole(given.package.strip()),
        version=whole(given.version.strip()),
        severities=tuple(claims),
        fix_versions=tuple(map(whole, given.fix_versions)),
        title=whole(given.title),
        description=whole(given.description),
        location=whole(given.location),
        fingerprint=whole(given.fingerprint),
        references=tuple(map(whole, given.references)),
        suppressed=whole(given.suppressed),
    )


def _is_clean(given: Observation) -> bool:
    texts = (given.id, given.package, given.version, given.title, given.description)
    places = (given.location, given.fingerprint, given.suppressed)
    claims = (claim.value for claim in given.severities)
    everything = "".join((*texts, *places, *given.fix_versions, *given.references, *claims))
    trimmed = given.package == given.package.strip() and given.version == given.version.strip()
    return trimmed and everything.isascii() and all(map(_is_id, given.aliases))


def _is_id(alias: str) -> bool:
    return bool(alias.strip()) and len(alias) <= LONGEST_ID and alias.isprintable()


def _held(group: Iterable[Scan]) -> Iterator[tuple[tuple[str, str], str]]:
    """Package and id of everything that the statements say is affected, with who says so."""
    for scan in group:
        for each in scan.report.observations:
            if each.statement.casefold() in HOLDING:
                for name in (each.id, *each.aliases):
                    yield (package_key(each.package), name.casefold()), scan.report.scanner

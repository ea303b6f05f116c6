"""What a run proves about a finding that it does not report: gone, withdrawn, or nothing.

What a scan did not look at it cannot prove: each proof names what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from secstatus.errors import shown
from secstatus.findings.finding import package_key
from secstatus.findings.ledger import FindingState, LedgerFinding
from secstatus.findings.observation import Verdict
from secstatus.findings.osv_ranges import are_all_before, find_reached_fix
from secstatus.findings.scan_batch import ScanBatch, ScannerResult
from secstatus.findings.scan_group import Occurrence
from secstatus.findings.statements import Closure, code_key
from secstatus.findings.texts import normalize_version, split_place
from secstatus.timestamps import format_timestamp

# A sentence of evidence is published; a name of thousands of characters would hide the rest of it.
LONGEST_NAME = 80
MOST_VERSIONS = 5


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where the finding stands now; `text` is the evidence, or the reason why there is none."""

    state: FindingState
    day: date
    text: str


def find_closures(finding: LedgerFinding, run: ScanBatch) -> list[Closure]:
    """What sources say that the finding is over: about its package or place, or the project.

    A word about one version says nothing of another.
    """
    if not run.closures:
        return []
    versions = {normalize_version(finding.version)} if finding.version else set()
    keys = [(package, name) for name in finding.ids for package in (finding.package, "")]
    found = [run.closures.get((package_key(p), name.casefold()), ()) for p, name in keys]
    if not finding.is_advisory:
        path = split_place(finding.location)[0]
        found = [run.closures.get(code_key(finding.rule, path, finding.fingerprint), ())]
    return [
        closure
        for closures in found
        for closure in closures
        if not closure.version or normalize_version(closure.version) in versions
    ]


def find_clearance(finding: LedgerFinding, run: ScanBatch) -> Closure | None:
    """A statement that the product is not affected, whatever scanners report."""
    return next((each for each in find_closures(finding, run) if each.clears), None)


def judge(
    finding: LedgerFinding, withdrawn: Sequence[Occurrence], run: ScanBatch
) -> Resolution | None:
    """The judgement on a finding that counts and that no scan of the run reports as valid.

    `withdrawn` are the sightings that call it withdrawn. None when the run cannot know better: no
    scanner that ever saw the finding delivered a scan since it was last seen, and no source closes
    it.
    """
    own = [run.deliveries[name] for name in finding.scanners if name in run.deliveries]
    # A scan of the same second is the one that saw it.
    newer = [each for each in own if each.scanned_at > finding.last_seen]
    newer.sort(key=lambda each: (each.scanned_at, each.scanner))
    if clearance := find_clearance(finding, run):
        return _closed_by(clearance)
    closures = find_closures(finding, run)
    if not newer and not closures:
        return None
    speakers = {each.speaker for each in closures}
    others = [each for each in own if each.scanner not in speakers]
    times = [each.scanned_at for each in newer] + [each.scanned_at for each in closures]
    first = min(times).date()
    # Doubt comes before proof: one scanner that failed may be the one that would still report it.
    if doubt := _doubt(finding, others, run):
        return Resolution(FindingState.UNOBSERVED, first, doubt)
    if closures:
        return _closed_by(closures[0], _find_affected(finding, run))
    if withdrawn:
        return _withdrawal(finding, withdrawn, newer)
    if run.project.is_own(finding.package):
        return _own_advisory(finding, newer, run)
    texts = []
    for delivery in newer:
        proved, text = _proof(finding, delivery, run)
        if proved:
            return Resolution(FindingState.RESOLVED, delivery.scanned_at.date(), text)
        texts.append(text)
    return Resolution(FindingState.UNOBSERVED, first, " ".join(texts))


def _closed_by(closure: Closure, still: str = "") -> Resolution:
    """By a statement or an alert; `still` is the affected version that the project has."""
    state = FindingState.RESOLVED if closure.fixed else FindingState.WITHDRAWN
    kind = "The alert" if closure.is_alert else "A statement"
    when = format_timestamp(closure.scanned_at)
    said = f"{kind} of {brief(closure.speaker)} of {when} says: {closure.text}"
    day = closure.scanned_at.date()
    if still:
        text = f"{said}; but the affected {brief(still)} is still there."
        return Resolution(FindingState.UNOBSERVED, day, text)
    return Resolution(state, day, f"{said}.")


def _find_affected(finding: LedgerFinding, run: ScanBatch) -> str:
    """The affected version that an inventory or the lock file still has; empty for none."""
    package = package_key(finding.package)
    locked = {normalize_version(version) for version in run.project.find_locked(package)}
    there = run.present.get(package, frozenset()) | locked
    return next((each for each in finding.versions if normalize_version(each) in there), "")


def _doubt(finding: LedgerFinding, own: Sequence[ScannerResult], run: ScanBatch) -> str:
    """A reason for which no scan of this run can close the finding."""
    for each in own:
        if each.verdict in (Verdict.FAILED, Verdict.PARTIAL):
            return f"{_scan(each)} does not report it, but is {each.verdict}."
    package = package_key(finding.package)
    for name in finding.ids:
        for about in {package, ""}:
            if speaker := run.held.get((about, name.casefold())):
                return f"No scanner reports it, but a statement ({brief(speaker)}) says: affected."
    return ""


def _withdrawal(
    finding: LedgerFinding, withdrawn: Sequence[Occurrence], newer: Sequence[ScannerResult]
) -> Resolution:
    """Withdrawn when every scanner that ever saw the finding has a complete scan without it.

    Records are withdrawn as duplicates of others, which another scanner may go by.
    """
    speakers = {each.scanner for each in withdrawn}
    complete = {each.scanner: each for each in newer if _completes(each)}
    if missing := sorted({*finding.scanners, *speakers} - set(complete)):
        text = f"It is reported as withdrawn, but {brief(missing[0])} has no newer complete scan."
        return Resolution(FindingState.UNOBSERVED, newer[0].scanned_at.date(), text)
    first = next(each for each in newer if each.scanner in speakers)
    text = f"{_scan(first)} reports it as withdrawn."
    return Resolution(FindingState.WITHDRAWN, first.scanned_at.date(), text)


def _completes(delivery: ScannerResult) -> bool:
    return delivery.verdict is Verdict.COMPLETE and not delivery.superseded


def _own_advisory(
    finding: LedgerFinding, newer: Sequence[ScannerResult], run: ScanBatch
) -> Resolution:
    """An advisory about the project itself: its own next release is no fix by being newer.

    Resolved when the maintainer confirms it, the project is at a version that the advisory calls
    fixed, and a complete scan does not report it.
    """
    scan = next((each for each in newer if _completes(each)), newer[0])
    day, version = scan.scanned_at.date(), run.project.version
    confirmed = any(name.casefold() in run.project.confirmed for name in finding.ids)
    fixed = find_reached_fix(finding.fix_versions, [version])
    if _completes(scan) and confirmed and fixed:
        text = f"The plan confirms the fix; {version} is not before {fixed}, which the advisory"
        return Resolution(
            FindingState.RESOLVED, day, f"{text} names as fixed. {_scan(scan)} agrees."
        )
    if not finding.fix_versions:
        lacks = "the advisory names no fixed version"
    elif not fixed:
        lacks = f"{version or 'this version'} is before {finding.fix_versions[0]}"
    else:
        lacks = "no plan with `status: completed` confirms it"
    text = (
        "It is about this project itself: a release resolves it only if the advisory names that "
        f"release as fixed and the maintainer confirms it. Here {lacks}."
    )
    return Resolution(FindingState.UNOBSERVED, day, text)


def _proof(finding: LedgerFinding, delivery: ScannerResult, run: ScanBatch) -> tuple[bool, str]:
    """Whether the delivery proves that the finding is gone, and a sentence either way."""
    scan = _scan(delivery)
    if delivery.superseded:
        return False, f"{scan} does not report it, but is older than one known already."
    if delivery.verdict is not Verdict.COMPLETE:
        return False, f"{scan} does not report it, but is {delivery.verdict}."
    proof = _proof_by_package if finding.is_advisory else _proof_by_file
    return proof(finding, delivery, run, scan)


def _proof_by_package(
    finding: LedgerFinding, delivery: ScannerResult, run: ScanBatch, scan: str
) -> tuple[bool, str]:
    package, name = package_key(finding.package), brief(finding.package)
    silent = f"{scan} does not report it, but"
    if not package:
        return False, f"{silent} its package is not known."
    if not delivery.inventory:
        return False, f"{silent} does not list the packages it looked at."
    # What was skipped was not looked at, whatever the rest of the scan proves.
    if package in delivery.unseen:
        return False, f"{silent} skipped {name}."
    found = run.present.get(package, frozenset())
    affected = {normalize_version(version) for version in finding.versions}
    # Without versions on both sides nothing can be compared.
    # An installed version that is not stated may be the affected one.
    if "" in found or (found and not affected):
        return False, f"{silent} the version of {name} is not known."
    # In any inventory of the run: another scanner still sees the affected version installed.
    if still := _find_affected(finding, run):
        return False, f"{silent} {name} is still at {brief(still)}."
    if now := sorted(delivery.inventory.get(package, ())):
        return _proof_by_version(finding, now, scan)
    # Missing from the scan but named by the project: the scan is of another environment.
    # A scan of an environment without it proves that the environment lacks it, no more.
    if run.project.names(package):
        return False, f"{silent} did not look at {name}, which the project still names."
    count = len(delivery.inventory)
    return True, f"{scan} has no {name} among its packages ({count}) and does not report it."


def _proof_by_version(finding: LedgerFinding, now: Sequence[str], scan: str) -> tuple[bool, str]:
    """Whether the scan found the package at versions that the advisory calls fixed or unaffected.

    A version that the scanner is silent about may lie past the last affected one that is known,
    with no fix known: only a fixed version that was reached, or a version before all affected ones,
    is evidence.
    """
    name, at, was = brief(finding.package), _versions(now), _versions(finding.versions)
    # `fixed` of the advisory, never `last_affected` alone: beyond that no fix is known (SPEC 2).
    if fixed := find_reached_fix(finding.fix_versions, now):
        text = f"{scan} has {name} at {at}, not {was}, and does not report it; fixed in {fixed}."
        return True, text
    if are_all_before(now, finding.versions):
        text = f"{scan} has {name} at {at}, before the affected {was}, and does not report it."
        return True, text
    lacks = "no fixed version is known" if not finding.fix_versions else "that is no fixed version"
    return False, f"{scan} has {name} at {at} and does not report it, but {lacks}."


def _proof_by_file(
    finding: LedgerFinding, delivery: ScannerResult, run: ScanBatch, scan: str
) -> tuple[bool, str]:
    path, _line = split_place(finding.location)
    if not path:
        return False, f"{scan} does not report it, but its file is not known."
    if path in delivery.unseen:
        return False, f"{scan} does not report it, but skipped {brief(path)}."
    # bandit lists files, other tools the folders that they were given.
    if any(step in delivery.scope for step in _steps(path)):
        return True, f"{scan} looked at {brief(path)} and does not report it any more."
    if not delivery.scope:
        return False, f"{scan} does not report it, but does not name the files it looked at."
    # The tree proves something only if it is the one that was scanned.
    tracked = run.project.files
    # Common files show that scan and tree are the same project.
    if tracked is not None and path not in tracked and not tracked.isdisjoint(delivery.scope):
        return True, f"{brief(path)} is no longer in the project; {scan} does not report it."
    return False, f"{scan} does not report it, but did not look at {brief(path)}."


def _steps(path: str) -> Iterator[str]:
    """The file, the folders above it, and the root: a scan names files or folders."""
    steps = path.split("/")
    yield from ("/".join(steps[:number]) for number in range(len(steps), 0, -1))
    yield from (".", "")


def _scan(delivery: ScannerResult) -> str:
    return f"The scan by {brief(delivery.scanner)} of {format_timestamp(delivery.scanned_at)}"


def _versions(versions: Sequence[str]) -> str:
    listed = ", ".join(map(brief, versions[:MOST_VERSIONS]))
    return f"{listed} and others" if len(versions) > MOST_VERSIONS else listed


def brief(text: str) -> str:
    """A name for a sentence: as it is, or quoted and cut when it is long or cannot be printed."""
    return text if text.isprintable() and len(text) <= LONGEST_NAME else shown(text)

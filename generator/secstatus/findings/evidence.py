"""What a run proves about a finding that it does not report: gone, withdrawn, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from secstatus.errors import shown
from secstatus.findings.ledger import LedgerFinding, State, stamp
from secstatus.findings.observation import Verdict
from secstatus.findings.run import (
    Delivery,
    Run,
    Sighting,
    package_key,
    place_of,
    version_key,
)

LONGEST_NAME = 80
MOST_VERSIONS = 5


@dataclass(frozen=True, slots=True)
class Judgement:
    """Where the finding stands now; `text` is the evidence, or the reason why there is none."""

    state: State
    day: date
    text: str


def judge(finding: LedgerFinding, withdrawn: Sequence[Sighting], run: Run) -> Judgement | None:
    """The judgement on a finding that counts and that no scan of the run reports as valid.

    `withdrawn` are the sightings that call it withdrawn. None when the run cannot know better: no
    scanner that ever saw the finding delivered a scan since it was last seen.
    """
    own = [run.deliveries[name] for name in finding.scanners if name in run.deliveries]
    newer = [each for each in own if each.scanned_at > finding.last_seen]
    if not newer:
        return None
    newer.sort(key=lambda each: (each.scanned_at, each.scanner))
    if doubt := _doubt(finding, own, run):
        return Judgement(State.UNOBSERVED, newer[0].scanned_at.date(), doubt)
    if withdrawn:
        return _withdrawal(finding, withdrawn, newer)
    texts = []
    for delivery in newer:
        proved, text = _proof(finding, delivery, run)
        if proved:
            return Judgement(State.RESOLVED, delivery.scanned_at.date(), text)
        texts.append(text)
    return Judgement(State.UNOBSERVED, newer[0].scanned_at.date(), " ".join(texts))


def _doubt(finding: LedgerFinding, own: Sequence[Delivery], run: Run) -> str:
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
    finding: LedgerFinding, withdrawn: Sequence[Sighting], newer: Sequence[Delivery]
) -> Judgement:
    """Withdrawn when every scanner that ever saw the finding has a complete scan without it.

    Records are withdrawn as duplicates of others, which another scanner may go by.
    """
    speakers = {each.scanner for each in withdrawn}
    complete = {each.scanner: each for each in newer if _completes(each)}
    if missing := sorted({*finding.scanners, *speakers} - set(complete)):
        text = f"It is reported as withdrawn, but {brief(missing[0])} has no newer complete scan."
        return Judgement(State.UNOBSERVED, newer[0].scanned_at.date(), text)
    first = next(each for each in newer if each.scanner in speakers)
    text = f"{_scan(first)} reports it as withdrawn."
    return Judgement(State.WITHDRAWN, first.scanned_at.date(), text)


def _completes(delivery: Delivery) -> bool:
    return delivery.verdict is Verdict.COMPLETE and not delivery.superseded


def _proof(finding: LedgerFinding, delivery: Delivery, run: Run) -> tuple[bool, str]:
    """Whether the delivery proves that the finding is gone, and a sentence either way."""
    scan = _scan(delivery)
    if delivery.superseded:
        return False, f"{scan} does not report it, but is older than one known already."
    if delivery.verdict is not Verdict.COMPLETE:
        return False, f"{scan} does not report it, but is {delivery.verdict}."
    proof = _proof_by_package if finding.is_advisory else _proof_by_file
    return proof(finding, delivery, run, scan)


def _proof_by_package(
    finding: LedgerFinding, delivery: Delivery, run: Run, scan: str
) -> tuple[bool, str]:
    package, name = package_key(finding.package), brief(finding.package)
    if not package:
        return False, f"{scan} does not report it, but nobody knows its package."
    if not delivery.inventory:
        return False, f"{scan} does not report it, but does not list the packages it looked at."
    if package in delivery.unseen:
        return False, f"{scan} does not report it, but skipped {name}."
    found = run.present.get(package, frozenset())
    affected = {version_key(version) for version in finding.versions}
    if "" in found or (found and not affected):
        return False, f"{scan} does not report it, but nobody knows the version of {name}."
    if found & affected:
        still = next(each for each in finding.versions if version_key(each) in found)
        return False, f"{scan} does not report it, but {name} is still at {brief(still)}."
    if now := sorted(delivery.inventory.get(package, ())):
        was = _versions(finding.versions)
        return True, f"{scan} has {name} at {_versions(now)}, not {was}, and does not report it."
    count = len(delivery.inventory)
    return True, f"{scan} has no {name} among its packages ({count}) and does not report it."


def _proof_by_file(
    finding: LedgerFinding, delivery: Delivery, _: Run, scan: str
) -> tuple[bool, str]:
    path, _line = place_of(finding.location)
    if not path:
        return False, f"{scan} does not report it, but nobody knows its file."
    if not delivery.scope:
        return False, f"{scan} does not report it, but does not name the files it looked at."
    if path in delivery.unseen:
        return False, f"{scan} does not report it, but skipped {brief(path)}."
    if _covered(path, delivery):
        return True, f"{scan} looked at {brief(path)} and does not report it any more."
    count = len(delivery.scope)
    return True, f"{scan} has no {brief(path)} among what it looked at ({count})."


def _covered(path: str, delivery: Delivery) -> bool:
    """Whether the file, or a folder above it, was looked at."""
    steps = path.split("/")
    above = ("/".join(steps[:number]) for number in range(1, len(steps) + 1))
    return not delivery.scope.isdisjoint({".", ""}) or any(step in delivery.scope for step in above)


def _scan(delivery: Delivery) -> str:
    return f"The scan by {brief(delivery.scanner)} of {stamp(delivery.scanned_at)}"


def _versions(versions: Sequence[str]) -> str:
    listed = ", ".join(map(brief, versions[:MOST_VERSIONS]))
    return f"{listed} and others" if len(versions) > MOST_VERSIONS else listed


def brief(text: str) -> str:
    """A name for a sentence: as it is, or quoted and cut when it is long or cannot be printed."""
    return text if text.isprintable() and len(text) <= LONGEST_NAME else shown(text)

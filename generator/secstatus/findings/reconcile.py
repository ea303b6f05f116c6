"""The scans of one run against the ledger: what is new, seen again, gone, back, or in doubt.

Only evidence closes a finding. Whatever is missing, partial or contradictory leaves it counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from secstatus.errors import UsageError
from secstatus.findings.ledger import (
    CLOCK_SKEW,
    Episode,
    FindingState,
    LatestScan,
    Ledger,
    LedgerFinding,
    Scan,
    file_name,
)
from secstatus.findings.matching import Match, has_advisory_id, match_findings
from secstatus.findings.merging import (
    CodeIds,
    merge_findings,
    preference,
    refresh_finding,
    with_ids,
)
from secstatus.findings.observation import ScanKind
from secstatus.findings.project_facts import UNKNOWN_PROJECT, ProjectFacts
from secstatus.findings.resolution import brief, find_clearance, judge
from secstatus.findings.scan_batch import ScanBatch, gather_batch
from secstatus.findings.scan_group import Occurrence
from secstatus.findings.scopes import assign_scope, find_foreign
from secstatus.findings.texts import split_place
from secstatus.timestamps import format_timestamp, truncate_timestamp


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The ledger after a run, and the ids of the findings that it moved, each tuple sorted.

    `seen` were counted before and are reported again. `unobserved` is everything that the run
    left in doubt, whether or not it was so before.
    """

    ledger: Ledger
    new: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    unobserved: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


# The ids that the run has moved so far, by their field in Reconciled.
Moves = defaultdict[str, list[str]]


def reconcile(
    ledger: Ledger,
    scans: Iterable[Scan],
    at: datetime,
    project: ProjectFacts = UNKNOWN_PROJECT,
) -> Reconciled:
    """The ledger with what the scans of one run, done at the moment `at`, say of the project.

    The same scans again change nothing, `revision` included; the order of scans and observations
    is nothing. Raises UsageError for a scan that lies in the future: nothing newer would ever come.
    """
    run = gather_batch(scans, ledger, project)
    _check_times(run, at)
    moves: Moves = defaultdict(list)
    ids = CodeIds(name for finding in ledger.findings for name in finding.ids)
    foreign = find_foreign(run)
    findings = [
        assign_scope(_settled(match, run, ids, moves), match.sightings, run, foreign)
        for match in match_findings(ledger.findings, run)
    ]
    findings.sort(key=lambda finding: (finding.key, finding.finding_id))
    after = replace(ledger, findings=tuple(findings), scans=_scans(ledger, run))
    # The same reports again must give the same bytes: an ingest without news has nothing to commit.
    if after != ledger:
        after = replace(after, revision=ledger.revision + 1)
    return Reconciled(after, **{name: tuple(sorted(names)) for name, names in moves.items()})


def _check_times(run: ScanBatch, at: datetime) -> None:
    latest = truncate_timestamp(at) + CLOCK_SKEW
    for delivery in (*run.deliveries.values(), *run.statements.values()):
        if delivery.newest > latest:
            found = f"a scan of {format_timestamp(delivery.newest)}, in the future"
            expected = f"at most {format_timestamp(at)}"
            raise UsageError(
                f"{brief(delivery.scanner)}: found {found}; expected {expected}",
                hint="Is the clock of this machine, or of the one that scanned, right?",
            )


def _place(sighting: Occurrence) -> tuple[str, str, str, int, str]:
    seen = sighting.observation
    return (sighting.scanner, seen.id, *split_place(seen.location), seen.fingerprint)


def _scans(ledger: Ledger, run: ScanBatch) -> tuple[LatestScan, ...]:
    """The latest scan of each scanner. A failed one of a name that only a file's name gave goes
    when its file is delivered whole: then it is known whose it is."""
    scans = {scan.key: scan for scan in ledger.scans}
    delivered = (*run.deliveries.values(), *run.statements.values())
    files = {name for each in delivered for name in each.latest.files}
    for key, scan in list(scans.items()):
        if scan.files and {*scan.files} <= files and scan.last_complete is None:
            del scans[key]
    for delivery in delivered:
        if not delivery.superseded:
            scans[delivery.latest.key] = delivery.latest
    return tuple(scans[key] for key in sorted(scans))


def _settled(match: Match, run: ScanBatch, ids: CodeIds, moves: Moves) -> LedgerFinding:
    """The finding as it stands after the run."""
    valid = [each for each in match.sightings if not each.observation.withdrawn]
    if not match.known:
        return _new(match.sightings, valid, run, ids, moves)
    finding = with_ids(merge_findings(match.known), match.sightings)
    # A statement "not affected" outweighs the report that is there; one that is only "fixed" does
    # not.
    if valid and run.closures and find_clearance(refresh_finding(finding, valid), run):
        finding, valid = refresh_finding(finding, valid), []
    if valid:
        return _seen(finding, valid, moves)
    if not finding.state.counts:
        return finding
    return _judged(finding, match.sightings, run, moves)


def _new(
    sightings: Sequence[Occurrence],
    valid: Sequence[Occurrence],
    run: ScanBatch,
    ids: CodeIds,
    moves: Moves,
) -> LedgerFinding:
    telling = valid or sightings
    first = min(telling, key=lambda each: (each.scanned_at, each.scanner))
    day = first.scanned_at.date()
    blank = _blank(telling, day, ids)
    finding = refresh_finding(with_ids(blank, sightings), telling)
    closure = find_clearance(finding, run)
    if valid and not closure:
        moves["new"].append(finding.finding_id)
        return finding
    if closure:
        text = f"A statement of {brief(closure.speaker)} says: {closure.text}."
        moves["withdrawn"].append(finding.finding_id)
        return _closed(finding, FindingState.WITHDRAWN, day, text)
    text = f"{brief(first.scanner)} reported it as withdrawn when it first saw it."
    moves["withdrawn"].append(finding.finding_id)
    return _closed(finding, FindingState.WITHDRAWN, day, text)


def _blank(sightings: Sequence[Occurrence], day: date, ids: CodeIds) -> LedgerFinding:
    """The finding with what makes it this one, still without anything that is said of it."""
    first = min(sightings, key=_place)
    seen = first.observation
    advisory = has_advisory_id(first)
    names = [each.observation.id for each in sightings]
    kind = first.kind if first.kind.is_code else ScanKind.OTHER
    return LedgerFinding(
        # Not the first report's id: the order of the files must not decide.
        finding_id=min(names, key=preference) if advisory else ids.new(first),
        kind=ScanKind.DEPENDENCIES if advisory else kind,
        state=FindingState.OPEN,
        discovered=day,
        last_seen=min(each.scanned_at for each in sightings),
        episodes=(Episode(day),),
        scanners=(first.scanner,),
        package=min(each.observation.package for each in sightings)
        if advisory
        else file_name(split_place(seen.location)[0]),
        rule="" if advisory else seen.id,
        fingerprint="" if advisory else seen.fingerprint,
    )


def _seen(finding: LedgerFinding, valid: Sequence[Occurrence], moves: Moves) -> LedgerFinding:
    after = refresh_finding(finding, valid)
    if finding.state.counts:
        moves["seen"].append(finding.finding_id)
        is_open = after.state is FindingState.OPEN
        return after if is_open else replace(after, state=FindingState.OPEN, reason="")
    moves["reopened"].append(finding.finding_id)
    day = min(each.scanned_at for each in valid).date()
    # A scan older than the closing can bring it back: then it was never proved to be gone.
    opened = max(day, *(each.closed for each in finding.episodes if each.closed))
    return replace(after, state=FindingState.OPEN, episodes=(*after.episodes, Episode(opened)))


def _judged(
    finding: LedgerFinding, sightings: Sequence[Occurrence], run: ScanBatch, moves: Moves
) -> LedgerFinding:
    judgement = judge(finding, sightings, run)
    if judgement is None:
        return finding
    moves[judgement.state.value].append(finding.finding_id)
    if judgement.state is FindingState.UNOBSERVED:
        return replace(finding, state=FindingState.UNOBSERVED, reason=judgement.text)
    return _closed(finding, judgement.state, judgement.day, judgement.text)


def _closed(finding: LedgerFinding, state: FindingState, day: date, evidence: str) -> LedgerFinding:
    *before, last = finding.episodes
    over = replace(last, closed=max(day, last.opened), outcome=state.value, evidence=evidence)
    return replace(finding, state=state, reason="", episodes=(*before, over))

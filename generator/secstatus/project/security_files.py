"""Status, ledger, findings document and plans: loaded and saved together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from secstatus.config import Config
from secstatus.findings.document.reader import FindingsDocument, read_findings_document
from secstatus.findings.document.writer import written_document
from secstatus.findings.finding import Finding
from secstatus.findings.ledger import HistoryPoint, Ledger, set_grades, with_point
from secstatus.findings.ledger_file import write_ledger
from secstatus.findings.observation import ScanKind
from secstatus.findings.plans.plan import Plan
from secstatus.findings.plans.reader import read_plans
from secstatus.findings.plans.stubs import Stubs, with_stubs
from secstatus.findings.rating import rate
from secstatus.findings.reconcile import Reconciled
from secstatus.project.inputs import Inputs
from secstatus.project.sources import decode_input, parse_ledger
from secstatus.scanners.registry import normalize_name
from secstatus.status.backfill import backfill_ledger
from secstatus.status.from_ledger import extract_facts, make_finding, make_status
from secstatus.status.status_document import StatusDocument
from secstatus.status.status_file import read_status, write_status

# A longer file of plans is of no use to a reader, and is slow to parse as YAML.
MOST_STUBS = 1000


def list_required_scanners(ledger: Ledger, config: Config) -> list[str]:
    """The required scanners: those of the configuration, else all that ever completed a scan."""
    if config.assessment.required_scanners is not None:
        return [normalize_name(name) for name in config.assessment.required_scanners]
    # A VEX document contains statements and examines nothing, so it is no required scan.
    scans = (scan for scan in ledger.scans if scan.kind is not ScanKind.STATEMENTS)
    free = {normalize_name(name) for name in config.assessment.optional_scanners}
    return [scan.scanner for scan in scans if scan.last_complete and scan.scanner not in free]


def render_security_files(
    files: SecurityFiles, learnt: Reconciled, config: Config, now: datetime
) -> tuple[dict[str, bytes], StatusDocument, Sequence[str]]:
    """Path → bytes of everything that changes, the status, and warnings.

    Nothing changes when nothing was learnt, neither from reports nor from plans: the same files
    give the same bytes on any day.
    """
    same = learnt.ledger == files.ledger and not files.was_backfilled
    # A missing findings document is written anew although nothing was learnt.
    known = files.status if same and files.document is not None else None
    stubs = Stubs(files.plans_text or "") if known else _stubs(files, learnt.ledger)
    plans = stubs.plans if stubs.added else files.plans
    status = make_status(learnt.ledger, files.status, now, config.assessment, plans)
    if known and extract_facts(status) == extract_facts(known):
        return {}, known, ()
    # A changed plan is no scan, so it adds no point to the history.
    ledger = learnt.ledger if known else _remembered(learnt.ledger, status)
    # Ids are compared without case: plans and findings documents are edited by hand.
    impacts, by_name = _impacts(files), {name.casefold(): each for name, each in plans.items()}
    findings = [
        _with_words(make_finding(item), by_name, impacts)
        for item in ledger.findings
        if item.state.counts
    ]
    document = written_document(findings, status.last_updated, status.scan_date, files.document)
    contents = {
        config.status_paths[0]: write_status(status),
        config.ledger: write_ledger(ledger),
        config.findings_document: document,
    }
    if stubs.added:
        contents[config.plans] = stubs.text
    return {path: text.encode() for path, text in contents.items()}, status, stubs.problems


def _stubs(files: SecurityFiles, ledger: Ledger) -> Stubs:
    """Plan stubs for findings without a plan: the MOST_STUBS worst, if there are more."""
    planned = {name.casefold() for name in files.plans}
    # A plan for `ID@package` also covers the id; a stub beside it would look like a second
    # decision.
    planned |= {name.rpartition("@")[0] for name in planned}
    lacking = [
        item
        for item in ledger.findings
        if item.state.counts and item.finding_id.casefold() not in planned
    ]
    more = len(lacking) - MOST_STUBS
    if more > 0:
        # The key breaks ties, so that the same ledger always gives the same stubs.
        lacking.sort(key=lambda item: (rate(item.severities, item.ids).severity.rank, item.key))
    stubs = with_stubs(
        files.plans_text, [(item.finding_id, item.discovered) for item in lacking[:MOST_STUBS]]
    )
    if more <= 0:
        return stubs
    return replace(stubs, problems=(*stubs.problems, f"{more:,} milder findings get no plan stub"))


def _impacts(files: SecurityFiles) -> dict[tuple[str, str], str]:
    """Key of a finding → its impact in the document, which only maintainers write."""
    findings = [entry.finding for entry in files.parsed.entries] if files.parsed else []
    return {each.key: each.impact for each in findings if each.impact}


def _with_words(
    finding: Finding, plans: Mapping[str, Plan], impacts: Mapping[tuple[str, str], str]
) -> Finding:
    """The finding with its plan, of `ID@package` or of the id, and its impact."""
    finding_id, package = finding.key
    # The more specific plan wins.
    plan = plans.get(f"{finding_id}@{package}") or plans.get(finding_id)
    impact = impacts.get(finding.key) or finding.impact
    return replace(finding, plan=plan or finding.plan, impact=impact)


def _remembered(ledger: Ledger, status: StatusDocument) -> Ledger:
    """The ledger with a new point of its history, dated by the newest scan."""
    grade = status.security_grade or "?"
    counts = {
        name: getattr(status.vulnerability_summary, name) or 0
        for name in ("critical", "high", "medium", "low", "unknown", "info")
    }
    scans = [scan for scan in ledger.scans if scan.kind is not ScanKind.STATEMENTS]
    point = HistoryPoint(
        at=max((scan.scanned_at for scan in scans), default=status.last_updated),
        counts=counts,
        grade=grade,
        verdicts={scan.scanner: scan.verdict.value for scan in scans},
    )
    return with_point(set_grades(ledger, grade), point)


@dataclass(frozen=True, slots=True)
class SecurityFiles:
    """The security files as read. Texts are None, and the ledger empty, for a missing file.

    `was_backfilled`: findings of the other files were added to the ledger.
    """

    status: StatusDocument | None
    ledger: Ledger
    document: str | None
    parsed: FindingsDocument | None
    plans_text: str | None
    plans: Mapping[str, Plan]
    was_backfilled: bool = False


def parse_security_files(inputs: Inputs, now: datetime) -> SecurityFiles:
    """Parse the files and backfill the ledger. Raises InputError for the first unreadable file."""
    config, document, parsed, plans_text = inputs.config, None, None, None
    status = _parse_status(inputs, now)
    if inputs.document is not None:
        document = decode_input(inputs.document, config.findings_document)
        # An empty file counts as absent: editors and `touch` leave such files behind.
        parsed = read_findings_document(document, config.findings_document) if document else None
    if inputs.plans is not None:
        plans_text = decode_input(inputs.plans, config.plans)
    plans = read_plans(plans_text, config.plans).plans if plans_text else {}
    known = parse_ledger(inputs)
    before = known or Ledger()
    ledger = backfill_ledger(before, status, parsed)
    was_backfilled = ledger is not before or (known is None and status is not None)
    return SecurityFiles(status, ledger, document, parsed, plans_text, plans, was_backfilled)


def _parse_status(inputs: Inputs, now: datetime) -> StatusDocument | None:
    if inputs.status is None:
        return None
    return read_status(decode_input(inputs.status, inputs.status_name), inputs.status_name, now)[0]

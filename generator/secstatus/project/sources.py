"""Parse the input files into values of the core, and assess them at a given time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secstatus.adapters.http.url import redact_url
from secstatus.errors import InputError, SecurityStatusError
from secstatus.project.inputs import Inputs
from secstatus.status.assessment import assess
from secstatus.status.from_ledger import make_finding
from secstatus.status.grade import UNREADABLE, Reason
from secstatus.status.history import History, make_history
from secstatus.status.policy import AssessmentPolicy, Grade
from secstatus.status.scan_coverage import behind
from secstatus.status.security_status import SecurityStatus
from secstatus.status.status_file import read_status

if TYPE_CHECKING:
    from secstatus.findings.document.reader import FindingsDocument
    from secstatus.findings.ledger import Ledger
    from secstatus.findings.plans.plan import Plan
    from secstatus.release.log import ReleaseLog
    from secstatus.release.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class AssessedInputs:
    """The status, its history, the policy of its grade, and warnings about the inputs.

    `unreadable`: why the status file could not be read; then `status` is the last published one.
    """

    status: SecurityStatus
    history: History
    policy: AssessmentPolicy
    warnings: tuple[str, ...]
    unreadable: str | None = None


def assess_inputs(inputs: Inputs, now: datetime, others: Sequence[Reason] = ()) -> AssessedInputs:
    """Parse status, findings document, plans and ledger, and assess them at `now`.

    `others` are further reasons, each with a ceiling. Raises SecurityStatusError for the status
    file and InputError for another one.
    """
    policy = inputs.config.assessment
    status, ledger, warnings = _assessed(inputs, now, policy, others)
    history = make_history(ledger, status.today) if ledger else History()
    # Sources that disagree are reported, and the worse statement counts (docs/explanation/where-
    # sources-disagree.md).
    warnings += [f"{item.finding_id}: {item.text}" for item in status.disagreements]
    if not inputs.config.base_url_known:
        url = inputs.config.base_url
        hint = "set base_url in [tool.secstatus], or --base-url"
        warnings.append(f"the address of the site is not known; {url} stands for it ({hint})")
    return AssessedInputs(status, history, policy, tuple(warnings))


def handle_status_failure(
    error: SecurityStatusError, inputs: Inputs, out: Path, now: datetime
) -> AssessedInputs:
    """Assess the status that the site in `out` published last, with the grade `?` and the reason.

    The site stays available and the other steps of a run go on; the error becomes a warning. The
    next run reads the status file again. Raises `error` when there is no published site either.
    """
    name = "index.json"
    try:
        published = (out / name).read_bytes()
    except OSError:
        # Without a published site there is no last good status, and nothing to keep available.
        raise error from None
    text, public = "The newest status file cannot be read", f"{error.path} {error.public}"
    # A known grade would claim a current scan: `?` is the ceiling until a status file is read.
    reason = Reason(UNREADABLE, Grade.UNKNOWN, text, public)
    # index.json of a site has the form of the status file, so the same reader checks it.
    old = replace(inputs, status=published, status_name=f"{name} of the last site")
    assessed = assess_inputs(old, now, [reason])
    warning = f"{error.message}; the last good status stands, its grade unknown"
    return replace(assessed, warnings=(warning, *assessed.warnings), unreadable=public)


def _assessed(
    inputs: Inputs, now: datetime, policy: AssessmentPolicy, others: Sequence[Reason]
) -> tuple[SecurityStatus, Ledger | None, list[str]]:
    text = decode_input(_there(inputs), inputs.status_name)
    status_document, odd = read_status(text, inputs.status_name, now)
    warnings = [f"{inputs.status_name}: {text}" for text in odd]
    document = _findings_document(inputs, now, warnings)
    plans = _plans(inputs, warnings)
    ledger = parse_ledger(inputs)
    listed = ledger.findings if ledger else ()
    known = [make_finding(item) for item in listed if item.state.counts]
    # Every alias counts: a status file may list a resolved finding under another id.
    gone = {name.casefold() for item in listed if not item.state.counts for name in item.ids}
    # When an older status stands in for a broken one, being behind the ledger is expected.
    ceilings = [*others, *(behind(status_document, ledger) if ledger and not others else ())]
    status = assess(status_document, now, policy, document, plans, ceilings, known, gone)
    return status, ledger, warnings


def _there(inputs: Inputs) -> bytes:
    if inputs.status is None:
        hint = "Point --root at the project, or set `status` in [tool.secstatus]."
        raise SecurityStatusError(inputs.status_name, "", "no file", "the live status", hint=hint)
    return inputs.status


def parse_ledger(inputs: Inputs) -> Ledger | None:
    if inputs.ledger is None:
        return None
    from secstatus.findings.ledger_file import read_ledger

    name = inputs.config.ledger
    return read_ledger(decode_input(inputs.ledger, name), name)


def parse_release_log(inputs: Inputs) -> ReleaseLog:
    """The release log; an empty one where there is no file. Raises InputError."""
    from secstatus.release.log import ReleaseLog
    from secstatus.release.log_file import read_releases

    if inputs.releases is None:
        return ReleaseLog()
    name = inputs.config.releases
    return read_releases(decode_input(inputs.releases, name), name)


def make_site_metrics(
    inputs: Inputs, releases: ReleaseLog, now: datetime
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The metrics of the site, and warnings about the journal.

    Probes of another address than that of the site do not count. Without a journal and release
    decisions the metrics are empty.
    """
    odd = (inputs.journal_problem,) if inputs.journal_problem else ()
    if inputs.journal is None and not releases.decisions:
        return {}, odd
    from secstatus.monitoring.journal.reader import read_journal
    from secstatus.monitoring.metrics import make_metrics

    journal = read_journal(inputs.journal or b"", now)
    days, base = inputs.config.monitor.alerts.fresh_days, redact_url(inputs.config.base_url)
    metrics = make_metrics(journal, releases, now.date(), days, base)
    return metrics, (*odd, *journal.problems)


def make_snapshot(inputs: Inputs, now: datetime) -> Snapshot:
    """The findings at `now`, to be compared with the last release. Raises as `assess_inputs`."""
    from secstatus.release.snapshot_sources import take_snapshot

    status, ledger, _ = _assessed(inputs, now, inputs.config.assessment, ())
    return take_snapshot(status, ledger, inputs.config.package)


def _findings_document(
    inputs: Inputs, now: datetime, warnings: list[str]
) -> FindingsDocument | None:
    if inputs.document is None:
        return None
    from secstatus.findings.document.reader import read_findings_document

    name = inputs.config.findings_document
    document = read_findings_document(decode_input(inputs.document, name), name)
    warnings += [f"{name}: {text}" for text in document.problems]
    if document.last_updated and document.last_updated > now:
        warnings.append(f"{name}: was last updated after the time of this build")
    return document


def _plans(inputs: Inputs, warnings: list[str]) -> Mapping[str, Plan] | None:
    if inputs.plans is None:
        return None
    from secstatus.findings.plans.reader import read_plans

    name = inputs.config.plans
    file = read_plans(decode_input(inputs.plans, name), name)
    warnings += [f"{name}: {text}" for text in file.problems]
    return file.plans


def decode_input(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # Only for JSON files the last published status can stand in (`handle_status_failure`).
        kind = SecurityStatusError if name.endswith(".json") else InputError
        found = f"the byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise kind(name, f"byte {error.start}", found, "UTF-8 text") from None

"""What each step tells the journal of itself; a journal that cannot be written is a warning.

The step is done by then. That it cannot be noted must not make it look undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secstatus.config import Config
from secstatus.errors import ExternalError
from secstatus.project.inputs import journal_folder, read_configuration
from secstatus.project.journal import NAME, note

if TYPE_CHECKING:
    from secstatus.commands.build.result import BuildResult
    from secstatus.commands.verify.result import VerifyResult
    from secstatus.findings.reconcile import Reconciled
    from secstatus.release.decision import ReleaseDecision
    from secstatus.release.log import DecisionRecord, ReleaseStep
    from secstatus.status.status_document import StatusDocument

# More scanners than that are somebody's attempt to fill the journal.
MOST_SCANNERS, LONGEST_NAME = 30, 60
VERIFIED = {"published": "verified", "different": "mismatch", "not published": "missing"}
Warnings = Sequence[str]


def note_ingest(
    root: Path, config: Config, now: datetime, status: StatusDocument, learnt: Reconciled
) -> Warnings:
    """An ingest that changed the books: `complete` when every required scan is."""
    scans = (status.scans or [])[:MOST_SCANNERS]
    required = [scan for scan in status.scans or [] if scan.required]
    whole = bool(required) and all(scan.verdict == "complete" for scan in required)
    told = {
        "grade": status.security_grade or "?",
        "new": len(learnt.new),
        "open": status.vulnerability_summary.total,
        "reopened": len(learnt.reopened),
        "resolved": len(learnt.resolved),
        "scans": {scan.scanner[:LONGEST_NAME]: str(scan.verdict) for scan in scans},
    }
    return _noted(root, config, now, "ingest", "complete" if whole else "incomplete", told)


def note_decision(root: Path, config: Config, now: datetime, found: ReleaseDecision) -> Warnings:
    """A decision that the book did not have."""
    told = {"bump": found.bump or "", "decision_id": found.decision_id}
    return _noted(root, config, now, "decide", found.trigger_type.value, told)


def note_record(root: Path, config: Config, step: ReleaseStep, done: DecisionRecord) -> Warnings:
    """That a release is out, or that publishing it failed, unless the upload has told it itself.

    Where a workflow publishes, this is all that the journal hears of it.
    """
    if step.state.value not in ("published", "failed") or _was_told(root, config, step):
        return ()
    told = {
        "decision_id": done.decision_id,
        "package": config.package,
        "trigger_type": done.trigger_type.value,
        "version": step.version or done.version,
    }
    if step.state.value == "failed" and step.note:
        told["reason"] = step.note[:300]
    return _noted(root, config, step.at, "publish", step.state.value, told)


def note_build(root: Path, now: datetime, result: BuildResult) -> Warnings:
    """A build that changed the site. A journal is never begun by it: a build leaves its inputs."""
    if not (result.written or result.removed):
        return ()
    config = read_configuration(root, None)
    if not _is_there(root, config):
        return ()
    told = {"grade": result.grade, "removed": len(result.removed), "written": len(result.written)}
    return _noted(root, config, now, "build", "unreadable" if result.unreadable else "built", told)


def note_verify(root: Path, now: datetime, result: VerifyResult) -> Warnings:
    """What the index shows. It begins no journal either, since it only looks."""
    config = read_configuration(root, None)
    if not _is_there(root, config):
        return ()
    state = result.report.state.value
    told = {"index": result.index, "package": result.project, "version": result.version}
    return _noted(root, config, now, "verify", VERIFIED.get(state, state), told)


def _is_there(root: Path, config: Config) -> bool:
    return (root / journal_folder(config) / NAME).is_file()


def _was_told(root: Path, config: Config, step: ReleaseStep) -> bool:
    """Whether the newest publish event of this version says the same already."""
    from secstatus.project.journal import read

    events = read(root, config).events
    of_it = [
        event
        for event in events
        if event.kind == "publish" and event.details.get("version") == step.version
    ]
    failed = ("failed", "refused")
    same = ("published",) if step.state.value == "published" else failed
    return bool(of_it) and of_it[-1].outcome in same


def _noted(
    root: Path, config: Config, at: datetime, kind: str, outcome: str, told: Mapping[str, Any]
) -> Warnings:
    from secstatus.timestamps import format_timestamp

    try:
        note(root, config, {**told, "at": format_timestamp(at), "kind": kind, "outcome": outcome})
    except ExternalError as error:
        return (f"the journal was not written: {error.message}",)
    return ()

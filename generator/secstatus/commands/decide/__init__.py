"""decide: what changed since the last release, and whether that needs one; the log records it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.files import read_text
from secstatus.adapters.github_output import set_outputs
from secstatus.adapters.parallel import without_cycle_collection
from secstatus.commands.decide.result import (
    DecideResult,
    fresh,
    kept,
    make_resumed,
    write_decision_outputs,
    write_notes_file,
)
from secstatus.config import Config
from secstatus.errors import SecstatusError, UsageError
from secstatus.project.journal import JournalStore
from secstatus.project.project import Project
from secstatus.release.changes import SecurityChangeDetector
from secstatus.release.decision import Before, ManualRequest, ReleaseDecision, ReleaseRequest
from secstatus.release.log import (
    DecisionRecord,
    ReleaseLog,
    ReleaseState,
    ReleaseStep,
    advance_release,
    as_first,
    before,
    record_decision,
)
from secstatus.release.notes import write_notes
from secstatus.release.snapshot import Snapshot
from secstatus.release.snapshot_sources import take_snapshot, with_closed, with_evidence
from secstatus.status.assessment import assess
from secstatus.status.status_document import StatusDocument
from secstatus.status.status_file import read_status
from secstatus.timestamps import format_timestamp, truncate_timestamp

EXAMPLE = "secstatus decide --manual fix --note 'Corrects the reader of empty files'"
# The journal has one line for each event (decision 0016), so a whole log does not fit.
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class DecideOptions:
    """`old` and `new`: two status files to compare; nothing is recorded then.

    `manual`: the kind of change of a requested release; `note`: why, for the release notes.
    """

    old: Path | None = None
    new: Path | None = None
    manual: str | None = None
    note: str = ""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--old", type=Path, metavar="FILE", help="compare this status file … (records nothing)"
    )
    parser.add_argument("--new", type=Path, metavar="FILE", help="… with this one")
    add_decision_options(parser)
    parser.add_argument(
        "--record",
        # `planned` is missing: only a decision creates that state.
        choices=("committed", "pushed", "published", "announced", "failed", "declined"),
        help="decide nothing; record which state the release has reached",
    )
    parser.add_argument(
        "--version", default="", metavar="V", help="with --record: the version of the release"
    )
    parser.add_argument("--commit", default="", metavar="SHA", help="with --record: its commit")
    parser.add_argument("--tag", default="", metavar="TAG", help="with --record: its tag")
    parser.add_argument(
        "--decision",
        default="",
        metavar="ID",
        help="with --record: its decision (default: the one that is open)",
    )


def add_decision_options(parser: argparse.ArgumentParser) -> None:
    """The options of a decision, alone or in a run."""
    parser.add_argument(
        "--manual",
        choices=("fix", "feature", "breaking", "dependency"),
        help="request a release manually: the kind of change",
    )
    parser.add_argument(
        "--note", default="", metavar="TEXT", help="the reason, for the release notes"
    )
    parser.add_argument(
        "--notes-file",
        type=Path,
        metavar="FILE",
        help="write the release notes there (in GitHub Actions: in the folder of the job)",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    try:
        result = _decide_or_record(options)
    except SecstatusError:
        # A workflow that reads the outputs and not the exit status must not release.
        set_outputs({"should_release": "false", "trigger_type": "none"})
        raise
    for alert in (*result.alerts, *result.warnings):
        output.warning(alert)
    notes = write_notes_file(options.notes_file, result.notes)
    output.result(result)
    write_decision_outputs(result.data, notes)
    return 0


def _decide_or_record(options: argparse.Namespace) -> DecideResult:
    if options.record:
        at, state = truncate_timestamp(resolve_now(options.now)), ReleaseState(options.record)
        step = ReleaseStep(state, at, options.version, options.commit, options.tag, options.note)
        return record_release_step(options.root, step, options.decision)
    if options.version or options.commit or options.tag or options.decision:
        hint = "Say which state was reached, for example --record published."
        raise UsageError("--version, --commit, --tag and --decision go with --record", hint=hint)
    wanted = DecideOptions(options.old, options.new, options.manual, options.note)
    return decide_release(options.root, resolve_now(options.now), wanted)


def decide_release(root: Path, now: datetime, options: DecideOptions) -> DecideResult:
    """Decide, and record the decision before it is carried out.

    The same files give the same decision, and a second run of it changes nothing. Raises InputError
    for a file that cannot be used, UsageError, and ExternalError when the disk refuses.
    """
    request = _request(options)
    project = Project(root, now)
    # Only the release log prevents a second release of the same change (decision 0012), so a plain
    # comparison records nothing.
    if options.old or options.new:
        if not (options.old and options.new):
            raise UsageError("--old and --new go together", hint="Name both status files.")
        with without_cycle_collection():
            return _compare(project.config, options.old, options.new, request, now)
    # Two runs at the same time must not decide about the same snapshot.
    with without_cycle_collection(), project.lock():
        releases = project.releases
        # Decision 0012: a committed or pushed release is completed before anything new is decided.
        if releases.under_way:
            return make_resumed(releases.under_way)
        standing = project.snapshot
        found = _decision(project.config, standing, as_first(releases, standing), request, now)
        written = project.save_releases(record_decision(releases, found, standing, now))
    details = {"bump": found.bump or "", "decision_id": found.decision_id}
    outcome = found.trigger_type.value
    # A repeated run records nothing, and a journal that cannot be written does not undo a decision.
    noted = project.journal.try_note(now, "decide", outcome, details) if written else ()
    return replace(fresh(found, standing), written=written, warnings=noted)


def record_release_step(root: Path, step: ReleaseStep, decision_id: str = "") -> DecideResult:
    """Record the state that the release of a decision has reached. Safe to run again.

    `decision_id` empty: the decision that is open. Raises UsageError for a step that cannot follow,
    InputError for a release log that cannot be read.
    """
    project = Project(root, step.at)
    with project.lock():
        done, after = advance_release(project.releases, step, decision_id)
        written = project.save_releases(after)
    noted = _note_record(project, step, done) if written else ()
    return replace(kept(done), written=written, warnings=noted)


def _note_record(project: Project, step: ReleaseStep, done: DecisionRecord) -> tuple[str, ...]:
    """Record a finished or failed release, unless the upload has recorded it itself.

    Where a workflow publishes, this is the only event of the release in the journal.
    """
    # The states between are steps of the bump, which the release log alone has to know.
    if step.state.value not in ("published", "failed") or _is_recorded(project.journal, step):
        return ()
    details = {
        "decision_id": done.decision_id,
        "package": project.config.package,
        "trigger_type": done.trigger_type.value,
        "version": step.version or done.version,
    }
    if step.state.value == "failed" and step.note:
        details["reason"] = step.note[:LONGEST_REASON]
    return project.journal.try_note(step.at, "publish", step.state.value, details)


def _is_recorded(journal: JournalStore, step: ReleaseStep) -> bool:
    """Whether the newest publish event of this version has the same content."""
    outcomes = [
        event.outcome
        for event in journal.read().events
        if event.kind == "publish" and event.details.get("version") == step.version
    ]
    # An upload that was refused is a failed release as well.
    same = ("published",) if step.state.value == "published" else ("failed", "refused")
    return outcomes[-1:] != [] and outcomes[-1] in same


def _request(options: DecideOptions) -> ReleaseRequest:
    if options.note and not options.manual:
        raise UsageError("--note goes with --manual", hint="Say --manual fix, for example.")
    return ReleaseRequest(ManualRequest(options.manual) if options.manual else None, options.note)


def _decision(
    config: Config, standing: Snapshot, releases: ReleaseLog, request: ReleaseRequest, now: datetime
) -> ReleaseDecision:
    policy, baseline = config.release, releases.baseline
    # After that many days, seven by default, a finding without a severity counts as high.
    detector = SecurityChangeDetector(policy.unknown_days)
    if baseline is None:
        changes = detector.all_new(standing, now.date())
    else:
        changes = detector.between(baseline, standing, now.date())
    earlier = before(releases, standing, now)
    return write_notes(changes, request, policy, earlier, standing, config.audience)


def _compare(
    config: Config, old: Path, new: Path, request: ReleaseRequest, now: datetime
) -> DecideResult:
    """The decision between two status files, each taken as it stood when it was written.

    The result does not depend on the time of this run; `now` only rejects files from the future.
    """
    before, after = _status(old, now), _status(new, now)
    grades, policy = config.assessment, config.release
    was, standing = (
        take_snapshot(assess(document, document.last_updated, grades), package=config.package)
        for document in (before, after)
    )
    was = with_closed(was, before)
    standing = with_evidence(standing, after, was, before)
    day = after.last_updated.date()
    changes = SecurityChangeDetector(policy.unknown_days).between(was, standing, day)
    backwards = ""
    # An older status was restored from somewhere: no automatic decision follows
    # (docs/explanation/when-a-release-is-made.md).
    if standing.at < was.at:
        backwards = f"{new} is older than {old}: are the two in the wrong order?"
    earlier = Before(
        after.last_updated, scan=format_timestamp(after.scan_date), backwards=backwards
    )
    found = write_notes(changes, request, policy, earlier, standing, config.audience)
    return fresh(found, standing)


def _status(path: Path, now: datetime) -> StatusDocument:
    return read_status(read_text(path, str(path)), str(path), now)[0]

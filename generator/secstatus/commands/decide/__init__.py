"""decide: what changed since the last release, and whether that asks for one; the book keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from secstatus.adapters.files import lock_folder
from secstatus.adapters.parallel import without_cycle_collection
from secstatus.adapters.transaction import replace_together
from secstatus.commands.decide.result import DecideResult, fresh, kept, make_resumed
from secstatus.commands.noting import note_decision, note_record
from secstatus.config import Config
from secstatus.errors import UsageError
from secstatus.project.inputs import journal_folder, read_configuration, read_documents
from secstatus.project.sources import releases_of, standing_in
from secstatus.release.changes import SecurityChangeDetector
from secstatus.release.decision import ManualRequest, ReleaseDecision, ReleaseRequest
from secstatus.release.log import (
    ReleaseLog,
    ReleaseStep,
    advance_release,
    as_first,
    before,
    record_decision,
)
from secstatus.release.log_file import write_releases
from secstatus.release.notes import write_notes
from secstatus.release.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class DecideOptions:
    """What the command line says. `old` and `new`: two status files, and nothing is recorded."""

    old: Path | None = None
    new: Path | None = None
    manual: str | None = None
    note: str = ""


def decide_release(root: Path, now: datetime, ask: DecideOptions) -> DecideResult:
    """Decide, and record the decision before anybody acts on it.

    The same files give the same decision, and a second run of it changes nothing. Raises InputError
    for a file that cannot be used, UsageError, and ExternalError when the disk refuses.
    """
    request = _request(ask)
    config = read_configuration(root, None)
    if ask.old or ask.new:
        from secstatus.commands.decide.compare import compare_status_files

        if not (ask.old and ask.new):
            raise UsageError("--old and --new go together", hint="Name both status files.")
        with without_cycle_collection():
            return compare_status_files(config, ask.old, ask.new, request, now)
    folder = journal_folder(config)
    with without_cycle_collection(), lock_folder(root / folder):
        inputs = read_documents(root, None)
        releases = releases_of(inputs)
        if releases.under_way:
            return make_resumed(releases.under_way)
        standing = standing_in(inputs, now)
        found = _decision(config, standing, as_first(releases, standing), request, now)
        after = record_decision(releases, found, standing, now)
        written = _written(root, config, releases, after)
    noted = note_decision(root, config, now, found) if written else ()
    return replace(fresh(found, standing), written=written, warnings=noted)


def record_release_step(root: Path, step: ReleaseStep, decision_id: str = "") -> DecideResult:
    """Write down how far the release of a decision came; the same again changes nothing.

    `decision_id` empty: the decision that is open. Raises UsageError for a step that cannot follow,
    InputError for a book that cannot be read.
    """
    config = read_configuration(root, None)
    with lock_folder(root / journal_folder(config)):
        releases = releases_of(read_documents(root, None))
        done, after = advance_release(releases, step, decision_id)
        written = _written(root, config, releases, after)
    noted = note_record(root, config, step, done) if written else ()
    return replace(kept(done), written=written, warnings=noted)


def _request(ask: DecideOptions) -> ReleaseRequest:
    if ask.note and not ask.manual:
        raise UsageError("--note goes with --manual", hint="Say --manual fix, for example.")
    return ReleaseRequest(ManualRequest(ask.manual) if ask.manual else None, ask.note)


def _decision(
    config: Config, standing: Snapshot, releases: ReleaseLog, request: ReleaseRequest, now: datetime
) -> ReleaseDecision:
    policy, baseline = config.release, releases.baseline
    detector = SecurityChangeDetector(policy.unknown_days)
    if baseline is None:
        changes = detector.all_new(standing, now.date())
    else:
        changes = detector.between(baseline, standing, now.date())
    earlier = before(releases, standing, now)
    return write_notes(changes, request, policy, earlier, standing, config.audience)


def _written(root: Path, config: Config, releases: ReleaseLog, after: ReleaseLog) -> bool:
    """Keep the book if it says something else than before."""
    if after == releases:
        return False
    content = {config.releases: write_releases(after).encode()}
    return bool(replace_together(root, journal_folder(config), content))

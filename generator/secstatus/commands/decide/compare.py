"""decide between two status files: nothing is read beside them, and nothing is recorded."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from secstatus.adapters.files import read_text
from secstatus.commands.decide.result import DecideResult, fresh
from secstatus.config import Config
from secstatus.release.changes import SecurityChangeDetector
from secstatus.release.decision import Before, ReleaseRequest
from secstatus.release.notes import write_notes
from secstatus.release.snapshot_sources import standing_of, with_closed, with_evidence
from secstatus.status.assessment import assess
from secstatus.status.status_document import StatusDocument
from secstatus.status.status_file import read_status
from secstatus.timestamps import format_timestamp


def compare_status_files(
    config: Config, old: Path, new: Path, request: ReleaseRequest, now: datetime
) -> DecideResult:
    """The decision between two status files, each taken as it stood when it was written.

    No moment of this run goes into it; `now` only refuses files from the future.
    """
    before, after = _status(old, now), _status(new, now)
    grades, policy = config.assessment, config.release
    was, standing = (
        standing_of(assess(document, document.last_updated, grades), package=config.package)
        for document in (before, after)
    )
    was = with_closed(was, before)
    standing = with_evidence(standing, after, was, before)
    day = after.last_updated.date()
    changes = SecurityChangeDetector(policy.unknown_days).between(was, standing, day)
    backwards = ""
    if standing.at < was.at:
        backwards = f"{new} is older than {old}: are the two in the wrong order?"
    earlier = Before(
        after.last_updated, scan=format_timestamp(after.scan_date), backwards=backwards
    )
    found = write_notes(changes, request, policy, earlier, standing, config.audience)
    return fresh(found, standing)


def _status(path: Path, now: datetime) -> StatusDocument:
    return read_status(read_text(path, str(path)), str(path), now)[0]

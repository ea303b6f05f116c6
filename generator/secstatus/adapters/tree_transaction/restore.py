"""Restore what a journal records: HEAD and tag, the index, the files. Safe to repeat."""

from __future__ import annotations

import contextlib
import os
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from secstatus.adapters.files import translate_disk_errors
from secstatus.adapters.git import files
from secstatus.adapters.git.commit import find_own_commit, find_tag, undo_commit
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.tree_transaction import backup
from secstatus.adapters.tree_transaction import record as journal_file
from secstatus.adapters.tree_transaction.backup import KeptFile
from secstatus.adapters.tree_transaction.record import JournalRecord, JournalStage
from secstatus.errors import ExternalError, SecstatusError, shown


class RestoreOutcome(StrEnum):
    """Result of a restore. `pushed`: the change had arrived, so it was left as it is."""

    RESTORED = "restored"
    PUSHED = "pushed"


class NotRestoredError(SecstatusError):
    """Files to be restored were changed by others. Those stay; the originals are kept.

    `details` name each file and where its original is.
    """


def is_public(repository: Repository, record: JournalRecord, folder: Path) -> bool:
    """Whether the change has reached the remote, by the journal or else by the remote itself.

    Raises ExternalError when the remote cannot be reached.
    """
    # A kill between the push and the note about it: only the remote knows.
    if record.stage == JournalStage.PUSHING and record.remote and record.remote_branch:
        commit = record.commit or record.head
        if repository.has_arrived(record.remote, record.remote_branch, commit):
            record.stage = JournalStage.PUSHED
            with translate_disk_errors("writing the journal"):
                journal_file.save(folder, record)
    return record.stage == JournalStage.PUSHED


def restore_journal(repository: Repository, record: JournalRecord, folder: Path) -> None:
    """Restore the state from before the journal was begun.

    Raises ExternalError or NotRestoredError, with nothing touched, when git is at work or HEAD is
    elsewhere. Raises NotRestoredError, after everything else was restored, when files were
    changed by others.
    """
    ours = _our_commit(repository, record, folder)
    _take_back(repository, record, ours)
    with translate_disk_errors("putting the files back"):
        foreign = _files(repository.top, record, folder)
    # Only git's notes about sizes and times: its answer, that some file differs, is no failure.
    repository.top_git.attempt("update-index", "-q", "--refresh")
    if foreign:
        details = [_explained(file, folder) for file in foreign]
        message = "everything was restored except files that were changed in the meantime"
        hint = f"Copy back the originals that you want, then remove {folder}."
        raise NotRestoredError(message, hint=hint, details=details)


def _our_commit(repository: Repository, record: JournalRecord, folder: Path) -> str | None:
    """The commit to take back, None when there is none."""
    if repository.is_locked():
        hint = f"Wait for it. If no git is running, remove {repository.private / 'index.lock'}."
        raise ExternalError("another git command is changing the index", hint=hint)
    if repository.branch() != record.branch:
        found = shown(repository.branch() or "no branch")
        _refuse(f"found {found}, expected {shown(record.branch or 'no branch')}", folder)
    head = repository.head()
    # The commit was not made, or has been taken back by an earlier attempt.
    if head == record.head:
        return None
    if head not in (record.commit, find_own_commit(repository, record.label)):
        _refuse(f"HEAD is {head[:12]}, which is neither {record.head[:12]} nor ours", folder)
    return head


def _take_back(repository: Repository, record: JournalRecord, ours: str | None) -> None:
    """Tag first: a run that is killed in between still finds the commit that it stood on."""
    if record.tag:
        target = ours or record.commit or record.head
        tag = find_tag(repository.git, record.tag, target)
        if tag:
            repository.delete_tag(record.tag, tag)
    if ours:
        undo_commit(repository, record.head, ours)
    files.restore_entries(repository.top_git, record.entries)


def _files(top: Path, record: JournalRecord, folder: Path) -> list[KeptFile]:
    """Put the files back; those that are neither old nor ours are left alone, and returned."""
    # A link that appeared since could lead the restored bytes anywhere.
    near = [file for file in record.files if not _is_led_away(top, file)]
    backup.drop_temporaries(top, near)
    known = [file for file in near if _is_known(top, file)]
    changed = [file for file in known if _differs(top, file)]
    backup.write_files(top, [(file, _original(file, folder)) for file in changed])
    # The innermost first: rmdir removes empty folders only.
    for made in reversed(record.folders):
        with contextlib.suppress(OSError):  # somebody else's files may be in it by now
            os.rmdir(top / made)
    return [file for file in record.files if file not in known]


def _is_known(top: Path, file: KeptFile) -> bool:
    there = backup.digest_file(top / file.path)
    return there in (file.old, backup.ABSENT, *file.ours)


def _differs(top: Path, file: KeptFile) -> bool:
    there = backup.digest_file(top / file.path)
    if there != file.old:
        return True
    return there != backup.ABSENT and os.lstat(top / file.path).st_mode & 0o7777 != file.mode


def _original(file: KeptFile, folder: Path) -> bytes | None:
    return None if file.old == backup.ABSENT else (folder / str(file.number)).read_bytes()


def _is_led_away(top: Path, file: KeptFile) -> bool:
    """Whether a folder on the way has become a link since."""
    folder = os.path.dirname(os.path.realpath(top) + os.sep + file.path)
    return os.path.realpath(folder) != os.path.normpath(folder)


def _explained(file: KeptFile, folder: Path) -> str:
    was = f"its original is {folder / str(file.number)}"
    if file.old == backup.ABSENT:
        was = "it was not there before"
    return f"{shown(file.path)}: changed in the meantime; {was}"


def _refuse(why: str, folder: Path) -> NoReturn:
    message = f"an interrupted version bump cannot be put back: {why}"
    hint = f"Go back there, or keep things as they are and remove {folder}."
    raise NotRestoredError(message, hint=hint)

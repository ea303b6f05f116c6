"""A change of the tree that can be undone, even when the process is killed in the middle of it.

Before anything changes, a journal in git's own folder keeps the original bytes and modes, the
index entries and HEAD. The next run restores everything, unless the push has arrived: from
then on the change is public and can only be completed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from secstatus.adapters.deadline import defer_signals, stoppable
from secstatus.adapters.files import open_locked_folder, sync, translate_disk_errors
from secstatus.adapters.git import files as index
from secstatus.adapters.git.commit import commit_paths, create_tag
from secstatus.adapters.git.remote import PushRejectedError
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.tree_transaction import backup, restore
from secstatus.adapters.tree_transaction import record as journal_file
from secstatus.adapters.tree_transaction.backup import KeptFile
from secstatus.adapters.tree_transaction.record import JournalRecord, JournalStage
from secstatus.adapters.tree_transaction.restore import NotRestoredError, RestoreOutcome
from secstatus.errors import DocumentUpdateError, ExternalError, SecstatusError, shown

__all__ = [
    "JournalStage",
    "NotRestoredError",
    "RestoreOutcome",
    "TreeJournal",
    "begin",
    "find_interrupted",
    "reversible",
]


class TreeJournal:
    """One change of a repository's tree, under an exclusive lock.

    Made by `begin` or `find_interrupted`.
    """

    def __init__(self, repository: Repository, record: JournalRecord, handle: int) -> None:
        self.repository = repository
        self.record = record
        self.folder = repository.private / journal_file.FOLDER
        self._handle = handle

    @property
    def stage(self) -> JournalStage:
        """How far the change has come."""
        return self.record.stage

    @property
    def paths(self) -> list[str]:
        """The files of the change, from the repository's `root`, links followed."""
        return [self.repository.from_root(file.path) for file in self.record.files]

    def write(self, contents: Mapping[str, bytes | None]) -> None:
        """Put the contents in the places of the files, modes kept; None removes one.

        Every path has to be one that the journal was begun with. Raises ExternalError when the
        disk refuses; then `restore` is next.
        """
        # Before any byte is written: by the digests a restore recognises the files as ours.
        new = self._placed(contents)
        for file, content in new:
            file.ours.append(backup.digest_content(content))
        self._mark(JournalStage.WRITING)
        with translate_disk_errors("writing the new version"):
            backup.write_files(self.repository.top, new)
        self._mark(JournalStage.WRITTEN)

    def commit(self, message: str) -> str:
        """Commit only the files; return the commit. Changes of them by hooks count as ours."""
        self._mark(JournalStage.COMMITTING)
        try:
            # A commit that fails may have run hooks, so `adopt` follows in any case.
            commit = commit_paths(self.repository, self.paths, message, self.record.label)
        finally:
            self.adopt()
        self.record.commit = commit
        self._mark(JournalStage.COMMITTED)
        return commit

    def tag(self, name: str, message: str) -> None:
        """Put an annotated tag on the commit. Raises ExternalError when there is one already."""
        self.repository.check_ref(name)
        # `git tag` would refuse as well, but only after the journal says that a tag is being made.
        if self.repository.has_tag(name):
            hint = "Choose another version, or remove the tag if it is not published yet."
            raise ExternalError(f"the tag {shown(name)} is there already", hint=hint)
        self.record.tag = name
        self._mark(JournalStage.TAGGING)
        create_tag(self.repository, name, message, self.record.commit)
        self._mark(JournalStage.TAGGED)

    def push(self, remote: str, branch: str) -> None:
        """Push commit and tag, both or neither. Raises as `Repository.push`."""
        before = self.stage
        self.record.remote, self.record.remote_branch = remote, branch
        self._mark(JournalStage.PUSHING)
        try:
            self.repository.push(remote, branch, self.record.tag, self.record.commit)
        # Rejected is an answer: it is known that nothing has arrived.
        except PushRejectedError:
            self._mark(before)
            raise
        self._mark(JournalStage.PUSHED)

    def restore(self) -> RestoreOutcome:
        """Put files, index, HEAD and tag back as they were, and end the journal.

        May be called again, by another process too, when it was interrupted. Raises ExternalError
        when it cannot be known whether the push arrived, or while git is at work: then nothing
        was touched. Raises NotRestoredError for files that others have changed meanwhile.
        """
        restoring = (self.repository, self.record, self.folder)
        try:
            if restore.is_public(*restoring):
                outcome = RestoreOutcome.PUSHED
            else:
                restore.restore_journal(*restoring)
                outcome = RestoreOutcome.RESTORED
        except SecstatusError:
            self.close()
            raise
        self.finish()
        return outcome

    def finish(self) -> None:
        """End the change: remove the journal and release the lock. Raises ExternalError."""
        with translate_disk_errors("removing the journal"):
            journal_file.discard(self.folder)
        self.close()

    def close(self) -> None:
        """Release the lock; the journal stays for the next run."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _mark(self, stage: JournalStage) -> None:
        self.record.stage = stage
        with translate_disk_errors("writing the journal"):
            journal_file.save(self.folder, self.record)

    def _placed(self, contents: Mapping[str, bytes | None]) -> list[tuple[KeptFile, bytes | None]]:
        """Each planned file once, with its content; several paths may lead to one file."""
        planned = {file.path: file for file in self.record.files}
        placed: dict[str, bytes | None] = {}
        for path, content in contents.items():
            place = backup.resolve_below(self.repository.root, self.repository.top, path)
            if place not in planned:
                raise DocumentUpdateError(f"{shown(path)}: not among the planned files")
            if placed.setdefault(place, content) != content:
                message = f"{shown(path)}: its file is to become two different things"
                raise DocumentUpdateError(message, hint="Exclude all links to it but one.")
        return [(planned[place], content) for place, content in placed.items()]

    def adopt(self) -> None:
        """Record the files as hooks or gates left them, so that a restore may replace those too."""
        with translate_disk_errors("reading what hooks have done"):
            for file in self.record.files:
                now = backup.digest_file(self.repository.top / file.path)
                if now not in (file.old, *file.ours):
                    file.ours.append(now)
        self._mark(self.stage)


def begin(repository: Repository, found: Mapping[str, bytes | None]) -> TreeJournal:
    """Begin a change of these files: path below `root` → the bytes that were read, None: no file.

    A symbolic link denotes its target. Raises DocumentUpdateError when a file is not what was
    read or a path leads out of the project, and ExternalError when another run is going on or an
    interrupted one was not restored. Nothing has changed then.
    """
    handle = open_locked_folder(repository.private)
    try:
        record = _begun(repository, found)
    except BaseException:
        os.close(handle)
        raise
    return TreeJournal(repository, record, handle)


def find_interrupted(repository: Repository) -> TreeJournal | None:
    """The journal of a run that was killed; `restore` it. None when there is none.

    Raises ExternalError while another run is going on, InputError when the journal is damaged.
    """
    handle = open_locked_folder(repository.private)
    try:
        record = journal_file.load(repository.private / journal_file.FOLDER)
        if record is None:
            with translate_disk_errors("removing what an interrupted run left"):
                journal_file.discard(repository.private / journal_file.FOLDER)
            os.close(handle)
            return None
    except BaseException:
        os.close(handle)
        raise
    return TreeJournal(repository, record, handle)


def restore_after(_error: BaseException, journal: TreeJournal) -> None:
    """Restore what the journal began. Raises what `TreeJournal.restore` raises."""
    journal.restore()


@contextmanager
def reversible(
    repository: Repository,
    found: Mapping[str, bytes | None],
    handle_failure: Callable[[BaseException, TreeJournal], None] = restore_after,
) -> Iterator[TreeJournal]:
    """A change that ends with the block, or is undone when an error, Ctrl-C or SIGTERM ends it.

    See `begin`. `handle_failure` undoes it; no signal interrupts it, and an error that it raises
    takes the place of the first one.
    """
    with stoppable():
        journal = begin(repository, found)
        try:
            yield journal
        except BaseException as error:
            # A second Ctrl-C, from an impatient user, must not leave half of it.
            with defer_signals():
                try:
                    handle_failure(error, journal)
                finally:
                    journal.close()
            raise
        with defer_signals():
            journal.finish()


def _begun(repository: Repository, found: Mapping[str, bytes | None]) -> JournalRecord:
    folder = repository.private / journal_file.FOLDER
    # Its originals are the only copies of what stood in the files.
    if journal_file.load(folder):
        hint = "Put it back first, or remove the folder if you have done that by hand."
        raise ExternalError(f"{folder}: a version bump was interrupted", hint=hint)
    top = repository.top
    places = _places(repository, found)
    _refuse_hidden(repository, {place for _, place, _ in places})
    with translate_disk_errors("keeping the original files"):
        files = [backup.record_file(top, *item) for item in places]
        record = JournalRecord(
            # The reflog proves by it that a commit is ours (docs/decisions/0013-the-bump.md).
            token=os.urandom(8).hex(),
            head=repository.head(),
            branch=repository.branch(),
            files=files,
            entries=index.read_entries(repository.top_git, [file.path for file in files]),
            folders=backup.missing_folders(top, [file.path for file in files]),
        )
        # What is left without a journal is from a run that had changed nothing.
        journal_file.discard(folder)
        originals = {number: data for number, _, data in places if data is not None}
        journal_file.keep_originals(folder, originals)
        journal_file.save(folder, record)
        # fsync(2): the name of a new folder is on the disk only when its parent is.
        sync(str(repository.private))
    return record


def _refuse_hidden(repository: Repository, places: set[str]) -> None:
    """git would leave these out of the commit and not say so."""
    for file in index.list_tracked(repository.top_git):
        if file.is_hidden and file.path in places:
            message = f"{shown(file.path)}: git is configured to ignore changes of this file"
            hint = "See `git update-index --no-assume-unchanged` and `--no-skip-worktree`."
            raise DocumentUpdateError(message, hint=hint)


def _places(
    repository: Repository, found: Mapping[str, bytes | None]
) -> list[tuple[int, str, bytes | None]]:
    """Number, real place from the top folder and bytes of each file."""
    places: dict[str, bytes | None] = {}
    for path, data in found.items():
        place = backup.resolve_below(repository.root, repository.top, path)
        if places.setdefault(place, data) != data:
            message = f"{shown(path)}: it has changed since it was read"
            raise DocumentUpdateError(
                message, hint="Run it again when no other program writes there."
            )
    return [(number, place, data) for number, (place, data) in enumerate(places.items())]

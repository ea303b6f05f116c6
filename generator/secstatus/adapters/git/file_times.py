"""When a file was made: by its last commit, or by the file system."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from secstatus.adapters.git.run import Git
from secstatus.errors import ExternalError, InputError

SECONDS = 60.0


def find_commit_time(path: Path) -> datetime | None:
    """When the commit was made that last changed this file; whole seconds, UTC.

    None when the file is in no repository, in no commit, or differs from it: a changed file is
    newer than its commit. A checkout sets the file's own time to that of the checkout, so that it
    cannot stand in: raises InputError where there is a repository and git cannot be asked (it is
    missing, refuses the owner of the folder, takes too long), and in a shallow clone whose history
    ends at that commit, where every file looks as if it came from there.
    """
    folder, name = path.parent, path.name
    if not is_in_repository(folder):
        return None
    if _ask(path, "status", "--porcelain", "--ignored", "--", name).strip():
        return None
    # `git log` fails in a repository without a commit.
    if not _ask(path, "rev-list", "-n", "1", "--all").strip():
        return None  # nothing is committed yet
    line = _ask(path, "log", "-1", "--format=%ct %H", "--", name)
    seconds, _, commit = line.strip().partition(" ")
    if seconds.isdigit() and _ends_at(commit, path):
        hint = "State the time with --scan-date, or fetch the history (git fetch --unshallow)."
        found = "no time of its own, in a clone whose history is cut off"
        raise InputError(str(path), "", found, "a report that says when it was made", hint=hint)
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() else None


def is_in_repository(folder: Path) -> bool:
    """Whether the folder, or one above it, is a working tree of git."""
    return any((each / ".git").exists() for each in (folder, *folder.resolve().parents))


def _ask(path: Path, *words: str) -> str:
    """What git prints about the repository of the file. Raises InputError with the remedy."""
    try:
        done = Git(path.parent).attempt(*words, seconds=SECONDS)
    except ExternalError as error:
        raise _refused(path, error.message) from None
    if done.status:
        raise _refused(path, (done.quote_output() or [f"status {done.status}"])[0])
    return done.out.decode("utf-8", "replace")


def _refused(path: Path, why: str) -> InputError:
    hint = (
        "State the time of the scan with --scan-date, or let git read the repository "
        "(git config --global --add safe.directory DIR)."
    )
    found = f"no time of its own, and git cannot be asked ({why})"
    return InputError(str(path), "", found, "a report that says when it was made", hint=hint)


def _ends_at(commit: str, path: Path) -> bool:
    """Whether the history of a shallow clone ends at this commit."""
    place = _ask(path, "rev-parse", "--git-path", "shallow")
    try:
        ends = (path.parent / place.strip()).read_text("ascii").split()
    except OSError:
        return False  # no such file: the history is whole
    return commit in ends


def read_modification_time(path: Path) -> datetime:
    """The file's modification time, whole seconds, UTC."""
    return datetime.fromtimestamp(int(os.stat(path).st_mtime), UTC)

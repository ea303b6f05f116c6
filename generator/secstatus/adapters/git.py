"""What git knows about the project."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from secstatus.adapters.process import output_of
from secstatus.errors import InputError

# In a hook, git names the repository that runs it; the file may be in another one.
OUTER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def committed_at(path: Path) -> datetime | None:
    """When the commit was made that last changed this file; whole seconds, UTC.

    None when there is no git, no such commit, or the file differs from it: a checkout sets the
    file's own time to that of the checkout, and a changed file is newer than its commit. Raises
    InputError in a shallow clone whose history ends at that commit: every file looks as if it came
    from there, however old it is.
    """
    folder, name = path.parent, path.name
    asked = ["git", "status", "--porcelain", "--ignored", "--", name]
    changes = output_of(asked, folder, OUTER)
    if changes is None or changes.strip():
        return None
    asked = ["git", "log", "-1", "--format=%ct %H", "--", name]
    seconds, _, commit = (output_of(asked, folder, OUTER) or "").strip().partition(" ")
    if seconds.isdigit() and _ends_at(commit, folder):
        hint = "State the time with --scan-date, or fetch the history (git fetch --unshallow)."
        found = "no time of its own, in a clone whose history is cut off"
        raise InputError(str(path), "", found, "a report that says when it was made", hint=hint)
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() else None


def _ends_at(commit: str, folder: Path) -> bool:
    """Whether the history of a shallow clone ends at this commit."""
    place = output_of(["git", "rev-parse", "--git-path", "shallow"], folder, OUTER) or ""
    try:
        ends = (folder / place.strip()).read_text("ascii").split()
    except OSError:
        return False  # no such file: the history is whole
    return commit in ends


def modified_at(path: Path) -> datetime:
    """The file's modification time, whole seconds, UTC."""
    return datetime.fromtimestamp(int(os.stat(path).st_mtime), UTC)

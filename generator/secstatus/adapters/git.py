"""What git knows about the project."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from secstatus.adapters.process import output_of

# In a hook, git names the repository that runs it; the file may be in another one.
OUTER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def committed_at(path: Path) -> datetime | None:
    """When the commit was made that last changed this file; whole seconds, UTC.

    None when there is no git, no such commit, or the file differs from it: a checkout sets the
    file's own time to that of the checkout, and a changed file is newer than its commit.
    """
    folder, name = path.parent, path.name
    asked = ["git", "status", "--porcelain", "--ignored", "--", name]
    changes = output_of(asked, folder, OUTER)
    if changes is None or changes.strip():
        return None
    asked = ["git", "log", "-1", "--format=%ct", "--", name]
    seconds = (output_of(asked, folder, OUTER) or "").strip()
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() else None


def modified_at(path: Path) -> datetime:
    """The file's modification time, whole seconds, UTC."""
    return datetime.fromtimestamp(int(os.stat(path).st_mtime), UTC)

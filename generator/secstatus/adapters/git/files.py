"""Files in git: the index, and the commit that last changed one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from secstatus.adapters.git.run import Git
from secstatus.errors import ExternalError, InputError

Entries = Mapping[str, tuple[str, ...]]

LINK = "120000"
SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class TrackedFile:
    """A path that git knows. `path` has forward slashes and is relative to the folder asked for.

    `mode` is git's: `100644`, `100755`, `120000` (symbolic link) or `160000` (submodule).
    `is_hidden`: git does not examine the working file (sparse checkout, assume-unchanged);
    it may be missing, and a change of it stays unseen.
    """

    path: str
    mode: str
    is_hidden: bool = False

    @property
    def is_symlink(self) -> bool:
        return self.mode == LINK

    @property
    def is_submodule(self) -> bool:
        return self.mode == SUBMODULE


def list_tracked(git: Git) -> list[TrackedFile]:
    """Every tracked path below the folder once, in git's order; submodules are not entered."""
    found: dict[str, TrackedFile] = {}
    for tag, entry, path in _listed(git):
        # git-ls-files(1), `-v`: lower case for assume-unchanged, `S` for skip-worktree.
        hidden = tag.islower() or tag == "S"
        found.setdefault(path, TrackedFile(path, entry.split(" ", 1)[0], hidden))
    return list(found.values())


def read_entries(git: Git, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The index entries (`mode object stage`) of each path, an empty tuple where there is none.

    Paths are relative to the folder of `git`.
    """
    asked: dict[str, tuple[str, ...]] = dict.fromkeys(paths, ())
    for _tag, entry, path in _listed(git):
        if path in asked:
            asked[path] += (entry,)
    return asked


def restore_entries(git: Git, wanted: Entries) -> None:
    """Give the paths these entries; nothing else of the index changes.

    `git` has to be that of the top folder: git reads these paths as relative to it.
    """
    present = read_entries(git, wanted)
    lines: list[bytes] = []
    for path, old in wanted.items():
        if present[path] != old:
            # git-update-index(1), `--index-info`: mode 0 removes the path, in all its stages.
            gone = f"0 {'0' * 40}"
            lines += [_line(entry, path) for entry in (gone, *old)]
    if lines:
        git.ask("update-index", "-z", "--index-info", given=b"".join(lines))


def _line(entry: str, path: str) -> bytes:
    return entry.encode() + b"\t" + os.fsencode(path) + b"\0"


def _listed(git: Git) -> Iterator[tuple[str, str, str]]:
    """Tag, entry and path of every entry below the folder."""
    for record in git.ask("ls-files", "-s", "-v", "-z").split(b"\0"):
        if record:
            entry, _, path = record.partition(b"\t")
            tag, _, rest = entry.decode("ascii").partition(" ")
            yield tag, rest, os.fsdecode(path)


SECONDS = 60.0


def find_commit_time(path: Path) -> datetime | None:
    """When the commit was made that last changed this file; whole seconds, UTC.

    None when the file is in no repository, in no commit, or differs from it: a changed file is
    newer than its commit. A checkout sets the file's own time to that of the checkout, so that it
    cannot stand in: raises InputError where there is a repository and git cannot be asked (it is
    missing, refuses the owner of the folder, takes too long), and in a shallow clone whose history
    ends at that commit, where every file appears to come from there.
    """
    folder, name = path.parent, path.name
    if not is_in_repository(folder):
        return None
    # `git status` lists an ignored file only with `--ignored`; it is in no commit either.
    if _ask(path, "status", "--porcelain", "--ignored", "--", name).strip():
        return None
    # `git log` fails in a repository without a commit.
    if not _ask(path, "rev-list", "-n", "1", "--all").strip():
        return None  # nothing is committed yet
    # The committer's time: an amended or rebased commit keeps the time of its author.
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
    """The output of git for the repository of the file. Raises InputError with the remedy."""
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

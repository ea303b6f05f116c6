"""What is in git's index, and putting single entries of it back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from secstatus.adapters.git.run import Git

Entries = Mapping[str, tuple[str, ...]]

LINK = "120000"
SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class TrackedFile:
    """A path that git knows. `path` has forward slashes and is relative to the folder asked for.

    `mode` is git's: `100644`, `100755`, `120000` (symbolic link) or `160000` (submodule).
    `is_hidden`: git was told not to look at the working file (sparse checkout, assume-unchanged);
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

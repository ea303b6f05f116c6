"""Single files of a working tree: what they were, new bytes in their place, and back again."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from secstatus.adapters.files import create_file, sync
from secstatus.adapters.git.run import argument
from secstatus.errors import DocumentUpdateError, shown

# What stands where a digest would, when there is no file, or something that is none.
ABSENT = "absent"
NO_FILE = "no file"
ASKED_AT_ONCE = 8
# The number and not the name: names may be as long as the file system allows.
TEMPORARY = ".secstatus-bump-{number}.tmp"


@dataclass(slots=True)
class KeptFile:
    """A file as it was: `path` from the top folder, permissions, and the digest of its bytes.

    `ours` are the digests of what was put there since. `number` names its original and its
    temporary file.
    """

    number: int
    path: str
    mode: int
    old: str
    ours: list[str] = field(default_factory=list)

    def temporary(self, top: Path) -> Path:
        """The temporary path for new bytes: in the same folder, with a portable name."""
        return (top / self.path).parent / TEMPORARY.format(number=self.number)


def resolve_below(root: Path, top: Path, path: str) -> str:
    """The real place of a path below `root`, from the top folder; links are followed.

    Raises DocumentUpdateError when that is outside of `root`, or among git's own files, and
    UsageError when the path can be none.
    """
    argument(path)  # a name that can be none is refused here and not by a traceback later
    # A link could lead out of the project, and the target is what is written.
    real = os.path.realpath(root / path)
    inside = os.path.relpath(real, os.path.realpath(root)).split(os.sep)
    from_top = os.path.relpath(real, os.path.realpath(top))
    # A hook or a setting that is written there is run by the next git command.
    if inside[0] == os.pardir or ".git" in from_top.split(os.sep):
        message = f"{shown(path)}: found a way to {shown(real)}, expected a file of the project"
        raise DocumentUpdateError(message, hint="Exclude it, or replace the link by a file.")
    return from_top.replace(os.sep, "/")


def record_file(top: Path, number: int, path: str, found: bytes | None) -> KeptFile:
    """The file as it is now. Raises DocumentUpdateError unless its bytes are `found`."""
    there = digest_file(top / path)
    if there == NO_FILE:
        message = f"{shown(path)}: found a folder or a device, expected a file"
        raise DocumentUpdateError(message, hint="Exclude it.")
    if there != digest_content(found):
        message = f"{shown(path)}: it has changed since it was read"
        raise DocumentUpdateError(message, hint="Run it again when no other program writes there.")
    mode = 0 if found is None else stat.S_IMODE(os.lstat(top / path).st_mode)
    file = KeptFile(number, path, mode, there)
    # The file of somebody else would be overwritten, and removed by a recovery.
    if os.path.lexists(file.temporary(top)):
        message = f"{shown(str(file.temporary(top)))}: a file that is in the way"
        raise DocumentUpdateError(message, hint="Remove it: secstatus uses this name.")
    return file


def digest_content(content: bytes | None) -> str:
    """The digest by which bytes are known again; of None: no file."""
    return ABSENT if content is None else sha256(content).hexdigest()


def digest_file(path: Path) -> str:
    """The SHA-256 of the file; `NO_FILE` for a link, folder or device, `ABSENT` for none."""
    try:
        there = os.lstat(path)
        if not stat.S_ISREG(there.st_mode):
            return NO_FILE
        return sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT


def write_files(top: Path, contents: Sequence[tuple[KeptFile, bytes | None]]) -> None:
    """Put the contents in place, with the files' own modes; None removes a file.

    All are on the disk under temporary names before the first one takes its place.
    """
    written = [(file, content) for file, content in contents if content is not None]
    # All before the first rename: a full disk shows while nothing has changed yet.
    for file, new in written:
        _prepare(top, file, new)
    sync_all([file.temporary(top) for file, _ in written])
    # Renames of one file system are atomic one by one, not together; the journal makes them one.
    for file, content in contents:
        if content is None:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(top / file.path)
        else:
            os.replace(file.temporary(top), top / file.path)
    sync_folders((top / file.path).parent for file, _ in contents)


def drop_temporaries(top: Path, files: Iterable[KeptFile]) -> None:
    """Remove what a killed run may have left beside the files."""
    for file in files:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(file.temporary(top))


def missing_folders(top: Path, paths: Iterable[str]) -> list[str]:
    """The folders that have to be made for these paths, outermost first."""
    parents = {parent for path in paths for parent in Path(path).parents}
    return sorted(str(parent) for parent in parents if not os.path.lexists(top / parent))


def sync_all(paths: Sequence[Path]) -> None:
    """Wait until the disk has all of the files. Raises OSError."""
    # Asked in parallel: a disk then writes a hundred in about the time of one.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        for _ in pool.map(sync, map(str, paths)):
            pass


def sync_folders(folders: Iterable[Path]) -> None:
    """Wait until the disk has the names in these folders; a folder that is gone is left out."""
    for folder in sorted(set(folders)):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            sync(str(folder))


def _prepare(top: Path, file: KeptFile, content: bytes) -> None:
    target = top / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    owner = os.lstat(target) if os.path.lexists(target) else None
    create_file(str(file.temporary(top)), content, mode=file.mode or 0o644, owner=owner)

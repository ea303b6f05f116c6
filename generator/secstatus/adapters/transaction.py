"""Several files replaced together or not at all, even when the process is killed.

The new contents are written beside their targets first. Then a journal names them: from its rename
on the change is decided, and the next run completes it. Before that nothing has changed.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from secstatus.adapters.files import (
    create_file,
    make_disk_error,
    replace_file,
    sync,
    translate_disk_errors,
)
from secstatus.errors import InputError, shown

JOURNAL = ".secstatus-journal.json"
NEW = ".secstatus-new"


def replace_together(root: Path, folder: str, contents: Mapping[str, bytes]) -> list[str]:
    """Replace the files (path below `root` → content) as one; `folder` keeps the journal.

    Files whose content stays are left alone; returns the paths that changed. Modes are kept, a
    symbolic link keeps pointing where it did and its target is replaced. Raises ExternalError when
    the disk refuses: then nothing has changed.
    """
    recover(root, folder)
    # Their temporary names are fixed, and create_file refuses what exists.
    _drop(root, folder, contents)  # what a run left that was killed before it had decided
    # An unchanged file keeps its time, so that make and rsync leave it alone.
    changed = {path: new for path, new in contents.items() if _content(root / path) != new}
    if not changed:
        return []
    try:
        entries = [_staged(root, path, content) for path, content in sorted(changed.items())]
        _decide(root / folder, entries)
    except OSError as error:
        _drop(root, folder, changed)
        raise make_disk_error(error, "writing the status") from None
    _carry_out(root, folder, entries)
    return sorted(changed)


def recover(root: Path, folder: str) -> bool:
    """Carry out a change that was decided and interrupted; True when there was one.

    Raises InputError when the journal is not ours or one of its files does not match it.
    """
    path = root / folder / JOURNAL
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise make_disk_error(error, "reading the journal of an interrupted run") from None
    _carry_out(root, folder, _entries(text, f"{folder}/{JOURNAL}"))
    return True


Entry = dict[str, str]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _staged(root: Path, path: str, content: bytes) -> Entry:
    """Write the new content beside its target and make sure that the disk has it."""
    # Replacing the link itself would cut it from its target.
    target = Path(os.path.realpath(root / path))
    target.parent.mkdir(parents=True, exist_ok=True)
    there = target.stat() if target.exists() else None
    mode = None if there is None else stat.S_IMODE(there.st_mode)
    create_file(f"{target}{NEW}", content, mode=mode, owner=there, durable=True)
    return {"path": path, "sha256": sha256(content).hexdigest()}


def _decide(folder: Path, entries: list[Entry]) -> None:
    """Put the journal in place: from its rename on the change is decided."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"files": entries}, indent=1)
    replace_file(str(folder / JOURNAL), text.encode(), durable=True)


def _carry_out(root: Path, folder: str, entries: list[Entry]) -> None:
    targets = [Path(os.path.realpath(root / entry["path"])) for entry in entries]
    with translate_disk_errors("finishing the change of the status; the next run does it"):
        for target, entry in zip(targets, entries, strict=True):
            _move(target, entry)
        # The new names have to be on the disk before the journal goes: it is the only way back.
        for parent in {target.parent for target in targets}:
            sync(str(parent))
        os.unlink(root / folder / JOURNAL)
        sync(str(root / folder))


def _move(target: Path, entry: Entry) -> None:
    """Put one new file in its place; done already when an earlier run got so far."""
    temporary = Path(f"{target}{NEW}")
    content = _content(temporary)
    # The digest tells a file that is complete from one that the disk lost.
    if content is not None and sha256(content).hexdigest() == entry["sha256"]:
        os.replace(temporary, target)
        return
    there = _content(target)
    if there is None or sha256(there).hexdigest() != entry["sha256"]:
        found = "a file that is neither the old nor the new one"
        hint = f"Restore it from version control and remove {JOURNAL}."
        raise InputError(entry["path"], "", found, "what an interrupted run left", hint=hint)


def _drop(root: Path, folder: str, paths: Iterable[str]) -> None:
    """Remove the staged files of a change that was not decided."""
    staged = [f"{os.path.realpath(root / path)}{NEW}" for path in paths]
    # The journal first: one that names files which are gone would stop every later run.
    for path in (str(root / folder / JOURNAL), *staged, f"{root / folder / JOURNAL}.tmp"):
        with contextlib.suppress(OSError):
            os.unlink(path)


def _entries(text: bytes, name: str) -> list[Entry]:
    try:
        data = json.loads(text)
        return [_entry(item) for item in data["files"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        hint = "Remove it if no run was interrupted."
        found = shown(text[:40].decode("utf-8", "replace"))
        raise InputError(name, "", found, "the journal of a run", hint=hint) from None


def _entry(item: Any) -> Entry:
    path, digest = item["path"], item["sha256"]
    inside = isinstance(path, str) and not PurePosixPath(path).is_absolute()
    # A journal that somebody forged must not lead a run out of the project.
    if not inside or ".." in PurePosixPath(path).parts or not isinstance(digest, str):
        raise ValueError("outside of the project")
    return {"path": path, "sha256": digest}

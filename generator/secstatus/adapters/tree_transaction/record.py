"""The journal of a change of the tree on the disk: one JSON file and the originals beside it."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path, PurePosixPath
from typing import Any

from secstatus.adapters.files import create_file, make_disk_error, replace_file, sync
from secstatus.adapters.tree_transaction.backup import KeptFile, sync_all
from secstatus.errors import InputError, shown

# In git's own folder, where it is neither committed nor cleaned (docs/decisions/0013-the-bump.md).
FOLDER = "secstatus-bump"
NAME = "journal.json"


class JournalStage(IntEnum):
    """Progress of a change. `-ING` means: begun, and it is unknown whether it was done."""

    BEGUN = 0
    WRITING = 1
    WRITTEN = 2
    COMMITTING = 3
    COMMITTED = 4
    TAGGING = 5
    TAGGED = 6
    PUSHING = 7
    PUSHED = 8


@dataclass(slots=True)
class JournalRecord:
    """The data to restore everything. Paths are from the top folder of the repository.

    `head` and `branch` are from before, as are `entries`, those of the index. `commit` is ours.
    `folders` were missing before. `token` is in the reflog of our commit.
    """

    token: str
    head: str
    branch: str | None
    files: list[KeptFile]
    entries: dict[str, tuple[str, ...]]
    folders: list[str]
    stage: JournalStage = JournalStage.BEGUN
    commit: str | None = None
    tag: str | None = None
    remote: str | None = None
    remote_branch: str | None = None

    @property
    def label(self) -> str:
        """The label of our commit in the reflog."""
        return f"secstatus-bump-{self.token}"


def keep_originals(folder: Path, originals: dict[int, bytes]) -> None:
    """Write the original bytes beside the journal, and make sure that the disk has them."""
    # The originals may be files that only their owner may read.
    folder.mkdir(mode=0o700)
    for number, content in originals.items():
        create_file(str(folder / str(number)), content)
    sync_all([folder / str(number) for number in originals])


def save(folder: Path, record: JournalRecord) -> None:
    """Replace the journal on the disk, atomically and durably. Raises OSError."""
    # The name, so that a stage that is added later does not change what a number means.
    data = {**asdict(record), "stage": record.stage.name}
    # ASCII: a file name that is not UTF-8 holds lone surrogates, which only an escape can store.
    replace_file(str(folder / NAME), json.dumps(data, indent=1).encode("ascii"), durable=True)


def load(folder: Path) -> JournalRecord | None:
    """The journal that is there, None when there is none. Raises InputError when it is not ours."""
    path = folder / NAME
    try:
        return _record(json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        hint = f"The original files are beside it: copy back what you need, then remove {folder}."
        expected = "the journal of a version bump"
        raise InputError(str(path), "", "something else", expected, hint=hint) from None
    except OSError as error:
        raise make_disk_error(error, "reading the journal of an interrupted bump") from None


def discard(folder: Path) -> None:
    """Remove the journal, it first: originals without a journal mean nothing."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(folder / NAME)
        sync(str(folder))
    if os.path.lexists(folder):
        for name in os.listdir(folder):
            os.unlink(folder / name)
        # It holds nothing else: the folder is made for one change and removed after it.
        os.rmdir(folder)


def _record(data: dict[str, Any]) -> JournalRecord:
    files = [_file(item) for item in data["files"]]
    entries = {_inside(path): _texts(lines) for path, lines in data["entries"].items()}
    optional = ("branch", "commit", "tag", "remote", "remote_branch")
    return JournalRecord(
        token=_text(data["token"]),
        head=_text(data["head"]),
        files=files,
        entries=entries,
        folders=[_inside(path) for path in data["folders"]],
        stage=JournalStage[data["stage"]],
        **{key: None if data[key] is None else _text(data[key]) for key in optional},
    )


def _file(item: dict[str, Any]) -> KeptFile:
    number, mode = item["number"], item["mode"]
    # `bool` is an `int`, and json reads `true` as one.
    if type(number) is not int or type(mode) is not int or not 0 <= mode <= 0o7777:
        raise ValueError("no number")
    return KeptFile(
        number, _inside(item["path"]), mode, _text(item["old"]), list(_texts(item["ours"]))
    )


def _texts(items: Any) -> tuple[str, ...]:
    if not isinstance(items, list):
        raise TypeError("no list")
    return tuple(_text(item) for item in items)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _inside(value: Any) -> str:
    """The path, checked: a forged journal must not lead a run out of the project."""
    parts = PurePosixPath(_text(value)).parts
    if not parts or value.startswith("/") or ".." in parts or ".git" in parts or "\0" in value:
        raise ValueError(f"outside of the project: {shown(value)}")
    return str(value)

"""A folder as it lies on the disk, read without following anything that leads out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from secstatus.adapters.files import failure


def files_below(folder: Path) -> dict[str, bool]:
    """Every path below the folder that is no folder → whether it is a plain file.

    Symbolic links are named and not followed; a folder `.git` is not entered. Raises ExternalError
    when a folder cannot be read.
    """
    try:
        return dict(_walked(f"{folder}/", ""))
    except OSError as error:
        raise failure(error, "reading the site") from None


def _walked(base: str, below: str) -> Iterator[tuple[str, bool]]:
    with os.scandir(base + below) as entries:
        found = list(entries)
    for entry in found:
        path = below + entry.name
        if not entry.is_dir(follow_symlinks=False):
            yield path, entry.is_file(follow_symlinks=False)
        elif entry.name.casefold() != ".git":
            yield from _walked(base, f"{path}/")


def content_of(folder: Path, path: str) -> bytes | None:
    """The content of a file below the folder; None where it is a link or cannot be read."""
    try:
        handle = os.open(f"{folder}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        # One byte more than it should have: the end shows that it is the end.
        content = os.read(handle, os.fstat(handle).st_size + 1)
        while chunk := os.read(handle, 1 << 20):
            content += chunk
    except OSError:
        return None
    finally:
        os.close(handle)
    return content

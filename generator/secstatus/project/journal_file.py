"""A file that several processes add to while one may put a shorter one in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secstatus.adapters.files import (
    lock,
    make_disk_error,
    replace_file,
    translate_disk_errors,
    write_all,
)
from secstatus.errors import ExternalError

# A run that holds the file for longer hangs; a whole rewrite takes a fraction of a second.
PATIENCE = 60.0


class HeldFile:
    """The file, held alone until the end of `held`. Its methods raise OSError."""

    def __init__(self, path: str, handle: int) -> None:
        self.path, self.handle = path, handle

    def content(self) -> bytes:
        return _all_of(self.handle)

    def add(self, lines: bytes) -> None:
        """Add lines at the end. What a kill has cut off before stays a line of its own."""
        size = os.fstat(self.handle).st_size
        if size > 0 and os.pread(self.handle, 1, size - 1) != b"\n":
            lines = b"\n" + lines
        write_all(self.handle, lines)
        os.fsync(self.handle)

    def replace(self, content: bytes) -> None:
        """Put the content in its place: a kill leaves the old file or the new one.

        The mode is kept, and so is the owner where that is possible.
        """
        replace_file(self.path, content, durable=True, like=os.fstat(self.handle))


@contextmanager
def hold_file(path: Path, doing: str) -> Iterator[HeldFile]:
    """Hold a file alone; makes it and its folder. A symbolic link stays and leads to it.

    Whoever waits for one that is replaced meanwhile holds the new one. Raises ExternalError when
    the disk refuses, also in the block, and when another run does not let go.
    """
    with translate_disk_errors(doing):
        path.parent.mkdir(parents=True, exist_ok=True)
        real = os.path.realpath(path)
        handle = _locked(real)
        try:
            yield HeldFile(real, handle)
        finally:
            os.close(handle)


def read_content(path: Path, doing: str) -> bytes:
    """What stands in the file; nothing where there is none. Raises ExternalError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise make_disk_error(error, doing) from None
    try:
        _check(handle, str(path))
        return _all_of(handle)
    except OSError as error:
        raise make_disk_error(error, doing) from None
    finally:
        os.close(handle)


def _locked(path: str) -> int:
    """A handle on the file that has this name now, locked."""
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        handle = os.open(path, flags, 0o644)
        try:
            _check(handle, path)
            lock(handle, path, PATIENCE)
            if _is_still(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _is_still(handle: int, path: str) -> bool:
    """Whether the name still leads to this file: it may have been replaced while we waited."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(handle))


def _check(handle: int, path: str) -> None:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        message = f"{path}: found a folder or a device, expected a file"
        raise ExternalError(message, hint="Move it away.")


def _all_of(handle: int) -> bytes:
    parts, place = [], 0
    while part := os.pread(handle, 1 << 24, place):
        parts.append(part)
        place += len(part)
    return b"".join(parts)

"""A locked file: several processes add lines, and one may replace it by a shorter file."""

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
    """The file, locked until the block of `hold_file` ends. Its methods raise OSError."""

    def __init__(self, path: str, handle: int) -> None:
        self.path, self.handle = path, handle

    def content(self) -> bytes:
        return _all_of(self.handle)

    def add(self, lines: bytes) -> None:
        """Add lines at the end and sync the file. An incomplete last line is ended first."""
        size = os.fstat(self.handle).st_size
        if size > 0 and os.pread(self.handle, 1, size - 1) != b"\n":
            # The cut line then counts as one broken line, and the new one can be read.
            lines = b"\n" + lines
        write_all(self.handle, lines)
        # An event is reported as recorded only when it survives a power cut.
        os.fsync(self.handle)

    def replace(self, content: bytes) -> None:
        """Replace the file: a kill leaves the old content or the new one.

        The mode is kept, and so is the owner where that is possible.
        """
        replace_file(self.path, content, durable=True, like=os.fstat(self.handle))


@contextmanager
def hold_file(path: Path, doing: str) -> Iterator[HeldFile]:
    """Lock a file; creates it and its folder. A symbolic link is followed and kept.

    A process that waited while the file was replaced locks the new one. Raises ExternalError when
    the disk refuses, also in the block, and when another run keeps the lock for PATIENCE seconds.
    """
    with translate_disk_errors(doing):
        path.parent.mkdir(parents=True, exist_ok=True)
        # rename(2) replaces a symbolic link itself, not its target; so the target is resolved
        # first.
        real = os.path.realpath(path)
        handle = _locked(real)
        try:
            yield HeldFile(real, handle)
        finally:
            os.close(handle)


def read_content(path: Path, doing: str) -> bytes:
    """The content of the file; empty where there is none. Raises ExternalError."""
    try:
        # O_NONBLOCK: opening a FIFO for reading would otherwise wait for a writer (open(2)).
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    # A parent that is a file also means that there is no journal.
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
        # O_APPEND writes at the end atomically, wherever another process has written meanwhile
        # (open(2)).
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        handle = os.open(path, flags, 0o644)
        try:
            _check(handle, path)
            lock(handle, path, PATIENCE)
            # The lock belongs to the inode. After a replacement it would guard a file without a
            # name.
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
    # pread keeps the offset of the handle, and may return less than was requested (pread(2)).
    while part := os.pread(handle, 1 << 24, place):
        parts.append(part)
        place += len(part)
    return b"".join(parts)

"""A file that several processes add to while one may put a shorter one in its place."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secstatus.adapters.files import make_disk_error, sync
from secstatus.errors import ExternalError

# A run that holds the file for longer hangs; a whole rewrite takes a fraction of a second.
PATIENCE = 60.0
PAUSE = 0.02


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
        _write(self.handle, lines)
        os.fsync(self.handle)

    def replace(self, content: bytes) -> None:
        """Put the content in its place: a kill leaves the old file or the new one.

        The mode is kept, and so is the owner where that is possible.
        """
        temporary = f"{self.path}.tmp"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # what a kill has left; nobody else writes while this is held
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            try:
                _like(handle, os.fstat(self.handle))
                _write(handle, content)
                os.fsync(handle)
            finally:
                os.close(handle)
            os.replace(temporary, self.path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        sync(os.path.dirname(self.path))


@contextmanager
def hold_file(path: Path, doing: str) -> Iterator[HeldFile]:
    """Hold a file alone; makes it and its folder. A symbolic link stays and leads to it.

    Whoever waits for one that is replaced meanwhile holds the new one. Raises ExternalError when
    the disk refuses, also in the block, and when another run does not let go.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        real = os.path.realpath(path)
        handle = _locked(real)
        try:
            yield HeldFile(real, handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise make_disk_error(error, doing) from None


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
    end = time.monotonic() + PATIENCE
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        handle = os.open(path, flags, 0o644)
        try:
            _check(handle, path)
            _lock(handle, path, end)
            if _is_still(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int, path: str, end: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                hint = "Wait for it; if it hangs, end it. Then run this again."
                message = f"{path}: another run has been writing there for {PATIENCE:g} seconds"
                raise ExternalError(message, hint=hint) from None
            time.sleep(PAUSE)
        else:
            return


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


def _write(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def _like(handle: int, there: os.stat_result) -> None:
    made = os.fstat(handle)
    if (made.st_uid, made.st_gid) != (there.st_uid, there.st_gid) and os.geteuid() == 0:
        os.fchown(handle, there.st_uid, there.st_gid)
    os.fchmod(handle, stat.S_IMODE(there.st_mode))

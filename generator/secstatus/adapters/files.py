"""Files: read with a reason when it fails, replace atomically, write only what changed."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from secstatus.errors import ExternalError, InputError


def read_text(path: Path, name: str) -> str:
    """The text of a UTF-8 file; `name` is what messages call it."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise InputError(name, "", "no file", "a file to read") from None
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x}, which is not UTF-8"
        raise InputError(name, f"byte {error.start}", found, "UTF-8 text") from None
    except OSError as error:
        raise InputError(
            name, "", f"a file that cannot be read ({error.strerror})", "a file"
        ) from None


def read_if_there(path: Path, name: str) -> str | None:
    """The text of the file; None when there is none."""
    return read_text(path, name) if path.exists() else None


def content(path: Path, name: str) -> bytes | None:
    """The bytes of the file; None where there is none, a folder included."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise InputError(name, "", found, "a file") from None


def create(path: str, content: bytes) -> None:
    """Write a file that is not there yet, without a temporary one.

    A kill leaves a torn file that no manifest vouches for; the next build replaces it.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)


def replace(path: str, content: bytes, *, durable: bool = False) -> None:
    """Put the content in the place of what is there; nobody ever sees half of it.

    The name of the temporary file is fixed, so that the next call clears what a kill left behind.

    `durable` also asks the disk to keep it before the name changes hands.
    """
    temporary = f"{path}.tmp"
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        create(temporary, content)
        if durable:
            sync(temporary)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def sync(path: str) -> None:
    """Wait until the disk has what was written to the file or folder. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def failure(error: OSError, doing: str) -> ExternalError:
    """A disk's refusal as an error of ours, with the usual remedy."""
    where = error.filename2 or error.filename or ""
    hint = "Free some space and run it again." if error.errno == 28 else "Check its permissions."
    return ExternalError(f"{doing}: {where}: {error.strerror}", hint=hint)

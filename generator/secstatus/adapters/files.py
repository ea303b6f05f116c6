"""Files and folders: read with a reason on failure, replace atomically, locate bundled data."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
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


def read_text_if_there(path: Path, name: str) -> str | None:
    """The text of the file; None when there is none."""
    return read_text(path, name) if path.exists() else None


def read_bytes_if_there(path: Path, name: str) -> bytes | None:
    """The bytes of the file; None where there is none, a folder included."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise InputError(name, "", found, "a file") from None


def create_file(path: str, content: bytes) -> None:
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


def replace_file(path: str, content: bytes, *, durable: bool = False) -> None:
    """Put the content in the place of what is there; nobody ever sees half of it.

    The name of the temporary file is fixed, so that the next call clears what a kill left behind.

    `durable` also asks the disk to keep it before the name changes hands.
    """
    temporary = f"{path}.tmp"
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        create_file(temporary, content)
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


def make_disk_error(error: OSError, doing: str) -> ExternalError:
    """A disk's refusal as an error of ours, with the usual remedy."""
    where = error.filename2 or error.filename or ""
    hint = "Free some space and run it again." if error.errno == 28 else "Check its permissions."
    return ExternalError(f"{doing}: {where}: {error.strerror}", hint=hint)


def files_below(folder: Path) -> dict[str, bool]:
    """Every path below the folder that is no folder → whether it is a plain file.

    Symbolic links are named and not followed; a folder `.git` is not entered. Raises ExternalError
    when a folder cannot be read.
    """
    try:
        return dict(_walked(f"{folder}/", ""))
    except OSError as error:
        raise make_disk_error(error, "reading the site") from None


def _walked(base: str, below: str) -> Iterator[tuple[str, bool]]:
    with os.scandir(base + below) as entries:
        found = list(entries)
    for entry in found:
        path = below + entry.name
        if not entry.is_dir(follow_symlinks=False):
            yield path, entry.is_file(follow_symlinks=False)
        elif entry.name.casefold() != ".git":
            yield from _walked(base, f"{path}/")


def read_below(folder: Path, path: str) -> bytes | None:
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


_PACKAGE = Path(__file__).resolve().parent.parent


def find_bundled_folder(name: str) -> Path:
    """The bundled folder `templates` or `site_src`.

    An installed wheel carries it as `_bundle/<name>`; in a checkout, also when installed
    editable, it lies at the top of the repository.
    """
    bundled = _PACKAGE / "_bundle" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent.parent / name

"""Files and folders: read with a reason on failure, replace atomically, locate bundled data."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secstatus.errors import ExternalError, InputError

# A holder that replaces a journal takes milliseconds; a shorter pause only burns processor time.
LOCK_PAUSE = 0.02


def read_text(path: Path, name: str) -> str:
    """The text of a UTF-8 file; `name` is what messages call it."""
    try:
        # Not `read_text`: it would turn line ends, so that digests would be of another content.
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


def create_file(
    path: str,
    content: bytes,
    *,
    mode: int | None = None,
    owner: os.stat_result | None = None,
    durable: bool = False,
) -> None:
    """Write a file that does not exist yet, without a temporary file. Raises OSError.

    `mode`: exact permissions; None: 0644 less the umask. `owner`: the file whose owner it gets,
    where this process may change owners. `durable`: wait until the disk has the content.
    """
    # With exact permissions the file starts closed: a secret is not readable even for a moment.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    handle = os.open(path, flags, 0o644 if mode is None else 0o600)
    try:
        write_all(handle, content)
        if owner is not None:
            _give_to(handle, owner)
        if mode is not None:
            os.chmod(handle, mode)
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, content: bytes) -> None:
    """Write the whole content. Raises OSError."""
    view = memoryview(content)
    # One call may take only a part of it (write(2), RETURN VALUE).
    while view:
        view = view[os.write(handle, view) :]


def _give_to(handle: int, owner: os.stat_result) -> None:
    """Only root can give files away; a checkout mounted into a container often has two owners."""
    made = os.fstat(handle)
    if (made.st_uid, made.st_gid) != (owner.st_uid, owner.st_gid) and os.geteuid() == 0:
        os.fchown(handle, owner.st_uid, owner.st_gid)


def replace_file(
    path: str, content: bytes, *, durable: bool = False, like: os.stat_result | None = None
) -> None:
    """Replace the content of a file atomically: a reader sees the old or the new, never a part.

    `durable`: the same holds after a power failure. `like`: the file whose permissions and owner
    it gets; None: 0644 less the umask. Raises OSError.
    """
    # The name is fixed, so that the next call clears what a killed process left behind.
    temporary = f"{path}.tmp"
    mode = None if like is None else stat.S_IMODE(like.st_mode)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        create_file(temporary, content, mode=mode, owner=like, durable=durable)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        # The new name is an entry of the folder, which is synchronised by itself (fsync(2)).
        sync(os.path.dirname(path) or os.curdir)


def sync(path: str) -> None:
    """Wait until the disk has what was written to the file or folder. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock(handle: int, where: str, patience: float = 0.0) -> None:
    """Lock an open file or folder for this process alone, until the handle is closed.

    Waits `patience` seconds for another process, then raises ExternalError, which names `where`.
    """
    # flock(2): the lock goes with the handle, so a killed process leaves neither lock nor file.
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                waited = f" (waited {patience:g} s)" if patience else ""
                message = f"{where}: another run is writing there{waited}"
                hint = "Wait for it; if it hangs, end it. Then run this again."
                raise ExternalError(message, hint=hint) from None
            time.sleep(LOCK_PAUSE)
        else:
            return


def open_locked_folder(folder: Path) -> int:
    """A handle that keeps the folder locked until it is closed.

    Raises ExternalError at once when another run holds the folder.
    """
    with translate_disk_errors("opening the folder to lock"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        lock(handle, str(folder))
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock a folder for the block, so that two runs cannot mix their files. Makes the folder.

    Raises ExternalError at once when another run holds the folder.
    """
    with translate_disk_errors("making the folder to lock"):
        folder.mkdir(parents=True, exist_ok=True)
    handle = open_locked_folder(folder)
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def translate_disk_errors(doing: str) -> Iterator[None]:
    """Raise an OSError of the block as an ExternalError that names the operation."""
    try:
        yield
    except OSError as error:
        raise make_disk_error(error, doing) from None


def make_disk_error(error: OSError, doing: str) -> ExternalError:
    """An OSError as an ExternalError that names the operation and the usual remedy."""
    # os.replace and os.link name two files; the second is the one that is written.
    where = error.filename2 or error.filename or ""
    hint = (
        "Free some space and run it again."
        if error.errno == errno.ENOSPC
        else "Check its permissions."
    )
    return ExternalError(f"{doing}: {where}: {error.strerror}", hint=hint)


def files_below(folder: Path) -> dict[str, bool]:
    """Every path below the folder, without folders → whether it is a plain file.

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
        # On file systems that ignore case `.GIT` is the same folder.
        elif entry.name.casefold() != ".git":
            yield from _walked(base, f"{path}/")


def read_below(folder: Path, path: str) -> bytes | None:
    """The content of a file below the folder; None where it is a link or cannot be read."""
    try:
        # A link could lead to any file of the machine, whose content would then be published.
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
    editable, it is at the top of the repository.
    """
    bundled = _PACKAGE / "_bundle" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent.parent / name

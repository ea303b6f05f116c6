"""The lock files that are read, and which one counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from secstatus.dependencies.declaration import Declaration
from secstatus.dependencies.locked import LockedDependencies, LockInputs
from secstatus.dependencies.pdm_lock import read_pdm_lock
from secstatus.dependencies.pipfile_lock import read_pipfile_lock
from secstatus.dependencies.poetry_lock import read_poetry_lock
from secstatus.dependencies.pylock import read_pylock
from secstatus.dependencies.uv_lock import read_uv_lock

_READERS: Mapping[str, Callable[[LockInputs], LockedDependencies]] = {
    "uv.lock": read_uv_lock,
    "pdm.lock": read_pdm_lock,
    "poetry.lock": read_poetry_lock,
    "Pipfile.lock": read_pipfile_lock,
    "pylock.toml": read_pylock,
}
LOCK_FILES = tuple(_READERS)


def choose_lock(files: Mapping[str, str], declaration: Declaration) -> str:
    """The lock file that counts: one of a manager that pyproject.toml names, else the first."""
    present = [name for name in LOCK_FILES if name in files]
    named = [name for name in present if name.removesuffix(".lock") in declaration.tools]
    return next(iter(named + present), "")


def read_lock(inputs: LockInputs) -> LockedDependencies:
    """Raises InputError for what cannot be read as the lock file that its name says."""
    return _READERS[inputs.path](inputs)

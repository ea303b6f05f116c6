"""What a lock file says, in one shape for all formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from secstatus.dependencies.declaration import Declaration
from secstatus.dependencies.graph import Edges, LockedPackage
from secstatus.dependencies.markers import DEFAULT, MarkerContext
from secstatus.errors import InputError, shown


@dataclass(frozen=True, slots=True)
class LockInputs:
    """What a reader of a lock file gets: its text, and what is known of the project."""

    path: str
    text: str
    own_names: frozenset[str]
    declaration: Declaration
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LockedDependencies:
    """The packages of a lock file, and the roots that the file itself names.

    `tells_runtime`: the roots are what this project needs, whatever its configuration says.
    `is_rooted`: a runtime dependency that the roots do not reach shows that the lock is stale;
    otherwise only one that is not locked at all does.
    `own_names`: names by which the lock file calls the project itself.
    """

    packages: tuple[LockedPackage, ...]
    runtime: Edges = ()
    extra: Edges = ()
    development: Edges = ()
    tells_runtime: bool = False
    is_rooted: bool = False
    own_names: frozenset[str] = frozenset()
    runtime_context: MarkerContext = DEFAULT
    extra_context: MarkerContext = DEFAULT
    development_context: MarkerContext = DEFAULT
    problems: tuple[str, ...] = ()


def check_version(found: object, majors: frozenset[str], path: str, place: str) -> None:
    """Raises InputError for a format version whose first number is not among the known ones."""
    text = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
    if text.partition(".")[0] not in majors:
        known = " or ".join(sorted(majors))
        raise InputError(path, place, shown(found), f"format version {known}")

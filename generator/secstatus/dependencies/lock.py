"""What a project declares and what its lock file states, in one form for all formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from secstatus.dependencies.requirements import (
    DEFAULT,
    DependencyEdge,
    MarkerContext,
    MarkerEvaluator,
)
from secstatus.errors import InputError, shown

Edges = tuple[DependencyEdge, ...]
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """A package of a lock file: what it requires, and what each of its extras requires.

    `markers`: it is locked for environments for which one of them holds; none: for every one.
    """

    name: str
    version: str = ""
    edges: Edges = ()
    extras: Mapping[str, Edges] = field(default_factory=dict)
    markers: tuple[str, ...] = ()


class DependencyGraph:
    """Packages by name, version and extra. The order in which they are given has no effect."""

    def __init__(self, packages: Iterable[LockedPackage]) -> None:
        self._buckets: dict[_Key, list[tuple[LockedPackage, Edges]]] = {}
        # An extra is a node of its own: it requires the package, and what the extra adds.
        for package in packages:
            for extra, edges in (("", package.edges), *package.extras.items()):
                self._add(package, extra, edges)

    def _add(self, package: LockedPackage, extra: str, edges: Edges) -> None:
        # uv.lock leaves the version out of an edge when only one is locked.
        for version in {"", package.version}:
            key = package.name, version, extra
            self._buckets.setdefault(key, []).append((package, edges))

    def find_closure(
        self, roots: Iterable[DependencyEdge], markers: MarkerEvaluator, context: MarkerContext
    ) -> frozenset[str]:
        """The names that the roots require, their own included, in time linear in the graph."""
        names: set[str] = set()
        done: set[_Key] = set()
        followed: set[int] = set()  # a list of edges can belong to several extras
        todo = list(roots)
        while todo:
            edge = todo.pop()
            if not markers.holds(edge.marker, context, edge.under):
                continue
            # Also a name that is not locked: a lock file without it is stale, not complete.
            names.add(edge.name)
            for key in self._list_keys(edge):
                if key not in done:
                    done.add(key)
                    for edges in self._find_edges(key, markers, context):
                        if id(edges) not in followed:
                            followed.add(id(edges))
                            todo.extend(edges)
        return frozenset(names)

    def _list_keys(self, edge: DependencyEdge) -> Iterable[_Key]:
        is_locked = (edge.name, edge.version, "") in self._buckets
        # Another version than that of the edge is better than none: the name is required.
        version = edge.version if is_locked else ""
        return ((edge.name, version, extra) for extra in ("", *edge.extras))

    def _find_edges(
        self, key: _Key, markers: MarkerEvaluator, context: MarkerContext
    ) -> Iterable[Edges]:
        bucket = self._buckets.get(key, [])
        held = [
            edges
            for package, edges in bucket
            if not package.markers or any(markers.holds(m, context) for m in package.markers)
        ]
        # A lock that has no version for this environment still says that the package is needed.
        return held or [edges for _, edges in bucket]


PYPROJECT = "pyproject.toml"
SETUP_CFG = "setup.cfg"
SETUP_PY = "setup.py"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The requirements of a project, its extras and its dependency groups.

    `source`: the file that declares them; `""` when the project has none.
    `unreadable`: a sentence, why `runtime` is unknown or incomplete; a lock file may still
    state it. `problems`: sentences that hold even with a lock file. `tools`: the package managers
    that pyproject.toml names.
    """

    source: str = ""
    name: str = ""
    runtime: Edges = ()
    extras: Mapping[str, Edges] = field(default_factory=dict)
    groups: Mapping[str, Edges] = field(default_factory=dict)
    unreadable: str = ""
    problems: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LockInputs:
    """The input of a lock file reader: the text, and the known facts of the project."""

    path: str
    text: str
    own_names: frozenset[str]
    declaration: Declaration
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LockedDependencies:
    """The packages of a lock file, and the roots that the file itself names.

    `tells_runtime`: the roots are the project's needs, independent of its configuration.
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
    """Raise InputError for a format version with an unknown major number."""
    text = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
    # An unknown format may keep packages elsewhere, and would read as an empty one.
    if text.partition(".")[0] not in majors:
        known = " or ".join(sorted(majors))
        raise InputError(path, place, shown(found), f"format version {known}")

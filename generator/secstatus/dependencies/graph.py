"""The graph of a lock file, and what is reached in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from secstatus.dependencies.markers import MarkerContext, MarkerEvaluator
from secstatus.dependencies.requirements import DependencyEdge

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
        for package in packages:
            for extra, edges in (("", package.edges), *package.extras.items()):
                self._add(package, extra, edges)

    def _add(self, package: LockedPackage, extra: str, edges: Edges) -> None:
        for version in {"", package.version}:
            key = package.name, version, extra
            self._buckets.setdefault(key, []).append((package, edges))

    def find_closure(
        self, roots: Iterable[DependencyEdge], markers: MarkerEvaluator, context: MarkerContext
    ) -> frozenset[str]:
        """The names that the roots require, their own included, in time linear in the graph.

        A name that is in no package of the graph is required all the same.
        """
        names: set[str] = set()
        done: set[_Key] = set()
        followed: set[int] = set()  # a list of edges can belong to several extras
        todo = list(roots)
        while todo:
            edge = todo.pop()
            if not markers.holds(edge.marker, context, edge.under):
                continue
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

"""pdm.lock: a graph without the project, and the groups of each package."""

from __future__ import annotations

from collections.abc import Iterator

from secstatus.dependencies.documents import (
    Fields,
    check_size,
    get_list,
    get_text,
    iterate_tables,
    iterate_texts,
    parse_name,
)
from secstatus.dependencies.lock import LockedDependencies, LockedPackage, LockInputs, check_version
from secstatus.dependencies.requirements import DependencyEdge, parse_requirement
from secstatus.text.toml import find_table, parse_toml

_MAJORS = frozenset({"3", "4"})
_RUNTIME = "default"


def read_pdm_lock(inputs: LockInputs) -> LockedDependencies:
    """Raises InputError for what is not a lock file of a known version.

    A group that pyproject.toml does not call a dependency group counts as an extra.
    """
    document = parse_toml(check_size(inputs.text, inputs.path), inputs.path)
    version = find_table(document, "metadata", path=inputs.path).get("lock_version")
    check_version(version, _MAJORS, inputs.path, "metadata.lock_version")
    entries = list(iterate_tables(document, "package", inputs.path))
    roots: dict[str, list[DependencyEdge]] = {"runtime": [], "extra": [], "development": []}
    packages = []
    for entry in entries:
        package = _read_package(entry, inputs.path)
        packages.append(package)
        edge = _own_edge(entry, package, inputs.path)
        for scope in _read_scopes(entry, inputs):
            roots[scope].append(edge)
    return LockedDependencies(
        tuple(packages),
        tuple(roots["runtime"]),
        tuple(roots["extra"]),
        tuple(roots["development"]),
        tells_runtime=bool(roots["runtime"]),
    )


def _read_scopes(entry: Fields, inputs: LockInputs) -> Iterator[str]:
    groups = inputs.declaration.groups
    extras = inputs.declaration.extras
    for group in iterate_texts(entry, "groups", inputs.path):
        name = parse_name(group, inputs.path, "package.groups")
        if name == _RUNTIME:
            yield "runtime"
        else:
            yield "development" if name in groups and name not in extras else "extra"


def _read_package(entry: Fields, path: str) -> LockedPackage:
    """An entry with extras says what these require, beside one for the package alone."""
    name = parse_name(entry.get("name"), path, "package.name")
    version = get_text(entry, "version", path)
    edges = tuple(
        parse_requirement(item, path, "package.dependencies")
        for item in get_list(entry, "dependencies", path)
    )
    marker = get_text(entry, "marker", path)
    markers = (marker,) if marker else ()
    extras = _read_extras(entry, path)
    if extras:
        return LockedPackage(name, version, (), dict.fromkeys(extras, edges), markers)
    return LockedPackage(name, version, edges, {}, markers)


def _own_edge(entry: Fields, package: LockedPackage, path: str) -> DependencyEdge:
    marker = get_text(entry, "marker", path)
    return DependencyEdge(package.name, _read_extras(entry, path), marker, package.version)


def _read_extras(entry: Fields, path: str) -> tuple[str, ...]:
    return tuple(parse_name(extra, path) for extra in iterate_texts(entry, "extras", path))

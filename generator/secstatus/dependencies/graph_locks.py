"""Lock files with a graph and without the project itself: poetry.lock and pdm.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from secstatus.dependencies.documents import (
    Fields,
    check_size,
    get_list,
    get_text,
    iterate_tables,
    iterate_texts,
    parse_name,
)
from secstatus.dependencies.lock import (
    Edges,
    LockedDependencies,
    LockedPackage,
    LockInputs,
    check_version,
)
from secstatus.dependencies.poetry import pick_constraints, read_constraints
from secstatus.dependencies.requirements import DependencyEdge, MarkerContext, parse_requirement
from secstatus.errors import InputError, shown
from secstatus.text.toml import find_table, parse_toml

# 1.x: Poetry before 1.3; 2.0: up to 1.8; 2.1: Poetry 2, which has `groups` and `markers`.
_POETRY_MAJORS = frozenset({"1", "2"})
_NAME = re.compile(r"\s*(?P<name>[\w.-]++)\s*(?:\[(?P<extras>[^\]]*+)\])?")


def read_poetry_lock(inputs: LockInputs) -> LockedDependencies:
    """The packages of a poetry.lock. Raises InputError for another file or version.

    Roots are the groups or categories of the packages, beside those of pyproject.toml.
    """
    document = parse_toml(check_size(inputs.text, inputs.path), inputs.path)
    version = find_table(document, "metadata", path=inputs.path).get("lock-version")
    check_version(version, _POETRY_MAJORS, inputs.path, "metadata.lock-version")
    entries = list(iterate_tables(document, "package", inputs.path))
    packages = tuple(_read_poetry_package(entry, inputs.path) for entry in entries)
    roots: dict[str, list[DependencyEdge]] = {"runtime": [], "extra": [], "development": []}
    for entry, package in zip(entries, packages, strict=True):
        main = "extra" if entry.get("optional") is True else "runtime"
        # `main` and the groups are closed: an entry lists every group that needs it.
        for group, marker in _read_groups(entry, inputs.path):
            edge = DependencyEdge(package.name, (), marker, package.version)
            roots[main if group == "main" else "development"].append(edge)
    names = frozenset(inputs.declaration.extras) | {
        parse_name(name, inputs.path, "extras")
        for name in find_table(document, "extras", path=inputs.path)
    }
    return LockedDependencies(
        packages,
        runtime=tuple(roots["runtime"]),
        extra=tuple(roots["extra"]),
        development=tuple(roots["development"]),
        tells_runtime=bool(roots["runtime"]),
        extra_context=MarkerContext(names),
        development_context=MarkerContext(names),
    )


def _read_groups(entry: Fields, path: str) -> Iterator[tuple[str, str]]:
    # One marker for all groups, or one for each.
    markers = entry.get("markers", "")
    if not isinstance(markers, str | dict):
        raise InputError(path, "package.markers", shown(markers), "a text or a table")
    groups = list(iterate_texts(entry, "groups", path))
    # Poetry before 1.5 wrote one category, `main` or `dev`.
    category = get_text(entry, "category", path)
    for group in groups or ([category] if category else []):
        yield group, markers if isinstance(markers, str) else get_text(markers, group, path)


def _read_poetry_package(entry: Fields, path: str) -> LockedPackage:
    required: list[DependencyEdge] = []
    optional: dict[str, list[DependencyEdge]] = {}
    for key, value in find_table(entry, "dependencies", path=path).items():
        name = parse_name(key, path, "package.dependencies")
        for is_optional, edge in read_constraints(name, value, path, "package.dependencies"):
            (optional.setdefault(name, []) if is_optional else required).append(edge)
    return LockedPackage(
        parse_name(entry.get("name"), path, "package.name"),
        get_text(entry, "version", path),
        tuple(required),
        dict(_read_extras(entry, optional, path)),
        tuple(_fork_markers(entry)),
    )


def _fork_markers(entry: Fields) -> Iterator[str]:
    markers = entry.get("markers", "")
    values = [markers] if isinstance(markers, str) else markers.values()
    texts = [value for value in values if isinstance(value, str)]
    groups = entry.get("groups")
    # A group without a marker of its own always holds.
    if isinstance(markers, dict) and isinstance(groups, list) and len(groups) > len(markers):
        return
    yield from (text for text in texts if text)


def _read_extras(
    entry: Fields, optional: Mapping[str, list[DependencyEdge]], path: str
) -> Iterator[tuple[str, Edges]]:
    table = find_table(entry, "extras", path=path)
    for key in table:
        extra = parse_name(key, path, "package.extras")
        edges: list[DependencyEdge] = []
        for item in get_list(table, key, path):
            name, extras = _read_item(item, path)
            edges += [
                # The marker of an optional dependency names the extra: `extra == "socks"`.
                DependencyEdge(edge.name, edge.extras or extras, edge.marker, under=extra)
                for edge in pick_constraints(name, optional)
            ]
        yield extra, tuple(edges)


def _read_item(item: object, path: str) -> tuple[str, tuple[str, ...]]:
    # `pysocks (>=1.5.6,<2)`: Poetry's own spelling, of which only the name counts here.
    match = _NAME.match(item) if isinstance(item, str) else None
    if match is None:
        raise InputError(path, "package.extras", shown(item), "a requirement")
    extras = [part for part in (match["extras"] or "").split(",") if part.strip()]
    return parse_name(match["name"], path), tuple(parse_name(extra, path) for extra in extras)


# Older files have no `groups`: then pyproject.toml alone names the roots.
_PDM_MAJORS = frozenset({"3", "4"})
# PDM's name for [project.dependencies].
_RUNTIME = "default"


def read_pdm_lock(inputs: LockInputs) -> LockedDependencies:
    """The packages of a pdm.lock. Raises InputError for another file or version."""
    document = parse_toml(check_size(inputs.text, inputs.path), inputs.path)
    version = find_table(document, "metadata", path=inputs.path).get("lock_version")
    check_version(version, _PDM_MAJORS, inputs.path, "metadata.lock_version")
    entries = list(iterate_tables(document, "package", inputs.path))
    roots: dict[str, list[DependencyEdge]] = {"runtime": [], "extra": [], "development": []}
    packages = []
    for entry in entries:
        package = _read_pdm_package(entry, inputs.path)
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
            # PDM keeps extras and dependency groups in one list: pyproject.toml tells them apart.
            # An unknown group counts as an extra, which is graded.
            yield "development" if name in groups and name not in extras else "extra"


def _read_pdm_package(entry: Fields, path: str) -> LockedPackage:
    # An entry with extras states what these require, beside another one for the package alone.
    name = parse_name(entry.get("name"), path, "package.name")
    version = get_text(entry, "version", path)
    edges = tuple(
        parse_requirement(item, path, "package.dependencies")
        for item in get_list(entry, "dependencies", path)
    )
    marker = get_text(entry, "marker", path)
    markers = (marker,) if marker else ()
    extras = _read_extra_names(entry, path)
    if extras:
        return LockedPackage(name, version, (), dict.fromkeys(extras, edges), markers)
    return LockedPackage(name, version, edges, {}, markers)


def _own_edge(entry: Fields, package: LockedPackage, path: str) -> DependencyEdge:
    marker = get_text(entry, "marker", path)
    return DependencyEdge(package.name, _read_extra_names(entry, path), marker, package.version)


def _read_extra_names(entry: Fields, path: str) -> tuple[str, ...]:
    return tuple(parse_name(extra, path) for extra in iterate_texts(entry, "extras", path))

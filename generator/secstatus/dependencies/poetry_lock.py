"""poetry.lock: a graph without the project; its roots stand in pyproject.toml."""

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
from secstatus.dependencies.markers import MarkerContext
from secstatus.dependencies.poetry import pick_constraints, read_constraints
from secstatus.dependencies.requirements import DependencyEdge
from secstatus.errors import InputError, shown
from secstatus.text.toml import find_table, parse_toml

_MAJORS = frozenset({"1", "2"})
_NAME = re.compile(r"\s*(?P<name>[\w.-]++)\s*(?:\[(?P<extras>[^\]]*+)\])?")


def read_poetry_lock(inputs: LockInputs) -> LockedDependencies:
    """Raises InputError for what is not a lock file of a known version.

    The groups (2.1) or the category (1.0) of the packages are roots as well as pyproject.toml.
    """
    document = parse_toml(check_size(inputs.text, inputs.path), inputs.path)
    version = find_table(document, "metadata", path=inputs.path).get("lock-version")
    check_version(version, _MAJORS, inputs.path, "metadata.lock-version")
    entries = list(iterate_tables(document, "package", inputs.path))
    packages = tuple(_read_package(entry, inputs.path) for entry in entries)
    roots: dict[str, list[DependencyEdge]] = {"runtime": [], "extra": [], "development": []}
    for entry, package in zip(entries, packages, strict=True):
        main = "extra" if entry.get("optional") is True else "runtime"
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
    markers = entry.get("markers", "")
    if not isinstance(markers, str | dict):
        raise InputError(path, "package.markers", shown(markers), "a text or a table")
    groups = list(iterate_texts(entry, "groups", path))
    category = get_text(entry, "category", path)
    for group in groups or ([category] if category else []):
        yield group, markers if isinstance(markers, str) else get_text(markers, group, path)


def _read_package(entry: Fields, path: str) -> LockedPackage:
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
                DependencyEdge(edge.name, edge.extras or extras, edge.marker, under=extra)
                for edge in pick_constraints(name, optional)
            ]
        yield extra, tuple(edges)


def _read_item(item: object, path: str) -> tuple[str, tuple[str, ...]]:
    """`pysocks (>=1.5.6,<2)`: poetry's own spelling, of which only the name counts here."""
    match = _NAME.match(item) if isinstance(item, str) else None
    if match is None:
        raise InputError(path, "package.extras", shown(item), "a requirement")
    extras = [part for part in (match["extras"] or "").split(",") if part.strip()]
    return parse_name(match["name"], path), tuple(parse_name(extra, path) for extra in extras)

"""pylock.toml (PEP 751): what an installation includes, by markers, without a graph."""

from __future__ import annotations

from secstatus.dependencies.documents import (
    Fields,
    check_size,
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
from secstatus.dependencies.requirements import DependencyEdge
from secstatus.text.toml import find_table, parse_toml

_MAJORS = frozenset({"1"})


def read_pylock(inputs: LockInputs) -> LockedDependencies:
    """Raises InputError for what is not a lock file of a known version.

    Runtime is what the default groups install, apart from those that pyproject.toml calls
    dependency groups.
    """
    document = parse_toml(check_size(inputs.text, inputs.path), inputs.path)
    check_version(document.get("lock-version"), _MAJORS, inputs.path, "lock-version")
    entries = list(iterate_tables(document, "packages", inputs.path))
    packages = tuple(_read_package(entry, inputs.path) for entry in entries)
    edges = tuple(
        DependencyEdge(package.name, (), get_text(entry, "marker", inputs.path), package.version)
        for entry, package in zip(entries, packages, strict=True)
    )
    roots = {
        package.name
        for entry, package in zip(entries, packages, strict=True)
        if find_table(entry, "directory", path=inputs.path).get("path") in (".", "./", "")
    }
    return _with_contexts(document, packages, edges, bool(roots & inputs.own_names), inputs)


def _with_contexts(
    document: Fields,
    packages: tuple[LockedPackage, ...],
    edges: Edges,
    holds_project: bool,
    inputs: LockInputs,
) -> LockedDependencies:
    extras = _read_names(document, "extras", inputs.path)
    groups = _read_names(document, "dependency-groups", inputs.path)
    default = _read_names(document, "default-groups", inputs.path)
    runtime = MarkerContext(frozenset(), default - frozenset(inputs.declaration.groups))
    return LockedDependencies(
        packages,
        runtime=edges,
        extra=edges,
        development=edges,
        tells_runtime=holds_project or not inputs.declaration.source,
        is_rooted=True,
        runtime_context=runtime,
        extra_context=MarkerContext(extras, runtime.groups),
        development_context=MarkerContext(extras, groups | default),
    )


def _read_package(entry: Fields, path: str) -> LockedPackage:
    name = parse_name(entry.get("name"), path, "packages.name")
    return LockedPackage(name, get_text(entry, "version", path))


def _read_names(document: Fields, key: str, path: str) -> frozenset[str]:
    return frozenset(parse_name(name, path, key) for name in iterate_texts(document, key, path))

"""uv.lock: a graph of all members of a workspace, with the project as one of its packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
from secstatus.dependencies.requirements import DependencyEdge, MarkerContext
from secstatus.errors import InputError, shown
from secstatus.text.toml import find_table, parse_toml

# uv refuses an unknown `version`; its `revision` marks changes that older readers understand.
_MAJORS = frozenset({"1"})
# Where a package lies in the project's own folder tree.
_LOCAL = ("editable", "virtual", "directory")


def read_uv_lock(inputs: LockInputs) -> LockedDependencies:
    """The packages of a uv.lock. Raises InputError for another file or version."""
    document = parse_toml(check_size(inputs.text, inputs.path), inputs.path)
    check_version(document.get("version"), _MAJORS, inputs.path, "version")
    entries = list(iterate_tables(document, "package", inputs.path))
    packages = tuple(_read_package(entry, inputs.path) for entry in entries)
    own = _find_own(entries, packages, inputs)
    if own is None:
        name = shown(next(iter(sorted(inputs.own_names)), ""))
        problem = f"{inputs.path} does not contain the project {name}: it belongs to another one"
        return LockedDependencies(packages, problems=(problem,))
    entry, package = own
    return _with_roots(packages, entry, package, inputs)


def _with_roots(
    packages: tuple[LockedPackage, ...], entry: Fields, own: LockedPackage, inputs: LockInputs
) -> LockedDependencies:
    # uv encodes extras and groups that conflict as extras of the environment's marker.
    groups = _read_edge_lists(entry, "dev-dependencies", inputs.path)
    base = frozenset({_encode("project", own.name, "")})
    extras = base | {_encode("extra", own.name, extra) for extra in own.extras}
    dev = base | {_encode("group", own.name, group) for group in groups}
    return LockedDependencies(
        packages,
        runtime=(DependencyEdge(own.name, version=own.version),),
        extra=(DependencyEdge(own.name, tuple(own.extras), version=own.version),),
        development=tuple(edge for edges in groups.values() for edge in edges),
        tells_runtime=True,
        is_rooted=True,
        own_names=frozenset({own.name}),
        runtime_context=MarkerContext(base),
        extra_context=MarkerContext(extras),
        development_context=MarkerContext(dev),
    )


def _find_own(
    entries: list[Fields], packages: tuple[LockedPackage, ...], inputs: LockInputs
) -> tuple[Fields, LockedPackage] | None:
    """The entry of the project: by its name, or the one in `.` when no name is known."""
    # A package of that name from an index is not the project: the lock is that of a user of it.
    local = [
        (entry, package)
        for entry, package in zip(entries, packages, strict=True)
        if any(key in find_table(entry, "source", path=inputs.path) for key in _LOCAL)
    ]
    named = [pair for pair in local if pair[1].name in inputs.own_names]
    if named or inputs.declaration.name:
        return min(named, key=lambda pair: not _is_root(pair[0]), default=None)
    return next((pair for pair in local if _is_root(pair[0])), None)


def _is_root(entry: Fields) -> bool:
    return any(entry["source"].get(key) == "." for key in _LOCAL)


def _read_package(entry: Fields, path: str) -> LockedPackage:
    return LockedPackage(
        parse_name(entry.get("name"), path, "package.name"),
        get_text(entry, "version", path),
        tuple(_read_edges(get_list(entry, "dependencies", path), path)),
        _read_edge_lists(entry, "optional-dependencies", path),
        # A forked resolution locks several versions, each for some environments.
        tuple(iterate_texts(entry, "resolution-markers", path)),
    )


def _read_edge_lists(entry: Fields, key: str, path: str) -> Mapping[str, Edges]:
    found: dict[str, Edges] = {}
    table = find_table(entry, key, path=path)
    for name in table:
        normal = parse_name(name, path, f"package.{key}")
        edges = tuple(_read_edges(get_list(table, name, path), path))
        found[normal] = found.get(normal, ()) + edges
    return found


def _read_edges(items: list[Any], path: str) -> Iterator[DependencyEdge]:
    for item in items:
        if not isinstance(item, dict):
            raise InputError(path, "dependencies", shown(item), "a table")
        yield DependencyEdge(
            parse_name(item.get("name"), path, "dependencies.name"),
            tuple(parse_name(extra, path) for extra in iterate_texts(item, "extra", path)),
            get_text(item, "marker", path),
            get_text(item, "version", path),
        )


def _encode(kind: str, package: str, name: str) -> str:
    """How uv writes an extra of a package in the markers of conflicting extras."""
    return "-".join(part for part in (kind, str(len(package)), package, name) if part)

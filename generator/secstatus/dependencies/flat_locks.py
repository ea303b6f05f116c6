"""Lock files without a graph: pylock.toml (PEP 751) and Pipfile.lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from secstatus.dependencies.documents import (
    Fields,
    check_size,
    get_list,
    get_text,
    iterate_tables,
    iterate_texts,
    parse_json_object,
    parse_name,
)
from secstatus.dependencies.lock import (
    Edges,
    LockedDependencies,
    LockedPackage,
    LockInputs,
    check_version,
)
from secstatus.dependencies.requirements import (
    MARKER_VARIABLES,
    DependencyEdge,
    MarkerContext,
    join_markers,
)
from secstatus.errors import InputError, shown
from secstatus.text.toml import find_table, parse_toml

# PEP 751: a tool refuses an unknown major version; a minor one only adds.
_PYLOCK_MAJORS = frozenset({"1"})


def read_pylock(inputs: LockInputs) -> LockedDependencies:
    """The packages of a pylock.toml. Raises InputError for another file or version."""
    document = parse_toml(check_size(inputs.text, inputs.path), inputs.path)
    check_version(document.get("lock-version"), _PYLOCK_MAJORS, inputs.path, "lock-version")
    entries = list(iterate_tables(document, "packages", inputs.path))
    packages = tuple(_read_package(entry, inputs.path) for entry in entries)
    edges = tuple(
        DependencyEdge(package.name, (), get_text(entry, "marker", inputs.path), package.version)
        for entry, package in zip(entries, packages, strict=True)
    )
    # An entry for the project's own folder shows that the file is the lock of this project.
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
    # Runtime is what the default groups install. A default group that pyproject.toml calls a
    # dependency group is development all the same (PEP 735).
    runtime = MarkerContext(frozenset(), default - frozenset(inputs.declaration.groups))
    # The same packages three times: their markers decide who needs which.
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


PIPFILE = "Pipfile"
# The only version that Pipenv has written for years.
_SPECS = frozenset({"6"})
_RUNTIME, _DEVELOPMENT = "default", "develop"
_KNOWN = frozenset({_RUNTIME, _DEVELOPMENT})


def read_pipfile_lock(inputs: LockInputs) -> LockedDependencies:
    """The packages of a Pipfile.lock. Raises InputError for another file or version.

    Categories other than `default` and `develop` count as extras. The packages of the Pipfile are
    required as well.
    """
    document = parse_json_object(inputs.text, inputs.path)
    meta = find_table(document, "_meta", path=inputs.path)
    check_version(meta.get("pipfile-spec"), _SPECS, inputs.path, "_meta.pipfile-spec")
    categories = {
        name: tuple(_read_category(document, name, inputs.path))
        for name in document
        if name != "_meta"
    }
    pairs = [pair for each in categories.values() for pair in each]
    edges = {name: tuple(edge for edge, _ in each) for name, each in categories.items()}
    # A lock that is older than its Pipfile lacks packages that will be installed.
    wanted, problems = _read_pipfile(inputs, edges)
    # The project's own folder among the packages shows that the lock is that of the project.
    holds = any(edge.name in inputs.own_names and is_root for edge, is_root in pairs)
    return LockedDependencies(
        tuple(LockedPackage(edge.name, edge.version) for edge, _ in pairs),
        runtime=edges.get(_RUNTIME, ()) + wanted,
        extra=tuple(edge for name in edges.keys() - _KNOWN for edge in edges[name]),
        development=edges.get(_DEVELOPMENT, ()),
        tells_runtime=holds or not inputs.declaration.source,
        is_rooted=True,
        problems=problems,
    )


def _read_pipfile(inputs: LockInputs, locked: Mapping[str, Edges]) -> tuple[Edges, tuple[str, ...]]:
    if PIPFILE not in inputs.files:
        return (), ()
    try:
        document = parse_toml(check_size(inputs.files[PIPFILE], PIPFILE), PIPFILE)
        pairs = list(_read_category(document, "packages", PIPFILE))
    except InputError as error:
        return (), (str(error),)
    names = {edge.name for edge in locked.get(_RUNTIME, ())}
    missing = tuple(edge for edge, _ in pairs if edge.name not in names)
    if not missing:
        return (), ()
    listed = shown(", ".join(edge.name for edge in missing))
    return missing, (f"{inputs.path} is older than {PIPFILE}: it lacks {listed}",)


def _read_category(
    document: Fields, category: str, path: str
) -> Iterator[tuple[DependencyEdge, bool]]:
    """Each package, and whether its source is the project's own folder."""
    table = find_table(document, category, path=path)
    for key, value in table.items():
        name = parse_name(key, path, category)
        # In a Pipfile a package may be a bare constraint: `requests = "*"`.
        if isinstance(value, str):
            yield DependencyEdge(name), False
            continue
        entry = find_table(table, key, path=path)
        extras = tuple(parse_name(extra, path, key) for extra in get_list(entry, "extras", path))
        version = get_text(entry, "version", path).removeprefix("==").strip()
        is_root = entry.get("path") in (".", "./")
        yield DependencyEdge(name, extras, _join_markers(entry, path), version), is_root


def _join_markers(entry: Fields, path: str) -> str:
    # Pipenv lets a marker variable be a key of its own: `sys_platform = "== 'win32'"`.
    texts = ((variable, get_text(entry, variable, path)) for variable in MARKER_VARIABLES)
    own = (f"{variable} {text}" for variable, text in texts if text)
    return join_markers((get_text(entry, "markers", path), *own))

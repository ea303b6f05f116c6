"""Read what pyproject.toml, setup.cfg and setup.py declare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from secstatus.dependencies.documents import Fields, check_size, get_list, get_text, parse_name
from secstatus.dependencies.lock import PYPROJECT, Declaration, Edges
from secstatus.dependencies.poetry import has_poetry_runtime, read_poetry_groups, read_poetry_main
from secstatus.dependencies.requirements import collect_requirements
from secstatus.dependencies.setuptools import (
    find_hidden_requirements,
    read_dynamic_files,
    read_setup_files,
)
from secstatus.errors import InputError, shown
from secstatus.text.toml import find_table, parse_toml

# A package manager, and the start of the names of its build backend.
_MANAGERS = {"uv": "uv_build", "pdm": "pdm.", "poetry": "poetry."}


def read_declaration(files: Mapping[str, str]) -> Declaration:
    """Read what the project's files declare: PEP 621, else Poetry, else Flit, else setup.cfg.

    Never raises: `unreadable` and `problems` state what cannot be read.
    """
    if PYPROJECT not in files:
        return read_setup_files(files)
    try:
        document = parse_toml(check_size(files[PYPROJECT], PYPROJECT), PYPROJECT)
        declaration = _read_document(document, files)
    except InputError as error:
        return Declaration(PYPROJECT, unreadable=str(error), problems=(str(error),))
    return replace(declaration, tools=_find_tools(document))


def _read_document(document: Fields, files: Mapping[str, str]) -> Declaration:
    # PEP 621: with [project] a backend takes nothing from elsewhere but what `dynamic` names.
    if "project" in document:
        declaration = _read_project(document, files)
    elif find_table(document, "tool", "poetry"):
        declaration = read_poetry_main(document)
    elif find_table(document, "tool", "flit", "metadata"):
        declaration = _read_flit(find_table(document, "tool", "flit", "metadata"))
    else:
        declaration = read_setup_files(files)
    return _with_groups(declaration, document)


def _read_project(document: Fields, files: Mapping[str, str]) -> Declaration:
    project = find_table(document, "project")
    problems: list[str] = []
    name = parse_name(project["name"], PYPROJECT, "project.name") if "name" in project else ""
    declared = Declaration(
        PYPROJECT,
        name,
        collect_requirements(
            project.get("dependencies", []), PYPROJECT, "project.dependencies", problems
        ),
        unreadable=problems[0] if problems else "",
    )
    extras = _read_lists(project, "optional-dependencies", "project", problems)
    declared = replace(declared, extras=extras, problems=tuple(problems))
    return _with_other_places(declared, project, document, files)


def _with_other_places(
    declared: Declaration, project: Fields, document: Fields, files: Mapping[str, str]
) -> Declaration:
    """Adds what [project] leaves to a build backend."""
    dynamic = get_list(project, "dynamic", PYPROJECT)
    # Poetry 2 reads [tool.poetry.dependencies] beside [project], to add sources and constraints.
    stated = "dependencies" in project or bool(declared.extras)
    if has_poetry_runtime(document) and ("dependencies" in dynamic or not stated):
        return _join(declared, read_poetry_main(document))
    if "dependencies" in dynamic:
        return _join(declared, read_dynamic_files(document, files))
    if "optional-dependencies" in dynamic:
        found = read_dynamic_files(document, files)
        declared = replace(declared, extras={**found.extras, **declared.extras})
    hidden = "" if "dependencies" in project else find_hidden_requirements(files)
    return replace(declared, unreadable=declared.unreadable or hidden)


def _join(declared: Declaration, other: Declaration) -> Declaration:
    return replace(
        declared,
        source=other.source if other.runtime and not declared.runtime else declared.source,
        runtime=declared.runtime + other.runtime,
        extras={**other.extras, **declared.extras},
        unreadable=declared.unreadable or other.unreadable,
        problems=declared.problems + other.problems,
    )


def _read_flit(metadata: Fields) -> Declaration:
    problems: list[str] = []
    runtime = collect_requirements(
        metadata.get("requires", []), PYPROJECT, "tool.flit.metadata.requires", problems
    )
    unreadable = problems[0] if problems else ""
    extras = _read_lists(metadata, "requires-extra", "tool.flit.metadata", problems)
    name = get_text(metadata, "dist-name", PYPROJECT) or get_text(metadata, "module", PYPROJECT)
    return Declaration(
        PYPROJECT,
        parse_name(name, PYPROJECT, "tool.flit.metadata.module") if name else "",
        runtime,
        extras,
        unreadable=unreadable,
        problems=tuple(problems),
    )


def _with_groups(declared: Declaration, document: Fields) -> Declaration:
    problems: list[str] = []
    groups = dict(declared.groups)
    for read in (_read_groups, _read_pdm_groups, _read_uv_group, read_poetry_groups):
        for name, edges in _attempt(read, document, problems).items():
            groups[name] = groups.get(name, ()) + edges
    return replace(declared, groups=groups, problems=declared.problems + tuple(problems))


def _attempt(
    read: Callable[[Fields, list[str]], Mapping[str, Edges]], document: Fields, problems: list[str]
) -> Mapping[str, Edges]:
    try:
        return read(document, problems)
    except InputError as error:
        problems.append(str(error))
        return {}


def _read_groups(document: Fields, problems: list[str]) -> Mapping[str, Edges]:
    # PEP 735. All groups are development: an included group adds nothing to that scope.
    table = find_table(document, "dependency-groups")
    own = {
        name: [item for item in values if not _is_include(item)]
        for name, values in table.items()
        if isinstance(values, list)
    }
    problems += [
        str(InputError(PYPROJECT, f"dependency-groups.{shown(name)}", shown(value), "a list"))
        for name, value in table.items()
        if name not in own
    ]
    return _read_lists({"dependency-groups": own}, "dependency-groups", "", problems)


def _is_include(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("include-group"), str)


def _read_pdm_groups(document: Fields, problems: list[str]) -> Mapping[str, Edges]:
    table = find_table(document, "tool", "pdm")
    return _read_lists(table, "dev-dependencies", "tool.pdm", problems)


def _read_uv_group(document: Fields, problems: list[str]) -> Mapping[str, Edges]:
    # uv's key from before PEP 735.
    values = find_table(document, "tool", "uv").get("dev-dependencies", [])
    edges = collect_requirements(values, PYPROJECT, "tool.uv.dev-dependencies", problems)
    return {"dev": edges} if edges else {}


def _read_lists(table: Fields, key: str, place: str, problems: list[str]) -> Mapping[str, Edges]:
    """A table of lists of requirements, such as optional-dependencies."""
    found: dict[str, Edges] = {}
    lists: Mapping[str, Any] = table.get(key, {})
    place = f"{place}.{key}".lstrip(".")
    if not isinstance(lists, dict):
        problems.append(str(InputError(PYPROJECT, place, shown(lists), "a table")))
        return found
    for name, values in lists.items():
        here = f"{place}.{shown(name)[1:-1]}"
        try:
            normal = parse_name(name, PYPROJECT, here)
        except InputError as error:
            problems.append(str(error))
            continue
        edges = collect_requirements(values, PYPROJECT, here, problems)
        found[normal] = found.get(normal, ()) + edges
    return found


def _find_tools(document: Fields) -> frozenset[str]:
    # Lenient: a wrong type here is refused, with its place, where the value is used.
    tool = document.get("tool")
    system = document.get("build-system")
    backend = system.get("build-backend") if isinstance(system, dict) else ""
    return frozenset(
        manager
        for manager, prefix in _MANAGERS.items()
        if (isinstance(tool, dict) and manager in tool)
        or (isinstance(backend, str) and backend.startswith(prefix))
    )

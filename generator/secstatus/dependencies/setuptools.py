"""Requirements that setuptools, or a plugin of hatch, reads from elsewhere than [project]."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from secstatus.dependencies.documents import Fields, check_size, parse_ini, parse_name
from secstatus.dependencies.lock import PYPROJECT, SETUP_CFG, SETUP_PY, Declaration, Edges
from secstatus.dependencies.requirements import collect_requirements
from secstatus.errors import InputError, shown
from secstatus.text.toml import find_table, parse_toml

_INSTALL_REQUIRES = re.compile(r"\binstall_requires\b")
# `setup()` without arguments takes everything from setup.cfg.
_BARE_SETUP = re.compile(r"^[ \t]*(?:setuptools\.)?setup\(\s*+\)", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")


_DYNAMIC = (
    f"{PYPROJECT} declares its dependencies as dynamic: they are known only when the project "
    "is built. A lock file, or `dependencies` in [project], makes them known."
)
_NO_FILE = "no file of the project states its dependencies"


def list_requirement_files(files: Mapping[str, str]) -> tuple[str, ...]:
    """Files below the root that pyproject.toml and setup.cfg name as holding requirements.

    A path that leads out of the project is not listed.
    """
    # Without these files `dynamic = ["dependencies"]` would make every such project unknown.
    try:
        document = parse_toml(check_size(files.get(PYPROJECT, ""), PYPROJECT), PYPROJECT)
        sections = parse_ini(files.get(SETUP_CFG, ""), SETUP_CFG)
        named = [name for table in _dynamic_tables(document) for name in _named_files(table)]
    except InputError:
        return ()
    for section in ("options", "options.extras_require"):
        for value in sections.get(section, {}).values():
            named += _files_of_directive(value)
    return tuple(dict.fromkeys(name for name in named if _is_inside(name)))


def read_dynamic_files(document: Fields, files: Mapping[str, str]) -> Declaration:
    """What `[tool.setuptools.dynamic]`, hatch-requirements-txt or setup.cfg states."""
    dynamic = find_table(document, "tool", "setuptools", "dynamic")
    hook = _hatch_hook(document)
    problems: list[str] = []
    extras = _read_dynamic_extras(dynamic, files, problems)
    for table in (dynamic.get("dependencies"), hook):
        if names := _named_files(table):
            runtime = _read_files(names, files, problems)
            unreadable = problems[0] if problems else ""
            return Declaration(
                names[0], "", runtime, extras, unreadable=unreadable, problems=tuple(problems)
            )
    found = read_setup_files(files)
    if found.source == SETUP_CFG and found.runtime and _is_built_by_setuptools(document):
        return replace(found, extras={**found.extras, **extras})
    return Declaration(PYPROJECT, extras=extras, unreadable=_DYNAMIC, problems=tuple(problems))


def read_setup_files(files: Mapping[str, str]) -> Declaration:
    """Read what setup.cfg states. The requirements in setup.py are not known."""
    # setup.py is a program: to run it would give an untrusted project the rights of this one.
    try:
        sections = parse_ini(files.get(SETUP_CFG, ""), SETUP_CFG)
    except InputError as error:
        return Declaration(SETUP_CFG, unreadable=str(error), problems=(str(error),))
    options = sections.get("options", {})
    if "install_requires" in options or _is_whole(options, files):
        return _read_options(sections, files)
    if SETUP_PY in files:
        reason = f"the dependencies are not known: {SETUP_PY} is a program and is not run"
        return Declaration(SETUP_PY, unreadable=reason)
    if "metadata" in sections:
        return Declaration(SETUP_CFG, unreadable=f"{SETUP_CFG} does not state the dependencies")
    return Declaration(unreadable=_NO_FILE)


def find_hidden_requirements(files: Mapping[str, str]) -> str:
    """A sentence when setup.cfg or setup.py state requirements beside a [project] without any."""
    # PEP 621 forbids it; what is installed depends on the version of setuptools.
    name = SETUP_PY if _INSTALL_REQUIRES.search(files.get(SETUP_PY, "")) else ""
    try:
        options = parse_ini(files.get(SETUP_CFG, ""), SETUP_CFG).get("options", {})
    except InputError:
        options = {}
    name = SETUP_CFG if options.get("install_requires") else name
    if not name:
        return ""
    return (
        f"{name} states install_requires, and [project] in {PYPROJECT} neither has `dependencies` "
        "nor names them in `dynamic`. State them in one place."
    )


def _read_options(
    sections: Mapping[str, Mapping[str, str]], files: Mapping[str, str]
) -> Declaration:
    problems: list[str] = []
    value = sections.get("options", {}).get("install_requires", "")
    runtime = _read_value(value, files, "options.install_requires", problems)
    if _INSTALL_REQUIRES.search(files.get(SETUP_PY, "")):
        problems.append(f"{SETUP_PY} and {SETUP_CFG} both state install_requires")
    unreadable = problems[0] if problems else ""
    extras: dict[str, Edges] = {}
    for name, text in sections.get("options.extras_require", {}).items():
        edges = _read_value(text, files, f"options.extras_require.{shown(name)}", problems)
        try:
            normal = parse_name(name, SETUP_CFG, "options.extras_require")
            extras[normal] = extras.get(normal, ()) + edges
        except InputError as error:
            problems.append(str(error))
    return Declaration(
        SETUP_CFG, "", runtime, extras, unreadable=unreadable, problems=tuple(problems)
    )


def _is_whole(options: Mapping[str, str], files: Mapping[str, str]) -> bool:
    """Return whether setup.cfg is complete, so that absent requirements do not exist."""
    return bool(options) and (
        SETUP_PY not in files or _BARE_SETUP.search(files[SETUP_PY]) is not None
    )


def _read_value(value: str, files: Mapping[str, str], place: str, problems: list[str]) -> Edges:
    if value.startswith("file:"):
        return _read_files(_files_of_directive(value), files, problems)
    # setuptools: one a line, else parted by semicolons (and then markers are not possible).
    parts = value.splitlines() if "\n" in value else value.split(";")
    return collect_requirements(list(_requirement_lines(parts)), SETUP_CFG, place, problems)


def _read_files(names: list[str], files: Mapping[str, str], problems: list[str]) -> Edges:
    edges: Edges = ()
    for name in dict.fromkeys(names):
        if name in files:
            lines = list(_requirement_lines(files[name].removeprefix("\ufeff").splitlines()))
            edges += collect_requirements(lines, name, "line", problems)
        else:
            problems.append(f"the file {shown(name)} states dependencies and was not read")
    return edges


def _requirement_lines(lines: list[str]) -> Iterator[str]:
    for line in lines:
        # pip's rule: `#` begins a comment at the start of a line or after white space.
        if text := _COMMENT.sub("", line).strip():
            yield text


def _read_dynamic_extras(
    dynamic: Fields, files: Mapping[str, str], problems: list[str]
) -> dict[str, Edges]:
    table = dynamic.get("optional-dependencies", {})
    found: dict[str, Edges] = {}
    for name, value in table.items() if isinstance(table, dict) else ():
        normal = parse_name(name, PYPROJECT, "tool.setuptools.dynamic.optional-dependencies")
        found[normal] = _read_files(_named_files(value), files, problems)
    return found


def _is_built_by_setuptools(document: Fields) -> bool:
    # PEP 517: without a backend setuptools builds the project.
    backend = find_table(document, "build-system").get("build-backend", "setuptools")
    return isinstance(backend, str) and backend.startswith("setuptools")


def _dynamic_tables(document: Fields) -> Iterator[Any]:
    dynamic = find_table(document, "tool", "setuptools", "dynamic")
    yield dynamic.get("dependencies")
    extras = dynamic.get("optional-dependencies")
    yield from extras.values() if isinstance(extras, dict) else ()
    yield _hatch_hook(document)


def _hatch_hook(document: Fields) -> Fields:
    keys = ("tool", "hatch", "metadata", "hooks", "requirements_txt")
    return find_table(document, *keys)


def _named_files(table: object) -> list[str]:
    """The value of `file` (setuptools) or `files` (hatch): a text, or a list of texts."""
    # hatch-requirements-txt calls the key `files`.
    value = table.get("file", table.get("files")) if isinstance(table, dict) else None
    values = value if isinstance(value, list) else [value]
    return [str(PurePosixPath(item)) for item in values if isinstance(item, str)]


def _files_of_directive(value: str) -> list[str]:
    if not value.startswith("file:"):
        return []
    names = value.removeprefix("file:").replace("\n", ",").split(",")
    return [str(PurePosixPath(name.strip())) for name in names if name.strip()]


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return name.isprintable() and not path.is_absolute() and ".." not in path.parts

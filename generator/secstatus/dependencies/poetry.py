"""What `[tool.poetry]` declares: dependencies as name → constraint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.dependencies.documents import Fields, get_text, parse_name
from secstatus.dependencies.lock import PYPROJECT, Declaration, Edges
from secstatus.dependencies.requirements import DependencyEdge, join_markers
from secstatus.errors import InputError, shown
from secstatus.text.toml import find_table

_PLACE = "tool.poetry.dependencies"
_NOTHING = f"[tool.poetry] in {PYPROJECT} has neither a name nor dependencies"
# https://python-poetry.org/docs/dependency-specification/#version-constraints
_NUMBER = re.compile(
    r"(?P<op>\^|~=|~|===|==|=|!=|<=|>=|<|>)?\s*+(?P<version>\d++(?:\.\d++)*+)(?P<star>\.\*)?"
)
# Extras repeat the constraints of a name: many of both would be as many edges as their product.
MOST_CONSTRAINTS = 20


def has_poetry_runtime(document: Fields) -> bool:
    """Return whether `[tool.poetry.dependencies]` names a package other than python."""
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    table = poetry.get("dependencies") if isinstance(poetry, dict) else None
    return isinstance(table, dict) and bool(table.keys() - {"python"})


def read_poetry_main(document: Fields) -> Declaration:
    """The main dependencies; an optional one is in the extras that name it."""
    poetry = find_table(document, "tool", "poetry")
    table = find_table(poetry, "dependencies")
    problems: list[str] = []
    required: list[DependencyEdge] = []
    optional: dict[str, list[DependencyEdge]] = {}
    for name, edges in _read_table(table, _PLACE, problems):
        for is_optional, edge in edges:
            (optional.setdefault(name, []) if is_optional else required).append(edge)
    name = get_text(poetry, "name", PYPROJECT)
    unreadable = problems[0] if problems else ""
    return Declaration(
        PYPROJECT,
        parse_name(name, PYPROJECT, "tool.poetry.name") if name else "",
        tuple(required),
        _read_extras(poetry, optional, problems),
        unreadable=unreadable or ("" if table or name else _NOTHING),
        problems=tuple(problems),
    )


def read_poetry_groups(document: Fields, problems: list[str]) -> Mapping[str, Edges]:
    """`[tool.poetry.group.NAME.dependencies]`, and `dev-dependencies`."""
    # Poetry before 1.2 had `dev-dependencies` alone; Poetry reads it as the group `dev`.
    poetry = find_table(document, "tool", "poetry")
    tables = {"dev": (find_table(poetry, "dev-dependencies"),)}
    for name in find_table(poetry, "group"):
        normal = parse_name(name, PYPROJECT, "tool.poetry.group")
        table = find_table(poetry, "group", name, "dependencies")
        tables[normal] = (*tables.get(normal, ()), table)
    return {
        name: tuple(
            edge
            for table in each
            for _, edges in _read_table(table, f"tool.poetry.group.{name}", problems)
            for _, edge in edges
        )
        for name, each in tables.items()
    }


def read_constraints(
    name: str, value: object, path: str, place: str
) -> Iterator[tuple[bool, DependencyEdge]]:
    """The edges of one entry, each with whether it is optional; one for each constraint.

    Raises InputError for values that are no constraint.
    """
    # Several constraints of one name have different markers.
    values = value if isinstance(value, list) else [value]
    if not values:
        raise InputError(path, place, "an empty list", "a constraint")
    for item in values:
        if isinstance(item, str):
            yield False, DependencyEdge(name)
        elif isinstance(item, dict):
            yield item.get("optional") is True, _read_constraint(name, item, path, place)
        else:
            raise InputError(path, place, shown(item), "a constraint")


def _read_constraint(name: str, item: Mapping[str, Any], path: str, place: str) -> DependencyEdge:
    extras = item.get("extras", [])
    if not isinstance(extras, list):
        raise InputError(path, place, shown(extras), "a list of extras")
    marker = join_markers(
        (
            _text(item, "markers", path, place),
            _python_marker(_text(item, "python", path, place)),
            _platform_marker(_text(item, "platform", path, place)),
        )
    )
    return DependencyEdge(name, tuple(parse_name(extra, path, place) for extra in extras), marker)


def _text(item: Mapping[str, Any], key: str, path: str, place: str) -> str:
    try:
        return get_text(item, key, path)
    except InputError as error:
        raise InputError(path, f"{place}.{key}", error.found, error.expected) from None


def _read_table(
    table: Fields, place: str, problems: list[str]
) -> Iterator[tuple[str, list[tuple[bool, DependencyEdge]]]]:
    for key, value in table.items():
        # The versions of Python that the project supports, and no package.
        if key == "python":
            continue
        here = f"{place}.{shown(key)[1:-1]}"
        try:
            name = parse_name(key, PYPROJECT, here)
            yield name, list(read_constraints(name, value, PYPROJECT, here))
        except InputError as error:
            problems.append(str(error))


def _read_extras(
    poetry: Fields, optional: Mapping[str, list[DependencyEdge]], problems: list[str]
) -> Mapping[str, Edges]:
    found: dict[str, Edges] = {}
    try:
        for extra, names in find_table(poetry, "extras").items():
            here = f"tool.poetry.extras.{shown(extra)[1:-1]}"
            normal = parse_name(extra, PYPROJECT, here)
            found[normal] = found.get(normal, ()) + _extra_edges(names, optional, here)
    except InputError as error:
        problems.append(str(error))
    return found


def _extra_edges(names: object, optional: Mapping[str, list[DependencyEdge]], place: str) -> Edges:
    if not isinstance(names, list):
        raise InputError(PYPROJECT, place, shown(names), "a list of names")
    normal = dict.fromkeys(parse_name(name, PYPROJECT, place) for name in names)
    return tuple(edge for name in normal for edge in pick_constraints(name, optional))


def pick_constraints(
    name: str, constraints: Mapping[str, list[DependencyEdge]]
) -> list[DependencyEdge]:
    """Return the edges for a name; one unconditional edge for none, or for too many."""
    found = constraints.get(name, [])
    return found if 0 < len(found) <= MOST_CONSTRAINTS else [DependencyEdge(name)]


def _python_marker(constraint: str) -> str:
    # Poetry's own language for versions, as a marker: `^3.8 || ~2.7`.
    if not constraint.strip() or constraint.strip() == "*":
        return ""
    choices = [_all_of(choice) for choice in re.split(r"\|\|?", constraint)]
    return " or ".join(f"({choice})" for choice in choices)


def _all_of(choice: str) -> str:
    found = [_compare(match) for match in _NUMBER.finditer(choice)]
    # What is left over is not understood: text that is no marker, which is then reported.
    rest = _NUMBER.sub("", choice).replace(",", "").strip()
    return " and ".join(found) + rest if found else f"python = {choice}"


def _compare(match: re.Match[str]) -> str:
    operator, version = match["op"] or "==", match["version"]
    # Nine digits: int() of thousands raises ValueError.
    parts = [int(part[:9]) for part in version.split(".")[:4]]
    # `^1.2.3` is below 2, `^0.2.3` below 0.3: the first number that is not zero stays.
    if operator == "^":
        fixed = next((n for n, part in enumerate(parts) if part), len(parts) - 1)
        return _between(version, parts, fixed)
    # `~1.2.3` and `~1.2` are below 1.3, `~1` is below 2.
    if operator == "~":
        return _between(version, parts, min(1, len(parts) - 1))
    # `3.8` stands for 3.8.*: PEP 440 alone would compare it with 3.8.0.
    if operator in ("==", "=", "!=") and (match["star"] or len(parts) < 3):
        return f"python_full_version {operator if operator == '!=' else '=='} '{version}.*'"
    return f"python_full_version {'==' if operator == '=' else operator} '{version}'"


def _between(version: str, parts: list[int], raised: int) -> str:
    end = ".".join(str(part) for part in (*parts[:raised], parts[raised] + 1))
    return f"python_full_version >= '{version}' and python_full_version < '{end}'"


def _platform_marker(platform: str) -> str:
    # A marker has no escapes: the other quote is the only way.
    quoted = '"' if "'" in platform else "'"
    return f"sys_platform == {quoted}{platform}{quoted}" if platform else ""

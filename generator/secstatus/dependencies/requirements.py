"""Requirements: what a project or a package asks for, and under which marker."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from secstatus.dependencies.documents import parse_name
from secstatus.errors import InputError, shown

LONGEST = 20_000
_EDITABLE = re.compile(r"\s*-e\s.*#egg=(?P<requirement>[\w.\[\],-]++)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DependencyEdge:
    """One requirement of a project or package; all names are PEP 503 names.

    `version`: the locked version that is meant, `""` for any. `under`: the extra of the requiring
    package that lists it, for markers such as `extra == "socks"`.
    """

    name: str
    extras: tuple[str, ...] = ()
    marker: str = ""
    version: str = ""
    under: str = ""


def parse_requirement(value: object, path: str, place: str) -> DependencyEdge:
    """Reads a PEP 508 text. Raises InputError with the place for anything else."""
    text = value if isinstance(value, str) else ""
    if editable := _EDITABLE.fullmatch(text[:LONGEST]):
        text = editable["requirement"]
    try:
        if not text or len(text) > LONGEST:
            raise InvalidRequirement("not a text of a sensible length")
        found = Requirement(text)
        marker = str(found.marker or "")
    except (ValueError, RecursionError):
        raise InputError(path, place, shown(value), "a requirement (PEP 508)") from None
    extras = tuple(parse_name(extra, path, place) for extra in sorted(found.extras))
    return DependencyEdge(parse_name(found.name, path, place), extras, marker)


def collect_requirements(
    values: object, path: str, place: str, problems: list[str]
) -> tuple[DependencyEdge, ...]:
    """Reads a list of PEP 508 texts; adds a sentence to `problems` for each that is unreadable."""
    if not isinstance(values, list):
        problems.append(str(InputError(path, place, shown(values), "a list of requirements")))
        return ()
    return tuple(_readable(values, path, place, problems))


def _readable(
    values: Iterable[object], path: str, place: str, problems: list[str]
) -> Iterable[DependencyEdge]:
    for number, value in enumerate(values):
        try:
            yield parse_requirement(value, path, f"{place}[{number}]")
        except InputError as error:
            problems.append(str(error))

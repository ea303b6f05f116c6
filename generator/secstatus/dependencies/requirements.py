"""Requirements (PEP 508): what a project or a package requires, and whether their markers apply."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement

from secstatus.dependencies.documents import parse_name
from secstatus.errors import InputError, shown
from secstatus.text.package_names import normalize_package_name

# A limit for hostile text: packaging's parser is recursive.
LONGEST = 20_000
# PDM writes a package in a folder as `-e file:///…#egg=name`.
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
    """The requirement in a PEP 508 text. Raises InputError with the place for anything else."""
    text = value if isinstance(value, str) else ""
    if editable := _EDITABLE.fullmatch(text[:LONGEST]):
        text = editable["requirement"]
    try:
        if not text or len(text) > LONGEST:
            raise InvalidRequirement("not a text of a sensible length")
        found = Requirement(text)
        # A marker with deep parentheses raises RecursionError, here and in `str`.
        marker = str(found.marker or "")
    except (ValueError, RecursionError):
        raise InputError(path, place, shown(value), "a requirement (PEP 508)") from None
    # packaging keeps extras in a set: sorted, the same file gives the same result.
    extras = tuple(parse_name(extra, path, place) for extra in sorted(found.extras))
    return DependencyEdge(parse_name(found.name, path, place), extras, marker)


def collect_requirements(
    values: object, path: str, place: str, problems: list[str]
) -> tuple[DependencyEdge, ...]:
    """The requirements in a list of PEP 508 texts.

    Adds a sentence to `problems` for each that cannot be read, and leaves it out.
    """
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


# A marker is evaluated once for each extra that it names.
MOST_EXTRAS = 16
# The variables of the environment in PEP 508.
MARKER_VARIABLES = (
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
)
_VARIABLES = "|".join(MARKER_VARIABLES)
# Possessive quantifiers: hostile markers must not make the search try every split.
_TEXT = r"(?:\"[^\"]*+\"|'[^']*+')"
_OPERATOR = r"\s*(?:===|[~=!<>]=|[<>]|not\s+in|in)\s*"
_STRINGS = re.compile(_TEXT)
_WORDS = re.compile(rf"\b(?:{_VARIABLES})\b")
# A comparison of the environment, as `str(Marker)` writes it.
_COMPARISON = re.compile(
    rf"{_TEXT}{_OPERATOR}(?:{_VARIABLES})\b|\b(?:{_VARIABLES}){_OPERATOR}{_TEXT}"
)
_EXTRA = re.compile(r"\bextra\s*[!=]=\s*[\"']([^\"']++)[\"']|[\"']([^\"']++)[\"']\s*[!=]=\s*extra")
_TRUE = 'os_name != ""'


@dataclass(frozen=True, slots=True)
class MarkerContext:
    """The requested extras and dependency groups."""

    extras: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


DEFAULT = MarkerContext()


class MarkerEvaluator:
    """Evaluates markers for one environment; `None` means any environment.

    A marker that cannot be evaluated holds. `problems` has a sentence for each of them.
    """

    def __init__(self, environment: Mapping[str, str] | None) -> None:
        self._any = environment is None
        self._environment = {"os_name": "any"} if environment is None else dict(environment)
        self._known: dict[tuple[str, MarkerContext, str], bool] = {}
        self.problems: list[str] = []

    def holds(self, marker: str, context: MarkerContext = DEFAULT, under: str = "") -> bool:
        """Return whether a requirement with this marker applies; an empty marker always holds.

        `under`: one more requested extra.
        """
        if not marker:
            return True
        # A lock file repeats few markers thousands of times.
        key = marker, context, under
        if key not in self._known:
            self._known[key] = self._evaluate(marker, context, under)
        return self._known[key]

    def _evaluate(self, marker: str, context: MarkerContext, under: str) -> bool:
        try:
            return self._decide(self._parse(marker), context, under)
        except (ValueError, RecursionError):
            problem = f"the marker {shown(marker)} cannot be evaluated; it is taken to hold"
            if problem not in self.problems[-1:]:
                self.problems.append(problem)
            return True

    def _parse(self, marker: str) -> Marker:
        if len(marker) > LONGEST:
            raise ValueError("too long")
        parsed = Marker(marker)
        text = str(parsed)
        if self._any:
            # Markers have no negation of a whole, so that a true part never makes a marker false.
            return Marker(_COMPARISON.sub(_TRUE, text))
        # Where a variable is absent, packaging takes that of the machine it runs on.
        if set(_WORDS.findall(_STRINGS.sub("", text))) - self._environment.keys():
            raise ValueError("a variable without a value")
        return parsed

    def _decide(self, marker: Marker, context: MarkerContext, under: str) -> bool:
        mentioned = _named_extras(str(marker))
        named = (mentioned & context.extras) | (mentioned & {under})
        # What may be required counts as required: a package too many hides no finding.
        if len(named) > MOST_EXTRAS:
            return True
        # PEP 751 adds `extras` and `dependency_groups`, for lock files only.
        values: dict[str, str | frozenset[str]] = {
            **self._environment,
            "extras": context.extras,
            "dependency_groups": context.groups,
        }
        # `extra` has one value at a time, and "" stands for an installation without extras.
        return any(
            marker.evaluate(values | {"extra": extra}, context="lock_file")
            for extra in ("", *sorted(named))
        )


def join_markers(markers: Iterable[str]) -> str:
    """One marker that holds where all of them hold; an empty one always holds."""
    parts = [marker for marker in markers if marker]
    return parts[0] if len(parts) == 1 else " and ".join(f"({part})" for part in parts)


def _named_extras(marker: str) -> frozenset[str]:
    pairs = _EXTRA.findall(marker)
    return frozenset(normalize_package_name(first or second) for first, second in pairs)

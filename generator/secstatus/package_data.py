"""Read the data files of the package: texts, patterns and words that lie beside their module.

The core reads no disk. This module is the one exception, for files that are installed with the
package and are as fixed as its source; a linter rule keeps every other module from it.

The files are TOML: the standard library reads it, the largest file takes 3 ms, and its literal
strings hold regular expressions without escapes. PyYAML takes 9 ms to be imported, and YAML reads
a bare `no` as a truth value.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, AnyStr, TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

# A name between braces is a fragment; braces around numbers are a repetition.
_FRAGMENT = re.compile(r"\{([a-z_]+)\}")


class DataFileError(Exception):
    """A data file of the package is wrong, which is a bug. Names the file, the entry, the key."""


class Section:
    """One table of a data file, from which each key is taken once.

    Each method raises DataFileError if the value is missing, empty or of another type, except
    where it has a default; `close` raises it if a key is left.
    """

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        # A copy: `_take` removes keys, and the caller keeps its table.
        self._values = dict(values)
        self.place = place

    def error(self, message: str) -> DataFileError:
        return DataFileError(f"{self.place}: {message}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text as one line: a line break counts as a blank."""
        if default is not None and key not in self._values:
            return default
        # Prose is wrapped in the data file and printed on one line.
        return " ".join(self._take(key, str).split())

    def joined(self, key: str) -> str:
        """A text whose lines are joined without the blanks around them."""
        # Long patterns are wrapped in the data file; their indentation is no part of them.
        return "".join(line.strip() for line in self._take(key, str).splitlines())

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, as they are written; none occurs twice."""
        if default is not None and key not in self._values:
            return default
        found = self._take(key, list)
        if not all(isinstance(each, str) and each.strip() for each in found):
            raise self.error(f"{key}: expected a list of texts")
        return tuple(self._without_duplicates(key, found))

    def words(self, key: str, default: frozenset[str] | None = None) -> frozenset[str]:
        """The words of a text, with blanks between them; none occurs twice."""
        if default is not None and key not in self._values:
            return default
        return frozenset(self._without_duplicates(key, self._take(key, str).split()))

    def flag(self, key: str) -> bool:
        """A truth value; false by default."""
        return self.optional_flag(key) or False

    def optional_flag(self, key: str) -> bool | None:
        """A truth value; None if the key is absent."""
        return self._take(key, bool) if key in self._values else None

    def choice(self, key: str, choices: type[E], default: E | None = None) -> E:
        """The member of `choices` whose value is written."""
        if default is not None and key not in self._values:
            return default
        return self._member(key, self._take(key, str), choices)

    def optional_choice(self, key: str, choices: type[E]) -> E | None:
        """As `choice`; None if the key is absent."""
        return self.choice(key, choices) if key in self._values else None

    def choices(self, key: str, choices: type[E]) -> frozenset[E]:
        """The members of `choices` whose values are written; none by default."""
        return frozenset(self._member(key, each, choices) for each in self.texts(key, ()))

    def named(self, key: str, values: Mapping[str, T]) -> T:
        """The value of the name that is written."""
        name = self._take(key, str)
        if name not in values:
            raise self.error(f"{key}: found {name!r}, expected one of: {', '.join(values)}")
        return values[name]

    def table(self, key: str) -> Section:
        return Section(self._take(key, dict), f"{self.place}: {key}")

    def text_table(self, key: str) -> dict[str, str]:
        """A table of texts, as `joined` reads them."""
        table = self.table(key)
        return {name: table.joined(name) for name in tuple(table._values)}

    def entries(self, key: str, make: Callable[[Section], T], name: str) -> tuple[T, ...]:
        """The results of `make` for each table of a list, in order.

        `make` has to take every key. `name` is the key by which errors name an entry.
        """
        found = self._take(key, list)
        sections = [self._entry(key, number, each, name) for number, each in enumerate(found, 1)]
        made = []
        for section in sections:
            # Closed after `make`, so that a misspelled key in an entry is an error.
            made.append(make(section))
            section.close()
        return tuple(made)

    def close(self) -> None:
        """Raise DataFileError if a key was not taken."""
        if self._values:
            raise self.error(f"unknown key: {', '.join(self._values)}")

    def pattern(self, key: str, fragments: Mapping[str, str], flags: int = 0) -> re.Pattern[bytes]:
        """A regular expression, as `joined` and `compile` read it; it may be absent."""
        pattern = self.joined(key) if key in self._values else ""
        return self.compile(pattern, fragments, flags)

    def text_pattern(self, key: str) -> re.Pattern[str]:
        """A regular expression for text, as `joined` reads it."""
        return self._compile(self.joined(key), 0)

    def optional_text_pattern(self, key: str) -> re.Pattern[str] | None:
        """As `text_pattern`; None if the key is absent."""
        return self.text_pattern(key) if key in self._values else None

    def compile(
        self, pattern: str, fragments: Mapping[str, str], flags: int = 0
    ) -> re.Pattern[bytes]:
        """The pattern on UTF-8 bytes, with its `{fragments}` filled in."""
        try:
            # Not `str.format`, which would read repetitions such as `{2,4}` as fields.
            whole = _FRAGMENT.sub(lambda found: fragments[found[1]], pattern)
        except KeyError as error:
            raise self.error(f"unknown fragment {error} in {pattern!r}") from None
        return self._compile(whole.encode(), flags)

    def _compile(self, pattern: AnyStr, flags: int) -> re.Pattern[AnyStr]:
        try:
            return re.compile(pattern, flags)
        except re.error as error:
            raise self.error(f"{error} in {pattern!r}") from None

    def _member(self, key: str, written: str, choices: type[E]) -> E:
        for each in choices:
            if each.value == written:
                return each
        known = ", ".join(str(each.value) for each in choices)
        raise self.error(f"{key}: found {written!r}, expected one of: {known}")

    def _take(self, key: str, kind: type[T]) -> T:
        value = self._values.pop(key, None)
        # An empty pattern would match everywhere.
        blank = not value.strip() if isinstance(value, str) else value in ([], {})
        if not isinstance(value, kind) or blank:
            raise self.error(f"{key}: found {value!r}, expected a {kind.__name__}")
        return value

    def _without_duplicates(self, key: str, found: list[str]) -> list[str]:
        # A word that occurs twice is a copy whose edit was forgotten.
        duplicates = sorted({each for each in found if found.count(each) > 1})
        if duplicates:
            raise self.error(f"{key}: {', '.join(map(repr, duplicates))} occurs twice")
        return found

    def _entry(self, key: str, number: int, values: object, name: str) -> Section:
        if not isinstance(values, dict):
            raise self.error(f"{key} {number}: found {values!r}, expected a table")
        # The number names an entry whose own name is missing.
        return Section(values, f"{self.place}: {key} {values.get(name, number)}")


def parse_data(text: str, place: str) -> Section:
    """The data in a TOML text. `place` names it in errors."""
    try:
        return Section(tomllib.loads(text), place)
    except tomllib.TOMLDecodeError as error:
        raise DataFileError(f"{place}: {error}") from None


def read_data(package: str, file: str) -> Section:
    """The data file of a package: `read_data("secstatus.usage", "user_agents.toml")`."""
    import pkgutil  # a command that reads no data file does without it

    # Works for a package in a ZIP archive, too; `get_data` returns None without a suitable loader.
    content = pkgutil.get_data(package, file)
    if content is None:
        raise DataFileError(f"{package}: the loader of the package reads no data files")
    return parse_data(content.decode("utf-8"), f"{package}/{file}")

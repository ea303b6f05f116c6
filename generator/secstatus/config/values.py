"""Checks of the values in the configuration.

Each `parse_` function returns the value, or raises ValueError with the expected form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from secstatus.errors import InputError, shown
from secstatus.timestamps import format_timestamp, parse_timestamp

FILE = "pyproject.toml"
Check = Callable[[Any], Any]


class Keys:
    """The keys of one table. `refuse_others` refuses each key that was never taken."""

    def __init__(self, table: Any, name: str) -> None:
        if not isinstance(table, Mapping):
            raise InputError(FILE, name, shown(table), "a table")
        self.table = table
        self.name = name
        self.known: set[str] = set()

    def take(self, key: str, default: Any, check: Check) -> Any:
        # Known even when absent, so that messages list every possible key.
        self.known.add(key)
        if key not in self.table:
            return default
        try:
            return check(self.table[key])
        except ValueError as error:
            place = f"{self.name}.{key}"
            raise InputError(FILE, place, shown(self.table[key]), str(error)) from None

    def need(self, key: str, check: Check) -> Any:
        """The same for a key that has no default."""
        if key not in self.table:
            raise InputError(FILE, self.name, "nothing", f"the key {key}")
        return self.take(key, None, check)

    def read(self, checks: Mapping[str, Check]) -> dict[str, Any]:
        """The values of the keys that the file states; others have the default of the policy."""
        self.known.update(checks)
        return {
            key: self.take(key, None, check) for key, check in checks.items() if key in self.table
        }

    def read_all(self, checks: Mapping[str, Check]) -> dict[str, Any]:
        """As `read`; raises InputError for any key that is still unknown then."""
        found = self.read(checks)
        self.refuse_others()
        return found

    def table_of(self, key: str) -> Keys:
        """The keys of an inner table; empty where it is not stated."""
        return Keys(self.take(key, {}, parse_mapping), f"{self.name}.{key}")

    def refuse_others(self) -> None:
        """Raises InputError for a key that was never taken, with the known ones."""
        for key in self.table:
            if key not in self.known:
                expected = "one of " + ", ".join(sorted(self.known))
                found, hint = f"the unknown key {shown(key)}", _like(key, self.known)
                raise InputError(FILE, self.name, found, expected, hint=hint)


def _like(key: str, known: set[str]) -> str:
    # Imported for a message only; most runs never need it.
    from difflib import get_close_matches

    close = get_close_matches(key, known, n=1)
    return f"Did you mean {close[0]}?" if close else ""


def parse_text(value: Any) -> str:
    # A line break or control character could forge lines in logs and files.
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("text of one line")
    return value.strip()


def parse_texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of texts")
    return tuple(parse_text(item) for item in value)


def parse_scopes(value: Any) -> tuple[str, ...]:
    words = ("runtime", "extra", "development", "tool")
    found = parse_texts(value)
    # Without runtime, no dependency that users install would count.
    if "runtime" not in found or not set(found) <= set(words):
        raise ValueError('a list of "runtime" and any of ' + ", ".join(words[1:]))
    return tuple(word for word in words if word in found)


def parse_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def parse_choice(*members: StrEnum) -> Callable[[Any], StrEnum]:
    """A check for the value of one of these members; it gives the member."""
    by_value = {member.value: member for member in members}

    def check(value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in by_value:
            raise ValueError("one of " + ", ".join(by_value))
        return by_value[value]

    return check


def parse_tables(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of tables")
    return tuple(value)


def parse_version_pattern(value: Any) -> str:
    found = parse_text(value)
    if found.count("{version}") != 1:
        raise ValueError("text with {version} in it, once")
    return found


def parse_mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a table")
    return value


def parse_path(value: Any) -> str:
    found = parse_text(value)
    # The files are committed with the project, and must mean the same on every system.
    if found.startswith("/") or ".." in found.split("/") or "\\" in found:
        raise ValueError("a path inside the project, with forward slashes")
    return found


def parse_positive(value: Any) -> float:
    # `bool` is a subclass of `int`. The bounds also refuse NaN and infinity, which TOML 1.0 has.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3660:
        raise ValueError("a number of days above 0")
    return value


def parse_hours(value: Any) -> float:
    # 8784 hours are a leap year.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 8784:
        raise ValueError("a number of hours, 0 or more")
    return value


def parse_integer(least: int, most: int) -> Callable[[Any], int]:
    """A check for a whole number between two bounds, both included."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"a whole number, at least {least} and at most {most}")
        return value

    return check


def parse_rising(value: Any) -> tuple[float, ...]:
    numbers = tuple(parse_positive(item) for item in value) if isinstance(value, list) else ()
    if len(numbers) != 3 or list(numbers) != sorted(set(numbers)):
        raise ValueError("three rising numbers")
    return numbers


def read_integers(tool: Keys, key: str, names: Iterable[str], least: int = 1) -> dict[str, int]:
    """The whole numbers that the inner table `key` states under any of these names."""
    return tool.table_of(key).read_all(dict.fromkeys(names, parse_integer(least, 36600)))


def parse_https(value: Any) -> str:
    url = parse_text(value)
    # urlsplit accepts spaces and an empty host.
    if not url.startswith("https://") or " " in url or not urlsplit(url).hostname:
        raise ValueError("an https URL")
    return url


def parse_contacts(value: Any) -> tuple[str, ...]:
    # One contact may stand without a list; RFC 9116 allows several, in order of preference.
    contacts = parse_texts(value if isinstance(value, list) else [value])
    for contact in contacts:
        if not contact.startswith(("https://", "mailto:", "tel:")) or " " in contact:
            raise ValueError("a URI: https://…, mailto:… or tel:… (RFC 9116, section 2.5.3)")
    return contacts


def check_timestamp(value: Any) -> str:
    # TOML has a type of its own for a date and time that is not quoted.
    stated = value.isoformat() if hasattr(value, "isoformat") else str(value)
    try:
        return format_timestamp(parse_timestamp(stated.replace("+00:00", "Z"), exact=True))
    except ValueError:
        raise ValueError("a UTC date and time such as 2027-01-31T00:00:00Z") from None

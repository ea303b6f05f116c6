"""The values of a journal line: check them when read, bound them when written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from secstatus.errors import shown
from secstatus.jsonio.values import describe_json, read_timestamp

Fields = Mapping[str, Any]
Reader = Callable[[Any], Any]
# Above 2**53 programs that read numbers as floats change them (RFC 8259, 6).
MOST = 2**53
LONGEST_TEXT = 300


class Unreadable(Exception):
    """A line does not have the form of its kind. `read_journal` catches it; its text is safe."""

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"at {place}: found {found}, expected {expected}")


class Wrong(Exception):
    """A value has not the expected form; `check_value` adds the place and raises Unreadable."""


def parse_line_time(value: Any) -> datetime:
    # Strings only: a number could be seconds or milliseconds.
    found = read_timestamp(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong("a timestamp from 1990 on, such as 2026-11-02T06:00:00Z")
    return found


def check_line(value: Any) -> str:
    """The string as one line; control characters become spaces."""
    if not isinstance(value, str):
        raise Wrong("a string")
    return check_plain(value)


def check_word(value: Any) -> str:
    """A non-empty string, unchanged."""
    # Kinds and outcomes are keys; a changed one would no longer match that of a newer version.
    if not isinstance(value, str) or not value:
        raise Wrong("a non-empty string")
    return value


def check_plain(value: str) -> str:
    # Escape sequences move the cursor of a terminal, and `::` after a line feed starts a command of
    # GitHub Actions. `isprintable` first: nearly all values are, and the copy is slow.
    if value.isprintable():
        return value
    return "".join(each if each.isprintable() else " " for each in value)


def truncate_line(value: str, longest: int = LONGEST_TEXT) -> str:
    """One safe line of at most `longest` characters."""
    line = check_plain(value)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def check_integer(value: Any) -> int:
    # `type`, not `isinstance`: True is an int.
    if type(value) is not int or not 0 <= value <= MOST:
        raise Wrong("an integer from 0 on")
    return value


def check_number(value: Any) -> float:
    """A number, which may be negative."""
    # The comparison is false for a NaN, and so refuses it.
    if type(value) not in (int, float) or not -MOST <= value <= MOST:
        raise Wrong("a number")
    return float(value)


def check_positive(value: Any) -> float:
    found = check_number(value)
    if found < 0:
        raise Wrong("a number from 0 on")
    return found


def check_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


def check_member(words: type[Any]) -> Reader:
    """A reader of the values of an enumeration."""
    known = {str(each): each for each in words}

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in known:
            raise Wrong("one of " + ", ".join(word for word in known if word))
        return known[value]

    return read


def read_field(fields: Fields, key: str, read: Reader, otherwise: Any, place: str = "$") -> Any:
    """The value of a key of the object at `place`; `otherwise` if it is absent or null."""
    value = fields.get(key)
    return otherwise if value is None else check_value(value, f"{place}.{key}", read)


def check_value(value: Any, place: str, read: Reader) -> Any:
    try:
        return read(value)
    except Wrong as error:
        raise Unreadable(place, describe_json(value), str(error)) from None


def check_mapping(value: Any, place: str) -> Fields:
    if not isinstance(value, dict):
        raise Unreadable(place, describe_json(value), "an object")
    return value


def name_place(place: str, key: str) -> str:
    """The place of a key that is untrusted, such as a path."""
    return f"{place}[{shown(key)}]"


def round_to_tenth(value: float | None) -> float | int | None:
    """Rounded to one decimal, an int if that is 0; None for a NaN or an infinity."""
    # `25` and not `25.0`: figures are the larger part of a probe run.
    if value is None or not math.isfinite(value):
        return None
    short = round(value, 1)
    return int(short) if short == int(short) else short

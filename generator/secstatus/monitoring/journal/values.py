"""Values of a journal line: checked on the way in, bounded on the way out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from secstatus.errors import shown
from secstatus.jsonio.values import describe_json, read_timestamp

Fields = Mapping[str, Any]
Reader = Callable[[Any], Any]
MOST = 2**53
LONGEST_TEXT = 300


class Unreadable(Exception):
    """A line is not what its kind says. Does not leave this room; `found` is safe to show."""

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"at {place}: found {found}, expected {expected}")


class Wrong(Exception):
    """A value is not what was expected; who knows its place says so."""


def parse_line_time(value: Any) -> datetime:
    found = read_timestamp(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong("a timestamp from 1990 on, such as 2026-11-02T06:00:00Z")
    return found


def check_line(value: Any) -> str:
    """One line; characters that could move a cursor are spaces."""
    if not isinstance(value, str):
        raise Wrong("a text")
    return check_plain(value)


def check_word(value: Any) -> str:
    """A text that is kept as it is."""
    if not isinstance(value, str) or not value:
        raise Wrong("a word")
    return value


def check_plain(value: str) -> str:
    if value.isprintable():
        return value
    return "".join(each if each.isprintable() else " " for each in value)


def truncate_line(value: str, longest: int = LONGEST_TEXT) -> str:
    """One safe line of at most so many characters."""
    line = check_plain(value)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def check_integer(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST:
        raise Wrong("a whole number from 0 on")
    return value


def check_number(value: Any) -> float:
    """A number, also below zero."""
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
    """A word of an enumeration."""
    known = {str(each): each for each in words}

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in known:
            raise Wrong("one of " + ", ".join(word for word in known if word))
        return known[value]

    return read


def read_field(fields: Fields, key: str, read: Reader, otherwise: Any, place: str = "$") -> Any:
    """The value of a key of the object at `place`; `otherwise` where it is absent or null."""
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
    """The place of a key that somebody else chose."""
    return f"{place}[{shown(key)}]"


def round_to_tenth(value: float | None) -> float | int | None:
    """With one decimal, and none where it would be zero; None for what is no number."""
    if value is None or not math.isfinite(value):
        return None
    short = round(value, 1)
    return int(short) if short == int(short) else short

"""Frozen dataclasses from JSON objects and back, field by field.

What a field's JSON is stands in one table for both directions. Fields that are not in the table
are kept in `extra`, and a field that has its default is not written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from secstatus.errors import shown
from secstatus.timestamps import format_timestamp, parse_timestamp

LONGEST_ID = 300
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

T = TypeVar("T")


class NotThisRecord(Exception):
    """A value is not what its field says; `place` is a JSON path."""

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"{place}: found {found}, expected {expected}")
        self.place, self.found, self.expected = place, found, expected


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind of value is read (with its place, raising NotThisRecord) and written."""

    read: Callable[[Any, str], Any]
    write: Callable[[Any], Any]


class RecordCodec(Generic[T]):
    """The JSON of a dataclass that has a field `extra`."""

    def __init__(self, kind: type[T], table: Mapping[str, Codec]) -> None:
        self._kind: Callable[..., T] = kind
        self._table = table
        self._defaults: dict[str, Any] = {
            each.name: each.default
            for each in fields(kind)  # type: ignore[arg-type]
            if each.name in table and each.default is not MISSING
        }
        self.codec = Codec(self.read, self.write)

    def read(self, value: Any, place: str) -> T:
        if not isinstance(value, dict):
            raise NotThisRecord(place, describe_field(value), "an object")
        known: dict[str, Any] = {}
        for name, codec in self._table.items():
            if name in value:
                known[name] = codec.read(value[name], f"{place}.{name}")
            elif name not in self._defaults:
                raise NotThisRecord(f"{place}.{name}", "nothing", "this key")
        extra = {name: each for name, each in value.items() if name not in self._table}
        return self._kind(**known, extra=extra)

    def write(self, record: Any) -> dict[str, Any]:
        written = dict(record.extra)
        for name, codec in self._table.items():
            value = getattr(record, name)
            if name not in self._defaults or value != self._defaults[name]:
                written[name] = codec.write(value)
        return written


def describe_field(value: object) -> str:
    """A value for a message."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return "null" if value is None else shown(value)


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise NotThisRecord(place, describe_field(value), "a text")
    return value


def _identifier(value: Any, place: str) -> str:
    text = _text(value, place)
    if not text.strip() or len(text) > LONGEST_ID or not text.isprintable():
        raise NotThisRecord(place, shown(text), f"an id of at most {LONGEST_ID} characters")
    return text


def _count(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise NotThisRecord(place, describe_field(value), "a whole number, not below 0")
    return value


def _moment(value: Any, place: str) -> datetime:
    if isinstance(value, str):
        with suppress(ValueError):
            return parse_timestamp(value, exact=True)
    raise NotThisRecord(place, describe_field(value), "a moment such as 2025-01-21T10:30:00Z")


def _day(value: Any, place: str) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise NotThisRecord(place, describe_field(value), "a day such as 2025-01-21")


TEXT = Codec(_text, _as_it_is)
IDENTIFIER = Codec(_identifier, _as_it_is)
COUNT = Codec(_count, _as_it_is)
MOMENT = Codec(_moment, format_timestamp)
DAY = Codec(_day, date.isoformat)


def maybe(codec: Codec) -> Codec:
    """The value, or None as null."""

    def read(value: Any, place: str) -> Any:
        return None if value is None else codec.read(value, place)

    return Codec(read, lambda value: None if value is None else codec.write(value))


def word_of(words: type[StrEnum]) -> Codec:
    """One word of a closed scale."""

    def read(value: Any, place: str) -> StrEnum:
        try:
            return words(value)
        except ValueError:
            expected = "one of " + ", ".join(words)
            raise NotThisRecord(place, describe_field(value), expected) from None

    return Codec(read, str)


def tuple_of(codec: Codec) -> Codec:
    """A list."""

    def read(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise NotThisRecord(place, describe_field(value), "a list")
        return tuple(codec.read(each, f"{place}[{number}]") for number, each in enumerate(value))

    return Codec(read, lambda values: [codec.write(each) for each in values])


def mapping_of(codec: Codec) -> Codec:
    """An object whose keys are free."""

    def read(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise NotThisRecord(place, describe_field(value), "an object")
        return {name: codec.read(each, f"{place}.{name}") for name, each in value.items()}

    return Codec(read, lambda values: {name: codec.write(each) for name, each in values.items()})


def texts_as(kind: Callable[..., Any], names: tuple[str, ...]) -> Codec:
    """A small value of texts as the list of them: `["word", "GHSA", "HIGH"]`."""

    def read(value: Any, place: str) -> Any:
        if not isinstance(value, list) or len(value) != len(names):
            expected = f"a list of {len(names)}: {', '.join(names)}"
            raise NotThisRecord(place, describe_field(value), expected)
        return kind(*(_text(each, f"{place}[{number}]") for number, each in enumerate(value)))

    return Codec(read, lambda value: [getattr(value, name) for name in names])

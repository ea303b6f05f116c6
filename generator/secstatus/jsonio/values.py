"""Values of parsed JSON: each step raises InputError with the JSON path, and no file.

A caller that knows the file adds it with `name_input`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from secstatus.errors import InputError, shown
from secstatus.timestamps import parse_timestamp, truncate_timestamp

# The longest ids are those of code findings: scanner, rule, file and line.
LONGEST_ID = 300
AN_IDENTIFIER = f"an id of at most {LONGEST_ID} characters"
Fields = Mapping[str, Any]


@contextmanager
def name_input(path: str, hint: str = "") -> Iterator[None]:
    """Add `path`, and `hint` where there is none, to each InputError raised inside."""
    try:
        yield
    except InputError as error:
        found, expected, hint = error.found, error.expected, error.hint or hint
        raise InputError(path, error.place, found, expected, hint=hint) from None


def expect_mapping(value: object, place: str) -> Fields:
    if not isinstance(value, dict):
        raise InputError("", place, describe_json(value), "an object")
    return value


def fields(value: object) -> Fields:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def expect_items(data: Fields, key: str, place: str) -> Iterator[tuple[str, Any]]:
    """The items of a list, each with its place; a list that is absent or null has none."""
    value = data.get(key)
    # Tools write null or leave the key out for an empty list.
    if value is None:
        return
    if not isinstance(value, list):
        raise InputError("", f"{place}.{key}", describe_json(value), "a list")
    for number, item in enumerate(value):
        yield f"{place}.{key}[{number}]", item


def describe_json(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return "nothing" if value is None else shown(value)


def to_valid_text(value: object) -> str:
    """A stripped text, with `?` for lone surrogates; empty for anything but a text."""
    # JSON escapes can make lone surrogates, which no UTF-8 file can hold.
    return value.strip().encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def expect_identifier(value: object, place: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not is_identifier(text):
        raise InputError("", place, describe_json(value), AN_IDENTIFIER)
    return text


def is_identifier(text: str) -> bool:
    """Whether a text can be an id: not blank, at most LONGEST_ID characters, all printable."""
    return bool(text.strip()) and len(text) <= LONGEST_ID and text.isprintable()


def read_timestamp(value: object) -> datetime | None:
    """A time in UTC and whole seconds from untrusted input; None for anything else."""
    try:
        return truncate_timestamp(parse_timestamp(to_valid_text(value)))
    except ValueError:
        return None

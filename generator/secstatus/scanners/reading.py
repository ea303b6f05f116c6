"""Read a report of third-party form: each step names what it found and where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

from secstatus.errors import shown
from secstatus.jsonio import values
from secstatus.scanners.report_text import decode_report as decode_report
from secstatus.scanners.report_text import parse_report as parse_report

LONGEST_LINE = 300
LARGEST_COUNT = 10**12
# Control characters, and half of a surrogate pair: JSON may hold one, and no file can be written
# with it.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_FILE_URI = re.compile(r"file:(?:///*(?=/)|//localhost(?=/)|(?=/))", re.IGNORECASE)
_HERE = re.compile(r"(?:\./+)+")
_DRIVE = re.compile(r"/(?=[A-Za-z]:/)")


class NotThisReport(Exception):
    """The data is not what the format says; `place` is a JSON path."""

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"{place}: found {found}, expected {expected}")
        self.place, self.found, self.expected = place, found, expected


def describe_value(value: object) -> str:
    """A value for a message: what it is, and a short text of it when that helps."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else shown(value)


def read_mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise NotThisReport(place, describe_value(value), "an object")
    return value


def list_items(value: object, place: str) -> Iterator[tuple[str, Any]]:
    """The items of a list, each with its place; a list that is absent or null has none."""
    if value is None:
        return
    if not isinstance(value, list):
        raise NotThisReport(place, describe_value(value), "a list")
    for number, item in enumerate(value):
        yield f"{place}[{number}]", item


def list_objects(value: object, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a list, each with its place."""
    for where, item in list_items(value, place):
        yield where, read_mapping(item, where)


def list_entries(data: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The objects of a list that has to be there, each with its place.

    For the list of what was found: without it nobody knows whether something was.
    """
    if not isinstance(data.get(key), list):
        raise NotThisReport(f"$.{key}", describe_value(data.get(key)), "a list")
    return list(list_objects(data[key], f"$.{key}"))


def to_text(value: object) -> str:
    """A text, or the text of a number; empty for anything else.

    Every text of a report leaves its reader through here, without control characters: only line
    feeds and tabs are left.
    """
    if isinstance(value, str):
        text = value.strip()
        if text.isprintable():
            return text
        return _HARMFUL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def read_line(value: object) -> str:
    """A text as one line of at most 300 characters, without any that could move a cursor."""
    text = _printable(" ".join(to_text(value).split()))
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def join_lines(text: str) -> str:
    """A text of any length without line breaks and tabs."""
    return text if text.isprintable() else _printable(" ".join(text.split()))


def read_path(value: object) -> str:
    """A path as one line, with slashes, the same whether a scanner was given `.` or a folder.

    A `file:` URI becomes the absolute path that it names (`/home/a b.py`, `D:/a.py`).
    """
    text = to_text(value)
    if (scheme := _FILE_URI.match(text)) is not None:
        text = decode_uri(text[scheme.end() :])
    path = _printable(text).replace("\\", "/")
    path = path[1:] if _DRIVE.match(path) else path
    return _HERE.sub("", path, count=1) if path.startswith("./") else path


def decode_uri(uri: str) -> str:
    """The text of a percent-encoded URI; as it is when it would hide a control character."""
    plain = unquote(uri)
    return plain if plain.isprintable() else uri


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def list_texts(value: object) -> tuple[str, ...]:
    """The texts of a list, each on one line, without empty ones; one text is a list of one."""
    found = value if isinstance(value, list) else [value]
    return tuple(text for item in found if (text := join_lines(to_text(item))))


def read_identifier(value: object, place: str) -> str:
    """An id: a text that is not empty, at most 300 characters, of one line."""
    text = value.strip() if isinstance(value, str) else to_text(value)
    if not values.is_identifier(text):
        raise NotThisReport(place, describe_value(value), values.AN_IDENTIFIER)
    return text


def read_aliases(value: object, own: str) -> tuple[str, ...]:
    """The other ids of a problem, sorted: tools keep them in sets. What is no id is passed over."""
    texts = (to_text(each) for each in (value if isinstance(value, list) else [value]))
    found = {text for text in texts if values.is_identifier(text)}
    return tuple(sorted(found - {own}))


def read_count(value: object) -> int | None:
    """A count, also when a tool writes it as 15.0; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= LARGEST_COUNT:  # infinite numbers and those that are none, too
        return None
    return int(value) if value == int(value) else None


def find_miscount(counted: object, listed: int, things: str) -> tuple[str, ...]:
    """A sentence when a report counts other than it lists; none without a count."""
    count = read_count(counted)
    if count is None or count == listed:
        return ()
    return (f"It counts {count:,} {things} and lists {listed:,}: it contradicts itself.",)


def read_timestamp(value: object) -> datetime | None:
    """A moment in UTC from ISO 8601, whole seconds; one without a zone is taken as UTC.

    Fractions of any length are accepted (Go writes nine digits). None for anything else.
    """
    return values.read_timestamp(to_text(value))


def read_day(value: object) -> date | None:
    """The UTC day of a moment or of an ISO date; None for anything else."""
    text = to_text(value)
    if len(text) == 10:
        text += "T00:00:00Z"
    moment = read_timestamp(text)
    return moment.date() if moment else None


def at(value: Any, *steps: str | int) -> Any:
    """The value behind keys and list positions; None when a step leads nowhere."""
    for step in steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and 0 <= step < len(value) else None
    return value


def find_text(value: Any, *steps: str | int) -> str:
    return to_text(at(value, *steps))


def line_at(value: Any, *steps: str | int) -> str:
    """The text behind the steps as one line."""
    return read_line(at(value, *steps))


def list_at(value: Any, *steps: str | int) -> list[Any]:
    """The list behind the steps; an empty one for anything else."""
    found = at(value, *steps)
    return found if isinstance(found, list) else []


def objects_at(value: Any, *steps: str | int) -> list[Mapping[str, Any]]:
    """The objects of the list behind the steps."""
    return [item for item in list_at(value, *steps) if isinstance(item, dict)]


def first_text(*values: object) -> str:
    """The first value that is a text which is not empty."""
    return next((text for value in values if (text := to_text(value))), "")


def distinct(values: list[str] | tuple[str, ...], *without: str) -> tuple[str, ...]:
    """The values once each, on one line, in their order, without empty ones and those named."""
    lines = map(join_lines, values)
    return tuple(dict.fromkeys(line for line in lines if line and line not in without))


def format_location(path: str, line: object) -> str:
    """A location: `src/a.py:12`, the path alone without a line."""
    number = read_count(line)
    return f"{path}:{number}" if path and number else path

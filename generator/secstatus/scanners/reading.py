"""Read parsed JSON of a third party: missing values are empty, hidden findings are refused.

A `ReportNode` is a value with its place. Its methods for texts, counts and timestamps are lenient,
because tools leave out what their documentation promises. The methods that walk to findings and
ids are strict: they raise NotThisReport, because a skipped value would count as clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

from secstatus.errors import shown
from secstatus.findings.observation import Verdict
from secstatus.jsonio import values

LONGEST_LINE = 300
LARGEST_COUNT = 10**12
# Control characters, and half of a surrogate pair: JSON may hold one, and no file can be written
# with it.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# RFC 8089: `file:/a`, `file:///a` and `file://localhost/a` are the same file.
_FILE_URI = re.compile(r"file:(?:///*(?=/)|//localhost(?=/)|(?=/))", re.IGNORECASE)
_HERE = re.compile(r"(?:\./+)+")
_DRIVE = re.compile(r"/(?=[A-Za-z]:/)")


class NotThisReport(Exception):
    """The data does not match the format; `place` is a JSON path."""

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"{place}: found {found}, expected {expected}")
        self.place, self.found, self.expected = place, found, expected


def to_text(value: object) -> str:
    """A text, or the text of a number; empty for anything else.

    Every text of a report leaves its reader through here. Of control characters only line feeds and
    tabs are left.
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
    """A text as one line of at most 300 printable characters."""
    text = _printable(" ".join(to_text(value).split()))
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def join_lines(text: str) -> str:
    """A text of any length without line breaks and tabs."""
    return text if text.isprintable() else _printable(" ".join(text.split()))


def read_path(value: object) -> str:
    """A path as one line, with slashes and without `./` at its start.

    A `file:` URI becomes the absolute path that it names (`/home/a b.py`, `D:/a.py`).
    """
    text = to_text(value)
    if (scheme := _FILE_URI.match(text)) is not None:
        text = decode_uri(text[scheme.end() :])
    path = _printable(text).replace("\\", "/")
    path = path[1:] if _DRIVE.match(path) else path
    # `bandit -r .` writes `./src/a.py`, `bandit -r src` `src/a.py`: the same file for the ledger.
    return _HERE.sub("", path, count=1) if path.startswith("./") else path


def decode_uri(uri: str) -> str:
    """The text of a percent-encoded URI; unchanged when it encodes a control character."""
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


def read_aliases(value: object, own: str) -> tuple[str, ...]:
    """The other ids of a problem, without what is no id."""
    # Sorted: tools keep them in sets, and the same report must give the same bytes.
    texts = (to_text(each) for each in (value if isinstance(value, list) else [value]))
    found = {text for text in texts if values.is_identifier(text)}
    return tuple(sorted(found - {own}))


def read_count(value: object) -> int | None:
    """A count from 0 to 10**12, also as 15.0; None for anything else."""
    # bool is a subclass of int.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Python's json also reads NaN and Infinity: both fail this comparison, and int() would raise.
    if not 0 <= value <= LARGEST_COUNT:
        return None
    return int(value) if value == int(value) else None


def find_miscount(counted: object, listed: int, things: str) -> tuple[str, ...]:
    """A sentence when a report counts other than it lists; none without a count."""
    count = read_count(counted)
    if count is None or count == listed:
        return ()
    return (f"It counts {count:,} {things} and lists {listed:,}: it contradicts itself.",)


def read_day(value: object) -> date | None:
    """The UTC day of a timestamp or of an ISO date; None for anything else."""
    text = to_text(value)
    if len(text) == 10:
        text += "T00:00:00Z"
    timestamp = values.read_timestamp(text)
    return timestamp.date() if timestamp else None


def _follow(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


class ReportNode:
    """A value of a parsed report and its place, a JSON path.

    `steps` are keys and list positions from this value on; without any a method is about the value
    itself. A step that leads nowhere gives the empty value of the method.
    """

    __slots__ = ("_parent", "_steps", "value")

    def __init__(
        self, value: Any, parent: ReportNode | None = None, steps: tuple[str | int, ...] = ()
    ) -> None:
        self.value = value
        self._parent, self._steps = parent, steps

    @property
    def place(self) -> str:
        # Joined on demand: a report has a node for each finding, and only an error needs a place.
        steps = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in self._steps)
        return f"{self._parent.place}{''.join(steps)}" if self._parent else "$"

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def at(self, *steps: str | int) -> ReportNode:
        """Return the node behind the steps; its value is None when the path does not exist."""
        return ReportNode(_follow(self.value, steps), self, steps) if steps else self

    def refuse(self, expected: str) -> NotThisReport:
        """Return the error for a value that does not match the format; the caller raises it."""
        return NotThisReport(self.place, values.describe_json(self.value), expected)

    def text(self, *steps: str | int) -> str:
        return to_text(_follow(self.value, steps))

    def first_text(self, *keys: str) -> str:
        """The first text that is not empty, of several keys."""
        return next(filter(None, map(self.text, keys)), "")

    def line(self, *steps: str | int) -> str:
        return read_line(_follow(self.value, steps))

    def path(self, *steps: str | int) -> str:
        return read_path(_follow(self.value, steps))

    def texts(self, *steps: str | int) -> tuple[str, ...]:
        return list_texts(_follow(self.value, steps))

    def count(self, *steps: str | int) -> int | None:
        return read_count(_follow(self.value, steps))

    def timestamp(self, *steps: str | int) -> datetime | None:
        """A timestamp in UTC, whole seconds, from ISO 8601; one without a zone is taken as UTC."""
        return values.read_timestamp(to_text(_follow(self.value, steps)))

    def day(self, *steps: str | int) -> date | None:
        return read_day(_follow(self.value, steps))

    def values(self, *steps: str | int) -> list[Any]:
        """The list behind the steps; an empty one for anything else."""
        found = _follow(self.value, steps)
        return found if isinstance(found, list) else []

    def objects(self, *steps: str | int) -> list[ReportNode]:
        """The objects of the list behind the steps; other items are passed over."""
        found = self.at(*steps)
        return [item for item in found._items(found.values()) if isinstance(item.value, dict)]

    def expect_object(self, *steps: str | int) -> ReportNode:
        found = self.at(*steps)
        if not isinstance(found.value, dict):
            raise found.refuse("an object")
        return found

    def expect_items(self, *steps: str | int) -> list[ReportNode]:
        """The items of a list; a list that is absent or null has none."""
        found = self.at(*steps)
        if found.value is None:
            return []
        if not isinstance(found.value, list):
            raise found.refuse("a list")
        return found._items(found.value)

    def expect_objects(self, *steps: str | int) -> list[ReportNode]:
        """The objects of a list, nothing else; a list that is absent or null has none."""
        return [item.expect_object() for item in self.expect_items(*steps)]

    def require_objects(self, *steps: str | int) -> list[ReportNode]:
        """The objects of a list that has to be there, such as that of the findings."""
        if not isinstance(_follow(self.value, steps), list):
            raise self.at(*steps).refuse("a list")
        return self.expect_objects(*steps)

    def expect_entries(self, *steps: str | int) -> list[tuple[str, ReportNode]]:
        """Key and value of each entry of an object that has to be there."""
        found = self.expect_object(*steps)
        return [(key, _QuotedNode(each, found, (key,))) for key, each in found.value.items()]

    def identifier(self, *steps: str | int, found: object = None) -> str:
        """An id: one line of 1 to 300 characters. Raises NotThisReport for anything else.

        `found`: the value, where a caller chose it among several; the steps only name its place.
        """
        value = _follow(self.value, steps) if found is None else found
        # An id joins findings: a changed character would make it another one, so it is refused.
        text = value.strip() if isinstance(value, str) else to_text(value)
        if values.is_identifier(text):
            return text
        place = self.at(*steps).place
        raise NotThisReport(place, values.describe_json(value), values.AN_IDENTIFIER)

    def merge(self, value: Mapping[str, Any]) -> ReportNode:
        """An object at the same place, with the entries of `value` over its own."""
        return ReportNode({**self.value, **value}, self)

    def _items(self, found: list[Any]) -> list[ReportNode]:
        return [ReportNode(item, self, (number,)) for number, item in enumerate(found)]


class _QuotedNode(ReportNode):
    """An entry with a key that may be any text of a third party, such as a path."""

    __slots__ = ()

    @property
    def place(self) -> str:
        # Quoted, it is not plain: a plain place is published (`InputError.public`).
        outer = self._parent.place if self._parent else "$"
        return f"{outer}[{shown(self._steps[0])}]"


def distinct(values: Iterable[str], *without: str) -> tuple[str, ...]:
    """The values once each, on one line, in their order, without empty ones and those named."""
    lines = map(join_lines, values)
    return tuple(dict.fromkeys(line for line in lines if line and line not in without))


def decide_verdict(failures: object, gaps: object = (), unstated: object = ()) -> Verdict:
    """Return the verdict of a scan. The first true argument decides.

    `failures`: nothing usable was examined, or the report contradicts itself. `gaps`: something was
    skipped. `unstated`: the report does not state how much was examined.
    """
    if failures:
        return Verdict.FAILED
    if gaps:
        return Verdict.PARTIAL
    return Verdict.UNSTATED if unstated else Verdict.COMPLETE

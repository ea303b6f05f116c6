"""A value of a published document with its place, read and checked step by step.

The documents are untrusted: third parties can write to a branch, and a host can serve anything. A
value that does not have the form that a build writes is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from secstatus.errors import InputError
from secstatus.jsonio.strict import parse_json
from secstatus.jsonio.values import describe_json, read_timestamp

# The form of our own timestamps. Texts of this form sort as the times do.
TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
# There is no E (docs/reference/grade.md), so a set and not a range.
GRADES = frozenset("ABCDF?")
# The grades that claim something, which a site must be able to prove.
GOOD_GRADES = frozenset("ABC")


@dataclass(frozen=True, slots=True)
class DocumentNode:
    """A value, with its document and JSON path for messages. Every method raises InputError."""

    path: str
    place: str
    value: Any

    def refused(self, expected: str) -> InputError:
        return InputError(self.path, self.place, describe_json(self.value), expected)

    def __getitem__(self, key: str) -> DocumentNode:
        """The member of an object; a node of None where it is absent."""
        return DocumentNode(self.path, f"{self.place}.{key}", self.mapping().get(key))

    def mapping(self) -> Mapping[str, Any]:
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return self.value

    def items(self) -> list[DocumentNode]:
        if not isinstance(self.value, list):
            raise self.refused("a list")
        numbered = enumerate(self.value)
        return [
            DocumentNode(self.path, f"{self.place}[{number}]", item) for number, item in numbered
        ]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.refused("a text")
        return self.value

    def text_or_none(self) -> str | None:
        return None if self.value is None else self.text()

    def matching(self, pattern: re.Pattern[str], expected: str) -> str:
        # `fullmatch`, since `$` also matches before a line break at the end.
        if not isinstance(self.value, str) or not pattern.fullmatch(self.value):
            raise self.refused(expected)
        return self.value

    def timestamp(self) -> datetime:
        """A time in UTC, to the second."""
        expected = "a timestamp such as 2026-11-24T09:00:00Z"
        # The pattern also fits days that do not exist, such as 2026-02-30.
        found = read_timestamp(self.matching(TIMESTAMP, expected))
        if found is None:
            raise self.refused(expected)
        return found

    def timestamp_text(self) -> str:
        """The text of a timestamp."""
        self.timestamp()
        return self.text()

    def grade(self) -> str:
        # A list in the document is not hashable, so the type is checked before the set.
        if not isinstance(self.value, str) or self.value not in GRADES:
            raise self.refused("a grade, A to F or ?")
        return self.value

    def integer(self) -> int:
        # `isinstance` would accept true and false, which are integers in Python.
        if type(self.value) is not int:
            raise self.refused("a whole number")
        return self.value

    def integer_or_none(self) -> int | None:
        return None if self.value is None else self.integer()

    def number(self, most: float) -> float:
        """A number above 0, at most `most`."""
        # A comparison with NaN is false, so NaN is refused as well.
        if type(self.value) not in (int, float) or not 0 < self.value <= most:
            raise self.refused(f"a number above 0, at most {most}")
        return float(self.value)

    def flat(self) -> Any:
        """The value itself, or an object, where neither holds another object or list."""
        values = self.value.values() if isinstance(self.value, dict) else [self.value]
        # Deep values would make the comparison of events expensive, and no build writes them.
        if any(isinstance(value, (dict, list)) for value in values):
            raise self.refused("a plain value")
        return self.value


def parse_document(body: bytes, path: str) -> DocumentNode:
    """Parse the whole document. Raises InputError for anything but strict JSON in UTF-8."""
    return DocumentNode(path, "$", parse_json(body, path, "a document of a site"))

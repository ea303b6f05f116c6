"""JSON of our own files, read strictly: what readers could understand in two ways is refused."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from secstatus.errors import InputError, shown

DEEPEST = 100
_HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


class _Refused(Exception):
    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


def strict_json(text: str, path: str, what: str) -> Any:
    """The value in `text`; `what` the file should be, for messages (`a ledger`).

    Refuses a key twice in one object, numbers that are none, halves of characters, a byte order
    mark and deep nesting. Raises InputError with the place.
    """
    if text.startswith("\ufeff"):
        raise InputError(path, "line 1", "a byte order mark", "JSON in plain UTF-8")
    try:
        value = json.loads(
            text, object_pairs_hook=_without_twins, parse_constant=_no_number, parse_float=_finite
        )
        if _HALF_A_PAIR.search(text):
            _whole_characters(value)
        _shallow(value)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        found = "the end" if cut else shown(text[error.pos : error.pos + 20])
        hint = "Is the file cut short?" if cut else ""
        if "<<<<<<<" in text:
            hint = "Did a merge mix two versions of the file?"
        raise InputError(path, place, found, f"JSON ({error.msg})", hint=hint) from None
    except _Refused as error:
        raise InputError(path, "$", error.found, error.expected) from None
    except RecursionError:
        raise InputError(path, "$", "very deep nesting", what) from None
    except ValueError as error:  # a number of thousands of digits
        raise InputError(path, "$", shown(str(error)), what) from None
    return value


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        twin = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _Refused(f"the key {shown(twin)} twice in one object", "each key once")
    return value


def _no_number(word: str) -> None:
    raise _Refused(word, "a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Refused(shown(digits), "a number that is not out of bounds")
    return number


def _whole_characters(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        found = f"the half character {error.object[error.start]!a}"
        raise _Refused(found, "texts of whole characters") from None


def _shallow(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise _Refused("very deep nesting", f"at most {DEEPEST} levels")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [each for each in value.values() if isinstance(each, dict | list)]
    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict | list)]
    return []

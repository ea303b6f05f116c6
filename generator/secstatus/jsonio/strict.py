"""Strict JSON: text that two parsers could read differently is refused."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from secstatus.errors import InputError, shown

# Our own files nest less than ten levels. RFC 8259, section 9: a parser may limit the depth.
DEEPEST = 100
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class RefusedJsonError(Exception):
    """JSON that parsers could read differently. Callers of the hooks below catch it."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


def parse_json(text: str | bytes, path: str, what: str = "JSON") -> Any:
    """The value in `text`; `what` the file should be, for messages (`a ledger`).

    Refuses a key twice in one object, NaN and infinite numbers, lone surrogates, a byte order mark
    and nesting deeper than DEEPEST. Raises InputError with the place.
    """
    if isinstance(text, bytes):
        text = _decode(text, path)
    if text.startswith("\ufeff"):
        raise InputError(path, "line 1", "a byte order mark", "JSON in plain UTF-8")
    try:
        value = _DECODER.decode(text)
        if _SURROGATE.search(text):
            _refuse_surrogates(value)
        _refuse_depth(value)
    except json.JSONDecodeError as error:
        raise _make_error(error, text, path) from None
    except RefusedJsonError as error:
        raise InputError(path, "$", error.found, error.expected) from None
    except RecursionError:
        raise InputError(path, "$", "very deep nesting", what) from None
    except ValueError as error:  # a number of thousands of digits
        raise InputError(path, "$", shown(str(error)), what) from None
    return value


def _make_error(error: json.JSONDecodeError, text: str, path: str) -> InputError:
    place = f"line {error.lineno} column {error.colno}"
    is_cut = is_cut_short(error, text)
    found = "the end" if is_cut else shown(text[error.pos : error.pos + 20])
    # A full disk or a killed tool leaves such files.
    hint = "Is the file cut short?" if is_cut else ""
    if "<<<<<<<" in text:
        hint = "Did a merge mix two versions of the file?"
    return InputError(path, place, found, f"JSON ({error.msg})", hint=hint)


def is_cut_short(error: json.JSONDecodeError, text: str) -> bool:
    """Whether the text ends before its value does."""
    return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")


def _decode(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
        raise InputError(path, place, "bytes that are not UTF-8", "UTF-8 text") from None


def refuse_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An `object_pairs_hook`: the last of two equal keys would hide the first (RFC 8259, 4)."""
    value = dict(pairs)
    if len(value) != len(pairs):
        repeated = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise RefusedJsonError(f"the key {shown(repeated)} twice in one object", "each key once")
    return value


def refuse_constant(word: str) -> None:
    """A `parse_constant`: NaN and Infinity are words of Python, not of JSON."""
    raise RefusedJsonError(word, "a number")


def _finite(digits: str) -> float:
    number = float(digits)  # 1e999 is a number of JSON, and infinite as a float
    if number in (float("inf"), float("-inf")):
        raise RefusedJsonError(shown(digits), "a number that is not out of bounds")
    return number


# Reading takes half as long again as json.loads alone, which cannot detect a double key.
_DECODER = json.JSONDecoder(
    object_pairs_hook=refuse_double_keys, parse_constant=refuse_constant, parse_float=_finite
)


def _refuse_surrogates(value: object) -> None:
    # An escape such as \\ud83d may be half of a pair, which is a character.
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        found = f"the half character {error.object[error.start]!a}"
        raise RefusedJsonError(found, "texts of whole characters") from None


def _refuse_depth(value: object) -> None:
    # Before Python 3.12 the limit of the parser is that of the stack, so that a value could be read
    # and not be written again.
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise RefusedJsonError("very deep nesting", f"at most {DEEPEST} levels")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [each for each in value.values() if isinstance(each, dict | list)]
    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict | list)]
    return []

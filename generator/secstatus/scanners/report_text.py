"""From bytes to the JSON values of a report. InputError has the place and the remedy."""

from __future__ import annotations

import json
import re
from typing import Any

from secstatus.errors import InputError, shown
from secstatus.jsonio.strict import (
    RefusedJsonError,
    is_cut_short,
    refuse_constant,
    refuse_double_keys,
)

_SCRIPT_HINT = (
    "PowerShell's `>` writes UTF-16: let the tool write the file (--output FILE), or use "
    "`Out-File -Encoding utf8`."
)
# The longer marks first: that of UTF-32 begins like that of UTF-16.
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_ARCHIVES = (
    (b"\x1f\x8b", "a gzip archive", "Unpack it first: `gunzip FILE`."),
    (b"PK\x03\x04", "a zip archive", "Unpack it first: `unzip FILE`."),
)


def decode_report(data: bytes, path: str) -> str:
    """The text of a UTF-8 file, a byte order mark or none. Raises InputError with the remedy."""
    expected = "UTF-8 text"
    # Artifacts of CI services are downloaded as archives.
    for magic, name, hint in _ARCHIVES:
        if data.startswith(magic):
            raise InputError(path, "byte 0", name, expected, hint=hint)
    if encoding := _wide_encoding(data[:4]):
        raise InputError(path, "byte 0", f"text in {encoding}", expected, hint=_SCRIPT_HINT)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x}, which is not UTF-8"
        raise InputError(path, f"byte {error.start}", found, expected, hint=_SCRIPT_HINT) from None


def _wide_encoding(start: bytes) -> str:
    """UTF-16 or UTF-32, by the mark or by the zeros around the first character; else empty."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    # Without a mark: JSON begins with an ASCII character (RFC 4627, section 3).
    zeros = [byte == 0 for byte in start]
    if zeros[:4] in ([False, True, True, True], [True, True, True, False]):
        return "UTF-32"
    return "UTF-16" if zeros[:2] in ([True, False], [False, True]) else ""


def parse_report(text: str, path: str) -> Any:
    """The JSON value in `text`. Raises InputError with line and column, also for a repeated key."""
    return parse_all(text, path, several=False)[0]


def parse_all(text: str, path: str, *, several: bool = True) -> list[Any]:
    """Return the consecutive JSON values in `text`; at least one.

    Raises InputError, also for more than one unless `several`.
    """
    plain = text.removeprefix("\ufeff")
    if not plain.strip():
        hint = "Did the scanner run? Some write nothing when they fail, others when all is well."
        raise InputError(path, "line 1", "an empty file", "a scanner's report", hint=hint)
    try:
        return _values(plain, several)
    except RefusedJsonError as error:
        raise InputError(path, "$", error.found, error.expected) from None
    except json.JSONDecodeError as error:
        raise _no_json(error, plain, path) from None
    except RecursionError:
        hint = "No scanner writes such a report: run it again, and look at what it wrote."
        found = "objects or lists that are nested too deeply to be read"
        raise InputError(path, "$", found, "a scanner's report", hint=hint) from None
    except ValueError:
        found = "a whole number of thousands of digits"
        raise InputError(path, "$", found, "numbers of ordinary length") from None


# Not `parse_json`: some tools write several values, a byte order mark, or text around the report,
# and lone surrogates in descriptions; their messages need the remedy for each.
_DECODER = json.JSONDecoder(object_pairs_hook=refuse_double_keys, parse_constant=refuse_constant)
_BLANKS = " \t\r\n"
_BLANK = re.compile(f"[{_BLANKS}]*")


def _values(text: str, several: bool) -> list[Any]:
    found: list[Any] = []
    position, end = _next_value(text, 0), len(text.rstrip(_BLANKS))
    while position < end:
        if found and not several:
            raise json.JSONDecodeError("Extra data", text, position)
        value, position = _DECODER.raw_decode(text, position)
        found.append(value)
        position = _next_value(text, position)
    return found


def _next_value(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _no_json(error: json.JSONDecodeError, text: str, path: str) -> InputError:
    place = f"line {error.lineno} column {error.colno}"
    expected = f"JSON ({error.msg})"
    if text.lstrip()[:1] == "<":
        hint = "Was it downloaded from a page that asks for a login? Fetch the report itself."
        return InputError(path, place, "a page in HTML or XML", "a report in JSON", hint=hint)
    if is_cut_short(error, text):
        hint = "Is the file cut short? Let the scanner run to its end and write it again."
        return InputError(path, place, "the end", expected, hint=hint)
    found = shown(text[error.pos : error.pos + 20])
    hint = "Reports are read as JSON: use the option of the scanner that writes JSON or SARIF."
    if "{" in text or "[" in text:
        hint += " If its messages are in the file too, write them elsewhere (`2>FILE`)."
    return InputError(path, place, found, expected, hint=hint)


def several_values(path: str, values: list[Any]) -> InputError:
    """The error for a file of several JSON values that no format writes."""
    kinds = {type(value) for value in values}
    found = f"{len(values):,} JSON values one after another"
    hint = "Write one report into one file."
    if kinds == {list}:
        hint = "Pages of `gh api --paginate`? Add `--slurp`, or join them with `jq -s add`."
    elif kinds == {dict}:
        hint = (
            "JSON lines? Use the option of the scanner that writes one JSON document; pages of "
            "`gh api --paginate` are joined by `--slurp` or `jq -s add`."
        )
    return InputError(path, "$", found, "one report", hint=hint)

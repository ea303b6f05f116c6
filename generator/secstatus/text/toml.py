"""Read TOML of a project's files strictly; errors name the place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from secstatus.errors import InputError, shown

PYPROJECT = "pyproject.toml"
BOM = b"\xef\xbb\xbf"
# tomllib takes time and memory that are quadratic in the parts of a dotted key, and keeps all of
# them: a file of 1 MB could take minutes. A key stands on one line.
_MOST_PARTS = 50
_MOST_DOTS = 200_000
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*+"|\'[^\'\n]*+\'|#[^\n]*+')
_DOT = re.compile(r"[\w-][ \t]*+\.[ \t]*+(?=[\w-])")


def decode_text(data: bytes, path: str) -> str:
    """The text of UTF-8 bytes without a byte order mark. Raises InputError that names the line."""
    try:
        return data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        place = f"line {find_line_number(error.object, error.start)}"
        found = f"the byte 0x{error.object[error.start]:02x}"
        raise InputError(path, place, found, "UTF-8 text", hint="Save the file as UTF-8.") from None


def find_line_number(data: bytes, offset: int) -> int:
    """The number of the line, from 1; only line feeds count."""
    return data.count(b"\n", 0, offset) + 1


def parse_toml(text: str, path: str, *, hint: str = "") -> Mapping[str, Any]:
    """The document. Raises InputError with the reason for what is not TOML."""
    _check_keys(text, path)
    try:
        # TOML requires UTF-8, so the text has been decoded before (TOML 1.0, "Spec").
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(path, "", "very deep nesting", "TOML", hint=hint) from None
    # Not only TOMLDecodeError: int() refuses a number of more than 4300 digits.
    except ValueError as error:
        # The words of the parser may quote the file; they have to be one printable line.
        found = f"text that is not TOML ({shown(str(error))[1:-1]})"
        raise InputError(path, "", found, "TOML", hint=hint) from None


def find_table(table: Mapping[str, Any], *keys: str, path: str = PYPROJECT) -> Mapping[str, Any]:
    """The table behind the keys, an empty one where there is none. InputError for anything else."""
    found: Any = table
    for count, key in enumerate(keys, 1):
        found = found.get(key, {})
        if not isinstance(found, dict):
            raise InputError(path, ".".join(keys[:count]), shown(found), "a table")
    return dict(found)


def find_text(table: Mapping[str, Any], *keys: str, path: str = PYPROJECT) -> str:
    """The text behind the keys, `""` where there is none. InputError for anything else."""
    found = find_table(table, *keys[:-1], path=path).get(keys[-1], "")
    if not isinstance(found, str):
        raise InputError(path, ".".join(keys), shown(found), "a text")
    return found


def find_texts(table: Mapping[str, Any], *keys: str, path: str = PYPROJECT) -> tuple[str, ...]:
    """The texts behind the keys; one text is a list of one. InputError for anything else."""
    found = find_table(table, *keys[:-1], path=path).get(keys[-1], [])
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise InputError(path, ".".join(keys), shown(found), "a list of texts")
    return tuple(listed)


def _check_keys(text: str, path: str) -> None:
    # Counting characters first keeps the exact count, which is slow, to files that need it.
    if text.count(".") > _MOST_DOTS and _count_dots(text) > _MOST_DOTS:
        raise InputError(path, "", "very many dotted keys", "TOML")
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _MOST_PARTS and _count_dots(line) > _MOST_PARTS:
            raise InputError(path, f"line {number}", "a very long key", "TOML")


def _count_dots(text: str) -> int:
    """The dots between parts of keys; a quoted part counts as a word, a comment does not."""
    return len(_DOT.findall(_QUOTED.sub(lambda found: "" if found[0][0] == "#" else "q", text)))

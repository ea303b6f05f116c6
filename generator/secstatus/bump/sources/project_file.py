"""The files that configure a project, read strictly: tables, and the line of a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from secstatus.errors import InputError, shown
from secstatus.text.toml import BOM, PYPROJECT, decode_text, parse_toml

Read = Callable[[str], bytes | None]

SETUP_CFG = "setup.cfg"
SETUP_PY = "setup.py"
# Comments and strings in the order in which they open. One that is never closed goes to the end,
# so that the search stays linear.
_TOKENS = re.compile(
    rb'#[^\n]*|("""(?:[^\\]|\\.)*?(?:"""|\\?\Z)|\'\'\'(?:[^\\]|\\.)*?(?:\'\'\'|\\?\Z))'
    rb'|"(?:[^"\\\n]|\\.)*"?|\'(?:[^\'\\\n]|\\.)*\'?',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class VersionProject:
    """Tracked files of a project, and the tables of its configuration files (`{}`: missing).

    `read` gives the bytes of a tracked file by its path, None when there is none.
    """

    read: Read
    paths: Sequence[str]
    pyproject: Mapping[str, Any]
    setup_cfg: Mapping[str, Mapping[str, str]]


def project_of(read: Read, paths: Sequence[str]) -> VersionProject:
    """Raises InputError for a pyproject.toml or setup.cfg that cannot be read."""
    pyproject, setup_cfg = read(PYPROJECT), read(SETUP_CFG)
    return VersionProject(
        read,
        paths,
        {} if pyproject is None else parse_toml(decode_text(pyproject, PYPROJECT), PYPROJECT),
        {} if setup_cfg is None else cfg_sections(setup_cfg, SETUP_CFG),
    )


def without_long_strings(data: bytes) -> bytes:
    """The bytes with blanks for what is inside of triple quotes and comments; as long as before.

    Comments and strings are the same in Python and TOML as far as this goes.
    """
    return _TOKENS.sub(_blanked, data)


def toml_line(data: bytes, *keys: str) -> int:
    """The line on which the key is set, 1 where that cannot be seen."""
    table, wanted = "", ".".join(keys)
    text = without_long_strings(data.removeprefix(BOM)).decode("utf-8", "replace")
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        key, sign, rest = line.partition("=")
        full = table + _plain(key)
        if line.startswith("[") and line.endswith("]"):
            table = _plain(line.strip("[]")) + "."
        elif sign and (full == wanted or (full in _parents(keys) and keys[-1] in rest)):
            return number
    return 1


def cfg_sections(data: bytes, path: str) -> Mapping[str, Mapping[str, str]]:
    """The sections of an ini file. Raises InputError for another format."""
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(decode_text(data, path))
    except configparser.Error as error:
        raise InputError(
            path, "", f"a bad line ({shown(str(error))[1:-1]})", "sections with keys"
        ) from None
    return {name: dict(parser.items(name)) for name in parser.sections()}


def cfg_line(data: bytes, section: str, key: str) -> int:
    """The line on which the key of the section is set, 1 where that cannot be seen."""
    inside = False
    text = data.removeprefix(BOM).decode("utf-8", "replace")
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("["):
            inside = line.strip() == f"[{section}]"
        elif inside and re.split("[=:]", line, maxsplit=1)[0].strip().lower() == key:
            return number
    return 1


def _blanked(found: re.Match[bytes]) -> bytes:
    text = found[0]
    if found[1] is None and not text.startswith(b"#"):
        return text
    return b"\n".join(b" " * len(line) for line in text.split(b"\n"))


def _plain(key: str) -> str:
    return re.sub(r"[\s\"']", "", key)


def _parents(keys: tuple[str, ...]) -> set[str]:
    """Where the key may stand in an inline table."""
    return {".".join(keys[:count]) for count in range(1, len(keys))}

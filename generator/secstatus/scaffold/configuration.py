"""`[tool.secstatus]` put under what a pyproject.toml holds already. Nothing in it is rewritten."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from secstatus.text.toml import parse_toml

FILE = "pyproject.toml"
HINT = "Correct it, then run it again."
SCANNERS = ("pip-audit", "bandit")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Values for the table. `package` `""`: the file states it elsewhere. `gates` None: unknown."""

    package: str
    repository: str
    base_url: str
    gates: tuple[str, ...] | None
    scanners: Sequence[str] = SCANNERS


@dataclass(frozen=True, slots=True)
class Configured:
    """The text of the file, and lines for the user to add, since the file has a table already."""

    text: str
    by_hand: tuple[str, ...] = ()


def with_configuration(text: str, wanted: Wanted) -> Configured:
    """The text with the missing lines at its end; unchanged where none can be added there.

    What was there stays to the byte and means the same. Raises InputError for text that is no
    TOML.
    """
    # Parsed to decide, but never written from: a TOML writer would lose comments and layout.
    before = parse_toml(text, FILE, hint=HINT)
    found = before.get("tool", {})
    table = found.get("secstatus") if isinstance(found, dict) else None
    if table is None:
        lines = ["[tool.secstatus]", *_pairs(_top(wanted)), *_bump(wanted)]
        return _added(text, lines, before, ())
    by_hand = _missing(table, wanted) if isinstance(table, dict) else ()
    # A table of the user's own keeps its values; only the sub-table that is missing is added.
    if isinstance(table, dict) and "bump" not in table and wanted.gates is not None:
        return _added(text, _bump(wanted)[1:], before, by_hand)
    return Configured(text, by_hand)


def _top(wanted: Wanted) -> Mapping[str, Any]:
    stated = {
        "package": wanted.package,
        "repository": wanted.repository,
        "base_url": wanted.base_url,
        "required_scanners": list(wanted.scanners),
    }
    # An empty value is a default: the file states what differs.
    return {key: value for key, value in stated.items() if value}


def _bump(wanted: Wanted) -> list[str]:
    # None: not recognised. An empty list would switch the gates off.
    if wanted.gates is None:
        return []
    return ["", "[tool.secstatus.bump]", *_pairs({"gates": list(wanted.gates)})]


def _pairs(values: Mapping[str, Any]) -> list[str]:
    # Lists and texts without control characters are written alike in JSON and TOML.
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]


def _missing(table: Mapping[str, Any], wanted: Wanted) -> tuple[str, ...]:
    """Lines that the user's table lacks; other keys have defaults that may be intended."""
    names = ("package", "repository", "base_url")
    kept = {key: value for key, value in _top(wanted).items() if key in names and key not in table}
    bump = table.get("bump")
    lacks_gates = isinstance(bump, dict) and "gates" not in bump and wanted.gates is not None
    return (*_pairs(kept), *(_bump(wanted)[1:] if lacks_gates else ()))


def _added(
    text: str, lines: Sequence[str], before: Mapping[str, Any], by_hand: tuple[str, ...]
) -> Configured:
    # The line end of the first line: git may convert the file as a whole.
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    gap = "" if not text else end if text.endswith("\n") else end * 2
    longer = text + gap + "".join(f"{line}{end}" for line in lines)
    # Proof instead of rules: the longer text is parsed again and compared.
    if _says_the_same(longer, before, "\n".join(lines)):
        return Configured(longer, by_hand)
    # An inline table cannot be continued, and one that dots have made cannot be opened again.
    rest = [line for line in lines if line]
    return Configured(text, (*by_hand, *rest))


def _says_the_same(text: str, before: Mapping[str, Any], addition: str) -> bool:
    """Whether the text is TOML with the values of the old one, the addition, and no more."""
    try:
        after = tomllib.loads(text)
    except ValueError:
        return False
    tool = before.get("tool", {})
    ours = {**tool.get("secstatus", {}), **tomllib.loads(addition)["tool"]["secstatus"]}
    # Equal as a whole: nothing of another tool has moved below our table.
    return after == {**before, "tool": {**tool, "secstatus": ours}}


def table_of(text: str) -> Mapping[str, Any]:
    """`[tool.secstatus]` as the text has it; an empty one where there is none."""
    found = parse_toml(text, FILE, hint=HINT).get("tool", {})
    table = found.get("secstatus", {}) if isinstance(found, dict) else {}
    return table if isinstance(table, dict) else {}


def has_name(text: str) -> bool:
    """Whether the text gives the project a name by itself, where the configuration finds it."""
    document = parse_toml(text, FILE, hint=HINT)
    return _named(document.get("project"), "name") or _named(table_of(text), "package")


def _named(table: Any, key: str) -> bool:
    return isinstance(table, dict) and isinstance(table.get(key), str) and table[key] != ""

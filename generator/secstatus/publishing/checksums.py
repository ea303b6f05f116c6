"""Checksums of distributions, as `sha256sum --check` reads them and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from secstatus.errors import InputError, shown
from secstatus.publishing.verification import BuiltFile

SUMS = "SHA256SUMS"
SUMS_JSON = "checksums.json"
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^/\\\0]+)")


def sums_text(files: Sequence[BuiltFile]) -> str:
    """One line for each file, sorted by name."""
    ordered = sorted(files, key=lambda each: each.name)
    return "".join(f"{each.sha256}  {each.name}\n" for each in ordered)


def sums_json(files: Sequence[BuiltFile], about: dict[str, Any]) -> str:
    """The same as JSON, with what is known `about` the release."""
    listed = [
        {"name": each.name, "sha256": each.sha256, "size": each.size}
        for each in sorted(files, key=lambda each: each.name)
    ]
    return json.dumps({**about, "files": listed}, indent=2, sort_keys=True) + "\n"


def read_sums(text: str, where: str) -> dict[str, str]:
    """File name → SHA-256. Raises InputError for a line that is none, or a name twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise InputError(where, f"line {number}", shown(line), "a SHA-256 and a file name")
        if match[2] in found:
            raise InputError(where, f"line {number}", f"{shown(match[2])} again", "each file once")
        found[match[2]] = match[1]
    return found

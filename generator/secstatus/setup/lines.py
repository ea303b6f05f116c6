"""Lines of a text with their ends, so that what is not touched stays as it is."""

from __future__ import annotations

import re

BOM = "\ufeff"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")


def lines_of(text: str) -> list[str]:
    """The lines, each with its own end; joined they are the text."""
    return _LINE.findall(text)


def end_of(lines: list[str]) -> str:
    """The line end of the text, a line feed where it has none yet."""
    first = lines[0] if lines else ""
    return first[len(first.rstrip("\r\n")) :] or "\n"

"""As much of Markdown as it takes to find the first heading, and what is code.

https://spec.commonmark.org/0.31.2/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")
_ATX = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_HTML_HEADING = re.compile(r"</h[1-6]>[ \t]*$", re.IGNORECASE)
_NO_PARAGRAPH = re.compile(r"(?: {4}|\t)| {0,3}(?:[#>|<]|[-+*](?:\s|$)|\d+[.)]\s)")


def find_markdown_code(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that are shown as they are, fences included."""
    return {number for number, (_, is_code) in enumerate(_read(lines)) if is_code}


def find_markdown_place(lines: Sequence[str]) -> int:
    """The number of the line after the first heading; without one, of the first line.

    What stands in front of the text as its metadata stays in front.
    """
    before = ""
    for number, (line, is_hidden) in enumerate(_read(lines), 1):
        if not is_hidden and _is_heading(line, before):
            return number
        before = "" if is_hidden else line
    return _front_matter(lines)


def _is_heading(line: str, before: str) -> bool:
    if _ATX.match(line) or _HTML_HEADING.search(line):
        return True
    paragraph = bool(before.strip()) and not _NO_PARAGRAPH.match(before)
    return paragraph and _SETEXT.fullmatch(line) is not None


def _front_matter(lines: Sequence[str]) -> int:
    if not lines or lines[0].rstrip() != "---":
        return 0
    ends = (number for number, line in enumerate(lines[1:], 2) if line.rstrip() == "---")
    return next(ends, 0)


def _read(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each line without its end, and whether it is no text: metadata, code, a long comment."""
    start = _front_matter(lines)
    yield from ((line, True) for line in lines[:start])
    fence, comment, blank = "", False, True
    for full in lines[start:]:
        line = full.rstrip("\r\n")
        found = _FENCE.fullmatch(line)
        if fence:
            closes = found and found[1].startswith(fence) and not found[2].strip()
            yield line, True
            fence = "" if closes else fence
        elif comment:
            comment = "-->" not in line
            yield line, True
        elif found:
            fence = found[1]
            yield line, True
        else:
            last = line.rfind("<!--")
            comment = last >= 0 and "-->" not in line[last:]
            # A paragraph that goes on may be indented; after a blank line it is code.
            indented = blank and line.startswith(("    ", "\t")) and bool(line.strip())
            yield line, indented or comment
            blank = not line.strip() or indented

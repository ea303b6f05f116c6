"""The part of Markdown that is needed to find the first heading and code blocks.

https://spec.commonmark.org/0.31.2/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from secstatus.errors import InputError
from secstatus.scaffold.project_files import BOM, end_of, split_keeping_ends

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

    Metadata in front of the text stays in front.
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
    """Each line without its end, and whether it is not text: metadata, code, a long comment."""
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


_UNDERLINE = re.compile(r"([!-/:-@[-`{-~])\1+")


def find_rst_code(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that belong to a block: a comment there is text, or in a list."""
    return {number for number, line in enumerate(lines) if line.startswith((" ", "\t"))}


def find_rst_place(lines: Sequence[str]) -> int:
    """The number of the line after the first heading; without one, of the first line."""
    for number in range(1, len(lines)):
        title, under = lines[number - 1].rstrip(), lines[number].rstrip()
        plain = title and not _UNDERLINE.fullmatch(title) and not title.startswith("..")
        # A heading with an overline may be indented; any other text that is indented is a block.
        over = number > 1 and lines[number - 2].rstrip() == under
        if plain and (over or not title[0].isspace()) and _is_under(title.strip(), under):
            return number + 1
    return 0


def _is_under(title: str, under: str) -> bool:
    # docutils accepts an underline that is too short from four characters on, with a warning.
    return bool(_UNDERLINE.fullmatch(under)) and len(under) >= min(len(title), 4)


BEGIN = "<!-- secstatus badges -->"
END = "<!-- /secstatus badges -->"
RST_BEGIN = ".. secstatus badges"
RST_END = ".. /secstatus badges"
_HINT = "Put each marker alone on a line, the first one once before the last one, or remove both."


@dataclass(frozen=True, slots=True)
class ReadmeBadge:
    """One badge as it is written in either markup."""

    markdown: str
    rst: str


def with_badges(text: str, name: str, badges: Sequence[ReadmeBadge]) -> str:
    """The README `name` with the badges: between its markers, else after its first heading.

    Every other byte stays. Raises InputError that names the line where markers are broken: only
    one of them, more than a pair, in the wrong order, beside text, or in a block of code.
    """
    is_rst = name.lower().endswith(".rst")
    # A byte order mark stays in front, where editors expect it.
    bare = text.removeprefix(BOM)
    lines = split_keeping_ends(bare)
    begin, end = (RST_BEGIN, RST_END) if is_rst else (BEGIN, END)
    find_code = find_rst_code if is_rst else find_markdown_code
    find_place = find_rst_place if is_rst else find_markdown_place
    pair = _markers(lines, name, begin, end, find_code)
    inner = _content(badges, is_rst, end_of(lines))
    if pair:
        first, last = pair
        # Markers stay: they are what the next run finds.
        new = [*lines[: first + 1], *inner, *lines[last:]]
        return text[: len(text) - len(bare)] + "".join(new)
    block = [f"{begin}{end_of(lines)}", *inner, f"{end}{end_of(lines)}"]
    place = find_place(lines)
    return text[: len(text) - len(bare)] + "".join(_inserted(lines, place, block))


def _content(badges: Sequence[ReadmeBadge], is_rst: bool, end: str) -> list[str]:
    if not is_rst:
        return [f"{badge.markdown}{end}" for badge in badges]
    texts = [line for badge in badges for line in ("", *badge.rst.split("\n"))]
    return [f"{line}{end}" for line in (*texts, "")]


def _markers(
    lines: Sequence[str],
    name: str,
    begin: str,
    end: str,
    find_code: Callable[[Sequence[str]], set[int]],
) -> tuple[int, int] | None:
    """The lines of the two markers, None where there is none."""
    found = [
        (number, marker)
        for number, line in enumerate(lines)
        for marker in _in_line(line, begin, end)
    ]
    if not found:
        return None
    # A README that documents the markers shows them in a block of code.
    code = find_code(lines)
    for number, marker in found:
        if lines[number].strip() != marker:
            raise _broken(name, number, "a marker with text beside it")
        if number in code:
            raise _broken(name, number, f"`{marker}` in a block of code or a comment")
    # One marker or three are found here, too; the messages below say which.
    for (number, marker), wanted in zip(found, (begin, end), strict=False):
        if marker != wanted:
            raise _broken(name, number, f"`{marker}`", f"`{wanted}` before it")
    if len(found) == 1:
        raise _broken(name, found[0][0], f"`{begin}` and no `{end}`")
    if len(found) > 2:
        raise _broken(name, found[2][0], f"a second `{found[2][1]}`")
    return found[0][0], found[1][0]


def _in_line(line: str, begin: str, end: str) -> list[str]:
    return [marker for marker in (begin, end) for _ in range(line.count(marker))]


def _broken(name: str, number: int, found: str, expected: str = "") -> InputError:
    expected = expected or "one pair of markers for the badges"
    return InputError(name, f"line {number + 1}", found, expected, hint=_HINT)


def _inserted(lines: Sequence[str], place: int, block: Sequence[str]) -> list[str]:
    """The lines with the block at this place, and a blank line where none parts them."""
    before, after = list(lines[:place]), lines[place:]
    end = end_of(list(lines))
    if before and not before[-1].endswith(("\n", "\r")):
        before[-1] += end
    # Without a blank line Markdown joins the badges with the text above.
    gap = [end] if before and before[-1].strip() else []
    more = [end] if after and after[0].strip() else []
    return [*before, *gap, *block, *more, *after]

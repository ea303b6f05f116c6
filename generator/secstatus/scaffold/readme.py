"""Badges in a README, between two markers: put there once, replaced in place ever after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from secstatus.errors import InputError
from secstatus.scaffold.markdown import find_markdown_code, find_markdown_place
from secstatus.scaffold.project_files import BOM, end_of, split_keeping_ends
from secstatus.scaffold.restructured import find_rst_code, find_rst_place

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

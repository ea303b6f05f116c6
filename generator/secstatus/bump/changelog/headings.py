"""The headings of a change log, in Markdown or reStructuredText, with their place in the bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HASHES = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
# At the start of a list item too. What has a backtick behind it is code within the line.
_FENCE = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+){0,5}(`{3,}(?=[^`]*\Z)|~{3,})")
_UNDERLINE = re.compile(r"([-=~^\"'`+*#:._])\1+\s*\Z")
_UNRELEASED = re.compile(r"[\[`]?unreleased[\]`]?_{0,2}(\([^()\s]*\))?\Z", re.IGNORECASE)
_RELEASE = re.compile(
    r"(?P<before>[\[`]?(?:[A-Za-z][\w.-]{0,99}\s{1,9})?[\[`]?v?)"
    r"(?P<version>\d[0-9A-Za-z.!+]{0,99})"
    r"(?P<after>(?:[\])`\s(,:/–—-].*)?)\Z"
)
_DATED = re.compile(r"\d{4}[-./]\d\d?[-./]\d\d?\b|\d\d?[-./]\d\d?[-./]\d{4}\b")
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Line:
    """`start` and `end` are offsets in bytes, without the line end; `text` is decoded so that it
    can be encoded to the same bytes.
    """

    start: int
    end: int
    text: str
    quiet: bool = False
    """Inside of a code block or a comment: nothing in it is a heading or a link."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. `first` and `last` are the numbers of its lines, from 0.

    `mark` is the run of `#` before it, or the character that underlines it.
    """

    first: int
    last: int
    title: str
    level: int
    mark: str
    overlined: bool = False

    @property
    def is_unreleased(self) -> bool:
        return bool(_UNRELEASED.match(self.title))

    def release(self) -> re.Match[str] | None:
        """`before`, `version` and `after` of the title of a release; None for another title."""
        found = _RELEASE.match(self.title)
        return found if found and not _DATED.match(self.title) else None

    def lines(self, title: str) -> list[str]:
        """The lines of a heading of the same style."""
        if self.mark.startswith("#") and not self.underlined:
            return [f"{self.mark} {title}"]
        line = self.mark * max(3, len(title))
        return [line, title, line] if self.overlined else [title, line]

    @property
    def underlined(self) -> bool:
        return self.last > self.first


def split_log_lines(data: bytes, path: str) -> list[Line]:
    """The lines of a file; a path that ends in `.rst` is reStructuredText, any other Markdown."""
    plain = list(_plain_lines(data))
    return plain if is_rst(path) else list(_quieted(plain))


def is_rst(path: str) -> bool:
    return path.lower().endswith(".rst")


def headings_of(lines: Sequence[Line], path: str) -> list[Heading]:
    """The headings in their order."""
    return list(_rst(lines) if is_rst(path) else _markdown(lines))


def fence_after(text: str, fence: str) -> str:
    """The fence that is open after a line of Markdown, `""` for none; `fence` is open before."""
    if fence:
        line = text.strip()
        closes = len(line) >= len(fence) and not line.strip(fence[0])
        return "" if closes else fence
    found = _FENCE.match(text)
    return found[1] if found else ""


def _plain_lines(data: bytes) -> Iterator[Line]:
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while start <= len(data):
        feed = data.find(b"\n", start)
        stop = len(data) if feed < 0 else feed
        end = stop - 1 if stop > start and data[stop - 1 : stop] == b"\r" else stop
        yield Line(start, end, data[start:end].decode("utf-8", "surrogateescape"))
        start = stop + 1


def _quieted(lines: Sequence[Line]) -> Iterator[Line]:
    """Marks what is inside of fences and comments, the lines with their limits included."""
    fence, commented = "", False
    for line in lines:
        was_quiet = bool(fence) or commented
        if not commented:
            fence = fence_after(line.text, fence)
            was_quiet = was_quiet or bool(fence)
        if commented or (not was_quiet and line.text.lstrip().startswith("<!--")):
            commented = "-->" not in line.text[0 if commented else line.text.find("<!--") + 4 :]
            was_quiet = True
        yield Line(line.start, line.end, line.text, was_quiet)


def _markdown(lines: Sequence[Line]) -> Iterator[Heading]:
    for number, line in enumerate(lines):
        if line.quiet or len(line.text) > _LONGEST_TITLE:
            continue
        found = _HASHES.match(line.text)
        if found:
            title = re.sub(r"(?:^|[ \t])#+[ \t]*\Z", "", line.text[found.end() :])
            yield Heading(number, number, title.strip(), len(found[1]), found[1])
        elif underline := _underline(lines, number, "=-"):
            level = 1 if underline == "=" else 2
            yield Heading(number, number + 1, line.text.strip(), level, underline)


def _rst(lines: Sequence[Line]) -> Iterator[Heading]:
    levels: list[tuple[str, bool]] = []
    for number, line in enumerate(lines):
        underline = _underline(lines, number, "")
        if not underline or line.text[:1].isspace() or len(line.text) > _LONGEST_TITLE:
            continue
        over = lines[number - 1].text.rstrip() if number else ""
        free = number < 2 or not lines[number - 2].text.strip()
        overlined = free and over == lines[number + 1].text.rstrip()
        if (underline, overlined) not in levels:
            levels.append((underline, overlined))
        level = levels.index((underline, overlined)) + 1
        first = number - overlined
        yield Heading(first, number + 1, line.text.strip(), level, underline, overlined)


def _underline(lines: Sequence[Line], number: int, allowed: str) -> str:
    """The character that underlines the line, `""` when nothing does."""
    title = lines[number].text.rstrip()
    below = lines[number + 1] if number + 1 < len(lines) else None
    if below is None or below.quiet or not title or title[:4].isspace():
        return ""
    if _UNDERLINE.match(title) or title.lstrip().startswith((">", "- ", "* ", "|")):
        return ""
    found = _UNDERLINE.match(below.text)
    # Docutils takes a line of four that is shorter than the title; fewer are text.
    long_enough = len(below.text.rstrip()) >= min(3 if allowed else 4, len(title))
    fits = found and long_enough and (not allowed or found[1] in allowed)
    return found[1] if found and fits else ""

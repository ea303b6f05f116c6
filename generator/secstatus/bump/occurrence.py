"""Occurrences: the exact places of a version in the bytes of a file, of any owner.

`0.2.80`, `10.0.2.8`, `0.2.8rc1` and `0.2.8-3` are other versions than `0.2.8`: no occurrences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# What may not stand before a version. `%20` and `\n` end in letters and digits and may.
_BEFORE = (
    rb"(?:(?<=%[0-9A-Fa-f][0-9A-Fa-f])|(?<=\\[nrt])|(?<![0-9A-Za-z%.])|(?<=\.\.)"
    rb"|(?<=[^0-9A-Za-z][vV])|(?<=\\[nrt][vV])|(?<=^[vV]))"
    # PEP 440: `1!` before a version is an epoch, and what follows `+` is a local part, so that both
    # make it another version. `%2E` is a dot in an address.
    rb"(?<!%2[Ee])(?<![0-9]!)(?<![0-9A-Za-z]\+)"
)
# The pre-, post- and development segments of PEP 440 in all spellings that it normalises, and
# `SNAPSHOT`, with which Maven marks what is not released.
_LABEL = (
    rb"(?:(?:a|b|c|r|rc|alpha|beta|pre|preview|dev|post|rev)[.-]?[0-9]"
    rb"|(?:rc|alpha|beta|pre|preview|dev|post|rev|snapshot)(?![A-Za-z]))"
)
# What makes it another version: more numbers, a label of a pre-release, a build, a revision.
_AFTER = (
    rb"(?![0-9A-Za-z])(?!(?:\.|%2[Ee])[0-9])(?!\+[0-9A-Za-z])(?!%2[Bb])(?![0-9]*!)"
    rb"(?!_[0-9])(?!(?i:[._]|%2E|-{1,2})(?i:" + _LABEL + rb"))"
)
# Debian and Arch append `-1` for a revision of their package; PEP 440 reads it as a post-release.
_REVISION = re.compile(rb"-[0-9]")
# The colour of a badge may begin with a digit, as a revision does.
_COLOUR = re.compile(rb"-[0-9A-Fa-f]{6}(?![0-9A-Za-z])")
_BADGE = b"/badge/"
_FAR = 160


@dataclass(frozen=True, slots=True)
class VersionOccurrence:
    """The bytes `start` to `end` of a file are the version, in the spelling `written`."""

    start: int
    end: int
    written: bytes


def _spelled(version: str) -> bytes:
    """The version in every spelling that keeps to ASCII, as a regular expression."""
    # shields.io writes a dash as two dashes in the path of a badge: https://shields.io/badges
    spelled = {"-": rb"--?", ".": rb"(?:\.|%2[Ee])", "+": rb"(?:\+|%2[Bb])"}
    return b"".join(spelled.get(char) or re.escape(char.encode()) for char in version)


@lru_cache(maxsize=64)
def search_pattern(version: str) -> bytes:
    """A regular expression for Python and PCRE that matches in every file with an occurrence.

    It also matches similar texts, which `find_occurrences` excludes. It is ASCII, on one line, and
    covers badge escapes and UTF-16.
    """
    # `>` of Windows PowerShell 5 writes UTF-16. A search for the plain text would find nothing and
    # say that the file has no version.
    wide = rb"\x00".join(re.escape(char.encode()) for char in version)
    return rb"(?:" + _spelled(version) + rb"|" + wide + rb")"


@lru_cache(maxsize=64)
def line_pattern(version: str) -> bytes:
    """Like `search_pattern` without most similar texts, for a search of the lines of files."""
    wide = rb"\x00".join(re.escape(char.encode()) for char in version)
    return _whole(version) + rb"|" + wide


def _whole(version: str) -> bytes:
    return _BEFORE + rb"(?:" + _spelled(version) + rb")" + _AFTER


@lru_cache(maxsize=64)
def _token(version: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Patterns of an occurrence from its first byte on, and of what must surround it.

    A search for the first is far quicker, for it begins with a digit and not with a condition.
    """
    return re.compile(_spelled(version)), re.compile(_whole(version), re.MULTILINE)


def find_occurrences(
    content: bytes, version: str, start: int = 0, end: int | None = None
) -> Iterator[VersionOccurrence]:
    """Every occurrence that begins from `start` up to `end`, in the order of the file."""
    inner, whole = _token(version)
    # The second pattern begins with look-behinds, which cost a call at every byte; the first one
    # begins with a digit, for which `re` searches fast.
    while seen := inner.search(content, start):
        if end is not None and seen.start() >= end:
            return
        match = whole.match(content, seen.start())
        start = match.end() if match else seen.start() + 1
        if match and not _revised(content, match.start(), match.end()):
            yield VersionOccurrence(match.start(), match.end(), match[0])


def _revised(content: bytes, start: int, end: int) -> bool:
    if not _REVISION.match(content, end):
        return False
    in_badge = _BADGE in content[max(0, start - _FAR) : start].rsplit(b"\n", 1)[-1]
    return not (in_badge and _COLOUR.match(content, end))


def find_wide_occurrence(content: bytes, version: str) -> VersionOccurrence | None:
    """The first place of the version in a file of UTF-16, in either byte order."""
    for encoding in ("utf-16-le", "utf-16-be"):
        written = version.encode(encoding)
        start = content.find(written)
        while start >= 0:
            end = start + len(written)
            if not _joined(content[max(0, start - 2) : start], content[end : end + 4], encoding):
                return VersionOccurrence(start, end, written)
            start = content.find(written, end)
    return None


def _joined(before: bytes, after: bytes, encoding: str) -> bool:
    """Whether the neighbours in a file of UTF-16 make it another version."""
    last, following = before.decode(encoding, "replace"), after.decode(encoding, "replace")
    if last == "." or (last.isalnum() and last not in "vV"):
        return True
    return following[:1].isalnum() or (following[:1] in ".+-_" and following[1:].isdigit())


def respell_version(new: str, written: bytes, *, in_badge: bool) -> bytes:
    """The new version in the spelling of the old one: `%2E` for a dot, `--` in a badge."""
    text = new.encode()
    if in_badge:
        # `+` in an address would be read as a blank by servers that decode forms.
        text = text.replace(b"-", b"--").replace(b"+", b"%2B")
    for dot in (b"%2E", b"%2e"):
        if dot in written:
            text = text.replace(b".", dot)
    return text

"""The text of a YAML file, by the lines in which YAML counts: for inserting, not for reading."""

from __future__ import annotations

import re
from typing import Any

# The line breaks of YAML 1.1, by which its marks count lines.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_FILE_BREAK = re.compile("\r\n|\n|\r")


class YamlText:
    """The text by the lines of YAML; the marks of its nodes are places in it."""

    def __init__(self, text: str) -> None:
        # PyYAML counts columns without the mark.
        self.bom = "\ufeff" if text.startswith("\ufeff") else ""
        self.plain = text.removeprefix("\ufeff")
        found = _FILE_BREAK.search(self.plain)
        self.line_break = found[0] if found else "\n"
        self._starts = [0, *(match.end() for match in _BREAK.finditer(self.plain))]

    def at(self, mark: Any) -> int:
        return self.line_start(int(mark.line)) + int(mark.column)

    def line_start(self, line: int) -> int:
        return self._starts[line] if line < len(self._starts) else len(self.plain)

    def line(self, number: int) -> str | None:
        """None behind the last one."""
        if self.line_start(number) >= len(self.plain):
            return None
        return self.plain[self.line_start(number) : self.line_start(number + 1)]

    def without(self, start: int, end: int) -> YamlText:
        """Without that part, and without the blanks before it when they would end their line."""
        before, after = self.plain[:start], self.plain[end:]
        if not after.partition(self.line_break)[0].strip():
            before = before.rstrip(" ")
        return YamlText(self.bom + before + after)

    def with_lines(self, place: int, lines: list[str]) -> str:
        """The text with the lines put in at a place where a line begins, or at the end."""
        before, after = self.plain[:place], self.plain[place:]
        if before and not _BREAK.fullmatch(before[-1]):
            before += self.line_break
        added = "".join(line + self.line_break for line in lines)
        return self.bom + before + added + after

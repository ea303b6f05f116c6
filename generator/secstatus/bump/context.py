"""One occurrence of a version with the text around it: everything that a rule may read."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from secstatus.bump.occurrence import VersionOccurrence
from secstatus.bump.reference import ContextJudgement, Names, ReferenceVerdict
from secstatus.bump.vocabulary import FileType, classify_path, is_test, is_test_data

T = TypeVar("T")

LONGEST_MATCH = 200
# How many bytes of a line a rule sees on either side of an occurrence. Minified files have lines of
# megabytes, and every pattern would run over all of it.
REACH = 300
FAR = 2_000
# How many bytes above an occurrence a rule looks for a heading, a table or a test.
ABOVE = 4_000

# A `v` belongs to the version unless it ends a word (`rev1.2`); after `\n` in a text of code it is
# a word of its own.
_V = re.compile(rb"(?<![0-9A-Za-z])[vV]\Z|(?<=\\[nrt])[vV]\Z")


def ours(pattern: str, reason: str) -> ContextJudgement:
    return ContextJudgement(ReferenceVerdict.OURS, pattern, reason)


def others(pattern: str, reason: str) -> ContextJudgement:
    return ContextJudgement(ReferenceVerdict.OTHERS, pattern, reason)


def needs_review(pattern: str, reason: str) -> ContextJudgement:
    return ContextJudgement(ReferenceVerdict.NEEDS_REVIEW, pattern, reason)


@dataclass(frozen=True)
class MatchContext:
    """An occurrence in a file. `before` and `after`: its line without the version and its `v`."""

    path: str
    content: bytes
    occurrence: VersionOccurrence
    names: Names
    # A file with a thousand occurrences would otherwise be parsed a thousand times.
    memory: dict[str, object] = field(default_factory=dict, compare=False)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """The result of `make`, which is called once for all occurrences of the file."""
        if key not in self.memory:
            self.memory[key] = make()
        return cast(T, self.memory[key])

    @cached_property
    def line_start(self) -> int:
        """The offset of the line's start, but at most `FAR` bytes before the version."""
        far = max(0, self.occurrence.start - FAR)
        return max(far, self.content.rfind(b"\n", far, self.occurrence.start) + 1)

    @cached_property
    def line_end(self) -> int:
        far = min(len(self.content), self.occurrence.end + FAR)
        end = self.content.find(b"\n", self.occurrence.end, far)
        return far if end < 0 else end

    @cached_property
    def _left(self) -> bytes:
        return self.content[
            max(self.line_start, self.occurrence.start - REACH) : self.occurrence.start
        ]

    @cached_property
    def before(self) -> bytes:
        return _V.sub(b"", self._left)

    @cached_property
    def has_v(self) -> bool:
        """Whether a `v` directly precedes the version."""
        return len(self.before) < len(self._left)

    @cached_property
    def after(self) -> bytes:
        end = min(self.line_end, self.occurrence.end + REACH)
        return self.content[self.occurrence.end : end].rstrip(b"\r")

    @cached_property
    def above(self) -> bytes:
        """The lines above, as many as a rule may read."""
        return self.content[max(0, self.line_start - ABOVE) : self.line_start]

    @cached_property
    def previous_line(self) -> bytes:
        return self.above.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]

    @property
    def kind(self) -> FileType:
        return classify_path(self.path)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def in_root(self) -> bool:
        return "/" not in self.path

    @property
    def in_test(self) -> bool:
        return is_test(self.path)

    @property
    def in_test_data(self) -> bool:
        return is_test_data(self.path)

    @property
    # Tests and examples may have a module of the same name in a folder of their own.
    def in_own_module(self) -> bool:
        """Whether the file is one of the project's import packages, or inside one."""
        parts = self.path.rpartition(".")[0].split("/") + self.path.split("/")
        return bool(self.names.modules & set(parts))

    @property
    def quoted(self) -> bool:
        """Whether the version alone, or with its `v`, is one string."""
        quotes = (b'"', b"'")
        return self.before.endswith(quotes) and self.after.startswith(quotes)


def last_match(pattern: re.Pattern[bytes], content: bytes, end: int) -> re.Match[bytes] | None:
    """The last hit of the pattern before `end`."""
    # `re` cannot search backwards; a deque of one keeps no list of all hits.
    hits = deque(pattern.finditer(content, 0, end), maxlen=1)
    return hits[0] if hits else None


def decode_for_display(value: bytes) -> str:
    """Decode bytes for display; invalid UTF-8 becomes a replacement character."""
    return value.decode("utf-8", "replace")

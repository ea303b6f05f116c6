"""What one row of the failure table is: how a failure is recognised, and what helps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Retry(StrEnum):
    """Whether the same upload may succeed, and when."""

    NO = "no"
    YES = "yes"
    ONCE = "once, with a fresh token"
    LATER = "later"


class Area(StrEnum):
    """Who has failed: the proof of who publishes, the upload, or what the index shows after it."""

    IDENTITY = "trusted publishing"
    UPLOAD = "upload"
    VERIFICATION = "verification"


@dataclass(frozen=True, slots=True)
class Failure:
    """One known failure.

    `patterns`: any of them tells it, the first one best. They are regular expressions in lower
    case, written with single blanks and straight quotes; a blank also stands for a line break, a
    quote for its escapes. Every repetition in them is bounded, so that a search takes linear time.
    `also`: all of these must be found too. `form`: the remedy needs the fields of the publisher.
    """

    id: str
    area: Area
    patterns: tuple[str, ...]
    cause: str
    remedy: str
    retry: Retry
    link: str
    also: tuple[str, ...] = ()
    form: bool = False

    def place_in(self, folded: bytes) -> tuple[int, int] | None:
        """Where the text, folded by `logs.read_log`, tells this failure; None where it does not."""
        if not all(compile_pattern(each).search(folded) for each in self.also):
            return None
        found = (compile_pattern(each).search(folded) for each in self.patterns)
        return next((match.span() for match in found if match), None)


_QUOTE = r"(?:'|&#0?39;|&#x27;|&apos;|\\u0027|\\')"


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[bytes]:
    """The pattern as a regular expression on bytes."""
    source = pattern.replace("'", _QUOTE).replace(" ", "[ \\n\\x0b]")
    return re.compile(source.encode("ascii"))

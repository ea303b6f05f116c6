"""What one entry of the failure catalogue is: how a failure is recognised, and what helps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

# The failures that the program asks for by name; the others are known to the catalogue alone.
FILE_EXISTS = "file-exists"
REUSABLE_WORKFLOW = "reusable-workflow"
UNKNOWN = "unknown"


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
    """One known failure; `catalogue.toml` says what its fields mean.

    `patterns` and `also` search a log that `logs.read_log` has folded.
    """

    id: str
    area: Area
    patterns: tuple[re.Pattern[bytes], ...]
    cause: str
    remedy: str
    retry: Retry
    link: str
    also: tuple[re.Pattern[bytes], ...] = ()
    form: bool = False
    explained_by_reuse: bool = False

    def find_in(self, folded: bytes) -> tuple[int, int] | None:
        """Where the folded log shows this failure; None if it does not."""
        # `also` tells apart failures whose main line is the same.
        if not all(each.search(folded) for each in self.also):
            return None
        found = (each.search(folded) for each in self.patterns)
        return next((match.span() for match in found if match), None)

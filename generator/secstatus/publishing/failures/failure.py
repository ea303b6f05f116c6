"""An entry of the failure catalogue: how a failure is recognised, and its remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

# The failures that the program looks up by id; others occur in the catalogue only.
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
    """The part that failed: the proof of identity, the upload, or the verification after it."""

    IDENTITY = "trusted publishing"
    UPLOAD = "upload"
    VERIFICATION = "verification"


@dataclass(frozen=True, slots=True)
class Failure:
    """One known failure; `catalogue.toml` describes its fields.

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
        """Start and end of this failure in the folded log; None if it is not there."""
        # `also` tells apart failures whose main line is the same.
        if not all(each.search(folded) for each in self.also):
            return None
        found = (each.search(folded) for each in self.patterns)
        return next((match.span() for match in found if match), None)

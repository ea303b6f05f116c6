"""Read the status in `index.json` and `api/v1/status.json` of a published site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from secstatus.errors import InputError
from secstatus.jsonio.values import read_timestamp
from secstatus.published.document_node import GOOD_GRADES, parse_document
from secstatus.published.documents import INDEX, STATUS

PAGE = ""
# Written by the template of the front page; parsing HTML for one value would be slower.
_PAGE_AS_OF = re.compile(rb'True as of <time datetime="([0-9TZ:-]{20})">')
# Ten years, the most that the configuration accepts.
_LONGEST_CADENCE = 3660


@dataclass(frozen=True, slots=True)
class PublishedStatus:
    """The status that a document reports. `status_revision`: that of the status file."""

    as_of: datetime
    grade: str
    status_revision: int | None
    scan_date: datetime
    valid_until: datetime | None
    cadence_days: float


def parse_published_status(body: bytes, path: str) -> PublishedStatus:
    """Parse an untrusted status document. Raises InputError, with the place, for any other form.

    A good grade without an end of its validity is refused: it would never expire.
    """
    node = parse_document(body, path)
    valid_until, grade = node["valid_until"], node["security_grade"].grade()
    found = PublishedStatus(
        as_of=node["as_of"].timestamp(),
        grade=grade,
        status_revision=node["revision"].integer_or_none(),
        scan_date=node["scan_date"].timestamp(),
        valid_until=None if valid_until.value is None else valid_until.timestamp(),
        cadence_days=node["policy"]["cadence_days"].number(_LONGEST_CADENCE),
    )
    if found.valid_until is None and grade in GOOD_GRADES:
        raise valid_until.refused(f"a timestamp, since the grade is {grade}")
    return found


def find_own_timestamp(body: bytes, path: str) -> datetime | None:
    """The `as_of` that a response itself states; None where it states none or several."""
    if path in (INDEX, STATUS):
        try:
            return parse_published_status(body, path).as_of
        except InputError:
            return None
    # Two timestamps on one page are ambiguous, so neither counts.
    found = _PAGE_AS_OF.findall(body) if path == PAGE else []
    return read_timestamp(found[0].decode("ascii")) if len(found) == 1 else None

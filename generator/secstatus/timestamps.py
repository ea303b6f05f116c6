"""Points in time as text, for programs (RFC 3339) and for readers. Everything is UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

# Outside these years a day could not be added or a zone changed without an overflow, and no scan,
# advisory or release is of such a time. Year 1 and year 9999 stand for "not known" and "never".
EARLIEST_YEAR, LATEST_YEAR = 1990, 9000
_EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def truncate_timestamp(moment: datetime) -> datetime:
    """The time in UTC, whole seconds; one without a zone is taken as UTC."""
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).replace(microsecond=0)


def format_timestamp(moment: datetime) -> str:
    """`2025-10-27T02:58:37Z`: RFC 3339 in UTC, whole seconds."""
    # Not strftime: glibc writes `%Y` of the year 900 with three digits.
    return truncate_timestamp(moment).isoformat().replace("+00:00", "Z")


def parse_timestamp(text: str, *, exact: bool = False) -> datetime:
    """The time that an ISO 8601 text states, in UTC; one without a zone is taken as UTC.

    `exact`: only the form that `format_timestamp` writes. Raises ValueError for anything else, and
    for years before EARLIEST_YEAR or after LATEST_YEAR.
    """
    if exact and not _EXACT.fullmatch(text):
        raise ValueError("not the form YYYY-MM-DDTHH:MM:SSZ")
    stated = datetime.fromisoformat(text)
    stated = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
    # The first check keeps astimezone from an overflow; another zone's 1990 may be 1989 in UTC.
    found = stated.astimezone(UTC) if _is_possible(stated) else stated
    if not _is_possible(found):
        raise ValueError("a year that no timestamp has")
    return found


def _is_possible(moment: datetime) -> bool:
    return EARLIEST_YEAR <= moment.year <= LATEST_YEAR


def parse_day(text: str) -> date:
    """The day that `YYYY-MM-DD` names. Raises ValueError for anything else."""
    day = date.fromisoformat(text)
    # fromisoformat takes 20250121 and 2025-W04-2 too.
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise ValueError("not the form YYYY-MM-DD")
    return day


def format_day(day: date) -> str:
    """`27 Oct 2025`: unambiguous in every country."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_day_and_time(moment: datetime) -> str:
    """`27 Oct 2025, 02:58 UTC`."""
    moment = moment.astimezone(UTC)
    return f"{format_day(moment)}, {moment:%H:%M} UTC"

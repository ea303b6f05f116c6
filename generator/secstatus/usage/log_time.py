"""Times in access logs, as seconds since 1970."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from secstatus.jsonio.values import read_timestamp

# Nobody has logged a request to a site of ours before; later than that is no clock, but a number.
FIRST_YEAR, LAST_YEAR = 1990, 2100
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_COMMON = re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}", re.ASCII)
# The second 60 is a leap second; `datetime` refuses it.
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):([0-5]\d|60)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FROM = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
_TO = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
_MOST_KNOWN = 4096
DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


class LogTime:
    """Parses times. Whole minutes are cached, because consecutive lines share them."""

    def __init__(self) -> None:
        self._minutes: dict[bytes, int | None] = {}
        self._iso_minutes: dict[str, int | None] = {}

    def common(self, stamp: bytes) -> int | None:
        """Parse `24/Nov/2026:09:00:00 +0100`; None for an invalid timestamp."""
        # Everything but the seconds.
        key = stamp[:17] + stamp[20:]
        try:
            minute = self._minutes[key]
        except KeyError:
            minute = self._remember(key)
        second = int(stamp[18:20])
        # 60 is a leap second, which Unix counts as the next one.
        return None if minute is None or second > 60 else minute + second

    def any(self, value: Any) -> int | None:
        """Parse a number of seconds, ISO 8601, or the timestamp of the common format."""
        if isinstance(value, str):
            if _COMMON.fullmatch(value):
                return self.common(value.encode())
            return self._iso(value) if "-" in value[:8] else _number(value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return _possible(value) if is_number else None

    def _iso(self, value: str) -> int | None:
        found = _ISO.fullmatch(value)
        if found is None:
            return _at(value)
        minute, second, zone = found.groups()
        key = minute + zone
        if key not in self._iso_minutes:
            # Emptied as a whole: a log moves on in time, old minutes do not come back.
            if len(self._iso_minutes) >= _MOST_KNOWN:
                self._iso_minutes.clear()
            self._iso_minutes[key] = _at(key)
        start = self._iso_minutes[key]
        return None if start is None else start + int(second)

    def _remember(self, key: bytes) -> int | None:
        if len(self._minutes) >= _MOST_KNOWN:
            self._minutes.clear()
        found = self._minutes[key] = _minute(key)
        return found


def parse_log_day(number: int) -> date:
    """The UTC day that begins so many times `DAY` after 1970."""
    return date.fromordinal(number + _EPOCH)


def moment_at(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _minute(key: bytes) -> int | None:
    """Parse the timestamp `24/Nov/2026:09:00 +0100`."""
    month = key[3:6]
    hours, minutes = int(key[19:21]), int(key[21:23])
    # +14:00 is the largest offset in use (Line Islands).
    if month not in _MONTHS or hours > 14 or minutes > 59:
        return None
    try:
        day, year = int(key[:2]), int(key[7:11])
        local = datetime(
            year, _MONTHS.index(month) + 1, day, int(key[12:14]), int(key[15:17]), tzinfo=UTC
        )
    except ValueError:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return _possible((local + offset if key[18:19] == b"-" else local - offset).timestamp())


def _at(text: str) -> int | None:
    moment = read_timestamp(text)
    return None if moment is None else _possible(moment.timestamp())


def _number(text: str) -> int | None:
    try:
        return _possible(float(text[:40]))
    except ValueError:
        return None


def _possible(seconds: float) -> int | None:
    # A number that is no number, or too large for one, is not between the two.
    return math.floor(seconds) if _FROM <= seconds < _TO else None

"""The time of a run, which is read once."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from secstatus.errors import UsageError, shown
from secstatus.timestamps import EARLIEST_YEAR, parse_timestamp, truncate_timestamp


def resolve_now(stated: str | None, name: str = "--now") -> datetime:
    """`--now`, else `SOURCE_DATE_EPOCH`, else the clock; in UTC, whole seconds.

    `name` is the option that `stated` comes from.

    https://reproducible-builds.org/specs/source-date-epoch/
    """
    if stated is not None:
        return _iso(stated, name)
    # An option is stated for this run; the variable is set for a whole build environment.
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return _epoch(epoch)
    # Published timestamps have whole seconds; comparisons must not differ by a fraction.
    return datetime.now(UTC).replace(microsecond=0)


def _iso(text: str, name: str) -> datetime:
    try:
        return truncate_timestamp(parse_timestamp(text))
    except ValueError:
        expected = f"ISO 8601 from {EARLIEST_YEAR} on, such as 2025-10-28T12:00:00Z"
        raise UsageError(f"{name}: found {shown(text)}, expected {expected}") from None


def _epoch(text: str) -> datetime:
    try:
        return parse_timestamp(datetime.fromtimestamp(int(text), UTC).isoformat())
    # datetime.fromtimestamp raises the last two for numbers beyond the range of the platform.
    except (ValueError, OverflowError, OSError):
        expected = f"whole seconds since 1970, of {EARLIEST_YEAR} or later"
        raise UsageError(f"SOURCE_DATE_EPOCH: found {shown(text)}, expected {expected}") from None

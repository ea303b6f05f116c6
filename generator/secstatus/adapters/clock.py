"""The one moment of a run."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from secstatus.errors import UsageError, shown


def resolve_now(stated: str | None, name: str = "--now") -> datetime:
    """`--now`, else `SOURCE_DATE_EPOCH`, else the clock; in UTC, whole seconds.

    `name` is the option that `stated` comes from.

    https://reproducible-builds.org/specs/source-date-epoch/
    """
    if stated is not None:
        return _iso(stated, name)
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return _epoch(epoch)
    return datetime.now(UTC).replace(microsecond=0)


def _iso(text: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        expected = "ISO 8601, such as 2025-10-28T12:00:00Z"
        raise UsageError(f"{name}: found {shown(text)}, expected {expected}") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return _possible(found, name, text)


def _epoch(text: str) -> datetime:
    try:
        found = datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"SOURCE_DATE_EPOCH: found {shown(text)}, expected whole seconds since 1970"
        ) from None
    return _possible(found, "SOURCE_DATE_EPOCH", text)


def _possible(found: datetime, name: str, text: str) -> datetime:
    if not 1990 <= found.year <= 9000:
        raise UsageError(f"{name}: found {shown(text)}, expected a moment of our times")
    return found.astimezone(UTC).replace(microsecond=0)

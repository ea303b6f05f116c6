"""Did the answer come from a cache, and how old is it: what its headers say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_AGE = re.compile(r"[0-9]{1,10}")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r"[a-z]+")
# A list has one member for each cache on the way; the last one is next to the visitor.
_OF_WORDS = ("x-cache", "cf-cache-status", "x-proxy-cache")
_FROM_CACHE = frozenset({"hit", "stale", "updating", "revalidated"})
_FROM_ORIGIN = frozenset({"miss", "expired", "bypass", "dynamic", "pass"})


def age_of(headers: Mapping[str, str]) -> int | None:
    """Seconds that the answer has spent in caches; None where it does not say."""
    text = headers.get("age", "").partition(",")[0].strip()
    return int(text) if _AGE.fullmatch(text) else None


def read_last_modified(headers: Mapping[str, str]) -> datetime | None:
    """`Last-Modified` in UTC; None where it says none."""
    try:
        found = parsedate_to_datetime(headers.get("last-modified", "")[:40])
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def cache_hit(headers: Mapping[str, str]) -> bool | None:
    """Whether a cache answered; None where nothing tells."""
    for name in _OF_WORDS:
        if (told := _told(headers.get(name, ""))) is not None:
            return told
    if (told := _cache_status(headers.get("cache-status", ""))) is not None:
        return told
    return True if age_of(headers) else None


def _told(value: str) -> bool | None:
    words = set(_WORD.findall(value.rpartition(",")[2].lower()))
    if words & _FROM_CACHE:
        return True
    return False if words & _FROM_ORIGIN else None


def _cache_status(value: str) -> bool | None:
    """https://www.rfc-editor.org/rfc/rfc9211: `hit`, or why it was forwarded (`fwd`)."""
    last = _QUOTED.sub("", value).rpartition(",")[2]
    told = {each.partition("=")[0].strip().lower() for each in last.split(";")[1:]}
    if "hit" in told:
        return True
    return False if "fwd" in told else None

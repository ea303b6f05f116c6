"""An event of the journal, and safe access to its details."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from secstatus.jsonio.values import read_timestamp
from secstatus.monitoring.journal.values import MOST, truncate_line
from secstatus.text.redaction import mask_line


class EventKind(StrEnum):
    """The kinds of lines that this version writes. Readers keep the lines of other kinds."""

    # The values stand in journals of years; a renamed value would make its lines unknown.
    INGEST = "ingest"
    DECIDE = "decide"
    BUILD = "build"
    DEPLOY = "deploy"
    SERVED = "served"
    PUBLISH = "publish"
    VERIFY = "verify"
    PROBE = "probe"
    ALERT = "alert"
    NOTICE = "notice"
    WORKFLOWS = "workflows"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the journal that is neither a probe run nor a period.

    `at`: in UTC and whole seconds. `kind`: a value of `EventKind`, or one of a newer version.
    `details`: all other keys of the line, as parsed. They are untrusted.
    """

    at: datetime
    kind: str
    outcome: str
    details: Mapping[str, Any] = field(default_factory=dict)


# In characters. The text of an alert has up to ten such parts.
LONGEST_NAME, LONGEST_REASON = 80, 200


def get_detail(event: Event, key: str, longest: int = LONGEST_NAME) -> str:
    """The detail as one safe line; empty if it is no string."""
    value = event.details.get(key)
    return make_safe_line(value, longest) if isinstance(value, str) else ""


def make_safe_line(value: str, longest: int = LONGEST_NAME) -> str:
    """One line of at most `longest` characters, with the secrets in URLs masked."""
    # Masked first: a URL that is cut in the middle of its password is no longer recognised.
    return truncate_line(mask_line(value), longest).strip()


def get_detail_names(event: Event, key: str) -> tuple[str, ...]:
    """The strings of a list, each as one safe line; empty if the detail is no list."""
    value = event.details.get(key)
    if not isinstance(value, list | tuple):
        return ()
    return tuple(make_safe_line(each) for each in value if isinstance(each, str))


def has_detail_list(event: Event, key: str) -> bool:
    return isinstance(event.details.get(key), list | tuple)


def get_detail_number(event: Event, key: str, otherwise: int) -> int:
    """The detail as an integer from 0 on; `otherwise` if it is no such number."""
    value = event.details.get(key)
    # `type`, not `isinstance`: True is an int.
    return value if type(value) is int and 0 <= value <= MOST else otherwise


def get_detail_time(event: Event, key: str) -> datetime | None:
    return read_timestamp(event.details.get(key))


def sort_newest_first(
    events: Iterable[Event], kind: str, bad: Collection[str]
) -> tuple[Event, ...]:
    """The events of a kind, newest first, whatever the order of the lines in the file.

    In the same second, an event with an outcome in `bad` counts as the newer one.
    """
    found = [each for each in events if each.kind == kind]
    return tuple(sorted(found, key=lambda each: make_sort_key(each, bad), reverse=True))


def make_sort_key(event: Event, bad: Collection[str]) -> tuple[datetime, bool, str, str]:
    """The key that sorts events by time."""
    # Complete, down to the details: git merges the lines of two branches in any order, and the same
    # journal must give the same alerts on every machine (docs/decisions/0016).
    details = repr(sorted((key, repr(value)) for key, value in event.details.items()))
    return event.at, event.outcome in bad, event.outcome, details

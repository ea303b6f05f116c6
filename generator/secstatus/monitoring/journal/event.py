"""An event, and the details that it states."""

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
    """The kinds that this version writes. A reader meets others too, and keeps them."""

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
    """A line of the journal that is neither a round of probes nor a summary.

    `at` in UTC, whole seconds. `kind` is one of `Kind` or a word of a newer version. `details`:
    every other key of the line, as parsed; what they hold may come from outside.
    """

    at: datetime
    kind: str
    outcome: str
    details: Mapping[str, Any] = field(default_factory=dict)


LONGEST_NAME, LONGEST_REASON = 80, 200


def get_detail(event: Event, key: str, longest: int = LONGEST_NAME) -> str:
    """One safe line; empty where there is no text."""
    value = event.details.get(key)
    return make_safe_line(value, longest) if isinstance(value, str) else ""


def make_safe_line(value: str, longest: int = LONGEST_NAME) -> str:
    """One line without secrets of addresses; what is cut off is cut off after those are gone."""
    return truncate_line(mask_line(value), longest).strip()


def get_detail_names(event: Event, key: str) -> tuple[str, ...]:
    """The texts of a list, each one safe line."""
    value = event.details.get(key)
    if not isinstance(value, list | tuple):
        return ()
    return tuple(make_safe_line(each) for each in value if isinstance(each, str))


def has_detail_list(event: Event, key: str) -> bool:
    return isinstance(event.details.get(key), list | tuple)


def get_detail_number(event: Event, key: str, otherwise: int) -> int:
    """A whole number from 0 on."""
    value = event.details.get(key)
    return value if type(value) is int and 0 <= value <= MOST else otherwise


def get_detail_time(event: Event, key: str) -> datetime | None:
    return read_timestamp(event.details.get(key))


def sort_newest_first(
    events: Iterable[Event], kind: str, bad: Collection[str]
) -> tuple[Event, ...]:
    """The events of a kind; of those of the same second a bad one counts as the newer.

    The order of the lines in the file does not matter: a merge may change it.
    """
    found = [each for each in events if each.kind == kind]
    return tuple(sorted(found, key=lambda each: make_sort_key(each, bad), reverse=True))


def make_sort_key(event: Event, bad: Collection[str]) -> tuple[datetime, bool, str, str]:
    """What puts events in order of time, the same whatever the order of their lines."""
    told = repr(sorted((key, repr(value)) for key, value in event.details.items()))
    return event.at, event.outcome in bad, event.outcome, told

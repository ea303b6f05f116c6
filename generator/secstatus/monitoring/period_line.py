"""A day or a month that is summed up as the fields of a line, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from secstatus.findings.json_values import describe_json
from secstatus.monitoring.event import EventKind
from secstatus.monitoring.histogram import HIGHEST, LOWEST
from secstatus.monitoring.line_values import (
    MOST,
    Fields,
    Unreadable,
    check_value,
    cut,
    mapping,
    moment,
    name_place,
    positive,
    stamp,
    taken,
    tenth,
    text,
    whole,
)
from secstatus.monitoring.probe import ORDER, ProbeState
from secstatus.monitoring.round_line import LONGEST_BASE
from secstatus.monitoring.summary import MonitoringSummary, Period

_INDEX = re.compile(r"-?\d{1,4}", re.ASCII)
# The outcome of a period in which nothing was probed.
NOTHING = "none"


def period_fields(period: Period) -> dict[str, Any]:
    """The fields of a line; what is zero or empty is left out."""
    start = datetime(period.start.year, period.start.month, period.start.day, tzinfo=UTC)
    line = {
        "base": cut(period.base, LONGEST_BASE),
        "events": {kind: _some(outcomes) for kind, outcomes in period.events.items()},
        "gap": tenth(period.longest_gap),
        "paths": {path: _summary_fields(each) for path, each in period.paths.items()},
        "rounds": period.rounds,
    }
    return {key: value for key, value in line.items() if value} | {
        "at": stamp(start),
        "kind": str(EventKind.MONTH if period.is_month else EventKind.DAY),
        "outcome": _outcome(period.paths),
    }


def _summary_fields(summary: MonitoringSummary) -> dict[str, Any]:
    line = {
        **{str(state): number for state, number in summary.states.items()},
        "asked": summary.asked,
        "hits": summary.hits,
        "ms": {str(index): number for index, number in sorted(_some(summary.latency).items())},
    }
    return {key: value for key, value in line.items() if value}


def _some(numbers: Mapping[Any, int]) -> dict[Any, int]:
    return {key: min(number, MOST) for key, number in numbers.items() if number}


def _outcome(paths: Mapping[str, MonitoringSummary]) -> str:
    found = [state for each in paths.values() for state, number in each.states.items() if number]
    return str(max(found, key=ORDER.index)) if found else NOTHING


def period_of(line: Fields) -> Period:
    """The period of a line. Raises Unreadable, also where the line contradicts itself."""
    paths = mapping(line.get("paths", {}), "$.paths")
    events = mapping(line.get("events", {}), "$.events")
    is_month = line.get("kind") == EventKind.MONTH
    found = Period(
        _start(line, is_month),
        is_month,
        taken(line, "base", text, ""),
        taken(line, "rounds", whole, 0),
        {path: _summary(value, name_place("$.paths", path)) for path, value in paths.items()},
        {kind: _numbers(value, name_place("$.events", kind)) for kind, value in events.items()},
        taken(line, "gap", positive, 0.0),
    )
    if line.get("outcome") != (outcome := _outcome(found.paths)):
        raise Unreadable(
            "$.outcome", describe_json(line.get("outcome")), f"{outcome}, as the paths say"
        )
    return found


def _start(line: Fields, is_month: bool) -> date:
    at: datetime = check_value(line.get("at"), "$.at", moment)
    if (at.hour, at.minute, at.second) != (0, 0, 0) or (is_month and at.day != 1):
        expected = "the first day of a month" if is_month else "the beginning of a day"
        raise Unreadable("$.at", describe_json(line.get("at")), f"{expected}, in UTC")
    return at.date()


def _summary(value: Any, place: str) -> MonitoringSummary:
    told = mapping(value, place)
    states = {state: taken(told, state, whole, 0, place) for state in ORDER}
    latency = {}
    for key, number in _numbers(told.get("ms", {}), f"{place}.ms").items():
        latency[_index(key, place)] = number
    asked, hits = taken(told, "asked", whole, 0, place), taken(told, "hits", whole, 0, place)
    if hits > asked:
        raise Unreadable(f"{place}.hits", str(hits), f"at most {asked}, which were asked")
    some: dict[ProbeState, int] = {state: number for state, number in states.items() if number}
    return MonitoringSummary(some, dict(sorted(latency.items())), asked, hits)


def _index(key: str, place: str) -> int:
    if not _INDEX.fullmatch(key) or not LOWEST <= int(key) <= HIGHEST:
        raise Unreadable(f"{place}.ms", describe_json(key), f"buckets from {LOWEST} to {HIGHEST}")
    return int(key)


def _numbers(value: Any, place: str) -> dict[str, int]:
    return {key: check_value(each, place, whole) for key, each in mapping(value, place).items()}

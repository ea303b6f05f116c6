"""Encode probe runs and periods as the fields of a journal line, and decode them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

from secstatus.jsonio.values import describe_json
from secstatus.monitoring.journal.event import EventKind
from secstatus.monitoring.journal.values import (
    LONGEST_TEXT,
    MOST,
    Fields,
    Reader,
    Unreadable,
    Wrong,
    check_flag,
    check_integer,
    check_line,
    check_mapping,
    check_member,
    check_number,
    check_positive,
    check_value,
    name_place,
    parse_line_time,
    read_field,
    round_to_tenth,
    truncate_line,
)
from secstatus.monitoring.probe import ORDER, Fault, Probe, ProbeRun, ProbeState, ServedCopy
from secstatus.monitoring.statistics import HIGHEST, LOWEST, MonitoringSummary, Period
from secstatus.timestamps import format_timestamp

# In characters, so that a line stays far below `LONGEST_LINE`.
LONGEST_BASE, LONGEST_WORD = 2000, 80
STATE = check_member(ProbeState)
Writer = Callable[[Any], Any]


def _word(value: str) -> str:
    return truncate_line(value, LONGEST_WORD)


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _JournalColumn:
    """How an attribute is written under `key` and read again."""

    key: str
    attribute: str
    read: Reader
    write: Writer
    default: Any


def _default_of(record: type[Any], attribute: str) -> Any:
    (default,) = (each.default for each in fields(record) if each.name == attribute)
    return default


def _columns(
    record: type[Any], *rows: tuple[str, str, Reader, Writer]
) -> tuple[_JournalColumn, ...]:
    return tuple(_JournalColumn(*row, _default_of(record, row[1])) for row in rows)


# Short keys, and a value that all probes share once: the file is committed with each probe run.
# Existing journals have these keys; a renamed one would be ignored in them.
_PROBE = _columns(
    Probe,
    ("path", "path", check_line, lambda value: truncate_line(value, LONGEST_TEXT)),
    ("state", "state", STATE, str),
    ("fault", "fault", check_member(Fault), str),
    ("reason", "reason", check_line, truncate_line),
    ("http", "http_status", check_integer, _as_it_is),
    ("first", "first_byte_ms", check_positive, round_to_tenth),
    ("ms", "latency_ms", check_positive, round_to_tenth),
    ("size", "size", check_integer, _as_it_is),
    ("tls", "tls_days", check_number, round_to_tenth),
    ("age", "age", check_integer, _as_it_is),
    ("hit", "cache_hit", check_flag, _as_it_is),
    ("enc", "encoding", check_line, _word),
    ("sha", "digest", check_line, _word),
    ("tries", "attempts", check_integer, _as_it_is),
)
_SERVED = _columns(
    ServedCopy,
    ("as_of", "as_of", parse_line_time, format_timestamp),
    ("changes", "changes_at", parse_line_time, format_timestamp),
    ("revision", "revision", check_line, _word),
    ("valid", "valid_until", parse_line_time, format_timestamp),
    ("scan", "scan_date", parse_line_time, format_timestamp),
    ("cadence", "cadence_days", check_number, round_to_tenth),
    ("grade", "grade", check_line, _word),
    ("deployed", "deployed", check_line, _word),
)


def encode_probe_run(found: ProbeRun) -> dict[str, Any]:
    """The fields of a line; defaults and unknown values are left out."""
    line: dict[str, Any] = {
        "at": format_timestamp(found.at),
        "base": truncate_line(found.base, LONGEST_BASE),
        "kind": str(EventKind.PROBE),
        "outcome": str(found.worst),
        "path": [],
    }
    for column in _PROBE:
        values = [_written(column, probe) for probe in found.probes]
        if any(value is not None for value in values):
            # The number of paths is the number of probes, so that they are always a list.
            alike = column.key != "path" and all(value == values[0] for value in values)
            line[column.key] = values[0] if alike else values
    served = {column.key: _written(column, found.served) for column in _SERVED}
    if served := {key: value for key, value in served.items() if value is not None}:
        line["served"] = served
    return line


def _written(column: _JournalColumn, record: Probe | ServedCopy) -> Any:
    """The value as it is written; None for the default."""
    value = getattr(record, column.attribute)
    if value is None or value == column.default:
        return None
    try:
        written = column.write(value)
        column.read(written)
    except Wrong:
        # Such as a size above 2**53. One odd figure must not make the probe run unreadable.
        return None
    return written


def decode_probe_run(line: Fields) -> ProbeRun:
    """The probe run of a line. Raises Unreadable, also for a line that contradicts itself."""
    paths = line.get("path")
    if not isinstance(paths, list):
        raise Unreadable("$.path", describe_json(paths), "a list of paths")
    columns = {column.attribute: _read(line, column, len(paths)) for column in _PROBE}
    rows = zip(*columns.values(), strict=True)
    probes = tuple(Probe(**dict(zip(columns, row, strict=True))) for row in rows)
    served = check_mapping(line.get("served", {}), "$.served")
    statements = {
        column.attribute: read_field(served, column.key, column.read, column.default, "$.served")
        for column in _SERVED
    }
    at = check_value(line.get("at"), "$.at", parse_line_time)
    found = ProbeRun(
        at, check_value(line.get("base"), "$.base", check_line), probes, ServedCopy(**statements)
    )
    # `outcome` is for readers that know no probes; an edit of one and not the other is an error.
    if line.get("outcome") != found.worst:
        raise Unreadable(
            "$.outcome", describe_json(line.get("outcome")), f"{found.worst}, as the probes say"
        )
    return found


def _read(line: Fields, column: _JournalColumn, number: int) -> list[Any]:
    """The values of a column, one for each path."""
    # A value that is not a list applies to all probes.
    given, place = line.get(column.key), f"$.{column.key}"
    if not isinstance(given, list):
        return [_value(given, column, place)] * number if number else []
    if len(given) != number:
        raise Unreadable(place, f"{len(given)} values", f"{number}, one for each path")
    return [_value(value, column, place) for value in given]


def _value(value: Any, column: _JournalColumn, place: str) -> Any:
    if value is None and column.default is not MISSING:
        return column.default
    return check_value(value, place, column.read)


# ASCII: `int()` also accepts the digits of other scripts, which would be written as other keys.
_INDEX = re.compile(r"-?\d{1,4}", re.ASCII)
# The outcome of a period without probes.
NOTHING = "none"


def encode_period(period: Period) -> dict[str, Any]:
    """The fields of a line; zeros and empty values are left out."""
    start = datetime(period.start.year, period.start.month, period.start.day, tzinfo=UTC)
    line = {
        "base": truncate_line(period.base, LONGEST_BASE),
        "events": {kind: _some(outcomes) for kind, outcomes in period.events.items()},
        "gap": round_to_tenth(period.longest_gap),
        "paths": {path: _summary_fields(each) for path, each in period.paths.items()},
        "rounds": period.probe_runs,
    }
    return {key: value for key, value in line.items() if value} | {
        "at": format_timestamp(start),
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
    # Bounded, so that a sum over years can be read again.
    return {key: min(number, MOST) for key, number in numbers.items() if number}


def _outcome(paths: Mapping[str, MonitoringSummary]) -> str:
    found = [state for each in paths.values() for state, number in each.states.items() if number]
    return str(max(found, key=ORDER.index)) if found else NOTHING


def decode_period(line: Fields) -> Period:
    """The period of a line. Raises Unreadable, also for a line that contradicts itself."""
    paths = check_mapping(line.get("paths", {}), "$.paths")
    events = check_mapping(line.get("events", {}), "$.events")
    is_month = line.get("kind") == EventKind.MONTH
    found = Period(
        _start(line, is_month),
        is_month,
        read_field(line, "base", check_line, ""),
        read_field(line, "rounds", check_integer, 0),
        {path: _summary(value, name_place("$.paths", path)) for path, value in paths.items()},
        {kind: _numbers(value, name_place("$.events", kind)) for kind, value in events.items()},
        read_field(line, "gap", check_positive, 0.0),
    )
    if line.get("outcome") != (outcome := _outcome(found.paths)):
        raise Unreadable(
            "$.outcome", describe_json(line.get("outcome")), f"{outcome}, as the paths say"
        )
    return found


def _start(line: Fields, is_month: bool) -> date:
    at: datetime = check_value(line.get("at"), "$.at", parse_line_time)
    if (at.hour, at.minute, at.second) != (0, 0, 0) or (is_month and at.day != 1):
        expected = "the first day of a month" if is_month else "the beginning of a day"
        raise Unreadable("$.at", describe_json(line.get("at")), f"{expected}, in UTC")
    return at.date()


def _summary(value: Any, place: str) -> MonitoringSummary:
    fields_of = check_mapping(value, place)
    states = {state: read_field(fields_of, state, check_integer, 0, place) for state in ORDER}
    latency = {}
    for key, number in _numbers(fields_of.get("ms", {}), f"{place}.ms").items():
        latency[_index(key, place)] = number
    asked, hits = (
        read_field(fields_of, "asked", check_integer, 0, place),
        read_field(fields_of, "hits", check_integer, 0, place),
    )
    # A hit rate above 100 % would go to the page.
    if hits > asked:
        raise Unreadable(f"{place}.hits", str(hits), f"at most {asked}, the value of asked")
    some: dict[ProbeState, int] = {state: number for state, number in states.items() if number}
    return MonitoringSummary(some, dict(sorted(latency.items())), asked, hits)


def _index(key: str, place: str) -> int:
    if not _INDEX.fullmatch(key) or not LOWEST <= int(key) <= HIGHEST:
        raise Unreadable(f"{place}.ms", describe_json(key), f"buckets from {LOWEST} to {HIGHEST}")
    return int(key)


def _numbers(value: Any, place: str) -> dict[str, int]:
    return {
        key: check_value(each, place, check_integer)
        for key, each in check_mapping(value, place).items()
    }

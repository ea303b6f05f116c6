"""A round of probes as the fields of a line, and back.

The probes stand in columns: a list has a value for each path, one value alone is that of all.
That keeps a line of six probes under 900 bytes, and a person can still read it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any

from secstatus.findings.json_values import describe_json
from secstatus.monitoring.event import EventKind
from secstatus.monitoring.line_values import (
    LONGEST_TEXT,
    Fields,
    Reader,
    Unreadable,
    Wrong,
    check_value,
    cut,
    figure,
    mapping,
    moment,
    positive,
    stamp,
    taken,
    tenth,
    text,
    truth,
    whole,
    word_of,
)
from secstatus.monitoring.probe import Fault, Probe, ProbeState, Round, ServedCopy

LONGEST_BASE, LONGEST_WORD = 2000, 80
STATE = word_of(ProbeState)
Writer = Callable[[Any], Any]


def _word(value: str) -> str:
    return cut(value, LONGEST_WORD)


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _RoundColumn:
    """How the value of an attribute is written under `key` and read again."""

    key: str
    attribute: str
    read: Reader
    write: Writer
    default: Any


def _default_of(record: type[Any], attribute: str) -> Any:
    (default,) = (each.default for each in fields(record) if each.name == attribute)
    return default


def _columns(record: type[Any], *rows: tuple[str, str, Reader, Writer]) -> tuple[_RoundColumn, ...]:
    return tuple(_RoundColumn(*row, _default_of(record, row[1])) for row in rows)


_PROBE = _columns(
    Probe,
    ("path", "path", text, lambda value: cut(value, LONGEST_TEXT)),
    ("state", "state", STATE, str),
    ("fault", "fault", word_of(Fault), str),
    ("reason", "reason", text, cut),
    ("http", "http_status", whole, _as_it_is),
    ("first", "first_byte_ms", positive, tenth),
    ("ms", "latency_ms", positive, tenth),
    ("size", "size", whole, _as_it_is),
    ("tls", "tls_days", figure, tenth),
    ("age", "age", whole, _as_it_is),
    ("hit", "cache_hit", truth, _as_it_is),
    ("enc", "encoding", text, _word),
    ("sha", "digest", text, _word),
    ("tries", "attempts", whole, _as_it_is),
)
_SERVED = _columns(
    ServedCopy,
    ("as_of", "as_of", moment, stamp),
    ("changes", "changes_at", moment, stamp),
    ("revision", "revision", text, _word),
    ("valid", "valid_until", moment, stamp),
    ("scan", "scan_date", moment, stamp),
    ("cadence", "cadence_days", figure, tenth),
    ("grade", "grade", text, _word),
    ("deployed", "deployed", text, _word),
)


def round_fields(found: Round) -> dict[str, Any]:
    """The fields of a line; what is not known is left out."""
    line: dict[str, Any] = {
        "at": stamp(found.at),
        "base": cut(found.base, LONGEST_BASE),
        "kind": str(EventKind.PROBE),
        "outcome": str(found.worst),
        "path": [],
    }
    for column in _PROBE:
        values = [_written(column, probe) for probe in found.probes]
        if any(value is not None for value in values):
            alike = column.key != "path" and all(value == values[0] for value in values)
            line[column.key] = values[0] if alike else values
    served = {column.key: _written(column, found.served) for column in _SERVED}
    if served := {key: value for key, value in served.items() if value is not None}:
        line["served"] = served
    return line


def _written(column: _RoundColumn, record: Probe | ServedCopy) -> Any:
    """The value as it is written; None for the default and for what could not be read again."""
    value = getattr(record, column.attribute)
    if value is None or value == column.default:
        return None
    try:
        written = column.write(value)
        column.read(written)
    except Wrong:
        return None
    return written


def round_of(line: Fields) -> Round:
    """The round of a line. Raises Unreadable, also where the line contradicts itself."""
    paths = line.get("path")
    if not isinstance(paths, list):
        raise Unreadable("$.path", describe_json(paths), "a list of paths")
    columns = {column.attribute: _read(line, column, len(paths)) for column in _PROBE}
    rows = zip(*columns.values(), strict=True)
    probes = tuple(Probe(**dict(zip(columns, row, strict=True))) for row in rows)
    served = mapping(line.get("served", {}), "$.served")
    said = {
        column.attribute: taken(served, column.key, column.read, column.default, "$.served")
        for column in _SERVED
    }
    at = check_value(line.get("at"), "$.at", moment)
    found = Round(at, check_value(line.get("base"), "$.base", text), probes, ServedCopy(**said))
    if line.get("outcome") != found.worst:
        raise Unreadable(
            "$.outcome", describe_json(line.get("outcome")), f"{found.worst}, as the probes say"
        )
    return found


def _read(line: Fields, column: _RoundColumn, number: int) -> list[Any]:
    """The values of a column, one for each path."""
    given, place = line.get(column.key), f"$.{column.key}"
    if not isinstance(given, list):
        return [_value(given, column, place)] * number if number else []
    if len(given) != number:
        raise Unreadable(place, f"{len(given)} values", f"{number}, one for each path")
    return [_value(value, column, place) for value in given]


def _value(value: Any, column: _RoundColumn, place: str) -> Any:
    if value is None and column.default is not MISSING:
        return column.default
    return check_value(value, place, column.read)

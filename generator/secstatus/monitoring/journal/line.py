"""One line of the journal: an event, a round or a period as JSON, and back."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from secstatus.jsonio.strict import parse_json
from secstatus.jsonio.values import describe_json
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.lines import (
    decode_period,
    decode_probe_run,
    encode_period,
    encode_probe_run,
)
from secstatus.monitoring.journal.values import (
    Fields,
    Unreadable,
    check_value,
    check_word,
    parse_line_time,
    truncate_line,
)
from secstatus.monitoring.probe import ProbeRun
from secstatus.monitoring.statistics import Period
from secstatus.timestamps import format_timestamp

LONGEST_LINE = 65_536
KNOWN = frozenset(EventKind)
OWN_KEYS = ("at", "kind", "outcome")
_HALF_A_PAIR = re.compile(r"\\ud[89a-f]")
Entry = Event | ProbeRun | Period


def encode_line(entry: Entry) -> bytes:
    """The line, with its line end: sorted keys, ASCII, nothing that is the default.

    Reading it gives the same back, times of answers and days with one decimal. A `reason` has at
    most 300 characters; of an event that would be too long to be read the longest details go.
    """
    if isinstance(entry, ProbeRun):
        return _dumped(encode_probe_run(entry))
    if isinstance(entry, Period):
        return _dumped(encode_period(entry))
    line = {
        **entry.details,
        "at": format_timestamp(entry.at),
        "kind": entry.kind,
        "outcome": entry.outcome,
    }
    return encode_event(line)


def encode_event(fields: Fields) -> bytes:
    """The line of an event that has these fields, `at` as text; bounded as `encoded` says."""
    line = dict(fields)
    if line.get("kind") in KNOWN and isinstance(line.get("reason"), str):
        line["reason"] = truncate_line(line["reason"])
    data = _dumped(line)
    while len(data) > LONGEST_LINE and line.keys() - {*OWN_KEYS}:
        del line[max(line.keys() - {*OWN_KEYS}, key=lambda key: (len(_dumped(line[key])), key))]
        data = _dumped(line)
    return data


def decode_line(line: bytes, name: str) -> Entry:
    """What a line says; `name` is what messages call it. Raises Unreadable or InputError."""
    if len(line) > LONGEST_LINE:
        raise Unreadable("its end", f"{len(line)} bytes", f"at most {LONGEST_LINE}")
    value = parse_json(line, name, "a line of the journal")
    if not isinstance(value, dict):
        raise Unreadable("$", describe_json(value), "an object")
    kind = value.get("kind")
    if kind == EventKind.PROBE:
        return decode_probe_run(value)
    if kind in (EventKind.DAY, EventKind.MONTH):
        return decode_period(value)
    return _event(value)


def _event(line: Fields) -> Event:
    kind, outcome = (
        check_value(line.get(key), f"$.{key}", check_word) for key in ("kind", "outcome")
    )
    details = {key: value for key, value in line.items() if key not in OWN_KEYS}
    found = Event(check_value(line.get("at"), "$.at", parse_line_time), kind, outcome, details)
    if len(_dumped(line)) > LONGEST_LINE:
        # It could be read once, and not again after it was written.
        raise Unreadable("its end", "more when it is ASCII", f"at most {LONGEST_LINE} bytes")
    return found


def _dumped(value: Any) -> bytes:
    try:
        text = _json(value)
        is_odd = _HALF_A_PAIR.search(text) is not None
    except ValueError:  # a number that JSON has no word for
        is_odd = True
    if is_odd:
        text = _json(_readable(value))
    return text.encode("ascii") + b"\n"


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)


def _readable(value: Any) -> Any:
    """The value without what would make its line unreadable: odd numbers, halves of characters.

    A name of a file that is not UTF-8 has such halves; a failure that tells it must count.
    """
    if isinstance(value, dict):
        return {_readable(str(key)): _readable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int):
        return value
    return str(value).encode("utf-8", "replace").decode("utf-8")

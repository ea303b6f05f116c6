"""Encode an entry of the journal as one line of JSON, and decode it."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from secstatus.jsonio.strict import parse_json
from secstatus.jsonio.values import describe_json
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.records import (
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

# In bytes. A line that something else has written must not fill the memory.
LONGEST_LINE = 65_536
KNOWN = frozenset(EventKind)
OWN_KEYS = ("at", "kind", "outcome")
# A surrogate, alone or in a pair. A strict reader refuses a lone one (RFC 8259, 8.2).
_SURROGATE = re.compile(r"\\ud[89a-f]")
Entry = Event | ProbeRun | Period


def encode_line(entry: Entry) -> bytes:
    """The line with its line end: sorted keys, ASCII, without default values.

    Decoding it returns an equal entry, with these bounds: figures have one decimal, a `reason` has
    at most 300 characters, and an event that is too long loses its longest details.
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
    """The line of an event with these fields, `at` as a string; bounded like `encode_line`."""
    line = dict(fields)
    if line.get("kind") in KNOWN and isinstance(line.get("reason"), str):
        line["reason"] = truncate_line(line["reason"])
    data = _dumped(line)
    # An event without its details still counts; an event that cannot be read does not.
    while len(data) > LONGEST_LINE and line.keys() - {*OWN_KEYS}:
        del line[max(line.keys() - {*OWN_KEYS}, key=lambda key: (len(_dumped(line[key])), key))]
        data = _dumped(line)
    return data


def decode_line(line: bytes, name: str) -> Entry:
    """The entry of a line; messages call it `name`. Raises Unreadable or InputError."""
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
        # It can be read now, but not after it was written again as ASCII.
        raise Unreadable("its end", "more when it is ASCII", f"at most {LONGEST_LINE} bytes")
    return found


def _dumped(value: Any) -> bytes:
    try:
        text = _json(value)
        is_odd = _SURROGATE.search(text) is not None
    except ValueError:  # NaN and infinity are no JSON (RFC 8259, 6)
        is_odd = True
    if is_odd:
        text = _json(_readable(value))
    return text.encode("ascii") + b"\n"


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)


def _readable(value: Any) -> Any:
    """The value without NaN, infinities and lone surrogates, which make a line unreadable."""
    # Python decodes a file name that is not UTF-8 with surrogates (PEP 383). The event of a failure
    # that names the file must be readable.
    if isinstance(value, dict):
        return {_readable(str(key)): _readable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int):
        return value
    return str(value).encode("utf-8", "replace").decode("utf-8")

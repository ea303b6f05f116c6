"""`releases.json` from text and back: strict, canonical, unknown fields kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from secstatus.errors import InputError, shown
from secstatus.findings.severity import Severity
from secstatus.findings.texts import replace_surrogates
from secstatus.jsonio.records import (
    COUNT,
    DAY,
    IDENTIFIER,
    MOMENT,
    TEXT,
    Codec,
    NotThisRecord,
    RecordCodec,
    describe_field,
    maybe,
    tuple_of,
    word_of,
)
from secstatus.jsonio.strict import strict_json
from secstatus.release.decision import Trigger
from secstatus.release.log import (
    SCHEMA_VERSION,
    DecisionRecord,
    ReleaseLog,
    ReleaseState,
    ReleaseStep,
)
from secstatus.release.snapshot import Snapshot, SnapshotFinding, SnapshotState
from secstatus.status.grade import Letter

SUPPORTED_MAJOR = SCHEMA_VERSION.partition(".")[0]
_VERSION = re.compile(r"(\d{1,6})\.\d{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _KeptDecision:
    """An item of a baseline as the file has it."""

    finding_id: str
    severity: Severity
    state: SnapshotState
    opened: date
    package: str = ""
    aliases: tuple[str, ...] = ()
    episode: int = 0
    closed: date | None = None
    fixable: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _BaselineFile:
    at: datetime
    scanned_at: datetime
    grade: Letter
    proved: bool
    items: tuple[_KeptDecision, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def _truth(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise NotThisRecord(place, describe_field(value), "true or false")
    return value


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotThisRecord(place, describe_field(value), "an object")
    return value


_BOOL = Codec(_truth, lambda value: value)
_OBJECT = Codec(_object, dict)
_KEPT = RecordCodec(
    _KeptDecision,
    {
        "finding_id": IDENTIFIER,
        "severity": word_of(Severity),
        "state": word_of(SnapshotState),
        "opened": DAY,
        "package": TEXT,
        "aliases": tuple_of(IDENTIFIER),
        "episode": COUNT,
        "closed": maybe(DAY),
        "fixable": _BOOL,
    },
)
_BASELINE = RecordCodec(
    _BaselineFile,
    {
        "at": MOMENT,
        "scanned_at": MOMENT,
        "grade": word_of(Letter),
        "proved": _BOOL,
        "items": tuple_of(_KEPT.codec),
    },
)
_STEP = RecordCodec(
    ReleaseStep,
    {
        "state": word_of(ReleaseState),
        "at": MOMENT,
        "version": TEXT,
        "commit": TEXT,
        "tag": TEXT,
        "note": TEXT,
    },
)
_DECIDED = RecordCodec(
    DecisionRecord,
    {
        "decision_id": IDENTIFIER,
        "decided_at": MOMENT,
        "scan_date": MOMENT,
        "trigger_type": word_of(Trigger),
        "justification": TEXT,
        "steps": tuple_of(_STEP.codec),
        "grade": TEXT,
        "bump": TEXT,
        "release_notes": TEXT,
        "changes": tuple_of(_OBJECT),
        "more": COUNT,
        "event_keys": tuple_of(IDENTIFIER),
        "alerts": tuple_of(TEXT),
    },
)


def _read_standing(value: Any, place: str) -> Snapshot:
    read = _BASELINE.read(value, place)
    items = tuple(
        SnapshotFinding(
            **{name: getattr(item, name) for name in _KeptDecision.__slots__ if name != "extra"}
        )
        for item in read.items
    )
    return Snapshot(read.at, read.scanned_at, read.grade, read.proved, items)


def _written_standing(standing: Snapshot) -> dict[str, Any]:
    names = [name for name in _KeptDecision.__slots__ if name != "extra"]
    items = tuple(
        _KeptDecision(**{name: getattr(item, name) for name in names}) for item in standing.items
    )
    kept = _BaselineFile(standing.at, standing.scanned_at, standing.grade, standing.proved, items)
    return _BASELINE.write(kept)


_RELEASES = RecordCodec(
    ReleaseLog,
    {
        "schema_version": TEXT,
        "baseline": maybe(Codec(_read_standing, _written_standing)),
        "planned": maybe(Codec(_read_standing, _written_standing)),
        "decisions": tuple_of(_DECIDED.codec),
    },
)


def read_releases(text: str, path: str) -> ReleaseLog:
    """The book in `text`; `path` names it in errors.

    Raises InputError with the JSON path, what was found and what was expected. A file that a newer
    major version wrote is refused; what a newer minor version added is kept.
    """
    value = strict_json(text, path, "a book of releases")
    try:
        _check_version(_object(value, "$"))
        releases = _RELEASES.read(value, "$")
        for number, item in enumerate(releases.decisions):
            if not item.steps:
                raise NotThisRecord(f"$.decisions[{number}].steps", "an empty list", "a state")
    except NotThisRecord as error:
        hint = "Nothing else than secstatus should write this file; restore it from git."
        raise InputError(path, error.place, error.found, error.expected, hint=hint) from None
    return releases


def write_releases(releases: ReleaseLog) -> str:
    """The book as JSON text: sorted keys, one decision or finding on a line, UTC with `Z`."""
    data = _RELEASES.write(releases)
    data["schema_version"] = releases.schema_version
    parts = {name: _COMPACT(value) for name, value in data.items()}
    parts["decisions"] = _lines([_spread(each) for each in data.get("decisions", [])])
    for name in ("baseline", "planned"):
        if standing := data.get(name):
            inner = {key: _COMPACT(value) for key, value in standing.items()}
            inner["items"] = _lines([_COMPACT(each) for each in standing.get("items", [])])
            parts[name] = _object_of(inner)
    return replace_surrogates(_object_of(parts, "\n") + "\n")


_COMPACT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False).encode


def _spread(decided: Mapping[str, Any]) -> str:
    inner = {name: _COMPACT(value) for name, value in decided.items()}
    inner["changes"] = _lines([_COMPACT(each) for each in decided.get("changes", [])])
    return _object_of(inner)


def _object_of(parts: Mapping[str, str], edge: str = "") -> str:
    body = ",\n".join(f"{_COMPACT(name)}: {parts[name]}" for name in sorted(parts))
    return f"{{{edge}{body}{edge}}}"


def _lines(values: Sequence[str]) -> str:
    return "[\n" + ",\n".join(values) + "\n]" if values else "[]"


def _check_version(value: Mapping[str, Any]) -> None:
    version = value.get("schema_version")
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None or match[1] != SUPPORTED_MAJOR:
        found = "nothing" if version is None else shown(version)
        expected = f"{SUPPORTED_MAJOR}.x; if a newer secstatus wrote this file, use that one"
        raise NotThisRecord("$.schema_version", found, expected)

"""`ledger.json` from text and back.

Reading is strict: a contradiction is an error, because either half of it could be the lie. Writing
is canonical: equal ledgers give equal bytes, and one field stands on a line, so that a scan that
changes little makes a small diff.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from secstatus.errors import InputError, shown
from secstatus.findings.ledger import (
    SCHEMA_VERSION,
    CompleteScan,
    Episode,
    FindingState,
    HistoryPoint,
    LatestScan,
    Ledger,
    LedgerFinding,
)
from secstatus.findings.observation import ScanKind, SeverityClaim, Skipped, Verdict
from secstatus.findings.texts import replace_surrogates
from secstatus.jsonio.records import (
    COUNT,
    DAY,
    IDENTIFIER,
    MOMENT,
    TEXT,
    NotThisRecord,
    RecordCodec,
    mapping_of,
    maybe,
    texts_as,
    tuple_of,
    word_of,
)
from secstatus.jsonio.strict import strict_json

SUPPORTED_MAJOR = SCHEMA_VERSION.partition(".")[0]
OUTCOMES = (FindingState.RESOLVED.value, FindingState.WITHDRAWN.value)
_VERSION = re.compile(r"(\d{1,6})\.\d{1,6}", re.ASCII)

_EPISODE = RecordCodec(
    Episode,
    {"opened": DAY, "closed": maybe(DAY), "outcome": TEXT, "evidence": TEXT},
)
_FINDING = RecordCodec(
    LedgerFinding,
    {
        "finding_id": IDENTIFIER,
        "kind": word_of(ScanKind),
        "state": word_of(FindingState),
        "discovered": DAY,
        "last_seen": MOMENT,
        "episodes": tuple_of(_EPISODE.codec),
        "scanners": tuple_of(TEXT),
        "aliases": tuple_of(IDENTIFIER),
        "package": TEXT,
        "version": TEXT,
        "versions": tuple_of(TEXT),
        "rule": TEXT,
        "location": TEXT,
        "fingerprint": TEXT,
        "severities": tuple_of(texts_as(SeverityClaim, ("kind", "source", "value"))),
        "title": TEXT,
        "description": TEXT,
        "fix_versions": tuple_of(TEXT),
        "references": tuple_of(TEXT),
        "published": maybe(DAY),
        "suppressed": TEXT,
        "scope": TEXT,
        "reason": TEXT,
    },
)
_COMPLETE = RecordCodec(
    CompleteScan,
    {
        "scanned_at": MOMENT,
        "reports": COUNT,
        "audited": maybe(COUNT),
        "inventory_size": maybe(COUNT),
        "scope_size": maybe(COUNT),
        "target": tuple_of(TEXT),
        "grade": TEXT,
    },
)
_SCAN = RecordCodec(
    LatestScan,
    {
        "scanner": TEXT,
        "kind": word_of(ScanKind),
        "verdict": word_of(Verdict),
        "scanned_at": MOMENT,
        "digests": tuple_of(TEXT),
        "observed": COUNT,
        "audited": maybe(COUNT),
        "unit": TEXT,
        "skipped": tuple_of(texts_as(Skipped, ("name", "reason"))),
        "problems": tuple_of(TEXT),
        "tool_version": TEXT,
        "inventory_size": maybe(COUNT),
        "scope_size": maybe(COUNT),
        "files": tuple_of(TEXT),
        "dated_by": TEXT,
        "ecosystems": tuple_of(TEXT),
        "last_complete": maybe(_COMPLETE.codec),
    },
)
_POINT = RecordCodec(
    HistoryPoint,
    {"at": MOMENT, "counts": mapping_of(COUNT), "grade": TEXT, "verdicts": mapping_of(TEXT)},
)
_LEDGER = RecordCodec(
    Ledger,
    {
        "schema_version": TEXT,
        "revision": COUNT,
        "findings": tuple_of(_FINDING.codec),
        "scans": tuple_of(_SCAN.codec),
        "points": tuple_of(_POINT.codec),
    },
)
_NEEDED = ("schema_version", "revision", "findings", "scans")


def read_ledger(text: str, path: str) -> Ledger:
    """The ledger in `text`; `path` names it in errors.

    Raises InputError with the JSON path, what was found and what was expected. A file that a newer
    major version wrote is refused; what a newer minor version added is kept.
    """
    value = strict_json(text, path, "a ledger")
    try:
        _check_version(value)
        ledger = _LEDGER.read(value, "$")
        _check_each_once(ledger)
        for number, finding in enumerate(ledger.findings):
            _check_story(finding, f"$.findings[{number}]")
    except NotThisRecord as error:
        hint = "Nothing else than secstatus should write this file; restore it from git."
        raise InputError(path, error.place, error.found, error.expected, hint=hint) from None
    return ledger


def write_ledger(ledger: Ledger) -> str:
    """The ledger as JSON text: keys, findings and scans sorted, times in UTC with `Z`."""
    data = dict(ledger.extra) | {"schema_version": ledger.schema_version}
    data["revision"] = ledger.revision
    ordered = sorted(ledger.findings, key=lambda each: (each.key, each.finding_id))
    lists = {
        "findings": [_fields(_FINDING.write(each)) for each in ordered],
        "scans": [
            _fields(_SCAN.write(each)) for each in sorted(ledger.scans, key=lambda scan: scan.key)
        ],
        "points": [
            _COMPACT(_POINT.write(each)) for each in sorted(ledger.points, key=lambda p: p.at)
        ],
    }
    parts = {name: _COMPACT(value) for name, value in data.items()}
    parts |= {name: _listed(values) for name, values in lists.items()}
    body = ",\n".join(f"{_COMPACT(name)}: {parts[name]}" for name in sorted(parts))
    return replace_surrogates(f"{{\n{body}\n}}\n")


_COMPACT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False).encode


def _fields(values: Mapping[str, Any]) -> str:
    lines = (f"{_COMPACT(name)}: {_COMPACT(values[name])}" for name in sorted(values))
    return "{" + ",\n ".join(lines) + "}"


def _listed(values: Sequence[str]) -> str:
    return "[\n" + ",\n".join(values) + "\n]" if values else "[]"


def _check_version(value: Any) -> None:
    if not isinstance(value, dict):
        raise NotThisRecord("$", "no object", "a ledger")
    for name in _NEEDED:
        if name not in value:
            raise NotThisRecord(f"$.{name}", "nothing", "this key")
    version = value["schema_version"]
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None or match[1] != SUPPORTED_MAJOR:
        expected = f"{SUPPORTED_MAJOR}.x; if a newer secstatus wrote this file, use that one"
        raise NotThisRecord("$.schema_version", shown(version), expected)


def _check_each_once(ledger: Ledger) -> None:
    seen: dict[tuple[bool, tuple[str, str]], int] = {}
    for number, finding in enumerate(ledger.findings):
        first = seen.setdefault((finding.is_advisory, finding.key), number)
        if first != number:
            found = f"{shown(finding.finding_id)}, which $.findings[{first}] has already"
            raise NotThisRecord(f"$.findings[{number}].finding_id", found, "each finding once")
    scans: dict[tuple[str, bool], int] = {}
    for number, scan in enumerate(ledger.scans):
        if scans.setdefault(scan.key, number) != number:
            found = f"{shown(scan.scanner)} again"
            raise NotThisRecord(f"$.scans[{number}].scanner", found, "each scanner once")


def _check_story(finding: LedgerFinding, place: str) -> None:
    """The state, the episodes and the dates must tell one story."""
    for problem in _contradictions(finding, place):
        raise NotThisRecord(*problem)


def _contradictions(finding: LedgerFinding, place: str) -> Iterator[tuple[str, str, str]]:
    episodes = finding.episodes
    if not finding.scanners:
        yield f"{place}.scanners", "an empty list", "at least one scanner that saw the finding"
    if not episodes:
        yield f"{place}.episodes", "an empty list", "at least one episode"
        return
    for number, episode in enumerate(episodes):
        where = f"{place}.episodes[{number}]"
        is_open = episode.closed is None
        if is_open != (finding.state.counts and number == len(episodes) - 1):
            found = f"an episode that is {'open' if is_open else 'closed'}"
            yield where, found, f"one that goes with the state {finding.state}"
        if episode.closed and episode.closed < episode.opened:
            yield f"{where}.closed", str(episode.closed), f"{episode.opened} or later"
        if episode.outcome not in (("",) if is_open else OUTCOMES):
            yield f"{where}.outcome", shown(episode.outcome), "resolved or withdrawn, once closed"
    if finding.discovered > episodes[0].opened:
        expected = f"at most {episodes[0].opened}, when its first episode begins"
        yield f"{place}.discovered", str(finding.discovered), expected
    if not finding.state.counts and episodes[-1].outcome != finding.state.value:
        found = f"{shown(episodes[-1].outcome)} in a finding that is {finding.state}"
        yield f"{place}.episodes[{len(episodes) - 1}].outcome", found, finding.state.value

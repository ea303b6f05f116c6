"""live-status.json: read strictly, held against itself and the clock, and written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from secstatus.errors import InputError, SecurityStatusError, shown
from secstatus.findings.finding import make_identity
from secstatus.findings.ledger import CLOCK_SKEW
from secstatus.findings.severity import Severity
from secstatus.jsonio.records import dump_document, find_first_problem
from secstatus.jsonio.strict import parse_json
from secstatus.status.status_document import StatusDocument, VulnerabilityCounts, name_section
from secstatus.timestamps import format_timestamp

SUPPORTED_MAJOR = "1"


def read_status(text: str, path: str, now: datetime) -> tuple[StatusDocument, tuple[str, ...]]:
    """The status in `text` and what is odd about it, in sentences.

    Raises SecurityStatusError with the JSON path, what was found and what was expected.
    """
    try:
        raw = parse_json(text, path, "a status file")
        document = _validate(raw)
    except InputError as error:
        place, found, expected = error.place, error.found, error.expected
        raise SecurityStatusError(path, place, found, expected, hint=error.hint) from None
    for problem in (_schema(document), *_counts(document), _twice(document)):
        if problem:
            raise SecurityStatusError(path, *problem)
    if late := _future(document, now):
        raise SecurityStatusError(path, *late, hint="Is the clock of this machine right?")
    return document, _oddities(raw, document)


def write_status(document: StatusDocument) -> str:
    """The document as JSON text: sorted keys, UTC with `Z`, unknown fields kept."""
    data = document.model_dump(mode="json", exclude_unset=True)
    return dump_document(data)


def _validate(raw: Any) -> StatusDocument:
    try:
        return StatusDocument.model_validate(raw)
    except ValidationError as error:
        raise InputError("", *find_first_problem(error)) from None


Problem = tuple[str, str, str]


def _schema(document: StatusDocument) -> Problem | None:
    version = document.schema_version
    if version is None:
        return None
    # Minor versions only add keys, which are kept; a major one may change what a key means.
    if version.split(".")[0] != SUPPORTED_MAJOR:
        expected = f"{SUPPORTED_MAJOR}.x; a newer secstatus wrote this file, use that one"
        return "$.schema_version", shown(version), expected
    # Only the design's schema may be silent about scans: otherwise dropping a key would be a green.
    if document.scans is None:
        return "$.scans", "nothing", "this key: a file with schema_version states its coverage"
    return None


def _counts(document: StatusDocument) -> list[Problem | None]:
    parts: dict[str, VulnerabilityCounts | None] = {"vulnerability": document.vulnerability_summary}
    if document.grade_scopes is not None:
        parts |= {"other": document.other_summary, "code": document.code_summary}
    problems: list[Problem | None] = []
    for name, stated in parts.items():
        listed = [each for each in document.findings if each.status == "open"]
        if document.grade_scopes is not None:
            scopes = document.grade_scopes
            listed = [
                each for each in listed if name_section(each.kind, each.scope, scopes) == name
            ]
        if stated is not None:
            problems += _miscounts(f"$.{name}_summary", stated, [each.severity for each in listed])
    return problems


def _miscounts(
    place: str, stated: VulnerabilityCounts, listed: list[Severity]
) -> list[Problem | None]:
    problems: list[Problem | None] = []
    # SPEC 3: counts that disagree with the findings are an error. Either could be the true one.
    if stated.total != len(listed):
        expected = f"{len(listed)}, the number of open findings in the file"
        problems.append((f"{place}.total", str(stated.total), expected))
    for severity in Severity:
        said, counted = getattr(stated, severity), listed.count(severity)
        # None: the design's summary names three severities only.
        if said is not None and said != counted:
            expected = f"{counted}, as many as the file lists"
            problems.append((f"{place}.{severity}", str(said), expected))
    return problems


def _twice(document: StatusDocument) -> Problem | None:
    seen: dict[tuple[str, str], int] = {}
    for number, finding in enumerate(document.findings):
        first = seen.setdefault(
            make_identity(finding.finding_id, finding.qualified_package), number
        )
        if first != number:
            found = f"{shown(finding.finding_id)}, which $.findings[{first}] has already"
            return f"$.findings[{number}].finding_id", found, "each finding once"
    return None


def _future(document: StatusDocument, now: datetime) -> Problem | None:
    # Clocks of runners differ by some minutes.
    latest = now + CLOCK_SKEW
    # A scan from the future would be fresh for as long as its date says.
    moments = [("$.last_updated", document.last_updated), ("$.scan_date", document.scan_date)]
    for number, scan in enumerate(document.scans or ()):
        moments.append((f"$.scans[{number}].scanned_at", scan.scanned_at))
    for place, moment in moments:
        if moment > latest:
            return (
                place,
                f"{format_timestamp(moment)}, in the future",
                f"at most {format_timestamp(now)}",
            )
    for number, finding in enumerate(document.findings):
        if finding.discovered_date > latest.date():
            found = f"{finding.discovered_date}, in the future"
            return f"$.findings[{number}].discovered_date", found, f"at most {now.date()}"
    return None


def _oddities(raw: Any, document: StatusDocument) -> tuple[str, ...]:
    odd = [
        f"{key} has no time zone; read as UTC"
        for key in ("last_updated", "scan_date")
        if datetime.fromisoformat(raw[key]).tzinfo is None
    ]
    # Real files have this: odd, but no reason to refuse all of it.
    if document.scan_date > document.last_updated:
        odd.append("scan_date lies after last_updated; the earlier of the two is used")
    return tuple(odd)

"""`api/v1/sarif.json`: open and accepted findings as SARIF 2.1.0, for code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/. Accepted findings are marked as suppressed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from secstatus.findings.severity import Severity
from secstatus.published.site_info import SiteInfo
from secstatus.site.exports.position import reason_of, upgrade_of
from secstatus.site.exports.subject import (
    PYPI,
    Facts,
    Subject,
    get_line,
    in_one_line,
    list_subjects,
    purl,
)
from secstatus.site.tree import (
    Pieces,
    digest_parts,
    encode_list,
    fragment_in_order,
    join_pieces,
    render_members,
)
from secstatus.site.untrusted_text import plain_words
from secstatus.timestamps import format_timestamp

SARIF = "api/v1/sarif.json"
MANIFEST_OF_DEPENDENCIES = "pyproject.toml"
LONGEST_DESCRIPTION = 1000
_BEGINNING = 1400  # nearly always enough for so many characters without marks
NOT_LISTED = ("unlisted", "resolved", "withdrawn")
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.UNKNOWN: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# Lowest and highest score of a severity as code scanning sorts them, and the one for a severity
# without a score. Critical is what is over 9.0; an unknown severity is graded like medium.
_SCORES = {
    Severity.CRITICAL: (9.1, 10.0, 9.5),
    Severity.HIGH: (7.0, 9.0, 8.0),
    Severity.MEDIUM: (4.0, 6.9, 5.5),
    Severity.UNKNOWN: (4.0, 6.9, 5.5),
    Severity.LOW: (0.1, 3.9, 2.0),
    Severity.INFO: (0.0, 0.0, 0.0),
}
# `B105`, `BANDIT-B105-core.py-42`.
_BANDIT_ID = re.compile(r"(?:BANDIT-)?(B\d{3})(?:-.*?(?:-(\d{1,7}))?)?", re.ASCII)
_LINE_AT_END = re.compile(r":(\d{1,7})$", re.ASCII)
# In a message `{0}` stands for an argument, and `[words](target)` is a link.
_PLACEHOLDERS = (("[", "("), ("]", ")"), ("{", "("), ("}", ")"))
_MARKS_TO_BLANKS = bytes.maketrans(b"#*`>[]", b" " * 6)


def sarif_file(
    records: Sequence[Facts | Subject],
    place: SiteInfo,
    last_updated: datetime,
    complete: bool,
    problems: Sequence[str] = (),
) -> bytes:
    """Return the log with its one run; each rule and each result is one line.

    `complete`: whether every required scan is present, complete and fresh. Otherwise the run is
    marked as unsuccessful, with `problems`: without results it then proves nothing.
    """
    subjects = [each for each in list_subjects(records) if each.status not in NOT_LISTED]
    subjects.sort(key=lambda subject: subject.name)
    groups: dict[str, list[Subject]] = {}
    for subject in subjects:
        groups.setdefault(_rule_id(subject), []).append(subject)
    numbers = {name: number for number, name in enumerate(sorted(groups))}
    results = [fragment_in_order(_result(subject, numbers)) for subject in subjects]
    driver = {
        "name": "secstatus",
        "rules": encode_list([fragment_in_order(_rule(name, groups[name])) for name in numbers]),
        "version": place.tool_version,
    }
    run = {
        "automationDetails": {"id": f"secstatus/{in_one_line(place.package)}/"},
        "invocations": [_invocation(last_updated, complete, problems)],
        "results": encode_list(results),
        "tool": render_members({"driver": render_members(driver)}),
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    log = {
        "$schema": schema,
        "runs": Pieces([b"[\n", *render_members(run), b"\n]"]),
        "version": "2.1.0",
    }
    return join_pieces(render_members(log))


def _invocation(last_updated: datetime, complete: bool, problems: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "endTimeUtc": format_timestamp(last_updated),
        "executionSuccessful": complete,
    }
    # SARIF messages have `{0}` placeholders (3.11.5); a report's text must not fill them.
    told = [_without_placeholders(in_one_line(problem)) for problem in problems]
    # An unsuccessful invocation without a reason is shown as "unknown error" by viewers.
    if not complete and not any(told):
        told = ["The scans of this status are not complete."]
    level = "warning" if complete else "error"
    notifications = [{"level": level, "message": {"text": text}} for text in told if text]
    return found | ({"toolExecutionNotifications": notifications} if notifications else {})


def _without_placeholders(text: str) -> str:
    for sign, harmless in _PLACEHOLDERS:
        text = text.replace(sign, harmless)
    return text


def _rule_id(subject: Subject) -> str:
    match = None if subject.dependency else _BANDIT_ID.fullmatch(subject.id)
    return match[1] if match else subject.id


def _rule(name: str, subjects: Sequence[Subject]) -> dict[str, Any]:
    """A rule, as bad as the worst finding of it, with its keys in order."""
    worst = min(subjects, key=lambda subject: subject.severity.rank)
    title = worst.title or name
    return {
        "defaultConfiguration": {"level": _LEVELS[worst.severity]},
        "fullDescription": {"text": shorten_description(worst.description()) or title},
        **({"helpUri": worst.page} if worst.page else {}),
        "id": name,
        "properties": {
            "security-severity": f"{max(map(_score, subjects)):.1f}",
            "tags": ["security"],
        },
        "shortDescription": {"text": title},
    }


def shorten_description(text: str) -> str:
    """`plain_words` for a text without control characters; twice as fast."""
    beginning = text[:_BEGINNING]
    # `bytes.translate` knows ASCII only.
    if not beginning.isascii():
        return plain_words(text, LONGEST_DESCRIPTION)
    line = b" ".join(beginning.encode().translate(_MARKS_TO_BLANKS).split()).decode()
    if len(line) > LONGEST_DESCRIPTION:
        return line[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"
    return line if beginning == text else plain_words(text, LONGEST_DESCRIPTION)


def _score(subject: Subject) -> float:
    """The CVSS score where it agrees with the severity that is graded, else the severity's own."""
    lowest, highest, usual = _SCORES[subject.severity]
    score = subject.score()
    # GitHub shows `security-severity` as a word: it must be the word that is graded.
    return score if score is not None and lowest <= score <= highest else usual


def _result(subject: Subject, numbers: Mapping[str, int]) -> dict[str, Any]:
    """The result, with its keys in order. `numbers`: the place of each rule."""
    rule = _rule_id(subject)
    return {
        **({"hostedViewerUri": subject.page} if subject.page else {}),
        "level": _LEVELS[subject.severity],
        "locations": [_location(subject)],
        "message": {"text": _message(subject)},
        "partialFingerprints": {"secstatusFinding/v1": _fingerprint(subject)},
        "properties": {"security-severity": f"{_score(subject):.1f}"},
        "ruleId": rule,
        "ruleIndex": numbers[rule],
        # An empty list says that it is not suppressed; no list would leave it open.
        "suppressions": [_suppression(subject)] if subject.status == "accepted" else [],
    }


def _fingerprint(subject: Subject) -> str:
    # Fingerprints published before other ecosystems were known must not change: alerts would
    # reopen.
    ecosystem = "" if subject.ecosystem in ("", PYPI) else f"{subject.ecosystem}:"
    return digest_parts(subject.finding_id.casefold(), f"{ecosystem}{subject.package}".casefold())


def _suppression(subject: Subject) -> dict[str, str]:
    reason = reason_of(subject)
    found = {"justification": reason} if reason else {}
    return found | {"kind": "external", "status": "accepted"}


def _message(subject: Subject) -> str:
    where = subject.package
    if subject.dependency and subject.version:
        where = f"{where} {subject.version}"
    head = f"{subject.id} in {where}" if where else subject.id
    said = f"{head}: {subject.title}" if subject.title else head
    ended = said if said.endswith((".", "!", "?")) else f"{said}."
    upgrade = upgrade_of(subject) if subject.dependency else ""
    return _without_placeholders(f"{ended} {upgrade}".strip())


def _location(subject: Subject) -> dict[str, Any]:
    if not subject.dependency:
        return _code_location(subject)
    logical = {
        "fullyQualifiedName": purl(subject.package, subject.version, subject.ecosystem),
        "kind": "package",
        "name": subject.package,
    }
    return {
        "logicalLocations": [logical],
        # Code scanning ignores results without a file.
        "physicalLocation": _physical(MANIFEST_OF_DEPENDENCIES, 1),
    }


def _code_location(subject: Subject) -> dict[str, Any]:
    """The file and line of a code finding, from its location, else from its package and id."""
    location, line = get_line(subject.record, "location"), 1
    file = _LINE_AT_END.sub("", location) or subject.package
    at_end = _LINE_AT_END.search(location)
    # Findings of before schema 1.1 have the line in their id only.
    in_id = _BANDIT_ID.fullmatch(subject.finding_id)
    if at_end:
        line = int(at_end[1])
    elif file and not location and in_id and in_id[2]:
        line = int(in_id[2])
    return {"physicalLocation": _physical(_inside(file), max(1, line))}


def _inside(file: str) -> str:
    """The path as a URI that is relative to the project and does not lead out of it."""
    # `..` and `.` steps are dropped: no URI leads out of %SRCROOT%.
    steps = [step for step in file.replace("\\", "/").split("/") if step.strip(". ")]
    return "/".join(quote(step, safe="") for step in steps) or MANIFEST_OF_DEPENDENCIES


def _physical(uri: str, line: int) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": line},
    }

"""Reports of secrets in files: an object with `findings`, detect-secrets' baseline, gitleaks' list.

An object whose `findings` is empty says that nothing was found; it is never a finding itself. The
secret is never passed on, nor a digest of it that could be guessed from: the status is public.
https://github.com/Yelp/detect-secrets, https://github.com/gitleaks/gitleaks
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from secstatus.errors import shown
from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Verdict
from secstatus.scanners.code_findings import Flaw, each_place_once, finish_observation
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    describe_value,
    find_miscount,
    find_text,
    first_text,
    format_location,
    list_entries,
    list_objects,
    read_count,
    read_identifier,
    read_line,
    read_mapping,
    read_path,
    read_timestamp,
    to_text,
)
from secstatus.scanners.registry import get_kind, normalize_name

NAME = "secrets"
# A report that says nothing better: leaked credentials open doors until they are changed.
SEVERITY = SeverityClaim("word", "secstatus", "high")
# trufflehog and detect-secrets log in with what they find.
LIVE = SeverityClaim("word", "verified secret", "critical")

_RULE = ("RuleID", "rule_id", "type", "secret_type", "rule", "detector", "DetectorName")
_FILE = ("File", "file", "filename", "path", "file_path", "file_name")
_LINE = ("StartLine", "line", "line_number", "start_line", "lineNumber")
_TEXT = ("Description", "description", "message")
# What holds the secret itself, or the line that it stands in.
_SECRET = ("Secret", "secret", "Match", "match", "Raw", "raw", "RawV2", "value", "offender", "code")
_TOOL = ("tool", "tool_name", "scanner", "scanner_name", "scan_tool")
_VERSION = ("tool_version", "scanner_version", "version")
_TIME = ("scanned_at", "scan_date", "scan_time", "generated_at", "timestamp", "date")
_LOOKED_AT = ("files_scanned", "scanned_files", "total_files")
_COUNTS = ("total_findings", "findings_count", "secrets_found", "total")
_VERIFIED = ("Verified", "verified", "is_verified")
_BESIDE = ("metadata", "summary", "scan_info")
_ENDED_WELL = frozenset(
    ("clean", "complete", "completed", "done", "ok", "pass", "passed", "success", "successful")
)
_ENDED_BADLY = re.compile(r"fail|error|skip|abort|cancel|unavail|timeout|disabled|not[_ -]")
_SHAPED = "gitleaks"


def recognises(data: Any) -> bool:
    if isinstance(data, list):
        return _is_gitleaks(data) or (bool(data) and all(map(_is_line, data)))
    if not isinstance(data, dict):
        return False
    with_findings = isinstance(data.get("findings"), list)
    return (
        _is_baseline(data)
        or _is_line(data)
        or (with_findings and any(key in data for key in _TOOL))
    )


def _is_baseline(data: Mapping[str, Any]) -> bool:
    return "plugins_used" in data and isinstance(data.get("results"), dict)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. A list says nothing of what was looked at, so that it is `unstated`."""
    if isinstance(data, list) or _is_line(data):
        return (_list(data if isinstance(data, list) else [data]),)
    root = read_mapping(data, "$")
    return (_baseline(root) if _is_baseline(root) else _with_metadata(root),)


def _list(data: list[Any]) -> ScanReport:
    lines = bool(data) and all(map(_is_line, data))
    found = [_observation(_flat(item), place) for place, item in list_objects(data, "$")]
    problem = "A list of findings does not say what was looked at."
    scanner = "trufflehog" if lines else _SHAPED if _is_gitleaks(data) else NAME
    return _report(scanner, found, Verdict.UNSTATED, [problem])


def _is_line(data: Any) -> bool:
    """One of trufflehog's JSON lines."""
    return isinstance(data, dict) and "SourceMetadata" in data and "DetectorName" in data


def _is_gitleaks(data: list[Any]) -> bool:
    return bool(data) and all(
        isinstance(item, dict) and "RuleID" in item and "File" in item for item in data
    )


def _flat(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A line of trufflehog's with file, line and commit beside the rest.

    They stand under the kind of the source: `SourceMetadata.Data.Git.file`.
    """
    sources = at(item, "SourceMetadata", "Data")
    source = next(iter(sources.values()), None) if isinstance(sources, dict) else None
    if not isinstance(source, dict):
        return item
    return {
        **item,
        "file": source.get("file"),
        "line": source.get("line"),
        "Commit": source.get("commit"),
    }


def _report(
    scanner: str, found: Iterable[Observation], verdict: Verdict, problems: Iterable[str]
) -> ScanReport:
    return ScanReport(
        scanner=scanner,
        kind=ScanKind.SECRETS,
        verdict=verdict,
        observations=each_place_once(found),
        unit="files",
        problems=tuple(problems),
    )


def _baseline(root: Mapping[str, Any]) -> ScanReport:
    """detect-secrets: results by file. What people audited as no secret is kept as suppressed."""
    found = []
    for path, listed in read_mapping(root["results"], "$.results").items():
        place = f"$.results[{shown(path)}]"
        if not isinstance(listed, list):
            raise NotThisReport(place, describe_value(listed), "a list")
        for where, item in list_objects(listed, place):
            each = _observation({"filename": path, **item}, where)
            audited = item.get("is_secret") is False
            found.append(replace(each, suppressed="audited as no secret") if audited else each)
    verdict, problem = Verdict.UNSTATED, "It does not say what was looked at and found clean."
    if not root["plugins_used"]:
        verdict, problem = Verdict.FAILED, "It used no plugin: nothing was looked for."
    return replace(
        _report("detect-secrets", found, verdict, [problem]),
        tool_version=read_line(root.get("version")),
        scanned_at=read_timestamp(root.get("generated_at")),
    )


def _with_metadata(root: Mapping[str, Any]) -> ScanReport:
    """`findings` beside what the tool says of itself, in any of the words that are in use."""
    found = [_observation(item, place) for place, item in list_entries(root, "findings")]
    files = _looked_at(root)
    failures, doubts = list(_failures(root, files, len(found))), list(_doubts(root, files))
    verdict = Verdict.FAILED if failures else Verdict.COMPLETE
    if doubts and not failures:
        verdict = Verdict.PARTIAL if root.get("errors") else Verdict.UNSTATED
    tool = _beside(root, _TOOL)
    return replace(
        _report(_named(tool), found, verdict, [*failures, *doubts]),
        audited=files,
        tool_version=read_line(first_text(at(tool, "version"), _beside(root, _VERSION))),
        scanned_at=read_timestamp(_beside(root, _TIME)),
    )


def _beside(root: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """The first value under one of the keys, in the report or in its metadata."""
    places = [root, *(root.get(key) for key in _BESIDE)]
    values = (at(place, key) for place in places for key in keys)
    return next((value for value in values if value is not None), None)


def _looked_at(root: Mapping[str, Any]) -> int | None:
    files = _beside(root, _LOOKED_AT)
    return len(files) if isinstance(files, list) else read_count(files)


def _failures(root: Mapping[str, Any], files: int | None, listed: int) -> Iterator[str]:
    if files == 0:
        yield "It looked at 0 files."
    if error := root.get("error"):
        yield f"It reports an error: {read_line(error) or describe_value(error)}"
    if _ENDED_BADLY.search(status := _status(root)) or root.get("success") is False:
        yield f"It did not succeed: {status or 'success is false'}"
    yield from find_miscount(_beside(root, _COUNTS), listed, "findings")


def _doubts(root: Mapping[str, Any], files: int | None) -> Iterator[str]:
    if errors := root.get("errors"):
        shown_errors = len(errors) if isinstance(errors, list) else describe_value(errors)
        yield f"It reports errors: {shown_errors}"
    status = _status(root)
    if status and status not in _ENDED_WELL and not _ENDED_BADLY.search(status):
        yield f"Nobody knows what its status means: {status}"
    if files is None:
        yield "It does not say how many files were looked at."


def _status(root: Mapping[str, Any]) -> str:
    return read_line(root.get("status")).lower()


def _named(tool: object) -> str:
    """The tool's name as a scanner's; never that of one that looks at something else."""
    name = normalize_name(read_line(first_text(at(tool, "name"), tool)))
    return name if name and get_kind(name) in (None, ScanKind.SECRETS) else NAME


def _observation(item: Mapping[str, Any], place: str) -> Observation:
    rule = read_identifier(_first(item, _RULE), f"{place}.{_RULE[0] if 'File' in item else 'type'}")
    path = read_path(_first(item, _FILE))
    said = _without_secrets(item, first_text(*(item.get(key) for key in _TEXT)))
    found = Observation(
        id=rule,
        severities=_severities(item),
        title=f"{read_line(rule)} in {path}" if path else read_line(rule),
        description=said,
        location=format_location(path, read_count(_first(item, _LINE))),
        kind=ScanKind.SECRETS,
    )
    # Lines of a commit never move; elsewhere the line tells two secrets apart.
    commit = to_text(item.get("Commit"))
    return finish_observation(found, Flaw(own=(commit,) if commit else (), message=rule))


def _severities(item: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    """What the report says; a secret that the tool has tried and that opened is critical."""
    if any(item.get(key) is True for key in _VERIFIED):
        return (LIVE,)
    word = find_text(item, "severity")
    return (SeverityClaim("word", NAME, word),) if word else (SEVERITY,)


def _first(item: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((item[key] for key in keys if to_text(item.get(key))), None)


def _without_secrets(item: Mapping[str, Any], text: str) -> str:
    for key in _SECRET:
        if secret := to_text(item.get(key)):
            text = text.replace(secret, "…")
    return text

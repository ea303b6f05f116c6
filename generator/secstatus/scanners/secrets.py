"""Reports of secrets in files: an object with `findings`, detect-secrets' baseline, gitleaks' list.

An object with empty `findings` reports that nothing was found; it is never a finding itself. The
secret is not passed on, nor a digest from which it could be guessed: the status is public.
https://github.com/Yelp/detect-secrets, https://github.com/gitleaks/gitleaks
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Verdict
from secstatus.jsonio.values import describe_json
from secstatus.scanners.code_findings import (
    Flaw,
    drop_repeated,
    finish_observation,
    format_location,
)
from secstatus.scanners.reading import (
    ReportNode,
    decide_verdict,
    find_miscount,
    read_line,
    read_path,
)
from secstatus.scanners.registry import get_kind, normalize_name

NAME = "secrets"
# A report that says nothing better: leaked credentials open doors until they are changed.
SEVERITY = SeverityClaim("word", "secstatus", "high")
# trufflehog and detect-secrets try to log in with what they find.
LIVE = SeverityClaim("word", "verified secret", "critical")

# The same things in the words of several tools; the first that a report has counts.
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


def recognises(data: Any) -> bool:
    if isinstance(data, list):
        return _is_gitleaks(data) or _are_lines(data)
    if not isinstance(data, dict):
        return False
    # Many formats have `findings`: only beside the tool's name it is one of these.
    is_named = isinstance(data.get("findings"), list) and any(key in data for key in _TOOL)
    return _is_baseline(data) or _is_line(data) or is_named


def _is_baseline(data: dict[str, Any]) -> bool:
    return "plugins_used" in data and isinstance(data.get("results"), dict)


def _is_line(data: Any) -> bool:
    """One of trufflehog's JSON lines."""
    return isinstance(data, dict) and "SourceMetadata" in data and "DetectorName" in data


def _are_lines(data: list[Any]) -> bool:
    return bool(data) and all(map(_is_line, data))


def _is_gitleaks(data: list[Any]) -> bool:
    return bool(data) and all(
        isinstance(item, dict) and "RuleID" in item and "File" in item for item in data
    )


def read(data: Any) -> tuple[ScanReport, ...]:
    """Parse the report. A list does not state what was examined, so that it is `unstated`."""
    if isinstance(data, list) or _is_line(data):
        return (_read_list(data if isinstance(data, list) else [data]),)
    root = ReportNode(data).expect_object()
    return (_read_baseline(root) if _is_baseline(root.value) else _read_findings(root),)


def _read_list(data: list[Any]) -> ScanReport:
    found = [_observation(_flatten(item)) for item in ReportNode(data).expect_objects()]
    problem = "A list of findings does not say what was looked at."
    scanner = "gitleaks" if _is_gitleaks(data) else NAME
    scanner = "trufflehog" if _are_lines(data) else scanner
    return _report(scanner, found, Verdict.UNSTATED, [problem])


def _flatten(item: ReportNode) -> ReportNode:
    """A line of trufflehog's, with file, line and commit at the top level."""
    # They stand under the kind of the source: `SourceMetadata.Data.Git.file`.
    sources = item.at("SourceMetadata", "Data").value
    source = next(iter(sources.values()), None) if isinstance(sources, dict) else None
    if not isinstance(source, dict):
        return item
    keys = {"file": "file", "line": "line", "Commit": "commit"}
    return item.merge({key: source.get(inner) for key, inner in keys.items()})


def _report(
    scanner: str, found: Iterable[Observation], verdict: Verdict, problems: Iterable[str]
) -> ScanReport:
    return ScanReport(
        scanner=scanner,
        kind=ScanKind.SECRETS,
        verdict=verdict,
        observations=drop_repeated(found),
        unit="files",
        problems=tuple(problems),
    )


def _read_baseline(root: ReportNode) -> ScanReport:
    """detect-secrets: results by file. What a user audited as no secret is kept as suppressed."""
    found = []
    for path, listed in root.expect_entries("results"):
        for item in listed.require_objects():
            each = _observation(item.merge({"filename": path, **item.value}))
            # `detect-secrets audit` writes the user's answer.
            is_false = item.value.get("is_secret") is False
            found.append(replace(each, suppressed="audited as no secret") if is_false else each)
    verdict, problem = Verdict.UNSTATED, "It does not say what was looked at and found clean."
    if not root.value["plugins_used"]:
        verdict, problem = Verdict.FAILED, "It used no plugin: nothing was looked for."
    return replace(
        _report("detect-secrets", found, verdict, [problem]),
        tool_version=root.line("version"),
        scanned_at=root.timestamp("generated_at"),
    )


def _read_findings(root: ReportNode) -> ScanReport:
    """`findings` and what the tool reports about itself, under any of the keys in use."""
    found = [_observation(item) for item in root.require_objects("findings")]
    looked_at = _find_beside(root, _LOOKED_AT)
    values = looked_at.values()
    files = len(values) if isinstance(looked_at.value, list) else looked_at.count()
    failures = list(_list_failures(root, files, len(found)))
    doubts = list(_list_doubts(root, files))
    tool = _find_beside(root, _TOOL)
    version = tool.text("version") or _find_beside(root, _VERSION).text()
    return replace(
        _report(
            _name_scanner(tool),
            found,
            decide_verdict(failures, doubts and root.value.get("errors"), doubts),
            [*failures, *doubts],
        ),
        audited=files,
        tool_version=read_line(version),
        scanned_at=_find_beside(root, _TIME).timestamp(),
    )


def _find_beside(root: ReportNode, keys: tuple[str, ...]) -> ReportNode:
    """The first value under one of the keys, in the report or in its metadata."""
    places = [root, *(root.at(key) for key in _BESIDE)]
    values = (place.at(key) for place in places for key in keys)
    return next((each for each in values if each.value is not None), ReportNode(None))


def _list_failures(root: ReportNode, files: int | None, listed: int) -> Iterator[str]:
    if files == 0:
        yield "It looked at 0 files."
    if error := root.value.get("error"):
        yield f"It reports an error: {read_line(error) or describe_json(error)}"
    status = root.line("status").lower()
    if _ENDED_BADLY.search(status) or root.value.get("success") is False:
        yield f"It did not succeed: {status or 'success is false'}"
    yield from find_miscount(_find_beside(root, _COUNTS).value, listed, "findings")


def _list_doubts(root: ReportNode, files: int | None) -> Iterator[str]:
    if errors := root.value.get("errors"):
        number = len(errors) if isinstance(errors, list) else describe_json(errors)
        yield f"It reports errors: {number}"
    status = root.line("status").lower()
    if status and status not in _ENDED_WELL and not _ENDED_BADLY.search(status):
        yield f"The meaning of its status is not known: {status}"
    if files is None:
        yield "It does not say how many files were looked at."


def _name_scanner(tool: ReportNode) -> str:
    name = normalize_name(read_line(tool.text("name") or tool.text()))
    # Never the name of a scanner of another kind: the report would count as one of its scans.
    return name if name and get_kind(name) in (None, ScanKind.SECRETS) else NAME


def _observation(item: ReportNode) -> Observation:
    rule = item.identifier("RuleID" if "File" in item else "type", found=_find_first(item, _RULE))
    path = read_path(_find_first(item, _FILE))
    found = Observation(
        id=rule,
        severities=_claims(item),
        title=f"{read_line(rule)} in {path}" if path else read_line(rule),
        description=_mask_secrets(item, item.first_text(*_TEXT)),
        location=format_location(path, _find_first(item, _LINE)),
        kind=ScanKind.SECRETS,
    )
    # Lines of a commit never move; elsewhere the line tells two secrets apart.
    commit = item.text("Commit")
    return finish_observation(found, Flaw(own=(commit,) if commit else (), message=rule))


def _claims(item: ReportNode) -> tuple[SeverityClaim, ...]:
    """The reported severity; a secret that the tool has verified by logging in is critical."""
    if any(item.value.get(key) is True for key in _VERIFIED):
        return (LIVE,)
    word = item.text("severity")
    return (SeverityClaim("word", NAME, word),) if word else (SEVERITY,)


def _find_first(item: ReportNode, keys: tuple[str, ...]) -> Any:
    return next((item.value[key] for key in keys if item.text(key)), None)


def _mask_secrets(item: ReportNode, text: str) -> str:
    for key in _SECRET:
        if secret := item.text(key):
            text = text.replace(secret, "…")
    return text

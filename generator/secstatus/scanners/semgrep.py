"""semgrep's JSON (`semgrep scan --json`): results, errors, and since version 0.97 paths.

https://semgrep.dev/docs/semgrep-appsec-platform/json-and-sarif. Without `paths` nobody knows what
was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    SeverityClaim,
    Skipped,
    Verdict,
)
from secstatus.scanners.fingerprints import fingerprint, told_apart
from secstatus.scanners.lookup import at, first_text, list_at, placed, text_at
from secstatus.scanners.reading import (
    NotThisReport,
    count_of,
    described,
    entries,
    identifier,
    line_of,
    mapping,
    objects,
    path_of,
    text_of,
    texts_of,
)

NAME = "semgrep"

# What stands in the place of code and fingerprint for those who are not logged in.
_WITHHELD = "requires login"
# Reasons for leaving a file out that somebody chose; every other one is a gap in the scan.
_CHOSEN = (
    "always_skipped",
    "cli_exclude_flags_match",
    "cli_include_flags_do_not_match",
    "excluded_by_config",
    "gitignore_patterns_match",
    "semgrepignore_patterns_match",
    "wrong_language",
)


def recognises(data: Any) -> bool:
    if not isinstance(data, dict) or "metrics" in data:
        return False
    results = data.get("results")
    if not isinstance(results, list) or not isinstance(data.get("errors"), list):
        return False
    return all(isinstance(item, dict) and "check_id" in item for item in results[:5])


def read(data: Any) -> ScanReport:
    """The report; `unstated` without `paths`, `failed` when they name no file that was scanned."""
    root = mapping(data, "$")
    results = entries(root, "results")
    errors = [item for _, item in objects(root.get("errors"), "$.errors")]
    scanned = _scanned(root.get("paths"))
    left_out = [item for item in list_at(root, "paths", "skipped") if not _chosen(item)]
    skipped = tuple(
        Skipped(line_of(at(item, "path")), line_of(at(item, "reason"))) for item in left_out
    )
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=_verdict(scanned, bool(errors or left_out)),
        observations=told_apart(_observation(item, place) for place, item in results),
        audited=None if scanned is None else len(scanned),
        unit="files",
        skipped=skipped,
        problems=tuple(_problems(scanned, errors, len(skipped))),
        scope=scanned or (),
        tool_version=line_of(root.get("version")),
    )


def _scanned(paths: object) -> tuple[str, ...] | None:
    """The files; None when the report does not say."""
    if paths is None:
        return None
    found = mapping(paths, "$.paths").get("scanned")
    if not isinstance(found, list):
        raise NotThisReport("$.paths.scanned", described(found), "a list of files")
    return tuple(path_of(path) for path in texts_of(found))


def _chosen(item: object) -> bool:
    return text_at(item, "reason") in _CHOSEN


def _verdict(scanned: tuple[str, ...] | None, gaps: bool) -> Verdict:
    if scanned is not None and not scanned:
        return Verdict.FAILED
    if gaps:
        return Verdict.PARTIAL
    return Verdict.UNSTATED if scanned is None else Verdict.COMPLETE


def _problems(
    scanned: tuple[str, ...] | None, errors: list[Mapping[str, Any]], skipped: int
) -> Iterator[str]:
    if scanned is None:
        yield "It does not say which files it scanned."
    elif not scanned:
        yield "It scanned 0 files."
    if errors:
        first = line_of(first_text(errors[0].get("message"), errors[0].get("long_msg")))
        yield f"It reports {len(errors):,} errors" + (f", the first: {first}" if first else ".")
    if skipped:
        yield f"{skipped:,} files could not be examined."


def _observation(item: Mapping[str, Any], place: str) -> Observation:
    rule = identifier(item.get("check_id"), f"{place}.check_id")
    path, word = path_of(item.get("path")), text_at(item, "extra", "severity")
    ignored = at(item, "extra", "is_ignored") is True
    return Observation(
        id=rule,
        severities=(SeverityClaim("word", NAME, word),) if word else (),
        title=line_of(at(item, "extra", "message")),
        description=text_at(item, "extra", "message"),
        location=placed(path, count_of(at(item, "start", "line"))),
        fingerprint=fingerprint(rule, path, _code(item.get("extra"))),
        references=texts_of(list_at(item, "extra", "metadata", "references")),
        suppressed="a nosemgrep comment" if ignored else "",
    )


def _code(extra: object) -> str:
    said = (text_at(extra, "lines"), text_at(extra, "fingerprint"))
    code = first_text(*(text for text in said if text != _WITHHELD))
    return "".join(text_of(code).split())

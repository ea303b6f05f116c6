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
from secstatus.scanners.code_findings import (
    Flaw,
    each_place_once,
    finish_observation,
    is_placeholder,
    own_fingerprints,
    with_confidence,
)
from secstatus.scanners.packages import ecosystems_of, inventory_key, qualify_name
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    describe_value,
    distinct,
    find_text,
    first_text,
    format_location,
    line_at,
    list_at,
    list_entries,
    list_objects,
    list_texts,
    objects_at,
    read_aliases,
    read_count,
    read_identifier,
    read_line,
    read_mapping,
    read_path,
)

NAME = "semgrep"

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


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report; `unstated` without `paths`, `failed` when they name no file that was scanned.

    A finding of the supply chain (`sca_info`) is one in a package.
    """
    root = read_mapping(data, "$")
    results = list_entries(root, "results")
    errors = [item for _, item in list_objects(root.get("errors"), "$.errors")]
    scanned = _scanned(root.get("paths"))
    left_out = [item for item in objects_at(root, "paths", "skipped") if not _chosen(item)]
    unread = [item for item in errors if read_path(item.get("path"))]
    skipped = tuple(map(_skipped, (*left_out, *unread)))
    names = {each.name for each in skipped}
    found = each_place_once(_observation(item, place) for place, item in results)
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=_verdict(scanned, bool(errors or left_out)),
        observations=found,
        audited=None if scanned is None else len(scanned),
        unit="files",
        skipped=skipped,
        problems=tuple(_problems(scanned, errors, len(left_out))),
        scope=tuple(path for path in scanned or () if path not in names),
        tool_version=read_line(root.get("version")),
        ecosystems=ecosystems_of(each.package for each in found),
    )
    return (report,)


def _skipped(item: Mapping[str, Any]) -> Skipped:
    reason = first_text(item.get("reason"), item.get("type"))
    return Skipped(read_path(item.get("path")), read_line(reason))


def _scanned(paths: object) -> tuple[str, ...] | None:
    """The files; None when the report does not say."""
    if paths is None:
        return None
    found = read_mapping(paths, "$.paths").get("scanned")
    if not isinstance(found, list):
        raise NotThisReport("$.paths.scanned", describe_value(found), "a list of files")
    return tuple(read_path(path) for path in list_texts(found))


def _chosen(item: object) -> bool:
    return find_text(item, "reason") in _CHOSEN


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
        first = read_line(first_text(errors[0].get("message"), errors[0].get("long_msg")))
        yield f"It reports {len(errors):,} errors" + (f", the first: {first}" if first else ".")
    if skipped:
        yield f"{skipped:,} files could not be examined."


def _observation(item: Mapping[str, Any], place: str) -> Observation:
    rule = read_identifier(item.get("check_id"), f"{place}.check_id")
    if isinstance(at(item, "extra", "sca_info"), dict):
        return in_a_package(item, rule)
    path, word = read_path(item.get("path")), find_text(item, "extra", "severity")
    ignored = at(item, "extra", "is_ignored") is True
    claims = (SeverityClaim("word", NAME, word),) if word else ()
    metadata, message = at(item, "extra", "metadata"), find_text(item, "extra", "message")
    found = Observation(
        id=rule,
        severities=with_confidence(claims, find_text(metadata, "confidence")),
        title=read_line(message),
        description=message,
        location=format_location(path, read_count(at(item, "start", "line"))),
        references=list_texts(list_at(metadata, "references")),
        suppressed="a nosemgrep comment" if ignored else "",
        kind=ScanKind.CODE,
    )
    about = (*list_texts(at(metadata, "cwe")), *list_texts(at(metadata, "technology")))
    own = own_fingerprints(find_text(item, "extra", "fingerprint"))
    return finish_observation(found, Flaw(_code(item.get("extra")), own, message, about=about))


def _code(extra: object) -> str:
    code = find_text(extra, "lines")
    return "" if is_placeholder(code) else code


def in_a_package(item: Mapping[str, Any], rule: str) -> Observation:
    """The finding by the advisory's id; by the rule's where no id is given."""
    metadata, match = (
        at(item, "extra", "metadata"),
        at(item, "extra", "sca_info", "dependency_match"),
    )
    found = at(match, "found_dependency")
    pattern = at(match, "dependency_pattern")
    name = first_text(at(found, "package"), at(pattern, "package"))
    word = first_text(at(found, "ecosystem"), at(pattern, "ecosystem"))
    ids = read_aliases(at(metadata, "sca-vuln-database-identifier"), "") or (rule,)
    lock_file = read_path(first_text(at(match, "lockfile"), item.get("path")))
    ignored = at(item, "extra", "is_ignored") is True
    return Observation(
        id=ids[0],
        aliases=ids[1:],
        package=qualify_name(read_line(name), word),
        version=line_at(found, "version"),
        severities=_claims(item),
        fix_versions=distinct(list(_fixes(metadata, name))),
        title=line_at(item, "extra", "message"),
        description=find_text(item, "extra", "message"),
        location=lock_file,
        references=list_texts(list_at(metadata, "references")),
        suppressed="a nosemgrep comment" if ignored else "",
    )


def _claims(item: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    """That of the advisory; the rule's only where there is none."""
    stated = find_text(item, "extra", "metadata", "sca-severity")
    word = stated or find_text(item, "extra", "severity")
    return (SeverityClaim("word", "semgrep", word),) if word else ()


def _fixes(metadata: Any, name: str) -> Iterator[str]:
    """`[{"jinja2": "3.1.5"}]`, of this package."""
    for fix in list_at(metadata, "sca-fix-versions"):
        for package, version in fix.items() if isinstance(fix, dict) else ():
            if inventory_key(package) == inventory_key(name):
                yield from list_texts(version)

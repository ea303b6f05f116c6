"""semgrep's JSON (`semgrep scan --json`): results, errors, and since version 0.97 paths.

https://semgrep.dev/docs/semgrep-appsec-platform/json-and-sarif. Without `paths` it does not state
which files were scanned.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Skipped
from secstatus.scanners.code_findings import (
    Flaw,
    cap_by_confidence,
    drop_repeated,
    find_own_fingerprints,
    finish_observation,
    format_location,
    is_placeholder,
)
from secstatus.scanners.packages import inventory_key, list_ecosystems, qualify_name
from secstatus.scanners.reading import (
    ReportNode,
    decide_verdict,
    distinct,
    list_texts,
    read_aliases,
    read_line,
    read_path,
)

NAME = "semgrep"

# Reasons for leaving a file out that a user chose; every other one is a gap in the scan.
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
    # bandit writes `results` and `errors` too, beside `metrics`.
    if not isinstance(data, dict) or "metrics" in data:
        return False
    results = data.get("results")
    if not isinstance(results, list) or not isinstance(data.get("errors"), list):
        return False
    return all(isinstance(item, dict) and "check_id" in item for item in results[:5])


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report; `unstated` without `paths`, `failed` when they name no file that was scanned."""
    root = ReportNode(data).expect_object()
    results = root.require_objects("results")
    errors = root.expect_objects("errors")
    scanned = _list_scanned(root.at("paths"))
    skips = root.objects("paths", "skipped")
    left_out = [item for item in skips if item.text("reason") not in _CHOSEN]
    skipped = tuple(map(_skipped, (*left_out, *(item for item in errors if item.path("path")))))
    names = {each.name for each in skipped}
    found = drop_repeated(map(_observation, results))
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=decide_verdict(
            scanned is not None and not scanned, errors or left_out, unstated=scanned is None
        ),
        observations=found,
        audited=None if scanned is None else len(scanned),
        unit="files",
        skipped=skipped,
        problems=tuple(_list_problems(scanned, errors, len(left_out))),
        scope=tuple(path for path in scanned or () if path not in names),
        tool_version=root.line("version"),
        ecosystems=list_ecosystems(each.package for each in found),
    )
    return (report,)


def _skipped(item: ReportNode) -> Skipped:
    # An entry of `paths.skipped` has a reason, an error a type.
    return Skipped(item.path("path"), read_line(item.text("reason") or item.text("type")))


def _list_scanned(paths: ReportNode) -> tuple[str, ...] | None:
    """Return the files; None when the report does not list them."""
    if paths.value is None:
        return None
    scanned = paths.expect_object().at("scanned")
    if not isinstance(scanned.value, list):
        raise scanned.refuse("a list of files")
    return tuple(map(read_path, scanned.texts()))


def _list_problems(
    scanned: tuple[str, ...] | None, errors: list[ReportNode], skipped: int
) -> Iterator[str]:
    if scanned is None:
        yield "It does not say which files it scanned."
    elif not scanned:
        yield "It scanned 0 files."
    if errors:
        first = read_line(errors[0].text("message") or errors[0].text("long_msg"))
        yield f"It reports {len(errors):,} errors" + (f", the first: {first}" if first else ".")
    if skipped:
        yield f"{skipped:,} files could not be examined."


def _observation(item: ReportNode) -> Observation:
    rule, extra = item.identifier("check_id"), item.at("extra")
    # semgrep Supply Chain: the finding is one in a package.
    if isinstance(extra.at("sca_info").value, dict):
        return read_package_finding(item, rule)
    metadata, message = extra.at("metadata"), extra.text("message")
    found = Observation(
        id=rule,
        severities=cap_by_confidence(_claim(extra.text("severity")), metadata.text("confidence")),
        title=read_line(message),
        description=message,
        location=format_location(item.path("path"), item.count("start", "line")),
        references=list_texts(metadata.values("references")),
        suppressed=_find_suppression(extra),
        kind=ScanKind.CODE,
    )
    about = (*metadata.texts("cwe"), *metadata.texts("technology"))
    own = find_own_fingerprints(extra.text("fingerprint"))
    # Without a login `lines` is the text "requires login".
    code = extra.text("lines")
    code = "" if is_placeholder(code) else code
    return finish_observation(found, Flaw(code, own, message, about=about))


def _find_suppression(extra: ReportNode) -> str:
    return "a nosemgrep comment" if extra.at("is_ignored").value is True else ""


def read_package_finding(item: ReportNode, rule: str) -> Observation:
    """The finding by the advisory's id; by the rule's where no id is given."""
    extra = item.at("extra")
    metadata, match = extra.at("metadata"), extra.at("sca_info", "dependency_match")
    found, pattern = match.at("found_dependency"), match.at("dependency_pattern")
    name = found.text("package") or pattern.text("package")
    ids = read_aliases(metadata.at("sca-vuln-database-identifier").value, "") or (rule,)
    # The severity of the advisory; the rule's only where there is none.
    word = metadata.text("sca-severity") or extra.text("severity")
    return Observation(
        id=ids[0],
        aliases=ids[1:],
        package=qualify_name(read_line(name), found.text("ecosystem") or pattern.text("ecosystem")),
        version=found.line("version"),
        severities=_claim(word),
        fix_versions=distinct(_list_fixes(metadata, name)),
        title=extra.line("message"),
        description=extra.text("message"),
        location=read_path(match.text("lockfile") or item.text("path")),
        references=list_texts(metadata.values("references")),
        suppressed=_find_suppression(extra),
    )


def _claim(word: str) -> tuple[SeverityClaim, ...]:
    return (SeverityClaim("word", NAME, word),) if word else ()


def _list_fixes(metadata: ReportNode, name: str) -> Iterator[str]:
    # `[{"jinja2": "3.1.5"}]`: an advisory about several packages has a fix for each.
    for fix in metadata.objects("sca-fix-versions"):
        for package, version in fix.value.items():
            if inventory_key(package) == inventory_key(name):
                yield from list_texts(version)

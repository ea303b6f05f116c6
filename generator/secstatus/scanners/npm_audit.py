"""`npm audit --json`: the shape of npm 6 (advisories) and of npm 7 and later (packages).

https://docs.npmjs.com/cli/commands/npm-audit. From version 7 on an entry is a package that has
problems or depends on one that has: it is named by the package, its advisories are references.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, Scope, SeverityClaim
from secstatus.scanners.packages import qualify_name
from secstatus.scanners.reading import (
    ReportNode,
    decide_verdict,
    distinct,
    find_miscount,
    read_aliases,
)

NAME = "npm-audit"
NPM = "npm"

# npm 6 states the fixed versions as a range: `>=1.2.3 <2.0.0 || >=2.1.0`.
_PATCHED = re.compile(r">=\s*(\d[^\s|&<>=]*)")


def recognises(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    if "auditReportVersion" in data:
        return isinstance(data.get("vulnerabilities"), dict)
    return isinstance(data.get("advisories"), dict) and isinstance(data.get("metadata"), dict)


def read(data: Any) -> tuple[ScanReport, ...]:
    """Parse the report. A development package has that scope where the report states it."""
    root = ReportNode(data).expect_object()
    metadata = root.expect_object("metadata") if root.value.get("metadata") else ReportNode({})
    if "advisories" in root:
        found = [_advisory(item, key) for key, item in _list_entries(root.at("advisories"))]
        miscount = _find_missing_entries(metadata, len(found))
        audited = metadata.count("totalDependencies")
    else:
        found = [_package(item, key) for key, item in _list_entries(root.at("vulnerabilities"))]
        total = metadata.at("vulnerabilities", "total").value
        miscount = find_miscount(total, len(found), "packages")
        audited = metadata.count("dependencies", "total")
    return (_report(found, audited, miscount),)


def _report(found: list[Observation], audited: int | None, miscount: tuple[str, ...]) -> ScanReport:
    failures = (*(("It audited 0 packages.",) if audited == 0 else ()), *miscount)
    unstated = ("It does not say how much it audited.",) if audited is None else ()
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=decide_verdict(failures, (), unstated),
        observations=tuple(found),
        audited=audited,
        problems=(*failures, *unstated),
        ecosystems=(NPM,),
    )


def _list_entries(listed: ReportNode) -> list[tuple[str, ReportNode]]:
    return [(key, item.expect_object()) for key, item in listed.expect_entries()]


def _find_missing_entries(metadata: ReportNode, listed: int) -> tuple[str, ...]:
    # npm 6 counts every path to a vulnerable package, so that the numbers differ in sound reports:
    # only "some counted, none listed" is a contradiction.
    has_counts = bool(metadata.value.get("vulnerabilities"))
    counts = metadata.expect_entries("vulnerabilities") if has_counts else []
    counted = sum(item.count() or 0 for _, item in counts)
    return find_miscount(counted, listed, "vulnerabilities") if counted and not listed else ()


def _package(item: ReportNode, key: str) -> Observation:
    name = item.identifier("name") if "name" in item else item.identifier("name", found=key)
    through = item.expect_items("via")
    for each in through:
        if not isinstance(each.value, dict | str):
            raise each.refuse("an advisory or a package's name")
    # An entry of `via` is an advisory about the package, or the name of a package that it needs.
    advisories = [each for each in through if isinstance(each.value, dict)]
    others = [each.line() for each in through if isinstance(each.value, str)]
    return Observation(
        id=name,
        package=qualify_name(name, NPM),
        version=item.line("version"),
        severities=_claims([item, *advisories]),
        fix_versions=_list_fixes(item, name),
        title="; ".join(filter(None, (each.line("title") for each in advisories))),
        description=_describe(item, advisories, others),
        references=distinct(each.line("url") for each in advisories),
        scope=_scope([item]),
    )


def _scope(entries: Sequence[ReportNode]) -> str:
    """`development` when every entry states it."""
    # npm 6 has an entry for each path: one from outside of development is enough for a user.
    is_dev = all(each.value.get("dev") is True for each in entries)
    return Scope.DEVELOPMENT if is_dev else ""


def _claims(stated: Sequence[ReportNode]) -> tuple[SeverityClaim, ...]:
    """The words of the package and of its advisories: the worst counts; and all vectors."""
    words = {each.text("severity") for each in stated}
    vectors = {each.text("cvss", "vectorString") for each in stated}
    claims = [SeverityClaim("word", NAME, word) for word in words if word]
    claims += [SeverityClaim("vector", NAME, vector) for vector in vectors if vector]
    return tuple(sorted(claims))


def _list_fixes(item: ReportNode, name: str) -> tuple[str, ...]:
    # npm may offer a version of a package above this one, which is no version of this one. It also
    # writes true or false in place of the object.
    offered = item.at("fixAvailable")
    return offered.texts("version") if offered.text("name") == name else ()


def _describe(item: ReportNode, advisories: list[ReportNode], others: list[str]) -> str:
    sentences = [
        " ".join(filter(None, (each.line("title"), each.line("range")))) for each in advisories
    ]
    if others:
        sentences.append(f"It depends on {', '.join(others)}.")
    if affected := item.line("range"):
        sentences.append(f"Affected versions: {affected}.")
    return "\n\n".join(filter(None, sentences))


def _advisory(item: ReportNode, key: str) -> Observation:
    own = item.identifier("id") if "id" in item else item.identifier("id", found=key)
    others = [*item.texts("cves"), item.text("github_advisory_id")]
    installed = item.objects("findings")
    return Observation(
        id=own,
        aliases=read_aliases(others, own),
        package=qualify_name(item.line("module_name"), NPM),
        version=", ".join(distinct(each.line("version") for each in installed)),
        severities=_claims([item]),
        fix_versions=distinct(_PATCHED.findall(item.text("patched_versions"))),
        title=item.line("title"),
        description=item.text("overview"),
        references=item.texts("url"),
        published=item.day("created"),
        scope=_scope(installed or [item]),
    )

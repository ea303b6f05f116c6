"""`npm audit --json`: the shape of npm 6 (advisories) and of npm 7 and later (packages).

https://docs.npmjs.com/cli/commands/npm-audit. From version 7 on an entry is a package that has
problems or depends on one that has: it is named by the package, its advisories are references.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from secstatus.errors import shown
from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    Scope,
    SeverityClaim,
    Verdict,
)
from secstatus.scanners.packages import qualify_name
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    describe_value,
    distinct,
    find_miscount,
    find_text,
    line_at,
    list_items,
    list_texts,
    objects_at,
    read_aliases,
    read_count,
    read_day,
    read_identifier,
    read_line,
    read_mapping,
    to_text,
)

NAME = "npm-audit"
NPM = "npm"

_PATCHED = re.compile(r">=\s*(\d[^\s|&<>=]*)")


def recognises(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    if "auditReportVersion" in data:
        return isinstance(data.get("vulnerabilities"), dict)
    return isinstance(data.get("advisories"), dict) and isinstance(data.get("metadata"), dict)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. A package that only development needs is of that scope, where it says so."""
    root = read_mapping(data, "$")
    metadata = read_mapping(root.get("metadata") or {}, "$.metadata")
    if "advisories" in root:
        listed = list(_values(root["advisories"], "$.advisories"))
        found = [_advisory(item, key, place) for key, place, item in listed]
        miscount = _paths_without_entries(metadata, len(found))
        audited = read_count(metadata.get("totalDependencies"))
    else:
        listed = list(_values(root.get("vulnerabilities"), "$.vulnerabilities"))
        found = [_package(item, key, place) for key, place, item in listed]
        miscount = find_miscount(at(metadata, "vulnerabilities", "total"), len(found), "packages")
        audited = read_count(at(metadata, "dependencies", "total"))
    return (_report(found, audited, miscount),)


def _report(found: list[Observation], audited: int | None, wrong: tuple[str, ...]) -> ScanReport:
    if audited == 0:
        wrong = ("It audited 0 packages.", *wrong)
    silent = () if audited is not None else ("It does not say how much it audited.",)
    unless_wrong = Verdict.COMPLETE if audited else Verdict.UNSTATED
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=Verdict.FAILED if wrong else unless_wrong,
        observations=tuple(found),
        audited=audited,
        problems=(*wrong, *silent),
        ecosystems=(NPM,),
    )


def _values(value: object, place: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Key, place and object of each entry of an object that has to be there."""
    for key, item in read_mapping(value, place).items():
        where = f"{place}[{shown(key)}]"
        yield key, where, read_mapping(item, where)


def _paths_without_entries(metadata: Mapping[str, Any], listed: int) -> tuple[str, ...]:
    """npm 6 counts every path to a vulnerable package, so that only none against some is wrong."""
    counts = read_mapping(metadata.get("vulnerabilities") or {}, "$.metadata.vulnerabilities")
    counted = sum(read_count(each) or 0 for each in counts.values())
    return find_miscount(counted, listed, "vulnerabilities") if counted and not listed else ()


def _package(item: Mapping[str, Any], key: str, place: str) -> Observation:
    name = read_identifier(item.get("name", key), f"{place}.name")
    through = list(list_items(item.get("via"), f"{place}.via"))
    for where, each in through:
        if not isinstance(each, dict | str):
            raise NotThisReport(where, describe_value(each), "an advisory or a package's name")
    advisories = [each for _, each in through if isinstance(each, dict)]
    others = [read_line(each) for _, each in through if isinstance(each, str)]
    return Observation(
        id=name,
        package=qualify_name(name, NPM),
        version=read_line(item.get("version")),
        severities=_claims([item, *advisories]),
        fix_versions=_fix(item.get("fixAvailable"), name),
        title="; ".join(filter(None, (read_line(each.get("title")) for each in advisories))),
        description=_description(item, advisories, others),
        references=distinct([line_at(each, "url") for each in advisories]),
        scope=_scope([item]),
    )


def _scope(entries: Sequence[Mapping[str, Any]]) -> str:
    """`development` when every entry says so."""
    return Scope.DEVELOPMENT if all(each.get("dev") is True for each in entries) else ""


def _claims(said: Sequence[Mapping[str, Any]]) -> tuple[SeverityClaim, ...]:
    """The words of the package and of its advisories: the worst counts; and all vectors."""
    words = {to_text(each.get("severity")) for each in said}
    vectors = {find_text(each, "cvss", "vectorString") for each in said}
    claims = [SeverityClaim("word", NAME, word) for word in words if word]
    claims += [SeverityClaim("vector", NAME, vector) for vector in vectors if vector]
    return tuple(sorted(claims))


def _fix(offered: object, name: str) -> tuple[str, ...]:
    """Only a version of the package itself; npm may offer one of a package above it."""
    if find_text(offered, "name") != name:
        return ()
    return list_texts(at(offered, "version"))


def _description(
    item: Mapping[str, Any], advisories: list[dict[str, Any]], others: list[str]
) -> str:
    said = [
        " ".join(filter(None, (read_line(each.get("title")), read_line(each.get("range")))))
        for each in advisories
    ]
    if others:
        said.append(f"It depends on {', '.join(others)}.")
    if affected := read_line(item.get("range")):
        said.append(f"Affected versions: {affected}.")
    return "\n\n".join(filter(None, said))


def _advisory(item: Mapping[str, Any], key: str, place: str) -> Observation:
    advisory_id = read_identifier(item.get("id", key), f"{place}.id")
    others = [*list_texts(item.get("cves")), to_text(item.get("github_advisory_id"))]
    installed = objects_at(item, "findings")
    versions = distinct([read_line(each.get("version")) for each in installed])
    return Observation(
        id=advisory_id,
        aliases=read_aliases(others, advisory_id),
        package=qualify_name(read_line(item.get("module_name")), NPM),
        version=", ".join(versions),
        severities=_claims([item]),
        fix_versions=distinct(_PATCHED.findall(to_text(item.get("patched_versions")))),
        title=read_line(item.get("title")),
        description=to_text(item.get("overview")),
        references=list_texts(item.get("url")),
        published=read_day(item.get("created")),
        scope=_scope(installed or [item]),
    )

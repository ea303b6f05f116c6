"""Grype's JSON: `{"matches": […], "ignoredMatches": […], "source": …, "descriptor": …}`.

https://github.com/anchore/grype/tree/main/schema/grype. It lists matches and never what it looked
at, so that no report is `complete`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Verdict
from secstatus.scanners.packages import ecosystems_of, name_package
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    distinct,
    find_text,
    first_text,
    line_at,
    list_objects,
    list_texts,
    objects_at,
    read_aliases,
    read_identifier,
    read_line,
    read_mapping,
    read_path,
    read_timestamp,
)

NAME = "grype"


def recognises(data: Any) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("matches"), list | None):
        return False
    return "matches" in data and ("descriptor" in data or "source" in data)


def read(data: Any) -> tuple[ScanReport, ...]:
    report = read_mapping(data, "$")
    if "matches" not in report:
        raise NotThisReport("$.matches", "nothing", "a list of matches")
    found = (*_matches(report), *_ignored(report))
    scan = ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=Verdict.UNSTATED,
        observations=found,
        problems=("It lists matches, not what was looked at.", *_alerts(report)),
        scope=_scope(report.get("source")),
        tool_version=line_at(report, "descriptor", "version"),
        scanned_at=read_timestamp(at(report, "descriptor", "timestamp")),
        ecosystems=ecosystems_of(each.package for each in found),
    )
    return (scan,)


def _matches(report: Mapping[str, Any]) -> Iterator[Observation]:
    for place, match in list_objects(report.get("matches"), "$.matches"):
        yield _observation(match, place)


def _ignored(report: Mapping[str, Any]) -> Iterator[Observation]:
    """Matches that a rule or a VEX document took out of the list."""
    for place, match in list_objects(report.get("ignoredMatches"), "$.ignoredMatches"):
        rules = objects_at(match, "appliedIgnoreRules")
        words = [first_text(rule.get("reason"), rule.get("vex-status")) for rule in rules]
        reason = read_line("; ".join(distinct(words))) or "ignored by a rule"
        yield replace(_observation(match, place), suppressed=reason)


def _alerts(report: Mapping[str, Any]) -> Iterator[str]:
    """What Grype warns of: a distribution that gets no updates, for one."""
    seen = {
        read_line(first_text(alert.get("message"), alert.get("type")))
        for package in objects_at(report, "alertsByPackage")
        for alert in objects_at(package, "alerts")
    }
    yield from sorted(filter(None, seen))


def _scope(source: Any) -> tuple[str, ...]:
    target = at(source, "target")
    return distinct([read_path(first_text(at(target, "userInput"), target))])


def _observation(match: Mapping[str, Any], place: str) -> Observation:
    where = f"{place}.vulnerability"
    vulnerability = read_mapping(match.get("vulnerability"), where)
    found_id = read_identifier(vulnerability.get("id"), f"{where}.id")
    related = objects_at(match, "relatedVulnerabilities")
    descriptions = [item.get("description") for item in (vulnerability, *related)]
    claims = [claim for item in (vulnerability, *related) for claim in _severities(item)]
    return Observation(
        id=found_id,
        aliases=_aliases(found_id, related),
        package=_package(match.get("artifact")),
        version=line_at(match, "artifact", "version"),
        severities=tuple(dict.fromkeys(claims)),
        fix_versions=_fixes(vulnerability),
        description=first_text(*descriptions),
        location=read_path(at(match, "artifact", "locations", 0, "path")),
        references=_references(vulnerability),
    )


def _package(artifact: Any) -> str:
    return name_package(
        line_at(artifact, "name"), find_text(artifact, "purl"), find_text(artifact, "type")
    )


def _aliases(found_id: str, related: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """The related ids; none when there are several CVEs.

    An advisory of a distribution may gather several problems. As aliases they would be joined to
    one finding.
    """
    ids = read_aliases([item.get("id") for item in related], found_id)
    together = [name for name in (found_id, *ids) if name.upper().startswith("CVE-")]
    return ids if len(together) <= 1 else ()


def _fixes(vulnerability: Mapping[str, Any]) -> tuple[str, ...]:
    """`fixedInVersion` is what versions before 0.13 wrote."""
    fixes = list_texts(at(vulnerability, "fix", "versions"))
    return distinct(fixes or list_texts(vulnerability.get("fixedInVersion")))


def _references(vulnerability: Mapping[str, Any]) -> tuple[str, ...]:
    urls = (*list_texts(vulnerability.get("urls")), *list_texts(vulnerability.get("links")))
    return distinct((find_text(vulnerability, "dataSource"), *urls))


def _severities(item: Mapping[str, Any]) -> Iterator[SeverityClaim]:
    source = first_text(item.get("namespace"), NAME)
    word = find_text(item, "severity")
    if word:
        # Debian's sixth step, below low.
        word = "info" if word.lower() == "negligible" else word
        yield SeverityClaim("word", source, word)
    for cvss in objects_at(item, "cvss"):
        said_by = first_text(cvss.get("source"), source)
        score = find_text(cvss, "metrics", "baseScore")
        if vector := find_text(cvss, "vector"):
            yield SeverityClaim("vector", said_by, vector)
        elif score and not find_text(cvss, "version").startswith("2"):
            yield SeverityClaim("score", said_by, score)

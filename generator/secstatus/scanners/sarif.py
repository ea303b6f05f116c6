"""SARIF 2.1.0, read leniently: real tools also emit its drafts, and words in the wrong case.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. Most files carry no invocation and
can therefore not prove that the tool ran to its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from secstatus.findings.observation import Observation, ScanKind, ScanReport, Verdict
from secstatus.scanners.fingerprints import fingerprint, told_apart
from secstatus.scanners.lookup import (
    at,
    distinct,
    first_text,
    objects_at,
    placed,
    text_at,
)
from secstatus.scanners.reading import (
    NotThisReport,
    count_of,
    identifier,
    line_of,
    mapping,
    objects,
    path_of,
    text_of,
)
from secstatus.scanners.sarif_packages import Affected, affected, is_dependency_scanner
from secstatus.scanners.sarif_rules import (
    Rule,
    Rules,
    driver_of,
    message_of,
    references,
    severities,
)
from secstatus.scanners.sarif_runs import outcome, started, worst

NAME = "sarif"
LONGEST_NAME = 100

_NO_FINDINGS = ("pass", "notapplicable", "informational")
_SECRET_SCANNERS = ("gitleaks", "trufflehog", "detect-secrets")


def recognises(data: Any) -> bool:
    """By schema or version; a file without either by the first of its runs."""
    if not isinstance(data, dict) or not isinstance(data.get("runs"), list | None):
        return False
    schema, version = text_at(data, "$schema"), text_at(data, "version")
    named = "sarif" in schema.lower() or version.startswith(("1.", "2."))
    return "runs" in data and (named or "results" in (at(data, "runs", 0) or ()))


def read(data: Any) -> ScanReport:
    """The report: every run's results, and the worst of the runs' verdicts."""
    document = mapping(data, "$")
    if "runs" not in document:
        raise NotThisReport("$.runs", "nothing", "a list of runs")
    runs = list(objects(document["runs"], "$.runs"))
    tools = distinct([_tool(run) for _, run in runs]) or (NAME,)
    outcomes = [outcome(run, place) for place, run in runs]
    elsewhere = _elsewhere(document)
    verdicts = [verdict for verdict, _ in outcomes] + [Verdict.UNSTATED for _ in elsewhere]
    problems = [problem for _, found in outcomes for problem in found]
    moments = [moment for _, run in runs if (moment := started(run))]
    return ScanReport(
        scanner="+".join(tools)[:LONGEST_NAME],
        kind=_kind(tools),
        verdict=worst(verdicts) if runs else Verdict.FAILED,
        observations=told_apart(each for where, run in runs for each in _results(run, where)),
        problems=distinct([*problems, *elsewhere, *_no_runs(runs)]),
        tool_version="+".join(distinct([_version(run) for _, run in runs])),
        scanned_at=min(moments, default=None),
    )


def _no_runs(runs: list[Any]) -> tuple[str, ...]:
    return () if runs else ("It has no runs: no scan took place.",)


def _elsewhere(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Results may be moved out of a run to another part of the file: then it is not whole."""
    moved = [
        each for each in objects_at(document, "inlineExternalProperties") if each.get("results")
    ]
    return ("Results in inlineExternalProperties were not read.",) if moved else ()


def _tool(run: Mapping[str, Any]) -> str:
    name = text_at(driver_of(run), "name").lower()
    return re.sub(r"[^a-z0-9.]+", "-", name).strip("-.")


def _version(run: Mapping[str, Any]) -> str:
    driver = driver_of(run)
    return line_of(first_text(driver.get("version"), driver.get("semanticVersion")))


def _kind(tools: tuple[str, ...]) -> ScanKind:
    if all(map(is_dependency_scanner, tools)):
        return ScanKind.DEPENDENCIES
    if all(tool.startswith(_SECRET_SCANNERS) for tool in tools):
        return ScanKind.SECRETS
    return ScanKind.CODE


def _results(run: Mapping[str, Any], place: str) -> Iterator[Observation]:
    rules, tool = Rules(run), _tool(run) or NAME
    for where, result in objects(run.get("results"), f"{place}.results"):
        if _is_finding(result):
            yield _observation(result, where, run, rules.of(result), tool)


def _is_finding(result: Mapping[str, Any]) -> bool:
    """Not what passed, was not applicable or informs, nor what a baseline says is gone."""
    if text_at(result, "kind").lower() in _NO_FINDINGS:
        return False
    return text_at(result, "baselineState").lower() != "absent"


def _observation(
    result: Mapping[str, Any], place: str, run: Mapping[str, Any], rule: Rule, tool: str
) -> Observation:
    message = message_of(result, rule)
    found_id = _id(result, rule, message, tool, place)
    package = affected(result, rule, message) if is_dependency_scanner(tool) else Affected()
    path, line, snippet = _location(result, run)
    # A secret goes no further, not even as a digest that somebody could try passwords on.
    code = message if tool.startswith(_SECRET_SCANNERS) else snippet or message
    return Observation(
        id=found_id,
        aliases=package.aliases,
        package=package.package,
        version=package.version,
        severities=severities(result, rule, tool),
        fix_versions=package.fix_versions,
        title=line_of(first_text(at(rule, "shortDescription", "text"), message)),
        description=first_text(message, at(rule, "fullDescription", "text")),
        location=placed(path, line),
        # A package and an id are all that makes a finding in a dependency the same one.
        fingerprint="" if package.package else _fingerprint(result, found_id, path, code),
        references=tuple(references(rule)),
        published=package.published,
        suppressed=_suppressed(result),
    )


def _id(result: Mapping[str, Any], rule: Rule, message: str, tool: str, place: str) -> str:
    """The rule's id; without one a name made of the tool and its message, the same every time."""
    stated = first_text(result.get("ruleId"), at(result, "rule", "id"), rule.get("id"))
    return identifier(stated or f"{tool}-{fingerprint(message)[:12]}", f"{place}.ruleId")


def _location(result: Mapping[str, Any], run: Mapping[str, Any]) -> tuple[str, Any, str]:
    """Path, line and code of the first location; what the file does not say is empty."""
    physical = at(result, "locations", 0, "physicalLocation")
    artifact = at(physical, "artifactLocation") or at(physical, "fileLocation")
    index = count_of(at(artifact, "index"))
    listed = at(run, "artifacts", index, "location", "uri") if index is not None else None
    uri = first_text(at(artifact, "uri"), listed)
    plain = unquote(uri)
    logical = at(result, "locations", 0, "logicalLocations", 0)
    named = first_text(at(logical, "fullyQualifiedName"), at(logical, "name"))
    region = at(physical, "region")
    path = (plain if plain.isprintable() else uri) or named
    return path_of(path), at(region, "startLine"), text_at(region, "snippet", "text")


def _fingerprint(result: Mapping[str, Any], found_id: str, path: str, code: str) -> str:
    """The tool's own fingerprints when it gives any, else a digest of rule, path and code."""
    for key in ("fingerprints", "partialFingerprints"):
        own = at(result, key)
        pairs = own.items() if isinstance(own, dict) else ()
        known = sorted(f"{name}={text}" for name, value in pairs if (text := text_of(value)))
        if known:
            return fingerprint(found_id, path, *known)
    return fingerprint(found_id, path, code)


def _suppressed(result: Mapping[str, Any]) -> str:
    """Why the result is suppressed; empty while one suppression is under review or rejected.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, 3.27.23: no status means
    accepted. Drafts call it `state`.
    """
    found = objects_at(result, "suppressions")
    states = [first_text(each.get("status"), each.get("state")).lower() for each in found]
    if not found or not set(states) <= {"", "accepted"}:
        return ""
    return line_of("; ".join(distinct([_reason(each) for each in found])))


def _reason(suppression: Mapping[str, Any]) -> str:
    kind = text_at(suppression, "kind")
    fallback = "suppressed in the source" if kind == "inSource" else "suppressed"
    return first_text(suppression.get("justification"), fallback)

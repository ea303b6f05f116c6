"""safety's JSON of `safety scan --output json`, version 3: projects, files, specifications.

https://docs.safetycli.com/safety-docs/output/. It says nothing of packages that a file needs
without naming them, so that no report is `complete`. It gives neither severities nor aliases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, Skipped, Verdict
from secstatus.scanners.packages import PYPI, inventory_of, unbuilt
from secstatus.scanners.reading import (
    at,
    distinct,
    find_text,
    first_text,
    line_at,
    list_at,
    list_objects,
    read_count,
    read_identifier,
    read_line,
    read_mapping,
    read_path,
    read_timestamp,
)

NOT_PINNED = "not pinned: not checked"

_PIN = re.compile(r"\s*={2,3}\s*([^\s,;*]+)\s*")


def find_pinned_version(specifier: str) -> str:
    """The version in `==1.2`; empty for any other specifier."""
    found = _PIN.fullmatch(specifier)
    return found[1] if found else ""


def recognises(data: Any) -> bool:
    return isinstance(data, dict) and "meta" in data and isinstance(data.get("scan_results"), dict)


@dataclass(frozen=True, slots=True)
class _Specification:
    """One requirement of a file: `raw` is the text of the file, `name==version` when pinned."""

    place: str
    data: Mapping[str, Any]
    name: str
    version: str
    path: str


def read_scan(root: Mapping[str, Any]) -> ScanReport:
    """The report; `unstated`, since it cannot say that it lists every dependency."""
    listed = list(_specifications(root))
    checked = [each for each in listed if each.version]
    skipped = tuple(Skipped(each.name, NOT_PINNED) for each in listed if not each.version)
    found = tuple(each for item in listed for each in _findings(item))
    inventory = inventory_of((each.name, each.version) for each in checked)
    gaps = (*_miscounted(listed), *unbuilt(inventory))
    return ScanReport(
        scanner="safety",
        kind=ScanKind.DEPENDENCIES,
        verdict=_verdict(len(checked), bool(skipped or gaps)),
        observations=found,
        audited=len(checked),
        skipped=skipped,
        problems=(*_problems(len(checked)), *gaps),
        inventory=inventory,
        scope=distinct([each.path for each in listed]),
        tool_version=line_at(root, "meta", "telemetry", "safety_version"),
        scanned_at=read_timestamp(at(root, "meta", "timestamp")),
        ecosystems=(PYPI,),
    )


def _verdict(checked: int, gaps: bool) -> Verdict:
    if not checked:
        return Verdict.FAILED
    return Verdict.PARTIAL if gaps else Verdict.UNSTATED


def _problems(checked: int) -> Iterator[str]:
    if not checked:
        yield "It checked 0 packages."
    yield "It checks what the files name, and does not say whether that is every dependency."


def _specifications(root: Mapping[str, Any]) -> Iterator[_Specification]:
    place = "$.scan_results.projects"
    results = read_mapping(root.get("scan_results"), "$.scan_results")
    loose = list(list_objects(results.get("files"), "$.scan_results.files"))
    files = [
        each
        for where, project in list_objects(results.get("projects"), place)
        for each in list_objects(project.get("files"), f"{where}.files")
    ]
    for where, file in (*files, *loose):
        inner = f"{where}.results.dependencies"
        for spot, dependency in list_objects(at(file, "results", "dependencies"), inner):
            yield from _of_dependency(dependency, spot, read_path(file.get("location")))


def _of_dependency(
    dependency: Mapping[str, Any], place: str, path: str
) -> Iterator[_Specification]:
    listed = list(list_objects(dependency.get("specifications"), f"{place}.specifications"))
    if not listed:
        yield _Specification(place, {}, read_identifier(dependency.get("name"), place), "", path)
    for where, item in listed:
        name, mark, rest = line_at(item, "raw").partition("==")
        stated = first_text(dependency.get("name"), name)
        version = find_pinned_version(mark + rest.partition(";")[0]) if mark else ""
        yield _Specification(where, item, read_identifier(stated, f"{place}.name"), version, path)


def _findings(item: _Specification) -> Iterator[Observation]:
    known = f"{item.place}.vulnerabilities.known_vulnerabilities"
    vulnerabilities = at(item.data, "vulnerabilities", "known_vulnerabilities")
    for where, vulnerability in list_objects(vulnerabilities, known):
        remedy = at(item.data, "vulnerabilities", "remediation")
        affected = line_at(vulnerability, "vulnerable_spec")
        yield Observation(
            id=read_identifier(vulnerability.get("id"), f"{where}.id"),
            package=item.name,
            version=item.version,
            fix_versions=distinct([line_at(remedy, "recommended")]),
            description=f"Affected versions: {affected}." if affected else "",
            location=item.path,
            suppressed=_ignored(vulnerability.get("ignored")),
        )


def _ignored(said: object) -> str:
    """Why it is ignored, and until when; empty when it is not."""
    if not isinstance(said, dict):
        return "ignored without a reason" if said is True else ""
    reason = first_text(said.get("reason"), said.get("code")) or "ignored without a reason"
    until = find_text(said, "expires")
    return read_line(f"{reason} (until {until})" if until else reason)


def _miscounted(listed: list[_Specification]) -> Iterator[str]:
    for each in listed:
        found = at(each.data, "vulnerabilities", "remediation", "vulnerabilities_found")
        counted = read_count(found) or 0
        shown = len(list_at(each.data, "vulnerabilities", "known_vulnerabilities"))
        if counted > shown:
            yield f"It counts {counted:,} vulnerabilities in {each.name} and lists {shown:,}."

"""safety's JSON of `safety scan --output json`, version 3: projects, files, specifications.

https://docs.safetycli.com/safety-docs/output/. It does not list transitive dependencies that
a file does not name, so that no report is `complete`. It gives neither severities nor aliases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, Skipped
from secstatus.scanners.packages import PYPI, find_unbuilt, list_inventory
from secstatus.scanners.reading import ReportNode, decide_verdict, distinct, read_line

NOT_PINNED = "not pinned: not checked"

# PEP 440: `==` and `===`; `==1.*` pins no version.
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

    node: ReportNode
    name: str
    version: str
    path: str


def read_scan(root: ReportNode) -> ScanReport:
    """Parse the report. It is `unstated`: it does not state that it lists every dependency."""
    listed = list(_list_specifications(root))
    checked = [each for each in listed if each.version]
    inventory = list_inventory((each.name, each.version) for each in checked)
    skipped = tuple(Skipped(each.name, NOT_PINNED) for each in listed if not each.version)
    gaps = (*_list_miscounts(listed), *find_unbuilt(inventory))
    failures = () if checked else ("It checked 0 packages.",)
    limit = "It checks what the files name, and does not say whether that is every dependency."
    return ScanReport(
        scanner="safety",
        kind=ScanKind.DEPENDENCIES,
        verdict=decide_verdict(failures, skipped or gaps, unstated=limit),
        observations=tuple(each for item in listed for each in _list_observations(item)),
        audited=len(checked),
        skipped=skipped,
        problems=(*failures, limit, *gaps),
        inventory=inventory,
        scope=distinct(each.path for each in listed),
        tool_version=root.line("meta", "telemetry", "safety_version"),
        scanned_at=root.timestamp("meta", "timestamp"),
        ecosystems=(PYPI,),
    )


def _list_specifications(root: ReportNode) -> Iterator[_Specification]:
    results = root.expect_object("scan_results")
    # Files stand in their project, or beside the projects when they belong to none.
    loose = results.expect_objects("files")
    projects = results.expect_objects("projects")
    files = [file for project in projects for file in project.expect_objects("files")]
    for file in (*files, *loose):
        for dependency in file.expect_objects("results", "dependencies"):
            yield from _read_dependency(dependency, file.path("location"))


def _read_dependency(dependency: ReportNode, path: str) -> Iterator[_Specification]:
    listed = dependency.expect_objects("specifications")
    if not listed:
        name = dependency.identifier("name")
        yield _Specification(ReportNode({}), name, "", path)
    for item in listed:
        raw, mark, rest = item.line("raw").partition("==")
        name = item.identifier("name", found=dependency.text("name") or raw.strip())
        # What follows a semicolon is a marker (PEP 508).
        version = find_pinned_version(mark + rest.partition(";")[0]) if mark else ""
        yield _Specification(item, name, version, path)


def _list_observations(item: _Specification) -> Iterator[Observation]:
    fix = item.node.line("vulnerabilities", "remediation", "recommended")
    for each in item.node.expect_objects("vulnerabilities", "known_vulnerabilities"):
        affected = each.line("vulnerable_spec")
        yield Observation(
            id=each.identifier("id"),
            package=item.name,
            version=item.version,
            fix_versions=distinct([fix]),
            description=f"Affected versions: {affected}." if affected else "",
            location=item.path,
            suppressed=_explain(each.at("ignored")),
        )


def _explain(ignored: ReportNode) -> str:
    """Why it is ignored, and until when; empty when it is not."""
    if not isinstance(ignored.value, dict):
        return "ignored without a reason" if ignored.value is True else ""
    reason = ignored.first_text("reason", "code") or "ignored without a reason"
    until = ignored.text("expires")
    return read_line(f"{reason} (until {until})" if until else reason)


def _list_miscounts(listed: list[_Specification]) -> Iterator[str]:
    # What is counted and not listed may be open: the package was not wholly reported.
    for each in listed:
        found = each.node.at("vulnerabilities")
        counted = found.count("remediation", "vulnerabilities_found") or 0
        number = len(found.values("known_vulnerabilities"))
        if counted > number:
            yield f"It counts {counted:,} vulnerabilities in {each.name} and lists {number:,}."

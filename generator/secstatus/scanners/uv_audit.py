"""`uv audit --output-format json`, schemas `preview` and `v1`.

https://docs.astral.sh/uv/reference/cli/#uv-audit. It has counts instead of an inventory,
and neither a time nor severities. What `--ignore` leaves out leaves no trace in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim
from secstatus.jsonio.values import LONGEST_ID
from secstatus.scanners.packages import PYPI
from secstatus.scanners.reading import (
    NotThisReport,
    ReportNode,
    decide_verdict,
    find_miscount,
    read_aliases,
)

NAME = "uv-audit"

# Project statuses of PEP 792: active, archived, quarantined, deprecated.
_QUARANTINED = "quarantined"


def recognises(data: Any) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("schema"), dict):
        return False
    return "adverse_statuses" in data or "vulnerabilities" in data or "tools" in data


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. A package that the index has quarantined is a critical finding.

    The other adverse statuses (archived, deprecated) are problems, not vulnerabilities.
    """
    root = _expect_project(data)
    summary = root.expect_object("summary")
    audited = summary.count("audited_packages")
    if audited is None:
        raise summary.at("audited_packages").refuse("a count of packages")
    vulnerabilities = root.require_objects("vulnerabilities")
    adverse = root.require_objects("adverse_statuses")
    counted = summary.value.get
    # A report that counts more than it lists was edited or cut.
    failures = (
        *(() if audited else ("It audited 0 packages.",)),
        *find_miscount(counted("vulnerabilities"), len(vulnerabilities), "vulnerabilities"),
        *find_miscount(counted("adverse_statuses"), len(adverse), "adverse statuses"),
    )
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=decide_verdict(failures),
        observations=(*map(_observation, vulnerabilities), *_list_quarantined(adverse)),
        audited=audited,
        problems=(*failures, *map(_describe_status, adverse)),
        ecosystems=(PYPI,),
    )
    return (report,)


def _expect_project(data: Any) -> ReportNode:
    root = ReportNode(data).expect_object()
    # An audit of tools that uv installed says nothing about the project's own dependencies.
    if "tools" in root:
        expected = "an audit of the project, as `uv audit` makes it"
        raise NotThisReport("$.tools", "an audit of installed tools", expected)
    return root


def _describe_status(item: ReportNode) -> str:
    status = item.line("status") or "of an adverse status"
    reason = item.line("reason")
    return f"{item.line('name') or 'A package'} is {status}" + (f": {reason}" if reason else ".")


def _list_quarantined(adverse: list[ReportNode]) -> Iterator[Observation]:
    # PEP 792: an index quarantines a project that is suspected of malware, and no version of it
    # should be installed. There is no advisory, and so no id of one.
    for item in adverse:
        if item.text("status").lower() == _QUARANTINED:
            name = item.identifier("name")
            yield Observation(
                id=f"QUARANTINED-{name}"[:LONGEST_ID],
                package=name,
                version=item.line("version"),
                severities=(SeverityClaim("word", "package index", "critical"),),
                title="Quarantined by the package index",
                description=item.text("reason"),
            )


def _observation(item: ReportNode) -> Observation:
    vuln_id = item.identifier("id")
    others = [*item.texts("aliases"), item.text("display_id")]
    return Observation(
        id=vuln_id,
        aliases=read_aliases(others, vuln_id),
        package=item.line("dependency", "name"),
        version=item.line("dependency", "version"),
        fix_versions=item.texts("fix_versions"),
        title=item.line("summary"),
        description=item.text("description"),
        references=item.texts("link"),
        published=item.day("published"),
    )

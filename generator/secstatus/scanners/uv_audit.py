"""`uv audit --output-format json`, schemas `preview` and `v1`.

https://docs.astral.sh/uv/reference/cli/#uv-audit. It has counts instead of an inventory,
and neither a time nor severities. What `--ignore` leaves out leaves no trace in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Verdict
from secstatus.jsonio.values import LONGEST_ID
from secstatus.scanners.packages import PYPI
from secstatus.scanners.reading import (
    NotThisReport,
    describe_value,
    find_miscount,
    find_text,
    list_entries,
    list_texts,
    read_aliases,
    read_count,
    read_day,
    read_identifier,
    read_line,
    read_mapping,
    to_text,
)

NAME = "uv-audit"

_QUARANTINED = "quarantined"


def recognises(data: Any) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("schema"), dict):
        return False
    return "adverse_statuses" in data or "vulnerabilities" in data or "tools" in data


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. A package that the index has quarantined is a critical finding.

    The other adverse statuses (archived, deprecated) are problems, no vulnerabilities.
    """
    root = read_mapping(data, "$")
    summary = read_mapping(_project(root).get("summary"), "$.summary")
    audited = read_count(summary.get("audited_packages"))
    if audited is None:
        found = describe_value(summary.get("audited_packages"))
        raise NotThisReport("$.summary.audited_packages", found, "a count of packages")
    vulnerabilities = list_entries(root, "vulnerabilities")
    adverse = list_entries(root, "adverse_statuses")
    wrong = (
        *(() if audited else ("It audited 0 packages.",)),
        *find_miscount(summary.get("vulnerabilities"), len(vulnerabilities), "vulnerabilities"),
        *find_miscount(summary.get("adverse_statuses"), len(adverse), "adverse statuses"),
    )
    advisories = (_observation(item, place) for place, item in vulnerabilities)
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=Verdict.FAILED if wrong else Verdict.COMPLETE,
        observations=(*advisories, *_quarantined(adverse)),
        audited=audited,
        problems=(*wrong, *_adverse(item for _, item in adverse)),
        ecosystems=(PYPI,),
    )
    return (report,)


def _project(root: Mapping[str, Any]) -> Mapping[str, Any]:
    if "tools" in root:
        expected = "an audit of the project, as `uv audit` makes it"
        raise NotThisReport("$.tools", "an audit of installed tools", expected)
    return root


def _adverse(listed: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    for item in listed:
        name, reason = read_line(item.get("name")), read_line(item.get("reason"))
        status = read_line(item.get("status")) or "of an adverse status"
        yield f"{name or 'A package'} is {status}" + (f": {reason}" if reason else ".")


def _quarantined(listed: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Observation]:
    for place, item in listed:
        if to_text(item.get("status")).lower() == _QUARANTINED:
            name = read_identifier(item.get("name"), f"{place}.name")
            yield Observation(
                id=f"QUARANTINED-{name}"[:LONGEST_ID],
                package=name,
                version=read_line(item.get("version")),
                severities=(SeverityClaim("word", "package index", "critical"),),
                title="Quarantined by the package index",
                description=to_text(item.get("reason")),
            )


def _observation(item: Mapping[str, Any], place: str) -> Observation:
    vuln_id = read_identifier(item.get("id"), f"{place}.id")
    others = [*list_texts(item.get("aliases")), to_text(item.get("display_id"))]
    return Observation(
        id=vuln_id,
        aliases=read_aliases(others, vuln_id),
        package=read_line(find_text(item, "dependency", "name")),
        version=read_line(find_text(item, "dependency", "version")),
        fix_versions=list_texts(item.get("fix_versions")),
        title=read_line(item.get("summary")),
        description=to_text(item.get("description")),
        references=list_texts(item.get("link")),
        published=read_day(item.get("published")),
    )

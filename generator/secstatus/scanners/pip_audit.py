"""pip-audit's JSON: `{"dependencies": […], "fixes": […]}`, before version 2 the list alone.

https://github.com/pypa/pip-audit#json. The file has neither a time nor severities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, Skipped, Verdict
from secstatus.scanners.packages import PYPI, inventory_of, unbuilt
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    describe_value,
    line_at,
    list_objects,
    list_texts,
    read_aliases,
    read_identifier,
    read_line,
    read_mapping,
    read_timestamp,
    to_text,
)

NAME = "pip-audit"

_Dependency = tuple[str, Mapping[str, Any]]


def recognises(data: Any) -> bool:
    """By the first entries. An empty list alone could be anybody's."""
    listed = data.get("dependencies") if isinstance(data, dict) else data
    if not isinstance(listed, list) or data == []:
        return False
    return all(isinstance(item, dict) and _is_dependency(item) for item in listed[:5])


def _is_dependency(item: Mapping[str, Any]) -> bool:
    return "name" in item and ("vulns" in item or "skip_reason" in item)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. Exit status 0 with everything skipped is `failed` here: nobody looked.

    Without any dependency it is `failed` too, with an empty inventory.
    """
    listed = _dependencies(data)
    audited = [(where, item) for where, item in listed if item.get("skip_reason") is None]
    skipped = tuple(
        Skipped(read_line(item.get("name")), read_line(item.get("skip_reason")))
        for _, item in listed
        if item.get("skip_reason") is not None
    )
    inventory = inventory_of(_package(item, where) for where, item in audited)
    gaps = unbuilt(inventory)
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=_verdict(len(audited), len(skipped) + len(gaps)),
        observations=tuple(found for where, item in listed for found in _findings(item, where)),
        audited=len(audited),
        skipped=skipped,
        problems=(*_problems(len(audited), len(skipped)), *gaps),
        inventory=inventory,
        tool_version=line_at(data, "tool", "version"),
        scanned_at=read_timestamp(at(data, "generated_at")),
        ecosystems=(PYPI,),
    )
    return (report,)


def _dependencies(data: Any) -> list[_Dependency]:
    """Every entry. One that says neither what was found nor why nobody looked is an error."""
    place, listed = ("$", data) if isinstance(data, list) else _inner(data)
    if not isinstance(listed, list):
        raise NotThisReport(place, describe_value(listed), "a list of dependencies")
    found = list(list_objects(listed, place))
    for where, item in found:
        if item.get("skip_reason") is None and not isinstance(item.get("vulns"), list):
            raise NotThisReport(f"{where}.vulns", describe_value(item.get("vulns")), "a list")
    return found


def _inner(data: Any) -> tuple[str, Any]:
    return "$.dependencies", read_mapping(data, "$").get("dependencies")


def _package(item: Mapping[str, Any], place: str) -> tuple[str, str]:
    name = read_identifier(item.get("name"), f"{place}.name")
    return name, read_line(item.get("version"))


def _verdict(audited: int, gaps: int) -> Verdict:
    if not audited:
        return Verdict.FAILED
    return Verdict.PARTIAL if gaps else Verdict.COMPLETE


def _problems(audited: int, skipped: int) -> tuple[str, ...]:
    if audited:
        return ()
    if skipped:
        return (f"It audited 0 of {skipped} packages: every one was skipped.",)
    return ("It lists no dependency: nothing was audited.",)


def _findings(item: Mapping[str, Any], place: str) -> Iterator[Observation]:
    for where, vuln in list_objects(item.get("vulns"), f"{place}.vulns"):
        vuln_id = read_identifier(vuln.get("id"), f"{where}.id")
        yield Observation(
            id=vuln_id,
            aliases=read_aliases(vuln.get("aliases"), vuln_id),
            package=read_line(item.get("name")),
            version=read_line(item.get("version")),
            fix_versions=list_texts(vuln.get("fix_versions")),
            description=to_text(vuln.get("description")),
        )

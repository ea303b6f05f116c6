"""safety's JSON: `safety check --output json` of versions 2 and 3, `safety scan` of version 3.

https://docs.safetycli.com/safety-docs/output/. Its time has no zone and is taken as UTC; most
severities are for paying users only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Skipped
from secstatus.scanners import safety_scan
from secstatus.scanners.packages import PYPI, find_unbuilt, list_inventory
from secstatus.scanners.reading import (
    ReportNode,
    decide_verdict,
    distinct,
    read_aliases,
    read_day,
    read_line,
)
from secstatus.scanners.safety_scan import NOT_PINNED, find_pinned_version

NAME = "safety"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def recognises(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    is_check = isinstance(data.get("report_meta"), dict) and "vulnerabilities" in data
    return is_check or safety_scan.recognises(data)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. An ignored vulnerability is kept as suppressed, with the reason given."""
    root = ReportNode(data).expect_object()
    if safety_scan.recognises(data):
        return (safety_scan.read_scan(root),)
    return (_read_check(root),)


_Entries = list[tuple[str, ReportNode]]


def _read_check(root: ReportNode) -> ScanReport:
    meta = root.expect_object("report_meta")
    found = [_observation(item) for item in root.require_objects("vulnerabilities")]
    ignored = [_suppress(item) for item in root.expect_objects("ignored_vulnerabilities")]
    is_listed = root.value.get("scanned_packages") is not None
    listed = root.expect_entries("scanned_packages") if is_listed else None
    scanned, skipped = _split_packages(listed or [])
    audited = _count_audited(meta, listed, len(skipped))
    failures = tuple(_list_contradictions(root, meta, len(found) + len(ignored), audited))
    # An inventory that is not whole would prove that packages are gone.
    inventory = list_inventory(scanned) if scanned and len(scanned) == audited else None
    gaps = (*_find_unlisted(meta, listed), *find_unbuilt(inventory or {}))
    unstated = ("It does not say what it scanned.",) if audited is None else ()
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=decide_verdict(failures, skipped or gaps, unstated),
        observations=(*found, *ignored),
        audited=audited,
        skipped=skipped,
        problems=(*unstated, *failures, *gaps),
        inventory=inventory,
        scope=meta.texts("scanned"),
        tool_version=meta.line("safety_version"),
        scanned_at=meta.timestamp("timestamp"),
        ecosystems=(PYPI,),
    )


def _split_packages(
    listed: _Entries,
) -> tuple[list[tuple[str, str]], tuple[Skipped, ...]]:
    """Packages with the version that was checked, and those that have none."""
    checked, skipped = [], []
    for name, item in listed:
        # Version 3 lists a package with its requirements, of which only a pinned one is checked.
        specifiers = [each.line("specifier") for each in item.objects("requirements")]
        versions = distinct([item.line("version"), *map(find_pinned_version, specifiers)])
        checked += [(read_line(name), version) for version in versions[:1]]
        skipped += [] if versions else [Skipped(read_line(name), NOT_PINNED)]
    return checked, tuple(skipped)


def _count_audited(meta: ReportNode, listed: _Entries | None, skipped: int) -> int | None:
    """The number of packages that were checked: of its own count, else of those listed."""
    counts = [meta.count("packages_found"), len(listed) if listed is not None else None]
    known = [count for count in counts if count is not None]
    # No package checked is a failed scan, whatever the other number says.
    if 0 in known:
        return 0
    return max(0, known[0] - skipped) if known else None


def _find_unlisted(meta: ReportNode, listed: _Entries | None) -> Iterator[str]:
    counted = meta.count("packages_found") or 0
    if listed is not None and counted > len(listed):
        yield f"It counts {counted:,} packages and lists {len(listed):,}."


def _list_contradictions(
    root: ReportNode, meta: ReportNode, listed: int, audited: int | None
) -> Iterator[str]:
    if audited == 0:
        yield "It checked 0 packages."
    counted = meta.count("vulnerabilities_found") or 0
    if counted > listed:
        yield f"It counts {counted:,} vulnerabilities and lists {listed:,}."
    if root.value.get("affected_packages") and not listed:
        yield "It names affected packages and lists no vulnerability."


def _observation(item: ReportNode) -> Observation:
    vuln_id = item.identifier("vulnerability_id")
    # safety's own ids are numbers; `CVE` is a text in version 2, an object in version 3.
    cve = item.at("CVE")
    claims = {*_list_claims(item.at("severity")), *_list_claims(cve)}
    found = Observation(
        id=vuln_id,
        aliases=read_aliases(cve.text("name") or cve.text(), vuln_id),
        package=item.line("package_name"),
        version=item.line("analyzed_version"),
        severities=tuple(sorted(claims)),
        fix_versions=item.texts("fixed_versions"),
        description=item.text("advisory"),
        references=distinct([item.text("more_info_url"), *item.texts("resources")]),
        published=_read_day(item.text("published_date")),
    )
    # Some versions leave an ignored one in the first list, with a mark.
    return replace(found, suppressed=_explain(item)) if item.value.get("ignored") is True else found


def _suppress(item: ReportNode) -> Observation:
    return replace(_observation(item), suppressed=_explain(item))


def _explain(item: ReportNode) -> str:
    reason = item.line("ignored_reason") or "ignored without a reason"
    until = item.line("ignored_expires")
    return f"{reason} (until {until})" if until else reason


def _list_claims(stated: ReportNode) -> Iterator[SeverityClaim]:
    """Text in old versions; else an object with the parts that CVSS has, each maybe null."""
    word = stated.text()
    # `CVE` is given too, and its text may be an id.
    word = "" if word.upper().startswith(("CVE-", "PVE-")) else word
    source = stated.text("source") or NAME
    claims = [
        SeverityClaim("word", NAME, word),
        SeverityClaim("word", source, stated.text("cvssv3", "base_severity")),
        SeverityClaim("vector", source, stated.text("cvssv3", "vector_string")),
        SeverityClaim("vector", source, stated.text("cvssv2", "vector_string")),
    ]
    return (claim for claim in claims if claim.value)


def _read_day(text: str) -> date | None:
    # ISO, or `2021-Apr-14`. Not strptime: its names of months are those of the locale.
    for number, month in enumerate(_MONTHS, start=1):
        text = text.replace(f"-{month}-", f"-{number:02}-")
    return read_day(text)

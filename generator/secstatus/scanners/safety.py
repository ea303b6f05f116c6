"""safety's JSON: `safety check --output json` of versions 2 and 3, `safety scan` of version 3.

https://docs.safetycli.com/safety-docs/output/. Its time has no zone and is taken as UTC; most
severities are for paying users only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    SeverityClaim,
    Skipped,
    Verdict,
)
from secstatus.scanners import safety_scan
from secstatus.scanners.packages import PYPI, inventory_of, unbuilt
from secstatus.scanners.reading import (
    at,
    distinct,
    find_text,
    line_at,
    list_entries,
    list_objects,
    list_texts,
    objects_at,
    read_aliases,
    read_count,
    read_day,
    read_identifier,
    read_line,
    read_mapping,
    read_timestamp,
    to_text,
)
from secstatus.scanners.safety_scan import NOT_PINNED, find_pinned_version

NAME = "safety"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def recognises(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    checked = isinstance(data.get("report_meta"), dict) and "vulnerabilities" in data
    return checked or safety_scan.recognises(data)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. What it was told to ignore is kept as suppressed, with the reason given.

    A package without a version is listed but was not checked: it is skipped.
    """
    root = read_mapping(data, "$")
    if safety_scan.recognises(root):
        return (safety_scan.read_scan(root),)
    return (_read_check(root),)


def _read_check(root: Mapping[str, Any]) -> ScanReport:
    meta = read_mapping(root.get("report_meta"), "$.report_meta")
    found = [_observation(item, place) for place, item in list_entries(root, "vulnerabilities")]
    ignored_list = list_objects(root.get("ignored_vulnerabilities"), "$.ignored_vulnerabilities")
    ignored = [_ignored(item, place) for place, item in ignored_list]
    listed = _scanned(root.get("scanned_packages"))
    scanned, skipped = _checked(listed)
    audited = _audited(meta, listed, len(skipped))
    wrong = tuple(_contradictions(root, meta, len(found), len(ignored), audited))
    inventory = inventory_of(scanned) if scanned and len(scanned) == audited else None
    gaps = (*_unlisted(meta, listed), *unbuilt(inventory or {}))
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=_verdict(audited, bool(wrong), bool(skipped or gaps)),
        observations=(*found, *ignored),
        audited=audited,
        skipped=skipped,
        problems=(*_silence(audited), *wrong, *gaps),
        inventory=inventory,
        scope=list_texts(meta.get("scanned")),
        tool_version=read_line(meta.get("safety_version")),
        scanned_at=read_timestamp(meta.get("timestamp")),
        ecosystems=(PYPI,),
    )


def _scanned(value: object) -> Mapping[str, Any] | None:
    return None if value is None else read_mapping(value, "$.scanned_packages")


def _checked(
    listed: Mapping[str, Any] | None,
) -> tuple[list[tuple[str, str]], tuple[Skipped, ...]]:
    """Packages with the version that was checked, and those that have none."""
    checked, skipped = [], []
    for name, item in (listed or {}).items():
        versions = distinct([read_line(at(item, "version")), *_pinned(item)])
        checked += [(read_line(name), version) for version in versions[:1]]
        skipped += [] if versions else [Skipped(read_line(name), NOT_PINNED)]
    return checked, tuple(skipped)


def _pinned(item: Any) -> list[str]:
    specifiers = [line_at(each, "specifier") for each in objects_at(item, "requirements")]
    return [pin for each in specifiers if (pin := find_pinned_version(each))]


def _audited(meta: Mapping[str, Any], listed: Mapping[str, Any] | None, skipped: int) -> int | None:
    """The number of packages that were checked: of its own count, else of those listed."""
    counts = [read_count(meta.get("packages_found")), len(listed) if listed is not None else None]
    known = [count for count in counts if count is not None]
    if 0 in known:
        return 0
    return max(0, known[0] - skipped) if known else None


def _unlisted(meta: Mapping[str, Any], listed: Mapping[str, Any] | None) -> Iterator[str]:
    counted = read_count(meta.get("packages_found")) or 0
    if listed is not None and counted > len(listed):
        yield f"It counts {counted:,} packages and lists {len(listed):,}."


def _silence(audited: int | None) -> tuple[str, ...]:
    return ("It does not say what it scanned.",) if audited is None else ()


def _contradictions(
    root: Mapping[str, Any], meta: Mapping[str, Any], found: int, ignored: int, audited: int | None
) -> Iterator[str]:
    if audited == 0:
        yield "It checked 0 packages."
    counted = read_count(meta.get("vulnerabilities_found")) or 0
    if counted > found + ignored:
        yield f"It counts {counted:,} vulnerabilities and lists {found + ignored:,}."
    if root.get("affected_packages") and not found + ignored:
        yield "It names affected packages and lists no vulnerability."


def _verdict(audited: int | None, wrong: bool, gaps: bool) -> Verdict:
    if wrong:
        return Verdict.FAILED
    if gaps:
        return Verdict.PARTIAL
    return Verdict.UNSTATED if audited is None else Verdict.COMPLETE


def _observation(item: Mapping[str, Any], place: str) -> Observation:
    vuln_id = read_identifier(item.get("vulnerability_id"), f"{place}.vulnerability_id")
    cve = item.get("CVE")
    found = Observation(
        id=vuln_id,
        aliases=read_aliases(find_text(cve, "name") or to_text(cve), vuln_id),
        package=read_line(item.get("package_name")),
        version=read_line(item.get("analyzed_version")),
        severities=tuple(sorted({*_claims(item.get("severity")), *_claims(cve)})),
        fix_versions=list_texts(item.get("fixed_versions")),
        description=to_text(item.get("advisory")),
        references=distinct(
            [to_text(item.get("more_info_url")), *list_texts(item.get("resources"))]
        ),
        published=_day(item.get("published_date")),
    )
    return _ignored_one(found, item) if item.get("ignored") is True else found


def _ignored(item: Mapping[str, Any], place: str) -> Observation:
    return _ignored_one(_observation(item, place), item)


def _ignored_one(found: Observation, item: Mapping[str, Any]) -> Observation:
    reason = read_line(item.get("ignored_reason")) or "ignored without a reason"
    until = read_line(item.get("ignored_expires"))
    return replace(found, suppressed=f"{reason} (until {until})" if until else reason)


def _claims(said: object) -> Iterator[SeverityClaim]:
    """Text in old versions; else an object with the parts that CVSS has, each maybe null."""
    word = to_text(said) if not to_text(said).upper().startswith(("CVE-", "PVE-")) else ""
    source = find_text(said, "source") or NAME
    claims = [
        SeverityClaim("word", NAME, word),
        SeverityClaim("word", source, find_text(said, "cvssv3", "base_severity")),
        SeverityClaim("vector", source, find_text(said, "cvssv3", "vector_string")),
        SeverityClaim("vector", source, find_text(said, "cvssv2", "vector_string")),
    ]
    return (claim for claim in claims if claim.value)


def _day(value: object) -> date | None:
    """ISO, or `2021-Apr-14`."""
    text = to_text(value)
    for number, month in enumerate(_MONTHS, start=1):
        text = text.replace(f"-{month}-", f"-{number:02}-")
    return read_day(text)

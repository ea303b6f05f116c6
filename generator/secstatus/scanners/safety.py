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
    aliases_of,
    at,
    count_of,
    distinct,
    entries,
    identifier,
    line_at,
    line_of,
    mapping,
    objects,
    objects_at,
    read_day,
    read_moment,
    text_at,
    text_of,
    texts_of,
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
    root = mapping(data, "$")
    if safety_scan.recognises(root):
        return (safety_scan.read_scan(root),)
    return (_read_check(root),)


def _read_check(root: Mapping[str, Any]) -> ScanReport:
    meta = mapping(root.get("report_meta"), "$.report_meta")
    found = [_observation(item, place) for place, item in entries(root, "vulnerabilities")]
    ignored_list = objects(root.get("ignored_vulnerabilities"), "$.ignored_vulnerabilities")
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
        scope=texts_of(meta.get("scanned")),
        tool_version=line_of(meta.get("safety_version")),
        scanned_at=read_moment(meta.get("timestamp")),
        ecosystems=(PYPI,),
    )


def _scanned(value: object) -> Mapping[str, Any] | None:
    return None if value is None else mapping(value, "$.scanned_packages")


def _checked(
    listed: Mapping[str, Any] | None,
) -> tuple[list[tuple[str, str]], tuple[Skipped, ...]]:
    """Packages with the version that was checked, and those that have none."""
    checked, skipped = [], []
    for name, item in (listed or {}).items():
        versions = distinct([line_of(at(item, "version")), *_pinned(item)])
        checked += [(line_of(name), version) for version in versions[:1]]
        skipped += [] if versions else [Skipped(line_of(name), NOT_PINNED)]
    return checked, tuple(skipped)


def _pinned(item: Any) -> list[str]:
    specifiers = [line_at(each, "specifier") for each in objects_at(item, "requirements")]
    return [pin for each in specifiers if (pin := find_pinned_version(each))]


def _audited(meta: Mapping[str, Any], listed: Mapping[str, Any] | None, skipped: int) -> int | None:
    """The number of packages that were checked: of its own count, else of those listed."""
    counts = [count_of(meta.get("packages_found")), len(listed) if listed is not None else None]
    known = [count for count in counts if count is not None]
    if 0 in known:
        return 0
    return max(0, known[0] - skipped) if known else None


def _unlisted(meta: Mapping[str, Any], listed: Mapping[str, Any] | None) -> Iterator[str]:
    counted = count_of(meta.get("packages_found")) or 0
    if listed is not None and counted > len(listed):
        yield f"It counts {counted:,} packages and lists {len(listed):,}."


def _silence(audited: int | None) -> tuple[str, ...]:
    return ("It does not say what it scanned.",) if audited is None else ()


def _contradictions(
    root: Mapping[str, Any], meta: Mapping[str, Any], found: int, ignored: int, audited: int | None
) -> Iterator[str]:
    if audited == 0:
        yield "It checked 0 packages."
    counted = count_of(meta.get("vulnerabilities_found")) or 0
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
    vuln_id = identifier(item.get("vulnerability_id"), f"{place}.vulnerability_id")
    cve = item.get("CVE")
    found = Observation(
        id=vuln_id,
        aliases=aliases_of(text_at(cve, "name") or text_of(cve), vuln_id),
        package=line_of(item.get("package_name")),
        version=line_of(item.get("analyzed_version")),
        severities=tuple(sorted({*_claims(item.get("severity")), *_claims(cve)})),
        fix_versions=texts_of(item.get("fixed_versions")),
        description=text_of(item.get("advisory")),
        references=distinct([text_of(item.get("more_info_url")), *texts_of(item.get("resources"))]),
        published=_day(item.get("published_date")),
    )
    return _ignored_one(found, item) if item.get("ignored") is True else found


def _ignored(item: Mapping[str, Any], place: str) -> Observation:
    return _ignored_one(_observation(item, place), item)


def _ignored_one(found: Observation, item: Mapping[str, Any]) -> Observation:
    reason = line_of(item.get("ignored_reason")) or "ignored without a reason"
    until = line_of(item.get("ignored_expires"))
    return replace(found, suppressed=f"{reason} (until {until})" if until else reason)


def _claims(said: object) -> Iterator[SeverityClaim]:
    """Text in old versions; else an object with the parts that CVSS has, each maybe null."""
    word = text_of(said) if not text_of(said).upper().startswith(("CVE-", "PVE-")) else ""
    source = text_at(said, "source") or NAME
    claims = [
        SeverityClaim("word", NAME, word),
        SeverityClaim("word", source, text_at(said, "cvssv3", "base_severity")),
        SeverityClaim("vector", source, text_at(said, "cvssv3", "vector_string")),
        SeverityClaim("vector", source, text_at(said, "cvssv2", "vector_string")),
    ]
    return (claim for claim in claims if claim.value)


def _day(value: object) -> date | None:
    """ISO, or `2021-Apr-14`."""
    text = text_of(value)
    for number, month in enumerate(_MONTHS, start=1):
        text = text.replace(f"-{month}-", f"-{number:02}-")
    return read_day(text)

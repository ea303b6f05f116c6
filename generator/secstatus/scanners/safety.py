"""safety's JSON of `safety check --output json`, versions 2 and 3.

https://docs.safetycli.com/safety-docs/output/. Its time has no zone and is taken as UTC; most
severities are for paying users only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from secstatus.findings.affected import pypi_name
from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    SeverityClaim,
    Verdict,
)
from secstatus.scanners.lookup import distinct, text_at
from secstatus.scanners.reading import (
    aliases_of,
    count_of,
    day_of,
    entries,
    identifier,
    line_of,
    mapping,
    moment_of,
    objects,
    text_of,
    texts_of,
)

NAME = "safety"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def recognises(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    return isinstance(data.get("report_meta"), dict) and "vulnerabilities" in data


def read(data: Any) -> ScanReport:
    """The report. What it was told to ignore is kept as suppressed, with the reason given."""
    root = mapping(data, "$")
    meta = mapping(root.get("report_meta"), "$.report_meta")
    found = [_observation(item, place) for place, item in entries(root, "vulnerabilities")]
    ignored_list = objects(root.get("ignored_vulnerabilities"), "$.ignored_vulnerabilities")
    ignored = [_ignored(item, place) for place, item in ignored_list]
    scanned = _scanned(root.get("scanned_packages"))
    audited = _audited(meta, scanned)
    wrong = tuple(_contradictions(root, meta, len(found), len(ignored), audited))
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=_verdict(audited, bool(wrong)),
        observations=(*found, *ignored),
        audited=audited,
        problems=wrong if audited is not None else ("It does not say what it scanned.", *wrong),
        inventory=_inventory(scanned) if scanned and len(scanned) == audited else None,
        scope=texts_of(meta.get("scanned")),
        tool_version=line_of(meta.get("safety_version")),
        scanned_at=moment_of(meta.get("timestamp")),
    )


def _scanned(value: object) -> Mapping[str, Any] | None:
    return None if value is None else mapping(value, "$.scanned_packages")


def _audited(meta: Mapping[str, Any], scanned: Mapping[str, Any] | None) -> int | None:
    """The number of packages: its own, else that of those listed; 0 when either is."""
    counts = [count_of(meta.get("packages_found")), len(scanned) if scanned is not None else None]
    known = [count for count in counts if count is not None]
    if 0 in known:
        return 0
    return known[0] if known else None


def _contradictions(
    root: Mapping[str, Any], meta: Mapping[str, Any], found: int, ignored: int, audited: int | None
) -> Iterator[str]:
    if audited == 0:
        yield "It scanned 0 packages."
    counted = count_of(meta.get("vulnerabilities_found")) or 0
    if counted > found + ignored:
        yield f"It counts {counted:,} vulnerabilities and lists {found + ignored:,}."
    if root.get("affected_packages") and not found + ignored:
        yield "It names affected packages and lists no vulnerability."


def _verdict(audited: int | None, wrong: bool) -> Verdict:
    if wrong:
        return Verdict.FAILED
    return Verdict.UNSTATED if audited is None else Verdict.COMPLETE


def _inventory(scanned: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, item in scanned.items():
        key = pypi_name(line_of(name))
        found[key] = distinct([*found.get(key, ()), line_of(text_at(item, "version"))])
    return found


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
    return day_of(text)

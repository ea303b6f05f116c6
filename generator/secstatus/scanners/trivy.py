"""Trivy's JSON: schema 2, the list of targets of old versions, and `trivy k8s`.

https://trivy.dev/latest/docs/configuration/reporting/#json. It lists targets that it recognised and
never what it left out, so that no report is `complete`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Verdict
from secstatus.scanners.code_findings import Flaw, each_place_once, finish_observation
from secstatus.scanners.packages import ecosystems_of, inventory_of, name_package, unbuilt
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    describe_value,
    distinct,
    find_text,
    first_text,
    format_location,
    line_at,
    list_at,
    list_objects,
    list_texts,
    objects_at,
    read_aliases,
    read_day,
    read_identifier,
    read_line,
    read_mapping,
    read_path,
    read_timestamp,
    to_text,
)

NAME = "trivy"

_LICENCE = ("license", "licence")
_NO_PACKAGES = ("config", "secret", "license", "license-file", "custom")
# Where `trivy k8s` keeps its resources, in the order of its versions.
_CLUSTER_KEYS = ("Vulnerabilities", "Misconfigurations", "Resources", "Findings")
_VENDOR_LEVELS = ("UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL")
_VECTORS = (("V2Vector", ""), ("V3Vector", "V3Score"), ("V40Vector", "V40Score"))


def recognises(data: Any) -> bool:
    """Not for `null`, which an old Trivy without findings writes: so does a `jq` that missed."""
    if isinstance(data, list):
        return bool(data) and all(isinstance(item, dict) and "Target" in item for item in data[:5])
    if not isinstance(data, dict):
        return False
    if "ClusterName" in data:
        return any(key in data for key in _CLUSTER_KEYS)
    return len({"SchemaVersion", "ArtifactName", "Results"} & data.keys()) > 1 or _is_summary(data)


def _is_summary(data: Mapping[str, Any]) -> bool:
    """Ids alone, without targets and packages."""
    lists = [data.get("vulnerabilities"), data.get("misconfigurations")]
    return all(isinstance(ids, list) and all(isinstance(i, str) for i in ids) for ids in lists)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. Without a target it is `failed`: Trivy found nothing that it can read.

    It has an inventory when every target with packages lists them (`--list-all-pkgs`).
    """
    if data not in ([], None) and not recognises(data):
        raise NotThisReport("$", describe_value(data), "Trivy's JSON with Results")
    targets, errors = _targets(data)
    found = [each for place, target in targets for each in _observations(target, place)]
    packages = [each for _, target in targets for each in _packages(target)]
    inventory = inventory_of(packages) if _lists_all(targets) else None
    gaps = unbuilt(inventory or {})
    system = at(data, "Metadata", "OS")
    report = ScanReport(
        scanner=NAME,
        kind=_kind([find_text(target, "Class") for _, target in targets]),
        verdict=_verdict(bool(targets), bool(errors or gaps)),
        observations=each_place_once(found),
        audited=len(packages) or None,
        problems=(*_no_target(data, bool(targets)), *errors, *gaps, *_end_of_life(system)),
        inventory=inventory,
        scope=distinct([read_path(target.get("Target")) for _, target in targets]),
        tool_version=line_at(data, "Trivy", "Version"),
        scanned_at=read_timestamp(at(data, "CreatedAt")),
        ecosystems=ecosystems_of([name for name, _ in packages] + [each.package for each in found]),
    )
    return (report,)


def _lists_all(targets: list[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether every target whose packages were looked at lists them."""
    listing = [target for _, target in targets if find_text(target, "Class") not in _NO_PACKAGES]
    return bool(listing) and all(list_at(target, "Packages") for target in listing)


def _packages(target: Mapping[str, Any]) -> list[tuple[str, str]]:
    kind = find_text(target, "Type")
    return [
        (
            name_package(line_at(item, "Name"), find_text(item, "Identifier", "PURL"), kind),
            line_at(item, "Version"),
        )
        for item in objects_at(target, "Packages")
    ]


def _targets(data: Any) -> tuple[list[tuple[str, Mapping[str, Any]]], tuple[str, ...]]:
    """Every target with its place, and a sentence for each resource that could not be scanned."""
    if not isinstance(data, dict):
        return list(list_objects(data, "$")), ()
    targets = list(list_objects(data.get("Results"), "$.Results"))
    errors = []
    for key in _CLUSTER_KEYS if "ClusterName" in data else ():
        for place, resource in list_objects(data.get(key), f"$.{key}"):
            targets += list_objects(resource.get("Results"), f"{place}.Results")
            if error := find_text(resource, "Error"):
                errors.append(
                    read_line(
                        f"{find_text(resource, 'Kind')} {find_text(resource, 'Name')}: {error}"
                    )
                )
    return targets, tuple(errors)


def _verdict(targets: bool, errors: bool) -> Verdict:
    if not targets:
        return Verdict.FAILED
    return Verdict.PARTIAL if errors else Verdict.UNSTATED


def _no_target(data: Any, targets: bool) -> tuple[str, ...]:
    if targets:
        return ("It lists the targets that it recognised, not those that it left out.",)
    if isinstance(data, dict) and _is_summary(data):
        return ("It is a summary of ids alone: use Trivy's whole JSON report.",)
    return ("No target was recognised: nothing was scanned.",)


def _end_of_life(system: Any) -> tuple[str, ...]:
    if not at(system, "EOSL"):
        return ()
    name = read_line(f"{find_text(system, 'Family')} {find_text(system, 'Name')}")
    return (
        f"{name or 'The system'} gets no security updates any more: advisories may be missing.",
    )


def _kind(classes: list[str]) -> ScanKind:
    """Dependencies, unless every target says that it is about something else."""
    if classes and set(classes) <= {"secret"}:
        return ScanKind.SECRETS
    if classes and set(classes) <= set(_NO_PACKAGES):
        return ScanKind.CODE
    return ScanKind.DEPENDENCIES


def _observations(target: Mapping[str, Any], place: str) -> Iterator[Observation]:
    path = read_path(target.get("Target"))
    for where, item in list_objects(target.get("Vulnerabilities"), f"{place}.Vulnerabilities"):
        yield _vulnerability(item, where, target)
    for where, item in list_objects(target.get("Misconfigurations"), f"{place}.Misconfigurations"):
        status = find_text(item, "Status").upper()
        if status != "PASS":
            found = _misconfiguration(item, where, path)
            yield replace(found, suppressed=status) if status == "EXCEPTION" else found
    for where, item in list_objects(target.get("Secrets"), f"{place}.Secrets"):
        yield _secret(item, where, path)
    modified = "ExperimentalModifiedFindings"
    for where, item in list_objects(target.get(modified), f"{place}.{modified}"):
        yield from _suppressed(item, where, target)


def _suppressed(
    item: Mapping[str, Any], place: str, target: Mapping[str, Any]
) -> Iterator[Observation]:
    """A finding that an ignore file or a VEX document took out of the list."""
    readers = {"misconfiguration": _misconfiguration, "secret": _secret}
    kind = find_text(item, "Type").lower()
    if kind in _LICENCE:
        return
    inner = f"{place}.Finding"
    finding, path = read_mapping(item.get("Finding"), inner), read_path(target.get("Target"))
    reader = readers.get(kind)
    found = reader(finding, inner, path) if reader else _vulnerability(finding, inner, target)
    words = [find_text(item, key) for key in ("Status", "Statement", "Source")]
    yield replace(found, suppressed=read_line(": ".join(filter(None, words))) or "modified")


def _vulnerability(item: Mapping[str, Any], place: str, target: Mapping[str, Any]) -> Observation:
    fixes = find_text(item, "FixedVersion").split(",")
    found_id = read_identifier(item.get("VulnerabilityID"), f"{place}.VulnerabilityID")
    package, kind = line_at(item, "PkgName"), find_text(target, "Type")
    return Observation(
        id=found_id,
        aliases=_aliases(item, found_id),
        package=name_package(package, find_text(item, "PkgIdentifier", "PURL"), kind),
        version=line_at(item, "InstalledVersion"),
        severities=_severities(item),
        fix_versions=distinct([fix.strip() for fix in fixes]),
        title=line_at(item, "Title"),
        description=find_text(item, "Description"),
        location=read_path(item.get("PkgPath")) or read_path(target.get("Target")),
        references=_references(item),
        published=read_day(item.get("PublishedDate")),
    )


def _aliases(item: Mapping[str, Any], own: str) -> tuple[str, ...]:
    """The GHSA and CVE ids of vendors; their other ids may stand for several problems."""
    ids = list_texts(item.get("VendorIDs"))
    aliases = read_aliases(
        [each for each in ids if each.upper().startswith(("GHSA-", "CVE-"))], own
    )
    together = [each for each in (own, *aliases) if each.upper().startswith("CVE-")]
    return aliases if len(together) <= 1 else ()


def _references(item: Mapping[str, Any]) -> tuple[str, ...]:
    return distinct((find_text(item, "PrimaryURL"), *list_texts(item.get("References"))))


def _misconfiguration(item: Mapping[str, Any], place: str, path: str) -> Observation:
    found_id = read_identifier(first_text(item.get("ID"), item.get("AVDID")), f"{place}.ID")
    message, cause = find_text(item, "Message"), item.get("CauseMetadata")
    found = Observation(
        id=found_id,
        severities=_severities(item),
        title=line_at(item, "Title"),
        description=first_text(message, item.get("Description")),
        location=format_location(path, at(cause, "StartLine")),
        references=_references(item),
        kind=ScanKind.CODE,
    )
    code = "\n".join(_cause(cause))
    resource = find_text(cause, "Resource")
    own = (resource,) if resource else ()
    return finish_observation(found, Flaw(code=code, own=own, message=message or found.title))


def _cause(cause: Any) -> Iterator[str]:
    """The lines that are the cause, without those around them."""
    for line in objects_at(cause, "Code", "Lines"):
        if line.get("IsCause") is True:
            yield find_text(line, "Content")


def _secret(item: Mapping[str, Any], place: str, path: str) -> Observation:
    """Without `Match` and `Code`: a secret's text goes no further, not even as a digest."""
    rule = first_text(item.get("RuleID"), item.get("VulnerabilityID"))
    found_id = read_identifier(rule, f"{place}.RuleID")
    found = Observation(
        id=found_id,
        severities=_severities(item),
        title=line_at(item, "Title"),
        location=format_location(path, item.get("StartLine")),
        kind=ScanKind.SECRETS,
    )
    return finish_observation(
        found, Flaw(message=find_text(item, "Title"), around=find_text(item, "Match"))
    )


def _severities(item: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    """The severity that Trivy chose first, then what each source says."""
    chosen = find_text(item, "Severity")
    claims = [SeverityClaim("word", find_text(item, "SeveritySource") or NAME, chosen)]
    for source, level in _pairs(item.get("VendorSeverity")):
        if type(level) is int and 0 <= level < len(_VENDOR_LEVELS):
            claims.append(SeverityClaim("word", source, _VENDOR_LEVELS[level]))
    for source, scores in _pairs(item.get("CVSS")):
        claims += _cvss(source, scores)
    return tuple(dict.fromkeys(claim for claim in claims if claim.value))


def _pairs(value: object) -> list[tuple[str, Any]]:
    return sorted(value.items(), key=lambda pair: pair[0]) if isinstance(value, dict) else []


def _cvss(source: str, scores: Any) -> Iterator[SeverityClaim]:
    for vector_key, score_key in _VECTORS:
        if vector := find_text(scores, vector_key):
            yield SeverityClaim("vector", source, vector)
        elif score := to_text(at(scores, score_key)):
            yield SeverityClaim("score", source, score)

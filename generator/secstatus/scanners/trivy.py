"""Trivy's JSON: schema 2, the list of targets of old versions, and `trivy k8s`.

https://trivy.dev/latest/docs/configuration/reporting/#json. It lists targets that it recognised and
never what it left out, so that no report is `complete`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim
from secstatus.scanners.code_findings import (
    Flaw,
    drop_repeated,
    finish_observation,
    format_location,
)
from secstatus.scanners.packages import find_unbuilt, list_ecosystems, list_inventory, name_package
from secstatus.scanners.reading import ReportNode, decide_verdict, distinct, read_aliases, read_line

NAME = "trivy"

_LICENCE = ("license", "licence")
# Classes of targets that have no packages.
_NO_PACKAGES = ("config", "secret", "license", "license-file", "custom")
# Where `trivy k8s` keeps its resources, in the order of its versions.
_CLUSTER_KEYS = ("Vulnerabilities", "Misconfigurations", "Resources", "Findings")
# `VendorSeverity` holds positions in Trivy's own scale.
_VENDOR_LEVELS = ("UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL")
# No score of CVSS 2: it is on another scale.
_VECTORS = (("V2Vector", ""), ("V3Vector", "V3Score"), ("V40Vector", "V40Score"))
_MODIFIED = "ExperimentalModifiedFindings"


def recognises(data: Any) -> bool:
    # Not for `null`, which an old Trivy without findings writes: so does a `jq` that missed.
    if isinstance(data, list):
        return bool(data) and all(isinstance(item, dict) and "Target" in item for item in data[:5])
    if not isinstance(data, dict):
        return False
    if "ClusterName" in data:
        return any(key in data for key in _CLUSTER_KEYS)
    return len({"SchemaVersion", "ArtifactName", "Results"} & data.keys()) > 1 or _is_summary(data)


def _is_summary(data: dict[str, Any]) -> bool:
    """Ids alone, without targets and packages."""
    lists = [data.get("vulnerabilities"), data.get("misconfigurations")]
    return all(isinstance(ids, list) and all(isinstance(i, str) for i in ids) for ids in lists)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. Without a target it is `failed`: Trivy found nothing that it can read.

    It has an inventory when every target with packages lists them (`--list-all-pkgs`).
    """
    root = ReportNode(data)
    if data not in ([], None) and not recognises(data):
        raise root.refuse("Trivy's JSON with Results")
    targets, errors = _list_targets(root)
    found = [each for target in targets for each in _list_observations(target)]
    packages = [each for target in targets for each in _list_packages(target)]
    inventory = list_inventory(packages) if _lists_all(targets) else None
    gaps = (*errors, *find_unbuilt(inventory or {}))
    names = [name for name, _ in packages] + [each.package for each in found]
    report = ScanReport(
        scanner=NAME,
        kind=_kind({target.text("Class") for target in targets}),
        verdict=decide_verdict(not targets, gaps, unstated=True),
        observations=drop_repeated(found),
        audited=len(packages) or None,
        problems=(*_describe_targets(data, bool(targets)), *gaps, *_find_end_of_life(root)),
        inventory=inventory,
        scope=distinct(target.path("Target") for target in targets),
        tool_version=root.line("Trivy", "Version"),
        scanned_at=root.timestamp("CreatedAt"),
        ecosystems=list_ecosystems(names),
    )
    return (report,)


def _lists_all(targets: list[ReportNode]) -> bool:
    """Return whether every target with examined packages lists them."""
    listing = [target for target in targets if target.text("Class") not in _NO_PACKAGES]
    return bool(listing) and all(target.values("Packages") for target in listing)


def _list_packages(target: ReportNode) -> Iterator[tuple[str, str]]:
    kind = target.text("Type")
    for item in target.objects("Packages"):
        name = name_package(item.line("Name"), item.text("Identifier", "PURL"), kind)
        yield name, item.line("Version")


def _list_targets(root: ReportNode) -> tuple[list[ReportNode], list[str]]:
    """Every target, and a sentence for each resource of a cluster that could not be scanned."""
    if not isinstance(root.value, dict):
        return root.expect_objects(), []
    targets, errors = root.expect_objects("Results"), []
    for key in _CLUSTER_KEYS if "ClusterName" in root else ():
        for resource in root.expect_objects(key):
            targets += resource.expect_objects("Results")
            if error := resource.text("Error"):
                name = f"{resource.text('Kind')} {resource.text('Name')}"
                errors.append(read_line(f"{name}: {error}"))
    return targets, errors


def _describe_targets(data: Any, has_targets: bool) -> tuple[str, ...]:
    if has_targets:
        return ("It lists the targets that it recognised, not those that it left out.",)
    if isinstance(data, dict) and _is_summary(data):
        return ("It is a summary of ids alone: use Trivy's whole JSON report.",)
    return ("No target was recognised: nothing was scanned.",)


def _find_end_of_life(root: ReportNode) -> tuple[str, ...]:
    # Without updates a distribution publishes no advisories either.
    system = root.at("Metadata", "OS")
    if not system.at("EOSL").value:
        return ()
    name = read_line(f"{system.text('Family')} {system.text('Name')}") or "The system"
    return (f"{name} gets no security updates any more: advisories may be missing.",)


def _kind(classes: set[str]) -> ScanKind:
    """Dependencies, unless every target states another class."""
    if classes and classes <= {"secret"}:
        return ScanKind.SECRETS
    if classes and classes <= set(_NO_PACKAGES):
        return ScanKind.CODE
    return ScanKind.DEPENDENCIES


def _list_observations(target: ReportNode) -> Iterator[Observation]:
    for item in target.expect_objects("Vulnerabilities"):
        yield _vulnerability(item, target)
    for item in target.expect_objects("Misconfigurations"):
        # `--include-non-failures` lists the checks that passed too.
        status = item.text("Status").upper()
        if status != "PASS":
            found = _misconfiguration(item, target)
            yield replace(found, suppressed=status) if status == "EXCEPTION" else found
    for item in target.expect_objects("Secrets"):
        yield _secret(item, target)
    for item in target.expect_objects(_MODIFIED):
        yield from _suppressed(item, target)


def _suppressed(item: ReportNode, target: ReportNode) -> Iterator[Observation]:
    """A finding that an ignore file or a VEX document took out of the list."""
    readers = {"misconfiguration": _misconfiguration, "secret": _secret}
    kind = item.text("Type").lower()
    if kind in _LICENCE:
        return
    found = readers.get(kind, _vulnerability)(item.expect_object("Finding"), target)
    words = filter(None, (item.text(key) for key in ("Status", "Statement", "Source")))
    yield replace(found, suppressed=read_line(": ".join(words)) or "modified")


def _vulnerability(item: ReportNode, target: ReportNode) -> Observation:
    found_id = item.identifier("VulnerabilityID")
    purl = item.text("PkgIdentifier", "PURL")
    fixes = item.text("FixedVersion").split(",")
    return Observation(
        id=found_id,
        aliases=_aliases(item, found_id),
        package=name_package(item.line("PkgName"), purl, target.text("Type")),
        version=item.line("InstalledVersion"),
        severities=_claims(item),
        fix_versions=distinct(fix.strip() for fix in fixes),
        title=item.line("Title"),
        description=item.text("Description"),
        location=item.path("PkgPath") or target.path("Target"),
        references=_references(item),
        published=item.day("PublishedDate"),
    )


def _aliases(item: ReportNode, own: str) -> tuple[str, ...]:
    """The GHSA and CVE ids of vendors; none when there are several CVEs."""
    # Other ids of vendors (RHSA, DSA) may stand for several problems, which would become one.
    ids = [each for each in item.texts("VendorIDs") if each.upper().startswith(("GHSA-", "CVE-"))]
    aliases = read_aliases(ids, own)
    together = [each for each in (own, *aliases) if each.upper().startswith("CVE-")]
    return aliases if len(together) <= 1 else ()


def _references(item: ReportNode) -> tuple[str, ...]:
    return distinct((item.text("PrimaryURL"), *item.texts("References")))


def _misconfiguration(item: ReportNode, target: ReportNode) -> Observation:
    message, cause = item.text("Message"), item.at("CauseMetadata")
    found = Observation(
        # Both name the check; not every version writes both.
        id=item.identifier("ID", found=item.text("ID") or item.text("AVDID")),
        severities=_claims(item),
        title=item.line("Title"),
        description=message or item.text("Description"),
        location=format_location(target.path("Target"), cause.count("StartLine")),
        references=_references(item),
        kind=ScanKind.CODE,
    )
    # `Code` shows lines around the cause too: a change of those must not make the finding new.
    lines = cause.objects("Code", "Lines")
    code = "\n".join(line.text("Content") for line in lines if line.value.get("IsCause") is True)
    own = tuple(filter(None, [cause.text("Resource")]))
    return finish_observation(found, Flaw(code=code, own=own, message=message or found.title))


def _secret(item: ReportNode, target: ReportNode) -> Observation:
    """Without `Match` and `Code`: a secret's text goes no further, not even as a digest."""
    found = Observation(
        id=item.identifier("RuleID", found=item.text("RuleID") or item.text("VulnerabilityID")),
        severities=_claims(item),
        title=item.line("Title"),
        location=format_location(target.path("Target"), item.count("StartLine")),
        kind=ScanKind.SECRETS,
    )
    # `Match` is needed to find the secret's text in the title, and goes no further.
    flaw = Flaw(message=item.text("Title"), around=item.text("Match"))
    return finish_observation(found, flaw)


def _claims(item: ReportNode) -> tuple[SeverityClaim, ...]:
    """The severity that Trivy chose first, then what each source states."""
    source = item.text("SeveritySource") or NAME
    claims = [SeverityClaim("word", source, item.text("Severity"))]
    for source, level in _list_pairs(item, "VendorSeverity"):
        # Not isinstance: True is an int too.
        if type(level.value) is int and 0 <= level.value < len(_VENDOR_LEVELS):
            claims.append(SeverityClaim("word", source, _VENDOR_LEVELS[level.value]))
    for source, scores in _list_pairs(item, "CVSS"):
        claims += _list_cvss(source, scores)
    return tuple(dict.fromkeys(claim for claim in claims if claim.value))


def _list_pairs(item: ReportNode, key: str) -> list[tuple[str, ReportNode]]:
    # Go writes a map in the order of its keys; sorted, other writers give the same claims.
    is_object = isinstance(item.value.get(key), dict)
    return sorted(item.expect_entries(key), key=lambda pair: pair[0]) if is_object else []


def _list_cvss(source: str, scores: ReportNode) -> Iterator[SeverityClaim]:
    for vector_key, score_key in _VECTORS:
        if vector := scores.text(vector_key):
            yield SeverityClaim("vector", source, vector)
        elif score := scores.text(score_key):
            yield SeverityClaim("score", source, score)

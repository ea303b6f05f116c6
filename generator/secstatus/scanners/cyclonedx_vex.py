"""CycloneDX with vulnerabilities: a VEX document, or a bill of materials that a scanner wrote.

https://cyclonedx.org/docs/1.6/json/#vulnerabilities. Neither states how much was examined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim
from secstatus.scanners.packages import list_ecosystems, parse_package_url
from secstatus.scanners.reading import (
    NotThisReport,
    ReportNode,
    decide_verdict,
    distinct,
    read_aliases,
    read_line,
)

NAME = "cyclonedx-vex"

# Vectors come without the prefix that names their version: the method says it.
_PREFIXES = {
    "cvssv2": "",
    "cvssv3": "CVSS:3.0/",
    "cvssv31": "CVSS:3.1/",
    "cvssv4": "CVSS:4.0/",
}
# A score of CVSS 2 is on another scale.
_WITH_SCORE = ("cvssv3", "cvssv31", "cvssv4")
# Components may nest. No tool is known to go deeper, and hostile files do.
_DEEPEST = 20
# States of OpenVEX and of CycloneDX, whose `impactAnalysisState` has more of them.
_SETTLED = ("fixed", "resolved", "resolved_with_pedigree")
_HARMLESS = ("not_affected", "false_positive")


def recognises(data: Any) -> bool:
    return ReportNode(data).text("bomFormat").lower() == "cyclonedx"


def read(data: Any) -> tuple[ScanReport, ...]:
    """The document. When every vulnerability has the state of an analysis it is one of statements.

    With one that has none it is what a scanner found: its kind is that of a dependency scan.
    """
    root = ReportNode(data).expect_object()
    if not recognises(data):
        raise NotThisReport("$.bomFormat", "something else", "'CycloneDX'")
    components = root.expect_objects("components")
    found = list(_list_observations(root))
    is_usable = bool(components or found)
    # Statements are about the findings of other scanners: as one of them a finding would be lost.
    is_stated = bool(found) and all(each.statement for each in found)
    empty = "It has neither components nor vulnerabilities: nothing was looked at."
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.STATEMENTS if is_stated else ScanKind.DEPENDENCIES,
        verdict=decide_verdict(not is_usable, unstated=True),
        observations=tuple(dict.fromkeys(found)),
        audited=len(components) or None,
        problems=("It does not say how much was looked at." if is_usable else empty,),
        tool_version=_name_tools(root),
        scanned_at=root.timestamp("metadata", "timestamp"),
        ecosystems=list_ecosystems(each.package for each in found),
    )
    return (report,)


def _name_tools(root: ReportNode) -> str:
    """The tools that wrote it, with their versions."""
    tools = root.at("metadata", "tools")
    # Since 1.5 an object of components in place of a list.
    listed = tools.objects() or tools.objects("components")
    names = (f"{tool.text('name')} {tool.text('version')}".strip() for tool in listed)
    return read_line(", ".join(distinct(names)))


_Packages = Mapping[str, tuple[str, str]]


def _list_observations(root: ReportNode) -> Iterator[Observation]:
    packages = _list_packages(root)
    for item in root.expect_objects("vulnerabilities"):
        found_id = item.identifier("id")
        for ref in [entry.text("ref") for entry in item.expect_objects("affects")] or [""]:
            yield _observation(item, found_id, ref, packages)


def _observation(item: ReportNode, found_id: str, ref: str, packages: _Packages) -> Observation:
    known = _find_package(ref, packages)
    package, version = known or ("", "")
    analysis = item.at("analysis")
    state = analysis.line("state").lower()
    reasons = (analysis.text("justification"), analysis.text("detail"))
    texts = (item.first_text("description", "detail"), *reasons)
    equivalent = [entry.value.get("id") for entry in item.objects("references")]
    links = [entry.text("url") for entry in item.objects("advisories")]
    return Observation(
        id=found_id,
        aliases=read_aliases(equivalent, found_id),
        package=package,
        version=version,
        severities=_list_claims(item),
        description="\n\n".join(filter(None, texts)),
        # A reference into another document is kept as it stands.
        location="" if known else read_line(ref),
        references=distinct([item.text("source", "url"), *links]),
        published=item.day("published"),
        withdrawn=bool(item.text("rejected")),
        statement=state,
        closed=describe_closing_state(state, next(filter(None, reasons), "")),
    )


def describe_closing_state(state: str, reason: str) -> str:
    """What a VEX state closes: `fixed` and `resolved`; `not_affected` only with a reason."""
    if state in _SETTLED:
        return state
    # CISA's minimum requirements for VEX: `not_affected` needs a justification or an impact
    # statement.
    return read_line(f"{state}: {reason}") if state in _HARMLESS and reason else ""


def _list_packages(root: ReportNode) -> _Packages:
    """Name and version of every component, also of a nested one, by its reference and its purl."""
    known: dict[str, tuple[str, str]] = {}
    level = [root.at("metadata", "component"), *root.objects("components")]
    for _ in range(_DEEPEST):
        for component in level:
            _add_package(component, known)
        level = [inner for component in level for inner in component.objects("components")]
    return known


def _add_package(component: ReportNode, known: dict[str, tuple[str, str]]) -> None:
    name, group = component.line("name"), component.line("group")
    purl = component.text("purl")
    named = (f"{group}/{name}" if group else name, component.line("version"))
    package = parse_package_url(purl) or named
    for key in (component.text("bom-ref"), purl):
        if key and package[0]:
            known.setdefault(key, package)


def _find_package(ref: str, packages: _Packages) -> tuple[str, str] | None:
    """The package that a reference means; None when it points out of the document."""
    # A BOM-Link, `urn:cdx:serial/version#ref`, points into a document, perhaps another one: its
    # `ref` may be a package URL.
    inner = unquote(ref.partition("#")[2]) if ref.lower().startswith("urn:cdx:") else ""
    for key in filter(None, (ref, inner)):
        if package := packages.get(key) or parse_package_url(key):
            return package
    return None


def _list_claims(item: ReportNode) -> tuple[SeverityClaim, ...]:
    default = item.text("source", "name") or NAME
    ratings = item.objects("ratings")
    claims = (claim for rating in ratings for claim in _read_rating(rating, default))
    return tuple(dict.fromkeys(claims))


def _read_rating(rating: ReportNode, default: str) -> Iterator[SeverityClaim]:
    """Return word, vector and score; the score of another method (`other`, OWASP) is not CVSS."""
    source = rating.text("source", "name") or default
    # Tools write `CVSSv3.1` where the schema has `CVSSv31`.
    method = rating.text("method").lower().replace(".", "")
    if word := rating.text("severity"):
        yield SeverityClaim("word", source, word)
    vector = rating.text("vector")
    if vector and (method in _PREFIXES or vector.startswith("CVSS:")):
        prefix = "" if vector.startswith("CVSS:") else _PREFIXES[method]
        yield SeverityClaim("vector", source, prefix + vector)
    score = rating.text("score")
    if score and method in _WITH_SCORE:
        yield SeverityClaim("score", source, score)

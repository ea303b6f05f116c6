"""CycloneDX with vulnerabilities: a VEX document, or a bill of materials that a scanner wrote.

https://cyclonedx.org/docs/1.6/json/#vulnerabilities. Neither says how much was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Verdict
from secstatus.scanners.packages import ecosystems_of, package_of
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    distinct,
    find_text,
    first_text,
    line_at,
    list_at,
    list_objects,
    objects_at,
    read_aliases,
    read_day,
    read_identifier,
    read_line,
    read_mapping,
    read_timestamp,
    to_text,
)

NAME = "cyclonedx-vex"

# Vectors come without the prefix that names their version: the method says it.
_PREFIXES = {
    "cvssv2": "",
    "cvssv3": "CVSS:3.0/",
    "cvssv31": "CVSS:3.1/",
    "cvssv4": "CVSS:4.0/",
}
_WITH_SCORE = ("cvssv3", "cvssv31", "cvssv4")
_DEEPEST = 20
_SETTLED = ("fixed", "resolved", "resolved_with_pedigree")
_HARMLESS = ("not_affected", "false_positive")


def recognises(data: Any) -> bool:
    return isinstance(data, dict) and find_text(data, "bomFormat").lower() == "cyclonedx"


def read(data: Any) -> tuple[ScanReport, ...]:
    """The document. When every vulnerability has the state of an analysis it is one of statements.

    With one that has none it is what a scanner found, and its kind is that of a dependency scan:
    a finding must not be lost as a word about another scanner's.
    """
    document = read_mapping(data, "$")
    if not recognises(document):
        raise NotThisReport("$.bomFormat", "something else", "'CycloneDX'")
    components = list(list_objects(document.get("components"), "$.components"))
    found = list(_observations(document))
    usable = bool(components or found)
    stated = bool(found) and all(each.statement for each in found)
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.STATEMENTS if stated else ScanKind.DEPENDENCIES,
        verdict=Verdict.UNSTATED if usable else Verdict.FAILED,
        observations=tuple(dict.fromkeys(found)),
        audited=len(components) if components else None,
        problems=_problems(usable),
        tool_version=_tools(document),
        scanned_at=read_timestamp(at(document, "metadata", "timestamp")),
        ecosystems=ecosystems_of(each.package for each in found),
    )
    return (report,)


def _problems(usable: bool) -> tuple[str, ...]:
    if usable:
        return ("It does not say how much was looked at.",)
    return ("It has neither components nor vulnerabilities: nothing was looked at.",)


def _tools(document: Mapping[str, Any]) -> str:
    """The tools that wrote it, with their versions: a list, since 1.5 an object of components."""
    listed = objects_at(document, "metadata", "tools")
    listed = listed or objects_at(document, "metadata", "tools", "components")
    names = [f"{find_text(tool, 'name')} {find_text(tool, 'version')}".strip() for tool in listed]
    return read_line(", ".join(distinct(names)))


def _observations(document: Mapping[str, Any]) -> Iterator[Observation]:
    packages = _packages(document)
    for place, item in list_objects(document.get("vulnerabilities"), "$.vulnerabilities"):
        found_id = read_identifier(item.get("id"), f"{place}.id")
        affects = list(list_objects(item.get("affects"), f"{place}.affects"))
        for ref in [find_text(entry, "ref") for _, entry in affects] or [""]:
            yield _observation(item, found_id, ref, packages)


def _observation(
    item: Mapping[str, Any], found_id: str, ref: str, packages: Mapping[str, tuple[str, str]]
) -> Observation:
    known = _resolved(ref, packages)
    package, version = known or ("", "")
    analysis, links = item.get("analysis"), objects_at(item, "advisories")
    state = line_at(analysis, "state").lower()
    said = (find_text(analysis, "justification"), find_text(analysis, "detail"))
    equivalent = [entry.get("id") for entry in objects_at(item, "references")]
    return Observation(
        id=found_id,
        aliases=read_aliases(equivalent, found_id),
        package=package,
        version=version,
        severities=_severities(item),
        description="\n\n".join(
            filter(None, (first_text(item.get("description"), item.get("detail")), *said))
        ),
        # A reference into another document is kept as it stands.
        location="" if known else read_line(ref),
        references=distinct(
            [find_text(item, "source", "url"), *(find_text(a, "url") for a in links)]
        ),
        published=read_day(item.get("published")),
        withdrawn=bool(find_text(item, "rejected")),
        statement=state,
        closed=closing_statement(state, first_text(*said)),
    )


def closing_statement(state: str, reason: str) -> str:
    """What a VEX state closes: `fixed` and `resolved`; `not_affected` only with a reason."""
    if state in _SETTLED:
        return state
    return read_line(f"{state}: {reason}") if state in _HARMLESS and reason else ""


def _packages(document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Name and version of every component, also of a nested one, by its reference and its purl."""
    known: dict[str, tuple[str, str]] = {}
    level = [at(document, "metadata", "component"), *list_at(document, "components")]
    for _ in range(_DEEPEST):
        for component in level:
            _remember(component, known)
        level = [inner for component in level for inner in list_at(component, "components")]
    return known


def _remember(component: Any, known: dict[str, tuple[str, str]]) -> None:
    name, group = line_at(component, "name"), line_at(component, "group")
    purl = find_text(component, "purl")
    named = (f"{group}/{name}" if group else name, line_at(component, "version"))
    package = package_of(purl) or named
    for key in (find_text(component, "bom-ref"), purl):
        if key and package[0]:
            known.setdefault(key, package)


def _resolved(ref: str, packages: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """The package that a reference means; None when it points out of the document.

    `urn:cdx:serial/version#ref` points into a document, perhaps another one: its `ref` may be a
    package URL.
    """
    inner = unquote(ref.partition("#")[2]) if ref.lower().startswith("urn:cdx:") else ""
    for key in filter(None, (ref, inner)):
        if package := packages.get(key) or package_of(key):
            return package
    return None


def _severities(item: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    default = first_text(at(item, "source", "name"), NAME)
    claims: list[SeverityClaim] = []
    for rating in objects_at(item, "ratings"):
        source = first_text(at(rating, "source", "name"), default)
        claims += _rating(rating, source)
    return tuple(dict.fromkeys(claims))


def _rating(rating: Mapping[str, Any], source: str) -> Iterator[SeverityClaim]:
    """Word, vector and score; a score of another method (`other`, OWASP) is none of CVSS."""
    method = find_text(rating, "method").lower().replace(".", "")
    if word := find_text(rating, "severity"):
        yield SeverityClaim("word", source, word)
    vector = find_text(rating, "vector")
    if vector and (method in _PREFIXES or vector.startswith("CVSS:")):
        prefix = "" if vector.startswith("CVSS:") else _PREFIXES[method]
        yield SeverityClaim("vector", source, prefix + vector)
    score = to_text(rating.get("score"))
    if score and method in _WITH_SCORE:
        yield SeverityClaim("score", source, score)

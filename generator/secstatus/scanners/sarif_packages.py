"""Packages in SARIF: the format has no place for them, and each scanner found one of its own.

What is in the file decides, never the name of the tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from secstatus.findings.observation import Observation, ScanKind
from secstatus.scanners.packages import ecosystem_of_file, package_of, packages_in, qualify_name
from secstatus.scanners.reading import (
    at,
    distinct,
    find_text,
    first_text,
    list_texts,
    objects_at,
    read_aliases,
    read_day,
    read_line,
)
from secstatus.scanners.sarif_rules import Rule

# Grype's rule ids go on after the id: CVE-2021-33203-django.
_KNOWN_ID = re.compile(
    r"(?:CVE-\d{4}-\d{4,12}|GHSA(?:-[0-9a-z]{4}){3}|PYSEC-\d{4}-\d{1,8}|MAL-\d{4}-\d{1,8})"
    r"(?![0-9A-Za-z])"
)
# Of databases, and of distributions (RHSA-2026:1234, ALAS2-2026-77, DSA-5001-1).
_ADVISORY = re.compile(
    r"(?:CVE|GHSA|PYSEC|OSV|RUSTSEC|GO|MAL|SNYK|PVE|GSD|TEMP|NSWG)-"
    r"|[A-Z][A-Z0-9]{1,9}(?:-[A-Z]{2})?-\d{3,5}[-:]\d",
    re.IGNORECASE,
)
_SNYK = re.compile(r"\(([^()]{0,300})\)\s+([^\s@]{1,200})@(\S{1,100})")
_SNYK_ID = re.compile(r"SNYK-([A-Z]{1,20})\d{0,3}-", re.IGNORECASE)
_OSV = re.compile(r"Package '([^'@]{1,200})@([^']{0,100})' is vulnerable to (.{0,1000})", re.DOTALL)
_LINE = re.compile(
    r"^[ \t]*(Package|Type|Installed Version|Version|Fix(?:ed)? Version):(.*)$", re.M
)
# The rule name of Trivy for a package of the system, whose distribution the file does not name.
_SYSTEM = "OsPackageVulnerability"
_MOST_PLACES = 1000


@dataclass(frozen=True, slots=True)
class AffectedPackage:
    """The package of a result and what else stands beside it; empty text when nothing does."""

    package: str = ""
    version: str = ""
    aliases: tuple[str, ...] = ()
    fix_versions: tuple[str, ...] = ()
    published: date | None = None


def is_advisory_rule(rule_id: str) -> bool:
    """Whether an id is that of an advisory and not of a rule."""
    return _ADVISORY.match(rule_id) is not None


def find_affected(
    result: Mapping[str, Any], rule: Rule, message: str, path: str
) -> list[AffectedPackage]:
    """The packages that a result is about, each once; none for a flaw in code."""
    rule_id = first_text(result.get("ruleId"), rule.get("id"))
    own = _of_uv(result.get("properties"))
    said: list[AffectedPackage] = []
    if is_advisory_rule(rule_id):
        said = [_snyk(rule, rule_id), _osv(message, path), _lines(rule, message, path)]
    structural = [own, *_logical(result, rule_id, path), *_purls(rule)]
    packages = [each for each in structural if each.package]
    packages = packages or [each for each in said if each.package][:1]
    if not packages:
        return []
    ids = [name for each in (own, *said) for name in each.aliases]
    fixes = next((each.fix_versions for each in (own, *said) if each.fix_versions), ())
    prefix = _KNOWN_ID.match(rule_id)
    more = read_aliases([*ids, prefix[0] if prefix else ""], rule_id)
    found = {read_line(each.package): each for each in reversed(packages)}
    return [
        AffectedPackage(name, read_line(each.version), more, fixes, own.published)
        for name, each in reversed(found.items())
    ]


def in_packages(base: Observation, packages: list[AffectedPackage]) -> list[Observation]:
    """The finding in each package. It needs no fingerprint: package and id make it the same one."""
    return [
        replace(
            base,
            aliases=each.aliases,
            package=each.package,
            version=each.version,
            fix_versions=each.fix_versions,
            published=each.published,
            kind=ScanKind.DEPENDENCIES,
        )
        for each in packages
    ]


def _of_uv(properties: Any) -> AffectedPackage:
    return AffectedPackage(
        package=find_text(properties, "uv/package"),
        version=find_text(properties, "uv/version"),
        aliases=list_texts(at(properties, "uv/aliases")),
        fix_versions=list_texts(at(properties, "uv/fixVersions")),
        published=read_day(at(properties, "uv/published")),
    )


def _logical(result: Mapping[str, Any], rule_id: str, path: str) -> Iterator[AffectedPackage]:
    """Package URLs in any text of a logical location, else a location of the kind `package`.

    A package of Java code is of that kind too: only one with a version, or beside the id of an
    advisory, is a package that somebody installs.
    """
    for location in objects_at(result, "locations")[:_MOST_PLACES]:
        for place in objects_at(location, "logicalLocations")[:_MOST_PLACES]:
            texts = [text for text in place.values() if isinstance(text, str)]
            purls = [package for text in texts for package in packages_in(text)]
            yield from (AffectedPackage(name, version) for name, version in purls)
            if not purls and find_text(place, "kind") == "package":
                yield from _named(place, is_advisory_rule(rule_id), path)


def _named(place: Mapping[str, Any], advisory: bool, path: str) -> Iterator[AffectedPackage]:
    name, _, version = find_text(place, "fullyQualifiedName").rpartition("@")
    if name or advisory:
        package = first_text(name, place.get("name"), place.get("fullyQualifiedName"))
        yield AffectedPackage(
            qualify_name(package, ecosystem_of_file(path)), version if name else ""
        )


def _purls(rule: Rule) -> Iterator[AffectedPackage]:
    for url in list_texts(at(rule, "properties", "purls")):
        if package := package_of(url):
            yield AffectedPackage(*package)


def _snyk(rule: Rule, rule_id: str) -> AffectedPackage:
    """`(CVE-2018-18074) requests@2.19.1`"""
    found = _SNYK.match(find_text(rule, "fullDescription", "text"))
    if not found:
        return AffectedPackage()
    kind = _SNYK_ID.match(rule_id)
    package = qualify_name(found[2], kind[1] if kind else "")
    return AffectedPackage(package, found[3], tuple(_KNOWN_ID.findall(found[1])))


def _osv(message: str, path: str) -> AffectedPackage:
    found = _OSV.match(message)
    if not found:
        return AffectedPackage()
    package = qualify_name(found[1], ecosystem_of_file(path))
    return AffectedPackage(package, found[2], tuple(_KNOWN_ID.findall(found[3])))


def _lines(rule: Rule, message: str, path: str) -> AffectedPackage:
    """Lines of `Package: name`: Trivy writes them into the message, Grype into the rule's help."""
    text = f"{message}\n{find_text(rule, 'help', 'text')}"
    said: dict[str, str] = {}
    for key, value in _LINE.findall(text):
        said.setdefault(key, value.strip())
    system = "generic" if find_text(rule, "name") == _SYSTEM else ""
    kind = first_text(said.get("Type"), system, ecosystem_of_file(path))
    fixes = first_text(said.get("Fixed Version"), said.get("Fix Version")).split(",")
    version = first_text(said.get("Installed Version"), said.get("Version"))
    found = AffectedPackage(qualify_name(said.get("Package", ""), kind), version)
    return replace(found, fix_versions=distinct([fix.strip() for fix in fixes]))


_SEVERITY = r"(?:critical|high|medium|moderate|low|negligible|unknown|unassigned|none|info)"
_PREFIX = re.compile(rf"{_SEVERITY}\s+severity\s*[-:–]\s*", re.IGNORECASE)
_DASH = re.compile(r"\s*[-:–]\s*")
_BOILERPLATE = re.compile(
    rf"(?:an? )?(?:{_SEVERITY} )?vulnerability(?: (?:for|in) .{{1,300}})?\.?"
    r"|.{0,300}\bis vulnerable to\b.{0,300}|package:.*",
    re.IGNORECASE,
)


def find_title(rule: Rule, message: str, ids: tuple[str, ...]) -> str:
    """The summary of the advisory, without id and severity before it; empty when there is none."""
    for text in (find_text(rule, "shortDescription", "text"), message):
        plain = _without(_PREFIX.sub("", read_line(text), count=1), ids)
        if plain and _BOILERPLATE.fullmatch(plain) is None:
            return plain
    return ""


def _without(text: str, ids: tuple[str, ...]) -> str:
    for name in ids:
        if name and text.lower().startswith(name.lower()):
            rest = text[len(name) :]
            mark = _DASH.match(rest)
            return rest[mark.end() if mark else 0 :].strip()
    return text

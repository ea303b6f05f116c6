"""Packages in SARIF: the format has no place for them, and each scanner found one of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from secstatus.scanners.lookup import at, distinct, first_text, objects_at, text_at
from secstatus.scanners.package_url import package_of
from secstatus.scanners.reading import aliases_of, day_of, line_of, texts_of
from secstatus.scanners.sarif_rules import Rule

_TOOLS = re.compile(
    r"(?:uv|grype|trivy|snyk(?!-?code)[a-z-]*|osv-scanner|pip-audit|safety|npm-audit"
    r"|(?:owasp-)?dependency-check)\b"
)
# Grype's rule ids go on after the id: CVE-2021-33203-django.
_KNOWN_ID = re.compile(
    r"(?:CVE-\d{4}-\d{4,12}|GHSA(?:-[0-9a-z]{4}){3}|PYSEC-\d{4}-\d{1,8})(?![0-9A-Za-z])"
)
_SNYK = re.compile(r"\(([^()]{0,300})\)\s+([^\s@]{1,200})@(\S{1,100})")
_OSV = re.compile(r"Package '([^'@]{1,200})@([^']{0,100})' is vulnerable to (.{0,1000})", re.DOTALL)
_LINE = re.compile(r"^[ \t]*(Package|Installed Version|Version|Fix(?:ed)? Version):(.*)$", re.M)


@dataclass(frozen=True, slots=True)
class Affected:
    """The package of a result and what else stands beside it; empty text when nothing does."""

    package: str = ""
    version: str = ""
    aliases: tuple[str, ...] = ()
    fix_versions: tuple[str, ...] = ()
    published: date | None = None


def is_dependency_scanner(tool: str) -> bool:
    """Whether the tool of that name (lower case with dashes) looks at packages."""
    return _TOOLS.match(tool) is not None


def affected(result: Mapping[str, Any], rule: Rule, message: str) -> Affected:
    """What a dependency scanner's result says about its package."""
    rule_id = first_text(result.get("ruleId"), rule.get("id"))
    own = _of_uv(result.get("properties"))
    name, version, ids, fixes = own.package, own.version, own.aliases, own.fix_versions
    for found in (_logical(result), _purl(rule), _snyk(rule), _osv(message), _lines(rule, message)):
        name, version = (name, version) if name else (found.package, found.version)
        ids, fixes = (*ids, *found.aliases), fixes or found.fix_versions
    prefix = _KNOWN_ID.match(rule_id)
    aliases = aliases_of([*ids, prefix[0] if prefix else ""], rule_id)
    return Affected(line_of(name), line_of(version), aliases, fixes, own.published)


def _of_uv(properties: Any) -> Affected:
    return Affected(
        package=text_at(properties, "uv/package"),
        version=text_at(properties, "uv/version"),
        aliases=texts_of(at(properties, "uv/aliases")),
        fix_versions=texts_of(at(properties, "uv/fixVersions")),
        published=day_of(at(properties, "uv/published")),
    )


def _logical(result: Mapping[str, Any]) -> Affected:
    for place in objects_at(result, "locations", 0, "logicalLocations"):
        if text_at(place, "kind") == "package":
            name, _, version = text_at(place, "fullyQualifiedName").rpartition("@")
            return Affected(first_text(name, place.get("name")), version if name else "")
    return Affected()


def _purl(rule: Rule) -> Affected:
    name, version = package_of(text_at(rule, "properties", "purls", 0)) or ("", "")
    return Affected(name, version)


def _snyk(rule: Rule) -> Affected:
    """`(CVE-2018-18074) requests@2.19.1`"""
    found = _SNYK.match(text_at(rule, "fullDescription", "text"))
    return Affected(found[2], found[3], tuple(_KNOWN_ID.findall(found[1]))) if found else Affected()


def _osv(message: str) -> Affected:
    found = _OSV.match(message)
    return Affected(found[1], found[2], tuple(_KNOWN_ID.findall(found[3]))) if found else Affected()


def _lines(rule: Rule, message: str) -> Affected:
    """Lines of `Package: name`: Trivy writes them into the message, Grype into the rule's help."""
    text = f"{message}\n{text_at(rule, 'help', 'text')}"
    said: dict[str, str] = {}
    for key, value in _LINE.findall(text):
        said.setdefault(key, value.strip())
    fixes = first_text(said.get("Fixed Version"), said.get("Fix Version")).split(",")
    version = first_text(said.get("Installed Version"), said.get("Version"))
    return Affected(said.get("Package", ""), version, (), distinct([fix.strip() for fix in fixes]))

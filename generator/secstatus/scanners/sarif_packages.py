"""Packages in SARIF: the format has no place for them, and each scanner found one of its own.

The content of the file decides, never the name of the tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from secstatus.findings.observation import Observation, ScanKind
from secstatus.scanners.packages import (
    find_ecosystem_of_file,
    find_packages,
    parse_package_url,
    qualify_name,
)
from secstatus.scanners.reading import ReportNode, distinct, read_aliases, read_line

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
# Snyk, in the rule's description: `(CVE-2018-18074) requests@2.19.1`.
_SNYK = re.compile(r"\(([^()]{0,300})\)\s+([^\s@]{1,200})@(\S{1,100})")
# Snyk's ids name the ecosystem: SNYK-PYTHON-REQUESTS-72435.
_SNYK_ID = re.compile(r"SNYK-([A-Z]{1,20})\d{0,3}-", re.IGNORECASE)
# osv-scanner, in the message.
_OSV = re.compile(r"Package '([^'@]{1,200})@([^']{0,100})' is vulnerable to (.{0,1000})", re.DOTALL)
# Lines of `Package: name`: Trivy writes them into the message, Grype into the rule's help.
_LINE = re.compile(
    r"^[ \t]*(Package|Type|Installed Version|Version|Fix(?:ed)? Version):(.*)$", re.M
)
# The rule name of Trivy for a package of the system, whose distribution the file does not name.
_SYSTEM = "OsPackageVulnerability"
_MOST_PLACES = 1000


def is_advisory_rule(rule_id: str) -> bool:
    """Whether an id is that of an advisory and not of a rule."""
    return _ADVISORY.match(rule_id) is not None


def list_affected(
    base: Observation, result: ReportNode, rule: ReportNode, message: str, path: str
) -> list[Observation]:
    """`base` for each package that a result is about, each once; none for a flaw in code.

    It needs no fingerprint: package and id identify the finding.
    """
    rule_id = result.text("ruleId") or rule.text("id")
    properties = result.at("properties")
    is_uv = "uv/package" in properties or "uv/aliases" in properties
    own = _read_uv(base, properties) if is_uv else base
    stated: list[Observation] = []
    if is_advisory_rule(rule_id):
        stated = [
            _read_snyk(base, rule, rule_id),
            _read_osv(base, message, path),
            _read_lines(base, rule, message, path),
        ]
    # What has a key of its own counts more than what is read out of a sentence.
    pairs = [(own.package, own.version), *_list_logical(result, rule_id, path), *_list_purls(rule)]
    packages = {read_line(name): version for name, version in reversed(pairs) if name}
    if not packages:
        packages = next(({read_line(e.package): e.version} for e in stated if e.package), {})
    if not packages:
        return []
    known = _KNOWN_ID.match(rule_id)
    ids = [alias for each in (own, *stated) for alias in each.aliases]
    complete = replace(
        base,
        kind=ScanKind.DEPENDENCIES,
        aliases=read_aliases([*ids, known[0] if known else ""], rule_id),
        fix_versions=next((e.fix_versions for e in (own, *stated) if e.fix_versions), ()),
        published=own.published,
    )
    return [
        replace(complete, package=name, version=read_line(version))
        for name, version in reversed(packages.items())
    ]


def _read_uv(base: Observation, properties: ReportNode) -> Observation:
    return replace(
        base,
        package=properties.text("uv/package"),
        version=properties.text("uv/version"),
        aliases=properties.texts("uv/aliases"),
        fix_versions=properties.texts("uv/fixVersions"),
        published=properties.day("uv/published"),
    )


def _list_logical(result: ReportNode, rule_id: str, path: str) -> Iterator[tuple[str, str]]:
    """Package URLs in any text of a logical location, else a location of the kind `package`."""
    is_advisory = is_advisory_rule(rule_id)
    for location in result.objects("locations")[:_MOST_PLACES]:
        for place in location.objects("logicalLocations")[:_MOST_PLACES]:
            texts = [text for text in place.value.values() if isinstance(text, str)]
            purls = [package for text in texts for package in find_packages(text)]
            yield from purls
            # A package of Java code is of that kind too: only one with a version, or beside the id
            # of an advisory, is a package that somebody installs.
            name, _, version = place.text("fullyQualifiedName").rpartition("@")
            if not purls and place.text("kind") == "package" and (name or is_advisory):
                stated = name or place.text("name") or place.text("fullyQualifiedName")
                package = qualify_name(stated, find_ecosystem_of_file(path))
                yield package, version if name else ""


def _list_purls(rule: ReportNode) -> list[tuple[str, str]]:
    found = map(parse_package_url, rule.texts("properties", "purls"))
    return [package for package in found if package]


def _read_snyk(base: Observation, rule: ReportNode, rule_id: str) -> Observation:
    found = _SNYK.match(rule.text("fullDescription", "text"))
    if not found:
        return base
    kind = _SNYK_ID.match(rule_id)
    package = qualify_name(found[2], kind[1] if kind else "")
    return _fill(base, package, found[3], found[1])


def _read_osv(base: Observation, message: str, path: str) -> Observation:
    found = _OSV.match(message)
    if not found:
        return base
    return _fill(base, qualify_name(found[1], find_ecosystem_of_file(path)), found[2], found[3])


def _fill(base: Observation, package: str, version: str, ids: str) -> Observation:
    aliases = tuple(_KNOWN_ID.findall(ids))
    return replace(base, package=package, version=version, aliases=aliases)


def _read_lines(base: Observation, rule: ReportNode, message: str, path: str) -> Observation:
    text = f"{message}\n{rule.text('help', 'text')}"
    # The first line of a key counts: the message stands before the help.
    stated = {key: value.strip() for key, value in reversed(_LINE.findall(text))}
    system = "generic" if rule.text("name") == _SYSTEM else ""
    kind = stated.get("Type") or system or find_ecosystem_of_file(path)
    fixes = stated.get("Fixed Version") or stated.get("Fix Version") or ""
    return replace(
        base,
        package=qualify_name(stated.get("Package", ""), kind),
        version=stated.get("Installed Version") or stated.get("Version") or "",
        fix_versions=distinct(fix.strip() for fix in fixes.split(",")),
    )


_SEVERITY = r"(?:critical|high|medium|moderate|low|negligible|unknown|unassigned|none|info)"
_PREFIX = re.compile(rf"{_SEVERITY}\s+severity\s*[-:–]\s*", re.IGNORECASE)
_DASH = re.compile(r"\s*[-:–]\s*")
# Sentences that only repeat package and severity: as a title they would say nothing.
_BOILERPLATE = re.compile(
    rf"(?:an? )?(?:{_SEVERITY} )?vulnerability(?: (?:for|in) .{{1,300}})?\.?"
    r"|.{0,300}\bis vulnerable to\b.{0,300}|package:.*",
    re.IGNORECASE,
)


def find_title(rule: ReportNode, message: str, ids: tuple[str, ...]) -> str:
    """Return the summary of the advisory without leading id and severity; empty without one."""
    for text in (rule.text("shortDescription", "text"), message):
        plain = _cut_id(_PREFIX.sub("", read_line(text), count=1), ids)
        if plain and _BOILERPLATE.fullmatch(plain) is None:
            return plain
    return ""


def _cut_id(text: str, ids: tuple[str, ...]) -> str:
    for name in ids:
        if name and text.lower().startswith(name.lower()):
            rest = text[len(name) :]
            mark = _DASH.match(rest)
            return rest[mark.end() if mark else 0 :].strip()
    return text

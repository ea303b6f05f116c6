"""`api/v1/osv/NAME.json`: a finding of a dependency as an OSV record.

https://ossf.github.io/osv-schema/. The record describes the dependency; further facts of the
project are in `database_specific`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from secstatus.findings.texts import parse_version
from secstatus.site.exports.position import vector_version
from secstatus.site.exports.subject import (
    PYPI,
    Facts,
    Subject,
    get_line,
    is_dependency,
    midnight,
    plain_url,
    purl,
)
from secstatus.site.tree import in_lines
from secstatus.text.package_names import normalize_package_name

SCHEMA_VERSION = "1.7.0"
OWN_PREFIX = "SECSTATUS"
# The databases that the schema has known since 1.6.7; a reader refuses any other prefix.
_KNOWN_ID = re.compile(
    r"(?:ASB-A|PUB-A|ALSA|ALBA|ALEA|BIT|CGA|CURL|CVE|DSA|DLA|ELA|DTSA|GHSA|GO|GSD|HSEC|LBSEC|MAL"
    r"|OSV|openSUSE-SU|PHSA|PSF|PYSEC|RHBA|RHEA|RHSA|RLSA|RXSA|RSEC|RUSTSEC|SUSE-[SRFO]U|UBUNTU"
    r"|USN)-[A-Za-z0-9:._-]+"
)
_ADVISORY = re.compile(
    r"https://(?:github\.com/(?:advisories/|[^/]+/[^/]+/security/advisories/)"
    r"|osv\.dev/vulnerability/|nvd\.nist\.gov/vuln/|(?:www\.)?cve\.org/)"
)
_TYPES = {"2.0": "CVSS_V2", "3.0": "CVSS_V3", "3.1": "CVSS_V3", "4.0": "CVSS_V4"}
# Purl type → ecosystem of OSV. A distribution's needs its release, which a purl type does not have.
_ECOSYSTEMS = {
    "": "PyPI",
    "pypi": "PyPI",
    "cargo": "crates.io",
    "composer": "Packagist",
    "gem": "RubyGems",
    "githubactions": "GitHub Actions",
    "golang": "Go",
    "hex": "Hex",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pub": "Pub",
}
_DAYS = ("discovered_date", "published", "resolved_date", "unlisted_since")


def osv_path(name: str) -> str:
    return f"api/v1/osv/{name}.json"


def osv_applies(record: Facts) -> bool:
    """Whether the record has an OSV file: OSV knows packages of its ecosystems, and no code."""
    return is_dependency(record) and get_line(record, "ecosystem") in _ECOSYSTEMS


def osv_file(record: Facts, modified: str = "") -> bytes:
    """The file. It depends on the record alone, unless `modified` is given."""
    return in_lines(osv_document(record, modified))


def osv_document(record: Facts, modified: str = "") -> dict[str, Any]:
    """Return the OSV record, its keys sorted.

    `modified` is a timestamp in UTC with `Z`. When it is empty, the last day in the record is
    used, so that the file only changes with its finding.
    """
    subject = Subject(record)
    known_as, days = osv_id(subject), {key: subject.day(key) for key in _DAYS}
    found: dict[str, Any] = {
        "affected": [_affected(subject)],
        "aliases": _aliases(subject, known_as),
        "database_specific": _own_facts(subject, days),
        "details": subject.description(),
        "id": known_as,
        "modified": modified or midnight(max(days.values()) or "1970-01-01"),
        "published": midnight(days["published"]),
        "references": _references(subject),
        "schema_version": SCHEMA_VERSION,
        "severity": _severity(subject),
        "summary": subject.title,
    }
    return {key: value for key, value in found.items() if value}


def osv_id(subject: Subject) -> str:
    """The finding's id where a database that OSV knows gave it; else one of our own."""
    if _KNOWN_ID.fullmatch(subject.finding_id):
        return subject.finding_id
    return f"{OWN_PREFIX}-{subject.name}"


def _aliases(subject: Subject, known_as: str) -> list[str]:
    """The other ids; the finding's own is one where the record has to go by another."""
    if known_as == subject.finding_id:
        return subject.aliases
    names = {*subject.aliases, subject.finding_id}
    return sorted(names - {"", known_as})


def _affected(subject: Subject) -> dict[str, Any]:
    version = subject.version
    fixed = _fixed_after(version, subject.fix_version)
    found: dict[str, Any] = {
        "package": {
            "ecosystem": _ECOSYSTEMS.get(subject.ecosystem, "PyPI"),
            "name": _name(subject),
            "purl": purl(subject.package, "", subject.ecosystem),
        }
    }
    # Without any version nothing would be affected, which nobody has said.
    if fixed or not version:
        events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
        found["ranges"] = [{"events": events, "type": "ECOSYSTEM"}]
    if version:
        found["versions"] = [version]
    return found


def _name(subject: Subject) -> str:
    """The name as the ecosystem writes it: Maven has `group:artifact`."""
    if subject.ecosystem in ("", PYPI):
        return normalize_package_name(subject.package)
    return subject.package.replace("/", ":") if subject.ecosystem == "maven" else subject.package


def _fixed_after(version: str, fixed: str) -> str:
    """The fixed version, if it is one and comes after the installed one.

    A fix in an older release line does not end the range that contains the installed version.
    """
    before, after = parse_version(version or "0.dev0"), parse_version(fixed)
    return fixed if before and after and after > before else ""


def _severity(subject: Subject) -> list[dict[str, str]]:
    version = vector_version(subject.cvss_vector)
    return [{"score": subject.cvss_vector, "type": _TYPES[version]}] if version else []


def _references(subject: Subject) -> list[dict[str, str]]:
    advisory = plain_url(subject.reference_url)
    kind = "ADVISORY" if _ADVISORY.match(advisory) else "WEB"
    found = ((kind, advisory), ("WEB", subject.page))
    return [{"type": kind, "url": url} for kind, url in found if url]


def _own_facts(subject: Subject, days: Mapping[str, str]) -> dict[str, str]:
    facts = {
        "discovered_date": days["discovered_date"],
        "due_date": subject.day("due_date"),
        "finding_id": subject.finding_id,
        "resolved_date": days["resolved_date"],
        "scope": get_line(subject.record, "scope"),
        "severity": subject.severity_word,
        "status": subject.status,
        "unlisted_since": days["unlisted_since"],
    }
    return {key: value for key, value in facts.items() if value}

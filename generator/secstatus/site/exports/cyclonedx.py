"""`api/v1/cyclonedx-vex.json`: the findings and the project's positions, as CycloneDX 1.6.

https://cyclonedx.org/docs/1.6/json/. The components are the dependencies that have findings, not
all of the package's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from secstatus.published.site_info import SiteInfo
from secstatus.site.exports.position import (
    Position,
    action_of,
    component_of,
    justification_of,
    note_of,
    position_of,
    reason_of,
    upgrade_of,
    vector_version,
)
from secstatus.site.exports.subject import (
    Facts,
    Subject,
    get_line,
    list_subjects,
    midnight,
    plain_url,
    project_purl,
    purl,
)
from secstatus.site.tree import (
    digest_parts,
    encode_list,
    fragment_in_order,
    join_pieces,
    render_json,
    render_members,
)
from secstatus.timestamps import format_timestamp

CYCLONEDX = "api/v1/cyclonedx-vex.json"
# The limit of the CycloneDX 1.6 schema (`version`, maxLength).
LONGEST_VERSION = 1024
_METHODS = {"2.0": "CVSSv2", "3.0": "CVSSv3", "3.1": "CVSSv31", "4.0": "CVSSv4"}
_STATES = {
    Position.NOT_AFFECTED: "false_positive",
    Position.FIXED: "resolved",
    Position.UNDER_INVESTIGATION: "in_triage",
    # CycloneDX has no "affected": `exploitable` is its word for "counts until refuted".
    Position.AFFECTED: "exploitable",
}
# The labels of OpenVEX that CycloneDX has too; the others have no word here and stay in `detail`.
_JUSTIFICATIONS = {
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
_AFFECTED = {
    Position.NOT_AFFECTED: "unaffected",
    Position.FIXED: "unaffected",
    Position.UNDER_INVESTIGATION: "unknown",
    Position.AFFECTED: "affected",
}
_SOURCES = {
    "CVE": {"name": "NVD", "url": "https://nvd.nist.gov/"},
    "GHSA": {"name": "GITHUB", "url": "https://github.com/advisories"},
    "PYSEC": {"name": "OSV", "url": "https://osv.dev/"},
    "OSV": {"name": "OSV", "url": "https://osv.dev/"},
}


def cyclonedx_file(
    records: Sequence[Facts | Subject], place: SiteInfo, last_updated: datetime
) -> bytes:
    """The document, a component and a vulnerability a line.

    Its serial number names its content: another content, another number.
    """
    subjects = sorted(list_subjects(records), key=lambda subject: subject.name)
    placed = [(subject, position_of(subject)) for subject in subjects]
    components = [fragment_in_order(each) for each in _components(placed, place)]
    found = [fragment_in_order(_vulnerability(*pair, place)) for pair in placed]
    head = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "metadata": {
            "component": _component(place.package, place.package_version, project_purl(place)),
            "timestamp": format_timestamp(last_updated),
            "tools": {"components": [_tool(place)]},
        },
        "specVersion": "1.6",
        "version": 1,
    }
    # The empty part separates the lists: an item that moves between them changes the name.
    name = digest_parts(render_json(head), *components, "", *found)
    lists = {"components": encode_list(components), "vulnerabilities": encode_list(found)}
    return join_pieces(render_members(head | lists | {"serialNumber": _serial_number(place, name)}))


def _serial_number(place: SiteInfo, content: str) -> str:
    from uuid import NAMESPACE_URL, uuid5

    # Derived, not random: equal content has an equal number on every machine.
    return uuid5(NAMESPACE_URL, f"{place.url(CYCLONEDX)}#{content}").urn


def _tool(place: SiteInfo) -> dict[str, str]:
    return {"name": "secstatus", "type": "application", "version": place.tool_version}


def _components(
    placed: Sequence[tuple[Subject, Position]], place: SiteInfo
) -> list[dict[str, str]]:
    known = {component for pair in placed if (component := component_of(*pair))}
    # Spellings of one name have one purl, and a `bom-ref` must be unique.
    found = {purl(*component): component for component in sorted(known)}
    # The package itself is there already, and a reference may have one target only.
    found.pop(project_purl(place), None)
    return [_component(found[name].package, found[name].version, name) for name in sorted(found)]


def _component(package: str, version: str, name: str) -> dict[str, str]:
    found = {"bom-ref": name, "name": package, "purl": name, "type": "library"}
    return found | ({"version": version[:LONGEST_VERSION]} if version else {})


def _vulnerability(subject: Subject, position: Position, place: SiteInfo) -> dict[str, Any]:
    """The vulnerability, with its keys in order."""
    problem = subject.problem
    found: dict[str, Any] = {
        "advisories": _advisories(subject),
        "affects": [_affects(subject, place, position)],
        "analysis": _analysis(subject, position),
        "bom-ref": f"finding/{subject.name}",
        "created": midnight(subject.day("discovered_date")),
        "description": subject.title,
        "detail": subject.description(),
        "id": problem,
        "properties": _properties(subject),
        "published": midnight(subject.day("published")),
        "ratings": [_rating(subject)],
        "recommendation": upgrade_of(subject),
        "references": _references(subject),
        "source": _source(problem, subject),
        "workaround": get_line(subject.plan, "workaround"),
    }
    return {key: value for key, value in found.items() if value}


def _source(name: str, subject: Subject) -> dict[str, str]:
    """Return the issuer of the id; when it is unknown, the scanner that reported the finding."""
    known = _SOURCES.get(name.partition("-")[0])
    return known or {"name": subject.source or "secstatus"}


def _references(subject: Subject) -> list[dict[str, Any]]:
    if not subject.dependency:
        return []
    return [{"id": name, "source": _source(name, subject)} for name in subject.aliases]


def _rating(subject: Subject) -> dict[str, Any]:
    """The severity that is graded, with score and vector where they are known."""
    version = vector_version(subject.cvss_vector)
    found = {
        "method": _METHODS.get(version),
        "score": subject.score(),
        "severity": subject.severity.value,
        "vector": subject.cvss_vector if version else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _analysis(subject: Subject, position: Position) -> dict[str, Any]:
    refuted = position is Position.NOT_AFFECTED
    label = _JUSTIFICATIONS.get(justification_of(subject), "") if refuted else ""
    found: dict[str, Any] = {
        "detail": _detail(subject, position),
        "justification": label,
        "response": _response(subject) if position is Position.AFFECTED else [],
        "state": "not_affected" if label else _STATES[position],
    }
    return {key: value for key, value in found.items() if value}


def _detail(subject: Subject, position: Position) -> str:
    if position is Position.AFFECTED:
        return action_of(subject)
    return reason_of(subject) if position is Position.NOT_AFFECTED else note_of(subject)


def _response(subject: Subject) -> list[str]:
    accepted = subject.status == "accepted"
    found = {
        # An accepted finding is not going to be updated, whatever release exists.
        "update": upgrade_of(subject) and not accepted,
        "will_not_fix": accepted,
        "workaround_available": get_line(subject.plan, "workaround"),
    }
    return [word for word, holds in found.items() if holds]


def _affects(subject: Subject, place: SiteInfo, position: Position) -> dict[str, Any]:
    component = component_of(subject, position)
    if component is None:
        return {"ref": project_purl(place)}
    version = component[1][:LONGEST_VERSION]
    known = [{"status": _AFFECTED[position], "version": version}] if version else []
    return {"ref": purl(*component)} | ({"versions": known} if known else {})


def _advisories(subject: Subject) -> list[dict[str, str]]:
    urls = (plain_url(subject.reference_url), subject.page)
    return [{"url": url} for url in urls if url]


def _properties(subject: Subject) -> list[dict[str, str]]:
    found = {"secstatus:due_date": subject.day("due_date"), "secstatus:status": subject.status}
    return [{"name": name, "value": value} for name, value in found.items() if value]

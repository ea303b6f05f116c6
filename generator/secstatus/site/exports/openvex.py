"""`api/v1/openvex.json`: the project's position on every finding, as OpenVEX 0.2.0.

https://github.com/openvex/spec. The product is the package, its subcomponent the dependency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from secstatus.published.site_info import SiteInfo
from secstatus.site.exports.position import (
    RANKS,
    Position,
    action_of,
    component_of,
    justification_of,
    note_of,
    position_of,
    reason_of,
)
from secstatus.site.exports.subject import (
    Component,
    Facts,
    Subject,
    list_subjects,
    project_purl,
    purl,
)
from secstatus.site.tree import canonical_list, digest_parts, fragment_in_order, render_json
from secstatus.timestamps import format_timestamp

OPENVEX = "api/v1/openvex.json"
CONTEXT = "https://openvex.dev/ns/v0.2.0"


def openvex_file(
    records: Sequence[Facts | Subject], place: SiteInfo, last_updated: datetime
) -> bytes:
    """Return the document, one statement a line. Its `@id` is derived from its content.

    Statements that could suppress a finding come first, because of two statements about one
    finding, consumers keep the later. Without findings there are no statements.
    """
    placed = [(position_of(subject), subject) for subject in list_subjects(records)]
    # Consumers keep the later of two statements about one product: the alarming one comes last.
    placed.sort(key=lambda pair: (RANKS[pair[0]], pair[1].name))
    product = _component(project_purl(place))
    statements = [fragment_in_order(_statement(*pair, product)) for pair in placed]
    head = {
        "@context": CONTEXT,
        "author": _author(place),
        "role": "Project maintainers",
        "timestamp": format_timestamp(last_updated),
        "tooling": f"secstatus {place.tool_version}",
        "version": 1,
    }
    name = digest_parts(place.base_url, render_json(head), *statements)
    return canonical_list({"@id": f"{place.url(OPENVEX)}#{name}", **head}, "statements", statements)


def _author(place: SiteInfo) -> str:
    if place.repository:
        return f"https://github.com/{place.repository}"
    return f"The maintainers of {place.package}"


def _statement(position: Position, subject: Subject, product: Mapping[str, Any]) -> dict[str, Any]:
    """The statement, with its keys in order."""
    statement = {
        "products": [_with_component(product, component_of(subject, position))],
        "status": position.value,
        "vulnerability": _vulnerability(subject),
        **_words(subject, position),
    }
    return dict(sorted(statement.items()))


def _words(subject: Subject, position: Position) -> dict[str, str]:
    """What the position rests on: an action, or a label or a reason, or a note."""
    if position is Position.AFFECTED:
        return {"action_statement": action_of(subject)}
    if position is not Position.NOT_AFFECTED:
        note = note_of(subject)
        return {"status_notes": note} if note else {}
    # The schema wants one of the two, and not both.
    if label := justification_of(subject):
        return {"justification": label, "status_notes": reason_of(subject)}
    return {"impact_statement": reason_of(subject)}


def _vulnerability(subject: Subject) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@id": subject.page,
        "aliases": subject.aliases if subject.dependency else [],
        "description": subject.title,
    }
    known = {key: value for key, value in found.items() if value}
    return {**known, "name": subject.problem}


def _with_component(product: Mapping[str, Any], component: Component | None) -> Mapping[str, Any]:
    if component is None:
        return product
    return {**product, "subcomponents": [_component(purl(*component))]}


def _component(name: str) -> dict[str, Any]:
    return {"@id": name, "identifiers": {"purl": name}}

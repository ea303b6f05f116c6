"""OpenVEX: what people say about vulnerabilities in products. Never how much was looked at.

https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md. In 0.0.1 vulnerability and products are
texts, in 0.2 objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, Verdict
from secstatus.scanners.cyclonedx_vex import closing_statement
from secstatus.scanners.packages import ecosystems_of, package_of
from secstatus.scanners.reading import (
    NotThisReport,
    describe_value,
    distinct,
    find_text,
    first_text,
    line_at,
    list_at,
    list_items,
    list_objects,
    read_aliases,
    read_identifier,
    read_line,
    read_mapping,
    read_timestamp,
)

NAME = "openvex"

# Better ones later. A status that is not here is worse than any: nobody knows what it says.
_STATUSES = ("affected", "under_investigation", "fixed", "not_affected")


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement about one product: its place in the order of statements, and what it says."""

    moment: datetime | None
    product: str
    observation: Observation

    @property
    def badness(self) -> int:
        status = self.observation.statement
        return -_STATUSES.index(status) if status in _STATUSES else 1


def recognises(data: Any) -> bool:
    return "openvex" in find_text(data, "@context").lower()


def read(data: Any) -> tuple[ScanReport, ...]:
    """The document, with the last statement about each vulnerability in each product."""
    document = read_mapping(data, "$")
    if "statements" not in document:
        raise NotThisReport("$.statements", "nothing", "a list of statements")
    found = tuple(dict.fromkeys(_valid(_statements(document))))
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.STATEMENTS,
        verdict=Verdict.UNSTATED,
        observations=found,
        unit="statements",
        problems=("VEX says what is exploitable, never how much was looked at.",),
        tool_version=line_at(document, "tooling"),
        scanned_at=read_timestamp(
            first_text(document.get("last_updated"), document.get("timestamp"))
        ),
        ecosystems=ecosystems_of(each.package for each in found),
    )
    return (report,)


def _valid(statements: Iterable[_Statement]) -> Iterator[Observation]:
    """The statement that holds, of all about the same vulnerability in the same product.

    The latest; the worse one of the same moment, or when one of them has no time.
    """
    groups: dict[tuple[str, str], list[_Statement]] = {}
    for each in statements:
        groups.setdefault((each.observation.id.casefold(), each.product), []).append(each)
    for group in groups.values():
        moments = [each.moment for each in group if each.moment]
        latest = max(moments) if len(moments) == len(group) else None
        last = [each for each in group if latest is None or each.moment == latest]
        yield max(last, key=lambda each: each.badness).observation


def _statements(document: Mapping[str, Any]) -> Iterator[_Statement]:
    for place, statement in list_objects(document.get("statements"), "$.statements"):
        said_at = [statement.get(key) for key in ("last_updated", "timestamp")]
        moment = read_timestamp(first_text(*said_at, document.get("timestamp")))
        for product, package, version in _products(statement, place):
            yield _Statement(moment, product, _observation(statement, place, package, version))


def _observation(
    statement: Mapping[str, Any], place: str, package: str, version: str
) -> Observation:
    found_id, aliases = _named(statement.get("vulnerability"), f"{place}.vulnerability")
    keys = ("impact_statement", "action_statement", "statement", "status_notes", "justification")
    status = line_at(statement, "status").lower()
    reasons = [find_text(statement, key) for key in ("justification", "impact_statement")]
    return Observation(
        id=found_id,
        aliases=aliases,
        package=package,
        version=version,
        description=" ".join(distinct([find_text(statement, key) for key in keys])),
        statement=status,
        closed=closing_statement(status, first_text(*reasons)),
    )


def _named(vulnerability: Any, place: str) -> tuple[str, tuple[str, ...]]:
    """Id and aliases; 0.0.1 has a text, and a text may stand in 0.2 too."""
    if isinstance(vulnerability, str):
        return read_identifier(vulnerability, place), ()
    known = read_mapping(vulnerability, place)
    name = read_identifier(first_text(known.get("name"), known.get("@id")), f"{place}.name")
    return name, read_aliases(known.get("aliases"), name)


def _products(statement: Mapping[str, Any], place: str) -> Iterator[tuple[str, str, str]]:
    """Product, package and version for each product; empty text for a statement about none.

    A product's subcomponents are where the vulnerability is: then they are the packages.
    """
    listed = list(list_items(statement.get("products"), f"{place}.products"))
    if not listed:
        yield "", "", ""
    for where, product in listed:
        name = _product_id(product, where)
        parts = [_product_id(part, where) for part in list_at(product, "subcomponents")]
        for part in parts or [name]:
            package, version = package_of(part) or (read_line(part), "")
            yield f"{name} {part}", package, version


def _product_id(product: Any, place: str) -> str:
    if isinstance(product, str):
        return product.strip()
    if not isinstance(product, dict):
        raise NotThisReport(place, describe_value(product), "a product")
    return first_text(find_text(product, "identifiers", "purl"), product.get("@id"))

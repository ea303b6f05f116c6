"""OpenVEX: statements about vulnerabilities in products. It never states how much was examined.

https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md. In 0.0.1 vulnerability and products are
texts, in 0.2 objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, Verdict
from secstatus.jsonio.values import read_timestamp
from secstatus.scanners.cyclonedx_vex import describe_closing_state
from secstatus.scanners.packages import list_ecosystems, parse_package_url
from secstatus.scanners.reading import ReportNode, distinct, read_aliases, read_line

NAME = "openvex"

# The worst first. An unknown status is worse than any of them.
_STATUSES = ("affected", "under_investigation", "fixed", "not_affected")


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement about one product: its timestamp and its content."""

    timestamp: datetime | None
    product: str
    observation: Observation

    @property
    def badness(self) -> int:
        status = self.observation.statement
        return -_STATUSES.index(status) if status in _STATUSES else 1


def recognises(data: Any) -> bool:
    return "openvex" in ReportNode(data).text("@context").lower()


def read(data: Any) -> tuple[ScanReport, ...]:
    """The document, with the last statement about each vulnerability in each product."""
    root = ReportNode(data).expect_object()
    if "statements" not in root:
        raise root.at("statements").refuse("a list of statements")
    found = tuple(dict.fromkeys(_pick_latest(_list_statements(root))))
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.STATEMENTS,
        verdict=Verdict.UNSTATED,
        observations=found,
        unit="statements",
        problems=("VEX says what is exploitable, never how much was looked at.",),
        tool_version=root.line("tooling"),
        scanned_at=read_timestamp(root.first_text("last_updated", "timestamp")),
        ecosystems=list_ecosystems(each.package for each in found),
    )
    return (report,)


def _pick_latest(statements: Iterable[_Statement]) -> Iterator[Observation]:
    """The statement that holds, of all about the same vulnerability in the same product."""
    groups: dict[tuple[str, str], list[_Statement]] = {}
    for each in statements:
        groups.setdefault((each.observation.id.casefold(), each.product), []).append(each)
    for group in groups.values():
        timestamps = [each.timestamp for each in group if each.timestamp]
        # Without all timestamps there is no order; then, as of two at the same time, the worse one
        # holds.
        latest = max(timestamps) if len(timestamps) == len(group) else None
        last = [each for each in group if latest is None or each.timestamp == latest]
        yield max(last, key=lambda each: each.badness).observation


def _list_statements(root: ReportNode) -> Iterator[_Statement]:
    for statement in root.expect_objects("statements"):
        # The timestamp of a statement defaults to that of the document.
        stated = statement.first_text("last_updated", "timestamp") or root.text("timestamp")
        for product, package, version in _list_products(statement):
            observation = _observation(statement, package, version)
            yield _Statement(read_timestamp(stated), product, observation)


def _observation(statement: ReportNode, package: str, version: str) -> Observation:
    found_id, aliases = _read_ids(statement.at("vulnerability"))
    keys = ("impact_statement", "action_statement", "statement", "status_notes", "justification")
    status = statement.line("status").lower()
    reason = statement.first_text("justification", "impact_statement")
    return Observation(
        id=found_id,
        aliases=aliases,
        package=package,
        version=version,
        description=" ".join(distinct(map(statement.text, keys))),
        statement=status,
        closed=describe_closing_state(status, reason),
    )


def _read_ids(vulnerability: ReportNode) -> tuple[str, tuple[str, ...]]:
    """Id and aliases."""
    # 0.0.1 has a text, and a text may stand in 0.2 too.
    if isinstance(vulnerability.value, str):
        return vulnerability.identifier(), ()
    known = vulnerability.expect_object()
    name = known.identifier("name", found=known.first_text("name", "@id"))
    return name, read_aliases(known.value.get("aliases"), name)


def _list_products(statement: ReportNode) -> Iterator[tuple[str, str, str]]:
    """Product, package and version for each product; empty texts for a statement about none."""
    products = statement.expect_items("products")
    if not products:
        yield "", "", ""
    for product in products:
        name = _read_product(product)
        # Subcomponents are where the vulnerability is: then they are the packages.
        inner = product.at("subcomponents")
        parts = [_read_product(inner.at(number)) for number in range(len(inner.values()))]
        for part in parts or [name]:
            package, version = parse_package_url(part) or (read_line(part), "")
            yield f"{name} {part}", package, version


def _read_product(product: ReportNode) -> str:
    if isinstance(product.value, str):
        return product.value.strip()
    if not isinstance(product.value, dict):
        raise product.refuse("a product")
    return product.text("identifiers", "purl") or product.text("@id")

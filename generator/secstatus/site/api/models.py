"""The published documents as pydantic models: the source of the JSON Schemas and of OpenAPI.

The build writes plain dictionaries; the tests and `check-site` hold every published document
against these models, which refuse a field that they do not name. The schemas that are published
from them allow further fields, since v1 may grow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from secstatus.site.api.activity_models import Metrics, Releases
from secstatus.site.api.finding_models import (
    Count,
    Coverage,
    Grade,
    ListedFinding,
    ListHead,
    Moment,
    Policy,
    PublishedDisagreement,
    PublishedFinding,
    PublishedReason,
    PublishedScan,
    PublishedSummary,
    Remediation,
    SchemaUrl,
    Scope,
    Sha256,
    Shape,
    ShortFinding,
    StatusLinks,
    Step,
    Url,
)


class Status(Shape):
    """The security status of the package on a day."""

    schema_: SchemaUrl
    schema_version: Annotated[str, Field(pattern=r"^1\.\d+$")]
    package: str
    package_version: str | None
    as_of: Moment
    last_updated: Moment
    scan_date: Moment
    next_scan_due: Moment
    valid_until: Annotated[
        Moment | None, Field(description="Do not use it afterwards; null: nothing is proved")
    ]
    security_grade: Grade
    security_grade_without_accepted: Annotated[
        Grade, Field(description="The grade without acceptances")
    ]
    grade_scopes: Annotated[
        list[Scope], Field(description="The scopes whose vulnerabilities are graded and counted")
    ]
    grade_reasons: list[PublishedReason]
    grade_schedule: list[Step]
    vulnerability_summary: Annotated[
        PublishedSummary, Field(description="Vulnerabilities of `grade_scopes`")
    ]
    code_summary: Annotated[
        PublishedSummary, Field(description="Findings in the code: graded, but not vulnerabilities")
    ]
    other_summary: Annotated[
        PublishedSummary, Field(description="Vulnerabilities of the other scopes: not graded")
    ]
    days_since_last_vulnerability: Count | None
    remediation_status: Remediation
    coverage: Coverage
    scans: list[PublishedScan]
    disagreements: list[PublishedDisagreement]
    policy: Policy
    revision: int | None
    links: StatusLinks
    # One model for both documents: `index.json` is the status with its findings.
    findings: Annotated[list[ListedFinding] | None, Field(description="Only in index.json")] = None


class Findings(ListHead):
    """Every finding that was ever published."""

    findings: list[ShortFinding]


class PublishedEvent(Shape, title="Event"):
    """An event. Its id never changes and is never reused."""

    id: str
    kind: Literal[
        "found",
        "reopened",
        "resolved",
        "withdrawn",
        "unlisted",
        "grade",
        "release",
        "scan-failed",
        "scan",
    ]
    at: Moment
    title: str
    text: str
    path: str
    grade: Grade | None = None
    counts: dict[str, Count] | None = None
    complete: bool | None = None
    accepted: Annotated[
        Count | None, Field(description="Critical and high findings that were open and accepted")
    ] = None
    verdicts: dict[str, str] | None = None


class HistoryScan(Shape):
    """One ingest: the open findings, and the verdict of each scanner."""

    at: Moment
    grade: Grade
    counts: dict[str, Count]
    complete: Annotated[bool, Field(description="False: the open findings are not known")]
    verdicts: dict[str, str] | None
    accepted: Annotated[
        Count | None, Field(description="Critical and high findings that were open and accepted")
    ] = None


class HistoryYear(Shape):
    """All events of one year, newest first. A past year no longer changes."""

    schema_: SchemaUrl
    schema_version: str
    package: str
    year: int
    scans: list[HistoryScan]
    events: list[PublishedEvent]


class Events(ListHead):
    """All events, newest first: read until the first id that you know."""

    events: list[PublishedEvent]


class PublishedBadgeLinks(Shape, title="BadgeLinks"):
    endpoint: Url
    svg: dict[str, Url]


class Index(Shape):
    """The URLs of all documents."""

    schema_: SchemaUrl
    schema_version: str
    package: str
    full_status: Url
    documents: dict[str, Url]
    findings: str
    schemas: str
    badges: dict[str, PublishedBadgeLinks]
    exports: Annotated[dict[str, str], Field(description="The same data in other formats")]
    feeds: dict[str, Url]
    history: Annotated[str, Field(description="A file for each of `years`")]
    years: list[int]


class FileEntry(Shape):
    sha256: Sha256
    size: Count
    source: Annotated[
        str | None,
        Field(description="Digest of the sources of the file; equal source, equal file"),
    ] = None


class Tool(Shape):
    name: str
    version: str


class Manifest(Shape):
    """Every file of the site with its SHA-256. Written last: a site that differs is incomplete."""

    schema_: SchemaUrl
    schema_version: str
    revision: Annotated[
        Sha256, Field(description="Digest of `files`: identifies this state of the site")
    ]
    as_of: Moment
    changes_at: Annotated[Moment, Field(description="When the same inputs give a different site")]
    # The next build compares this digest first and ends if it is the same.
    inputs: Annotated[Sha256, Field(description="Digest of all inputs of the site")]
    security_grade: Grade
    unreadable: Annotated[
        str | None,
        Field(description="Why the newest status could not be read; the last valid one is shown"),
    ]
    warnings: list[str]
    tool: Tool
    files: dict[str, FileEntry]


class PublishedBadge(Shape, title="Badge"):
    """An endpoint badge, version 1, as shields.io reads it."""

    # The names are those of shields.io: https://shields.io/badges/endpoint-badge
    schemaVersion: Literal[1]
    label: str
    message: Annotated[str, Field(min_length=1)]
    color: str
    isError: bool = False


SHAPES: dict[str, type[BaseModel]] = {
    "status": Status,
    "findings": Findings,
    "finding": PublishedFinding,
    "events": Events,
    "history": HistoryYear,
    "releases": Releases,
    "metrics": Metrics,
    "index": Index,
    "manifest": Manifest,
    "badge": PublishedBadge,
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The published JSON Schema (2020-12) of a model, without `$id`: that is the site's address."""
    return {"$schema": DIALECT, **open_schema(TypeAdapter(model).json_schema(by_alias=True))}


def open_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with room for fields to come, and its definitions named by their titles.

    Class names are unique in this package, titles only in their document.
    """
    titles = {name: each.get("title", name) for name, each in schema.get("$defs", {}).items()}
    if titles:
        named = {titles[name]: each for name, each in schema["$defs"].items()}
        schema = {**schema, "$defs": named}
    opened: dict[str, Any] = _open(schema, titles)
    return opened


def _open(node: Any, titles: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_open(item, titles) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        start, _, name = node["$ref"].rpartition("/")
        node = {**node, "$ref": f"{start}/{titles.get(name, name)}"}
    closed = node.get("additionalProperties") is False
    return {
        key: _open(value, titles)
        for key, value in node.items()
        if not (closed and key == "additionalProperties")
        # A title that is a text repeats the name; a property may be called `title`.
        and not (key == "title" and isinstance(value, str))
    }

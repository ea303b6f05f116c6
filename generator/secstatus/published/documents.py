"""Read from the documents of a published site what a later site has to keep."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from hashlib import sha256

from secstatus.errors import InputError
from secstatus.published.document_node import GOOD_GRADES, DocumentNode, parse_document
from secstatus.published.manifest import parse_manifest
from secstatus.published.own_manifest import MANIFEST
from secstatus.timestamps import format_timestamp

# Named here, and not taken from the modules that make them: those are heavy.
RELEASES = "api/v1/releases.json"
INDEX = "index.json"
STATUS = "api/v1/status.json"
FINDINGS = "api/v1/findings.json"
EVENTS = "api/v1/events.json"
_YEAR = re.compile(r"api/v1/history/([0-9]{4})\.json")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Documents = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class PublishedReports:
    """The facts of a site that a later one must keep.

    `digests`: path → SHA-256, of the files of its manifest and of the manifest. `discovered`: name
    of a finding → the day. `events`: id → the facts of the event, without its wording. `years`:
    year → its scans and events, counted. `decisions`: id → the states of each of its records,
    oldest first. `unreadable`: why the newest status could not be read, None where it could.
    `schedule`: timestamps and the grade from then on.
    """

    package: str
    tool: str
    as_of: str
    revision: int | None
    grade: str
    open: int
    unreadable: str | None
    schedule: tuple[tuple[str, str], ...]
    digests: Mapping[str, str]
    discovered: Mapping[str, str]
    events: Mapping[str, str]
    years: Mapping[str, Counter[str]]
    decisions: Mapping[str, tuple[tuple[str, ...], ...]]

    @property
    def files(self) -> Set[str]:
        """The paths of all files, the manifest's too."""
        return self.digests.keys()

    def grade_at(self, timestamp: str) -> str:
        """The grade that the site itself foresees for a time of the form of `as_of`."""
        # Both texts have the form of TIMESTAMP, so their order is the order of time.
        begun = [grade for start, grade in self.schedule if start <= timestamp]
        return begun[-1] if begun else self.grade


def list_documents(paths: Iterable[str]) -> list[str]:
    """Return those of the given paths that `read_published_site` reads."""
    # A site may have 10,000 files; only these few are read and parsed.
    exact = {MANIFEST, INDEX, STATUS, FINDINGS, EVENTS, RELEASES}
    return [path for path in paths if path in exact or _YEAR.fullmatch(path)]


def read_published_site(documents: Documents, *, strict: bool = False) -> PublishedReports:
    """Read the facts of a site from its documents (path → content).

    `strict` refuses documents that contradict each other; use it for a site before it is published.
    The published site is read without it: a forged document must not block the next deployment.

    Raises InputError with the document, the place, what was found and what was expected.
    """
    manifest = parse_manifest(_find(documents, MANIFEST))
    files = {path: entry.sha256 for path, entry in manifest.files.items()}
    index = parse_document(_find(documents, INDEX), INDEX)
    reports = PublishedReports(
        package=index["package"].text(),
        tool=manifest.tool_version,
        as_of=format_timestamp(manifest.as_of),
        revision=index["revision"].integer_or_none(),
        grade=manifest.grade,
        open=index["vulnerability_summary"]["total"].integer(),
        unreadable=manifest.unreadable,
        schedule=tuple(
            (step["from"].timestamp_text(), step["grade"].grade())
            for step in index["grade_schedule"].items()
        ),
        # A manifest cannot contain its own digest.
        digests={**files, MANIFEST: sha256(documents[MANIFEST]).hexdigest()},
        discovered=_discovered(_parse(documents, FINDINGS)),
        events=_events(_parse(documents, EVENTS)),
        years=_years(documents, files),
        # A project without releases publishes no release log.
        decisions=_decisions(_parse(documents, RELEASES)) if RELEASES in files else {},
    )
    if strict:
        _refuse_contradictions(documents, index, reports)
    return reports


def _refuse_contradictions(
    documents: Documents, index: DocumentNode, reports: PublishedReports
) -> None:
    # Both documents are read by programs, which must not see two grades of one site.
    for document in (index, _parse(documents, STATUS)):
        for name, value in (("security_grade", reports.grade), ("as_of", reports.as_of)):
            if document[name].value != value:
                raise document[name].refused(f"{value}, as in {MANIFEST}")
    if reports.unreadable is not None and reports.grade in GOOD_GRADES:
        node = DocumentNode(MANIFEST, "$.security_grade", reports.grade)
        raise node.refused("? or worse, since the newest status could not be read")


def _find(documents: Documents, path: str) -> bytes:
    if path not in documents:
        raise InputError(path, "", "no file", "a document of the site")
    return documents[path]


def _parse(documents: Documents, path: str) -> DocumentNode:
    return parse_document(_find(documents, path), path)


def _discovered(document: DocumentNode) -> dict[str, str]:
    return {
        item["name"].text(): item["discovered_date"].matching(_DAY, "a day")
        for item in document["findings"].items()
    }


def _facts(item: DocumentNode) -> str:
    """The facts of an event or a scan without its wording, as JSON that can be compared."""
    item["at"].timestamp()
    # Texts may be reworded by a newer version; these fields are facts.
    kept = {name: item[name].flat() for name in ("at", "kind", "grade", "counts", "complete")}
    # The order of members has no meaning in JSON (RFC 8259, section 4).
    return json.dumps(kept, sort_keys=True)


def _events(document: DocumentNode) -> dict[str, str]:
    return {item["id"].text(): _facts(item) for item in document["events"].items()}


def _years(documents: Documents, files: Iterable[str]) -> dict[str, Counter[str]]:
    matches = (match for path in files if (match := _YEAR.fullmatch(path)))
    return {match[1]: _scans(_parse(documents, match[0])) for match in matches}


def _scans(document: DocumentNode) -> Counter[str]:
    """The scans of a year, and its events by their ids."""
    points = Counter(_facts(item) for item in document["scans"].items())
    points.update(item["id"].text() for item in document["events"].items())
    return points


def _decisions(document: DocumentNode) -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    # The document lists the newest decision first.
    for item in reversed(document["decisions"].items()):
        name = item["decision_id"].text()
        steps = tuple(step["state"].text() for step in item["steps"].items())
        found[name] = (*found.get(name, ()), steps)
    return found

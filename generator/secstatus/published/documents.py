"""What a site tells, read out of its documents: what a later site has to go on telling.

The documents may be anybody's: a branch can be written by others. Whatever is not of the form that
a build gives them is named, and nothing of it is believed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.errors import InputError, shown

# Named here, and not taken from the modules that make them: those are heavy.
MANIFEST = "api/v1/manifest.json"
RELEASES = "api/v1/releases.json"
INDEX = "index.json"
STATUS = "api/v1/status.json"
FINDINGS = "api/v1/findings.json"
EVENTS = "api/v1/events.json"
_YEAR = re.compile(r"api/v1/history/([0-9]{4})\.json")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VERSION = re.compile(r"[0-9A-Za-z.+!_-]{1,64}")
_GRADES = frozenset("ABCDF?")
_NOT_INSIDE = frozenset({"", ".", ".."})

Documents = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class PublishedReports:
    """What a site tells that has to stay.

    `files` are the paths of its manifest and the manifest's own. `discovered`: name of a finding →
    the day. `events`: id → what of it is no wording. `years`: year → its scans and events, counted.
    `decisions`: id → the states of each of its records, oldest first. `unreadable`: why the newest
    status could not be read, None where it could. `schedule`: moments and the grade from then on.
    """

    package: str
    tool: str
    as_of: str
    revision: int | None
    grade: str
    open: int
    unreadable: str | None
    schedule: tuple[tuple[str, str], ...]
    files: frozenset[str]
    discovered: Mapping[str, str]
    events: Mapping[str, str]
    years: Mapping[str, Counter[str]]
    decisions: Mapping[str, tuple[tuple[str, ...], ...]]

    def grade_at(self, moment: str) -> str:
        """The grade that the site itself foresees for a moment of the form of `as_of`."""
        begun = [grade for start, grade in self.schedule if start <= moment]
        return begun[-1] if begun else self.grade


def documents_among(paths: Iterable[str]) -> list[str]:
    """Those of the paths that `told_by` reads."""
    exact = {MANIFEST, INDEX, STATUS, FINDINGS, EVENTS, RELEASES}
    return [path for path in paths if path in exact or _YEAR.fullmatch(path)]


def told_by(documents: Documents) -> PublishedReports:
    """What the site with these documents tells.

    Raises InputError, which names the document, the place, what was found and what was expected.
    """
    manifest = _DocumentNode.of(documents, MANIFEST)
    tool = manifest["tool"]
    if tool["name"].text() != "secstatus":
        raise tool["name"].refused("secstatus")
    files = frozenset(_files(manifest))
    index = _DocumentNode.of(documents, INDEX)
    return PublishedReports(
        package=index["package"].text(),
        tool=tool["version"].matching(_VERSION, "a version"),
        as_of=manifest["as_of"].moment(),
        revision=index["revision"].whole_or_none(),
        grade=manifest["security_grade"].grade(),
        open=index["vulnerability_summary"]["total"].whole(),
        unreadable=manifest["unreadable"].text_or_none(),
        schedule=tuple(
            (step["from"].moment(), step["grade"].grade())
            for step in index["grade_schedule"].items()
        ),
        files=files | {MANIFEST},
        discovered=_discovered(_DocumentNode.of(documents, FINDINGS)),
        events=_events(_DocumentNode.of(documents, EVENTS)),
        years=_years(documents, files),
        decisions=_decisions(_DocumentNode.of(documents, RELEASES)) if RELEASES in files else {},
    )


def told_with_one_voice(documents: Documents) -> PublishedReports:
    """As `told_by`, for a site that is to be published. Raises InputError also for contradictions.

    A published site is read without: whoever changed one of its documents must not be able to
    keep the true ones out.
    """
    told = told_by(documents)
    for path in (INDEX, STATUS):
        document = _DocumentNode.of(documents, path)
        for name, value in (("security_grade", told.grade), ("as_of", told.as_of)):
            if document[name].value != value:
                raise document[name].refused(f"{value}, as in {MANIFEST}")
    if told.unreadable is not None and told.grade in ("A", "B", "C"):
        node = _DocumentNode(MANIFEST, "$.security_grade", told.grade)
        raise node.refused("? or worse, since the newest status could not be read")
    return told


@dataclass(frozen=True, slots=True)
class _DocumentNode:
    """A value of a document and where it stands there."""

    path: str
    place: str
    value: Any

    @classmethod
    def of(cls, documents: Documents, path: str) -> _DocumentNode:
        if path not in documents:
            raise InputError(path, "", "no file", "a document of the site")
        try:
            value = json.loads(documents[path])
        except (ValueError, RecursionError):
            raise InputError(path, "", "no JSON", "a document of the site") from None
        return cls(path, "$", value)

    def refused(self, expected: str) -> InputError:
        found = "nothing" if self.value is None else shown(self.value)
        return InputError(self.path, self.place, found, expected)

    def __getitem__(self, key: str) -> _DocumentNode:
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return _DocumentNode(self.path, f"{self.place}.{key}", self.value.get(key))

    def items(self) -> list[_DocumentNode]:
        if not isinstance(self.value, list):
            raise self.refused("a list")
        numbered = enumerate(self.value)
        return [
            _DocumentNode(self.path, f"{self.place}[{number}]", item) for number, item in numbered
        ]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.refused("a text")
        return self.value

    def text_or_none(self) -> str | None:
        return None if self.value is None else self.text()

    def matching(self, pattern: re.Pattern[str], expected: str) -> str:
        if not isinstance(self.value, str) or not pattern.fullmatch(self.value):
            raise self.refused(expected)
        return self.value

    def moment(self) -> str:
        return self.matching(MOMENT, "a moment such as 2026-11-24T09:00:00Z")

    def grade(self) -> str:
        if not isinstance(self.value, str) or self.value not in _GRADES:
            raise self.refused("a grade, A to F or ?")
        return self.value

    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.refused("a whole number")
        return self.value

    def flat(self) -> Any:
        """The value, or the values of an object, where none has an inside of its own."""
        values = self.value.values() if isinstance(self.value, dict) else [self.value]
        if any(isinstance(value, (dict, list)) for value in values):
            raise self.refused("a plain value")
        return self.value

    def whole_or_none(self) -> int | None:
        return None if self.value is None else self.whole()


def _files(manifest: _DocumentNode) -> Iterable[str]:
    files = manifest["files"]
    if not isinstance(files.value, dict):
        raise files.refused("an object")
    for path in files.value:
        # A path that leads out of the site is not one that somebody may ask to take away.
        if not _NOT_INSIDE.isdisjoint(path.split("/")) or "\\" in path:
            raise InputError(MANIFEST, "$.files", shown(path), "a path inside of the site")
        yield path


def _discovered(document: _DocumentNode) -> dict[str, str]:
    return {
        item["name"].text(): item["discovered_date"].matching(_DAY, "a day")
        for item in document["findings"].items()
    }


def _facts(item: _DocumentNode) -> str:
    """What of an event or a scan is no wording, as one text that can be compared."""
    item["at"].moment()
    kept = {name: item[name].flat() for name in ("at", "kind", "grade", "counts", "complete")}
    return json.dumps(kept, sort_keys=True)


def _events(document: _DocumentNode) -> dict[str, str]:
    return {item["id"].text(): _facts(item) for item in document["events"].items()}


def _years(documents: Documents, files: Iterable[str]) -> dict[str, Counter[str]]:
    matches = (match for path in files if (match := _YEAR.fullmatch(path)))
    return {match[1]: _scans(_DocumentNode.of(documents, match[0])) for match in matches}


def _scans(document: _DocumentNode) -> Counter[str]:
    """The scans of a year, and its events by their ids."""
    points = Counter(_facts(item) for item in document["scans"].items())
    points.update(item["id"].text() for item in document["events"].items())
    return points


def _decisions(document: _DocumentNode) -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for item in reversed(document["decisions"].items()):
        name = item["decision_id"].text()
        steps = tuple(step["state"].text() for step in item["steps"].items())
        found[name] = (*found.get(name, ()), steps)
    return found

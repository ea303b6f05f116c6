"""OSV records (https://ossf.github.io/osv-schema/) as values, and what they add to a finding.

Databases leave out what the schema asks for, so that a missing or odd text is empty. Ids are read
strictly, for they join findings; and so is the shape of lists, for what is in them must not be
lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from secstatus.findings.finding import headline
from secstatus.findings.observation import Observation, SeverityClaim
from secstatus.findings.osv_ranges import Affected, Range, affects, list_fixes
from secstatus.jsonio.values import (
    Fields,
    expect_identifier,
    expect_items,
    expect_mapping,
    fields,
    name_input,
    read_timestamp,
    to_valid_text,
)
from secstatus.text.package_names import normalize_package_name

# About the length that all browsers and servers accept.
LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Advisory:
    """One OSV record. Empty text, None: the record does not say.

    `severities` are the claims about every package; `word` is the database's own among them.
    `affected` maps a PEP 503 name to what the record says of that PyPI package; other ecosystems
    are left out. All claims have the source `OSV:<id>`.
    """

    id: str
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    severities: tuple[SeverityClaim, ...] = ()
    word: str = ""
    affected: Mapping[str, tuple[Affected, ...]] = field(default_factory=dict)
    summary: str = ""
    details: str = ""
    references: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    withdrawn: datetime | None = None

    def _entries(self, package: str) -> tuple[Affected, ...]:
        return self.affected.get(normalize_package_name(package.strip()), ())

    def affects(self, package: str, version: str) -> bool | None:
        """Whether the version is affected; None when the record gives no sure answer.

        A package that the record does not name is no answer either.
        """
        return affects(self._entries(package), version)

    def fixed(self, package: str, version: str = "") -> tuple[str, ...]:
        """The versions that fix it, lowest first; with a version, only those above it."""
        return list_fixes(self._entries(package), version)

    def claims(self, package: str) -> tuple[SeverityClaim, ...]:
        """All that it claims about the severity in this package."""
        own = [claim for entry in self._entries(package) for claim in entry.severities]
        return tuple(sorted({*self.severities, *own}))

    def speaks_of(self, package: str) -> bool:
        """Whether it may be about this package: it names it, or no PyPI package at all."""
        return not self.affected or normalize_package_name(package.strip()) in self.affected


def read_advisory(data: object, name: str) -> Advisory:
    """The record in parsed JSON; `name` is what messages call it.

    Raises InputError with the JSON path for what is no record, or has ids that are none.
    """
    with name_input(name):
        return _advisory(expect_mapping(data, "$"))


def _advisory(data: Fields) -> Advisory:
    record_id = expect_identifier(data.get("id"), "$.id")
    source = f"OSV:{record_id}"
    database = fields(data.get("database_specific"))
    return Advisory(
        id=record_id,
        aliases=tuple(sorted(_ids(data, "aliases") - {record_id})),
        related=tuple(sorted(_ids(data, "related") - {record_id})),
        severities=_claims(data, "$", source),
        word=to_valid_text(database.get("severity")),
        affected=_affected(data, source),
        summary=to_valid_text(data.get("summary")),
        details=to_valid_text(data.get("details")),
        references=_references(data),
        published=read_timestamp(data.get("published")),
        modified=read_timestamp(data.get("modified")),
        withdrawn=read_timestamp(data.get("withdrawn")),
    )


def _ids(data: Fields, key: str) -> set[str]:
    return {expect_identifier(item, place) for place, item in expect_items(data, key, "$")}


def _references(data: Fields) -> tuple[str, ...]:
    """The web addresses; other texts are dropped, since a reader cannot follow them."""
    urls = [
        to_valid_text(fields(item).get("url")) for _, item in expect_items(data, "references", "$")
    ]
    good = (url for url in urls if url.isprintable() and len(url) <= LONGEST_URL)
    return tuple(dict.fromkeys(url for url in good if url.startswith(("https://", "http://"))))


def _claims(data: Fields, place: str, source: str) -> tuple[SeverityClaim, ...]:
    """The claims of a record or of one of its entries: vectors, and the databases' words."""
    claims = [_claim(fields(item), source) for _, item in expect_items(data, "severity", place)]
    for key in ("database_specific", "ecosystem_specific"):
        word = to_valid_text(fields(data.get(key)).get("severity"))
        claims += [SeverityClaim("word", source, word)]
    return tuple(sorted({claim for claim in claims if claim.value}))


def _claim(item: Fields, source: str) -> SeverityClaim:
    """A severity entry. Old records state no type; the version of their score is not known.

    Such a number stays a vector that cannot be read: it must not count as one of version 3.
    """
    kind, score = to_valid_text(item.get("type")).upper(), item.get("score")
    value = str(score) if isinstance(score, float | int) else to_valid_text(score)
    if kind in ("CVSS_V3", "CVSS_V4") and value.replace(".", "", 1).isdecimal():
        return SeverityClaim("score", source, value)
    return SeverityClaim("word" if value.isalpha() else "vector", source, value)


def _affected(data: Fields, source: str) -> dict[str, tuple[Affected, ...]]:
    found: dict[str, tuple[Affected, ...]] = {}
    for place, value in expect_items(data, "affected", "$"):
        item = expect_mapping(value, place)
        package = fields(item.get("package"))
        name = to_valid_text(package.get("name"))
        if name and to_valid_text(package.get("ecosystem")).partition(":")[0].casefold() == "pypi":
            entry = _entry(item, normalize_package_name(name.strip()), place, source)
            found[entry.package] = (*found.get(entry.package, ()), entry)
    return found


def _entry(item: Fields, package: str, place: str, source: str) -> Affected:
    versions = [to_valid_text(version) for _, version in expect_items(item, "versions", place)]
    return Affected(
        package=package,
        versions=tuple(version for version in versions if version),
        ranges=tuple(_range(value, at) for at, value in expect_items(item, "ranges", place)),
        severities=_claims(item, place, source),
    )


def _range(value: object, place: str) -> Range:
    item = expect_mapping(value, place)
    events = [
        (str(kind), to_valid_text(version))
        for at, event in expect_items(item, "events", place)
        for kind, version in expect_mapping(event, at).items()
    ]
    return Range(to_valid_text(item.get("type")).upper(), tuple(events))


class Advisories(Mapping[str, Advisory]):
    """Records by id, whatever its case, and the ids without an answer.

    `unanswered`: there may be a record of that id, and it is not here.
    """

    def __init__(self, records: Iterable[Advisory] = (), unanswered: Iterable[str] = ()) -> None:
        self._records = {record.id.casefold(): record for record in records}
        self.unanswered = frozenset(name.casefold() for name in unanswered)
        self._naming: dict[str, list[Advisory]] = {}
        for _, record in sorted(self._records.items()):
            for name in {record.id.casefold(), *(alias.casefold() for alias in record.aliases)}:
                self._naming.setdefault(name, []).append(record)

    def __getitem__(self, name: str) -> Advisory:
        return self._records[name.casefold()]

    def __iter__(self) -> Iterator[str]:
        return (record.id for record in self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def about(self, names: Iterable[str], package: str) -> tuple[Advisory, ...]:
        """The records of one problem: those of the names, and through aliases all others of it.

        One CVE can stand for a problem of several packages: a record that is only about other
        packages is left out, unless it is itself among the names.
        """
        given = [name.casefold() for name in names]
        found: dict[str, Advisory] = {}
        waiting = list(given)
        while waiting:
            for record in self._naming.get(waiting.pop(), ()):
                name = record.id.casefold()
                if name not in found and (name in given or record.speaks_of(package)):
                    found[name] = record
                    waiting += [alias.casefold() for alias in record.aliases]
        return tuple(found[name] for name in sorted(found, key=lambda n: (n not in given[:1], n)))


def enrich_observation(observation: Observation, advisories: Advisories) -> Observation:
    """The observation with what the records of its problem add; nothing it said is taken away.

    It is withdrawn only when every record of it is, and every name of it was answered for.
    Records that are withdrawn say how bad it is only where no other record does.
    """
    records = advisories.about((observation.id, *observation.aliases), observation.package)
    if not records:
        return observation
    names = {name.casefold() for name in (observation.id, *observation.aliases)}
    learnt = sorted({name for record in records for name in (record.id, *record.aliases)})
    added = {name.casefold(): name for name in learnt if name.casefold() not in names}
    unanswered = {*names, *added} & advisories.unanswered
    gone = not unanswered and all(record.withdrawn for record in records)
    texts = [record for record in records if record.summary or record.details]
    published = [record.published for record in records if record.published]
    links = (url for record in records for url in record.references)
    return replace(
        observation,
        aliases=(*observation.aliases, *sorted(added.values())),
        severities=_added_claims(observation, records),
        fix_versions=observation.fix_versions or _fixes(observation, records),
        title=observation.title or _best_title(texts),
        description=observation.description or next((r.details or r.summary for r in texts), ""),
        references=tuple(dict.fromkeys((*observation.references, *links))),
        published=observation.published or (min(published).date() if published else None),
        withdrawn=observation.withdrawn or gone,
    )


def _standing(records: Iterable[Advisory]) -> list[Advisory]:
    return [record for record in records if record.withdrawn is None]


def _added_claims(
    observation: Observation, records: tuple[Advisory, ...]
) -> tuple[SeverityClaim, ...]:
    def claims(some: Iterable[Advisory]) -> set[SeverityClaim]:
        return {claim for record in some for claim in record.claims(observation.package)}

    added = claims(_standing(records)) or claims(records)
    return (*observation.severities, *sorted(added - set(observation.severities)))


def _fixes(observation: Observation, records: tuple[Advisory, ...]) -> tuple[str, ...]:
    """The fixes that the first record has which stands and knows of any."""
    package, version = observation.package, observation.version
    fixes = (record.fixed(package, version) for record in _standing(records))
    return next(filter(None, fixes), ())


def _best_title(records: Sequence[Advisory]) -> str:
    """A summary, of whichever record has one; else the first sentence of a record's details.

    The databases know one problem under several ids, and PyPI's records have details alone.
    """
    summaries = (record.summary for record in records if record.summary)
    return next(summaries, "") or next((headline(record.details) for record in records), "")

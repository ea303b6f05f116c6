"""osv-scanner's JSON: the packages of each source, their OSV records, and groups of records.

https://google.github.io/osv-scanner/output/. A group is one problem under several ids. The file
lists only packages with something to say and never a source that could not be read, so that no
report is `complete`; its exit status tells more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.errors import InputError
from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    Scope,
    SeverityClaim,
    Verdict,
)
from secstatus.findings.osv_record import Advisory, read_advisory
from secstatus.scanners.packages import ecosystems_of, inventory_of, qualify_name, unbuilt
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    describe_value,
    distinct,
    find_text,
    first_text,
    list_entries,
    list_items,
    list_objects,
    list_texts,
    objects_at,
    read_aliases,
    read_identifier,
    read_line,
    read_mapping,
    read_path,
    to_text,
)
from secstatus.text.package_names import normalize_package_name

NAME = "osv-scanner"

# Where a package has something to say; any of them is a reason to list it.
_PROBLEMS = ("vulnerabilities", "groups", "license_violations", "deprecated")
_GROUPS = (
    "dev dev-dependencies develop development test tests testing doc docs lint linting typing "
    "type-check ci build release benchmark"
)
_DEVELOPMENT = frozenset(_GROUPS.split())

_Record = tuple[Mapping[str, Any], Advisory]
# What else may stand beside `results`; anything more says that it is another tool's.
_BESIDE = ("license", "image_metadata", "experimental_", "package_")


def recognises(data: Any) -> bool:
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(results, list):
        return False
    if results:
        return all(isinstance(each, dict) and "packages" in each for each in results[:5])
    return all(key == "results" or key.startswith(_BESIDE) for key in data)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report: an observation for each group, and for each record outside of every group.

    It has an inventory when it lists packages without problems too (`--all-packages`).
    """
    root = read_mapping(data, "$")
    sources = list_entries(root, "results")
    found = [each for place, source in sources for each in _of_source(source, place)]
    packages = [_listed(entry, place) for place, entry in _entries(sources)]
    inventory = inventory_of(packages) if _lists_all(sources) else None
    gaps = unbuilt(inventory or {})
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=Verdict.PARTIAL if gaps else Verdict.UNSTATED,
        observations=tuple(found),
        audited=len(packages) if inventory else None,
        problems=("It does not say what was looked at and found without problems.", *gaps),
        inventory=inventory,
        scope=distinct([read_path(find_text(source, "source", "path")) for _, source in sources]),
        ecosystems=ecosystems_of(package for package, _ in packages),
    )
    return (report,)


def _entries(
    sources: list[tuple[str, Mapping[str, Any]]],
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place, source in sources:
        yield from list_objects(source.get("packages"), f"{place}.packages")


def _listed(entry: Mapping[str, Any], place: str) -> tuple[str, str]:
    package = read_mapping(entry.get("package", {}), f"{place}.package")
    return _named(package), _version(package)


def _named(package: Mapping[str, Any]) -> str:
    return qualify_name(read_line(package.get("name")), package.get("ecosystem"))


def _version(package: Mapping[str, Any]) -> str:
    return read_line(first_text(package.get("version"), package.get("commit")))


def _lists_all(sources: list[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether a package is listed that has no problem: without `--all-packages` none is."""
    return any(
        not any(entry.get(key) for key in _PROBLEMS) and not at(entry, "package", "deprecated")
        for _, entry in _entries(sources)
    )


def _of_source(source: Mapping[str, Any], place: str) -> Iterator[Observation]:
    for where, entry in list_objects(source.get("packages"), f"{place}.packages"):
        yield from _of_package(entry, where)


def _of_package(entry: Mapping[str, Any], place: str) -> Iterator[Observation]:
    package = read_mapping(entry.get("package", {}), f"{place}.package")
    listed = list_objects(entry.get("vulnerabilities"), f"{place}.vulnerabilities")
    records = [(data, _advisory(data, where)) for where, data in listed]
    grouped: set[str] = set()
    for where, group in list_objects(entry.get("groups"), f"{place}.groups"):
        ids = [
            read_identifier(each, at) for at, each in list_items(group.get("ids"), f"{where}.ids")
        ]
        if not ids:
            raise NotThisReport(f"{where}.ids", describe_value(group.get("ids")), "at least one id")
        known = _records_of(ids, records)
        grouped.update(record.id for _, record in known)
        yield _observation(entry, package, ids, known, group)
    for data, record in records:
        if record.id not in grouped:
            yield _observation(entry, package, [record.id], [(data, record)], {})


def _records_of(ids: list[str], records: list[_Record]) -> list[_Record]:
    """Those that the group names, in its order; else those that have its ids as aliases."""
    by_id = {record.id: (data, record) for data, record in records}
    named = [by_id[name] for name in ids if name in by_id]
    return named or [each for each in records if set(ids) & set(each[1].aliases)]


def _advisory(data: Mapping[str, Any], place: str) -> Advisory:
    try:
        return read_advisory(data, place)
    except InputError as error:
        inner = place + error.place.removeprefix("$")
        raise NotThisReport(inner, error.found, error.expected) from None


def _scope(entry: Mapping[str, Any]) -> str:
    """Of a package in groups: `development` when all are for that, `extra` for any other one."""
    groups = {group.lower() for group in list_texts(entry.get("dependency_groups"))}
    if not groups:
        return ""
    return Scope.DEVELOPMENT if groups <= _DEVELOPMENT else Scope.EXTRA


def _observation(
    entry: Mapping[str, Any],
    package: Mapping[str, Any],
    ids: list[str],
    known: list[_Record],
    group: Mapping[str, Any],
) -> Observation:
    """The first id with a record names it, all others are aliases. Withdrawn: every record is."""
    name = read_line(package.get("name"))
    records = [record for _, record in known]
    own = records[0].id if records else ids[0]
    others = [alias for record in records for alias in record.aliases]
    stated = group.get("aliases")
    published = [record.published for record in records if record.published]
    return Observation(
        id=own,
        aliases=read_aliases([*ids, *others, *(stated if isinstance(stated, list) else [])], own),
        package=_named(package),
        version=_version(package),
        severities=_claims(known, name, to_text(group.get("max_severity"))),
        fix_versions=distinct([fix for data, _ in known for fix in _fixes(data, package)]),
        title=read_line(first_text(*(record.summary for record in records))),
        description=first_text(*(record.details for record in records)),
        references=distinct([url for record in records for url in record.references]),
        published=min(published).date() if published else None,
        scope=_scope(entry),
        withdrawn=set(ids) <= {record.id for record in records if record.withdrawn},
    )


def _claims(known: list[_Record], name: str, highest: str) -> tuple[SeverityClaim, ...]:
    """Of the records, and the scanner's own: the highest score of any vector in the group."""
    claims = {claim for data, record in known for claim in _of_record(data, record, name)}
    if highest:
        claims.add(SeverityClaim("score", NAME, highest))
    return tuple(sorted(claims))


def _of_record(data: Mapping[str, Any], record: Advisory, name: str) -> Iterator[SeverityClaim]:
    yield from record.claims(name)
    for entry in objects_at(data, "affected"):
        if find_text(entry, "package", "name") == name:
            for severity in objects_at(entry, "severity"):
                if "/" in (vector := find_text(severity, "score")):
                    yield SeverityClaim("vector", f"OSV:{record.id}", vector)


def _fixes(data: Mapping[str, Any], package: Mapping[str, Any]) -> Iterator[str]:
    """Where the ranges of this package end. A commit is no version that people could install."""
    for entry in objects_at(data, "affected"):
        if not _same(entry.get("package"), package):
            continue
        for span in objects_at(entry, "ranges"):
            if find_text(span, "type").upper() != "GIT":
                yield from (find_text(event, "fixed") for event in objects_at(span, "events"))


def _same(affected: object, package: Mapping[str, Any]) -> bool:
    names = find_text(affected, "name"), to_text(package.get("name"))
    kinds = find_text(affected, "ecosystem"), to_text(package.get("ecosystem"))
    one, other = (kind.partition(":")[0].casefold() for kind in kinds)
    if one != other:
        return False
    return names[0] == names[1] or (
        one == "pypi"
        and normalize_package_name(names[0].strip()) == normalize_package_name(names[1].strip())
    )

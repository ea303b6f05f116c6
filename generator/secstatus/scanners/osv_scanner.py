"""osv-scanner's JSON: the packages of each source, their OSV records, and groups of records.

https://google.github.io/osv-scanner/output/. A group is one problem under several ids. The file
lists only packages with something to report and never a source that could not be read, so that no
report is `complete`. The exit status states more, see `registry.is_osv_status`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secstatus.errors import InputError
from secstatus.findings.observation import Observation, ScanKind, ScanReport, Scope, SeverityClaim
from secstatus.findings.osv_record import Advisory, read_advisory
from secstatus.scanners.packages import (
    PYPI,
    find_unbuilt,
    list_ecosystems,
    list_inventory,
    qualify_name,
)
from secstatus.scanners.reading import (
    NotThisReport,
    ReportNode,
    decide_verdict,
    distinct,
    read_aliases,
    read_line,
    to_text,
)
from secstatus.text.package_names import normalize_package_name

NAME = "osv-scanner"

# Where a package has something to report; any of them is a reason to list it.
_PROBLEMS = ("vulnerabilities", "groups", "license_violations", "deprecated")
# Groups that package managers suggest or that projects use for tools; no standard names them.
_GROUPS = (
    "dev dev-dependencies develop development test tests testing doc docs lint linting typing "
    "type-check ci build release benchmark"
)
_DEVELOPMENT = frozenset(_GROUPS.split())

_Record = tuple[ReportNode, Advisory]
# What else may stand beside `results`; another key says that the report is another tool's.
_BESIDE = ("license", "image_metadata", "experimental_", "package_")


def recognises(data: Any) -> bool:
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(results, list):
        return False
    if results:
        return all(isinstance(each, dict) and "packages" in each for each in results[:5])
    # bandit and semgrep write an empty `results` too, beside keys of their own.
    return all(key == "results" or key.startswith(_BESIDE) for key in data)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report: an observation for each group, and for each record outside of every group.

    It has an inventory when it lists packages without problems too (`--all-packages`).
    """
    sources = ReportNode(data).expect_object().require_objects("results")
    entries = [entry for source in sources for entry in source.expect_objects("packages")]
    found = [each for entry in entries for each in _read_entry(entry)]
    packages = [_identify(_get_package(entry)) for entry in entries]
    inventory = list_inventory(packages) if any(map(_is_clean, entries)) else None
    gaps = find_unbuilt(inventory or {})
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=decide_verdict((), gaps, unstated=True),
        observations=tuple(found),
        audited=len(packages) if inventory else None,
        problems=("It does not say what was looked at and found without problems.", *gaps),
        inventory=inventory,
        scope=distinct(source.path("source", "path") for source in sources),
        ecosystems=list_ecosystems(package for package, _ in packages),
    )
    return (report,)


def _get_package(entry: ReportNode) -> ReportNode:
    return entry.expect_object("package") if "package" in entry else ReportNode({})


def _identify(package: ReportNode) -> tuple[str, str]:
    name = qualify_name(package.line("name"), package.value.get("ecosystem"))
    return name, package.line("version") or package.line("commit")


def _is_clean(entry: ReportNode) -> bool:
    """Whether the package has no problem: without `--all-packages` such a one is not listed."""
    is_deprecated = bool(entry.at("package", "deprecated").value)
    return not is_deprecated and not any(entry.value.get(key) for key in _PROBLEMS)


def _read_entry(entry: ReportNode) -> Iterator[Observation]:
    records = [(data, _read_record(data)) for data in entry.expect_objects("vulnerabilities")]
    grouped: set[str] = set()
    for group in entry.expect_objects("groups"):
        ids = [item.identifier() for item in group.expect_items("ids")]
        if not ids:
            raise group.at("ids").refuse("at least one id")
        known = _pick_records(ids, records)
        grouped.update(record.id for _, record in known)
        yield _observation(entry, ids, known, group)
    for data, record in records:
        if record.id not in grouped:
            yield _observation(entry, [record.id], [(data, record)], ReportNode({}))


def _pick_records(ids: list[str], records: list[_Record]) -> list[_Record]:
    """Those that the group names, in its order; else those that have its ids as aliases."""
    by_id = {record.id: (data, record) for data, record in records}
    named = [by_id[name] for name in ids if name in by_id]
    return named or [each for each in records if set(ids) & set(each[1].aliases)]


def _read_record(data: ReportNode) -> Advisory:
    try:
        return read_advisory(data.value, data.place)
    except InputError as error:
        inner = data.place + error.place.removeprefix("$")
        raise NotThisReport(inner, error.found, error.expected) from None


def _scope(entry: ReportNode) -> str:
    """Of a package in groups: `development` when all are for that, `extra` for any other one."""
    groups = {group.lower() for group in entry.texts("dependency_groups")}
    if not groups:
        return ""
    return Scope.DEVELOPMENT if groups <= _DEVELOPMENT else Scope.EXTRA


def _observation(
    entry: ReportNode, ids: list[str], known: list[_Record], group: ReportNode
) -> Observation:
    """The first id with a record names it, all others are aliases. Withdrawn: every record is."""
    package = _get_package(entry)
    name, version = _identify(package)
    records = [record for _, record in known]
    own = records[0].id if records else ids[0]
    others = [alias for record in records for alias in record.aliases]
    published = [record.published for record in records if record.published]
    return Observation(
        id=own,
        aliases=read_aliases([*ids, *others, *group.values("aliases")], own),
        package=name,
        version=version,
        severities=_claims(known, package.line("name"), group.text("max_severity")),
        fix_versions=distinct(fix for data, _ in known for fix in _list_fixes(data, package)),
        title=next((line for each in records if (line := read_line(each.summary))), ""),
        description=next((text for each in records if (text := to_text(each.details))), ""),
        references=distinct(url for record in records for url in record.references),
        published=min(published).date() if published else None,
        scope=_scope(entry),
        withdrawn=set(ids) <= {record.id for record in records if record.withdrawn},
    )


def _claims(known: list[_Record], name: str, highest: str) -> tuple[SeverityClaim, ...]:
    claims = {claim for data, record in known for claim in _list_claims(data, record, name)}
    # osv-scanner computes `max_severity`: the highest score of any vector in the group.
    if highest:
        claims.add(SeverityClaim("score", NAME, highest))
    return tuple(sorted(claims))


def _list_claims(data: ReportNode, record: Advisory, name: str) -> Iterator[SeverityClaim]:
    yield from record.claims(name)
    # The record's own claims are those for PyPI; a package of another ecosystem is read here.
    for affected in data.objects("affected"):
        if affected.text("package", "name") == name:
            for severity in affected.objects("severity"):
                if "/" in (vector := severity.text("score")):
                    yield SeverityClaim("vector", f"OSV:{record.id}", vector)


def _list_fixes(data: ReportNode, package: ReportNode) -> Iterator[str]:
    """The versions in which the ranges of this package end."""
    for affected in data.objects("affected"):
        if not _is_same_package(affected.at("package"), package):
            continue
        for span in affected.objects("ranges"):
            # The events of a GIT range are commits: no version that a user could install.
            if span.text("type").upper() != "GIT":
                yield from (event.text("fixed") for event in span.objects("events"))


def _is_same_package(affected: ReportNode, package: ReportNode) -> bool:
    names = affected.text("name"), package.text("name")
    kinds = affected.text("ecosystem"), package.text("ecosystem")
    # `Debian:11` and `Debian:12` are one ecosystem here.
    one, other = (kind.partition(":")[0].casefold() for kind in kinds)
    if one != other:
        return False
    # Records of PyPI are not all normalised: `Jinja2` and `jinja2` are one package (PEP 503).
    return len(set(map(normalize_package_name if one == PYPI else str, names))) == 1

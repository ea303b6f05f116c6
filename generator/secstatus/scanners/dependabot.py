"""Dependabot alerts: GitHub's REST list, a webhook's object, and answers of the GraphQL API.

https://docs.github.com/en/rest/dependabot/alerts. Whether a list is whole stands in the answer's
Link header, which no file has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    Scope,
    SeverityClaim,
    Verdict,
)
from secstatus.scanners.github_alerts import (
    ONE_PAGE,
    closing,
    find_repository,
    read_refusal,
    rest_alerts,
)
from secstatus.scanners.packages import ecosystems_of, qualify_name
from secstatus.scanners.reading import (
    at,
    distinct,
    find_text,
    first_text,
    line_at,
    list_at,
    list_objects,
    objects_at,
    read_aliases,
    read_count,
    read_day,
    read_identifier,
    read_mapping,
    read_path,
    to_text,
)

NAME = "dependabot"

_ALERTS = "vulnerabilityAlerts"
_DEEPEST = 12
_CVSS = (
    ("cvss",),
    ("cvss_severities", "cvss_v3"),
    ("cvss_severities", "cvss_v4"),
    ("cvssSeverities", "cvssV3"),
    ("cvssSeverities", "cvssV4"),
)
_ADVISORIES = ("security_advisory", "security_vulnerability", "securityVulnerability")


def recognises(data: Any) -> bool:
    if isinstance(data, dict) and "data" in data:
        return bool(_connections(data["data"], "$.data"))
    listed = data if isinstance(data, list) else [at(data, "alert")]
    return bool(listed) and all(
        isinstance(item, dict) and any(key in item for key in _ADVISORIES) for item in listed[:5]
    )


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report; an error of GitHub's is `failed`, what lacks pages is `partial`."""
    alerts = rest_alerts(data)
    if alerts is not None:
        around = data.get("repository") if isinstance(data, dict) else None
        found = tuple(_rest(alert, place, around) for place, alert in alerts)
        return (_report(found, Verdict.UNSTATED, (ONE_PAGE,)),)
    if not isinstance(data, dict) or "data" not in data:
        return (read_refusal(data, NAME, ScanKind.DEPENDENCIES),)
    return (_graphql(data),)


def _report(
    found: tuple[Observation, ...], verdict: Verdict, problems: tuple[str, ...]
) -> ScanReport:
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=verdict,
        observations=found,
        problems=problems,
        ecosystems=ecosystems_of(each.package for each in found),
    )


def _rest(alert: Mapping[str, Any], place: str, around: Any) -> Observation:
    advisory = read_mapping(alert.get("security_advisory"), f"{place}.security_advisory")
    vulnerability = alert.get("security_vulnerability")
    package = at(alert, "dependency", "package") or at(vulnerability, "package")
    found_id, aliases = _ids(advisory, f"{place}.security_advisory")
    return Observation(
        id=found_id,
        aliases=aliases,
        package=_package(package),
        severities=_severities(vulnerability, advisory),
        fix_versions=_fixes(at(vulnerability, "first_patched_version")),
        title=line_at(advisory, "summary"),
        description=find_text(advisory, "description"),
        location=read_path(at(alert, "dependency", "manifest_path")),
        references=_references(advisory),
        published=read_day(advisory.get("published_at")),
        withdrawn=bool(find_text(advisory, "withdrawn_at")),
        scope=_scope(at(alert, "dependency", "scope")),
        closed=closing(alert),
        repository=find_repository(alert, around),
    )


def _package(package: Any) -> str:
    return qualify_name(line_at(package, "name"), at(package, "ecosystem"))


def _scope(stated: object) -> str:
    word = to_text(stated).lower()
    return word if word in (Scope.RUNTIME, Scope.DEVELOPMENT) else ""


def _ids(advisory: Mapping[str, Any], place: str) -> tuple[str, tuple[str, ...]]:
    """The GHSA id when there is one, else the first id; and the others."""
    listed = [
        (find_text(i, "type"), find_text(i, "value")) for i in objects_at(advisory, "identifiers")
    ]
    ghsa = [value for kind, value in listed if kind.upper() == "GHSA"]
    first = first_text(advisory.get("ghsa_id"), advisory.get("ghsaId"), *ghsa)
    others = [find_text(advisory, "cve_id"), *(value for _, value in listed)]
    found_id = read_identifier(first or first_text(*others), f"{place}.ghsa_id")
    return found_id, read_aliases(others, found_id)


def _fixes(first_patched: Any) -> tuple[str, ...]:
    return distinct([first_text(at(first_patched, "identifier"), first_patched)])


def _references(advisory: Mapping[str, Any]) -> tuple[str, ...]:
    return distinct([find_text(entry, "url") for entry in objects_at(advisory, "references")])


def _severities(vulnerability: Any, advisory: Any) -> tuple[SeverityClaim, ...]:
    """The words of both, then the vectors; a score only where there is no vector."""
    words = [find_text(each, "severity") for each in (vulnerability, advisory)]
    claims = [SeverityClaim("word", "github", word) for word in words if word]
    for steps in _CVSS:
        cvss = at(advisory, *steps)
        vector = first_text(at(cvss, "vector_string"), at(cvss, "vectorString"))
        score = find_text(cvss, "score")
        if vector:
            claims.append(SeverityClaim("vector", "github", vector))
        elif score and score not in ("0", "0.0"):
            claims.append(SeverityClaim("score", "github", score))
    return tuple(dict.fromkeys(claims))


def _graphql(data: Mapping[str, Any]) -> ScanReport:
    errors = [line_at(error, "message") for error in objects_at(data, "errors")]
    problems = [f"GitHub reports an error: {error}" for error in errors]
    found: list[Observation] = []
    connections = _connections(data["data"], "$.data")
    for place, connection, around in connections:
        nodes = list(_nodes(connection, place))
        found += [_node(node, where, around) for where, node in nodes if node is not None]
        problems += _missing(connection, len(nodes), sum(node is None for _, node in nodes))
    if not any(isinstance(connection, dict) for _, connection, _ in connections):
        nothing = "GitHub's answer has no alerts: it needs the right to read them."
        return _report((), Verdict.FAILED, (*problems, nothing))
    pages = [step.value for step in _walk(data["data"], "$.data") if step.key == "pageInfo"]
    if any(at(page, "hasNextPage") for page in pages):
        problems.append("There are more pages of repositories.")
    verdict = Verdict.PARTIAL if problems or data.get("errors") else Verdict.UNSTATED
    return _report(tuple(found), verdict, tuple(problems) or (ONE_PAGE,))


@dataclass(frozen=True, slots=True)
class _GraphStep:
    """One value of an answer; `around` is the nearest repository that it stands in."""

    place: str
    key: str
    value: Any
    around: Any = None


def _connections(data: Any, place: str) -> list[tuple[str, Any, Any]]:
    """Every `vulnerabilityAlerts` under `data`, wherever the query put it, and its repository."""
    steps = (step for step in _walk(data, place) if step.key == _ALERTS)
    return [(step.place, step.value, step.around) for step in steps]


def _walk(data: Any, place: str) -> Iterator[_GraphStep]:
    """Everything in objects and lists, alerts themselves left out."""
    level = [_GraphStep(place, "", data)]
    for _ in range(_DEEPEST):
        inner = [each for step in level for each in _inside(step)]
        yield from inner
        level = [step for step in inner if step.key != _ALERTS]


def _inside(step: _GraphStep) -> list[_GraphStep]:
    value, place = step.value, step.place
    if isinstance(value, dict):
        named = any(key in value for key in ("nameWithOwner", "owner"))
        around = value if named else step.around
        return [_GraphStep(f"{place}.{key}", key, item, around) for key, item in value.items()]
    listed = value if isinstance(value, list) else []
    return [
        _GraphStep(f"{place}[{number}]", "", item, step.around)
        for number, item in enumerate(listed)
    ]


def _nodes(connection: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """The alerts of a connection; None for one that GitHub keeps to itself."""
    edges = list_at(connection, "edges")
    nodes = [at(edge, "node") for edge in edges] if edges else at(connection, "nodes")
    listed = [node for node in nodes if node is not None] if isinstance(nodes, list) else nodes
    yield from list_objects(listed, f"{place}.nodes")
    if isinstance(nodes, list):
        yield from ((place, None) for node in nodes if node is None)


def _missing(connection: Any, listed: int, hidden: int) -> Iterator[str]:
    total = read_count(at(connection, "totalCount"))
    if not isinstance(connection, dict):
        yield "GitHub gives no alerts of one repository: it needs the right to read them."
    elif not any(isinstance(connection.get(key), list) for key in ("nodes", "edges")):
        yield "An answer lists no alerts: the query did not ask for its nodes."
    if hidden:
        yield f"GitHub keeps {hidden} of its alerts to itself."
    if total is not None and total > listed:
        yield f"It has {listed} of {total} alerts."
    elif at(connection, "pageInfo", "hasNextPage"):
        yield f"It has {listed} alerts, and there are more pages."


def _node(node: Mapping[str, Any], place: str, around: Any) -> Observation:
    where = f"{place}.securityVulnerability"
    vulnerability = read_mapping(node.get("securityVulnerability"), where)
    told = at(vulnerability, "advisory") or node.get("securityAdvisory")
    advisory = read_mapping(told, f"{where}.advisory")
    found_id, aliases = _ids(advisory, f"{where}.advisory")
    paths = [node.get("vulnerableManifestPath"), node.get("vulnerableManifestFilename")]
    return Observation(
        id=found_id,
        aliases=aliases,
        package=_package(at(vulnerability, "package")),
        version=_pinned(line_at(node, "vulnerableRequirements")),
        severities=_severities(vulnerability, advisory),
        fix_versions=_fixes(at(vulnerability, "firstPatchedVersion")),
        title=line_at(advisory, "summary"),
        description=find_text(advisory, "description"),
        location=read_path(first_text(*paths)),
        references=_references(advisory),
        published=read_day(at(advisory, "publishedAt")),
        withdrawn=bool(find_text(advisory, "withdrawnAt")),
        scope=_scope(node.get("dependencyScope")),
        closed=closing(node),
        repository=find_repository(node, around),
    )


def _pinned(requirement: str) -> str:
    """The version in `= 5.3.29`; empty for a range."""
    mark, _, version = requirement.partition(" ")
    return version.strip() if mark in ("=", "==") else ""

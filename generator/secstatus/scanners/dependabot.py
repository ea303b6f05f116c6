"""Dependabot alerts: GitHub's REST list, a webhook's object, and responses of the GraphQL API.

https://docs.github.com/en/rest/dependabot/alerts. Only the Link header of a
response states whether a list is complete, and a file does not contain it.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    describe_closing,
    find_repository,
    list_alerts,
    read_refusal,
)
from secstatus.scanners.packages import list_ecosystems, qualify_name
from secstatus.scanners.reading import ReportNode, decide_verdict, distinct, read_aliases

NAME = "dependabot"

_ALERTS = "vulnerabilityAlerts"
# Deeper than a query needs: organization → repositories → nodes → vulnerabilityAlerts.
_DEEPEST = 12
# REST and GraphQL write the same things in two spellings; `cvss` is the key from before CVSS 4.
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
        return any(step.key == _ALERTS for step in _walk(ReportNode(data)))
    listed = data if isinstance(data, list) else [ReportNode(data).at("alert").value]
    return bool(listed) and all(
        isinstance(item, dict) and any(key in item for key in _ADVISORIES) for item in listed[:5]
    )


def read(data: Any) -> tuple[ScanReport, ...]:
    """Parse the report. An error response is `failed`, a response without all pages `partial`."""
    root = ReportNode(data)
    alerts = list_alerts(root)
    if alerts is not None:
        # A webhook's object names the repository beside the alert.
        around = root.at("repository")
        found = tuple(_read_rest(alert, around) for alert in alerts)
        return (_report(found, Verdict.UNSTATED, (ONE_PAGE,)),)
    if "data" not in root:
        return (read_refusal(root, NAME, ScanKind.DEPENDENCIES),)
    return (_read_graphql(root),)


def _report(
    found: tuple[Observation, ...], verdict: Verdict, problems: tuple[str, ...]
) -> ScanReport:
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=verdict,
        observations=found,
        problems=problems,
        ecosystems=list_ecosystems(each.package for each in found),
    )


def _read_rest(alert: ReportNode, around: ReportNode) -> Observation:
    advisory = alert.expect_object("security_advisory")
    vulnerability = alert.at("security_vulnerability")
    package = alert.at("dependency", "package")
    found_id, aliases = _read_ids(advisory)
    patched = vulnerability.at("first_patched_version")
    return Observation(
        id=found_id,
        aliases=aliases,
        package=_name(package if package.value else vulnerability.at("package")),
        severities=_claims(vulnerability, advisory),
        fix_versions=distinct([patched.text("identifier") or patched.text()]),
        title=advisory.line("summary"),
        description=advisory.text("description"),
        location=alert.path("dependency", "manifest_path"),
        references=_references(advisory),
        published=advisory.day("published_at"),
        withdrawn=bool(advisory.text("withdrawn_at")),
        scope=_scope(alert.text("dependency", "scope")),
        closed=describe_closing(alert),
        repository=find_repository(alert, around),
    )


def _name(package: ReportNode) -> str:
    return qualify_name(package.line("name"), package.at("ecosystem").value)


def _scope(stated: str) -> str:
    # REST writes `development`, GraphQL `DEVELOPMENT`.
    word = stated.lower()
    return word if word in (Scope.RUNTIME, Scope.DEVELOPMENT) else ""


def _read_ids(advisory: ReportNode) -> tuple[str, tuple[str, ...]]:
    """The GHSA id when there is one, else the first id; and the others."""
    listed = [(i.text("type"), i.text("value")) for i in advisory.objects("identifiers")]
    ghsa = [value for kind, value in listed if kind.upper() == "GHSA"]
    names = [advisory.text("ghsa_id"), advisory.text("ghsaId"), *ghsa]
    others = [advisory.text("cve_id"), *(value for _, value in listed)]
    first = next(filter(None, (*names, *others)), "")
    found_id = advisory.identifier("ghsa_id", found=first)
    return found_id, read_aliases(others, found_id)


def _references(advisory: ReportNode) -> tuple[str, ...]:
    return distinct(entry.text("url") for entry in advisory.objects("references"))


def _claims(vulnerability: ReportNode, advisory: ReportNode) -> tuple[SeverityClaim, ...]:
    """The words of both, then the vectors; a score only without a vector."""
    words = [each.text("severity") for each in (vulnerability, advisory)]
    claims = [SeverityClaim("word", "github", word) for word in words if word]
    for steps in _CVSS:
        cvss = advisory.at(*steps)
        score = cvss.text("score")
        if vector := cvss.text("vector_string") or cvss.text("vectorString"):
            claims.append(SeverityClaim("vector", "github", vector))
        # GraphQL writes 0.0 where an advisory has no CVSS: as a claim it would mean "none".
        elif score and score not in ("0", "0.0"):
            claims.append(SeverityClaim("score", "github", score))
    return tuple(dict.fromkeys(claims))


def _read_graphql(root: ReportNode) -> ScanReport:
    # GraphQL answers with status 200 and partial data beside `errors`.
    errors = [error.line("message") for error in root.objects("errors")]
    problems = [f"GitHub reports an error: {error}" for error in errors]
    found: list[Observation] = []
    steps = list(_walk(root))
    connections = [step for step in steps if step.key == _ALERTS]
    for step in connections:
        nodes = _list_nodes(step.node)
        found += [_read_node(node, step.around) for node in nodes if node.value is not None]
        hidden = sum(node.value is None for node in nodes)
        problems += _find_missing(step.node, len(nodes), hidden)
    if not any(isinstance(step.node.value, dict) for step in connections):
        nothing = "GitHub's answer has no alerts: it needs the right to read them."
        return _report((), Verdict.FAILED, (*problems, nothing))
    if any(step.key == "pageInfo" and step.node.at("hasNextPage").value for step in steps):
        problems.append("There are more pages of repositories.")
    verdict = decide_verdict((), problems or root.value.get("errors"), unstated=True)
    return _report(tuple(found), verdict, tuple(problems) or (ONE_PAGE,))


@dataclass(frozen=True, slots=True)
class _GraphStep:
    """One value of a response; `around` is the nearest repository that contains it."""

    key: str
    node: ReportNode
    around: ReportNode


def _walk(root: ReportNode) -> Iterator[_GraphStep]:
    """Everything in objects and lists below `data`, alerts themselves left out.

    A query may put `vulnerabilityAlerts` anywhere: below a repository, an organisation, a search.
    """
    level = [_GraphStep("", root.at("data"), ReportNode(None))]
    for _ in range(_DEEPEST):
        inner = [each for step in level for each in _list_inner(step)]
        yield from inner
        level = [step for step in inner if step.key != _ALERTS]


def _list_inner(step: _GraphStep) -> list[_GraphStep]:
    node = step.node
    if isinstance(node.value, dict):
        around = node if "nameWithOwner" in node or "owner" in node else step.around
        return [_GraphStep(key, node.at(key), around) for key in node.value]
    return [_GraphStep("", node.at(n), step.around) for n in range(len(node.values()))]


def _list_nodes(connection: ReportNode) -> list[ReportNode]:
    """Return the alerts of a connection; the value of an alert hidden by GitHub is None."""
    # The GraphQL specification lets a server put null where an error keeps it from an item.
    edges = range(len(connection.values("edges")))
    nodes = [connection.at("edges", number, "node") for number in edges]
    nodes = nodes or connection.expect_items("nodes")
    return [node if node.value is None else node.expect_object() for node in nodes]


def _find_missing(connection: ReportNode, listed: int, hidden: int) -> Iterator[str]:
    total = connection.count("totalCount")
    if not isinstance(connection.value, dict):
        yield "GitHub gives no alerts of one repository: it needs the right to read them."
    elif not any(isinstance(connection.value.get(key), list) for key in ("nodes", "edges")):
        yield "An answer lists no alerts: the query did not ask for its nodes."
    if hidden:
        yield f"GitHub keeps {hidden} of its alerts to itself."
    if total is not None and total > listed:
        yield f"It has {listed} of {total} alerts."
    elif connection.at("pageInfo", "hasNextPage").value:
        yield f"It has {listed} alerts, and there are more pages."


def _read_node(node: ReportNode, around: ReportNode) -> Observation:
    vulnerability = node.expect_object("securityVulnerability")
    # A query may ask for the advisory in either place.
    inner, outer = vulnerability.at("advisory"), node.at("securityAdvisory")
    advisory = (inner if inner.value or outer.value is None else outer).expect_object()
    found_id, aliases = _read_ids(advisory)
    patched = vulnerability.at("firstPatchedVersion")
    manifest = "vulnerableManifestPath", "vulnerableManifestFilename"
    return Observation(
        id=found_id,
        aliases=aliases,
        package=_name(vulnerability.at("package")),
        version=_find_pinned(node.line("vulnerableRequirements")),
        severities=_claims(vulnerability, advisory),
        fix_versions=distinct([patched.text("identifier") or patched.text()]),
        title=advisory.line("summary"),
        description=advisory.text("description"),
        location=next(filter(None, map(node.path, manifest)), ""),
        references=_references(advisory),
        published=advisory.day("publishedAt"),
        withdrawn=bool(advisory.text("withdrawnAt")),
        scope=_scope(node.text("dependencyScope")),
        closed=describe_closing(node),
        repository=find_repository(node, around),
    )


def _find_pinned(requirement: str) -> str:
    """The version in `= 5.3.29`; empty for a range."""
    mark, _, version = requirement.partition(" ")
    return version.strip() if mark in ("=", "==") else ""

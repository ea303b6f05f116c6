"""The public record of a finding: what `api/v1/findings/ID.json` says and its page shows.

A record carries dates and no ages, so that it stays the same from one day to the next and only a
real change is a change of the published files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.findings.finding import Finding
from secstatus.findings.plan import Plan, PlanState
from secstatus.site.markup import without_controls
from secstatus.site.place import Place
from secstatus.site.slug import slug
from secstatus.status.assessment import SecurityFinding
from secstatus.status.history import Gone

Record = dict[str, Any]
FileNames = Mapping[tuple[str, str], str]
"""Key of a finding → the name of its files."""

# What the list of findings leaves out of a record: it is the long part.
ONLY_IN_FULL = ("description", "impact", "$schema", "cvss_vector", "evidence")


def page_path(name: str) -> str:
    return f"findings/{name}.html"


def json_path(name: str) -> str:
    return f"api/v1/findings/{name}.json"


def file_names(findings: Iterable[Finding]) -> FileNames:
    """A file name for each finding; an id of several packages gets the package's behind it."""
    groups: dict[str, list[tuple[Finding, str]]] = {}
    for finding in findings:
        name = slug(finding.finding_id)
        groups.setdefault(name.casefold(), []).append((finding, name))
    return {
        finding.key: name if len(group) == 1 else slug(_with_package(finding))
        for group in groups.values()
        for finding, name in group
    }


def _with_package(finding: Finding) -> str:
    return f"{finding.finding_id}--{finding.package}"


def record_of(item: SecurityFinding, name: str, place: Place) -> Record:
    """The record of an open or accepted finding, with its keys in order."""
    finding = item.finding
    return {
        "$schema": place.schema("finding"),
        "aliases": sorted(map(_plain, finding.aliases)),
        "cvss_score": finding.cvss_score,
        "cvss_vector": finding.cvss_vector or None,
        "description": finding.description,
        "discovered_date": finding.discovered_date.isoformat(),
        "due_by": item.due_by or None,
        "due_date": item.due_date.isoformat() if item.due_date else None,
        "evidence": None,
        "finding_id": _plain(finding.finding_id),
        "fix_available": _fix_known(finding),
        "fix_version": _plain(finding.fix_version) or None,
        "impact": finding.impact or None,
        # A file name of ours needs no quoting.
        "links": {
            "html": place.base_url + page_path(name),
            "json": place.base_url + json_path(name),
        },
        "name": name,
        "package": _plain(finding.package) or None,
        "plan": _plan(finding.plan),
        "published": finding.published.isoformat() if finding.published else None,
        "reference_url": _safe_url(finding.reference_url),
        "resolved_date": None,
        "severity": finding.severity.value,
        "severity_from": _plain(finding.severity_from) or None,
        "source": _plain(finding.source) or None,
        "status": "accepted" if item.accepted else "open",
        "title": _plain(finding.title) or _plain(finding.finding_id),
        "unlisted_since": None,
        "unobserved": _plain(finding.unobserved) or None,
        "version": _plain(finding.version) or None,
    }


def gone_record(gone: Gone, name: str, place: Place) -> Record:
    """The record of a finding that counts no more: `resolved` or `withdrawn`, with the evidence."""
    item = SecurityFinding(gone.finding, 0, None, "", overdue=False, accepted=False)
    record = record_of(item, name, place)
    record["status"] = gone.outcome
    record["resolved_date"] = gone.closed.isoformat()
    record["evidence"] = _plain(gone.evidence) or None
    return record


def _plain(text: str) -> str:
    """A short text in one line, without what could turn the writing of a page round."""
    return text if text.isprintable() else " ".join(without_controls(text).split())


def _fix_known(finding: Finding) -> bool | None:
    return True if finding.fix_version else finding.fix_available


def _plan(plan: Plan | None) -> dict[str, Any] | None:
    """The public part of a plan. Notes are people's working paper and stay in the repository."""
    if plan is None:
        return None
    return {
        "action": plan.action or None,
        "expires": plan.expires.isoformat() if plan.expires else None,
        "owner": plan.owner or None,
        "reason": plan.reason or None,
        "state": None if plan.state is PlanState.UNKNOWN else plan.state.value,
        "target_date": plan.target.isoformat() if plan.target else None,
        "workaround": plan.workaround or None,
    }


def _safe_url(url: str) -> str | None:
    """The URL when a link to it can do no harm (https, nothing to escape), else nothing."""
    harmless = url.startswith("https://") and url.isprintable()
    return url if harmless and not set(url) & set(" \"'<>`{}|\\^") else None


def short(record: Mapping[str, Any]) -> Record:
    """The record as it stands in a list."""
    rest = dict(record)
    for key in ONLY_IN_FULL:
        rest.pop(key, None)
    return rest


# Keys that a site of an older version did not write.
_LATER_KEYS = dict.fromkeys(("evidence", "resolved_date", "severity_from", "unobserved"))
_CLOSED = ("unlisted", "resolved", "withdrawn")


def unlisted(record: Mapping[str, Any], day: str) -> Record:
    """A record that was published before and that today's sources do not mention.

    Nothing proves that the problem is gone, so it is not called resolved; what was proved before
    stays so.
    """
    known = dict(sorted({**_LATER_KEYS, **record}.items()))
    if record.get("status") in _CLOSED:
        return known
    return {**known, "status": "unlisted", "unlisted_since": day}


@dataclass(frozen=True, slots=True)
class Aliases:
    """Which other ids lead to which page. An alias never takes the page of a finding."""

    targets: Mapping[str, str]

    @classmethod
    def of(cls, records: Iterable[Mapping[str, Any]], taken: Iterable[str]) -> Aliases:
        used = {name.casefold() for name in taken}
        targets: dict[str, str] = {}
        for record in records:
            for alias in record["aliases"]:
                name = slug(alias)
                if (folded := name.casefold()) not in used:
                    used.add(folded)
                    targets[name] = record["name"]
        return cls(targets)

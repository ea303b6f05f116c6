"""The public record of a finding: the content of `api/v1/findings/ID.json` and of its page.

A record carries dates and no ages, so that it does not change from day to day, and only a
real change alters the published files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.findings.finding import CODE_KINDS, Finding, package_key, split_package
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.published.site_info import SiteInfo
from secstatus.site.untrusted_text import clean_line, without_controls
from secstatus.status.grader import find_section
from secstatus.status.history import ClosedHistory
from secstatus.status.security_status import SecurityFinding
from secstatus.text.slugs import make_slug

Record = dict[str, Any]
FileNames = Mapping[tuple[str, str], str]
"""Key of a finding → the name of its files."""

# What the list of findings leaves out of a record: it is the long part.
# The list names every finding ever published; whoever wants the long texts asks for one file.
ONLY_IN_FULL = ("description", "impact", "$schema", "cvss_vector", "evidence")


def page_path(name: str) -> str:
    return f"findings/{name}.html"


def json_path(name: str) -> str:
    return f"api/v1/findings/{name}.json"


def file_names(findings: Iterable[Finding]) -> FileNames:
    """A file name for each finding; an id of several packages gets the package's behind it."""
    groups: dict[str, list[tuple[Finding, str]]] = {}
    for finding in findings:
        name = make_slug(finding.finding_id)
        # File systems of macOS and Windows do not tell `A.json` from `a.json`.
        groups.setdefault(name.casefold(), []).append((finding, name))
    return {
        finding.key: name if len(group) == 1 else make_slug(_with_package(finding))
        for group in groups.values()
        for finding, name in group
    }


def _with_package(finding: Finding) -> str:
    return f"{finding.finding_id}--{finding.package}"


def record_of(item: SecurityFinding, name: str, place: SiteInfo) -> Record:
    """The record of an open or accepted finding, with its keys in order."""
    finding = item.finding
    # The package of a code finding is a file name, in which a colon is no ecosystem.
    ecosystem, package = split_package(finding.package) if finding.is_vulnerability else ("", "")
    return {
        "$schema": place.schema("finding"),
        "aliases": sorted(map(clean_line, finding.aliases)),
        "cvss_score": finding.cvss_score,
        "cvss_vector": finding.cvss_vector or None,
        # Markdown as the advisory has it: whoever reads the JSON renders it, and the page sanitises
        # it.
        "description": without_controls(finding.description),
        "discovered_date": finding.discovered_date.isoformat(),
        "due_by": item.due_by or None,
        "due_date": item.due_date.isoformat() if item.due_date else None,
        "ecosystem": clean_line(ecosystem) if package else None,
        "evidence": None,
        "finding_id": clean_line(finding.finding_id),
        "fix_available": _fix_known(finding),
        "fix_version": clean_line(finding.fix_version) or None,
        "impact": without_controls(finding.impact) or None,
        # The API's enumeration is closed in v1; a kind of a newer ledger is "not stated".
        "kind": finding.kind if finding.kind in _KINDS else None,
        # A file name of ours needs no quoting.
        "links": {
            "html": place.base_url + page_path(name),
            "json": place.base_url + json_path(name),
        },
        "location": clean_line(finding.location) or None,
        "name": name,
        "package": clean_line(package or finding.package) or None,
        "plan": _plan(finding.plan),
        "published": finding.published.isoformat() if finding.published else None,
        "reference_url": _safe_url(finding.reference_url),
        "resolved_date": None,
        "scope": finding.scope or None,
        "section": item.section,
        "severity": finding.severity.value,
        "severity_from": clean_line(finding.severity_from) or None,
        "source": clean_line(finding.source) or None,
        "status": "accepted" if item.accepted else "open",
        "title": clean_line(finding.title) or clean_line(finding.finding_id),
        "unlisted_since": None,
        # The reason why nothing is proved; the finding counts as open all the same.
        "unobserved": clean_line(finding.unobserved) or None,
        "version": clean_line(finding.version) or None,
    }


def gone_record(gone: ClosedHistory, name: str, place: SiteInfo, scopes: Collection[str]) -> Record:
    """The record of a finding that counts no more: `resolved` or `withdrawn`, with the evidence.

    `scopes` are those that are graded.
    """
    section = find_section(gone.finding, scopes)
    item = SecurityFinding(
        gone.finding, 0, None, "", overdue=False, accepted=False, section=section
    )
    record = record_of(item, name, place)
    record["status"] = gone.outcome
    record["resolved_date"] = gone.closed.isoformat()
    record["evidence"] = clean_line(gone.evidence) or None
    return record


def _fix_known(finding: Finding) -> bool | None:
    # A report can name the fixing version and leave the flag out.
    return True if finding.fix_version else finding.fix_available


def _plan(plan: Plan | None) -> dict[str, Any] | None:
    """Return the public part of a plan. Maintainers' notes stay in the repository."""
    if plan is None:
        return None
    return {
        "action": without_controls(plan.action) or None,
        "expires": plan.expires.isoformat() if plan.expires else None,
        "owner": clean_line(plan.owner) or None,
        "reason": without_controls(plan.reason) or None,
        # A word that this version does not know never counts as an acceptance.
        "state": None if plan.state is PlanState.UNKNOWN else plan.state.value,
        "target_date": plan.target.isoformat() if plan.target else None,
        "workaround": without_controls(plan.workaround) or None,
    }


def _safe_url(url: str) -> str | None:
    """The URL when a link to it can do no harm (https, nothing to escape), else nothing."""
    # `javascript:` and `data:` are links too; http can be rewritten on the way.
    harmless = url.startswith("https://") and url.isprintable()
    return url if harmless and not set(url) & set(" \"'<>`{}|\\^") else None


def short(record: Mapping[str, Any]) -> Record:
    """Return the record in the form used in lists."""
    rest = dict(record)
    for key in ONLY_IN_FULL:
        rest.pop(key, None)
    return rest


def is_code(record: Mapping[str, Any]) -> bool:
    """Whether the finding is one in the project's code, and no advisory about a package."""
    return record["section"] == "code" or record["kind"] in CODE_KINDS


def is_own(record: Mapping[str, Any], package: str) -> bool:
    """Whether the finding is an advisory about the package itself."""
    # PEP 503 names, without extras: `Demo[cli]` is `demo`.
    same = package_key(record["package"] or "") == package_key(package)
    return same and record["ecosystem"] in (None, "pypi") and not is_code(record)


def package_words(record: Mapping[str, Any]) -> str:
    """Return the package as shown to readers: `ajv (npm)`; a package of PyPI by its name alone."""
    name, ecosystem = record["package"] or "", record["ecosystem"]
    return name if ecosystem in (None, "pypi") else f"{name} ({ecosystem})"


# The line, and a number where several findings share it.
_AT_LINE = re.compile(r"(?:-\d{1,7}){1,2}")
# As ids are made in `findings.naming`.
_ODD = re.compile(r"[^\w.+@-]+")


def rule_of(record: Mapping[str, Any]) -> str:
    """Return the rule in the id of a code finding: `B105` for `BANDIT-B105-core.py-42`.

    An id of another form is returned unchanged.
    """
    name: str = record["finding_id"]
    # Rules and file names contain dashes, so the id is taken apart by the file it names, not by a
    # pattern.
    file = _ODD.sub("_", (record["package"] or "").rpartition("/")[2])
    head, found, line = name.rpartition(f"-{file}") if file else (name, "", "")
    if not found or (line and not _AT_LINE.fullmatch(line)):
        return name
    tool, dash, rule = head.partition("-")
    prefix = f"{(record['source'] or '').upper()}-"
    if head.upper().startswith(prefix) and len(head) > len(prefix) > 1:
        return head[len(prefix) :]
    return rule if dash and tool == "SECRET" else head


_KINDS = ("dependencies", *sorted(CODE_KINDS))
# Keys that a site of an older version did not write.
# Published records are read back by the next build, whatever version wrote them.
_LATER_KEYS = dict.fromkeys(
    (
        *("ecosystem", "evidence", "kind", "location", "resolved_date", "scope", "section"),
        *("severity_from", "unobserved"),
    )
)
_CLOSED = ("unlisted", "resolved", "withdrawn")


def mark_unlisted(record: Mapping[str, Any], day: str) -> Record:
    """A record that was published before and that today's sources do not mention.

    Nothing proves that the problem is gone, so it is not called resolved; what was proved before
    stays so.
    """
    known = dict(sorted({**_LATER_KEYS, **record}.items()))
    # A resolution was proved once; that a ledger was lost since then takes nothing back.
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
                name = make_slug(alias)
                # First come, first served: two findings can share an alias, and a redirect has one
                # target.
                if (folded := name.casefold()) not in used:
                    used.add(folded)
                    targets[name] = record["name"]
        return cls(targets)

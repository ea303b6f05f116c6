"""The status file, the findings document and the plans, joined finding by finding.

Where the sources disagree it is not known which one is right, so the joined finding takes the half
that cannot give a false green (the worse severity, the earlier discovery, the listed finding) and
the disagreement is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secstatus.findings.finding import Finding, headline, make_identity
from secstatus.findings.observation import ScanKind
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.scanners.registry import get_kind
from secstatus.status.merge_plans import Disagreement, find_plan_oddities, find_unbacked, join_plans
from secstatus.status.status_document import SHARED_FIELDS, StatusDocument, StatusFinding

if TYPE_CHECKING:
    from secstatus.findings.document.reader import DocumentEntry, FindingsDocument

Entries = dict[tuple[str, str], "DocumentEntry"]


@dataclass(frozen=True, slots=True)
class MergedSources:
    findings: tuple[Finding, ...]
    disagreements: tuple[Disagreement, ...]


def merge_sources(
    status: StatusDocument,
    document: FindingsDocument | None,
    plans: Mapping[str, Plan],
    known: Sequence[Finding] = (),
    gone: Collection[str] = (),
) -> MergedSources:
    """Every open finding of the status, and those that only another source has.

    A findings document adds to it when it is not older; `known` are the open findings of the
    ledger, which add whatever the status does not list. `gone` are the ids, in lower case, of those
    that the ledger knows to be closed.
    """
    entries = {entry.finding.key: entry for entry in document.entries} if document else {}
    told: list[Disagreement] = []
    findings: list[Finding] = []
    for reported in status.findings:
        entry = _taken(entries, reported)
        if document and entry is None:
            text = "is in the status file, not in the findings document"
            told.append(Disagreement(reported.finding_id, text))
        told += _differences(reported, entry) if entry else []
        findings.append(_merged(reported, entry))
    if document:
        told += _only_in_document(entries.values(), status, document)
        if _is_newer(document, status):
            findings += [_from_entry(entry) for entry in entries.values()]
    forgotten = list(_forgotten(findings, known)) if known else []
    told += [Disagreement(finding.finding_id, _ONLY_IN_LEDGER) for finding in forgotten]
    findings += forgotten
    planned, doubts = join_plans(findings, plans, gone)
    told += doubts
    told += [difference for finding in planned for difference in find_plan_oddities(finding)]
    told += find_unbacked(status, planned)
    return MergedSources(tuple(planned), tuple(told))


_ONLY_IN_LEDGER = "is open in the ledger, not in the status file (counted as open)"


def _forgotten(findings: Iterable[Finding], known: Iterable[Finding]) -> Iterator[Finding]:
    """What the ledger has open and no other source lists, under none of its ids."""
    listed = {
        make_identity(name, f.package) for f in findings for name in (f.finding_id, *f.aliases)
    }
    for finding in known:
        names = (finding.finding_id, *finding.aliases)
        if listed.isdisjoint(make_identity(name, finding.package) for name in names):
            yield finding


def _taken(entries: Entries, reported: StatusFinding) -> DocumentEntry | None:
    """The document's entry of this finding, taken out of `entries`.

    A status file of the design's model names no package; then the id alone has to do.
    """
    if not entries:
        return None
    key = make_identity(reported.finding_id, reported.qualified_package)
    if key not in entries and not reported.package:
        same = [other for other in entries if other[0] == key[0]]
        key = same[0] if len(same) == 1 else key
    return entries.pop(key, None)


def _is_newer(document: FindingsDocument, status: StatusDocument) -> bool:
    return document.last_updated is None or document.last_updated >= status.last_updated


def _only_in_document(
    entries: Iterable[DocumentEntry], status: StatusDocument, document: FindingsDocument
) -> list[Disagreement]:
    fate = (
        "counted as open" if _is_newer(document, status) else "older than the status: not counted"
    )
    text = f"is in the findings document, not in the status file ({fate})"
    return [Disagreement(entry.finding.finding_id, text) for entry in entries]


def _differences(reported: StatusFinding, entry: DocumentEntry) -> list[Disagreement]:
    listed = entry.finding
    facts = (
        ("severity", reported.severity, listed.severity, "the worse one counts"),
        ("version", reported.version, listed.version, "the document's is shown"),
        ("discovery", reported.discovered_date, entry.discovered, "the earlier one counts"),
        ("fix", _fix(reported.fix_available, reported.fix_version),
         _fix(listed.fix_available, listed.fix_version), "the known fix is shown"),
    )  # fmt: skip
    return [
        Disagreement(
            reported.finding_id,
            f"{name}: {ours} in the status file, {theirs} in the findings document; {used}",
        )
        for name, ours, theirs, used in facts
        if ours not in (None, "") and theirs not in (None, "") and ours != theirs
    ]  # fmt: skip


def _fix(available: bool | None, version: str | None) -> str:
    if version:
        return version
    return "" if available is None else "available" if available else "no fix"


def _merged(reported: StatusFinding, entry: DocumentEntry | None) -> Finding:
    finding = _from_report(reported)
    if entry is None:
        return finding
    listed = entry.finding
    return replace(
        finding,
        severity=min(finding.severity, listed.severity, key=lambda severity: severity.rank),
        discovered_date=min(finding.discovered_date, entry.discovered or finding.discovered_date),
        package=finding.package or listed.package,
        version=listed.version or finding.version,
        title=finding.title or listed.title,
        description=max(finding.description, listed.description, key=len),
        source=finding.source or listed.source,
        fix_available=finding.fix_available or listed.fix_available,
        fix_version=finding.fix_version or listed.fix_version,
        reference_url=finding.reference_url or listed.reference_url,
        impact=listed.impact,
        plan=listed.plan or finding.plan,
    )


def _from_report(reported: StatusFinding) -> Finding:
    stated = {name: getattr(reported, name) for name in SHARED_FIELDS}
    values = {name: value for name, value in stated.items() if value is not None}
    action = reported.remediation_plan
    values |= {
        "package": reported.qualified_package,
        "title": reported.title or headline(reported.description),
        "aliases": tuple(reported.aliases),
        "plan": Plan(reported.finding_id, PlanState.UNKNOWN, action=action) if action else None,
        "kind": reported.kind or _kind(reported.source, reported.version),
    }
    return Finding(**values)


# The version of a finding in code, in findings documents and in status files without kinds.
LOCAL = "local"


def _kind(source: str | None, version: str | None) -> str:
    """What a finding is in a file that does not say: by its scanner, or by the habit of the
    findings document to call the version of code `local`; empty where neither tells."""
    kind = get_kind(source or "")
    if kind is not None and kind.is_code:
        return kind.value
    return ScanKind.CODE.value if version == LOCAL else ""


def list_document_findings(document: FindingsDocument) -> list[Finding]:
    """The findings that the document tells of by itself."""
    return [_from_entry(entry) for entry in document.entries]


def _from_entry(entry: DocumentEntry) -> Finding:
    found = entry.finding
    title = headline(found.description) or found.title
    return replace(found, title=title, kind=_kind(found.source, found.version))

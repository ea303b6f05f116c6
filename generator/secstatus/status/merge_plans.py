"""Findings with their plans, and plans that match no finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secstatus.findings.finding import Finding
from secstatus.findings.plans.plan import SUPPRESSING, Plan, PlanState
from secstatus.status.status_document import StatusDocument

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One fact on which two sources differ, as a sentence about `finding_id` (or the whole)."""

    finding_id: str
    text: str


def join_plans(
    findings: Sequence[Finding], plans: Mapping[str, Plan], gone: Collection[str]
) -> tuple[list[Finding], list[Disagreement]]:
    """The findings with their plans: that of `ID@package`, else that of the id.

    A decision to accept, made about an id that several packages share, could be meant for any of
    them: it accepts none.
    """
    if not plans:
        return list(findings), []
    by_name = {name.casefold(): plan for name, plan in plans.items()}
    packages = Counter(finding.key[0] for finding in findings)
    planned, told = [], []
    for finding in findings:
        finding_id, package = finding.key
        plan = by_name.get(f"{finding_id}@{package}")
        if plan is None and (plan := by_name.get(finding_id)) and packages[finding_id] > 1:
            if plan.state in SUPPRESSING:
                name = f"{finding.finding_id}@{finding.package}"
                text = f"several packages have this id; name the plan that accepts it {name}"
                told.append(Disagreement(finding.finding_id, text))
            plan = replace(plan, expires=None)
        planned.append(_with_plan(finding, plan))
    told += _unmatched(by_name, findings, gone)
    return planned, told


def _unmatched(
    plans: Mapping[str, Plan], findings: Sequence[Finding], gone: Collection[str]
) -> list[Disagreement]:
    """Plans that accept something which is not there: perhaps a mistyped id."""
    names = {finding.key[0] for finding in findings}
    names |= {"@".join(finding.key) for finding in findings}
    text = "a plan accepts it, no source reports it; is the id right?"
    return [
        Disagreement(plan.finding_id, text)
        for name, plan in plans.items()
        if plan.state in SUPPRESSING and name not in names and name.partition("@")[0] not in gone
    ]


def _with_plan(finding: Finding, plan: Plan | None) -> Finding:
    """The plan of the plans file in place of what the other two repeat of it."""
    if plan is None:
        return finding
    targets = [day for day in (plan.target, finding.plan and finding.plan.target) if day]
    return replace(finding, plan=replace(plan, target=min(targets, default=None)))


def find_plan_oddities(finding: Finding) -> list[Disagreement]:
    if finding.plan and finding.plan.state is PlanState.COMPLETED:
        text = "its plan is marked completed, the finding is still reported; it counts as open"
        return [Disagreement(finding.finding_id, text)]
    return []


def find_unbacked(status: StatusDocument, findings: Iterable[Finding]) -> list[Disagreement]:
    """Findings that the status calls accepted without a plan that says why and until when."""
    called = {item.finding_id for item in status.findings if item.status == "accepted"}
    text = "the status file calls it accepted; no plan says why and until when, so it counts"
    return [
        Disagreement(finding.finding_id, text)
        for finding in findings
        if finding.finding_id in called and not _accepted_by_plan(finding)
    ]


def _accepted_by_plan(finding: Finding) -> bool:
    plan = finding.plan
    return bool(plan and plan.expires and plan.suppresses(plan.expires))

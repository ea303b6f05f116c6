"""Accept many findings at once, in the file of the remediation plans.

A plan that the user has changed stays as it is, to the byte; the stub that secstatus wrote itself
becomes an acceptance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import yaml

from secstatus.errors import InputError
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.plans.reader import read_tree
from secstatus.findings.plans.stubs import is_stub, scalar_of, with_stubs
from secstatus.findings.plans.yaml_text import YamlText

Node = Any


@dataclass(frozen=True, slots=True)
class Baseline:
    """The plans file with the acceptances.

    `accepted` are the ids that are accepted by it, `kept` those whose plan the user has written,
    `problems` are sentences about what could not be done; then the text is the old one.
    """

    text: str
    accepted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def accept_findings(
    text: str | None,
    wanted: Sequence[tuple[str, date]],
    reason: str,
    until: date,
    path: str = "remediation-plans.yml",
) -> Baseline:
    """The plans file in which the findings (id, day of discovery) are an accepted risk.

    `reason` and `until` are those of each acceptance. Every other plan reads back as before;
    otherwise the old text is returned with a problem. `path` names the file in problems.
    """
    stubs = with_stubs(text, wanted, path)
    if stubs.problems:
        return Baseline(text or "", problems=stubs.problems)
    # Stubs come first, so that every finding has a plan whose status can be replaced.
    named = {name.casefold(): plan for name, plan in stubs.plans.items()}
    found = {name: named[name.casefold()] for name, _ in wanted if name.casefold() in named}
    ours = tuple(name for name, plan in found.items() if is_stub(plan))
    kept = tuple(name for name, _ in wanted if name not in ours)
    if not ours:
        return Baseline(text or "", kept=kept)
    new = _accepted(stubs.text, ours, reason, until)
    if _reads_back(new, stubs.plans, ours, reason, until):
        return Baseline(new, ours, kept)
    problem = f"{path} is written in an unusual way; accept the findings in it by hand"
    return Baseline(text or "", problems=(problem,))


def _accepted(text: str, names: Sequence[str], reason: str, until: date) -> str:
    """The text with the status of each of these plans replaced, and two lines behind it."""
    root, _ = read_tree(text, "plans")
    edits: list[tuple[int, int, str]] = []
    source = YamlText(text)
    for _, value in _plans(root, {name.casefold() for name in names}):
        status = next((pair for pair in value.value if pair[0].value.strip() == "status"), None)
        # In `{status: new}` an added line would need a comma of its own.
        if status is None or value.flow_style:
            continue
        indent = " " * status[0].start_mark.column
        lines = (f"reason: {scalar_of(reason)}", f"expires: '{until}'")
        added = "".join(f"{source.line_break}{indent}{line}" for line in lines)
        start, end = source.at(status[1].start_mark), source.at(status[1].end_mark)
        edits.append((start, end, PlanState.ACCEPTED_RISK.value + added))
    plain = source.plain
    # From the end, so that the places of the edits before it stay right.
    for start, end, new in sorted(edits, reverse=True):
        plain = plain[:start] + new + plain[end:]
    return source.bom + plain


def _plans(root: Node, names: set[str]) -> list[tuple[Node, Node]]:
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    listed = next((value for key, value in pairs if key.value.strip() == "findings"), None)
    plans = listed.value if isinstance(listed, yaml.MappingNode) else []
    return [pair for pair in plans if pair[0].value.strip().casefold() in names]


def _reads_back(
    text: str, before: Mapping[str, Plan], names: Sequence[str], reason: str, until: date
) -> bool:
    folded = {name.casefold() for name in names}
    wanted = {
        name: replace(plan, state=PlanState.ACCEPTED_RISK, reason=reason, expires=until)
        if name.casefold() in folded
        else plan
        for name, plan in before.items()
    }
    try:
        return dict(read_tree(text, "plans")[1].plans) == wanted
    except InputError:
        return False

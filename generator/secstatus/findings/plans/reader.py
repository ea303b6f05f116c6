"""`remediation-plans.yml` from text: the plan for each finding.

The file is read as YAML nodes, never constructed into objects: every error knows its line, `1.10`
stays the text that was written, and no date is too odd to be reported. Keys that this version
does not know are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import yaml

from secstatus.errors import InputError, shown
from secstatus.findings.plans.plan import SUPPRESSING, Plan, PlanState
from secstatus.timestamps import parse_day

# libyaml's composer calls itself for each level: some 100,000 open brackets end the process.
DEEPEST = 50
LONGEST_DAY = 10
NULL_TAG = "tag:yaml.org,2002:null"

_STATES = {state.value: state for state in PlanState}

Node = Any
Fields = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class PlansFile:
    """The plans by finding id, spelled as in the file; `problems` are sentences about them."""

    plans: Mapping[str, Plan]
    problems: tuple[str, ...]


def read_plans(text: str, path: str) -> PlansFile:
    """The plans in `text`; `path` names it in errors.

    Raises InputError with the line for a text that is not YAML, and for plans that cannot be
    distinguished or contain something else than a plan. An empty file has no plans.
    """
    return read_tree(text, path)[1]


def read_tree(text: str, path: str) -> tuple[Node | None, PlansFile]:
    """The root of the YAML in `text`, None for an empty file, and the plans. Raises as above."""
    try:
        root = root_of(text.removeprefix("\ufeff"))
        return root, _plans_file(root)
    except yaml.YAMLError as error:
        place, problem = _yaml_place(error)
        hint = "Did a merge, or two writers at once, mix two versions of the file?"
        found = "text that does not parse"
        raise InputError(path, place, found, f"YAML ({problem})", hint=hint) from None
    except (ValueError, OverflowError):  # lone surrogates, and escapes beyond Unicode
        raise InputError(path, "", "a character that does not exist", "text in UTF-8") from None
    except InputError as error:
        place, found, expected = error.place, error.found, error.expected
        raise InputError(path, place, found, expected, hint=error.hint) from None


def _bad(node: Node, found: str, expected: str, hint: str = "") -> InputError:
    return InputError("", _place(node), found, expected, hint=hint)


def _place(node: Node) -> str:
    return f"line {node.start_mark.line + 1}"


def _yaml_place(error: Any) -> tuple[str, str]:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}" if mark else ""
    return place, getattr(error, "problem", None) or str(error).splitlines()[0]


def root_of(text: str) -> Node | None:
    """The node of the one document in `text`; None for an empty file."""
    _check_shape(text)
    loader = _loader()(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _loader() -> Any:
    """The loader of libyaml, or the slower one where PyYAML was built without it."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _check_shape(text: str) -> None:
    """Refuses what can blow up: aliases, which repeat without end, and deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        if isinstance(event, yaml.AliasEvent):
            found = f"the alias {shown('*' + str(event.anchor))}"
            raise _bad(event, found, "a value", "Write the value out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise _bad(event, "very deep nesting", "remediation plans")


def _plans_file(root: Node | None) -> PlansFile:
    if root is None or _is_null(root):
        return PlansFile({}, ())
    top = _fields(root, "a mapping with `findings`")
    if "findings" not in top:
        problem = "has no key `findings`, so no plan is read; write `findings: {}` for none"
        return PlansFile({}, (problem,) if top else ())
    if _is_null(top["findings"]):
        return PlansFile({}, ())
    problems: list[str] = []
    plans: dict[str, Plan] = {}
    listed = _fields(top["findings"], "a mapping from finding ids to plans")
    _check_ids(listed)
    for finding_id, node in listed.items():
        fields = _fields(node, f"the plan for {shown(finding_id)}: a mapping with `status`")
        plans[finding_id] = plan = _plan(finding_id, fields)
        problems += _problems(plan, fields, _place(node))
    return PlansFile(plans, tuple(problems))


def _is_null(node: Node) -> bool:
    return bool(node.tag == NULL_TAG)


def _fields(node: Node, expected: str) -> dict[str, Node]:
    """A mapping's values by key. Keys are text, and stand once."""
    if not isinstance(node, yaml.MappingNode):
        raise _bad(node, _described(node), expected)
    fields: dict[str, Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or _is_null(key) or not key.value.strip():
            raise _bad(key, f"{_described(key)} as a key", "text")
        name = key.value.strip()
        if name in fields:
            raise _bad(key, f"the key {shown(name)} again", "each key once")
        fields[name] = value
    return fields


def _described(node: Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "nothing" if _is_null(node) else shown(node.value)
    return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"


def _check_ids(listed: Fields) -> None:
    seen: dict[str, str] = {}
    for finding_id, node in listed.items():
        first = seen.setdefault(finding_id.casefold(), finding_id)
        if first != finding_id:
            found = f"a plan for {shown(finding_id)} beside one for {shown(first)}"
            raise _bad(node, found, "one plan for a finding, whatever the case of its id")


def _plan(finding_id: str, fields: Fields) -> Plan:
    named = _text(fields, "finding_id")
    if named and named.casefold() != finding_id.casefold():
        expected = f"{shown(finding_id)}, the key of this plan"
        raise _bad(fields["finding_id"], f"finding_id {shown(named)}", expected)
    return Plan(
        finding_id=finding_id,
        state=_state(_text(fields, "status")),
        action=_text(fields, "planned_action"),
        owner=_text(fields, "assigned_to"),
        notes=_text(fields, "notes"),
        workaround=_text(fields, "workaround"),
        target=_day(fields, "target_date"),
        priority=_text(fields, "priority").lower(),
        impact=_text(fields, "business_impact"),
        reason=_text(fields, "reason"),
        expires=_day(fields, "expires"),
        created=_day(fields, "created_date"),
        updated=_day(fields, "updated_date"),
    )


def _text(fields: Fields, key: str) -> str:
    """The value as it is written, also when YAML would make a number of it; empty without one."""
    node = fields.get(key)
    if node is None or _is_null(node):
        return ""
    if not isinstance(node, yaml.ScalarNode):
        raise _bad(node, f"{_described(node)} as {key}", "text")
    return str(node.value).strip()


def _state(word: str) -> PlanState:
    return _STATES.get(word.lower().replace(" ", "_").replace("-", "_"), PlanState.UNKNOWN)


def _day(fields: Fields, key: str) -> date | None:
    text = _text(fields, key)
    if not text:
        return None
    try:
        return _parsed_day(text)
    except (ValueError, OverflowError):
        found = f"{key} {shown(text)}"
        raise _bad(fields[key], found, "a date such as 2025-01-21, or null") from None


def _parsed_day(text: str) -> date:
    """The day of a date, or the UTC day of a date and time; one without a zone is read as UTC."""
    day = parse_day(text[:LONGEST_DAY])
    # fromisoformat takes any character before the time.
    if text[LONGEST_DAY : LONGEST_DAY + 1] not in "Tt ":
        raise ValueError
    if len(text) == LONGEST_DAY:
        return day
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()


def _problems(plan: Plan, fields: Fields, place: str) -> Iterator[str]:
    about = f"{place}: the plan for {shown(plan.finding_id)}"
    if plan.state is PlanState.UNKNOWN:
        word = _text(fields, "status")
        said = f"has the status {shown(word)}, which is not one that secstatus knows"
        yield f"{about} {said if word else 'has no status'}; it is read as unknown"
    if plan.state not in SUPPRESSING:
        return
    missing = [] if plan.reason else ["`reason`"]
    missing += [] if plan.expires else ["`expires` (a date)"]
    if missing:
        keys = " and ".join(missing)
        yield f"{about} is {plan.state} without {keys}: the finding still counts; add {keys}"

"""Stubs in `remediation-plans.yml`: a plan to fill in for each finding that has none.

The file is user text. Lines are inserted, and no existing byte changes; where that
cannot be done safely the text stays as it is, and a sentence says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import yaml

from secstatus.errors import InputError, shown
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.plans.reader import Node, read_tree, root_of
from secstatus.findings.plans.yaml_text import YamlText

HEADER = """\
# The remediation plan of each finding, written by the maintainers. New findings are appended;
# existing text is not changed.
"""
STEP = 2
# YAML takes a key only from one line of at most 1,024 characters.
LONGEST_KEY = 1_000

# The plan that nobody has touched, in the order of the format. An owner, a date or a workaround
# that nobody has named would be published as a fact.
DEFAULTS = {
    "status": "new",
    "planned_action": "null",
    "assigned_to": "null",
    "notes": "null",
    "workaround": "null",
    "target_date": "null",
    "priority": "null",
    "business_impact": "null",
}
_EMPTY_FLOW = re.compile(r"\{[ \t]*\}|~|[Nn]ull|NULL")
# A letter first and a dash inside: no number, date, null or truth value.
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9._-]*[A-Za-z0-9]")
_ESCAPES = {'"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Stubs:
    """The file with its stubs; `added` are the ids that got one, `problems` are sentences.

    `plans` are all plans of that text, empty where it cannot be read.
    """

    text: str
    added: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    plans: Mapping[str, Plan] = field(default_factory=dict, compare=False)


class _Unsafe(Exception):
    """Nothing can be inserted here; the message says why, as the end of a sentence."""


def with_stubs(
    text: str | None, wanted: Sequence[tuple[str, date]], path: str = "remediation-plans.yml"
) -> Stubs:
    """The plans file with a stub for each id that lacks a plan, with its date of discovery.

    None is a file that does not exist. A plan for `ID@package` is one for the id. The new text
    reads back as the old plans and then the stubs; otherwise the old text is returned with a
    problem. `path` names the file in problems.
    """
    old = text or ""
    try:
        root, file = read_tree(old, path)
    except InputError as error:
        problem = f"no plan stub is added, for the plans cannot be read: {error.message}"
        return Stubs(old, (), (problem,) if wanted else ())
    names = [name.casefold() for name in file.plans]
    packaged = [name.rpartition("@")[0] for name in names if "@" in name]
    missing, problems = _missing(wanted, {*names, *packaged})
    if not missing:
        return Stubs(old, (), problems, file.plans)
    try:
        new = _inserted(old or HEADER, missing)
        plans = _checked(root, file.plans, new, missing)
    except _Unsafe as error:
        problem = f"no plan stub is added to {path} for {_named(missing)}: {error}"
        return Stubs(old, (), (*problems, problem), file.plans)
    return Stubs(new, tuple(missing), problems, plans)


def _named(missing: dict[str, date], most: int = 3) -> str:
    names = ", ".join(shown(finding_id) for finding_id in [*missing][:most])
    return f"{names} and {len(missing) - most} more" if len(missing) > most else names


def _missing(
    wanted: Sequence[tuple[str, date]], has: set[str]
) -> tuple[dict[str, date], tuple[str, ...]]:
    """The ids that need a stub, and a sentence for each that cannot be a key."""
    missing: dict[str, date] = {}
    problems: list[str] = []
    seen = set(has)
    for finding_id, discovered in wanted:
        key = finding_id.strip()
        if key.casefold() in seen:
            continue
        seen.add(key.casefold())
        if _can_be_key(key):
            missing[key] = discovered
        else:
            problems.append(f"no plan stub is added for {shown(finding_id)}: it can be no YAML key")
    return missing, tuple(problems)


def _can_be_key(key: str) -> bool:
    is_unicode = not any("\ud800" <= char <= "\udfff" for char in key)
    return bool(key) and is_unicode and len(scalar_of(key)) <= LONGEST_KEY


def scalar_of(text: str) -> str:
    """The text as a YAML scalar on one line: plain when that is safe, else in double quotes."""
    if _PLAIN_KEY.fullmatch(text):
        return text
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"


def _stub(finding_id: str, discovered: date, indent: int, step: int) -> Iterator[str]:
    """The lines of the default plan."""
    key = scalar_of(finding_id)
    yield f"{' ' * indent}{key}:"
    days = {"created_date": f"'{discovered}'", "updated_date": f"'{discovered}'"}
    fields = {"finding_id": key, **DEFAULTS, **days}
    for name, value in fields.items():
        yield f"{' ' * (indent + step)}{name}: {value}"


def _inserted(old: str, missing: dict[str, date]) -> str:
    text = YamlText(old)
    root = root_of(text.plain)
    if root is None or _is_nothing(root):
        text = text if root is None else _without_nothing(text, root)
        return text.with_lines(len(text.plain), ["findings:", *_stubs(missing, STEP, STEP)])
    if root.flow_style:
        raise _Unsafe("the file is written in braces; write `findings:` on a line of its own")
    column = root.value[0][0].start_mark.column
    key, value = _findings(root)
    if key is None:
        lines = [f"{' ' * column}findings:", *_stubs(missing, column + STEP, STEP)]
        return text.with_lines(_end(text, root, column), lines)
    if _is_nothing(value):
        line = max(key.end_mark.line, value.end_mark.line)
        text = _without_nothing(text, value)
        place = _behind_comments(text, line + 1, column + 1)
        return text.with_lines(place, _stubs(missing, column + STEP, STEP))
    if value.flow_style:
        raise _Unsafe("`findings` is written in braces; write one plan below the other")
    return _at_end_of(text, value, missing)


def _findings(root: Node) -> tuple[Node, Node]:
    """Key and value of `findings`; None for both when the mapping has no such key."""
    pairs = root.value if root is not None and isinstance(root, yaml.MappingNode) else ()
    return next(((key, value) for key, value in pairs if key.value.strip() == "findings"), _NONE)


_NONE: tuple[Node, Node] = (None, None)


def _stubs(missing: dict[str, date], indent: int, step: int) -> list[str]:
    return [
        line
        for finding_id, discovered in missing.items()
        for line in _stub(finding_id, discovered, indent, step)
    ]


def _is_nothing(node: Node) -> bool:
    """An empty mapping, or null: spelled out or left out."""
    return not node.value or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"))


def _without_nothing(text: YamlText, node: Node) -> YamlText:
    """Takes `{}` or `null` out of the text, when it is spelled out."""
    start, end = text.at(node.start_mark), text.at(node.end_mark)
    if start >= end:
        return text
    if not _EMPTY_FLOW.fullmatch(text.plain[start:end]):
        raise _Unsafe("the empty mapping is written in an unusual way; write `findings: {}`")
    return text.without(start, end)


def _at_end_of(text: YamlText, findings: Node, missing: dict[str, date]) -> str:
    mark = findings.value[0][0].start_mark
    column = mark.column
    if text.plain[text.line_start(mark.line) : text.at(mark)].strip(" "):
        raise _Unsafe("its first plan does not begin with a plain key after blanks")
    plan = findings.value[0][1]
    is_block = plan.value and not plan.flow_style
    step = plan.value[0][0].start_mark.column - column if is_block else STEP
    return text.with_lines(_end(text, findings, column), _stubs(missing, column, step))


def _end(text: YamlText, node: Node, column: int) -> int:
    """Where the line after the block collection begins; comments that are indented like it are in.

    A block scalar ends where the next line begins: its blank lines may be part of it.
    """
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    mark = node.end_mark
    is_block_scalar = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    at_line_start = is_block_scalar and mark.column == 0
    return _behind_comments(text, mark.line if at_line_start else mark.line + 1, column)


def _behind_comments(text: YamlText, number: int, column: int) -> int:
    """The start of that line, or of the one after the comments from there that are indented."""
    end = number
    while (line := text.line(number)) is not None:
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and not (line.lstrip(" ").startswith("#") and indent >= column):
            break
        number += 1
        end = number if line.strip() else end
    return text.line_start(end)


def _checked(
    old: Node | None, known: Mapping[str, Plan], new: str, missing: dict[str, date]
) -> Mapping[str, Plan]:
    """The plans of the new text: what was there is there, and behind it the stubs."""
    stubs = [(key, _plan(key, discovered)) for key, discovered in missing.items()]
    try:
        root, file = read_tree(new, "it")
    except InputError as error:
        raise _Unsafe(f"with it the file would not be read ({error.message})") from None
    before, after = _contents(old), _contents(root)
    same = after[0] == before[0] and after[1][: -len(stubs)] == before[1]
    if not same or [*file.plans.items()] != [*known.items(), *stubs]:
        raise _Unsafe("the file would then be read differently; write it by hand")
    return file.plans


def _plan(finding_id: str, discovered: date) -> Plan:
    return Plan(finding_id, PlanState.NEW, created=discovered, updated=discovered)


def is_stub(plan: Plan) -> bool:
    """Whether it is a stub that the user has not changed."""
    if plan.created is None:
        return False
    made = _plan(plan.finding_id, plan.created)
    # What stubs held before schema 1.1, as the format's first program wrote them.
    earlier = replace(
        made,
        action="Under evaluation",
        owner="security-team",
        notes="Newly discovered - assessment in progress",
        workaround="None identified",
        priority="medium",
        impact="Under assessment",
    )
    return plan in (made, earlier)


def _contents(root: Node | None) -> tuple[list[Any], list[Any]]:
    """What the file holds besides `findings`, and the plans."""
    key, value = _findings(root)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    others = [[_shape(k), _shape(v)] for k, v in pairs if k is not key]
    plans = value.value if isinstance(value, yaml.MappingNode) else []
    return others, [[_shape(k), _shape(v)] for k, v in plans]


def _shape(node: Node) -> list[Any]:
    """A node without its place. A last line without an end may get one."""
    if isinstance(node, yaml.ScalarNode):
        return [node.tag, node.value.rstrip("\n")]
    if isinstance(node, yaml.MappingNode):
        return [node.tag, *([_shape(key), _shape(value)] for key, value in node.value)]
    return [node.tag, *(_shape(item) for item in node.value)]

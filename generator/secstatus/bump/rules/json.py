"""JSON: which object contains a version, and the name that the object states."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from secstatus.bump.context import MatchContext, needs_review, others, ours
from secstatus.bump.reference import ContextJudgement

LARGEST = 2_000_000
# Paths are compared by their last parts; hostile nesting must not cost memory for a path at each
# level.
_DEEPEST = 60
# Not the json module: offsets in bytes are needed, and files with comments or a trailing comma, as
# of VS Code, have to be read too. Possessive, so that a string that never ends costs one pass.
_PIECE = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)|[{}\[\]:,]', re.DOTALL)
_NAMES = ("name", "package", "packageName", "title", "project", "module", "domain", "distribution")
_VERSIONS = frozenset({"version", "softwareVersion", "current_version", "appVersion", "tag"})
# Files whose top level is about the project, whether it says its name or not.
# https://codemeta.github.io/ and
# https://developers.zenodo.org/#add-metadata-to-your-github-repository-release: metadata of the
# repository they lie in.
_ABOUT_US = frozenset({"codemeta.json", ".zenodo.json", "zenodo.json"})
_MANIFESTS = frozenset({"package.json", "package-lock.json", "manifest.json", *_ABOUT_US})
# Keys of pip-audit (`vulns`, `skip_reason`), CycloneDX (`bomFormat`), SPDX (`SPDXID`), Trivy
# (`ArtifactName`), Bandit (`test_id`), SARIF (`runs`) and this project.
_REPORT = re.compile(
    rb'"(?:vulns|vulnerabilities|bomFormat|spdxVersion|SPDXID|skip_reason|ArtifactName|test_id'
    rb"|runs|findings|observations|ruleId|advisories|scanned_at|affected_packages|fix_versions"
    rb'|components)"\s*:'
)


@dataclass(slots=True)
class Node:
    """An object or an array that is being read."""

    is_object: bool
    path: tuple[str, ...]
    key: str = ""
    members: dict[str, str] = field(default_factory=dict)
    awaits_value: bool = False


@dataclass(frozen=True, slots=True)
class JsonValue:
    """A string of the file: where it is, in which object, under which key."""

    start: int
    end: int
    node: Node
    key: str


def values(content: bytes) -> list[JsonValue]:
    """Every string that is a value. Skips invalid JSON without an error."""
    found: list[JsonValue] = []
    stack: list[Node] = [Node(False, ())]
    for piece in _PIECE.finditer(content):
        _take(piece, stack, found)
    return found


def _take(piece: re.Match[bytes], stack: list[Node], found: list[JsonValue]) -> None:
    mark, node = piece[0], stack[-1]
    if mark in (b"{", b"["):
        path = (*node.path, node.key) if 1 < len(stack) < _DEEPEST else node.path
        stack.append(Node(mark == b"{", path))
    elif mark in (b"}", b"]"):
        if len(stack) > 1:
            stack.pop()
        stack[-1].awaits_value = False
    elif mark == b":":
        node.awaits_value = True
    elif mark == b",":
        node.awaits_value = False
    else:
        _string(piece, node, found)


def _string(piece: re.Match[bytes], node: Node, found: list[JsonValue]) -> None:
    string = piece[0][1:-1].decode("utf-8", "replace")
    if node.is_object and not node.awaits_value:
        node.key = string
        return
    found.append(JsonValue(piece.start(), piece.end(), node, node.key if node.is_object else ""))
    if node.is_object:
        node.members.setdefault(node.key, string)


def is_report(content: bytes) -> bool:
    """Whether the text appears to be the report of a scanner or a bill of materials."""
    # Reports may have hundreds of megabytes; each of them shows its kind at the top.
    return _REPORT.search(content, 0, 200_000) is not None


def _in_report(context: MatchContext) -> bool:
    return context.once("report", lambda: is_report(context.content))


def judge_json(context: MatchContext) -> ContextJudgement | None:
    """The judgement from the object around it; None for a version inside of a longer text."""
    if context.name not in _MANIFESTS and _in_report(context):
        return others("report", "a report about one point in time")
    if len(context.content) > LARGEST:
        return needs_review("large file", "the file is too large to be understood")
    value = _value_at(context)
    if value is None:
        return needs_review("json", "it is no text value of the file")
    alone = (
        context.occurrence.end - context.occurrence.start
        >= value.end - value.start - 2 - context.has_v
    )
    return _alone(context, value) if alone else None


def _value_at(context: MatchContext) -> JsonValue | None:
    known = context.once("json", lambda: values(context.content))
    # Values are in the order of the file.
    i = bisect_right(known, context.occurrence.start, key=lambda value: value.start) - 1
    return known[i] if i >= 0 and context.occurrence.start < known[i].end else None


def _alone(context: MatchContext, value: JsonValue) -> ContextJudgement:
    if context.names.mean_us(value.key) and "dependencies" not in " ".join(value.node.path).lower():
        return ours("json", "the key is our name")
    if value.key not in _VERSIONS:
        return _other_key(context, value)
    known = [value.node.members[key] for key in _NAMES if key in value.node.members]
    # npm packages have a scope: `@owner/name`.
    if any(context.names.mean_us(name.rpartition("/")[2]) for name in known):
        return _about_us(context)
    name = known[0] if known else ""
    if not name and value.node.path and context.names.mean_us(value.node.path[-1]):
        return _about_us(context)
    if name and (value.node.path or not context.in_root or context.name == "package-lock.json"):
        return others("json", "the object names another package")
    top = not value.node.path
    if top and context.name in _ABOUT_US and context.in_root:
        return ours("json", "our version")
    if "dependencies" in value.node.path or "packages" in value.node.path:
        return others("json", "an entry of another package")
    return needs_review(
        "json", f"the object is named {name[:40]!r}" if name else "nothing names it"
    )


def _about_us(context: MatchContext) -> ContextJudgement:
    if context.in_test:
        return needs_review("json", "our name in the data of a test")
    return ours("json", "the object is named as we are")


def _other_key(context: MatchContext, value: JsonValue) -> ContextJudgement:
    # https://github.com/googleapis/release-please/blob/main/docs/manifest-releaser.md: `.` is the
    # package in the root of the repository.
    if value.key == "." and context.name == ".release-please-manifest.json":
        return ours("json", "our version")
    # The endpoint badge of shields.io: https://shields.io/badges/endpoint-badge
    label = value.node.members.get("label", "").lower()
    if value.key == "message" and (
        label in {"version", "release", "pypi"} or context.names.mean_us(label)
    ):
        return ours("badge", "a badge with our version")
    if value.key.lower().endswith("dependencies") or any(
        "dependencies" in step.lower() for step in value.node.path
    ):
        return others("json", "it pins the package that is its key")
    return needs_review("json", f"nothing says what {value.key[:40]!r} is the version of")

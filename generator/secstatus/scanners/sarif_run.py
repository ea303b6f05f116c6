"""What a SARIF run describes once for all of its results: rules, messages, severities and places.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, 3.4 (artifactLocation), 3.14.14
(originalUriBaseIds), 3.49 (reportingDescriptor). A path is relative to the checkout where the file
states that; any other absolute path stays absolute.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from secstatus.findings.locations import is_absolute
from secstatus.findings.observation import SeverityClaim
from secstatus.scanners.code_findings import LEVELS
from secstatus.scanners.reading import ReportNode, decode_uri, distinct, read_path, to_text

SECURITY_SEVERITY = "security-severity"
# 3.11.5: `{0}` in a message stands for the first of its arguments.
_ARGUMENT = re.compile(r"\{(\d{1,3})\}")


def find_driver(run: ReportNode) -> ReportNode:
    """The component that ran."""
    tool = run.at("tool")
    # Before version 2.1 it was the tool itself.
    for found in (tool.at("driver"), tool):
        if isinstance(found.value, dict):
            return found
    return ReportNode({})


class Rules:
    """The rules of one run: those of the driver, then those of its extensions."""

    def __init__(self, run: ReportNode) -> None:
        self._driver = find_driver(run)
        extensions = run.at("tool", "extensions")
        self._extensions = [extensions.at(n) for n in range(len(extensions.values()))]
        self._by_id: dict[str, ReportNode] = {}
        for component in (self._driver, *self._extensions):
            for rule in component.objects("rules"):
                self._by_id.setdefault(rule.text("id"), rule)

    def find(self, result: ReportNode) -> ReportNode:
        """The rule of a result; an empty one when the file does not describe it."""
        rule_id = result.text("ruleId") or result.text("rule", "id")
        indexed = self._find_indexed(result)
        # Where id and index disagree the id counts, for the finding is known by it.
        if indexed is not None and _is_parent(indexed.text("id"), rule_id):
            return indexed
        fallback = indexed if indexed is not None and not rule_id else ReportNode({})
        return self._find_named(rule_id) or fallback

    def _find_indexed(self, result: ReportNode) -> ReportNode | None:
        index = result.count("rule", "index")
        index = result.count("ruleIndex") if index is None else index
        if index is None:
            return None
        rule = self._find_component(result.at("rule", "toolComponent")).at("rules", index)
        return rule if isinstance(rule.value, dict) else None

    def _find_component(self, reference: ReportNode) -> ReportNode:
        """The extension that a reference names by position, id or name; else the driver."""
        position = reference.count("index")
        if position is not None:
            is_listed = position < len(self._extensions)
            return self._extensions[position] if is_listed else ReportNode(None)
        for key in ("guid", "name"):
            for component in self._extensions if reference.text(key) else ():
                if component.text(key) == reference.text(key):
                    return component
        return self._driver

    def _find_named(self, rule_id: str) -> ReportNode | None:
        # 3.27.5: `CA1000/1` is a part of `CA1000` when it has no rule of its own. Every step
        # shortens the id: one of many slashes is not worth more than ten tries.
        for _ in range(10):
            if not rule_id or rule_id in self._by_id:
                break
            rule_id = rule_id.rpartition("/")[0]
        return self._by_id.get(rule_id) if rule_id else None


def _is_parent(rule_id: str, of: str) -> bool:
    return bool(rule_id) and (of == rule_id or of.startswith(f"{rule_id}/"))


def list_severity_claims(result: ReportNode, rule: ReportNode) -> tuple[SeverityClaim, ...]:
    """`security-severity` as a score, the level as a word; each is the source of its claim."""
    scores = (_find_score(each.at("properties", SECURITY_SEVERITY)) for each in (result, rule))
    claims = [SeverityClaim("score", SECURITY_SEVERITY, score) for score in scores if score]
    level = find_level(result, rule)
    # uv gives every result the level `error`: a constant is no severity.
    is_constant = bool(result.text("properties", "uv/package"))
    if not is_constant and (word := LEVELS.get(level, level)):
        claims.append(SeverityClaim("word", "level", word))
    return tuple(dict.fromkeys(claims))


def _find_score(node: ReportNode) -> str:
    """A score from 0 to 10 as text; empty for anything else."""
    text = node.text()
    try:
        score = float(text)
    except ValueError:
        return ""
    return text if math.isfinite(score) and 0 <= score <= 10 else ""


def find_level(result: ReportNode, rule: ReportNode) -> str:
    """The level in lower case: the result's, else the rule's default, else `warning`."""
    stated = result.text("level").lower()
    # 3.27.10: a result that is no failure (`review`, `open`) has no level unless it states one.
    if stated or result.text("kind").lower() not in ("", "fail"):
        return stated
    return rule.text("defaultConfiguration", "level").lower() or "warning"


def find_message(result: ReportNode, rule: ReportNode) -> str:
    """The message as text, also when it is an entry of the rule's with arguments."""
    message = result.at("message")
    named = rule.text("messageStrings", message.text("id"), "text")
    text = message.text("text") or named or message.text("markdown")
    arguments = [to_text(argument) for argument in message.values("arguments")]
    return _ARGUMENT.sub(lambda mark: _fill(mark, arguments), text) if arguments else text


def _fill(mark: re.Match[str], arguments: list[str]) -> str:
    number = int(mark[1])
    return arguments[number] if number < len(arguments) else mark[0]


# Two letters at least: `C:` begins a path of Windows.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
# What tools call the checkout, the most usual one first.
_CHECKOUTS = ("%srcroot%", "srcroot", "rootpath", "root", "reporoot", "projectroot")
# Bases may name each other in a circle.
_LONGEST_CHAIN = 10


class Places:
    """The places of one run. `root` is the checkout that it names (absolute), or empty."""

    def __init__(self, run: ReportNode) -> None:
        self._artifacts = run.at("artifacts")
        self._bases = run.at("originalUriBaseIds")
        # `path` needs a root, and a root may be a path: those are read without one.
        self.root = ""
        self.root = next((path for path in self._list_roots(run) if is_absolute(path)), "")

    def _list_roots(self, run: ReportNode) -> Iterator[str]:
        bases = self._bases.value if isinstance(self._bases.value, dict) else {}
        usual = [name for known in _CHECKOUTS for name in bases if name.lower() == known]
        for name in (*usual, *bases):
            yield self._join("", name).rstrip("/")
        for invocation in run.objects("invocations"):
            yield self.path(invocation.at("workingDirectory")).rstrip("/")
        for provenance in run.objects("versionControlProvenance"):
            yield self.path(provenance.at("mappedTo")).rstrip("/")

    def path(self, artifact: ReportNode) -> str:
        """The path of an artifactLocation, also of one that names an artifact by its index."""
        index = artifact.count("index")
        listed = ReportNode(None) if index is None else self._artifacts.at(index, "location")
        known = artifact if artifact.text("uri") else listed
        path = self._join(known.text("uri"), known.text("uriBaseId"))
        is_inside = self.root and path.startswith(f"{self.root}/") and known.text("uriBaseId")
        return path[len(self.root) + 1 :] if is_inside else path

    def _join(self, uri: str, base: str) -> str:
        """The URI behind its bases, one after another, up to an absolute one."""
        path = _read_uri(uri)
        for _ in range(_LONGEST_CHAIN):
            if is_absolute(path) or not base:
                break
            outer = _read_uri(self._bases.text(base, "uri"))
            path = f"{outer.rstrip('/')}/{path}" if outer else path
            base = self._bases.text(base, "uriBaseId")
        return path

    def scope(self) -> tuple[str, ...]:
        """The files that were analysed; every artifact when none has a role."""
        # 3.24.6: an artifact may also be the tool's configuration, or a file that a result names.
        artifacts = self._artifacts.objects()
        with_roles = any(item.values("roles") for item in artifacts)
        targets = [
            item for item in artifacts if not with_roles or "analysisTarget" in item.values("roles")
        ]
        return distinct(self.path(item.at("location")) for item in targets)

    def find_result(self, result: ReportNode) -> tuple[str, Any]:
        """Return path and line of the first location; missing values are empty."""
        physical = result.at("locations", 0, "physicalLocation")
        artifact = physical.at("artifactLocation")
        # Drafts of version 2 call it `fileLocation`.
        artifact = artifact if artifact.value else physical.at("fileLocation")
        logical = result.at("locations", 0, "logicalLocations", 0)
        named = logical.text("fullyQualifiedName") or logical.text("name")
        line = physical.at("region", "startLine").value
        return self.path(artifact) or read_path(named), line


def _read_uri(uri: str) -> str:
    return read_path(uri if _SCHEME.match(uri) else decode_uri(uri))


def find_code(result: ReportNode) -> str:
    """The code of the first location: its snippet, else its lines in the snippet around it."""
    physical = result.at("locations", 0, "physicalLocation")
    own = physical.text("region", "snippet", "text")
    last = physical.count("region", "endLine") or 0
    return own or "\n".join(read_region_lines(physical, last))


def find_context(result: ReportNode) -> str:
    """All code that the first location shows."""
    physical = result.at("locations", 0, "physicalLocation")
    parts = [physical.text(key, "snippet", "text") for key in ("region", "contextRegion")]
    return "\n".join(filter(None, parts))


def read_region_lines(physical: ReportNode, last: int) -> list[str]:
    """The lines of a region, up to the last one, as the snippet around it shows them."""
    first = physical.count("region", "startLine") or 0
    start = physical.count("contextRegion", "startLine") or 0
    # Not `text`: without its blank lines at the start the numbers would be wrong.
    text = physical.at("contextRegion", "snippet", "text").value
    lines = text.splitlines() if isinstance(text, str) and first and start else []
    return [line for number, line in enumerate(lines, start) if first <= number <= max(first, last)]

"""SARIF rules: which one a result means, how bad it says that it is, what its message says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.findings.observation import SeverityClaim
from secstatus.scanners.reading import (
    at,
    find_text,
    first_text,
    list_at,
    objects_at,
    read_count,
    to_text,
)

Rule = Mapping[str, Any]
SECURITY_SEVERITY = "security-severity"
# What a level means on our scale; "none" claims nothing. Another word is claimed as it stands.
_LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": ""}
_PLACEHOLDER = re.compile(r"\{(\d{1,3})\}")


def driver_of(run: Mapping[str, Any]) -> Rule:
    """The component that ran; before version 2.1 it was the tool itself."""
    tool = run.get("tool")
    driver = at(tool, "driver")
    if isinstance(driver, dict):
        return driver
    return tool if isinstance(tool, dict) else {}


class Rules:
    """The rules of one run: those of the driver, then those of its extensions."""

    def __init__(self, run: Mapping[str, Any]) -> None:
        self._driver = driver_of(run)
        self._extensions = list_at(run, "tool", "extensions")
        self._by_id: dict[str, Rule] = {}
        for component in (self._driver, *self._extensions):
            for rule in objects_at(component, "rules"):
                self._by_id.setdefault(find_text(rule, "id"), rule)

    def of(self, result: Mapping[str, Any]) -> Rule:
        """The rule that a result means; an empty one when the file does not describe it."""
        rule_id = first_text(result.get("ruleId"), at(result, "rule", "id"))
        indexed = self._indexed(result)
        if indexed is not None and _is_parent(find_text(indexed, "id"), rule_id):
            return indexed
        return self._named(rule_id) or (indexed if indexed is not None and not rule_id else {})

    def _indexed(self, result: Mapping[str, Any]) -> Rule | None:
        index = read_count(at(result, "rule", "index"))
        index = read_count(result.get("ruleIndex")) if index is None else index
        if index is None:
            return None
        rule = at(self._component(at(result, "rule", "toolComponent")), "rules", index)
        return rule if isinstance(rule, dict) else None

    def _component(self, reference: Any) -> Any:
        """The extension that a reference names by position, id or name; else the driver."""
        position = read_count(at(reference, "index"))
        if position is not None:
            return at(self._extensions, position)
        for key in ("guid", "name"):
            for component in self._extensions if find_text(reference, key) else ():
                if find_text(component, key) == find_text(reference, key):
                    return component
        return self._driver

    def _named(self, rule_id: str) -> Rule | None:
        """By id; `CA1000/1` is a part of `CA1000` when it has no rule of its own."""
        # Every step shortens the id: one of many slashes is not worth more than ten tries.
        for _ in range(10):
            if not rule_id or rule_id in self._by_id:
                break
            rule_id = rule_id.rpartition("/")[0]
        return self._by_id.get(rule_id) if rule_id else None


def _is_parent(rule_id: str, of: str) -> bool:
    return bool(rule_id) and (of == rule_id or of.startswith(f"{rule_id}/"))


def severities(result: Mapping[str, Any], rule: Rule) -> tuple[SeverityClaim, ...]:
    """`security-severity` as a score, the level as a word; each is the source of its claim."""
    claims = [
        SeverityClaim("score", SECURITY_SEVERITY, score)
        for properties in (result.get("properties"), rule.get("properties"))
        if (score := _score(at(properties, SECURITY_SEVERITY)))
    ]
    level = level_of(result, rule)
    # uv gives every result the level `error`: a constant is no severity.
    constant = bool(find_text(result, "properties", "uv/package"))
    if not constant and (word := _LEVELS.get(level, level)):
        claims.append(SeverityClaim("word", "level", word))
    return tuple(dict.fromkeys(claims))


def _score(value: object) -> str:
    """A score from 0 to 10 as text; empty for anything else."""
    text = to_text(value)
    try:
        score = float(text)
    except ValueError:
        return ""
    return text if math.isfinite(score) and 0 <= score <= 10 else ""


def level_of(result: Mapping[str, Any], rule: Rule) -> str:
    """The level in lower case: the result's, else the rule's default, else `warning`.

    A result that is no failure (`review`, `open`) has none unless it says so.
    """
    stated = find_text(result, "level").lower()
    if stated or find_text(result, "kind").lower() not in ("", "fail"):
        return stated
    return find_text(rule, "defaultConfiguration", "level").lower() or "warning"


def find_message(result: Mapping[str, Any], rule: Rule) -> str:
    """The message as text, also when it is an entry of the rule's with arguments."""
    message = result.get("message")
    named = find_text(rule, "messageStrings", find_text(message, "id"), "text")
    text = first_text(at(message, "text"), named, at(message, "markdown"))
    arguments = [to_text(argument) for argument in list_at(message, "arguments")]
    return _PLACEHOLDER.sub(lambda mark: _argument(mark, arguments), text) if arguments else text


def _argument(mark: re.Match[str], arguments: list[str]) -> str:
    number = int(mark[1])
    return arguments[number] if number < len(arguments) else mark[0]


def list_references(rule: Rule) -> Iterator[str]:
    if uri := find_text(rule, "helpUri"):
        yield uri

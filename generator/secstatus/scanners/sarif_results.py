"""The results of one SARIF run: findings in packages and in code, and files that were not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, Skipped
from secstatus.scanners.bandit import OWN_LINES
from secstatus.scanners.code_findings import (
    Flaw,
    each_place_once,
    fingerprint,
    finish_observation,
    is_unreadable,
    own_fingerprints,
    with_confidence,
    without_figures,
)
from secstatus.scanners.reading import (
    at,
    distinct,
    find_text,
    first_text,
    format_location,
    list_at,
    list_objects,
    list_texts,
    objects_at,
    read_count,
    read_identifier,
    read_line,
    to_text,
)
from secstatus.scanners.sarif_locations import Places, code_of, find_context, read_region_lines
from secstatus.scanners.sarif_packages import find_affected, find_title, in_packages
from secstatus.scanners.sarif_rules import Rule, Rules, find_message, list_references, severities

_NO_FINDINGS = ("pass", "notapplicable", "informational")
_SECRET_TAGS = ("secret", "secrets", "secret-detection", "leaked-secret", "hardcoded-secret")


@dataclass(frozen=True, slots=True)
class _Result:
    """One result with its rule, message and place."""

    where: str
    data: Mapping[str, Any]
    rule: Rule
    message: str
    path: str
    line: Any
    rule_id: str

    @property
    def place(self) -> str:
        return format_location(self.path, self.line)


@dataclass(frozen=True, slots=True)
class Results:
    """What a run found, and the files that it says it could not parse."""

    observations: tuple[Observation, ...]
    unread: tuple[Skipped, ...]
    listed: Counter[str]


def read_results(run: Mapping[str, Any], place: str, places: Places, kind: ScanKind) -> Results:
    """`kind` is that of the tool: a result of a secrets scanner is a secret."""
    rules = Rules(run)
    found = [
        _result(data, where, rules.of(data), places)
        for where, data in list_objects(run.get("results"), f"{place}.results")
        if _is_finding(data)
    ]
    unread, flaws = _parted(found)
    vague = _vague_fingerprints(flaws)
    observations = (each for result in flaws for each in _observations(result, kind, vague))
    return Results(
        each_place_once(_once(observations)),
        tuple(Skipped(each.path, read_line(each.message)) for each in unread),
        Counter(each.path for each in flaws),
    )


def _parted(found: list[_Result]) -> tuple[list[_Result], list[_Result]]:
    """The files that could not be parsed, and the other results."""
    unread: list[_Result] = []
    flaws: list[_Result] = []
    for each in found:
        (unread if is_unreadable(each.rule_id, each.message) else flaws).append(each)
    return unread, flaws


def _result(data: Mapping[str, Any], where: str, rule: Rule, places: Places) -> _Result:
    path, line = places.of_result(data)
    rule_id = first_text(data.get("ruleId"), at(data, "rule", "id"), rule.get("id"))
    return _Result(where, data, rule, find_message(data, rule), path, line, rule_id)


def _is_finding(result: Mapping[str, Any]) -> bool:
    """Not what passed, was not applicable or informs, nor what a baseline says is gone."""
    if find_text(result, "kind").lower() in _NO_FINDINGS:
        return False
    return find_text(result, "baselineState").lower() != "absent"


def _once(observations: Iterator[Observation]) -> Iterator[Observation]:
    """A package and an id are one finding, whatever number of files it is found through."""
    seen: set[tuple[str, ...]] = set()
    for each in observations:
        key = each.package, each.id, each.version, each.suppressed
        if each.package and key in seen:
            continue
        seen.add(key)
        yield each


def _observations(result: _Result, kind: ScanKind, vague: frozenset[str]) -> Iterator[Observation]:
    packages = find_affected(result.data, result.rule, result.message, result.path)
    base = _base(result)
    for found in in_packages(base, packages):
        title = find_title(result.rule, result.message, (found.id, *found.aliases))
        yield replace(found, title=title)
    if not packages:
        secret = kind is ScanKind.SECRETS or _is_secret(result)
        flaw = replace(base, kind=ScanKind.SECRETS if secret else ScanKind.CODE)
        yield finish_observation(flaw, _flaw(result, vague))


def _base(result: _Result) -> Observation:
    rule, data = result.rule, result.data
    return Observation(
        id=_id(result),
        severities=with_confidence(severities(data, rule), _confidence(data, rule)),
        title=read_line(first_text(at(rule, "shortDescription", "text"), result.message)),
        description=first_text(result.message, at(rule, "fullDescription", "text")),
        location=result.place,
        references=tuple(list_references(rule)),
        suppressed=_suppressed(data),
    )


def _id(result: _Result) -> str:
    """The rule's id; without one a name made of the message, the same every time."""
    unnamed = f"unnamed-{fingerprint(without_figures(result.message))[:12]}"
    return read_identifier(result.rule_id or unnamed, f"{result.where}.ruleId")


def _confidence(data: Mapping[str, Any], rule: Rule) -> str:
    """The tool's confidence in a result: `issue_confidence`, `zizmor/confidence`, semgrep's tag."""
    properties = data.get("properties")
    pairs = properties.items() if isinstance(properties, dict) else ()
    stated = first_text(*(value for key, value in pairs if key.lower().endswith("confidence")))
    tags = (tag.lower() for tag in list_texts(list_at(rule, "properties", "tags")))
    return stated or ("low" if "low confidence" in tags else "")


def _tags(result: _Result) -> tuple[str, ...]:
    holders = (result.rule, result.data)
    return tuple(tag for each in holders for tag in list_texts(list_at(each, "properties", "tags")))


def _is_secret(result: _Result) -> bool:
    return any(tag.strip().lower() in _SECRET_TAGS for tag in _tags(result))


def _flaw(result: _Result, vague: frozenset[str]) -> Flaw:
    names = (find_text(result.rule, "name"), find_text(result.rule, "shortDescription", "text"))
    taxa = [find_text(taxon, "id") for taxon in objects_at(result.data, "taxa")]
    weaknesses = (f"CWE-{each}" for each in taxa if each.isdigit())
    return Flaw(
        code=_code(result.data),
        own=tuple(each for each in _own(result.data) if each not in vague),
        message=result.message,
        around=find_context(result.data),
        about=(*names, *_tags(result), *weaknesses),
    )


def _code(data: Mapping[str, Any]) -> str:
    """bandit 1.9 takes the snippet of a call of several lines from a wrong line of its excerpt.

    Its region and the excerpt around it are right. Only bandit has that property.
    """
    physical = at(data, "locations", 0, "physicalLocation")
    if find_text(data, "properties", "issue_confidence"):
        first = read_count(at(physical, "region", "startLine")) or 0
        last = read_count(at(physical, "region", "endLine")) or first
        if find_text(physical, "contextRegion", "snippet", "text"):
            return "\n".join(read_region_lines(physical, min(last, first + OWN_LINES - 1)))
        return "\n".join(code_of(data).splitlines()[:OWN_LINES])
    return code_of(data)


def _own(data: Mapping[str, Any]) -> tuple[str, ...]:
    return own_fingerprints(data.get("fingerprints"), data.get("partialFingerprints"))


def _vague_fingerprints(results: Sequence[_Result]) -> frozenset[str]:
    """Fingerprints that findings of different rules or messages share at different places.

    They stand for nothing, whatever they are called.
    """
    seen: dict[str, tuple[tuple[str, str], str]] = {}
    vague = set()
    for each in results:
        own = _own(each.data)
        if not own or _code(each.data):
            continue
        said = (each.rule_id, without_figures(each.message))
        for text in own:
            first, place = seen.setdefault(text, (said, each.place))
            if first != said and place != each.place:
                vague.add(text)
    return frozenset(vague)


def _suppressed(result: Mapping[str, Any]) -> str:
    """Why the result is suppressed; empty while one suppression is under review or rejected.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, 3.27.23: no status means
    accepted. Drafts call it `state`.
    """
    found = objects_at(result, "suppressions")
    states = [first_text(each.get("status"), each.get("state")).lower() for each in found]
    if not found or not set(states) <= {"", "accepted"}:
        return ""
    return read_line("; ".join(distinct([_reason(each) for each in found])))


def _reason(suppression: Mapping[str, Any]) -> str:
    kind = find_text(suppression, "kind")
    fallback = "suppressed in the source" if kind == "inSource" else "suppressed"
    return first_text(to_text(suppression.get("justification")), fallback)

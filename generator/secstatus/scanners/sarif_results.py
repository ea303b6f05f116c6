"""The results of one SARIF run: findings in packages and in code, and files that were not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, Skipped
from secstatus.scanners.bandit import OWN_LINES
from secstatus.scanners.code_findings import (
    Flaw,
    cap_by_confidence,
    drop_repeated,
    find_own_fingerprints,
    fingerprint,
    finish_observation,
    format_location,
    is_unreadable,
    without_figures,
)
from secstatus.scanners.reading import ReportNode, distinct, read_line, to_text
from secstatus.scanners.sarif_packages import find_title, list_affected
from secstatus.scanners.sarif_run import (
    Places,
    Rules,
    find_code,
    find_context,
    find_message,
    list_severity_claims,
    read_region_lines,
)

# 3.27.9: kinds of results that state no failure.
_NO_FINDINGS = ("pass", "notapplicable", "informational")
_SECRET_TAGS = ("secret", "secrets", "secret-detection", "leaked-secret", "hardcoded-secret")


@dataclass(frozen=True, slots=True)
class _Result:
    """One result with its rule, message and place."""

    data: ReportNode
    rule: ReportNode
    message: str
    path: str
    line: Any
    rule_id: str

    @property
    def place(self) -> str:
        return format_location(self.path, self.line)


@dataclass(frozen=True, slots=True)
class Results:
    """The findings of a run, and the files that it reports as not parsed."""

    observations: tuple[Observation, ...]
    unread: tuple[Skipped, ...]
    listed: Counter[str]


def read_results(run: ReportNode, places: Places, kind: ScanKind) -> Results:
    """`kind` is that of the tool: a result of a secrets scanner is a secret."""
    rules = Rules(run)
    listed = run.expect_objects("results")
    found = [_read_result(data, rules.find(data), places) for data in listed if _is_finding(data)]
    unread = [each for each in found if _is_unread(each)]
    flaws = [each for each in found if not _is_unread(each)]
    vague = _find_vague_fingerprints(flaws)
    observations = (each for result in flaws for each in _observations(result, kind, vague))
    return Results(
        drop_repeated(_drop_repeated_packages(observations)),
        tuple(Skipped(each.path, read_line(each.message)) for each in unread),
        Counter(each.path for each in flaws),
    )


def _read_result(data: ReportNode, rule: ReportNode, places: Places) -> _Result:
    path, line = places.find_result(data)
    rule_id = data.text("ruleId") or data.text("rule", "id") or rule.text("id")
    return _Result(data, rule, find_message(data, rule), path, line, rule_id)


def _is_finding(result: ReportNode) -> bool:
    if result.text("kind").lower() in _NO_FINDINGS:
        return False
    # 3.27.24: a result of the baseline that this run did not produce.
    return result.text("baselineState").lower() != "absent"


def _is_unread(result: _Result) -> bool:
    return is_unreadable(result.rule_id, result.message)


def _drop_repeated_packages(observations: Iterator[Observation]) -> Iterator[Observation]:
    """A package and an id are one finding, regardless of the number of files that lead to it."""
    seen: set[tuple[str, ...]] = set()
    for each in observations:
        key = each.package, each.id, each.version, each.suppressed
        if each.package and key in seen:
            continue
        seen.add(key)
        yield each


def _observations(result: _Result, kind: ScanKind, vague: frozenset[str]) -> Iterator[Observation]:
    rule, message = result.rule, result.message
    base = _read_base(result)
    packages = list_affected(base, result.data, rule, message, result.path)
    for found in packages:
        yield replace(found, title=find_title(rule, message, (found.id, *found.aliases)))
    if not packages:
        is_secret = kind is ScanKind.SECRETS or _is_secret(result)
        flaw = replace(base, kind=ScanKind.SECRETS if is_secret else ScanKind.CODE)
        yield finish_observation(flaw, _flaw(result, vague))


def _read_base(result: _Result) -> Observation:
    rule, data = result.rule, result.data
    # Without a rule a name made of the message, the same every time.
    unnamed = f"unnamed-{fingerprint(without_figures(result.message))[:12]}"
    return Observation(
        id=data.identifier("ruleId", found=result.rule_id or unnamed),
        severities=cap_by_confidence(
            list_severity_claims(data, rule), _find_confidence(data, rule)
        ),
        title=read_line(rule.text("shortDescription", "text") or result.message),
        description=result.message or rule.text("fullDescription", "text"),
        location=result.place,
        references=tuple(filter(None, [rule.text("helpUri")])),
        suppressed=_find_suppression(data),
    )


def _find_confidence(data: ReportNode, rule: ReportNode) -> str:
    # SARIF has no confidence (`rank` is a priority): bandit writes `issue_confidence`, zizmor
    # `zizmor/confidence`, semgrep a tag.
    properties = data.at("properties").value
    pairs = properties.items() if isinstance(properties, dict) else ()
    stated = (to_text(value) for key, value in pairs if key.lower().endswith("confidence"))
    tags = (tag.lower() for tag in _list_tags(rule))
    return next(filter(None, stated), "") or ("low" if "low confidence" in tags else "")


def _list_tags(*holders: ReportNode) -> list[str]:
    tags = [each.at("properties", "tags") for each in holders]
    return [tag for each in tags if isinstance(each.value, list) for tag in each.texts()]


def _is_secret(result: _Result) -> bool:
    tags = _list_tags(result.rule, result.data)
    return any(tag.strip().lower() in _SECRET_TAGS for tag in tags)


def _flaw(result: _Result, vague: frozenset[str]) -> Flaw:
    rule, data = result.rule, result.data
    # 3.27.8: a weakness is a taxon, of a taxonomy such as CWE.
    taxa = [taxon.text("id") for taxon in data.objects("taxa")]
    weaknesses = (f"CWE-{each}" for each in taxa if each.isdigit())
    names = (rule.text("name"), rule.text("shortDescription", "text"))
    return Flaw(
        code=_find_own_code(data),
        own=tuple(each for each in _list_fingerprints(data) if each not in vague),
        message=result.message,
        around=find_context(data),
        about=(*names, *_list_tags(rule, data), *weaknesses),
    )


def _find_own_code(data: ReportNode) -> str:
    # bandit 1.9 takes the snippet of a call of several lines from a wrong line of its excerpt. Its
    # region and the excerpt around it are right. Only bandit has that property.
    physical = data.at("locations", 0, "physicalLocation")
    if data.text("properties", "issue_confidence"):
        first = physical.count("region", "startLine") or 0
        last = physical.count("region", "endLine") or first
        if physical.text("contextRegion", "snippet", "text"):
            return "\n".join(read_region_lines(physical, min(last, first + OWN_LINES - 1)))
        return "\n".join(find_code(data).splitlines()[:OWN_LINES])
    return find_code(data)


def _list_fingerprints(data: ReportNode) -> tuple[str, ...]:
    stated = (data.at(key).value for key in ("fingerprints", "partialFingerprints"))
    return find_own_fingerprints(*stated)


def _find_vague_fingerprints(results: Sequence[_Result]) -> frozenset[str]:
    """Fingerprints that findings of different rules or messages share at different places.

    They identify nothing, regardless of their key.
    """
    seen: dict[str, tuple[tuple[str, str], str]] = {}
    vague = set()
    for each in results:
        own = _list_fingerprints(each.data)
        # A finding with code is identified by its code.
        if not own or _find_own_code(each.data):
            continue
        identity = (each.rule_id, without_figures(each.message))
        for text in own:
            first, place = seen.setdefault(text, (identity, each.place))
            if first != identity and place != each.place:
                vague.add(text)
    return frozenset(vague)


def _find_suppression(result: ReportNode) -> str:
    """Why the result is suppressed; empty while one suppression is under review or rejected."""
    found = result.objects("suppressions")
    # 3.27.23: no status means accepted. Drafts call it `state`.
    states = {(each.text("status") or each.text("state")).lower() for each in found}
    if not found or not states <= {"", "accepted"}:
        return ""
    return read_line("; ".join(distinct(map(_describe_suppression, found))))


def _describe_suppression(suppression: ReportNode) -> str:
    is_in_source = suppression.text("kind") == "inSource"
    fallback = "suppressed in the source" if is_in_source else "suppressed"
    return suppression.text("justification") or fallback

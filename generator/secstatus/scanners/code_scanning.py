"""GitHub's code scanning alerts: the REST list and a webhook's object.

https://docs.github.com/en/rest/code-scanning/code-scanning. Whether a list is whole stands in the
answer's Link header, which no file has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    SeverityClaim,
    Skipped,
    Verdict,
)
from secstatus.scanners.code_findings import (
    Flaw,
    each_place_once,
    finish_observation,
    is_unreadable,
)
from secstatus.scanners.github_alerts import (
    ONE_PAGE,
    closing,
    find_repository,
    read_refusal,
    rest_alerts,
)
from secstatus.scanners.reading import (
    at,
    distinct,
    find_text,
    first_text,
    format_location,
    line_at,
    list_texts,
    read_identifier,
    read_line,
    read_mapping,
    read_path,
)
from secstatus.scanners.sarif_packages import find_affected, in_packages

NAME = "code-scanning"

# The level that a tool gave a rule, on our scale; another word is claimed as it stands.
_LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": ""}


def recognises(data: Any) -> bool:
    listed = data if isinstance(data, list) else [at(data, "alert")]
    return bool(listed) and all(
        isinstance(at(item, "rule"), dict) and isinstance(at(item, "tool"), dict)
        for item in listed[:5]
    )


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report; an error of GitHub's is `failed`. A file that was not parsed is no finding."""
    alerts = rest_alerts(data)
    if alerts is None:
        return (read_refusal(data, NAME, ScanKind.CODE),)
    versions = [_tool(alert) for _, alert in alerts]
    around = data.get("repository") if isinstance(data, dict) else None
    found = [_observation(alert, place, around) for place, alert in alerts]
    unread = [each for each in found if is_unreadable(each.id, each.description)]
    skipped = [each for each in unread if not each.closed]
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=Verdict.PARTIAL if skipped else Verdict.UNSTATED,
        observations=each_place_once(each for each in found if each not in unread),
        unit="files",
        skipped=tuple(Skipped(each.location, each.title) for each in skipped),
        problems=(ONE_PAGE,),
        tool_version=", ".join(distinct(versions)),
    )
    return (report,)


def _tool(alert: Mapping[str, Any]) -> str:
    return f"{line_at(alert, 'tool', 'name')} {line_at(alert, 'tool', 'version')}".strip()


def _observation(alert: Mapping[str, Any], place: str, around: Any) -> Observation:
    rule = read_mapping(alert.get("rule"), f"{place}.rule")
    found_id = read_identifier(first_text(rule.get("id"), rule.get("name")), f"{place}.rule.id")
    instance = at(alert, "most_recent_instance") or at(alert, "instances", 0)
    path = read_path(at(instance, "location", "path"))
    message = find_text(instance, "message", "text")
    found = Observation(
        id=found_id,
        severities=_severities(rule),
        title=read_line(first_text(rule.get("description"), message)),
        description=first_text(message, rule.get("full_description")),
        location=format_location(path, at(instance, "location", "start_line")),
        references=distinct([find_text(rule, "help_uri"), find_text(alert, "html_url")]),
        kind=ScanKind.CODE,
        closed=closing(alert),
        repository=find_repository(alert, around),
    )
    described = {"id": found_id, "name": rule.get("name"), "help": {"text": rule.get("help")}}
    if packages := find_affected({"ruleId": found_id}, described, message, path):
        # A scanner of packages uploaded its results: one alert is about one package.
        return in_packages(found, packages)[0]
    about = (line_at(rule, "name"), *list_texts(rule.get("tags")))
    return finish_observation(found, Flaw(message=message or found.title, about=about))


def _severities(rule: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    """GitHub's security severity, and the level of the rule, whose source is `level`."""
    level = find_text(rule, "severity").lower()
    claims = (
        SeverityClaim("word", "github", find_text(rule, "security_severity_level")),
        SeverityClaim("word", "level", _LEVELS.get(level, level)),
    )
    return tuple(claim for claim in claims if claim.value)

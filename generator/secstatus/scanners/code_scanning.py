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
    Verdict,
)
from secstatus.scanners.fingerprints import fingerprint, told_apart
from secstatus.scanners.github_alerts import ONE_PAGE, refused, rest_alerts, suppression
from secstatus.scanners.lookup import at, distinct, first_text, line_at, placed, text_at
from secstatus.scanners.reading import identifier, line_of, mapping, path_of

NAME = "code-scanning"

# The level that a tool gave a rule, on our scale; another word is claimed as it stands.
_LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": ""}


def recognises(data: Any) -> bool:
    listed = data if isinstance(data, list) else [at(data, "alert")]
    return bool(listed) and all(
        isinstance(at(item, "rule"), dict) and isinstance(at(item, "tool"), dict)
        for item in listed[:5]
    )


def read(data: Any) -> ScanReport:
    """The report; an error of GitHub's is `failed`."""
    alerts = rest_alerts(data)
    if alerts is None:
        return refused(data, NAME, ScanKind.CODE)
    versions = [_tool(alert) for _, alert in alerts]
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=Verdict.UNSTATED,
        observations=told_apart(_observation(alert, place) for place, alert in alerts),
        problems=(ONE_PAGE,),
        tool_version=", ".join(distinct(versions)),
    )


def _tool(alert: Mapping[str, Any]) -> str:
    return f"{line_at(alert, 'tool', 'name')} {line_at(alert, 'tool', 'version')}".strip()


def _observation(alert: Mapping[str, Any], place: str) -> Observation:
    rule = mapping(alert.get("rule"), f"{place}.rule")
    found_id = identifier(first_text(rule.get("id"), rule.get("name")), f"{place}.rule.id")
    instance = at(alert, "most_recent_instance") or at(alert, "instances", 0)
    path = path_of(at(instance, "location", "path"))
    message = text_at(instance, "message", "text")
    return Observation(
        id=found_id,
        severities=_severities(rule),
        title=line_of(first_text(rule.get("description"), message)),
        description=first_text(message, rule.get("full_description")),
        location=placed(path, at(instance, "location", "start_line")),
        fingerprint=fingerprint(found_id, path, message),
        references=distinct([text_at(rule, "help_uri"), text_at(alert, "html_url")]),
        suppressed=suppression(alert),
    )


def _severities(rule: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    """GitHub's security severity, and the level of the rule, whose source is `level`."""
    level = text_at(rule, "severity").lower()
    claims = (
        SeverityClaim("word", "github", text_at(rule, "security_severity_level")),
        SeverityClaim("word", "level", _LEVELS.get(level, level)),
    )
    return tuple(claim for claim in claims if claim.value)

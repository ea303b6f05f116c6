"""GitHub's code scanning alerts: the REST list and a webhook's object.

https://docs.github.com/en/rest/code-scanning/code-scanning. Only the Link header
of the response states whether a list is complete, and a file does not contain it.
"""

from __future__ import annotations

from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Skipped
from secstatus.scanners.code_findings import (
    LEVELS,
    Flaw,
    drop_repeated,
    finish_observation,
    format_location,
    is_unreadable,
)
from secstatus.scanners.github_alerts import (
    ONE_PAGE,
    describe_closing,
    find_repository,
    list_alerts,
    read_refusal,
)
from secstatus.scanners.reading import ReportNode, decide_verdict, distinct, read_line
from secstatus.scanners.sarif_packages import list_affected

NAME = "code-scanning"


def recognises(data: Any) -> bool:
    listed = data if isinstance(data, list) else [ReportNode(data).at("alert").value]
    return bool(listed) and all(
        isinstance(item, dict) and all(isinstance(item.get(key), dict) for key in ("rule", "tool"))
        for item in listed[:5]
    )


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report; an error of GitHub's is `failed`. A file that was not parsed is no finding."""
    root = ReportNode(data)
    alerts = list_alerts(root)
    if alerts is None:
        return (read_refusal(root, NAME, ScanKind.CODE),)
    around = root.at("repository")
    found = [_observation(alert, around) for alert in alerts]
    unread = [each for each in found if is_unreadable(each.id, each.description)]
    # A closed one is about a file that could be read later on.
    skipped = [each for each in unread if not each.closed]
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=decide_verdict((), skipped, unstated=True),
        observations=drop_repeated(each for each in found if each not in unread),
        unit="files",
        skipped=tuple(Skipped(each.location, each.title) for each in skipped),
        problems=(ONE_PAGE,),
        tool_version=", ".join(distinct(map(_name_tool, alerts))),
    )
    return (report,)


def _name_tool(alert: ReportNode) -> str:
    return f"{alert.line('tool', 'name')} {alert.line('tool', 'version')}".strip()


def _observation(alert: ReportNode, around: ReportNode) -> Observation:
    rule = alert.expect_object("rule")
    found_id = rule.identifier("id", found=rule.text("id") or rule.text("name"))
    # A webhook's alert may have `instances` in place of the most recent one.
    instance = alert.at("most_recent_instance")
    instance = instance if instance.value else alert.at("instances", 0)
    path, message = instance.path("location", "path"), instance.text("message", "text")
    found = Observation(
        id=found_id,
        severities=_claims(rule),
        title=read_line(rule.text("description") or message),
        description=message or rule.text("full_description"),
        location=format_location(path, instance.count("location", "start_line")),
        references=distinct([rule.text("help_uri"), alert.text("html_url")]),
        kind=ScanKind.CODE,
        closed=describe_closing(alert),
        repository=find_repository(alert, around),
    )
    described = {"id": found_id, "name": rule.value.get("name")}
    described["help"] = {"text": rule.value.get("help")}
    # A scanner of packages uploaded its results as SARIF: one alert is about one package.
    result = ReportNode({"ruleId": found_id})
    if packages := list_affected(found, result, ReportNode(described), message, path):
        return packages[0]
    about = (rule.line("name"), *rule.texts("tags"))
    return finish_observation(found, Flaw(message=message or found.title, about=about))


def _claims(rule: ReportNode) -> tuple[SeverityClaim, ...]:
    """GitHub's security severity, and the level of the rule with the source `level`."""
    level = rule.text("severity").lower()
    claims = (
        SeverityClaim("word", "github", rule.text("security_severity_level")),
        SeverityClaim("word", "level", LEVELS.get(level, level)),
    )
    return tuple(claim for claim in claims if claim.value)

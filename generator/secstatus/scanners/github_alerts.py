"""What GitHub's alerts have in common: lists, webhooks, states, and answers that are errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    describe_value,
    find_text,
    first_text,
    line_at,
    list_objects,
    read_line,
)

ONE_PAGE = "A list of alerts does not say whether there are more pages."

_OWNED = re.compile(r"[^/\s]{1,100}/[^/\s]{1,100}")
_URLS = (
    re.compile(r"https?://[^/\s]+/(?:api/v3/)?repos/([^/\s]{1,100})/([^/\s]{1,100})/"),
    re.compile(r"https?://[^/\s]+/([^/\s]{1,100})/([^/\s]{1,100})/security/"),
)


def rest_alerts(data: Any) -> list[tuple[str, Mapping[str, Any]]] | None:
    """The alerts of a list or of a webhook's object, with their places; None for anything else."""
    if isinstance(data, list):
        return list(list_objects(data, "$"))
    if isinstance(data, dict) and isinstance(data.get("alert"), dict):
        return [("$.alert", data["alert"])]
    return None


def join_pages(values: Sequence[Any]) -> list[Any] | None:
    """The alerts of several pages in their order; None when one is not a list of objects.

    `gh api --paginate` writes one list after another, with `--slurp` a list of lists.
    """
    alerts: list[Any] = []
    for page in values:
        if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
            return None
        alerts += page
    return alerts


def read_refusal(data: Any, name: str, kind: ScanKind) -> ScanReport:
    """The report for an answer without alerts: `failed` with GitHub's own message.

    Raises NotThisReport for what is no answer of GitHub's.
    """
    message = find_text(data, "message")
    if not message:
        raise NotThisReport("$", describe_value(data), "a list of alerts")
    problem = f"GitHub answered with an error instead of alerts: {read_line(message)}"
    return ScanReport(scanner=name, kind=kind, verdict=Verdict.FAILED, problems=(problem,))


def find_repository(alert: Any, around: Any = None) -> str:
    """OWNER/NAME of the repository of an alert, or of what stands around it; empty without one."""
    for said in (at(alert, "repository"), around):
        stated = read_line(first_text(at(said, "full_name"), at(said, "nameWithOwner")))
        if not stated and (owner := line_at(said, "owner", "login")):
            stated = f"{owner}/{line_at(said, 'name')}"
        if _OWNED.fullmatch(stated):
            return stated
    urls = [find_text(alert, key) for key in ("url", "html_url", "permalink")]
    found = next((match for url in urls for way in _URLS if (match := way.match(url))), None)
    return f"{found[1]}/{found[2]}" if found else ""


def closing(alert: Mapping[str, Any]) -> str:
    """Why an alert is not open: that it was dismissed and for what, or that it is fixed.

    Empty for an open one, and for a state that nobody knows.
    """
    state = find_text(alert, "state").lower() or _state_from_dates(alert)
    if state not in ("dismissed", "auto_dismissed", "fixed"):
        return ""
    reason = first_text(alert.get("dismissed_reason"), alert.get("dismissReason"))
    comment = first_text(alert.get("dismissed_comment"), alert.get("dismissComment"))
    words = (state,) if state == "fixed" else (state, reason.replace("_", " "), comment)
    return read_line(": ".join(filter(None, words)))


def _state_from_dates(alert: Mapping[str, Any]) -> str:
    """A GraphQL query need not ask for the state."""
    if find_text(alert, "dismissedAt"):
        return "dismissed"
    return "fixed" if find_text(alert, "fixedAt") else ""

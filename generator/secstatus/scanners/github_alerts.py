"""Shared parts of GitHub's alerts: lists, webhooks, states, and error responses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.scanners.reading import ReportNode, read_line

ONE_PAGE = "A list of alerts does not say whether there are more pages."

_OWNED = re.compile(r"[^/\s]{1,100}/[^/\s]{1,100}")
# Addresses of the API, on GitHub Enterprise Server below /api/v3, and of the pages of an alert.
_URLS = (
    re.compile(r"https?://[^/\s]+/(?:api/v3/)?repos/([^/\s]{1,100})/([^/\s]{1,100})/"),
    re.compile(r"https?://[^/\s]+/([^/\s]{1,100})/([^/\s]{1,100})/security/"),
)


def list_alerts(root: ReportNode) -> list[ReportNode] | None:
    """The alerts of a list or of a webhook's object; None for anything else."""
    if isinstance(root.value, list):
        return root.expect_objects()
    alert = root.at("alert")
    return [alert] if isinstance(alert.value, dict) else None


def join_pages(values: Sequence[Any]) -> list[Any] | None:
    """The alerts of several pages in their order; None when one is not a list of objects."""
    # `gh api --paginate` writes one list after another, with `--slurp` a list of lists.
    alerts: list[Any] = []
    for page in values:
        if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
            return None
        alerts += page
    return alerts


def read_refusal(root: ReportNode, name: str, kind: ScanKind) -> ScanReport:
    """Return the report for a response without alerts: `failed` with GitHub's own message.

    Raises NotThisReport for data that is not a response of GitHub.
    """
    if not root.text("message"):
        raise root.refuse("a list of alerts")
    problem = f"GitHub answered with an error instead of alerts: {root.line('message')}"
    return ScanReport(scanner=name, kind=kind, verdict=Verdict.FAILED, problems=(problem,))


def find_repository(alert: ReportNode, around: ReportNode) -> str:
    """Return OWNER/NAME of the repository of an alert or its container; empty without one."""
    # The lists of an organisation and webhooks name the repository, that of a repository does not.
    for node in (alert.at("repository"), around):
        stated = read_line(node.text("full_name") or node.text("nameWithOwner"))
        if not stated and (owner := node.line("owner", "login")):
            stated = f"{owner}/{node.line('name')}"
        if _OWNED.fullmatch(stated):
            return stated
    urls = [alert.text(key) for key in ("url", "html_url", "permalink")]
    found = next((match for url in urls for each in _URLS if (match := each.match(url))), None)
    return f"{found[1]}/{found[2]}" if found else ""


def describe_closing(alert: ReportNode) -> str:
    """Why an alert is not open: that it was dismissed and for what, or that it is fixed.

    Empty for an open one, and for an unknown state: such an alert counts as open.
    """
    state = alert.text("state").lower() or _find_state(alert)
    if state not in ("dismissed", "auto_dismissed", "fixed"):
        return ""
    reason = alert.text("dismissed_reason") or alert.text("dismissReason")
    comment = alert.text("dismissed_comment") or alert.text("dismissComment")
    words = (state,) if state == "fixed" else (state, reason.replace("_", " "), comment)
    return read_line(": ".join(filter(None, words)))


def _find_state(alert: ReportNode) -> str:
    # A GraphQL query need not ask for the state.
    if alert.text("dismissedAt"):
        return "dismissed"
    return "fixed" if alert.text("fixedAt") else ""

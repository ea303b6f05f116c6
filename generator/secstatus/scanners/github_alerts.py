"""What GitHub's alerts have in common: lists, webhooks, states, and answers that are errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.scanners.lookup import first_text, text_at
from secstatus.scanners.reading import NotThisReport, described, line_of, objects

ONE_PAGE = "It is one page of alerts and does not say whether there are more."


def rest_alerts(data: Any) -> list[tuple[str, Mapping[str, Any]]] | None:
    """The alerts of a list or of a webhook's object, with their places; None for anything else."""
    if isinstance(data, list):
        return list(objects(data, "$"))
    if isinstance(data, dict) and isinstance(data.get("alert"), dict):
        return [("$.alert", data["alert"])]
    return None


def refused(data: Any, name: str, kind: ScanKind) -> ScanReport:
    """The report for an answer without alerts: `failed` with GitHub's own message.

    Raises NotThisReport for what is no answer of GitHub's.
    """
    message = text_at(data, "message")
    if not message:
        raise NotThisReport("$", described(data), "a list of alerts")
    problem = f"GitHub answered with an error instead of alerts: {line_of(message)}"
    return ScanReport(scanner=name, kind=kind, verdict=Verdict.FAILED, problems=(problem,))


def suppression(alert: Mapping[str, Any]) -> str:
    """Why an alert is not open: that it was dismissed and for what, or that it is fixed.

    Empty for an open one, and for a state that nobody knows.
    """
    state = text_at(alert, "state").lower() or _state_from_dates(alert)
    if state not in ("dismissed", "auto_dismissed", "fixed"):
        return ""
    reason = first_text(alert.get("dismissed_reason"), alert.get("dismissReason"))
    comment = first_text(alert.get("dismissed_comment"), alert.get("dismissComment"))
    words = (state,) if state == "fixed" else (state, reason, comment)
    return line_of(": ".join(filter(None, words)))


def _state_from_dates(alert: Mapping[str, Any]) -> str:
    """A GraphQL query need not ask for the state."""
    if text_at(alert, "dismissedAt"):
        return "dismissed"
    return "fixed" if text_at(alert, "fixedAt") else ""

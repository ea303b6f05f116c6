"""`api/v1/metrics.json`: the health of the published site, and of its workflows.

The figures are untrusted: a writer of the journal can put anything there. Texts are made safe here,
once, and a state that the rest of the document does not support is `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from secstatus.published.site_info import SiteInfo
from secstatus.site.api import documents

METRICS = "api/v1/metrics.json"
UNKNOWN = "unknown"
STATES = ("up", "slow", "stale", "tampered", "down")
# Reasons quote what a server answered; 600 characters hold each of ours and bound the document.
LONGEST_TEXT = 600
_NO_FIGURES: Mapping[str, Any] = {
    "availability": None,
    "cache_hit_rate": None,
    "error_rate": None,
    "from": None,
    "latency_ms": None,
    "longest_gap_hours": None,
    "probes": 0,
    "rounds": 0,
    "states": dict.fromkeys(STATES, 0),
}
# What is said of a site that nobody has measured.
NOT_MEASURED: Mapping[str, Any] = {
    "alerts": {"open": [], "raised_90_days": 0},
    "base_url": None,
    "days": [],
    "endpoints": [],
    # Nothing measured is not "up": every figure is null, and the state is unknown.
    "fresh": False,
    "measured_at": None,
    "publishing": {
        "attempts": 0,
        "authentication_success_rate": None,
        "failed": 0,
        "last_at": None,
        "last_outcome": None,
        "last_version": None,
        "succeeded": 0,
        "success_rate": None,
    },
    "releases": {
        "by_trigger": {"manual": 0, "other": 0, "security_auto": 0},
        "last_90_days": 0,
        "last_at": None,
        "per_month": 0.0,
    },
    "state": UNKNOWN,
    "status_updates": {
        "complete_90_days": 0,
        "last_90_days": 0,
        "last_at": None,
        "last_complete_at": None,
        "median_days_between": None,
    },
    "windows": dict.fromkeys(("24h", "7d", "30d", "90d"), _NO_FIGURES),
    "workflows": None,
}


def make_metrics_document(metrics: Mapping[str, Any], place: SiteInfo) -> dict[str, Any]:
    """Return the document. `metrics`: its figures; empty when nothing has been measured.

    `state` is `unknown` unless the probe is fresh and has a timestamp. It is never better than the
    worst state of an address.
    """
    told = {name: _plain(value) for name, value in {**NOT_MEASURED, **metrics}.items()}
    head = {
        "$schema": place.schema("metrics"),
        "package": place.package,
        "schema_version": documents.SCHEMA_VERSION,
    }
    return dict(sorted({**told, "state": _state(told), **head}.items()))


def find_measured_at(document: Mapping[str, Any]) -> datetime | None:
    """Return the time of the last probe of the site; None without one."""
    text = document["measured_at"]
    return datetime.fromisoformat(text) if text else None


def _state(told: Mapping[str, Any]) -> str:
    found = [told["state"], *(each["state"] for each in told["endpoints"])]
    # More than one: the summary alone, without an address behind it, is a claim without evidence.
    proved = told["fresh"] is True and told["measured_at"] and len(found) > 1
    # A word that this version does not know could be worse than any that it knows.
    if not proved or not set(found) <= set(STATES):
        return UNKNOWN
    return max(map(str, found), key=STATES.index)


def _plain(value: Any) -> Any:
    """The value with its texts on one line, without what could turn the writing of a page round."""
    if isinstance(value, str):
        return _line(value)
    if isinstance(value, Mapping):
        return {_line(name): _plain(each) for name, each in sorted(value.items())}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _line(text: str) -> str:
    # Cut before the loop below: a journal line may hold 64 KiB of one text.
    kept = text[: 2 * LONGEST_TEXT]
    # The common case is one call; the loop is for control and direction characters.
    if not kept.isprintable():
        kept = "".join(each if each.isprintable() else " " for each in kept)
    line = " ".join(kept.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1].rstrip() + "…"

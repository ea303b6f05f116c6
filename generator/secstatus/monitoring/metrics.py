"""The metrics of a site: one document for the page, the JSON, the badge and the command.

Of what nobody has measured it says null and `unknown`, never a full hundred per cent. Builds,
deployments and notices are not in it: a site that showed its own would never be unchanged.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from secstatus.monitoring import work
from secstatus.monitoring.alerts.conditions import find_worst_state
from secstatus.monitoring.availability import (
    WINDOWS,
    WindowStatistics,
    find_newest_run,
    summarize_days,
    summarize_window,
)
from secstatus.monitoring.journal.event import make_safe_line
from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import Probe, ProbeRun
from secstatus.release.log import ReleaseLog
from secstatus.timestamps import format_timestamp

UNKNOWN = "unknown"
MOST_ENDPOINTS = 50


def make_metrics(
    journal: Journal,
    releases: ReleaseLog,
    today: date,
    fresh_days: float = AlertPolicy().fresh_days,
    base: str | None = None,
) -> dict[str, Any]:
    """The body of `api/v1/metrics.json`, as plain data.

    Only looks at the address `base` count: that a copy on somebody's machine answers proves nothing
    of the site. Without `base` it is the address that was looked at last.

    `state` is that of the newest look, the worst address counting, and no better than an open alert
    about the deployed site where that look has not read the branch; `unknown` without a look in the
    last `fresh_days` days before `today`.
    """
    newest = find_newest_run(journal, base)
    is_fresh = newest is not None and 0 <= (today - newest.at.date()).days <= fresh_days
    return {
        "alerts": work.summarize_alerts(journal, today),
        "base_url": make_safe_line(newest.base, 500) if newest else None,
        "days": _days(journal, newest) if newest else [],
        "endpoints": [_endpoint(each) for each in newest.probes[:MOST_ENDPOINTS]] if newest else [],
        "fresh": is_fresh,
        "measured_at": format_timestamp(newest.at) if newest else None,
        "publishing": work.summarize_publishing(journal, today),
        "releases": work.count_releases(journal, releases, today),
        "state": find_worst_state(newest, journal.events).value if newest and is_fresh else UNKNOWN,
        "status_updates": work.summarize_status_updates(journal, today),
        "windows": {name: _window(journal, newest, name) for name in WINDOWS},
        "workflows": work.summarize_workflows(journal),
    }


def _endpoint(probe: Probe) -> dict[str, Any]:
    return {
        "age_s": probe.age,
        "attempts": probe.attempts,
        "cache_hit": probe.cache_hit,
        "encoding": make_safe_line(probe.encoding) or None,
        "fault": probe.fault.value or None,
        "first_byte_ms": probe.first_byte_ms,
        "http_status": probe.http_status,
        "latency_ms": probe.latency_ms,
        "path": make_safe_line(probe.path, 200),
        "reason": make_safe_line(probe.reason, 300) or None,
        "size": probe.size,
        "state": probe.state.value,
        "tls_days": probe.tls_days,
    }


def _days(journal: Journal, newest: ProbeRun) -> list[dict[str, Any]]:
    return [
        {
            "availability": found.availability,
            "date": day.isoformat(),
            "p50_ms": found.latency_at(0.5),
            "p95_ms": found.latency_at(0.95),
            "rounds": found.probe_runs,
        }
        for day, found in summarize_days(journal, newest)
    ]


def _window(journal: Journal, newest: ProbeRun | None, name: str) -> dict[str, Any]:
    if newest is None:
        return _figures(None, WindowStatistics(0, {}, {}, 0, 0))
    start, found = summarize_window(journal, newest, WINDOWS[name])
    return _figures(format_timestamp(start), found)


def _figures(start: str | None, found: WindowStatistics) -> dict[str, Any]:
    quantiles = {f"p{q * 100:.0f}": found.latency_at(q) for q in (0.5, 0.95, 0.99)}
    return {
        "availability": found.availability,
        "cache_hit_rate": found.cache_hit_rate,
        "error_rate": found.error_rate,
        "from": start,
        "latency_ms": quantiles if found.latency else None,
        "longest_gap_hours": found.longest_gap,
        "probes": found.probes,
        "rounds": found.probe_runs,
        "states": {state.value: number for state, number in found.states.items()}
        or dict.fromkeys(("up", "slow", "stale", "tampered", "down"), 0),
    }

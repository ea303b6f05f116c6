"""The metrics of a site: one document for the page, the JSON, the badge and the command.

What was not measured is null or `unknown`, never 100 %. Builds, deployments and notices are left
out: a site that shows its own build changes with each build (docs/decisions/0016).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from secstatus.monitoring.alerts.conditions import find_worst_state
from secstatus.monitoring.alerts.release_conditions import (
    FAILED,
    get_version,
    is_authentication_error,
    make_version_key,
)
from secstatus.monitoring.alerts.states import AlertState, list_open_alerts
from secstatus.monitoring.availability import (
    WINDOWS,
    WindowStatistics,
    compute_share,
    find_newest_run,
    summarize_days,
    summarize_window,
)
from secstatus.monitoring.journal.event import (
    Event,
    EventKind,
    get_detail,
    get_detail_names,
    get_detail_number,
    get_detail_time,
    make_safe_line,
    sort_newest_first,
)
from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import ORDER, Probe, ProbeRun
from secstatus.monitoring.statistics import MonitoringSummary
from secstatus.release.log import ReleaseLog, ReleaseState
from secstatus.timestamps import format_timestamp

UNKNOWN = "unknown"
DAYS = 90
# Others may write to the journal; the document stays small whatever it contains.
MOST_ENDPOINTS, MOST_FILES, MOST_ALERTS = 50, 20, 50
PUBLISHED = "published"
_OUT = (ReleaseState.PUBLISHED, ReleaseState.ANNOUNCED)
_DAY = timedelta(days=1)


def make_metrics(
    journal: Journal,
    releases: ReleaseLog,
    today: date,
    fresh_days: float = AlertPolicy().fresh_days,
    base: str | None = None,
) -> dict[str, Any]:
    """The body of `api/v1/metrics.json`, as plain data.

    Only probe runs of the address `base` count; without `base`, those of the address that was
    probed last. `state` is the worst state of the newest probe run, or that of an open alert about
    the deployment if the run did not read the branch and the alert is worse. It is `unknown`
    without a probe run in the `fresh_days` days before `today`.
    """
    # One address: a copy on a developer's machine that answers proves nothing about the site.
    newest = find_newest_run(journal, base)
    is_fresh = newest is not None and 0 <= (today - newest.at.date()).days <= fresh_days
    return {
        "alerts": summarize_alerts(journal, today),
        "base_url": make_safe_line(newest.base, 500) if newest else None,
        "days": _days(journal, newest) if newest else [],
        "endpoints": [_endpoint(each) for each in newest.probes[:MOST_ENDPOINTS]] if newest else [],
        "fresh": is_fresh,
        "measured_at": format_timestamp(newest.at) if newest else None,
        "publishing": summarize_publishing(journal, today),
        "releases": count_releases(journal, releases, today),
        "state": find_worst_state(newest, journal.events).value if newest and is_fresh else UNKNOWN,
        "status_updates": summarize_status_updates(journal, today),
        "windows": {name: _window(journal, newest, name) for name in WINDOWS},
        "workflows": summarize_workflows(journal),
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
        return _figures(None, WindowStatistics(0, MonitoringSummary()))
    start, found = summarize_window(journal, newest, WINDOWS[name])
    return _figures(format_timestamp(start), found)


def _figures(start: str | None, found: WindowStatistics) -> dict[str, Any]:
    quantiles = {f"p{q * 100:.0f}": found.latency_at(q) for q in (0.5, 0.95, 0.99)}
    return {
        "availability": found.availability,
        "cache_hit_rate": found.cache_hit_rate,
        "error_rate": found.error_rate,
        "from": start,
        "latency_ms": quantiles if found.total.latency else None,
        "longest_gap_hours": found.longest_gap,
        "probes": found.probes,
        "rounds": found.probe_runs,
        "states": {state.value: found.total.states.get(state, 0) for state in ORDER},
    }


def summarize_publishing(journal: Journal, today: date) -> dict[str, Any]:
    """The attempts to publish in 90 days, one for each run of the command."""
    # An outcome of a newer version is left out: it must not count as a success.
    known = (PUBLISHED, *FAILED)
    events = [each for each in _recent(journal, EventKind.PUBLISH, today) if each.outcome in known]
    good = sum(each.outcome == PUBLISHED for each in events)
    denied = sum(each.outcome in FAILED and is_authentication_error(each) for each in events)
    last = events[0] if events else None
    return {
        "attempts": len(events),
        "authentication_success_rate": compute_share(len(events) - denied, len(events)),
        "failed": len(events) - good,
        "last_at": format_timestamp(last.at) if last else None,
        "last_outcome": last.outcome if last else None,
        "last_version": get_detail(last, "version") if last else None,
        "succeeded": good,
        "success_rate": compute_share(good, len(events)),
    }


def count_releases(journal: Journal, releases: ReleaseLog, today: date) -> dict[str, Any]:
    """The versions published in 90 days, each once, by trigger.

    The release log knows the trigger; a version that only the journal has counts as `other`.
    """
    # By parsed version: `1.0` in the journal and `1.0.0` in the log are one release (PEP 440).
    found: dict[object, tuple[datetime, str]] = {}
    for each in reversed(_recent(journal, EventKind.PUBLISH, today)):
        if each.outcome == PUBLISHED:
            found.setdefault(get_version(each), (each.at, "other"))
    # The release log wins: it knows why a version was released.
    for decided in releases.decisions:
        step = next((step for step in decided.steps if step.state in _OUT), None)
        if step is not None and _is_recent(step.at, today):
            key = make_version_key(decided.version or "")
            found[key] = (step.at, decided.trigger_type.value)
    triggers = Counter(trigger for _, trigger in found.values())
    known = ("security_auto", "manual")
    by_trigger = {name: triggers[name] for name in known}
    return {
        "by_trigger": {**by_trigger, "other": len(found) - sum(by_trigger.values())},
        "last_90_days": len(found),
        "last_at": format_timestamp(max(at for at, _ in found.values())) if found else None,
        "per_month": round(len(found) / (DAYS / 30), 1),
    }


def summarize_status_updates(journal: Journal, today: date) -> dict[str, Any]:
    """The ingests of 90 days; `last_at` and `last_complete_at` may be older."""
    # The two dates matter most when 90 days have none.
    every = sort_newest_first(journal.events, EventKind.INGEST, ())
    recent = [each for each in every if _is_recent(each.at, today)]
    complete = [each for each in every if each.outcome == "complete"]
    between = [(one.at - other.at) / _DAY for one, other in pairwise(recent)]
    return {
        "complete_90_days": sum(each.outcome == "complete" for each in recent),
        "last_90_days": len(recent),
        "last_at": format_timestamp(every[0].at) if every else None,
        "last_complete_at": format_timestamp(complete[0].at) if complete else None,
        "median_days_between": round(median(between), 1) if between else None,
    }


def summarize_workflows(journal: Journal) -> dict[str, Any] | None:
    """The newest report of the workflow runs; None without a report."""
    event = next(iter(sort_newest_first(journal.events, EventKind.WORKFLOWS, ())), None)
    if event is None:
        return None
    files = event.details.get("workflows")
    by_file = files if isinstance(files, Mapping) else {}
    figures = {name: get_detail_number(event, name, 0) for name in ("runs", "succeeded", "failed")}
    return {
        **figures,
        "as_of": format_timestamp(event.at),
        "by_file": {
            make_safe_line(name): _file(Event(event.at, event.kind, "", about))
            for name, about in sorted(by_file.items())[:MOST_FILES]
            if isinstance(about, Mapping)
        },
        "cancelled": get_detail_number(event, "cancelled", 0),
        "days": get_detail_number(event, "days", 30),
        "disabled": list(get_detail_names(event, "disabled"))[:MOST_FILES],
        "minutes": _known(event, "minutes"),
        "minutes_of": get_detail_number(event, "minutes_of", 0),
    }


def summarize_alerts(journal: Journal, today: date) -> dict[str, Any]:
    """The open alerts, the oldest first, and the number of alerts raised in 90 days."""
    raised = _recent(journal, EventKind.ALERT, today)
    return {
        "open": [
            {
                "kind": each.kind.value,
                "since": format_timestamp(each.since),
                "state": each.state.value,
                "subject": make_safe_line(each.subject, 200),
                "text": make_safe_line(each.text, 600),
            }
            for each in list_open_alerts(journal.events)[:MOST_ALERTS]
        ],
        "raised_90_days": sum(each.outcome == AlertState.RAISED for each in raised),
    }


def _file(event: Event) -> dict[str, Any]:
    last_at = get_detail_time(event, "last_at")
    return {
        "failed": get_detail_number(event, "failed", 0),
        "last": get_detail(event, "last") or None,
        "last_at": format_timestamp(last_at) if last_at else None,
        "minutes": _known(event, "minutes"),
        "runs": get_detail_number(event, "runs", 0),
    }


def _known(event: Event, key: str) -> int | None:
    # 0 minutes and unknown minutes differ: without counted jobs the event has no number.
    found = get_detail_number(event, key, -1)
    return None if found < 0 else found


def _recent(journal: Journal, kind: EventKind, today: date) -> list[Event]:
    """The events of a kind in the last 90 days, the newest first."""
    found: Iterable[Event] = sort_newest_first(journal.events, kind, FAILED)
    return [each for each in found if _is_recent(each.at, today)]


def _is_recent(at: datetime, today: date) -> bool:
    """Whether a timestamp is on one of the last 90 UTC days, today included."""
    # Not `today - at`: the page of a day must be the same whenever it is built on that day.
    end = datetime.combine(today, time(), UTC) + _DAY
    return end - DAYS * _DAY <= at < end

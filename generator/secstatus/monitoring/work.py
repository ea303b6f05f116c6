"""How the work behind the page went: releases, publishing, updates of the status, workflows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from secstatus.monitoring.alerts.release_conditions import (
    FAILED,
    get_version,
    is_authentication_error,
)
from secstatus.monitoring.alerts.states import AlertState, list_open_alerts
from secstatus.monitoring.availability import compute_share
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
from secstatus.release.log import ReleaseLog, ReleaseState
from secstatus.timestamps import format_timestamp

DAYS = 90
MOST_FILES, MOST_ALERTS = 20, 50
PUBLISHED = "published"
_OUT = (ReleaseState.PUBLISHED, ReleaseState.ANNOUNCED)
_DAY = timedelta(days=1)


def summarize_publishing(journal: Journal, today: date) -> dict[str, Any]:
    """Attempts to publish in 90 days, counted by the run. What is not told is no success."""
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
    """Versions that came out in 90 days, each once, and what asked for them.

    The book of releases knows the trigger; of what only the journal tells, it is `other`.
    """
    found: dict[object, tuple[datetime, str]] = {}
    for each in reversed(_recent(journal, EventKind.PUBLISH, today)):
        if each.outcome == PUBLISHED:
            found.setdefault(get_version(each), (each.at, "other"))
    for decided in releases.decisions:
        step = next((step for step in decided.steps if step.state in _OUT), None)
        if step is not None and _is_recent(step.at, today):
            event = Event(step.at, EventKind.PUBLISH, PUBLISHED, {"version": decided.version})
            found[get_version(event)] = (step.at, decided.trigger_type.value)
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
    """Ingests that brought news in 90 days; the last ones also where they are older."""
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
    """What GitHub said last of the runs of the workflows; None where nobody has asked."""
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
    """What is wrong now, the oldest first, and how often something was in 90 days."""
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
    found = get_detail_number(event, key, -1)
    return None if found < 0 else found


def _recent(journal: Journal, kind: EventKind, today: date) -> list[Event]:
    """The events of a kind in the last 90 days, the newest first."""
    found: Iterable[Event] = sort_newest_first(journal.events, kind, FAILED)
    return [each for each in found if _is_recent(each.at, today)]


def _is_recent(at: datetime, today: date) -> bool:
    """Whether a moment is on one of the last 90 days; one of the future is on none."""
    end = datetime.combine(today, time(), UTC) + _DAY
    return end - DAYS * _DAY <= at < end

"""The page on the health of the site, made only from `api/v1/metrics.json`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from secstatus.site.api.metrics import METRICS, UNKNOWN, find_measured_at
from secstatus.site.formatting import (
    NOTHING,
    days_of,
    hours_text,
    milliseconds,
    share_down,
    share_up,
    size_text,
)
from secstatus.site.pages.html import Pages, clip
from secstatus.site.pages.sparklines import availability_chart, days_shown, latency_chart
from secstatus.text.nouns import format_count
from secstatus.timestamps import format_day_and_time

HEALTH = "health.html"
# Reasons quote responses of whatever server answered; a page must not grow with them.
LONGEST_REASON, LONGEST_ALERT, LONGEST_NAME = 300, 600, 120
MOST_ALERTS = 20
_TONES = {"up": "a", "slow": "c", "stale": "f", "tampered": "f", "down": "f", UNKNOWN: "u"}
# The state must be readable without colour (WCAG 2.2, 1.4.1).
_MARKS = {"up": "✓", "slow": "◐", "stale": "✕", "tampered": "✕", "down": "✕", UNKNOWN: "?"}
_SENTENCES = {
    "up": "At the last probe every URL served what was published.",
    "slow": "At the last probe every URL served what was published, but some responses were slow.",
    "stale": "At the last probe the site was too old.",
    "tampered": "At the last probe a URL served something else than was published.",
    "down": "At the last probe a URL did not respond correctly.",
    UNKNOWN: "The last probe is too old or too incomplete to show the current state.",
}
_WINDOWS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
_TRIGGERS = {
    "security_auto": "required by the security status",
    "manual": "requested manually",
    "other": "with no recorded trigger",
}
Document = Mapping[str, Any]


def health_page(pages: Pages, document: Document) -> str:
    """The state in words, the last look, four windows, ninety days, and the work behind it."""
    looked, package = find_measured_at(document), pages.place.package
    words = state_words(document)
    return pages.page(
        "health.html",
        HEALTH,
        f"Health of the security status site of {package}: {words}",
        f"Whether the security status site of {package} serves what was published:"
        f" {words}. Availability, response times, publishing and alerts.",
        # An old probe is no green page: `unknown` is shown like `?`.
        doubt=document["state"] == UNKNOWN,
        document=METRICS,
        looked=looked,
        view=_view(document, looked),
    )


def state_words(document: Document) -> str:
    """`Up on 25 Nov 2026, 09:00 UTC`, or that the state is unknown or not measured."""
    looked = find_measured_at(document)
    if looked is None:
        return "Not measured"
    if document["state"] == UNKNOWN:
        return f"Unknown, last probe on {format_day_and_time(looked)}"
    return f"{document['state'].capitalize()} on {format_day_and_time(looked)}"


def _view(document: Document, looked: datetime | None) -> dict[str, Any]:
    state = document["state"]
    return {
        "alerts": _alerts(document["alerts"]),
        "charts": _charts(document, looked),
        "endpoints": [_endpoint(each) for each in document["endpoints"]],
        "facts": _facts(document),
        "publishing": _publishing(document["publishing"]),
        "releases": _releases(document["releases"]),
        "sentence": _SENTENCES[state],
        "state": state,
        "tone": _TONES[state],
        "updates": _updates(document["status_updates"]),
        "windows": _windows(document["windows"]),
        "workflows": _workflows(document["workflows"]),
    }


def _facts(document: Document) -> list[tuple[str, str, str]]:
    """What is shown first: a name, a figure, and of what time it is."""
    month, number = document["windows"]["30d"], len(document["alerts"]["open"])
    looks = format_count(month["rounds"], "look")
    quantiles = month["latency_ms"] or {}
    return [
        ("Availability", share_down(month["availability"]), f"30 days, {looks}"),
        ("Response time, p95", milliseconds(quantiles.get("p95")), "30 days"),
        # Not "none": the journal records only what somebody has probed.
        ("Open alerts", str(number) if number else "none recorded", ""),
    ]


def _endpoint(each: Document) -> dict[str, Any]:
    status, attempts = each["http_status"], each["attempts"]
    notes = [f"HTTP {status}" if status is not None else "no answer"]
    # The fault repeats the state where it has the same word, such as `slow`.
    notes += [each["fault"]] if each["fault"] not in (None, each["state"]) else []
    notes += [f"asked {attempts} times"] if attempts > 1 else []
    # Without the headers of a cache nothing is known: a dash, not "no".
    hit = {True: "from the cache", False: "not from the cache", None: NOTHING}[each["cache_hit"]]
    age = f"{each['age_s']} s old" if each["age_s"] else ""
    return {
        "age": age,
        "encoding": clip(each["encoding"] or "", 20),
        "first_byte": milliseconds(each["first_byte_ms"]),
        "hit": hit,
        "latency": milliseconds(each["latency_ms"]),
        "mark": _MARKS.get(each["state"], "?"),
        "name": clip(each["path"], LONGEST_NAME),
        "notes": clip(", ".join(notes), LONGEST_NAME),
        "reason": clip(each["reason"] or "", LONGEST_REASON),
        "size": size_text(each["size"]),
        "state": each["state"],
        "tls": days_of(each["tls_days"]),
        # A newer version's state in an older build is unknown, never green.
        "tone": _TONES.get(each["state"], "u"),
    }


def _windows(windows: Mapping[str, Document]) -> list[dict[str, Any]]:
    return [{"name": name, **_window(windows[key])} for key, name in _WINDOWS.items()]


def _window(found: Document) -> dict[str, Any]:
    quantiles = found["latency_ms"] or {}
    return {
        # Down for what should be high, up for what should be low: rounding never flatters.
        "availability": share_down(found["availability"]),
        "cached": share_down(found["cache_hit_rate"]),
        "errors": share_up(found["error_rate"]),
        "gap": hours_text(found["longest_gap_hours"]),
        "looks": found["rounds"],
        **{name: milliseconds(quantiles.get(name)) for name in ("p50", "p95", "p99")},
    }


def _charts(document: Document, looked: datetime | None) -> dict[str, Any] | None:
    if looked is None:
        return None
    # The charts end with the last probe, not today: equal inputs give equal bytes on every day.
    end = looked.date()
    days = days_shown(document["days"], end)
    return {
        "availability": availability_chart(days, end),
        "days": [_day(day) for day in reversed(days)],
        "latency": latency_chart(days, end),
    }


def _day(day: Document) -> dict[str, Any]:
    return {
        "availability": share_down(day["availability"]),
        "date": day["date"],
        "looks": day["rounds"],
        "p50": milliseconds(day["p50_ms"]),
        "p95": milliseconds(day["p95_ms"]),
    }


Rows = list[tuple[str, str, datetime | None]]


def _publishing(told: Document) -> Rows:
    """Name, words and timestamp of each row; no rows without an attempt to publish."""
    # A project that never published has no row: "0 of 0 succeeded" would look like a failure.
    if not told["attempts"] and not told["last_at"]:
        return []
    tries = f"{told['succeeded']} of {told['attempts']} succeeded"
    last = clip(" ".join(filter(None, (told["last_outcome"], told["last_version"]))), LONGEST_NAME)
    return [
        ("Attempts in 90 days", tries, None),
        ("Publish success", share_down(told["success_rate"]), None),
        ("Authentication success", share_down(told["authentication_success_rate"]), None),
        ("Last attempt", last, _moment(told["last_at"])),
    ]


def _releases(told: Document) -> Rows:
    if not told["last_90_days"] and not told["last_at"]:
        return []
    by_trigger = told["by_trigger"]
    why = [f"{by_trigger[name]} {words}" for name, words in _TRIGGERS.items() if by_trigger[name]]
    return [
        ("Releases in 90 days", f"{told['last_90_days']}, {told['per_month']:g} a month", None),
        ("Why", ", ".join(why) or NOTHING, None),
        ("Last release", "", _moment(told["last_at"])),
    ]


def _updates(told: Document) -> Rows:
    if not told["last_90_days"] and not told["last_at"]:
        return []
    median = told["median_days_between"]
    between = NOTHING if median is None else f"{median:g} days (median)"
    number = f"{told['last_90_days']}, {told['complete_90_days']} of them complete"
    return [
        ("Updates in 90 days", number, None),
        ("Between them", between, None),
        ("Last update", "", _moment(told["last_at"])),
        ("Last complete update", "", _moment(told["last_complete_at"])),
    ]


def _alerts(told: Document) -> dict[str, Any]:
    opened = told["open"]
    return {
        "more": len(opened[MOST_ALERTS:]),
        "open": [_alert(each) for each in opened[:MOST_ALERTS]],
        "raised": told["raised_90_days"],
    }


def _alert(each: Document) -> dict[str, Any]:
    return {
        "kind": clip(each["kind"].replace("_", " ").capitalize(), LONGEST_NAME),
        "since": _moment(each["since"]),
        "subject": clip(each["subject"], LONGEST_NAME),
        "text": clip(each["text"], LONGEST_ALERT),
    }


def _workflows(told: Document | None) -> dict[str, Any] | None:
    if told is None:
        return None
    rows = [_workflow(name, each) for name, each in told["by_file"].items()]
    return {
        "as_of": _moment(told["as_of"]),
        "days": told["days"],
        "disabled": [clip(name, LONGEST_NAME) for name in told["disabled"]],
        "rows": rows,
        "sentence": _runs(told),
    }


def _runs(told: Document) -> str:
    runs = f"{format_count(told['runs'], 'run')}, {told['failed']} of them failed"
    # The minutes need a token that may read the jobs; without one the runs alone are known.
    if told["minutes"] is None:
        return f"{runs}. Their minutes are not known."
    # Each run costs a request, so only the newest are asked for their minutes.
    if told["minutes_of"] < told["runs"]:
        known = format_count(told["minutes_of"], "run")
        return f"{runs}. {format_count(told['minutes'], 'minute')}, those of {known}."
    return f"{runs}. {format_count(told['minutes'], 'minute')}."


def _workflow(name: str, each: Document) -> dict[str, Any]:
    return {
        "failed": each["failed"],
        "last": clip(each["last"] or NOTHING, LONGEST_NAME),
        "last_at": _moment(each["last_at"]),
        "minutes": NOTHING if each["minutes"] is None else each["minutes"],
        "name": clip(name, LONGEST_NAME),
        "runs": each["runs"],
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""The past for people and programs: the history page, and a file for each year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from secstatus.findings.finding import split_package
from secstatus.site import api
from secstatus.site.cleaning import clean_line
from secstatus.site.dates import count
from secstatus.site.event import Event
from secstatus.site.given import Facts
from secstatus.site.place import SiteInfo
from secstatus.site.records import FileNames, Record, package_words
from secstatus.site.tree import canonical_list, fragment_in_order
from secstatus.status.evidence import verdict_of
from secstatus.status.history import ClosedHistory, FixTime, History

ROWS = 100


def years_of(facts: Facts, records: Iterable[Record], before: Iterable[Event]) -> list[str]:
    """The years in which something happened, oldest first; `before` are the events published."""
    status, history = facts.status, facts.history
    days = {record["discovered_date"][:4] for record in records}
    days |= {record["unlisted_since"][:4] for record in records if record["unlisted_since"]}
    days |= {event["at"][:4] for event in before}
    moments = [status.scan_date, *(point.at for point in history.points)]
    moments += [step.start for step in status.past]
    moments += [scan.scanned_at for scan in status.scans if verdict_of(scan) != "complete"]
    years = {moment.year for moment in moments} | {move.day.year for move in history.moves}
    return sorted(days | {f"{year:04}" for year in years})


def year_path(year: str) -> str:
    return f"api/v1/history/{year}.json"


def year_file(year: str, events: Sequence[Event], place: SiteInfo) -> bytes:
    """Everything of one year, newest first. Once the year is over nothing is added to it."""
    inside = [event for event in events if event["at"].startswith(year)]
    head = {
        "$schema": place.schema("history"),
        "package": place.package,
        "scans": [_scan(event) for event in inside if event["kind"] == "scan"],
        "schema_version": api.SCHEMA_VERSION,
        "year": int(year),
    }
    lines = [fragment_in_order(event) for event in inside if event["kind"] != "scan"]
    return canonical_list(head, "events", lines)


def _scan(event: Event) -> dict[str, Any]:
    accepted = {"accepted": event["accepted"]} if event.get("accepted") else {}
    scan = {
        "at": event["at"],
        "complete": event["complete"],
        "counts": event["counts"],
        "grade": event["grade"],
        "verdicts": event.get("verdicts"),
    }
    return scan | accepted


def history_view(history: History, events: Sequence[Event], names: FileNames) -> Mapping[str, Any]:
    """What the history page shows beside the chart and the events."""
    scans = [event for event in events if event["kind"] == "scan"]
    scanners = sorted({name for event in scans for name in event.get("verdicts") or {}})
    return {
        "fix_times": [_fix_time(each) for each in history.fix_times],
        "gone": [_gone(each, names[each.finding.key]) for each in history.gone[:ROWS]],
        "more_gone": max(0, len(history.gone) - ROWS),
        "more_scans": max(0, len(scans) - ROWS),
        "scanners": scanners,
        "scans": [_row(event, scanners) for event in scans[:ROWS]],
    }


def _row(event: Event, scanners: Sequence[str]) -> dict[str, Any]:
    verdicts = event.get("verdicts") or {}
    total = sum(event["counts"].values())
    return {
        "accepted": event.get("accepted", 0),
        "at": datetime.fromisoformat(event["at"]),
        "complete": event["complete"],
        "grade": event["grade"],
        "open": total if event["complete"] else None,
        "verdicts": [verdicts.get(name, "") for name in scanners],
    }


def _gone(gone: ClosedHistory, name: str) -> dict[str, Any]:
    finding = gone.finding
    ecosystem, package = split_package(finding.package)
    return {
        "closed": gone.closed,
        "days": count(gone.days_open, "day"),
        "finding_id": clean_line(finding.finding_id),
        "name": name,
        "opened": gone.episodes[-1].opened,
        "outcome": gone.outcome,
        "package": package_words({"package": clean_line(package), "ecosystem": ecosystem}),
        "severity": finding.severity,
        "title": clean_line(finding.title) or clean_line(finding.finding_id),
    }


def _fix_time(each: FixTime) -> dict[str, Any]:
    oldest = f", the oldest for {count(each.oldest_open, 'day')}" if each.oldest_open else ""
    return {
        "median": "–" if each.median is None else f"{each.median:g}",
        "name": each.severity,
        "open": f"{each.still_open}{oldest}" if each.still_open else "0",
        "p90": "–" if each.p90 is None else str(each.p90),
        "resolved": each.resolved,
    }

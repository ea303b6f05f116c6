"""What happened, as one list: for the feeds, the history page and `api/v1/events.json`.

Every event follows from the facts and keeps its id for ever, so that lists made on different days
can be joined: what was published once stays, and nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from secstatus.findings.ledger import Point
from secstatus.release.releases import Decided, Releases
from secstatus.site.dates import count, stamp
from secstatus.site.pages import clip
from secstatus.site.records import FileNames, page_path
from secstatus.site.releases import PAGE, plain, published_at
from secstatus.status.assessment import SecurityStatus
from secstatus.status.document import ScanRecord
from secstatus.status.evidence import verdict_of
from secstatus.status.history import History, Move

Event = dict[str, Any]

COUNTED = ("critical", "high", "low", "medium", "unknown")


def events_of(
    status: SecurityStatus,
    records: Iterable[Mapping[str, Any]],
    history: History,
    names: FileNames,
) -> list[Event]:
    """The events that today's facts tell of, in no particular order. `names` as in `file_names`.

    With a ledger its points tell of the grades of the past; without one the schedule does.
    """
    events = [_found(record) for record in records]
    events += [_unlisted(record) for record in records if record["status"] == "unlisted"]
    events += [_moved(move, names[move.finding.key]) for move in history.moves]
    events += [_failed(scan) for scan in status.scans if verdict_of(scan) != "complete"]
    events += _grades(history.points)
    past = status.past[1:] if history.points else status.past
    events += [_graded(step.start, step.grade, step.reason) for step in past]
    return events + scans_of(status, history)


def scans_of(status: SecurityStatus, history: History) -> list[Event]:
    """The scans that today's facts tell of: the points of the ledger, or the one that is known."""
    return [_point(point) for point in history.points] or [scan_event(status)]


def joined(before: Iterable[Event], now: Iterable[Event], as_of: datetime) -> list[Event]:
    """Both lists as one, newest first. An event that was published keeps its words.

    What a trial with a later `--now` announced has not happened yet and is dropped. A release is
    recorded when it is out, which may be later than anything that the status knows.
    """
    latest = stamp(as_of)
    events = {event["id"]: event for event in now}
    events |= {
        event["id"]: event
        for event in before
        if event["at"] <= latest or event["kind"] == "release"
    }
    return sorted(events.values(), key=itemgetter("at", "id"), reverse=True)


def _event(kind: str, name: str, at: str, title: str, text: str, path: str, **more: Any) -> Event:
    event = {
        "at": at,
        "id": f"{kind}:{name}",
        "kind": kind,
        "path": path,
        "text": text,
        "title": title,
    }
    return dict(sorted((event | more).items())) if more else event


def _midnight(day: str) -> str:
    return f"{day}T00:00:00Z"


def _found(record: Mapping[str, Any]) -> Event:
    where = f" in {record['package']}" if record["package"] else ""
    return _event(
        "found",
        record["name"],
        _midnight(record["discovered_date"]),
        f"Found: {record['finding_id']}{where} ({record['severity']})",
        record["title"],
        page_path(record["name"]),
    )


def _unlisted(record: Mapping[str, Any]) -> Event:
    since = record["unlisted_since"]
    return _event(
        "unlisted",
        f"{record['name']}@{since}",
        _midnight(since),
        f"No longer listed: {record['finding_id']}",
        "The status does not mention it any more; nothing proves that it is resolved.",
        page_path(record["name"]),
    )


_MOVES = {"reopened": "Reopened", "resolved": "Resolved", "withdrawn": "Withdrawn"}


def _moved(move: Move, name: str) -> Event:
    where = f" in {move.finding.package}" if move.finding.package else ""
    day = move.day.isoformat()
    return _event(
        move.kind,
        f"{name}@{day}",
        _midnight(day),
        f"{_MOVES[move.kind]}: {move.finding.finding_id}{where}",
        move.text,
        page_path(name),
    )


def _point(point: Point) -> Event:
    """One ingest of the past: what was open, and how each scanner had ended."""
    at, total = stamp(point.at), sum(point.counts.values())
    ends = ", ".join(f"{scanner} {verdict}" for scanner, verdict in sorted(point.verdicts.items()))
    name = "unknown" if point.grade == "?" else point.grade
    whole = point.grade != "?" and not {"failed", "partial"} & set(point.verdicts.values())
    return _event(
        "scan",
        at,
        at,
        f"Scanned: {count(total, 'open finding') if total or whole else 'nothing known'}",
        f"Grade {name}. {ends}.",
        "history.html#scans",
        grade=point.grade,
        counts={name: point.counts.get(name, 0) for name in COUNTED},
        complete=whole,
        verdicts=dict(sorted(point.verdicts.items())),
    )


def _grades(points: Sequence[Point]) -> Iterator[Event]:
    """The changes of the letter from one ingest to the next."""
    before = ""
    for point in points:
        if point.grade != before:
            text = f"It was {'unknown' if before == '?' else before} before." if before else ""
            yield _graded(point.at, point.grade, text or "The first grade that is recorded.")
        before = point.grade


def _graded(start: datetime, letter: str, reason: str) -> Event:
    name = "unknown" if letter == "?" else str(letter)
    at = stamp(start)
    return _event("grade", f"{at}@{name}", at, f"Grade {name}", reason, "index.html", grade=letter)


def _failed(scan: ScanRecord) -> Event:
    at = stamp(scan.scanned_at)
    text = "; ".join(scan.problems[:3]) or "It does not say why."
    title = f"Scan {verdict_of(scan)}: {scan.scanner}"
    return _event("scan-failed", f"{scan.scanner}@{at}", at, title, text, "index.html#coverage")


def scan_event(status: SecurityStatus) -> Event:
    """One point of the history: what was open at the oldest required scan."""
    summary = status.vulnerability_summary
    at = stamp(status.scan_date)
    counts = {name: getattr(summary, name) for name in COUNTED}
    proved = status.past[0].grade if status.past else status.security_grade
    found = (
        count(summary.total, "open finding") if summary.total or proved != "?" else "nothing known"
    )
    name = "unknown" if proved == "?" else str(proved)
    return _event(
        "scan",
        f"{at}@{status.revision if status.revision is not None else 0}",
        at,
        f"Scanned: {found}",
        f"Grade {name} at the time of this scan.",
        "history.html",
        grade=proved,
        counts=counts,
        complete=proved != "?",
    )


def releases_told(releases: Releases) -> list[Event]:
    """The releases that are out, in no particular order."""
    return [_released(item) for item in releases.decisions if published_at(item)]


LONGEST_REASON = 500


def _released(item: Decided) -> Event:
    version = f" {plain(item.version)}" if item.version else ""
    # The page has the newest decisions only: an anchor would end one day.
    return _event(
        "release",
        plain(item.decision_id),
        published_at(item),
        f"Released{version} because {_because(item)}",
        clip(item.justification, LONGEST_REASON),
        PAGE,
    )


_BECAUSE = {
    "new_vulnerability": "{} is new",
    "resolved": "{} is resolved",
    "severity_change": "the severity of {} was raised",
    "reopened": "{} is back",
    "grade_change": "the grade is better",
}


def _because(item: Decided) -> str:
    """The first of the reasons, and how many others there are."""
    asking = [change for change in item.changes if change.get("action") == "security_auto"]
    if item.trigger_type == "manual" or not asking:
        return "it was asked for" if item.trigger_type == "manual" else "of the security status"
    first = asking[0]
    words = _BECAUSE.get(plain(first.get("change_type")), "of {}")
    more = f", and {count(len(asking) - 1, 'other change')}" if len(asking) > 1 else ""
    return words.format(clip(plain(first.get("finding_id")), 120)) + more

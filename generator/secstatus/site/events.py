"""The events as one list: for the feeds, the history page and `api/v1/events.json`.

Every event follows from the facts and keeps its id for ever, so that lists made on different days
can be merged: a published event stays, and no event is listed twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from secstatus.findings.finding import Finding, split_package
from secstatus.findings.ledger import HistoryPoint
from secstatus.findings.observation import ScanKind
from secstatus.scanners.registry import get_kind
from secstatus.site.formatting import grade_word
from secstatus.site.history import AcceptedThen
from secstatus.site.inputs import Event, Facts, make_event
from secstatus.site.pages.verdict import grade_words, severe_accepted, severe_words, step_words
from secstatus.site.records import package_words, page_path
from secstatus.status.history import Transition
from secstatus.status.policy import Grade
from secstatus.status.scan_coverage import get_verdict
from secstatus.status.security_status import SecurityFinding, SecurityStatus
from secstatus.status.status_document import ScanRecord
from secstatus.text.nouns import format_count
from secstatus.timestamps import format_timestamp

COUNTED = ("critical", "high", "low", "medium", "unknown")


def events_of(facts: Facts, records: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Return the events that follow from today's facts, in no particular order.

    Past grades come from the points of the ledger; without a ledger, from the schedule.
    """
    status, history, names = facts.status, facts.history, facts.names
    events = [_found(record) for record in records]
    events += [_unlisted(record) for record in records if record["status"] == "unlisted"]
    events += [_moved(move, names[move.finding.key]) for move in history.moves]
    events += [_failed(scan) for scan in status.scans if get_verdict(scan) != "complete"]
    events += _grades(facts)
    # With a ledger the first step of the past is a point already, with the words of its own day.
    past = status.past[1:] if history.points else status.past
    for step in past:
        words = step_words(status, step, facts.policy)
        events.append(_graded(step.start, step.grade, step.reason, words))
    return events + scans_of(facts)


def scans_of(facts: Facts) -> list[Event]:
    """Return the scans in today's facts: the points of the ledger, or the one known scan."""
    accepted = AcceptedThen(facts)
    points = [
        _point(point, accepted, whole=is_whole(point, facts)) for point in facts.history.points
    ]
    # The design's own schema has no ledger: then the one scan that the status file states is all.
    return points or [scan_event(facts.status)]


def join_events(before: Iterable[Event], now: Iterable[Event], as_of: datetime) -> list[Event]:
    """Both lists as one, newest first. An event that was published keeps its words.

    What a trial with a later `--now` announced has not happened yet and is dropped. A release is
    recorded when it is out, which may be later than anything that the status knows.
    """
    # RFC 3339 in UTC sorts as text, so events are compared without being parsed.
    latest = format_timestamp(as_of)
    events = {event["id"]: event for event in now}
    events |= {
        event["id"]: event
        for event in before
        # The published event wins over the one that is derived today: its words may have been
        # quoted.
        if event["at"] <= latest or event["kind"] == "release"
    }
    # The id breaks ties, so that equal facts give equal bytes.
    return sorted(events.values(), key=itemgetter("at", "id"), reverse=True)


def _midnight(day: str) -> str:
    # A finding has a day, an event a time: midnight UTC is the only one that never lies ahead.
    return f"{day}T00:00:00Z"


def _found(record: Mapping[str, Any]) -> Event:
    # A feed reader shows the title alone, so the title says whom the finding does not reach.
    about = [record["severity"], *([f"{record['scope']} only"] if _is_apart(record) else [])]
    return make_event(
        "found",
        record["name"],
        _midnight(record["discovered_date"]),
        f"Found: {record['finding_id']}{_where(record)} ({', '.join(about)})",
        record["title"],
        page_path(record["name"]),
    )


def _where(record: Mapping[str, Any]) -> str:
    return f" in {package_words(record)}" if record["package"] else ""


def _is_apart(record: Mapping[str, Any]) -> bool:
    """Whether it is in a dependency that users do not install, which is not graded."""
    return record["section"] == "other" and bool(record["scope"])


def _unlisted(record: Mapping[str, Any]) -> Event:
    since = record["unlisted_since"]
    return make_event(
        "unlisted",
        f"{record['name']}@{since}",
        _midnight(since),
        f"No longer listed: {record['finding_id']}",
        # SPEC 2: a finding that disappears is unobserved. The feed must not read like a fix.
        "The status no longer lists it, but nothing proves that it is resolved.",
        page_path(record["name"]),
    )


_MOVES = {"reopened": "Reopened", "resolved": "Resolved", "withdrawn": "Withdrawn"}


def _moved(move: Transition, name: str) -> Event:
    ecosystem, package = split_package(move.finding.package)
    shown = {"package": package, "ecosystem": ecosystem}
    where = f" in {package_words(shown)}" if package else ""
    day = move.day.isoformat()
    return make_event(
        move.kind,
        f"{name}@{day}",
        _midnight(day),
        f"{_MOVES[move.kind]}: {move.finding.finding_id}{where}",
        move.text,
        page_path(name),
    )


def is_whole(point: HistoryPoint, facts: Facts) -> bool:
    """Return whether the scans of the point prove what was open, so that a zero is reliable.

    Grades A to C require complete scans. D or F may hide that a scan was missing: then today's
    status decides, or a complete scan of dependencies.
    """
    verdicts, letter = point.verdicts, Grade(point.grade)
    # `unstated` is not among them: formats that never state their coverage would erase the history.
    if letter is Grade.UNKNOWN or {"failed", "partial"} & set(verdicts.values()):
        return False
    # The newest point is today's status, which knows more than the point kept.
    if point == facts.history.points[-1] and letter is facts.status.security_grade:
        return facts.status.proved
    done = [name for name, verdict in verdicts.items() if verdict == "complete"]
    of_packages = any(get_kind(name) is ScanKind.DEPENDENCIES for name in done)
    return letter.rank < Grade.UNKNOWN.rank or of_packages


def _point(point: HistoryPoint, past: AcceptedThen, *, whole: bool) -> Event:
    """One ingest of the past: what was open, and how each scanner had ended."""
    at, accepted = format_timestamp(point.at), past.at(point)
    ends = ", ".join(f"{scanner} {verdict}" for scanner, verdict in sorted(point.verdicts.items()))
    # Older points leave out zeros; the published shape names every severity.
    counts = {name: point.counts.get(name, 0) for name in COUNTED}
    # Only where there are some: the key came later, and events published before keep their bytes.
    more: dict[str, Any] = {"accepted": len(accepted)} if accepted else {}
    return make_event(
        "scan",
        at,
        at,
        f"Scanned: {_scanned(sum(point.counts.values()), accepted, proved=whole)}",
        f"Grade {past.name_grade(point)}. {ends}.",
        "history.html#scans",
        grade=point.grade,
        counts=counts,
        complete=whole,
        verdicts=dict(sorted(point.verdicts.items())),
        **more,
    )


def _scanned(total: int, accepted: Sequence[Finding | SecurityFinding], *, proved: bool) -> str:
    """Return what a scan found; accepted findings never count as nothing open."""
    severe = f"accepted and open: {severe_words(accepted)}" if accepted else ""
    if total:
        known = "" if proved else "at least "
        words = known + format_count(total, "open vulnerability", "open vulnerabilities")
        return f"{words}; {severe}" if severe else words
    return severe or ("no known vulnerability" if proved else "nothing known")


def _grades(facts: Facts) -> Iterator[Event]:
    """The changes of the grade from one ingest to the next."""
    before, accepted = "", AcceptedThen(facts)
    for point in facts.history.points:
        # One event for each change: a year of weekly scans with the same grade is one line of a
        # feed.
        if point.grade != before:
            was = grade_word(Grade(before)) if before else ""
            text = f"It was {was} before." if before else "The first recorded grade."
            yield _graded(point.at, point.grade, text, accepted.name_grade(point))
        before = point.grade


def _graded(start: datetime, letter: str, reason: str, words: str) -> Event:
    name = "unknown" if letter == "?" else str(letter)
    at = format_timestamp(start)
    return make_event(
        "grade", f"{at}@{name}", at, f"Grade {words}", reason, "index.html", grade=letter
    )


def _failed(scan: ScanRecord) -> Event:
    at = format_timestamp(scan.scanned_at)
    # Titles and texts are quoted in feeds, where hundreds of skipped packages help nobody.
    text = "; ".join(scan.problems[:3]) or "It gives no reason."
    title = f"Scan {get_verdict(scan)}: {scan.scanner}"
    return make_event("scan-failed", f"{scan.scanner}@{at}", at, title, text, "index.html#coverage")


def scan_event(status: SecurityStatus) -> Event:
    """One point of the history: what was open at the oldest required scan."""
    summary, severe = status.vulnerability_summary, severe_accepted(status)
    at = format_timestamp(status.scan_date)
    # The grade at the scan, not today's: a grade that fell with age since then is another event.
    proved = status.past[0].grade if status.past else status.security_grade
    whole = proved != "?" and not status.missing
    same = proved is status.security_grade
    words = grade_words(status) if same else grade_word(Grade(proved))
    if severe and not same:
        words = f"{words}, with {severe_words(severe)} accepted and open"
    more: dict[str, Any] = {"accepted": len(severe)} if severe else {}
    return make_event(
        "scan",
        # Two ingests can share a scan's time, such as one with and one without VEX: the revision
        # differs.
        f"{at}@{status.revision if status.revision is not None else 0}",
        at,
        f"Scanned: {_scanned(summary.total, severe, proved=whole)}",
        f"Grade {words} at the time of this scan.",
        "history.html",
        grade=proved,
        counts={name: getattr(summary, name) for name in COUNTED},
        complete=whole,
        **more,
    )

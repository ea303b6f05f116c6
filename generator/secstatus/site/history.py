"""The history: its page, its yearly files, and which findings were accepted when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from secstatus.findings.finding import Finding, split_package
from secstatus.findings.ledger import HistoryPoint
from secstatus.published.site_info import SiteInfo
from secstatus.site.api import documents
from secstatus.site.formatting import name_grade
from secstatus.site.inputs import Event, Facts
from secstatus.site.pages.verdict import grade_words, severe_accepted
from secstatus.site.records import FileNames, Record, package_words
from secstatus.site.tree import canonical_list, fragment_in_order
from secstatus.site.untrusted_text import clean_line
from secstatus.status.due_dates import utc_day
from secstatus.status.grade import Evidence, Exposure, grade, worst
from secstatus.status.grader import SEVERE, find_section
from secstatus.status.history import ClosedHistory, FixTime, History
from secstatus.status.policy import Grade
from secstatus.status.scan_coverage import get_verdict
from secstatus.text.nouns import format_count

Span = tuple[date, date | None, Finding]


class AcceptedThen:
    """Answers for the points of one history."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._accepted = [item.finding for item in severe_accepted(facts.status)]
        # Points from before schema 1.1 do not record acceptances; what follows is derived for them.
        self._keys = {finding.key for finding in self._accepted}
        self._spans: dict[str, list[Span]] = {"vulnerability": [], "code": [], "other": []}
        for item in facts.status.findings:
            if item.severity in SEVERE:
                self._spans[item.section].append((item.discovered_date, None, item.finding))
        for gone in facts.history.gone:
            if gone.finding.severity in SEVERE:
                section = find_section(gone.finding, facts.status.grade_scopes)
                self._spans[section] += [(e.opened, e.closed, gone.finding) for e in gone.episodes]

    def at(self, point: HistoryPoint) -> list[Finding]:
        """The severe findings that were accepted then; those of today first."""
        if self.is_today(point):
            return self._accepted
        # Counts leave out accepted findings: what was open beyond the count must have been
        # accepted.
        known = self._there("vulnerability", point)
        counted = point.counts.get("critical", 0) + point.counts.get("high", 0)
        # Sorted with today's acceptances first: they are the likeliest, and the number is exact.
        accepted, code = known[: max(0, len(known) - counted)], self._there("code", point)
        # Code findings are in no count; if counting them changes the grade, they had been accepted.
        kept_out = self._without(point, code) is not Grade(point.grade)
        return [*accepted, *(code if kept_out else [])]

    def is_today(self, point: HistoryPoint) -> bool:
        """Whether today's status is that of the point: the last one, with the same grade."""
        latest = point == self._facts.history.points[-1]
        return latest and Grade(point.grade) is self._facts.status.security_grade

    def name_grade(self, point: HistoryPoint) -> str:
        """The grade of the point with what it leaves out, as far as that is known."""
        if self.is_today(point):
            return grade_words(self._facts.status)
        accepted = self.at(point)
        return name_grade(Grade(point.grade), len(accepted), self._without(point, accepted))

    def _without(self, point: HistoryPoint, findings: Sequence[Finding]) -> Grade:
        """Return the grade of the point if these findings counted as within their due dates."""
        # No due date: in time is the mildest reading, so the letter is never worse than it was.
        bare = [Exposure(finding.severity, None) for finding in findings]
        covered = [Evidence("", complete=True, scanned_at=None)]
        counted = grade(bare, covered, point.at, self._facts.policy).grade
        return worst((Grade(point.grade), counted))

    def _there(self, section: str, point: HistoryPoint) -> list[Finding]:
        day = utc_day(point.at)
        there = [span[2] for span in self._spans[section] if self._was_there(*span, day)]
        return sorted(there, key=lambda finding: finding.key not in self._keys)

    def _was_there(self, opened: date, closed: date | None, finding: Finding, day: date) -> bool:
        # A finding of the same day may be of a later scan than the point.
        begun = opened < day or (opened == day and finding.key in self._keys)
        return begun and (closed is None or day < closed)


ROWS = 100


def years_of(facts: Facts, records: Iterable[Record], before: Iterable[Event]) -> list[str]:
    """The years in which something happened, oldest first; `before` are the events published."""
    status, history = facts.status, facts.history
    # The years of all sources, so that a page never links to a year without a file.
    days = {record["discovered_date"][:4] for record in records}
    days |= {record["unlisted_since"][:4] for record in records if record["unlisted_since"]}
    days |= {event["at"][:4] for event in before}
    moments = [status.scan_date, *(point.at for point in history.points)]
    moments += [step.start for step in status.past]
    moments += [scan.scanned_at for scan in status.scans if get_verdict(scan) != "complete"]
    years = {moment.year for moment in moments} | {move.day.year for move in history.moves}
    return sorted(days | {f"{year:04}" for year in years})


def year_path(year: str) -> str:
    return f"api/v1/history/{year}.json"


def year_file(year: str, events: Sequence[Event], place: SiteInfo) -> bytes:
    """Everything of one year, newest first. Once the year is over nothing is added to it."""
    # A closed year never changes: its file costs no commit in the published branch.
    inside = [event for event in events if event["at"].startswith(year)]
    head = {
        "$schema": place.schema("history"),
        "package": place.package,
        "scans": [_scan(event) for event in inside if event["kind"] == "scan"],
        "schema_version": documents.SCHEMA_VERSION,
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
    """The variables of the history page other than the chart and the events."""
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
        # None is a dash in the table: the zero of an incomplete scan is no zero.
        "open": total if event["complete"] else None,
        "verdicts": [verdicts.get(name, "") for name in scanners],
    }


def _gone(gone: ClosedHistory, name: str) -> dict[str, Any]:
    finding = gone.finding
    ecosystem, package = split_package(finding.package)
    return {
        "closed": gone.closed,
        "days": format_count(gone.days_open, "day"),
        "finding_id": clean_line(finding.finding_id),
        "name": name,
        # Of a finding that came back, the last episode is the one that was closed on that day.
        "opened": gone.episodes[-1].opened,
        "outcome": gone.outcome,
        "package": package_words({"package": clean_line(package), "ecosystem": ecosystem}),
        "severity": finding.severity,
        "title": clean_line(finding.title) or clean_line(finding.finding_id),
    }


def _fix_time(each: FixTime) -> dict[str, Any]:
    oldest = f", the oldest for {format_count(each.oldest_open, 'day')}" if each.oldest_open else ""
    return {
        # The median of two is a half day; `g` shows it only then.
        "median": "–" if each.median is None else f"{each.median:g}",
        "name": each.severity,
        "open": f"{each.still_open}{oldest}" if each.still_open else "0",
        "p90": "–" if each.p90 is None else str(each.p90),
        "resolved": each.resolved,
    }

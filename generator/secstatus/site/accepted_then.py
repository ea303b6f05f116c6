"""Which severe findings were open and accepted at a point of the history.

A point counts the open vulnerabilities of its day without the accepted ones. What was there on that
day, was severe and graded, and is not among the counted ones, had been accepted. Findings in the
code are in no count: they had been accepted where the grade is better than they allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from secstatus.findings.finding import Finding
from secstatus.findings.ledger import HistoryPoint
from secstatus.site.given import Facts
from secstatus.site.verdict import grade_words, name_grade, severe_accepted
from secstatus.status.exposure import utc_day
from secstatus.status.grade import Evidence, Exposure, Letter, grade, worst
from secstatus.status.judge import SEVERE, find_section

Span = tuple[date, date | None, Finding]


class AcceptedThen:
    """Answers for the points of one history."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._accepted = [item.finding for item in severe_accepted(facts.status)]
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
        known = self._there("vulnerability", point)
        counted = point.counts.get("critical", 0) + point.counts.get("high", 0)
        accepted, code = known[: max(0, len(known) - counted)], self._there("code", point)
        kept_out = self._without(point, code) is not Letter(point.grade)
        return [*accepted, *(code if kept_out else [])]

    def is_today(self, point: HistoryPoint) -> bool:
        """Whether today's status is that of the point: the last one, with the same grade."""
        latest = point == self._facts.history.points[-1]
        return latest and Letter(point.grade) is self._facts.status.security_grade

    def name_grade(self, point: HistoryPoint) -> str:
        """The grade of the point with what it leaves out, as far as that is known."""
        if self.is_today(point):
            return grade_words(self._facts.status)
        accepted = self.at(point)
        return name_grade(Letter(point.grade), len(accepted), self._without(point, accepted))

    def _without(self, point: HistoryPoint, findings: Sequence[Finding]) -> Letter:
        """The letter of the point if these findings counted, in time."""
        bare = [Exposure(finding.severity, None) for finding in findings]
        covered = [Evidence("", complete=True, scanned_at=None)]
        counted = grade(bare, covered, point.at, self._facts.policy).letter
        return worst((Letter(point.grade), counted))

    def _there(self, section: str, point: HistoryPoint) -> list[Finding]:
        day = utc_day(point.at)
        there = [span[2] for span in self._spans[section] if self._was_there(*span, day)]
        return sorted(there, key=lambda finding: finding.key not in self._keys)

    def _was_there(self, opened: date, closed: date | None, finding: Finding, day: date) -> bool:
        # A finding of the same day may be of a later scan than the point.
        begun = opened < day or (opened == day and finding.key in self._keys)
        return begun and (closed is None or day < closed)

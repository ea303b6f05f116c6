"""The facts of one run, ready to be judged at any moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from secstatus.findings.finding import Finding
from secstatus.findings.severity import Severity
from secstatus.status.due_dates import make_exposure, utc_day
from secstatus.status.grade import (
    Exposure,
    GradeReport,
    Reason,
    Tally,
    grade,
    grade_tallies,
    tallies,
)
from secstatus.status.grade_schedule import ScheduleStep, schedule, turning_points
from secstatus.status.merge_plans import Disagreement
from secstatus.status.policy import AssessmentPolicy, Grade
from secstatus.status.scan_coverage import list_evidence
from secstatus.status.status_document import StatusDocument, name_section

# Unknown is not among them: SPEC 4 waits seven days before it counts as high.
SEVERE = (Severity.CRITICAL, Severity.HIGH)


def find_section(finding: Finding, scopes: Collection[str]) -> str:
    """Where a finding is counted, as `name_section` tells it."""
    return name_section(finding.kind, finding.scope, scopes)


class Grader:
    """The facts of one run, ready to be graded at any moment."""

    def __init__(
        self,
        status: StatusDocument,
        findings: Sequence[Finding],
        policy: AssessmentPolicy,
        others: Sequence[Reason],
    ) -> None:
        self.status = status
        self.policy = policy.grade
        # A flaw in a development tool reaches no user of the package (SPEC 2, scope).
        graded = [f for f in findings if find_section(f, policy.grade_scopes) != "other"]
        self.exposures: list[Exposure] = [make_exposure(item, policy.grade) for item in graded]
        # The schedule asks for many times of the same day; counts change at midnight only.
        self._counted: dict[date, dict[Severity, Tally]] = {}
        self.evidence = list_evidence(status, policy.required_scanners, policy.optional_scanners)
        times = [item.scanned_at for item in self.evidence if item.scanned_at]
        # The earlier of the two: a file can carry a scan date that lies after its own update.
        self.scanned_at = min(times, default=min(status.scan_date, status.last_updated))
        # What is said to be unknown anyway needs no second reason for it.
        self.others = [*others] or self._claim()

    def _claim(self) -> list[Reason]:
        """The file's own grade as a ceiling, when it is worse than what its facts explain.

        Our own files are graded by the policy of this day; of theirs only `?` is kept, since
        its writer may have known more than the file can state.
        """
        said = Grade(self.status.security_grade or "?")
        # A grade of ours is outdated by design: policy and time have moved since it was written.
        if self.status.schema_version and said is not Grade.UNKNOWN:
            return []
        # Only a worse claim is kept: a better one would be a false green, which `overstated`
        # reports.
        if said.rank <= self.explained().rank:
            return []
        text = f"The status file itself says {said}"
        return [Reason("claim", said, text, "Its findings and scans do not explain it")]

    def explained(self) -> Grade:
        """The grade that the facts gave when the file was written, before anything is accepted."""
        return self.grade_without_accepted(self.status.last_updated, others=False)

    def grade_without_accepted(self, moment: datetime, *, others: bool = True) -> Grade:
        """The grade if no acceptance held. `others`: with the ceilings from elsewhere."""
        bare = [
            replace(each, accepted_until=None) if each.accepted_until else each
            for each in self.exposures
        ]
        ceilings = self.others if others else ()
        return grade(bare, self.evidence, moment, self.policy, ceilings).grade

    def boasts(self) -> list[Disagreement]:
        """Whether a file of another program states a better grade than its facts give."""
        said = self.status.security_grade
        if self.status.schema_version or said is None:
            return []
        found = self.explained()
        if Grade(said).rank >= found.rank:
            return []
        text = f"the status file says {said}; its findings and scans give {found}"
        return [Disagreement("security_grade", text)]

    def counted_at(self, moment: datetime) -> dict[Severity, Tally]:
        day = utc_day(moment)
        if day not in self._counted:
            self._counted[day] = tallies(self.exposures, day)
        return self._counted[day]

    def grade_at(self, moment: datetime) -> GradeReport:
        counted = self.counted_at(moment)
        return grade_tallies(counted, self.evidence, moment, self.policy, self.others)

    def remediation_at(self, moment: datetime, letter: Grade) -> str:
        if letter is Grade.UNKNOWN:
            return "unknown"
        counted = self.counted_at(moment).values()
        if any(tally.overdue for tally in counted):
            return "overdue"
        pending = any(tally.count for tally in counted) or self._accepts_severe(utc_day(moment))
        return "pending" if pending else "current"

    def _accepts_severe(self, day: date) -> bool:
        """Whether an accepted critical or high finding is open."""
        return any(each.severity in SEVERE and not each.counts_on(day) for each in self.exposures)

    def steps(self) -> list[ScheduleStep]:
        points = turning_points(self.exposures, self.evidence, self.policy)
        since = self.status.last_updated.replace(microsecond=0)
        return schedule(points, self.grade_at, self.remediation_at, since)

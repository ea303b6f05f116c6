"""The grade, and every ceiling that led to it.

Each rule sets a ceiling; the worst ceiling wins (a cap can not be bought off by other virtues).
The order is A, B, C, ?, D, F: `?` never hides a D or an F. Nothing here ever improves by itself:
adding a finding, raising a severity, ageing, or losing a scan never gives a better grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from secstatus.findings.severity import Severity
from secstatus.status.policy import Grade, GradePolicy

# Published with every grade: a reader who compares years must see when the rules changed.
POLICY_VERSION = 1
# The rule of a status file that cannot be read, where an older one stands for it.
UNREADABLE = "unreadable"


def worst(grades: Iterable[Grade]) -> Grade:
    # No ceiling at all is A; `grade_tallies` always has one for coverage.
    return max(grades, key=lambda grade: grade.rank, default=Grade.A)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the grade needs to know of a finding. `due` None: this severity has no time limit.

    `accepted_until`: the last day on which an acceptance keeps it out of the grade.
    """

    severity: Severity
    due: date | None
    accepted_until: date | None = None

    def counts_on(self, day: date) -> bool:
        # The last day of an acceptance still counts as accepted, as a due date is still in time.
        return self.accepted_until is None or day > self.accepted_until


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the grade needs to know of a scanner that has to deliver.

    `stated` False: the file has no words for coverage, and `complete` is taken on its word.
    """

    scanner: str
    complete: bool
    scanned_at: datetime | None
    why: str = ""
    stated: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that applied: the best grade that it still allows, and the reason as text."""

    rule: str
    ceiling: Grade
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class GradeReport:
    """A grade and every ceiling that applied, the worst first. `deciding`: those that set it."""

    grade: Grade
    reasons: tuple[Reason, ...]

    @property
    def deciding(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.ceiling is self.grade)


@dataclass(frozen=True, slots=True)
class Tally:
    """The findings of one severity that count on a day."""

    count: int
    overdue: int


def tallies(exposures: Iterable[Exposure], day: date) -> dict[Severity, Tally]:
    """Per severity, worst first: how many count on this day, and how many are past their date."""
    count = dict.fromkeys(Severity, 0)
    late = dict.fromkeys(Severity, 0)
    for exposure in exposures:
        if exposure.counts_on(day):
            count[exposure.severity] += 1
            # Due on a day means by its end: overdue from the next UTC midnight.
            if exposure.due is not None and day > exposure.due:
                late[exposure.severity] += 1
    return {severity: Tally(count[severity], late[severity]) for severity in Severity}


def grade(
    exposures: Iterable[Exposure],
    evidence: Sequence[Evidence],
    now: datetime,
    policy: GradePolicy,
    others: Sequence[Reason] = (),
) -> GradeReport:
    """The grade at `now`. `others` are ceilings that come from elsewhere (a contradiction)."""
    return grade_tallies(
        tallies(exposures, now.astimezone(UTC).date()), evidence, now, policy, others
    )


def grade_tallies(
    counted: Mapping[Severity, Tally],
    evidence: Sequence[Evidence],
    now: datetime,
    policy: GradePolicy,
    others: Sequence[Reason] = (),
) -> GradeReport:
    """The grade at `now` of findings that are counted already."""
    reasons = [
        *_severity(counted, policy),
        *_coverage(evidence),
        *_freshness(evidence, now, policy),
    ]
    reasons += others
    return GradeReport(
        worst(reason.ceiling for reason in reasons),
        # Stable: rules with the same ceiling keep the order above, so equal facts give equal bytes.
        tuple(sorted(reasons, key=lambda reason: -reason.ceiling.rank)),
    )


def _severity(counted: Mapping[Severity, Tally], policy: GradePolicy) -> list[Reason]:
    medium, unknown = counted[Severity.MEDIUM], counted[Severity.UNKNOWN]
    # SPEC 3: unknown counts with medium. Counted apart, 5 + 5 would pass two limits of 6.
    both = Tally(medium.count + unknown.count, medium.overdue + unknown.overdue)
    rows = (
        # Per row: the number from which the second ceiling holds, then the ceilings few, many,
        # overdue.
        ("critical", "critical", counted[Severity.CRITICAL], 1, Grade.F, Grade.F, Grade.F),
        ("high", "high", counted[Severity.HIGH], policy.many_high, Grade.C, Grade.D, Grade.D),
        ("medium", _mixed(medium, unknown), both, policy.many_medium, Grade.B, Grade.C, Grade.C),
        ("low", "low", counted[Severity.LOW], policy.many_low, Grade.A, Grade.B, Grade.B),
    )
    reasons = [_row(*row) for row in rows if row[2].count]
    # Not "no findings": accepted ones and those of other scopes may be listed.
    return reasons or [Reason("none", Grade.A, "No listed finding counts")]


def _mixed(medium: Tally, unknown: Tally) -> str:
    if not unknown.count:
        return "medium"
    return "medium or unknown" if medium.count else "unknown-severity"


def _row(
    rule: str, word: str, tally: Tally, many: int, few: Grade, lots: Grade, late: Grade
) -> Reason:
    text = f"{tally.count} {word} finding{'s' if tally.count != 1 else ''}"
    # The worse of number and delay: an overdue finding never lifts a ceiling that a number has set.
    base = lots if tally.count >= many else few
    if tally.overdue:
        which = "it is" if tally.count == 1 else f"{tally.overdue} of them"
        detail = f"{which} past the date: {worst((late, base))} at best"
        return Reason(
            f"{rule}.overdue", worst((late, base)), f"{text}, {tally.overdue} overdue", detail
        )
    if many <= 1:
        return Reason(f"{rule}.any", base, text, f"Any {word} finding: {base}")
    size = f"{many} or more" if tally.count >= many else f"1 to {many - 1}"
    name = f"{rule}.many" if tally.count >= many else f"{rule}.few"
    return Reason(name, base, f"{text}, all in time", f"{size} {word} in time: {base} at best")


def _coverage(evidence: Sequence[Evidence]) -> list[Reason]:
    missing = [item for item in evidence if not item.complete]
    if missing:
        return [
            Reason(
                "coverage.missing",
                Grade.UNKNOWN,
                f"Required scanner without a complete scan: {item.scanner}",
                item.why,
            )
            for item in missing
        ]
    # Nobody looked: an empty list of requirements must not read as "all of them are met".
    if not evidence:
        return [Reason("coverage.none", Grade.UNKNOWN, "No scanner is known to have looked")]
    # The design's own schema has no scans; SPEC 3 names this as the one exception.
    if not all(item.stated for item in evidence):
        text = "Coverage is not stated: the format of the status file has no words for it"
        return [
            Reason("coverage.unstated", Grade.A, text, "Its scan date stands for a complete scan")
        ]
    names = ", ".join(item.scanner for item in evidence)
    many = f"{len(evidence)} of {len(evidence)} required scanners finished"
    return [Reason("coverage.complete", Grade.A, f"Complete: {many}", names)]


def _freshness(evidence: Sequence[Evidence], now: datetime, policy: GradePolicy) -> list[Reason]:
    times = [item.scanned_at for item in evidence if item.complete and item.scanned_at]
    if not times:
        return []
    oldest = min(times)
    # Strictly older (decision 5): a scan at the limit still counts, so that a weekly job is in
    # time.
    passed = [limit for limit in policy.limits(oldest) if now > limit[0]]
    if not passed:
        text = f"Fresh: no required scan is older than {policy.stale[0]:g} cadences"
        return [
            Reason("freshness.fresh", Grade.A, text, f"The cadence is {policy.cadence_days:g} days")
        ]
    # The limits rise, so the last one passed has the worst ceiling.
    _, ceiling, cadences = passed[-1]
    age = (now.astimezone(UTC).date() - oldest.astimezone(UTC).date()).days
    text = f"The oldest required scan is more than {cadences:g} cadences old"
    detail = f"{age} days without a scan; one is due every {policy.cadence_days:g} days"
    return [Reason(f"freshness.{cadences:g}", ceiling, text, detail)]

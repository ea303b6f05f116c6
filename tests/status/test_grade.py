"""The table of the grade, row by row."""

from datetime import UTC, date, datetime, timedelta

import pytest

from secstatus.findings.severity import Severity
from secstatus.status.grade import Evidence, Exposure, Reason, grade
from secstatus.status.policy import Grade, GradePolicy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRESH = [Evidence("pip-audit", True, NOW - timedelta(days=1))]
IN_TIME, LATE = date(2026, 3, 1), date(2026, 2, 28)
C, H, M, U, L, I = (  # noqa: E741
    Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.UNKNOWN, Severity.LOW, Severity.INFO,
)  # fmt: skip


def letter(findings, evidence=FRESH, others=()):
    return grade(findings, evidence, NOW, GradePolicy(), others).grade


@pytest.mark.parametrize(
    ("severity", "count", "in_time", "overdue"),
    [
        (C, 1, "F", "F"),
        (C, 9, "F", "F"),
        (H, 1, "C", "D"),
        (H, 2, "C", "D"),
        (H, 3, "D", "D"),
        (M, 1, "B", "C"),
        (M, 5, "B", "C"),
        (M, 6, "C", "C"),
        (U, 5, "B", "C"),
        (U, 6, "C", "C"),
        (L, 1, "A", "B"),
        (L, 10, "A", "B"),
        (L, 11, "B", "B"),
        (I, 99, "A", "A"),
    ],
)
def test_a_row_of_the_table(severity, count, in_time, overdue):
    due = None if severity is I else IN_TIME
    late = None if severity is I else LATE
    assert letter([Exposure(severity, due)] * count) == in_time
    assert letter([Exposure(severity, late)] + [Exposure(severity, due)] * (count - 1)) == overdue


def test_unknown_is_counted_with_medium():
    three = [Exposure(M, IN_TIME)] * 3
    assert letter([*three, *[Exposure(U, IN_TIME)] * 2]) == "B"
    assert letter([*three, *[Exposure(U, IN_TIME)] * 3]) == "C"


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(days=10, hours=12), "A"),
        (timedelta(days=10, hours=12, seconds=1), "B"),
        (timedelta(days=14), "B"),
        (timedelta(days=14, seconds=1), "C"),
        (timedelta(days=21), "C"),
        (timedelta(days=21, seconds=1), "?"),
        (timedelta(days=700), "?"),
    ],
)
def test_the_age_of_the_oldest_required_scan(age, expected):
    scans = [*FRESH, Evidence("bandit", True, NOW - age)]
    assert letter([], scans) == expected


def test_a_scanner_that_did_not_finish_is_a_question_mark():
    assert letter([], [*FRESH, Evidence("bandit", False, NOW)]) == "?"
    assert letter([], []) == "?"


def test_a_question_mark_gives_way_to_worse():
    missing = [Evidence("pip-audit", False, NOW)]
    assert letter([Exposure(H, IN_TIME)] * 2, missing) == "?"
    assert letter([Exposure(H, IN_TIME)] * 3, missing) == "D"
    assert letter([Exposure(C, IN_TIME)], missing) == "F"


def test_an_acceptance_ends_with_its_last_day():
    today = Exposure(H, IN_TIME, accepted_until=NOW.date())
    yesterday = Exposure(H, IN_TIME, accepted_until=NOW.date() - timedelta(days=1))
    assert letter([today]) == "A"
    assert letter([yesterday]) == "C"


def test_another_ceiling_counts_like_the_rules():
    assert letter([], others=[Reason("claim", Grade.D, "The file says D")]) == "D"


def test_every_ceiling_is_listed_worst_first():
    old = [Evidence("pip-audit", True, NOW - timedelta(days=15))]
    found = grade([Exposure(H, LATE), Exposure(L, IN_TIME)], old, NOW, GradePolicy())
    assert [(reason.rule, reason.ceiling) for reason in found.reasons] == [
        ("high.overdue", "D"),
        ("freshness.2", "C"),
        ("low.few", "A"),
        ("coverage.complete", "A"),
    ]

"""What the ledger tells of the past."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.ledger import Episode, FindingState, Ledger, LedgerFinding
from secstatus.findings.observation import ScanKind, SeverityClaim
from secstatus.status.history import make_history

TODAY = date(2026, 11, 24)
SEEN = datetime(2026, 11, 23, 4, tzinfo=UTC)


def finding(name, *episodes, severity="high", state=None):
    last = episodes[-1]
    if state is None:
        state = FindingState.OPEN if last.closed is None else FindingState(last.outcome)
    return LedgerFinding(
        finding_id=name,
        kind=ScanKind.DEPENDENCIES,
        state=state,
        discovered=episodes[0].opened,
        last_seen=SEEN,
        episodes=episodes,
        scanners=("pip-audit",),
        package="kelp",
        version="1",
        severities=(SeverityClaim("word", "a database", severity),),
    )


def episode(opened, closed=None, outcome="resolved"):
    if closed is None:
        return Episode(date.fromisoformat(opened))
    return Episode(date.fromisoformat(opened), date.fromisoformat(closed), outcome, "A scan.")


def times(*findings):
    return {
        each.severity: each for each in make_history(Ledger(findings=findings), TODAY).fix_times
    }


def test_an_empty_ledger_has_no_history():
    assert make_history(Ledger(), TODAY) == type(make_history(Ledger(), TODAY))()


def test_what_is_gone_says_since_when_and_how_long_it_was_open():
    (gone,) = make_history(
        Ledger(findings=(finding("CVE-2026-1", episode("2026-09-01", "2026-10-05")),)), TODAY
    ).gone
    assert (gone.closed, gone.days_open, gone.outcome) == (date(2026, 10, 5), 34, "resolved")
    assert gone.evidence == "A scan."


def test_the_newest_stands_first():
    ledger = Ledger(
        findings=(
            finding("CVE-2026-1", episode("2026-09-01", "2026-10-05")),
            finding("CVE-2026-2", episode("2026-09-01", "2026-11-05")),
        )
    )
    assert [g.finding.finding_id for g in make_history(ledger, TODAY).gone] == [
        "CVE-2026-2",
        "CVE-2026-1",
    ]


def test_time_to_fix_by_severity_and_of_all():
    found = times(
        finding("CVE-2026-1", episode("2026-10-01", "2026-10-11")),
        finding("CVE-2026-2", episode("2026-10-01", "2026-10-21")),
        finding("CVE-2026-3", episode("2026-10-01", "2026-10-03"), severity="low"),
        finding("CVE-2026-4", episode("2026-11-14"), severity="low"),
    )
    assert (found["high"].median, found["high"].p90, found["high"].resolved) == (15, 20, 2)
    assert (found["low"].median, found["low"].still_open, found["low"].oldest_open) == (2, 1, 10)
    assert (found["all"].resolved, found["all"].median, found["all"].p90) == (3, 10, 20)
    assert "critical" not in found


def test_withdrawn_is_not_fixed():
    found = times(finding("CVE-2026-1", episode("2026-10-01", "2026-10-11", "withdrawn")))
    assert (found["all"].resolved, found["all"].median, found["all"].p90) == (0, None, None)


def test_a_second_opening_is_told_and_each_episode_counts():
    item = finding("CVE-2026-1", episode("2026-09-01", "2026-09-03"), episode("2026-11-01"))
    history = make_history(Ledger(findings=(item,)), TODAY)
    assert [(move.kind, move.day) for move in history.moves] == [
        ("resolved", date(2026, 9, 3)),
        ("reopened", date(2026, 11, 1)),
    ]
    assert not history.gone
    assert times(item)["all"].resolved == 1
    assert times(item)["all"].oldest_open == 23


days = st.lists(st.integers(0, 400), min_size=1, max_size=40)


@given(days)
def test_ninety_of_a_hundred_took_no_longer_than_p90(lengths):
    start = date(2025, 1, 1)
    items = [
        finding(f"CVE-2026-{n}", Episode(start, start + timedelta(days=length), "resolved", ""))
        for n, length in enumerate(lengths)
    ]
    found = times(*items)["all"]
    within = sum(length <= found.p90 for length in lengths)
    assert within >= 0.9 * len(lengths)
    assert found.p90 in lengths
    assert found.median <= found.p90 or len(lengths) < 2

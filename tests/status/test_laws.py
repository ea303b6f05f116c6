"""The laws of the grade, on generated findings, scans and moments."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.severity import Severity
from secstatus.status.grade import Evidence, Exposure, grade
from secstatus.status.grade_schedule import current, schedule, turning_points
from secstatus.status.policy import Grade, GradePolicy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = GradePolicy()

severities = st.sampled_from(list(Severity))
days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
moments = st.datetimes(datetime(2026, 1, 1), NOW.replace(tzinfo=None)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
# Info has no time limit; of the others each has one.
exposures = st.builds(Exposure, severities, days, st.none() | days).map(
    lambda e: replace(e, due=None) if e.severity is Severity.INFO else e
)
evidence = st.builds(
    Evidence, st.sampled_from(["pip-audit", "bandit", "sarif"]), st.booleans(), moments
)
worlds = st.tuples(st.lists(exposures, max_size=14), st.lists(evidence, max_size=3))


def letter(findings, scans, now=NOW):
    return grade(findings, scans, now, POLICY).grade


def no_better(after, before):
    return after.rank >= before.rank


@given(worlds, exposures)
def test_adding_a_finding_never_improves(world, extra):
    findings, scans = world
    assert no_better(letter([*findings, extra], scans), letter(findings, scans))


@given(worlds, st.data())
def test_raising_a_severity_never_improves(world, data):
    findings, scans = world
    if not findings:
        return
    order = [Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
    which = data.draw(st.integers(0, len(findings) - 1))
    old = findings[which]
    if old.severity is Severity.UNKNOWN:
        higher = [Severity.HIGH, Severity.CRITICAL]
    else:
        higher = order[order.index(old.severity) :]
    worse = data.draw(st.sampled_from(higher))
    # A worse severity has no more days than a milder one.
    due = old.due and old.due - timedelta(days=data.draw(st.integers(0, 90)))
    if due is None and worse is not Severity.INFO:
        due = data.draw(days)
    raised = [*findings]
    raised[which] = replace(old, severity=worse, due=due)
    assert no_better(letter(raised, scans), letter(findings, scans))


@given(worlds, st.data())
def test_an_older_finding_is_never_better(world, data):
    findings, scans = world
    older = [
        replace(item, due=item.due and item.due - timedelta(days=data.draw(st.integers(0, 200))))
        for item in findings
    ]
    assert no_better(letter(older, scans), letter(findings, scans))


@given(worlds, st.data())
def test_losing_a_scan_never_improves(world, data):
    findings, scans = world
    if not scans:
        return
    which = data.draw(st.integers(0, len(scans) - 1))
    lost = [*scans]
    lost[which] = replace(scans[which], complete=False)
    assert no_better(letter(findings, lost), letter(findings, scans))
    assert no_better(letter(findings, []), letter(findings, scans))


@given(worlds, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_time_alone_never_improves(world, later):
    findings, scans = world
    assert no_better(letter(findings, scans, NOW + later), letter(findings, scans))


@given(worlds)
def test_an_a_needs_complete_and_fresh_scans(world):
    findings, scans = world
    if letter(findings, scans) is Grade.A:
        assert scans
        assert all(scan.complete for scan in scans)
        assert all(NOW - scan.scanned_at <= timedelta(days=10.5) for scan in scans)


@given(worlds)
def test_a_question_mark_never_hides_a_d_or_an_f(world):
    findings, _ = world
    known = letter(findings, [Evidence("pip-audit", True, NOW)])
    blind = letter(findings, [])
    assert blind is (known if known in (Grade.D, Grade.F) else Grade.UNKNOWN)


@given(worlds)
def test_the_letter_is_the_worst_of_its_reasons(world):
    findings, scans = world
    found = grade(findings, scans, NOW, POLICY)
    assert found.grade.rank == max(reason.ceiling.rank for reason in found.reasons)
    assert found.deciding


@given(worlds, st.randoms())
def test_the_order_of_findings_does_not_matter(world, random):
    findings, scans = world
    mixed = [*findings]
    random.shuffle(mixed)
    assert grade(mixed, scans, NOW, POLICY) == grade(findings, scans, NOW, POLICY)


@given(worlds, st.timedeltas(timedelta(0), timedelta(days=500)))
def test_the_schedule_tells_the_grade_of_every_later_moment(world, later):
    findings, scans = world
    steps = schedule(
        turning_points(findings, scans, POLICY),
        lambda moment: grade(findings, scans, moment, POLICY),
        lambda moment, found: "x",
        NOW,
    )
    moment = NOW + later
    assert steps[current(steps, moment)].grade is letter(findings, scans, moment)
    ranks = [step.grade.rank for step in steps]
    assert ranks == sorted(ranks)

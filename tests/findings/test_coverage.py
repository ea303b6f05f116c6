"""What a scan proves once the project, the last scan and the exit status are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.coverage import Circumstances, judged
from secstatus.findings.observation import Observation, ScanKind, ScanReport, Skipped, Verdict

TRUST = [Verdict.FAILED, Verdict.PARTIAL, Verdict.UNSTATED, Verdict.COMPLETE]


def report(verdict="complete", found=0, scanner="pip-audit", **keys):
    observations = tuple(Observation(f"PYSEC-2026-{n}", package="a") for n in range(found))
    return ScanReport(
        scanner, ScanKind.DEPENDENCIES, Verdict(verdict), observations, **{"audited": 40, **keys}
    )


def verdict(given_report, **around):
    return judged(given_report, Circumstances(**around)).verdict


def test_the_project_itself_may_be_skipped():
    own = report("partial", skipped=(Skipped("Lantern_Fish", "not on the index"),))
    assert verdict(own, own_package="lantern-fish") is Verdict.COMPLETE
    assert verdict(own, own_package="other") is Verdict.PARTIAL
    assert verdict(own) is Verdict.PARTIAL


def test_a_second_skipped_package_is_not_excused():
    both = report("partial", skipped=(Skipped("lantern-fish"), Skipped("kelp")))
    assert verdict(both, own_package="lantern-fish") is Verdict.PARTIAL


def test_the_excuse_needs_something_that_was_audited():
    own = report("partial", audited=0, skipped=(Skipped("lantern-fish"),))
    assert verdict(own, own_package="lantern-fish") is Verdict.FAILED


def test_who_examined_nothing_has_failed():
    found = judged(report(audited=0), Circumstances())
    assert found.verdict is Verdict.FAILED
    assert found.problems == ("It examined 0 packages.",)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(100, 50, "complete"), (100, 49, "partial"), (3, 1, "partial"), (None, 1, "complete")],
)
def test_an_inventory_that_shrinks_by_more_than_half_is_partial(before, now, expected):
    assert verdict(report(audited=now), audited_before=before) == expected


def test_a_scan_that_lacks_a_report_is_partial():
    assert verdict(report(), missing_reports=1) is Verdict.PARTIAL
    assert verdict(report(), missing_reports=-1) is Verdict.COMPLETE


@pytest.mark.parametrize(
    ("scanner", "status", "found", "expected"),
    [
        ("pip-audit", 0, 0, "complete"),
        ("pip-audit", 0, 2, "complete"),
        ("pip-audit", 1, 2, "complete"),
        ("pip-audit", 1, 0, "failed"),
        ("pip-audit", 2, 2, "failed"),
        ("bandit", 1, 0, "failed"),
        ("bandit", 2, 1, "failed"),
        ("uv-audit", 2, 0, "failed"),
        ("osv-scanner", 1, 3, "complete"),
        ("osv-scanner", 126, 1, "complete"),
        ("osv-scanner", 127, 1, "failed"),
        ("osv-scanner", 128, 0, "failed"),
        ("osv-scanner", 1, 0, "failed"),
        ("another", 0, 0, "complete"),
        ("another", 3, 1, "complete"),
        ("another", 3, 0, "failed"),
        ("another", 137, 5, "failed"),
        ("another", -9, 5, "failed"),
    ],
)
def test_the_exit_status_has_to_go_with_the_report(scanner, status, found, expected):
    given_report = report(found=found, scanner=scanner)
    assert verdict(given_report, exit_status=status) == expected


reports = st.builds(
    report,
    verdict=st.sampled_from(["complete", "partial", "failed", "unstated"]),
    found=st.integers(0, 3),
    scanner=st.sampled_from(["pip-audit", "bandit", "osv-scanner", "another"]),
    audited=st.none() | st.integers(0, 100),
    skipped=st.lists(st.sampled_from([Skipped("me"), Skipped("you")]), max_size=2).map(tuple),
)
arounds = st.builds(
    Circumstances,
    own_package=st.sampled_from(["", "me"]),
    exit_status=st.none() | st.integers(-20, 260),
    audited_before=st.none() | st.integers(0, 300),
    missing_reports=st.integers(-2, 2),
)


@given(reports, arounds)
def test_circumstances_only_take_trust_away_but_for_the_project_itself(given_report, around):
    found = judged(given_report, around)
    gained = TRUST.index(found.verdict) > TRUST.index(given_report.verdict)
    assert not gained or {item.name for item in given_report.skipped} == {"me"}
    assert found.observations == given_report.observations
    assert (
        found.verdict != given_report.verdict
        or found.problems[: len(given_report.problems)] == given_report.problems
    )


@given(reports, arounds)
def test_judging_twice_changes_nothing_more(given_report, around):
    once = judged(given_report, around)
    assert judged(once, around).verdict is once.verdict

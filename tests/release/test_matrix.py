"""The whole decision matrix, one row of the table below for each kind of change."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from secstatus.package_data import DataFileError, parse_data
from secstatus.release.changes import ChangeType, SecurityChangeDetector
from secstatus.release.decision import Before, ManualRequest, ReleaseRequest, Trigger, decide
from secstatus.release.policy import ReleasePolicy
from secstatus.release.rules import Action, ReleaseDecisionMatrix, load_rules, parse_rules
from tests.release.made import MONDAY, WEEK, decision, item, standing

LONG_AGO = date(2026, 5, 4)
NEXT = MONDAY + WEEK
CLOSED = {"closed": NEXT.date(), "evidence": "The scan has kelp at 2.0."}
SEVERITIES = ["critical", "high", "medium", "unknown", "low", "info"]

OLD = {"opened": LONG_AGO, "episode": 1}
was = {name: item(severity=name, **OLD) for name in SEVERITIES}
new = {name: item(severity=name, episode=1) for name in SEVERITIES}


def over(severity, state, **more):
    return item(severity=severity, state=state, **OLD, **CLOSED, **more)


# name, before, after, trigger, row
TABLE = [
    ("nothing changed", [was["high"]], [was["high"]], "none", None),
    ("nothing at all", [], [], "none", None),
    *[(f"new {s}", [], [new[s]], "security_auto", "new-severe") for s in ("critical", "high")],
    *[(f"new {s}", [], [new[s]], "none", "new-mild") for s in ("medium", "low", "info")],
    ("new, severity unknown", [], [new["unknown"]], "none", "severity-unknown"),
    (
        "unknown for a week",
        [],
        [replace(new["unknown"], opened=MONDAY.date())],
        "security_auto",
        "new-severe",
    ),
    (
        "known, and its severity unknown for a week now",
        [replace(was["unknown"], opened=MONDAY.date())],
        [replace(was["unknown"], opened=MONDAY.date())],
        "security_auto",
        "raised-to-severe",
    ),
    *[
        (f"raised to {s}", [was["medium"]], [was[s]], "security_auto", "raised-to-severe")
        for s in ("critical", "high")
    ],
    ("high to critical", [was["high"]], [was["critical"]], "security_auto", "raised-to-severe"),
    ("low to medium", [was["low"]], [was["medium"]], "none", "raised-mild"),
    ("critical to high", [was["critical"]], [was["high"]], "none", "lowered"),
    ("high to low", [was["high"]], [was["low"]], "none", "lowered"),
    ("high, later unknown", [was["high"]], [replace(new["unknown"])], "none", "lowered"),
    *[
        (f"resolved {s}", [was[s]], [over(s, "resolved")], "security_auto", "resolved")
        for s in SEVERITIES
    ],
    (
        "resolved, after it was accepted",
        [replace(was["low"], state="accepted")],
        [over("low", "resolved")],
        "security_auto",
        "resolved",
    ),
    *[
        (f"reopened {s}", [], [replace(new[s], episode=2)], trigger, row)
        for s, trigger, row in [
            ("critical", "security_auto", "reopened-severe"),
            ("high", "security_auto", "reopened-severe"),
            ("medium", "none", "new-mild"),
            ("unknown", "none", "severity-unknown"),
        ]
    ],
    (
        "closed and back between two looks",
        [was["high"]],
        [replace(was["high"], episode=2, opened=NEXT.date())],
        "security_auto",
        "reopened-severe",
    ),
    ("withdrawn", [was["high"]], [over("high", "withdrawn")], "none", "withdrawn"),
    (
        "accepted by people",
        [was["high"]],
        [replace(was["high"], state="accepted")],
        "none",
        "suppressed",
    ),
    (
        "new and accepted at once",
        [],
        [replace(new["high"], state="accepted")],
        "none",
        "suppressed",
    ),
    (
        "the acceptance is over",
        [replace(was["high"], state="accepted")],
        [was["high"]],
        "none",
        "counted-again",
    ),
    ("vanished from the status", [was["high"]], [], "none", "unobserved"),
    (
        "not reported any more",
        [was["high"]],
        [replace(was["high"], state="unobserved", evidence="The scan failed.")],
        "none",
        "unobserved",
    ),
    (
        "reported again",
        [replace(was["high"], state="unobserved")],
        [was["high"]],
        "none",
        "observed-again",
    ),
    (
        "a fix for a high one",
        [was["high"]],
        [replace(was["high"], fixable=True)],
        "none",
        "fix-for-severe",
    ),
    ("a fix for a low one", [was["low"]], [replace(was["low"], fixable=True)], "none", "fix"),
    (
        "PYSEC becomes CVE",
        [replace(was["high"], finding_id="PYSEC-2026-7")],
        [replace(was["high"], finding_id="CVE-2026-7", aliases=("PYSEC-2026-7",))],
        "none",
        "metadata",
    ),
    (
        "two records turn out to be one",
        [
            replace(was["high"], finding_id="PYSEC-2026-7"),
            replace(was["high"], finding_id="GHSA-aaaa-bbbb-cccc"),
        ],
        [
            replace(
                was["high"],
                finding_id="PYSEC-2026-7",
                aliases=("GHSA-aaaa-bbbb-cccc", "CVE-2026-7"),
            )
        ],
        "none",
        "metadata",
    ),
    (
        "another spelling of the package",
        [replace(was["high"], package="Kelp_Core")],
        [replace(was["high"], package="kelp-core")],
        "none",
        None,
    ),
    (
        "the same CVE in a second package",
        [was["high"]],
        [was["high"], replace(new["high"], package="coral")],
        "security_auto",
        "new-severe",
    ),
]


@pytest.mark.parametrize(
    ("name", "old", "after", "trigger", "row"), TABLE, ids=[t[0] for t in TABLE]
)
def test_every_change_falls_under_its_row(name, old, after, trigger, row):
    states = [[_with_state(each) for each in side] for side in (old, after)]
    found = decision(standing(*states[0]), standing(*states[1], at=NEXT))

    assert found.trigger_type == trigger
    assert found.should_release == (trigger == "security_auto")
    assert found.bump == ("patch" if trigger == "security_auto" else "")
    rows = [each.rule.name for each in found.judged]
    assert rows == ([row] if row else [])


def _with_state(each):
    from secstatus.release.snapshot import SnapshotState

    return replace(each, state=SnapshotState(each.state))


def test_order_is_no_change():
    many = [item(f"CVE-2026-{n}", **OLD) for n in range(5)]
    found = decision(standing(*many), standing(*reversed(many), at=NEXT))

    assert not found.judged


def test_an_outage_and_its_end_release_nothing():
    doubts = ["Required scanner without a complete scan: pip-audit. It failed."]
    fine, dark = standing(was["high"]), standing(was["high"], grade="?", proved=False, at=NEXT)
    dark = replace(dark, doubts=tuple(doubts))
    into, back = decision(fine, dark), decision(dark, replace(fine, at=NEXT + WEEK))

    assert into.trigger_type == back.trigger_type == "none"
    assert "incomplete" in {each.rule.name for each in into.judged}
    assert any("pip-audit" in alert for alert in into.alerts)
    assert [each.rule.name for each in back.judged] == ["grade-unproved"]


@pytest.mark.parametrize(
    ("grade", "after", "proved", "resolved", "row"),
    [
        ("C", "A", True, True, "grade-up"),
        ("C", "A", True, False, "grade-unproved"),
        ("C", "A", False, True, "grade-unproved"),
        ("?", "A", True, True, "grade-unproved"),
        ("A", "C", True, False, "grade-down"),
        ("A", "?", False, False, "grade-down"),
        ("F", "?", False, True, "grade-unproved"),
    ],
)
def test_a_better_grade_needs_a_resolved_finding_and_complete_scans(
    grade, after, proved, resolved, row
):
    gone = [over("high", "resolved")] if resolved else []
    old = standing(*([was["high"]] if resolved else []), grade=grade)
    found = decision(old, standing(*gone, grade=after, proved=proved, at=NEXT))

    (graded,) = [each for each in found.judged if each.change.change_type is ChangeType.GRADE]
    assert graded.rule.name == row
    assert found.should_release == resolved


def test_a_lowered_severity_and_an_acceptance_better_the_grade_without_a_release():
    accepted = replace(_with_state(was["high"]), state=_with_state(item(state="accepted")).state)
    for after in ([was["low"]], [accepted]):
        found = decision(standing(was["high"], grade="C"), standing(*after, grade="A", at=NEXT))
        assert found.trigger_type == "none"
        assert found.judged


def test_the_first_run_records_and_says_what_is_severe():
    changes = SecurityChangeDetector().all_new(standing(was["high"], was["low"]), MONDAY.date())
    found = decide(changes, ReleaseRequest(), ReleasePolicy(), Before(MONDAY, is_first=True))

    assert not found.should_release
    assert len(found.judged) == 2
    assert "1 high or critical finding is known from the beginning" in found.alerts[0]


@pytest.mark.parametrize(
    ("kind", "version", "bump"),
    [
        ("fix", "1.2.3", "patch"),
        ("dependency", "1.2.3", "patch"),
        ("feature", "1.2.3", "minor"),
        ("feature", "0.2.3", "minor"),
        ("breaking", "1.2.3", "major"),
        ("breaking", "0.2.3", "minor"),
        ("breaking", "", "major"),
    ],
)
def test_a_manual_request_sets_the_bump(kind, version, bump):
    same = standing(was["high"])
    found = decision(
        same, replace(same, at=NEXT), ReleaseRequest(ManualRequest(kind), "why", version)
    )

    assert (found.should_release, found.trigger_type, found.bump) == (True, "manual", bump)


def test_the_same_request_is_a_new_event_after_a_release_only():
    same = standing(was["high"])
    ask = ReleaseRequest(ManualRequest.FIX, "why")
    first, second, later = (
        decision(same, replace(same, at=NEXT), ask, cycle=cycle) for cycle in ("", "", "abc")
    )

    assert first.decision_id == second.decision_id != later.decision_id


def test_what_a_release_has_covered_asks_for_no_other():
    old, after = standing(), standing(new["high"], at=NEXT)
    first = decision(old, after)
    second = decision(old, after, settled=frozenset(first.event_keys))

    assert first.should_release
    assert not second.should_release
    assert [each.settled for each in second.judged] == ["a release has covered it"]


def test_a_release_waits_for_others_to_join_and_a_critical_one_does_not():
    yesterday = NEXT - timedelta(hours=20)
    old, high = standing(), standing(new["high"], at=NEXT)
    held = decision(old, high, automatic=(yesterday,))
    later = decision(old, high, now=NEXT + timedelta(hours=5), automatic=(yesterday,))
    critical = decision(
        old,
        standing(new["high"], replace(new["critical"], finding_id="X"), at=NEXT),
        automatic=(yesterday,),
    )

    assert not held.should_release
    assert held.held_until == yesterday + timedelta(hours=24)
    assert "waits until 2026-11-09T08:00:00Z" in held.alerts[-1]
    assert later.should_release
    assert critical.should_release
    assert len(critical.event_keys) == 2


def test_a_resolved_critical_one_can_wait():
    gone = standing(over("critical", "resolved"), at=NEXT)
    held = decision(standing(was["critical"]), gone, automatic=(NEXT - timedelta(hours=1),))

    assert held.held_until is not None


def test_automatic_releases_a_week_are_limited_and_manual_ones_are_not():
    days = tuple(NEXT - timedelta(days=n) for n in (2, 3, 6))
    after = standing(new["critical"], at=NEXT)
    found = decision(standing(), after, automatic=days)
    by_hand = decision(standing(), after, ReleaseRequest(ManualRequest.FIX), automatic=days)

    assert not found.should_release
    assert "3 automatic releases in seven days" in found.alerts[-1]
    assert found.held_until is None
    assert by_hand.trigger_type is Trigger.MANUAL
    assert len(by_hand.event_keys) == 2


def test_an_older_status_decides_nothing():
    found = decision(standing(), standing(new["critical"], at=NEXT), backwards="It is older")

    assert not found.should_release
    assert found.alerts[-1] == "It is older"


def test_every_change_type_has_a_rule():
    told = {kind for rule in load_rules() for kind in rule.types}
    assert told == set(ChangeType)


def test_a_change_without_a_rule_is_no_silent_none():
    old, after = standing(), standing(new["high"], at=NEXT)
    (change,) = SecurityChangeDetector().between(old, after, NEXT.date())
    with pytest.raises(LookupError, match="no rule"):
        ReleaseDecisionMatrix(rules=()).judged([change])


def test_the_words_of_the_design_are_kept():
    assert {"new_vulnerability", "resolved", "severity_change"} <= set(ChangeType)
    assert {"security_auto", "manual", "none"} == set(Trigger)
    assert Action.AUTO == "security_auto"


def test_a_rule_whose_name_occurs_twice_is_an_error():
    rule = "[[rule]]\nname = 'metadata'\naction = 'none'\ntext = 'Wording'\n"
    with pytest.raises(DataFileError, match=r"^rules\.toml: rule metadata: occurs twice"):
        parse_rules(parse_data(rule * 2, "rules.toml"))

"""What is served against what was deployed: only the deployed site is ever good."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.alerts.conditions import find_worst_state
from secstatus.monitoring.alerts.probe_conditions import is_trusted
from secstatus.monitoring.alerts.states import list_due_alerts, make_alert_event
from secstatus.monitoring.alerts.terms import AlertKind
from secstatus.monitoring.manifest_check import (
    YOUNG,
    Deployment,
    collect_good_digests,
    list_earlier_deployments,
    read_deployment,
)
from secstatus.monitoring.probe import ORDER, Fault, ProbeState, shorten_digest
from secstatus.monitoring.site_check import BADGE, FEED
from secstatus.published.documents import INDEX, STATUS
from secstatus.published.own_manifest import MANIFEST
from secstatus.published.status import PAGE
from tests.monitoring import alert_cases
from tests.monitoring.alert_cases import POLICY, condition, dead, journal, kinds, look, unknown
from tests.monitoring.small_site import (
    AS_OF,
    BASE,
    NOW,
    answers,
    assess_responses,
    by_path,
    site,
    spoilt,
)

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
GOOD, OLD = site(), site(AS_OF - DAY, "B")
# Another site of the same moment, in accord with itself.
FORGED = {**site(grade="B")}
WHERE = "gh-pages of origin, security-status/api/v1/manifest.json"
EARLIER = frozenset({shorten_digest(FORGED[MANIFEST])})


def seconds(moment):
    return int(moment.timestamp())


def deployed(files=GOOD, at=NOW - 5 * DAY, earlier=()):
    return read_deployment(files[MANIFEST], seconds(at), WHERE, earlier)


def see(files, there, at=NOW):
    return assess_responses(BASE, at, answers(files), {}, None, there)


def only(found):
    """The one state and the one fault of all addresses."""
    (told,) = {(probe.state, probe.fault) for probe in found.probes}
    return told


def test_the_deployed_site_is_up_and_the_round_remembers_that_it_was_compared():
    found = see(GOOD, deployed())
    assert only(found) == (ProbeState.UP, Fault.NONE)
    assert found.served.deployed == json.loads(GOOD[MANIFEST])["revision"][:16]
    assert see(GOOD, None).served.deployed == ""


def test_without_a_branch_the_same_answers_are_judged_by_themselves():
    assert only(see(FORGED, None)) == only(see(OLD, None)) == (ProbeState.UP, Fault.NONE)


@pytest.mark.parametrize(
    ("served", "there", "expected", "said"),
    [
        (FORGED, deployed(), (ProbeState.TAMPERED, Fault.REPLACED), "the host serves revision"),
        (FORGED, deployed(at=NOW), (ProbeState.TAMPERED, Fault.REPLACED), "deployed is revision"),
        (GOOD, deployed(OLD), (ProbeState.TAMPERED, Fault.REPLACED), "deployed is revision"),
        (
            OLD,
            deployed(),
            (ProbeState.STALE, Fault.NOT_ARRIVED),
            "did not arrive; served is revision",
        ),
        (OLD, deployed(at=NOW), (ProbeState.STALE, Fault.SETTLING), "did not arrive"),
        (OLD, deployed(at=NOW - YOUNG), (ProbeState.STALE, Fault.SETTLING), "did not arrive"),
        (OLD, deployed(at=NOW - YOUNG - MINUTE), (ProbeState.STALE, Fault.NOT_ARRIVED), "did not"),
        (OLD, deployed(at=NOW + 4 * MINUTE), (ProbeState.STALE, Fault.SETTLING), "did not arrive"),
        (
            OLD,
            deployed(at=NOW + 6 * MINUTE),
            (ProbeState.STALE, Fault.NOT_ARRIVED),
            "did not arrive",
        ),
        (
            OLD,
            deployed(at=NOW + 900 * DAY),
            (ProbeState.STALE, Fault.NOT_ARRIVED),
            "did not arrive",
        ),
        (
            FORGED,
            deployed(earlier=EARLIER),
            (ProbeState.STALE, Fault.NOT_ARRIVED),
            "did not arrive",
        ),
        (FORGED, deployed(at=NOW, earlier=EARLIER), (ProbeState.STALE, Fault.SETTLING), "did not"),
    ],
)
def test_what_is_not_the_deployed_site_is_told_apart(served, there, expected, said):
    found = see(served, there)
    assert only(found) == expected
    assert said in by_path(found)[MANIFEST].reason
    assert by_path(found)[PAGE].reason == f"{MANIFEST} does not prove it"


def test_both_sites_are_named():
    reason = by_path(see(FORGED, deployed()))[MANIFEST].reason
    ours, other = (json.loads(each[MANIFEST])["revision"][:12] for each in (GOOD, FORGED))
    as_of = "as of 2026-03-10T00:00:00Z"
    assert (
        reason == f"the host serves revision {other} {as_of}, deployed is revision {ours} {as_of}"
    )


@pytest.mark.parametrize("body", [None, b"", b"[]", b"\xff", GOOD[MANIFEST][:-40]])
def test_a_branch_that_holds_no_site_vouches_for_nothing(body):
    there = read_deployment(body, seconds(NOW), WHERE)
    found = see(GOOD, there)
    assert only(found) == (ProbeState.TAMPERED, Fault.REPLACED)
    assert by_path(found)[MANIFEST].reason.startswith(WHERE)
    assert "nothing proves the served site" in by_path(found)[MANIFEST].reason
    assert found.served.deployed == "nothing"


@pytest.mark.parametrize("time", [10**30, -(10**30)])
def test_a_commit_whose_time_is_no_moment_is_not_young(time):
    there = read_deployment(GOOD[MANIFEST], time, WHERE)
    assert there.at is None
    assert only(see(OLD, there)) == (ProbeState.STALE, Fault.NOT_ARRIVED)


def test_files_that_have_arrived_before_their_manifest_are_settling():
    mixed = {**GOOD, MANIFEST: OLD[MANIFEST]}
    assert only(see(mixed, deployed(at=NOW))) == (ProbeState.STALE, Fault.SETTLING)
    later = by_path(see(mixed, deployed()))
    assert later.pop(FEED).fault is Fault.NOT_ARRIVED, "it is the same in both"
    assert later.pop(MANIFEST).fault is Fault.NOT_ARRIVED
    assert {each.fault for each in later.values()} == {Fault.HALF_DEPLOYED}


def test_a_file_of_nobody_is_tampered_with_whatever_settles():
    found = by_path(see({**OLD, BADGE: b"<svg>A+</svg>"}, deployed(at=NOW)))
    assert found[BADGE].fault is Fault.TAMPERED


def test_an_old_site_that_has_lapsed_is_expired_as_well():
    found = by_path(see(OLD, deployed(at=NOW + 20 * DAY), at=NOW + 20 * DAY))
    assert found[MANIFEST].fault is Fault.SETTLING
    assert {found[path].fault for path in (PAGE, INDEX, STATUS, BADGE)} == {Fault.EXPIRED}
    assert found[FEED].fault is Fault.SETTLING


def test_a_manifest_with_an_error_is_not_compared_with_the_deployment():
    found = assess_responses(
        BASE, NOW, spoilt(answers(GOOD), MANIFEST, status=500), {}, None, deployed()
    )
    assert by_path(found)[MANIFEST].fault is Fault.ERROR


def test_only_manifests_that_were_the_deployed_ones_are_earlier_ones():
    compared, alone, forged = (
        see(files, there)
        for files, there in ((GOOD, deployed()), (OLD, None), (FORGED, deployed()))
    )
    other = replace(compared, base="https://other.example/")
    assert list_earlier_deployments([compared, alone, forged], BASE) == {
        shorten_digest(GOOD[MANIFEST])
    }
    assert list_earlier_deployments([other, alone], BASE) == frozenset()


def test_a_replaced_site_is_neither_trusted_nor_seen_good():
    found = see(FORGED, deployed())
    assert not is_trusted(found)
    assert collect_good_digests([found], BASE) == {}
    assert found.served.grade == ""


sites = st.builds(
    lambda days, grade, old: site(AS_OF - days * DAY, grade, without=(FEED,) if old else ()),
    st.integers(0, 3),
    st.sampled_from("ABCDF?"),
    st.booleans(),
)
times = st.integers(-(10**12), 10**12) | st.integers(-3000, 3000).map(lambda s: seconds(NOW) + s)


@given(sites, sites, times, st.booleans(), st.booleans())
def test_a_site_whose_manifest_is_not_the_deployed_one_is_never_good(
    served, there, time, remembered, is_read
):
    told = [shorten_digest(served[MANIFEST])] if remembered else []
    body = there[MANIFEST] if is_read else b"{}"
    found = see(served, read_deployment(body, time, WHERE, told))
    same = is_read and served[MANIFEST] == there[MANIFEST]
    if same:
        assert found == replace(
            see(served, None), served=replace(found.served, deployed=found.served.deployed)
        )
    else:
        assert all(probe.state not in (ProbeState.UP, ProbeState.SLOW) for probe in found.probes)
        assert found.served.deployed


@given(sites, sites, times, st.booleans())
def test_a_branch_makes_nothing_better(served, there, time, remembered):
    told = [shorten_digest(served[MANIFEST])] if remembered else []
    compared = see(served, read_deployment(there[MANIFEST], time, WHERE, told))
    alone = see(served, None)
    assert ORDER.index(compared.worst) >= ORDER.index(alone.worst)


COMPARED = replace(alert_cases.SAID, deployed="9f31")
SUBJECT = f"deployment of {alert_cases.BASE}"
HOUR = timedelta(hours=1)


def compared(fault=Fault.NONE, hours=0, **more):
    at = alert_cases.NOW - hours * HOUR
    return look(*[fault] * 5, at=at, served=COMPARED, **more)


def blind(fault=Fault.NONE, hours=0):
    return look(fault, at=alert_cases.NOW - hours * HOUR)


class TestConditions:
    @pytest.mark.parametrize(
        ("fault", "kind"), [(Fault.REPLACED, "tampered"), (Fault.NOT_ARRIVED, "not_arrived")]
    )
    def test_each_is_one_alert_about_the_deployment(self, fault, kind):
        found = alert_cases.judged(compared(fault, reason="served is another"))
        assert kinds(found) == {kind}
        assert condition(found, kind).subject == SUBJECT
        assert condition(found, kind).text == "served is another"

    def test_a_settling_deployment_neither_raises_nor_ends_an_alert(self):
        found = alert_cases.judged(compared(Fault.SETTLING))
        assert kinds(found) == set()
        assert SUBJECT in unknown(found, "tampered") & unknown(found, "not_arrived")

    def test_a_look_that_has_not_read_the_branch_tells_nothing(self):
        for fault in Fault:
            found = alert_cases.judged(blind(fault))
            assert SUBJECT not in {each.subject for each in found.conditions}
        found = alert_cases.judged(compared(Fault.REPLACED, 2), blind())
        assert condition(found, "tampered").subject == SUBJECT

    def test_it_ends_by_the_deployed_site_and_by_nothing_less(self):
        bad = compared(Fault.REPLACED, 3)
        for newer in (dead(), compared(Fault.SETTLING), compared(Fault.NOT_ARRIVED)):
            newer = replace(newer, served=COMPARED)
            assert SUBJECT in unknown(alert_cases.judged(bad, newer), "tampered")
        found = alert_cases.judged(bad, compared(Fault.SLOW, 2), blind())
        assert kinds(found) == set()
        assert SUBJECT not in unknown(found, "tampered") | unknown(found, "not_arrived")

    def test_as_many_looks_as_the_policy_says_and_blind_ones_do_not_count(self):
        policy = replace(POLICY, failures=2, successes=2)
        bad = [compared(Fault.REPLACED, 9), blind(hours=8), compared(Fault.REPLACED, 7)]
        assert kinds(alert_cases.judged(*bad[:2], policy=policy)) == set()
        found = alert_cases.judged(*bad, policy=policy)
        assert condition(found, "tampered").since == bad[0].at
        half = [*bad, compared(hours=6), blind(hours=5)]
        assert SUBJECT in unknown(alert_cases.judged(*half, policy=policy), "tampered")
        whole = [*half, compared(hours=4)]
        assert SUBJECT not in unknown(alert_cases.judged(*whole, policy=policy), "tampered")

    def test_an_old_look_tells_nothing_of_today(self):
        found = alert_cases.judged(compared(Fault.REPLACED, 24 * 9), blind())
        assert kinds(found) == set()
        assert SUBJECT in unknown(found, "tampered")

    def test_figures_are_no_better_than_an_alert_that_the_look_could_not_see(self):
        raised = []
        for fault, state in (
            (Fault.NOT_ARRIVED, ProbeState.STALE),
            (Fault.REPLACED, ProbeState.TAMPERED),
        ):
            found = alert_cases.judged(compared(fault))
            raised += [
                make_alert_event(each)
                for each in list_due_alerts(found, (), alert_cases.NOW, POLICY)
            ]
            assert find_worst_state(blind(), raised) is state
            assert (
                find_worst_state(replace(blind(), base="https://other.example/"), raised)
                is ProbeState.UP
            )
            assert find_worst_state(compared(), raised) is ProbeState.UP
            assert find_worst_state(dead(), raised) is ProbeState.DOWN

    @given(st.lists(st.tuples(st.sampled_from(sorted(Fault)), st.booleans()), max_size=5))
    def test_only_looks_that_have_read_the_branch_count(self, told):
        looks = [
            compared(fault, n) if is_read else blind(fault, n)
            for n, (fault, is_read) in enumerate(told)
        ]
        some = [each for each in looks if each.served.deployed]
        every, seen = (alert_cases.judged(journal(*each)) for each in (looks, some))
        for kind in (AlertKind.TAMPERED, AlertKind.NOT_ARRIVED):
            of = [
                {each.subject: each for each in found.conditions if each.kind is kind}.get(SUBJECT)
                for found in (every, seen)
            ]
            assert of[0] == of[1]
            assert (SUBJECT in unknown(every, kind)) == (SUBJECT in unknown(seen, kind))


def test_a_deployment_has_a_mark():
    assert Deployment().mark == "nothing"
    assert deployed().mark == json.loads(GOOD[MANIFEST])["revision"][:16]
    assert deployed(at=datetime(2026, 3, 1, tzinfo=UTC)).at == datetime(2026, 3, 1, tzinfo=UTC)

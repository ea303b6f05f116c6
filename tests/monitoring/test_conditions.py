"""What is wrong, what is proved to be well, and what nobody can tell."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.alerts.probe_conditions import assess_probe_runs, get_fault
from secstatus.monitoring.alerts.release_conditions import CREDENTIALS, IDENTITY
from secstatus.monitoring.alerts.terms import AlertKind, OutsideFacts
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.journal.reader import Journal, read_journal
from secstatus.monitoring.manifest_check import NOT_DEPLOYED
from secstatus.monitoring.policy import AlertPolicy
from secstatus.monitoring.probe import Fault, ProbeRun, ProbeState, ServedCopy
from secstatus.publishing.failures.catalogue import load_catalogue
from secstatus.publishing.failures.failure import Area
from tests.monitoring.alert_cases import (
    BASE,
    DAY,
    HOUR,
    NOW,
    PATHS,
    POLICY,
    SAID,
    condition,
    dead,
    event,
    judged,
    kinds,
    look,
    probe,
    published,
    unknown,
)

PROBED = {"down", "certificate", "slow", "stale", "tampered", "half_deployed"}
KIND_OF = {
    Fault.SLOW: "slow",
    Fault.EXPIRED: "stale",
    Fault.NOT_RENEWED: "stale",
    Fault.HALF_DEPLOYED: "half_deployed",
    Fault.TAMPERED: "tampered",
    Fault.CERTIFICATE: "certificate",
    Fault.REFUSED: "down",
    Fault.ERROR: "down",
    Fault.UNREACHABLE: "down",
}


class TestProbes:
    @pytest.mark.parametrize(("fault", "kind"), KIND_OF.items())
    def test_each_fault_is_told_apart(self, fault, kind):
        assert kinds(judged(look(fault))) == {kind}

    def test_a_site_that_is_well_has_no_condition_and_nothing_unknown(self):
        found = judged(look())
        assert kinds(found) == set()
        assert not [key for key in found.unknown if key[0] in PROBED | {"expiry"}]

    def test_a_dead_site_is_one_alert(self):
        (found,) = judged(dead()).conditions
        assert (found.kind, found.subject) == ("down", BASE)
        assert found.text.startswith("5 of 5 addresses; ")
        assert all(path in found.text for path in PATHS)
        assert "the page" in found.text

    def test_a_reason_is_told_once_with_its_addresses(self):
        found = condition(judged(look(Fault.ERROR, Fault.ERROR)), "down")
        assert found.text == "2 of 5 addresses; api/v1/manifest.json, the page: it is error"

    def test_a_dead_site_leaves_open_whether_it_is_anything_else(self):
        found = judged(dead())
        hidden = PROBED - {"down"}
        assert {str(kind) for kind, subject in found.unknown if subject == BASE} == hidden

    def test_behind_a_certificate_nobody_trusts_there_may_be_no_site(self):
        found = judged(look(Fault.CERTIFICATE))
        assert unknown(found, "down") == {BASE}

    def test_settling_is_neither_a_condition_nor_a_recovery(self):
        found = judged(look(Fault.SETTLING))
        assert kinds(found) == set()
        assert unknown(found, "half_deployed") == {BASE}
        assert unknown(found, "tampered") == {BASE}

    def test_a_missing_file_is_half_deployed_and_not_down(self):
        probes = (probe("", Fault.HALF_DEPLOYED, state=ProbeState.DOWN), probe("index.json"))
        found = judged(ProbeRun(NOW, BASE, probes, SAID))
        assert kinds(found) == {"half_deployed"}
        assert not unknown(found, "down")

    def test_a_round_without_probes_tells_nothing(self):
        found = judged(Journal(probe_runs=(ProbeRun(NOW, BASE, (), ServedCopy()),)))
        assert kinds(found) == set()
        assert {str(kind) for kind, subject in found.unknown if subject == BASE} == PROBED

    def test_an_old_look_tells_nothing(self):
        for fault in (Fault.NONE, Fault.ERROR):
            found = judged(look(fault, at=NOW - 9 * DAY))
            assert not kinds(found) & PROBED
            assert unknown(found, "down") == {BASE}

    def test_so_many_bad_rounds_in_a_row(self):
        policy = AlertPolicy(failures=3)
        bad = [look(Fault.ERROR, at=NOW - number * HOUR) for number in range(3)]
        assert unknown(judged(*bad[:2], policy=policy), "down") == {BASE}
        assert condition(judged(*bad, policy=policy), "down").since == NOW - 2 * HOUR
        between = [bad[0], look(at=bad[1].at), bad[2], look(Fault.ERROR, at=NOW - 3 * HOUR)]
        assert unknown(judged(*between, policy=policy), "down") == {BASE}

    def test_so_many_good_rounds_in_a_row(self):
        policy = AlertPolicy(successes=2)
        bad = look(Fault.ERROR, at=NOW - 2 * HOUR)
        once = judged(bad, look(), policy=policy)
        assert (kinds(once), unknown(once, "down")) == (set(), {BASE})
        twice = judged(bad, look(at=NOW - HOUR), look(), policy=policy)
        assert (kinds(twice), unknown(twice, "down")) == (set(), set())

    def test_each_site_is_judged_by_its_own_rounds(self):
        other = "https://other.example/"
        found = judged(look(Fault.SLOW, base=other, at=NOW - HOUR), look())
        assert condition(found, "slow").subject == other

    def test_of_two_looks_of_one_second_the_worse_counts(self):
        one, other = look(), look(Fault.TAMPERED)
        assert kinds(judged(one, other)) == kinds(judged(other, one)) == {"tampered"}

    def test_a_state_and_a_fault_that_contradict_each_other_give_the_worse(self):
        assert get_fault(probe(state=ProbeState.TAMPERED)) is Fault.TAMPERED
        assert get_fault(probe(fault=Fault.TAMPERED, state=ProbeState.UP)) is Fault.TAMPERED
        assert get_fault(probe(fault=Fault.SLOW, state=ProbeState.DOWN)) is Fault.UNREACHABLE

    def test_what_an_address_hides_stands_in_no_text(self):
        told = "found a redirect to https://user:hush@host.example/x?token=hush"
        found = condition(judged(look(Fault.ERROR, reason=told)), "down")
        assert "hush" not in found.text
        assert "https://***@host.example/x" in found.text

    @given(st.sets(st.sampled_from(sorted(KIND_OF)), min_size=1, max_size=4))
    def test_every_fault_of_a_round_is_a_condition(self, faults):
        assert kinds(judged(look(*sorted(faults)))) == {KIND_OF[fault] for fault in faults}

    @given(st.lists(st.sampled_from(sorted(Fault)), min_size=1, max_size=5))
    def test_a_worse_fault_never_proves_that_a_lesser_one_is_over(self, faults):
        found = ProbeRun(NOW, BASE, tuple(probe(str(n), each) for n, each in enumerate(faults)))
        lesser = {AlertKind.STALE, AlertKind.SLOW, AlertKind.TAMPERED, AlertKind.HALF_DEPLOYED}
        well = {each.key[0] for each in assess_probe_runs([found], NOW, POLICY) if each.is_well}
        if lesser & well:
            good = (ProbeState.UP, ProbeState.SLOW, ProbeState.STALE)
            assert all(each.state in good for each in found.probes)
            assert not (NOT_DEPLOYED | {Fault.HALF_DEPLOYED}) & set(faults)


class TestExpiry:
    def test_a_certificate_that_ends_soon(self):
        found = condition(judged(look(tls_days=13.5)), "expiry")
        assert found.subject == f"certificate of {BASE}"
        assert found.text == "the certificate: 13 days are left"
        assert kinds(judged(look(tls_days=14.0))) == set()

    @pytest.mark.parametrize(("left", "words"), [(-1.0, "has ended"), (0.3, "less than a day")])
    def test_a_certificate_that_is_nearly_or_quite_over(self, left, words):
        assert words in condition(judged(look(tls_days=left)), "expiry").text

    def test_the_days_since_the_look_are_gone(self):
        book = look(tls_days=15.0, at=NOW - 3 * DAY)
        assert kinds(judged(book)) == {"expiry"}

    def test_since_when_it_is_short(self):
        looks = [look(tls_days=20.0 - 3 * n, at=NOW - (4 - n) * DAY) for n in range(5)]
        assert condition(judged(*looks), "expiry").since == looks[3].at

    def test_a_certificate_nobody_trusts_proves_nothing(self):
        found = judged(look(*[Fault.CERTIFICATE] * 5, tls_days=300.0))
        assert f"certificate of {BASE}" in unknown(found, "expiry")

    def test_no_figure_is_no_proof(self):
        assert f"certificate of {BASE}" in unknown(judged(dead()), "expiry")

    @pytest.mark.parametrize("hours", [23, 0, -5])
    def test_a_status_that_lapses(self, hours):
        served = replace(SAID, valid_until=NOW + hours * HOUR)
        found = condition(judged(look(served=served)), "expiry")
        assert found.subject == f"status of {BASE}"
        assert ("was valid" in found.text) is (hours <= 0)
        assert found.since == NOW + (hours - 24) * HOUR

    def test_a_status_that_lasts(self):
        served = replace(SAID, valid_until=NOW + 24 * HOUR)
        assert kinds(judged(look(served=served))) == set()

    @pytest.mark.parametrize(
        "found", [look(served=ServedCopy()), look(Fault.TAMPERED), look(at=NOW - 9 * DAY)]
    )
    def test_a_status_that_nobody_can_vouch_for(self, found):
        assert f"status of {BASE}" in unknown(judged(found), "expiry")


class TestPublishing:
    def failed(self, version="1.4.0", at=NOW, failure="network", **more):
        told = {"area": "upload", "failure": failure, "reason": "no route", **more}
        return published(version, at, "failed", **told)

    def test_a_release_that_failed(self):
        found = judged(self.failed(at=NOW - DAY), self.failed())
        (told,) = found.conditions
        assert (told.kind, told.subject) == ("publishing_failure", "releases")
        assert told.text == "1.4.0: network: no route"
        assert told.since == NOW - DAY
        assert unknown(found, "authentication_error") == {"releases"}

    @pytest.mark.parametrize(
        ("area", "failure"),
        [("trusted publishing", "invalid-publisher"), ("upload", "invalid-auth")],
    )
    def test_an_identity_that_was_not_taken_is_another_alert(self, area, failure):
        found = judged(self.failed(area=area, failure=failure))
        assert kinds(found) == {"authentication_error"}
        assert unknown(found, "publishing_failure") == {"releases"}

    @pytest.mark.parametrize("version", ["1.4.0", "1.4.0.0", "1.4.1", "2.0.0rc1"])
    def test_a_success_of_it_or_of_a_newer_one_ends_it(self, version):
        found = judged(self.failed(at=NOW - DAY), published(version))
        assert kinds(found) == set()
        assert not unknown(found, "publishing_failure")
        assert not unknown(found, "authentication_error")

    @pytest.mark.parametrize("version", ["1.3.9", "1.4.0rc1", "no version", ""])
    def test_a_success_of_another_one_does_not(self, version):
        assert kinds(judged(self.failed(at=NOW - DAY), published(version))) == {
            "publishing_failure"
        }

    def test_a_success_before_it_does_not(self):
        assert kinds(judged(published("2.0", NOW - DAY), self.failed())) == {"publishing_failure"}

    def test_of_the_same_second_the_failure_counts(self):
        one, other = self.failed(), published("1.4.0")
        assert kinds(judged(one, other)) == kinds(judged(other, one)) == {"publishing_failure"}

    def test_several_versions_are_one_alert(self):
        found = judged(self.failed("1.3.9", NOW - DAY), self.failed())
        assert condition(found, "publishing_failure").text.startswith("1.4.0: ")
        assert "1.3.9" in condition(found, "publishing_failure").text

    @pytest.mark.parametrize("outcome", ["mismatch", "missing"])
    def test_what_the_index_shows_counts_after_publishing(self, outcome):
        seen = event("verify", outcome, version="1.4.0")
        assert kinds(judged(published("1.4.0", NOW - HOUR), seen)) == {"publishing_failure"}

    def test_before_publishing_nothing_is_missing(self):
        assert kinds(judged(event("verify", "missing", version="1.4.0"))) == set()
        assert kinds(judged(event("verify", "mismatch", version="1.4.0"))) == {"publishing_failure"}

    def test_only_compared_files_make_foreign_files_good(self):
        before = [
            published("1.4.0", NOW - DAY),
            event("verify", "mismatch", NOW - HOUR, version="1.4.0"),
        ]
        assert kinds(judged(*before, published("1.5.0"))) == {"publishing_failure"}
        assert kinds(judged(*before, event("verify", "verified", version="1.4.0"))) == set()

    def test_what_is_missing_comes_with_the_next_success(self):
        before = [
            published("1.4.0", NOW - DAY),
            event("verify", "missing", NOW - HOUR, version="1.4.0"),
        ]
        assert kinds(judged(*before, published("1.4.1"))) == set()

    def test_without_any_publishing_nothing_is_known(self):
        assert unknown(judged(), "publishing_failure") == {"releases"}

    def test_a_failure_of_long_ago_is_not_known_any_more(self):
        found = judged(self.failed(at=NOW - 366 * DAY))
        assert kinds(found) == set()
        assert unknown(found, "publishing_failure") == {"releases"}

    def test_the_ids_are_those_of_the_diagnosis(self):
        assert {each.id for each in load_catalogue().failures} >= CREDENTIALS
        assert IDENTITY == Area.IDENTITY


class TestStatusUpdates:
    def test_a_scan_that_is_incomplete(self):
        scans = {"grype": "complete", "trivy": "failed"}
        found = judged(
            event("ingest", "complete", NOW - 3 * DAY),
            event("ingest", "incomplete", NOW - 2 * DAY),
            event("ingest", "incomplete", scans=scans),
        )
        told = condition(found, "status_update_failure")
        assert told.subject == "scans"
        assert told.text == "the newest scan is incomplete; trivy: failed"
        assert told.since == NOW - 2 * DAY

    @pytest.mark.parametrize(
        ("kind", "bad", "good", "subject"),
        [
            ("ingest", "incomplete", "complete", "scans"),
            ("deploy", "failed", "deployed", "deployment"),
            ("deploy", "refused", "deployed", "deployment"),
            ("served", "different", "same", "served site"),
            ("served", "unreachable", "same", "served site"),
            ("workflows", "failed", "ok", "workflows"),
        ],
    )
    def test_the_newest_counts(self, kind, bad, good, subject):
        old, new = event(kind, good, NOW - HOUR), event(kind, bad)
        assert condition(judged(old, new), "status_update_failure").subject == subject
        assert condition(judged(event(kind, good), new), "status_update_failure")
        back = judged(event(kind, bad, NOW - HOUR), event(kind, good))
        assert "status_update_failure" not in kinds(back)
        assert subject not in unknown(back, "status_update_failure")
        strange = judged(event(kind, bad, NOW - HOUR), event(kind, "a new word"))
        assert "status_update_failure" not in kinds(strange)
        assert subject in unknown(strange, "status_update_failure")

    def test_a_later_look_at_the_same_site_ends_what_the_deployment_saw(self):
        bad = event("served", "unreachable", NOW - HOUR, revision="9f31")
        assert kinds(judged(bad, look())) == set()
        assert kinds(judged(bad, look(served=replace(SAID, revision="other")))) != set()
        assert kinds(judged(bad, look(at=NOW - 2 * HOUR))) == {"status_update_failure"}
        assert "status_update_failure" in kinds(judged(bad, look(Fault.EXPIRED)))

    def test_old_news_of_workflows_is_no_news(self):
        for outcome in ("ok", "failed"):
            found = judged(event("workflows", outcome, NOW - 9 * DAY))
            assert "workflows" in unknown(found, "status_update_failure")

    def test_nothing_known(self):
        subjects = {"scans", "deployment", "served site", "workflows"}
        assert unknown(judged(), "status_update_failure") == subjects


class TestUnusualReleases:
    def test_too_many_in_a_week(self):
        few = [published(f"1.{n}", NOW - n * DAY) for n in range(3)]
        assert kinds(judged(*few)) == set()
        many = [*few, published("1.9", NOW - HOUR)]
        found = condition(judged(*many), "unusual_releases")
        assert found.subject == "frequency"
        assert found.text.startswith("4 releases in 7 days, expected at most 3; 1.0; 1.9")
        assert found.since == NOW
        assert kinds(judged(*many, now=NOW + 8 * DAY)) == set()

    def test_the_same_version_counts_once(self):
        assert kinds(judged(*[published("1.0", NOW - n * HOUR) for n in range(6)])) == set()

    def test_too_many_attempts_in_a_day(self):
        tries = [published("1.0", NOW - n * HOUR, attempts=4) for n in range(3)]
        assert condition(judged(*tries), "unusual_releases").subject == "attempts"
        assert kinds(judged(*tries[:2])) == set()
        assert kinds(judged(published("1.0", attempts=10))) == set()
        spread = [published("1.0", NOW - n * DAY, attempts=4) for n in range(3)]
        assert kinds(judged(*spread)) == set()

    @pytest.mark.parametrize("attempts", [None, "9", -5, True, 1e9, [3]])
    def test_what_is_no_number_of_attempts_is_one(self, attempts):
        assert kinds(judged(published("1.0", attempts=attempts))) == set()

    def test_published_twice_with_other_files(self):
        one = published("1.0", NOW - 2 * DAY, files=["kelp-1.0.tar.gz"])
        same, other = (published("1.0", files=[f"kelp-1.0{end}"]) for end in (".tar.gz", ".zip"))
        assert kinds(judged(one, same)) == set()
        assert kinds(judged(one, published("1.0"))) == set()
        found = condition(judged(one, other), "unusual_releases")
        assert (found.subject, found.text) == ("files", "1.0: published twice, with other files")
        old = replace(one, at=NOW - 60 * DAY)
        assert kinds(judged(old, other)) == {"unusual_releases"}

    def test_a_release_that_nobody_decided(self):
        decided = event("decide", "security_auto", NOW - 3 * DAY)
        first = published("1.0", NOW - 2 * DAY)
        assert kinds(judged(decided, first)) == set()
        found = condition(judged(decided, first, published("1.1")), "unusual_releases")
        assert (found.subject, found.since) == ("decisions", NOW)
        assert found.text == "1.1: published, and nothing was decided"

    @pytest.mark.parametrize(
        "covering",
        [
            event("decide", "manual", NOW - HOUR),
            event("decide", "manual", NOW + HOUR, version="1.1.0"),
            published("1.1", NOW + HOUR, decision_id="d-7"),
        ],
    )
    def test_what_covers_a_release(self, covering):
        book = [event("decide", "none", NOW - 5 * DAY), covering, published("1.1")]
        assert kinds(judged(*book, now=NOW + HOUR)) == set()

    def test_the_book_of_releases_covers_it_too(self):
        book = [event("decide", "none", NOW - 5 * DAY), published("1.1")]
        assert kinds(judged(*book)) == {"unusual_releases"}
        assert kinds(judged(*book, facts=OutsideFacts(decided=frozenset({"1.1.0"})))) == set()

    def test_a_decision_not_to_release_covers_nothing(self):
        book = [event("decide", "none", NOW - HOUR), published("1.1")]
        assert kinds(judged(*book)) == {"unusual_releases"}

    def test_releases_of_long_ago_and_before_the_first_decision_are_not_asked_for(self):
        none = event("decide", "none", NOW - 20 * DAY)
        assert kinds(judged(none, published("1.0", NOW - 8 * DAY))) == set()
        assert (
            kinds(judged(published("1.0", NOW - 2 * DAY), event("decide", "none", NOW - DAY)))
            == set()
        )

    def test_where_nothing_is_decided_nothing_can_be_said_of_it(self):
        found = judged(published("1.0"))
        assert kinds(found) == set()
        assert unknown(found, "unusual_releases") == {"decisions"}


class TestSilence:
    def test_a_cadence_and_a_half(self):
        for entry in (
            event("ingest", "complete", NOW - timedelta(days=10.5)),
            look(served=replace(SAID, scan_date=NOW - timedelta(days=10.5))),
        ):
            assert "silence" not in kinds(judged(entry))
            found = condition(judged(entry, now=NOW + HOUR), "silence")
            assert (found.subject, found.since) == ("scans", NOW)

    def test_the_newest_of_both_counts(self):
        book = [event("ingest", "complete", NOW - 40 * DAY), look()]
        assert kinds(judged(*book)) == set()
        book = [event("ingest", "complete", NOW - DAY), dead()]
        assert kinds(judged(*book)) == {"down"}

    def test_an_incomplete_scan_breaks_no_silence(self):
        book = [event("ingest", "complete", NOW - 40 * DAY), event("ingest", "incomplete")]
        assert kinds(judged(*book)) == {"silence", "status_update_failure"}

    def test_the_cadence_of_the_site_counts_where_it_is_one(self):
        for cadence, is_silent in ((30, False), (1, True), (0, True), (-3, True), (1e12, True)):
            served = replace(SAID, scan_date=NOW - 12 * DAY, cadence_days=cadence)
            assert ("silence" in kinds(judged(look(served=served)))) is is_silent

    def test_nothing_known_is_unknown(self):
        assert "scans" in unknown(judged(), "silence")
        assert "scans" in unknown(judged(dead()), "silence")

    @pytest.mark.parametrize(
        "found", [look(Fault.TAMPERED), look(served=replace(SAID, scan_date=NOW + DAY))]
    )
    def test_a_site_that_cannot_be_believed_breaks_no_silence(self, found):
        old = event("ingest", "complete", NOW - 40 * DAY)
        assert "silence" in kinds(judged(old, found))
        assert "scans" in unknown(judged(found), "silence")

    def test_a_repository_at_rest(self):
        facts = OutsideFacts(last_activity=NOW - 51 * DAY)
        found = condition(judged(facts=facts), "silence")
        assert (found.subject, found.since) == ("schedule", NOW - DAY)

    def test_a_workflow_that_is_switched_off(self):
        told = event(
            "workflows", "ok", disabled=["status-watchdog.yml"], pushed_at="2026-11-01T00:00:00Z"
        )
        found = condition(judged(told), "silence")
        assert found.text == "status-watchdog.yml: the workflow is switched off"
        facts = OutsideFacts(last_activity=NOW - DAY, disabled=("a.yml",))
        assert condition(judged(facts=facts), "silence").subject == "schedule"

    def test_a_schedule_is_well_only_when_both_are_known(self):
        recent = NOW - DAY
        whole = event("workflows", "ok", disabled=[], pushed_at="2026-11-01T00:00:00Z")
        assert "schedule" not in unknown(judged(whole), "silence")
        facts = OutsideFacts(recent, ())
        assert "schedule" not in unknown(judged(facts=facts), "silence")
        for entry, facts in (
            (event("workflows", "ok", disabled=[]), OutsideFacts()),
            (event("workflows", "ok"), OutsideFacts(recent)),
            (replace(whole, at=NOW - 9 * DAY), OutsideFacts()),
            (event("workflows", "ok", disabled="none"), OutsideFacts(recent)),
            (event("workflows", "ok", disabled=[]), OutsideFacts(NOW + DAY)),
        ):
            assert "schedule" in unknown(judged(entry, facts=facts), "silence")


class TestAll:
    def test_nothing_known_is_no_condition(self):
        assert judged().conditions == ()

    def test_an_open_alert_that_nothing_is_known_of_is_unknown(self):
        told = {"alert": "down", "subject": "https://gone.example/", "text": "x"}
        found = judged(event("alert", "raised", NOW - DAY, **told), look())
        assert unknown(found, "down") == {"https://gone.example/"}

    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=5,
    )
    kind = st.sampled_from(
        ["publish", "verify", "ingest", "decide", "deploy", "served", "workflows", "alert"]
    )
    outcome = st.sampled_from(
        [
            "published",
            "failed",
            "refused",
            "complete",
            "incomplete",
            "none",
            "manual",
            "deployed",
            "mismatch",
            "missing",
            "verified",
            "same",
            "different",
            "ok",
            "raised",
            "recovered",
        ]
    )
    key = st.sampled_from(
        [
            "version",
            "files",
            "attempts",
            "area",
            "failure",
            "reason",
            "scans",
            "disabled",
            "pushed_at",
            "failing",
            "alert",
            "subject",
            "text",
            "since",
            "decision_id",
            "revision",
        ]
    )
    ago = st.integers(0, 20).map(lambda days: NOW - days * DAY)

    @given(st.data())
    def test_no_detail_breaks_it_and_the_order_of_lines_does_not_matter(self, data):
        entries = [
            event(
                data.draw(self.kind),
                data.draw(self.outcome),
                data.draw(self.ago),
                **data.draw(st.dictionaries(self.key, self.values, max_size=4)),
            )
            for _ in range(data.draw(st.integers(0, 6)))
        ]
        faults = st.lists(st.sampled_from(sorted(Fault)), max_size=3)
        looks = [look(*data.draw(faults), at=data.draw(self.ago)) for _ in range(2)]
        lines = [encode_line(each) for each in (*entries, *looks)]
        found = judged(read_journal(b"".join(lines)))
        random.Random(data.draw(st.integers(0, 99))).shuffle(lines)
        assert judged(read_journal(b"".join(lines))) == found
        keys = [each.key for each in found.conditions]
        assert len(set(keys)) == len(keys)
        assert not found.unknown & set(keys)
        assert all(each.text.isprintable() and each.since <= NOW for each in found.conditions)

    def test_figures_without_end_are_limits_all_the_same(self):
        policy = AlertPolicy(
            fresh_days=1e300, valid_hours=1e300, silence_cadences=1e300, idle_days=1e300
        )
        found = judged(look(), policy=policy, facts=OutsideFacts(NOW, ()))
        assert kinds(found) == {"expiry"}

    def test_the_figures_of_the_policy_are_those_told(self):
        assert (POLICY.tls_days, POLICY.valid_hours, POLICY.remind_hours) == (14, 24, 168)
        assert (POLICY.most_releases, POLICY.most_attempts, POLICY.idle_days) == (3, 10, 50)

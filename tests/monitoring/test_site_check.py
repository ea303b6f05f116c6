"""What answers prove about a site; above all, that no fault gives `up`."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.manifest_check import collect_good_digests
from secstatus.monitoring.probe import (
    ORDER,
    Fault,
    ProbeRun,
    ProbeState,
    Response,
    ServedCopy,
    read_age,
    read_cache_hit,
    shorten_digest,
)
from secstatus.monitoring.site_check import BADGE, FEED, list_paths, list_paths_to_retry
from secstatus.published.documents import INDEX, STATUS
from secstatus.published.own_manifest import MANIFEST
from secstatus.published.status import PAGE
from tests.monitoring.small_site import (
    AS_OF,
    BASE,
    FILES,
    NOW,
    PATHS,
    answer,
    answers,
    by_path,
    judge,
    manifest,
    site,
    spoilt,
    text,
)

GOOD = site()
OLD = site(AS_OF - timedelta(days=1), "B")
DAY = timedelta(days=1)


def states(found):
    return {probe.path: (probe.state, probe.fault) for probe in found.probes}


def test_a_healthy_site_is_up():
    found = judge(answers(GOOD))
    assert [probe.path for probe in found.probes] == list(PATHS)
    assert {probe.state for probe in found.probes} == {ProbeState.UP}
    assert not any(probe.reason or probe.fault for probe in found.probes)
    assert found.served == ServedCopy(
        as_of=AS_OF,
        changes_at=AS_OF + DAY,
        revision=json.loads(GOOD[MANIFEST])["revision"],
        valid_until=AS_OF + 9 * DAY,
        scan_date=AS_OF - DAY,
        cadence_days=7,
        grade="A",
    )


def test_a_probe_has_the_figures_of_the_answer():
    headers = {"age": "70", "x-cache": "HIT", "content-encoding": "gzip"}
    probe = by_path(judge(spoilt(answers(GOOD), FEED, headers=headers, tls_days=30.5)))[FEED]
    figures = (probe.http_status, probe.first_byte_ms, probe.latency_ms, probe.size)
    assert figures == (200, 20.0, 40.0, len(GOOD[FEED]))
    assert (probe.tls_days, probe.age, probe.cache_hit) == (30.5, 70, True)
    assert (probe.encoding, probe.digest) == ("gzip", shorten_digest(GOOD[FEED]))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"status": 500}, Fault.ERROR),
        ({"status": 503}, Fault.ERROR),
        ({"status": 204}, Fault.ERROR),
        ({"status": 302}, Fault.ERROR),
        ({"status": 999}, Fault.ERROR),
        ({"status": None}, Fault.ERROR),
        ({"status": 401}, Fault.REFUSED),
        ({"status": 403}, Fault.REFUSED),
        ({"status": 418}, Fault.REFUSED),
        ({"status": 429}, Fault.REFUSED),
        ({"status": 404}, Fault.HALF_DEPLOYED),
        ({"status": 410}, Fault.HALF_DEPLOYED),
        ({"fault": Fault.CERTIFICATE, "reason": "it has expired"}, Fault.CERTIFICATE),
        ({"fault": Fault.UNREACHABLE, "reason": "no answer"}, Fault.UNREACHABLE),
        ({"fault": Fault.UNREACHABLE, "status": 404}, Fault.UNREACHABLE),
    ],
)
@pytest.mark.parametrize("path", FILES)
def test_an_address_without_its_file_is_down(path, changes, fault):
    found = judge(spoilt(answers(GOOD), path, **changes))
    assert by_path(found)[path].state is ProbeState.DOWN
    assert by_path(found)[path].fault is fault
    assert [probe.path for probe in found.probes if probe.state is not ProbeState.UP] == [path]


@pytest.mark.parametrize("status", [404, 403, 500])
def test_without_a_manifest_nothing_is_up(status):
    found = judge(spoilt(answers(GOOD), MANIFEST, status=status))
    fault = Fault.ERROR if status == 500 else Fault.REFUSED
    assert set(states(found).values()) == {(ProbeState.DOWN, fault)}
    assert by_path(found)[PAGE].reason == f"{MANIFEST} does not prove it"
    assert found.served == ServedCopy()


def test_an_answer_that_is_too_large_is_tampered_with():
    found = judge(spoilt(answers(GOOD), FEED, fault=Fault.TAMPERED, reason="more than 9 bytes"))
    assert states(found)[FEED] == (ProbeState.TAMPERED, Fault.TAMPERED)
    assert by_path(found)[FEED].reason == "more than 9 bytes"


def changed(**keys):
    return json.dumps({**json.loads(GOOD[MANIFEST]), **keys}).encode()


def one_file(**keys):
    files = json.loads(GOOD[MANIFEST])["files"]
    return changed(files={**files, FEED: {**files[FEED], **keys}})


BAD_MANIFESTS = {
    "cut": GOOD[MANIFEST][:-40],
    "empty": b"",
    "page": b"<!doctype html><h1>maintenance</h1>",
    "binary": b"\xff\xfe\x00",
    "list": b"[]",
    "deep": b"[" * 100_000,
    "digits": b'{"files": ' + b"9" * 5000 + b"}",
    "twice": GOOD[MANIFEST][:-1] + b', "as_of": "2026-03-10T00:00:00Z"}',
    "tool": changed(tool={"name": "another"}),
    "no tool": changed(tool=None),
    "as_of": changed(as_of=20260310),
    "as_of offset": changed(as_of="2026-03-10T00:00:00+00:00"),
    "as_of day": changed(as_of="2026-02-31T00:00:00Z"),
    "changes_at": changed(changes_at=None),
    "changes_at before": changed(changes_at=text(AS_OF)),
    "grade": changed(security_grade="A+"),
    "grade list": changed(security_grade=["A"]),
    "revision": changed(revision="0" * 64),
    "no revision": changed(revision=None),
    "files": changed(files=[]),
    "no files": manifest({}),
    "no page": manifest({INDEX: b"", STATUS: b""}),
    "entry": changed(files={"index.html": "abc"}),
    "digest": one_file(sha256="ABC"),
    "size": one_file(size=-1),
    "size truth": one_file(size=True),
    "size number": one_file(size=1e400),
    "unreadable": changed(unreadable="cannot be read"),
}


@pytest.mark.parametrize("name", BAD_MANIFESTS)
def test_a_manifest_that_is_none_of_ours_is_tampered_with(name):
    found = judge(spoilt(answers(GOOD), MANIFEST, body=BAD_MANIFESTS[name]))
    assert set(states(found).values()) == {(ProbeState.TAMPERED, Fault.TAMPERED)}
    assert found.served == ServedCopy()
    reason = by_path(found)[MANIFEST].reason
    assert reason.isprintable()
    assert "api/v1/manifest.json: " in reason
    assert "expected" in reason


def test_all_addresses_are_asked_when_the_manifest_cannot_be_read():
    assert list_paths({}) == PATHS
    assert list_paths({MANIFEST: [answer(b"")]}) == PATHS
    assert list_paths({MANIFEST: [answer(GOOD[MANIFEST])]}) == PATHS


def test_only_what_the_manifest_lists_is_asked_and_judged():
    few = site(without=(FEED, BADGE))
    assert list_paths({MANIFEST: [answer(few[MANIFEST])]}) == (MANIFEST, PAGE, INDEX, STATUS)
    found = judge({**answers(few), FEED: [answer(status=404)]})
    assert list(by_path(found)) == [MANIFEST, PAGE, INDEX, STATUS]
    assert found.worst is ProbeState.UP


def test_an_address_that_was_not_asked_is_down():
    found = judge({MANIFEST: [answer(GOOD[MANIFEST])]})
    assert {probe.state for probe in found.probes if probe.path != MANIFEST} == {ProbeState.DOWN}
    assert judge({}).worst is ProbeState.DOWN


@pytest.mark.parametrize("path", [INDEX, STATUS])
def test_a_document_of_another_moment_is_half_deployed(path):
    found = judge(spoilt(answers(GOOD), path, body=OLD[path]))
    assert states(found)[path] == (ProbeState.STALE, Fault.HALF_DEPLOYED)
    assert by_path(found)[path].reason == (
        "it is the file of 2026-03-09T00:00:00Z, the manifest is of 2026-03-10T00:00:00Z"
    )


@pytest.mark.parametrize("path", [PAGE, INDEX, STATUS])
def test_other_content_of_the_same_moment_is_tampered_with(path):
    found = judge(spoilt(answers(GOOD), path, body=GOOD[path] + b"\n"))
    assert states(found)[path] == (ProbeState.TAMPERED, Fault.TAMPERED)


def test_a_badge_that_was_seen_good_before_is_half_deployed():
    old = spoilt(answers(GOOD), BADGE, body=OLD[BADGE])
    assert states(judge(old))[BADGE] == (ProbeState.TAMPERED, Fault.TAMPERED)
    before = judge(answers(OLD), NOW - DAY)
    known = collect_good_digests([before], BASE)
    assert states(judge(old, known=known))[BADGE] == (ProbeState.STALE, Fault.HALF_DEPLOYED)
    assert "of an earlier probe run" in by_path(judge(old, known=known))[BADGE].reason


def test_what_was_seen_in_a_tampered_round_or_elsewhere_is_not_known():
    before = judge(answers(OLD), NOW - DAY)
    spoilt_round = judge(spoilt(answers(OLD), FEED, body=b"other"), NOW - DAY)
    assert collect_good_digests([before], BASE)[BADGE] == {shorten_digest(OLD[BADGE])}
    assert collect_good_digests([spoilt_round], BASE) == {}
    assert collect_good_digests([before], "https://other.example/") == {}
    half = judge(spoilt(answers(GOOD), INDEX, body=OLD[INDEX]))
    assert INDEX not in collect_good_digests([half], BASE)


def test_an_old_manifest_with_new_files_is_half_deployed():
    found = judge({**answers(GOOD), MANIFEST: [answer(OLD[MANIFEST])]})
    expected = (ProbeState.STALE, Fault.HALF_DEPLOYED)
    assert [states(found)[path] for path in (PAGE, INDEX, STATUS)] == [expected] * 3
    assert states(found)[BADGE] == (ProbeState.TAMPERED, Fault.TAMPERED)


def aged(path, body, age):
    return spoilt(answers(GOOD), path, body=body, headers={"age": age})


@pytest.mark.parametrize("path", [INDEX, STATUS])
def test_an_older_copy_in_a_cache_is_settling_for_a_while(path):
    # Taken at 00:09 and at 00:11; the manifest is of midnight.
    at = AS_OF + timedelta(minutes=19)
    assert states(judge(aged(path, OLD[path], "600"), at))[path][1] is Fault.SETTLING
    assert judge(aged(path, OLD[path], "600"), at).worst is ProbeState.STALE
    assert states(judge(aged(path, OLD[path], "480"), at))[path][1] is Fault.HALF_DEPLOYED


def test_a_site_of_midnight_that_was_deployed_in_the_morning_settles_then():
    # The manifest was put in its place at 08:55; the copy was taken at 08:52.
    headers = {"last-modified": "Tue, 10 Mar 2026 08:55:00 GMT"}
    old = aged(INDEX, OLD[INDEX], "480")
    found = judge(spoilt(old, MANIFEST, headers=headers), NOW)
    assert states(found)[INDEX] == (ProbeState.STALE, Fault.SETTLING)
    assert states(judge(old, NOW))[INDEX][1] is Fault.HALF_DEPLOYED


@pytest.mark.parametrize(
    "said",
    [
        "Tue, 10 Mar 2026 06:30:00 GMT",
        "Tue, 10 Mar 2026 09:30:00 GMT",
        "Tue, 10 Mar 99999 08:55:00 GMT",
        "yesterday",
        "",
    ],
)
def test_a_change_that_explains_nothing_settles_nothing(said):
    old = spoilt(aged(INDEX, OLD[INDEX], "480"), MANIFEST, headers={"last-modified": said})
    assert states(judge(old, NOW))[INDEX][1] is Fault.HALF_DEPLOYED


@pytest.mark.parametrize("age", ["0", "", "-600", "6e2", "999999", "9" * 400, "٣٣"])
def test_an_age_that_explains_nothing_settles_nothing(age):
    found = judge(aged(INDEX, OLD[INDEX], age))
    assert states(found)[INDEX] == (ProbeState.STALE, Fault.HALF_DEPLOYED)


def test_newer_and_foreign_copies_never_settle():
    at = AS_OF + timedelta(minutes=1)
    new = site(AS_OF + timedelta(minutes=2))
    assert states(judge(aged(INDEX, new[INDEX], "30"), at))[INDEX][1] is Fault.HALF_DEPLOYED
    assert states(judge(aged(BADGE, b"<svg/>", "30"), at))[BADGE][1] is Fault.TAMPERED
    # A page can say any moment.
    assert states(judge(aged(PAGE, OLD[PAGE], "30"), at))[PAGE][1] is Fault.HALF_DEPLOYED
    known = {PAGE: {shorten_digest(OLD[PAGE])}}
    assert states(judge(aged(PAGE, OLD[PAGE], "30"), at, known))[PAGE][1] is Fault.SETTLING


@pytest.mark.parametrize("path", [INDEX, STATUS])
@pytest.mark.parametrize(
    "keys",
    [
        {"security_grade": "B"},
        {"as_of": text(AS_OF + timedelta(minutes=1))},
        {"revision": 13},
        {"revision": None},
        {"valid_until": text(AS_OF + 400 * DAY)},
        {"scan_date": text(AS_OF)},
        {"valid_until": None},
        {"valid_until": ""},
        {"valid_until": 9},
        {"security_grade": None},
        {"revision": 1.5},
        {"policy": []},
        {"policy": {"cadence_days": 0}},
        {"policy": {"cadence_days": True}},
        {"policy": {"cadence_days": "7"}},
    ],
)
def test_documents_that_contradict_are_tampered_with_though_their_digests_fit(path, keys):
    name = "index" if path == INDEX else "status"
    found = judge(answers(site(**{name: keys})))
    assert states(found)[path] == (ProbeState.TAMPERED, Fault.TAMPERED)
    assert by_path(found)[path].reason.isprintable()


def test_a_grade_that_nobody_knows_has_no_end():
    keys = {"valid_until": None}
    for grade in "DF?":
        assert judge(answers(site(grade=grade, index=keys, status=keys))).worst is ProbeState.UP
    for grade in "ABC":
        found = states(judge(answers(site(grade=grade, index=keys, status=keys))))
        assert found[INDEX] == found[STATUS] == (ProbeState.TAMPERED, Fault.TAMPERED)


def test_a_grade_that_has_lapsed_is_stale():
    until = AS_OF + 9 * DAY
    almost = judge(answers(GOOD), until - timedelta(seconds=1), renew_hours=10_000)
    assert almost.worst is ProbeState.UP
    found = states(judge(answers(GOOD), until, renew_hours=10_000))
    expired = (ProbeState.STALE, Fault.EXPIRED)
    assert [found[path] for path in (PAGE, INDEX, STATUS, BADGE)] == [expired] * 4
    assert found[FEED] == found[MANIFEST] == (ProbeState.UP, Fault.NONE)


def test_the_index_tells_the_end_where_the_status_is_gone():
    found = states(judge(spoilt(answers(GOOD), STATUS, status=500), AS_OF + 10 * DAY))
    assert found[PAGE] == (ProbeState.STALE, Fault.EXPIRED)


def test_a_site_that_nobody_renews_is_stale():
    due = AS_OF + DAY + timedelta(hours=48)
    assert judge(answers(GOOD), due).worst is ProbeState.UP
    found = states(judge(answers(GOOD), due + timedelta(seconds=1)))
    assert found[MANIFEST] == (ProbeState.STALE, Fault.NOT_RENEWED)
    assert judge(answers(GOOD), due, renew_hours=1).worst is ProbeState.STALE


def test_a_manifest_cannot_say_that_it_need_not_be_renewed():
    forever = site(changes={"changes_at": "8999-01-01T00:00:00Z"})
    assert judge(answers(forever), AS_OF + 4 * DAY).worst is ProbeState.STALE


def test_a_moment_to_come_is_tampered_with():
    soon, late = NOW + timedelta(minutes=5), NOW + timedelta(minutes=6)
    assert judge(answers(site(soon))).worst is ProbeState.UP
    found = judge(answers(site(late)))
    assert set(states(found).values()) == {(ProbeState.TAMPERED, Fault.TAMPERED)}
    assert "in the future" in by_path(found)[MANIFEST].reason
    of_later = judge(spoilt(answers(GOOD), INDEX, body=site(late)[INDEX]))
    assert states(of_later)[INDEX] == (ProbeState.TAMPERED, Fault.TAMPERED)


@pytest.mark.parametrize("ms", [1000.5, 60_000, float("nan"), None])
def test_an_answer_that_takes_too_long_is_slow(ms):
    found = judge(spoilt(answers(GOOD), FEED, latency_ms=ms))
    assert states(found)[FEED] == (ProbeState.SLOW, Fault.SLOW)
    assert judge(spoilt(answers(GOOD), FEED, latency_ms=1000)).worst is ProbeState.UP


def test_the_best_of_several_answers_counts():
    found = answers(GOOD)
    bad, good = Response(fault=Fault.UNREACHABLE, reason="no answer"), found[FEED][0]
    slow = answer(GOOD[FEED], ms=5000)
    probe = by_path(judge({**found, FEED: [bad, good]}))[FEED]
    assert (probe.state, probe.attempts) == (ProbeState.UP, 2)
    assert by_path(judge({**found, FEED: [bad, slow, bad]}))[FEED].state is ProbeState.SLOW
    assert by_path(judge({**found, FEED: [bad, bad, bad]}))[FEED].attempts == 3
    wrong = answer(b"wrong")
    assert by_path(judge({**found, FEED: [bad, wrong, bad]}))[FEED].state is ProbeState.TAMPERED


def test_of_equal_answers_the_quicker_one_counts():
    found = {**answers(GOOD), FEED: [answer(GOOD[FEED], ms=ms) for ms in (5000, 3000, 4000)]}
    assert by_path(judge(found))[FEED].latency_ms == 3000
    ages = [answer(GOOD[FEED], headers={"age": age}) for age in "12"]
    assert by_path(judge({**answers(GOOD), FEED: ages}))[FEED].age == 2


def test_what_is_told_of_the_manifest_is_of_the_one_that_was_read():
    quick = answer(b"other", ms=1)
    found = judge({**answers(GOOD), MANIFEST: [answer(GOOD[MANIFEST]), quick]})
    assert found.probes[0].digest == shorten_digest(GOOD[MANIFEST])
    assert found.worst is ProbeState.UP


def test_the_last_manifest_that_can_be_read_counts():
    deployed_meanwhile = {
        **answers(GOOD),
        MANIFEST: [answer(OLD[MANIFEST]), answer(GOOD[MANIFEST]), answer(status=500)],
    }
    found = judge(deployed_meanwhile)
    assert found.worst is ProbeState.UP
    assert (found.served.as_of, found.probes[0].attempts) == (AS_OF, 3)
    back = {**answers(GOOD), MANIFEST: [answer(GOOD[MANIFEST]), answer(OLD[MANIFEST])]}
    assert states(judge(back))[INDEX] == (ProbeState.STALE, Fault.HALF_DEPLOYED)


def test_what_is_bad_is_asked_again_and_the_manifest_where_it_may_be_why():
    assert list_paths_to_retry(judge(answers(GOOD))) == ()
    assert list_paths_to_retry(judge(spoilt(answers(GOOD), FEED, status=500))) == (FEED,)
    assert list_paths_to_retry(judge(spoilt(answers(GOOD), FEED, status=404))) == (MANIFEST, FEED)
    assert list_paths_to_retry(judge(spoilt(answers(GOOD), FEED, body=b""))) == (MANIFEST, FEED)
    assert list_paths_to_retry(judge({})) == PATHS


def test_a_reason_tells_where_it_was_redirected():
    to = ("https://other.example/feed.atom",)
    probe = by_path(judge(spoilt(answers(GOOD), FEED, status=500, redirects=to)))[FEED]
    assert probe.reason == f"status 500, expected 200; redirected to {to[0]}"
    assert by_path(judge(spoilt(answers(GOOD), FEED, redirects=to)))[FEED].reason == ""


@pytest.mark.parametrize(
    ("headers", "hit"),
    [
        ({}, None),
        ({"age": "0"}, None),
        ({"age": "12"}, True),
        ({"age": "12, 9"}, True),
        ({"age": "soon"}, None),
        ({"x-cache": "HIT"}, True),
        ({"x-cache": "MISS, HIT"}, True),
        ({"x-cache": "HIT, MISS", "age": "9"}, False),
        ({"x-cache": "Hit from cloudfront"}, True),
        ({"x-cache": "Miss from cloudfront"}, False),
        ({"x-cache": "?", "age": "9"}, True),
        ({"cf-cache-status": "DYNAMIC"}, False),
        ({"cf-cache-status": "HIT"}, True),
        ({"x-proxy-cache": "EXPIRED"}, False),
        ({"x-proxy-cache": "STALE"}, True),
        ({"cache-status": "ExampleCache; hit; ttl=376"}, True),
        ({"cache-status": "Near; fwd=uri-miss; stored"}, False),
        ({"cache-status": 'Origin; fwd=miss, "Edge, \\"; fwd"; hit'}, True),
        ({"cache-status": 'Edge; hit; detail="of here, today"'}, True),
        ({"cache-status": "Origin; hit, Edge; fwd=stale"}, False),
        ({"cache-status": "hit"}, None),
    ],
)
def test_headers_tell_whether_a_cache_answered(headers, hit):
    assert read_cache_hit(headers) is hit


def test_the_age_is_a_number_of_seconds_or_nothing():
    assert [read_age({"age": text}) for text in ("7", " 7 , 8", "7.5", "x", "1" * 11)] == [
        7,
        7,
        None,
        None,
        None,
    ]


FAULTS = st.one_of(
    st.sampled_from([fault for fault in Fault if fault not in (Fault.NONE, Fault.SLOW)]).map(
        lambda fault: Response(fault=fault, reason="it is so", status=200)
    ),
    st.integers(100, 999)
    .filter(lambda status: status != 200)
    .map(lambda status: answer(b"", status)),
    st.binary(max_size=40).map(answer),
)


@given(st.dictionaries(st.sampled_from(PATHS), FAULTS, min_size=1), st.booleans())
def test_no_fault_gives_up(bad, thrice):
    found = answers(GOOD) | {path: [each] * (3 if thrice else 1) for path, each in bad.items()}
    judged_round = judge(found)
    for path in bad:
        assert by_path(judged_round)[path].state not in (ProbeState.UP, ProbeState.SLOW)
        assert by_path(judged_round)[path].reason
    assert judged_round.worst is not ProbeState.UP


KNOWN = collect_good_digests([judge(answers(OLD), NOW - DAY)], BASE)


@pytest.mark.parametrize("flip", [1, 2, 4, 8, 32, 128])
@pytest.mark.parametrize("path", FILES)
def test_no_byte_can_be_another_one(path, flip):
    for body in flipped(GOOD[path], flip):
        found = by_path(judge(spoilt(answers(GOOD), path, body=body), known=KNOWN))
        assert found[path].state not in (ProbeState.UP, ProbeState.SLOW)


@pytest.mark.parametrize("flip", [1, 2, 4, 8, 32, 128])
def test_no_byte_of_the_manifest_that_says_something_can_be_another_one(flip):
    """Nothing vouches for the manifest: only what others say, too, can be held against it.

    Of `changes_at` one day counts at most; blanks and the tool's version say nothing here.
    """
    used = ("as_of", "files", "revision", "security_grade")
    old = json.loads(GOOD[MANIFEST])
    for body in flipped(GOOD[MANIFEST], flip):
        if judge(spoilt(answers(GOOD), MANIFEST, body=body), known=KNOWN).worst is ProbeState.UP:
            new = json.loads(body)
            assert {key: new[key] for key in used} == {key: old[key] for key in used}


def flipped(body, flip):
    """The body with each of its bytes changed in turn."""
    return (
        body[:place] + bytes([body[place] ^ flip]) + body[place + 1 :] for place in range(len(body))
    )


@given(st.sampled_from(PATHS), st.integers(0, 400))
def test_no_body_can_be_cut(path, length):
    body = GOOD[path][:length]
    if body != GOOD[path]:
        found = judge(spoilt(answers(GOOD), path, body=body))
        assert by_path(found)[path].state not in (ProbeState.UP, ProbeState.SLOW)


MOMENTS = st.datetimes(NOW.replace(tzinfo=None), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=NOW.tzinfo)
)


@given(MOMENTS, MOMENTS, st.sampled_from(PATHS), st.sampled_from(["good", "old", "bad"]))
def test_time_never_makes_it_better(one, other, path, kind):
    body = {"good": GOOD[path], "old": OLD[path], "bad": b"bad"}[kind]
    found = aged(path, body, "500")
    early, late = (judge(found, at) for at in sorted((one, other)))
    for before, after in zip(early.probes, late.probes, strict=True):
        assert ORDER.index(after.state) >= ORDER.index(before.state)
        assert not (after.fault is Fault.SETTLING and before.fault is not Fault.SETTLING)


@given(st.binary(max_size=300), st.sampled_from(PATHS), st.text(max_size=30), st.text(max_size=30))
def test_nothing_that_is_served_breaks_it(body, path, age, cache):
    headers = {"age": age, "x-cache": cache, "cache-status": cache, "content-encoding": cache}
    found = judge(spoilt(answers(GOOD), path, body=body, headers=headers))
    assert isinstance(found, ProbeRun)
    assert all(probe.reason.isprintable() for probe in found.probes)

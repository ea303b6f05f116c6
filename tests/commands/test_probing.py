"""Looks at real sites on this machine: each fault is told apart, and none of them is `up`."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import trustme

from secstatus.adapters.http.exchange import HttpLimits
from secstatus.commands.build import build_site
from secstatus.commands.monitor.prober import known_digests, look, rounds
from secstatus.errors import UsageError
from secstatus.monitoring.policy import ProbePolicy
from secstatus.monitoring.probe import Fault, ProbeState
from secstatus.monitoring.site_check import BADGE, FEED, PATHS
from secstatus.published.documents import INDEX, STATUS
from secstatus.published.manifest import compute_revision
from secstatus.published.own_manifest import MANIFEST
from secstatus.published.status import PAGE, find_own_timestamp
from tests.conftest import NOW, STATE_NAMES, STATES, tree
from tests.support import faults
from tests.support.clock import FakeClock
from tests.support.server import serving, tls_context

DAY = timedelta(days=1)
LIMITS = HttpLimits(attempt=20, size=1_000_000)
QUICK = HttpLimits(attempt=0.4)
# A busy machine is no slow site.
POLICY = ProbePolicy(slow_ms=60_000)
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def two_days(built, tmp_path_factory):
    """The files of a site, and of the same one a day later."""
    out = shutil.copytree(built("open"), tmp_path_factory.mktemp("days") / "site")
    old = tree(out)
    build_site(STATES / "open", out, NOW + DAY)
    return old, tree(out)


@pytest.fixture
def files(two_days):
    return two_days[0]


@pytest.fixture
def site(files):
    with serving(files) as server:
        yield server


def see(server, now=NOW, known=None, time=None, limits=LIMITS, policy=POLICY):
    timing = (time or FakeClock()).timing
    return look(server.url, now, known, policy=policy, timing=timing, limits=limits)


def told(found):
    """Path → state and fault of those that are not up."""
    return {
        probe.path: (probe.state, probe.fault)
        for probe in found.probes
        if probe.state is not ProbeState.UP
    }


HALF = (ProbeState.STALE, Fault.HALF_DEPLOYED)
TAMPERED = (ProbeState.TAMPERED, Fault.TAMPERED)


def test_a_healthy_site_is_up_and_asked_once(site, files):
    time = FakeClock()
    found = see(site, time=time)
    assert (told(found), time.waits) == ({}, [])
    assert site.asked() == list(PATHS)
    assert [probe.path for probe in found.probes] == list(PATHS)
    assert {probe.attempts for probe in found.probes} == {1}
    assert (found.at, found.base) == (NOW, site.url)
    manifest, status = json.loads(files[MANIFEST]), json.loads(files[STATUS])
    assert found.served.revision == manifest["revision"] == compute_revision(manifest["files"])
    assert found.served.grade == status["security_grade"]
    assert found.served.valid_until == datetime.fromisoformat(status["valid_until"])
    assert found.served.cadence_days == 7


@pytest.mark.parametrize("state", STATE_NAMES)
def test_each_site_that_is_built_is_up(built, state):
    with serving(tree(built(state))) as server:
        assert told(see(server)) == {}


def test_a_page_says_the_moment_of_its_site(two_days):
    for files, day in zip(two_days, (NOW, NOW + DAY), strict=True):
        as_of = datetime.fromisoformat(json.loads(files[MANIFEST])["as_of"])
        assert find_own_timestamp(files["index.html"], PAGE) == as_of
        assert as_of.date() == day.date()


def test_a_compressed_site_is_up(site):
    site.faults["*"] = faults.zipped
    found = see(site)
    assert told(found) == {}
    assert {probe.encoding for probe in found.probes} == {"gzip"}


def test_a_slow_site_is_slow(site):
    time = FakeClock()

    def later(exchange):
        time.now += 1.5
        faults.healthy(exchange)

    site.faults["*"] = later
    found = see(site, time=time, policy=ProbePolicy())
    assert set(told(found).values()) == {(ProbeState.SLOW, Fault.SLOW)}
    assert [probe.latency_ms for probe in found.probes] == pytest.approx([1500.0] * 6)
    assert {probe.attempts for probe in found.probes} == {3}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (faults.down, (ProbeState.DOWN, Fault.ERROR)),
        (faults.forbidden, (ProbeState.DOWN, Fault.REFUSED)),
        (faults.limited, (ProbeState.DOWN, Fault.REFUSED)),
        (faults.gone, (ProbeState.DOWN, Fault.HALF_DEPLOYED)),
        (faults.tampered, TAMPERED),
        (faults.error_page, TAMPERED),
        (faults.bomb, TAMPERED),
        (faults.hangs_up, (ProbeState.DOWN, Fault.UNREACHABLE)),
        (faults.truncated, (ProbeState.DOWN, Fault.UNREACHABLE)),
        (faults.no_http, (ProbeState.DOWN, Fault.UNREACHABLE)),
        (faults.loop, (ProbeState.DOWN, Fault.ERROR)),
        (faults.redirect("http://example.org/"), (ProbeState.DOWN, Fault.ERROR)),
        (faults.not_gzip, (ProbeState.DOWN, Fault.ERROR)),
    ],
)
@pytest.mark.parametrize("path", [PAGE, STATUS, BADGE])
def test_each_fault_of_a_file_is_told_apart(site, path, fault, expected):
    site.faults[path] = fault
    time = FakeClock()
    found = see(site, time=time)
    assert told(found) == {path: expected}
    assert time.waits == [2.0, 10.0]
    (bad,) = (probe for probe in found.probes if probe.path == path)
    assert (bad.attempts, bool(bad.reason)) == (3, True)


@pytest.mark.parametrize("fault", [faults.dripping, faults.silent, faults.dripping_headers])
def test_a_file_that_does_not_come_is_down(site, fault):
    site.faults[FEED] = fault
    assert told(see(site, limits=QUICK))[FEED] == (ProbeState.DOWN, Fault.UNREACHABLE)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (faults.down, (ProbeState.DOWN, Fault.ERROR)),
        (faults.gone, (ProbeState.DOWN, Fault.REFUSED)),
        (faults.error_page, TAMPERED),
        (faults.truncated, (ProbeState.DOWN, Fault.UNREACHABLE)),
        (faults.no_http, (ProbeState.DOWN, Fault.UNREACHABLE)),
    ],
)
@pytest.mark.parametrize("place", [MANIFEST, "*"])
def test_without_a_manifest_nothing_is_up(site, place, fault, expected):
    site.faults[place] = fault
    assert told(see(site)) == dict.fromkeys(PATHS, expected)


def test_a_tampered_manifest_vouches_for_nothing(site, files):
    forged = json.loads(files[MANIFEST])
    forged["files"]["index.html"]["sha256"] = sha256(b"<h1>A</h1>").hexdigest()
    site.files |= {MANIFEST: json.dumps(forged).encode(), "index.html": b"<h1>A</h1>"}
    assert told(see(site)) == dict.fromkeys(PATHS, TAMPERED)


def test_a_site_of_nobody_is_down():
    with serving({}) as server:
        url = server.url
    found = look(url, NOW, timing=FakeClock().timing)
    assert told(found) == dict.fromkeys(PATHS, (ProbeState.DOWN, Fault.UNREACHABLE))


# Too old


def test_a_status_that_has_lapsed_is_stale(site, files):
    until = datetime.fromisoformat(json.loads(files[STATUS])["valid_until"])
    found = see(site, until, policy=ProbePolicy(slow_ms=60_000, renew_hours=10_000))
    expired = (ProbeState.STALE, Fault.EXPIRED)
    assert told(found) == dict.fromkeys([PAGE, INDEX, STATUS, BADGE], expired)


def test_a_site_that_nobody_renews_is_stale(site):
    found = see(site, NOW + 4 * DAY)
    assert told(found)[MANIFEST] == (ProbeState.STALE, Fault.NOT_RENEWED)


# Half deployed


def test_an_old_status_below_a_new_manifest_is_half_deployed(two_days):
    old, new = two_days
    with serving({**new, STATUS: old[STATUS]}) as server:
        assert told(see(server, NOW + DAY)) == {STATUS: HALF}


def with_badge(files, content):
    """The same site with another badge, None for none, and a manifest that says so."""
    manifest = json.loads(files[MANIFEST])
    other = {path: body for path, body in files.items() if path != BADGE}
    del manifest["files"][BADGE]
    if content is not None:
        other[BADGE] = content
        digest = sha256(content).hexdigest()
        manifest["files"][BADGE] = {"sha256": digest, "size": len(content)}
    manifest["revision"] = compute_revision(manifest["files"])
    return {**other, MANIFEST: json.dumps(manifest).encode()}


def test_old_files_that_were_seen_before_are_half_deployed(two_days):
    old, new = with_badge(two_days[0], b"<svg>B</svg>"), two_days[1]
    with serving(old) as server:
        before = see(server)
        assert told(before) == {}
        server.files = {**new, BADGE: old[BADGE]}
        known = known_digests([before], server.url)
        assert told(see(server, NOW + DAY, known)) == {BADGE: HALF}
        assert told(see(server, NOW + DAY)) == {BADGE: TAMPERED}


def test_new_files_below_an_old_manifest_are_half_deployed(two_days):
    old, new = two_days
    with serving({**new, MANIFEST: old[MANIFEST]}) as server:
        found = told(see(server, NOW + DAY))
    assert found[PAGE] == found[INDEX] == found[STATUS] == HALF
    assert set(found.values()) == {HALF}


def test_an_old_copy_in_a_cache_is_settling_right_after_a_deployment(two_days):
    old, new = two_days
    as_of = datetime.fromisoformat(json.loads(new[MANIFEST])["as_of"])
    with serving(new) as server:
        server.faults[STATUS] = faults.cached(old[STATUS], 300)
        found = see(server, as_of + timedelta(minutes=12))
        assert told(found) == {STATUS: (ProbeState.STALE, Fault.SETTLING)}
        (probe,) = (each for each in found.probes if each.path == STATUS)
        assert (probe.age, probe.cache_hit) == (300, True)
        assert told(see(server, as_of + timedelta(hours=5))) == {STATUS: HALF}


def test_a_deployment_during_the_look_is_no_fault(two_days):
    old, new = two_days
    with serving(old) as server:

        def deploy(exchange):
            server.files = new
            faults.healthy(exchange)

        server.faults[MANIFEST] = [deploy]
        found = see(server, NOW + DAY)
        assert told(found) == {}
        assert found.served.as_of.date() == (NOW + DAY).date()


def test_a_file_that_a_new_manifest_lists_is_asked_for_as_well(two_days):
    old, new = with_badge(two_days[0], None), two_days[1]
    with serving(old) as server:

        def deploy(exchange):
            server.files = new
            faults.healthy(exchange)

        server.faults[MANIFEST] = [deploy]
        found = see(server, NOW + DAY)
    assert told(found) == {}
    assert [probe.path for probe in found.probes] == list(PATHS)


# Again


def test_a_site_that_recovers_is_up(site):
    site.faults[FEED] = [faults.down]
    time = FakeClock()
    found = see(site, time=time)
    assert told(found) == {}
    assert {probe.path: probe.attempts for probe in found.probes if probe.attempts > 1} == {FEED: 2}
    assert time.waits == [2.0]
    assert site.asked() == [*PATHS, FEED]


def test_all_bad_addresses_share_the_pauses(site):
    site.faults |= {PAGE: [faults.down] * 2, FEED: [faults.hangs_up] * 3, BADGE: [faults.down]}
    time = FakeClock()
    found = see(site, time=time)
    assert told(found) == {FEED: (ProbeState.DOWN, Fault.UNREACHABLE)}
    assert time.waits == [2.0, 10.0]
    assert {probe.path: probe.attempts for probe in found.probes} == {
        **dict.fromkeys(PATHS, 1),
        PAGE: 3,
        FEED: 3,
        BADGE: 2,
    }


def test_the_best_answer_counts_and_tampering_is_confirmed(site):
    site.faults |= {FEED: [faults.tampered], BADGE: [faults.down, faults.tampered, faults.down]}
    found = see(site)
    assert told(found) == {BADGE: TAMPERED}


def test_a_manifest_that_recovers_makes_the_others_good(site):
    site.faults[MANIFEST] = [faults.down]
    assert told(see(site)) == {}
    assert site.asked() == [MANIFEST, *PATHS[1:], MANIFEST]


# TLS


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def secure(authority, files, **more):
    certificate = authority.issue_cert(more.pop("name", "localhost"), **more)
    return serving(files, tls_context(certificate), "localhost")


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """This machine trusts the authority."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return authority


def test_a_site_by_https_is_up_and_tells_the_days_of_its_certificate(trusted, files):
    with secure(trusted, files, not_after=datetime(2100, 1, 1, tzinfo=UTC)) as server:
        found = see(server)
    assert told(found) == {}
    left = (datetime(2100, 1, 1, tzinfo=UTC) - NOW) / DAY
    assert [probe.tls_days for probe in found.probes] == pytest.approx([left] * len(PATHS))


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"not_after": datetime(2020, 1, 1, tzinfo=UTC)}, "has expired"),
        ({"name": "other.example"}, "is of another host"),
    ],
)
def test_a_bad_certificate_is_told_as_such(trusted, files, more, text):
    with secure(trusted, files, **more) as server:
        found = see(server)
    assert told(found) == dict.fromkeys(PATHS, (ProbeState.DOWN, Fault.CERTIFICATE))
    assert all(text in probe.reason for probe in found.probes)


def test_an_unknown_issuer_is_told_as_such(trusted, files):
    with secure(trustme.CA(), files) as server:
        found = see(server)
    assert told(found) == dict.fromkeys(PATHS, (ProbeState.DOWN, Fault.CERTIFICATE))
    assert "unknown issuer" in found.probes[0].reason


# Several


def test_rounds_are_so_far_apart_and_know_each_other(two_days):
    old, new = with_badge(two_days[0], b"<svg>B</svg>"), two_days[1]
    time, found, day = FakeClock(), [], DAY.total_seconds()
    with serving(old) as server:
        timing = time.timing
        for each in rounds(server.url, NOW, 3, day, policy=POLICY, timing=timing, limits=LIMITS):
            found.append(each)
            server.files = {**new, BADGE: old[BADGE]} if len(found) == 1 else new
    assert [told(each) for each in found] == [{}, {BADGE: HALF}, {}]
    assert time.waits == [day, 2.0, 10.0, day]
    ends = timedelta(seconds=12)
    assert [each.at for each in found] == [NOW, NOW + DAY + ends, NOW + 2 * DAY + ends]


def test_one_round_is_asked_unless_more_are_wanted(site):
    assert len(list(rounds(site.url, NOW, policy=POLICY, timing=FakeClock().timing))) == 1


def test_the_clock_may_be_a_function(site):
    later = NOW + timedelta(minutes=3, microseconds=5)
    assert see(site, lambda: later).at == NOW + timedelta(minutes=3)


def test_the_address_is_told_without_credentials_and_needs_no_slash(site):
    url = site.url.replace("127", "me:secret@127").rstrip("/")
    found = look(f"{url}?token=1#x", NOW, policy=POLICY, timing=FakeClock().timing)
    assert (found.base, told(found)) == (site.url, {})
    assert known_digests([found], url)[FEED] == {found.probes[-1].digest}
    assert "secret" not in repr(found)


@pytest.mark.parametrize("url", ["http://example.org/", "nothing", ""])
def test_an_address_that_cannot_be_asked_is_refused(url):
    with pytest.raises(UsageError):
        look(url, NOW)

"""Is it served? Real servers on this machine that are slow, stale, tampered with or gone."""

import json
import shutil
from datetime import timedelta
from functools import partial
from hashlib import sha256

import pytest

from secstatus.adapters.http.client import get
from secstatus.adapters.http.exchange import HttpLimits
from secstatus.adapters.retry import RetryPolicy
from secstatus.commands.build import build_site
from secstatus.commands.deploy.served import ServedState, wait_until_served
from secstatus.published.own_manifest import MANIFEST as NAME
from tests.conftest import NOW, STATES, tree
from tests.support import faults
from tests.support.clock import FakeClock
from tests.support.server import serving


@pytest.fixture
def server():
    with serving() as found:
        yield found


# A busy machine takes its time; little patience only where nothing comes.
PATIENT = partial(get, limits=HttpLimits(attempt=20, deadline=20, retry=RetryPolicy(attempts=1)))
QUICK = partial(get, limits=HttpLimits(attempt=0.3, deadline=0.3, retry=RetryPolicy(attempts=1)))


@pytest.fixture(scope="module")
def two_days(built, tmp_path_factory):
    """The files of a site, and of the same one a day later."""
    out = shutil.copytree(built("open"), tmp_path_factory.mktemp("days") / "site")
    old = tree(out)
    build_site(STATES / "open", out, NOW + timedelta(days=1))
    return old, tree(out)


def ask(server, site, before=None, then=lambda number: None, deadline=100, fetch=PATIENT):
    time = FakeClock(then)
    found = wait_until_served(
        server.url, site, before=before, deadline=deadline, timing=time.timing, fetch=fetch
    )
    return found, time


def digests(files):
    return {path: sha256(content).hexdigest() for path, content in files.items()}


def test_what_is_served_is_the_site(server, two_days):
    old, _ = two_days
    server.files = old
    found, time = ask(server, old)
    assert (found.state, time.waits) == (ServedState.SAME, [])
    badges = {path for path in old if path.startswith("badges/")}
    assert len(badges) == 24
    assert {"index.html", "index.json", "api/v1/status.json", NAME, *badges} <= set(server.asked())


def test_a_cache_is_waited_for(server, two_days):
    old, new = two_days
    server.files = dict(old)

    def then(number):
        if number == 2:
            server.files[NAME] = new[NAME]
        if number == 4:
            server.files = new

    found, time = ask(server, new, digests(old), then)
    assert (found.state, len(time.waits)) == (ServedState.SAME, 4)


def test_the_old_site_is_not_yet_the_new_one(server, two_days):
    old, new = two_days
    server.files = old
    found, time = ask(server, new)
    assert (found.state, found.as_of) == (ServedState.NOT_YET, json.loads(old[NAME])["as_of"])
    assert 100 <= time.now < 130


def test_half_a_site_is_not_yet_the_new_one(server, two_days):
    old, new = two_days
    server.files = {**new, "index.html": old["index.html"]}
    found, _ = ask(server, new, digests(old))
    assert (found.state, found.differing) == (ServedState.NOT_YET, ("index.html",))


def test_a_file_that_is_neither_is_an_alarm(server, two_days):
    old, new = two_days
    server.files = {**new, "badges/grade.svg": b"<svg>A</svg>", "index.html": old["index.html"]}
    found, _ = ask(server, new, digests(old))
    assert found.state is ServedState.DIFFERENT
    assert "badges/grade.svg" in found.differing


def test_a_missing_badge_is_an_alarm(server, two_days):
    old, new = two_days
    server.files = {path: data for path, data in new.items() if path != "badges/grade.json"}
    found, _ = ask(server, new, digests(old))
    assert (found.state, found.differing) == (ServedState.DIFFERENT, ("badges/grade.json",))


@pytest.mark.parametrize(
    "text",
    [b"<html>parked</html>", b"{}", b"[" * 100_000, b'{"tool": {"name": "secstatus"}, "as_of": 7}'],
)
def test_a_manifest_that_is_none_is_an_alarm(server, two_days, text):
    _, new = two_days
    server.files = {**new, NAME: text}
    assert ask(server, new)[0].state is ServedState.DIFFERENT


def test_a_site_of_a_later_day_is_an_alarm(server, two_days):
    old, new = two_days
    server.files = new
    assert ask(server, old)[0].state is ServedState.DIFFERENT


def test_a_manifest_of_the_same_moment_has_to_be_the_earlier_one(server, two_days):
    _, new = two_days
    forged = new[NAME].replace(b'"unreadable": null', b'"unreadable": "x"')
    server.files = {**new, NAME: forged}
    assert ask(server, new)[0].state is ServedState.DIFFERENT
    assert ask(server, new, {NAME: sha256(forged).hexdigest()})[0].state is ServedState.NOT_YET


def test_nothing_there_is_not_yet(server, two_days):
    found, _ = ask(server, two_days[0])
    assert (found.state, "404" in found.text) == (ServedState.NOT_YET, True)


@pytest.mark.parametrize("fault", [faults.down, faults.silent, faults.other(b"\xff\xfe")])
def test_a_server_that_does_not_answer_is_unreachable(server, two_days, fault):
    old, _ = two_days
    server.files, server.faults["*"] = old, fault
    found, _ = ask(server, old, deadline=1, fetch=QUICK if fault is faults.silent else PATIENT)
    assert found.state is ServedState.UNREACHABLE


@pytest.mark.parametrize("url", ["http://example.org/", "ftp://x/", "not a url", "https://"])
def test_an_address_that_cannot_be_asked_is_unreachable(two_days, url):
    found = wait_until_served(url, two_days[0], deadline=0, timing=FakeClock().timing)
    assert found.state is ServedState.UNREACHABLE

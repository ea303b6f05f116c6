"""nginx with `deploy/nginx`: the shipped text itself, and the limit of requests."""

import json
import re
import subprocess
import threading
import time
from contextlib import ExitStack, closing

import pytest

from tests.deploying import servers
from tests.deploying.conftest import content, needed

STATUS = "/api/v1/status.json"
FILES = sorted(path for path in (servers.DEPLOY / "nginx").rglob("*") if path.is_file())


def test_the_shipped_files_are_accepted(prepared, tmp_path):
    needed("nginx")
    servers.certificate(tmp_path)
    command = servers.nginx_configuration(tmp_path, prepared, (8080, 8443))
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_a_value_that_is_not_there_any_more_is_noticed():
    with pytest.raises(AssertionError, match="no /srv/other"):
        servers.changed("root /srv/secstatus;", [("/srv/other", "/x")])


def test_no_location_has_headers_of_its_own():
    for path in FILES:
        text = re.sub(r"#.*", "", path.read_text("utf-8"))
        assert ("add_header" in text) is (path.name == "headers.conf"), path.name


def test_every_header_is_sent_whatever_the_status():
    text = (servers.DEPLOY / "nginx/secstatus/headers.conf").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("add_header")]
    assert len(lines) >= 10
    assert [line for line in lines if not line.endswith(" always;")] == []


def test_every_value_to_be_changed_is_marked():
    for path in FILES:
        for line in path.read_text("utf-8").splitlines():
            value = re.search(r"example\.org|/srv/|/var/www/", line.split("#")[0])
            assert not value or "# CHANGE" in line, line


def test_a_challenge_for_a_certificate_is_answered_over_http(limited):
    place = limited.place / "acme/.well-known/acme-challenge"
    place.mkdir(parents=True)
    (place / "token").write_text("proof")
    found = limited.ask_plainly("/.well-known/acme-challenge/token")
    assert (found.status, found.body) == (200, b"proof")
    assert limited.ask_plainly("/.well-known/acme-challenge/../../secret").status == 301
    assert limited.ask_plainly("/.well-known/acme-challenge/none").status == 404


def test_the_redirect_ignores_a_foreign_host_header(limited):
    answer = limited.ask_plainly("/", Host="evil.example")
    assert answer["Location"] == f"https://{servers.HOST}/"


# The limit


def test_too_many_requests_are_json_that_nobody_keeps(limited):
    refused = flooded(limited, STATUS)
    assert json.loads(refused.body) == {"error": "too many requests", "retry_after": 2}
    assert refused["Content-Type"] == "application/json"
    assert (refused["Retry-After"], refused["Cache-Control"]) == ("2", "no-store")
    assert (refused["ETag"], refused["Last-Modified"], refused["Age"]) == (None, None, None)
    assert refused["Strict-Transport-Security"] == "max-age=63072000"
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert sorted(set(refused.names())) == sorted(refused.names())


@pytest.mark.parametrize("path", ["/", "/style.css?v=1a", "/badges/grade.svg", "/nothing"])
def test_whatever_is_asked_for(limited, path):
    refused = flooded(limited, path)
    assert (refused["Retry-After"], refused["Cache-Control"]) == ("2", "no-store")
    assert json.loads(refused.body)["retry_after"] == 2


def test_what_is_said_about_waiting_is_true(limited):
    refused = flooded(limited, STATUS)
    time.sleep(int(refused["Retry-After"]))
    assert {answer.status for answer in limited.ask_all([STATUS] * 30)} == {200}


def test_whoever_opens_ten_pages_at_once_is_not_limited(limited):
    """Each with all that is on it, in a browser that keeps nothing."""
    text = content(limited, "index.html").decode()
    found = re.findall(r'(?:src|href)="([^":]+\.(?:svg|css|js)(?:\?v=\w+)?)"', text)
    paths = ["/index.html", *(f"/{path}" for path in found)]
    assert len(paths) == 4
    assert {answer.status for answer in limited.ask_all(paths * 10)} == {200}


def test_a_flood_is_refused_and_a_polite_client_is_not(limited):
    over, flood, polite = threading.Event(), [], []

    def pour():
        while not over.is_set():
            flood.extend(answer.status for answer in limited.ask_all([STATUS] * 50))

    pouring = [threading.Thread(target=pour) for _ in range(4)]
    for thread in pouring:
        thread.start()
    try:
        polite += limited.ask_all([STATUS] * 40, "127.0.0.2", pause=0.06)
    finally:
        over.set()
        for thread in pouring:
            thread.join()
    whole = content(limited, STATUS[1:])
    assert {(answer.status, answer.body == whole) for answer in polite} == {(200, True)}
    assert set(flood) == {200, 429}
    assert flood.count(429) > flood.count(200) > 40


def test_one_address_cannot_hold_every_connection(limited):
    """A request is being answered for as long as the body that it announced does not come."""
    with ExitStack() as stack:
        held = []
        for number in range(64):
            held.append(stack.enter_context(closing(limited.connect())))
            # Slower than the rate of requests once the burst is used up.
            time.sleep(0 if number < 40 else 0.06)
            held[-1].putrequest("GET", STATUS)
            held[-1].putheader("Content-Length", "9")
            held[-1].endheaders()
        statuses = [connection.getresponse().status for connection in held]
        assert (set(statuses[:60]), set(statuses[60:])) == ({200}, {429})
        assert [answer.status for answer in limited.ask_all([STATUS], "127.0.0.2")] == [200]
    # Closing takes nginx a moment, and the refused ones were not counted.
    time.sleep(1)
    assert limited.ask(STATUS).status == 200


def test_what_was_limited_is_in_the_access_log_and_no_address_in_any(limited):
    flooded(limited, f"{STATUS}?private")
    text = limited.log(41)
    assert '"status":"429"' in text
    for path in limited.place.glob("*.log"):
        assert "127.0.0.1" not in path.read_text("utf-8"), path.name
    assert not (limited.place / "everybody.log").read_text("utf-8")


def flooded(served, path):
    """The first answer that is a refusal, out of so many at once that one has to be."""
    found = list(served.ask_all([path] * 200))
    statuses = [answer.status for answer in found]
    assert 429 not in statuses[:40]
    return next(answer for answer in found if answer.status == 429)

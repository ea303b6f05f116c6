"""Fetching from a server that does everything a server should not do."""

import time

import pytest

from secstatus.adapters.http.client import get, post
from secstatus.adapters.http.exchange import HttpLimits
from secstatus.adapters.http.url import redact_url
from secstatus.adapters.retry import RetryPolicy
from secstatus.errors import ExternalError, UsageError
from tests.support import faults
from tests.support.clock import FakeClock
from tests.support.faults import replies, sequence
from tests.support.server import serving

IMPATIENT = HttpLimits(attempt=0.3, deadline=0.7, retry=RetryPolicy(first_pause=0.05))


def running():
    return serving(below="/v1/x")


@pytest.fixture
def server():
    with running() as found:
        yield found


@pytest.fixture
def fake():
    return FakeClock()


def test_get_returns_the_status_and_the_decoded_text(server):
    server.faults["*"] = replies(200, b'{"id": "\xc3\xa9"}')
    answer = get(server.url + "?a=b#c", headers={"X-Own": "1"})
    assert (answer.status, answer.text, answer.is_found) == (200, '{"id": "é"}', True)
    method, path, headers, _ = server.seen[0]
    assert (method, path, headers["X-Own"]) == ("GET", "/v1/x?a=b", "1")
    assert headers["User-Agent"].startswith("secstatus/")


def test_post_sends_json_with_its_content_type(server):
    server.faults["*"] = replies(200)
    assert post(server.url, '{"é": 1}').text == "{}"
    method, _, headers, body = server.seen[0]
    assert (method, headers["Content-Type"], body) == (
        "POST",
        "application/json",
        '{"é": 1}'.encode(),
    )


@pytest.mark.parametrize("status", [404, 410])
def test_not_there_is_an_answer_and_not_tried_again(server, fake, status):
    server.faults["*"] = replies(status, b'{"message": "no \xff"}')
    answer = get(server.url, timing=fake.timing)
    assert (answer.is_found, answer.text) == (False, '{"message": "no \ufffd"}')
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "bad",
    [
        replies(500),
        replies(429),
        replies(503),
        faults.cut,
        faults.cut_chunk,
        faults.hangs_up,
        faults.no_http,
    ],
)
def test_transient_failures_are_retried(server, fake, bad):
    server.faults["*"] = sequence(bad, bad, replies(200))
    assert get(server.url, timing=fake.timing).text == "{}"
    assert fake.waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (replies(500), "status 500"),
        (faults.cut, "cut short after 7 bytes"),
        (faults.cut_chunk, "an answer cut short"),
        (faults.hangs_up, "the connection is broken off"),
    ],
)
def test_retries_are_limited(server, fake, bad, reason):
    server.faults["*"] = bad
    with pytest.raises(ExternalError, match=rf"{reason}.*after 4 attempts") as raised:
        get(server.url, timing=fake.timing)
    assert len(server.seen) == 4
    assert raised.value.message.startswith(server.url)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (replies(400), "status 400"),
        (replies(403), "status 403"),
        (replies(200, b"\xff"), "not UTF-8"),
        (replies(200, b"x" * 5000), "more than 4000 bytes"),
        (replies(404, b"x" * 5000), "more than 4000 bytes"),
        (replies(302, Location="http://example.org/"), r"a redirect to http://example\.org/"),
        (replies(302, Location="https://example.org/"), "a redirect to https"),
        (replies(302, Location="ftp://127.0.0.1/"), "a redirect to ftp"),
        (replies(302, Location="file:///etc/hosts"), "a redirect to .file:.*no address"),
        (replies(302), "status 302"),
    ],
)
def test_permanent_failures_are_not_retried(server, fake, bad, reason):
    server.faults["*"] = bad
    with pytest.raises(ExternalError, match=reason):
        get(server.url, limits=HttpLimits(size=4000), timing=fake.timing)
    assert (len(server.seen), fake.waits) == (1, [])


def test_chance_shortens_the_pauses():
    with running() as server:
        server.faults["*"] = sequence(replies(500), replies(500), replies(500), replies(200))
        fake = FakeClock(chance=1.0)
        get(server.url, timing=fake.timing)
    assert fake.waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0"}, 1.0),
        ({"Retry_After": "soon"}, 1.0),
        ({"Retry_After": "-5"}, 1.0),
        ({"Retry_After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 1.0),
    ],
)
def test_the_server_may_ask_for_a_longer_pause(server, fake, headers, slept):
    server.faults["*"] = sequence(replies(429, **headers), replies(200))
    get(server.url, timing=fake.timing)
    assert fake.waits == [slept]


def test_a_date_to_wait_for_counts_from_the_servers_clock(server, fake):
    def dated(exchange):
        exchange.send_response_only(503)
        exchange.send_header("Date", "Mon, 05 Jan 2026 10:00:00 GMT")
        exchange.send_header("Retry-After", "Mon, 05 Jan 2026 10:00:09 GMT")
        exchange.send_header("Content-Length", "0")
        exchange.end_headers()

    server.faults["*"] = sequence(dated, replies(200))
    get(server.url, timing=fake.timing)
    assert fake.waits == [9.0]


def test_a_pause_beyond_the_deadline_is_not_waited_for(server, fake):
    server.faults["*"] = replies(429, Retry_After="600")
    with pytest.raises(ExternalError, match="status 429; the server asks to wait 600 s"):
        get(server.url, timing=fake.timing)
    assert (fake.waits, len(server.seen)) == ([], 1)


@pytest.mark.parametrize("slow", [faults.silent, faults.dripping, faults.dripping_headers])
def test_a_slow_server_meets_the_deadline(server, slow):
    server.faults["*"] = slow
    started = time.monotonic()
    with pytest.raises(ExternalError, match=r"127\.0\.0\.1"):
        get(server.url, limits=IMPATIENT)
    assert time.monotonic() - started < 3
    assert len(server.seen) >= 2


def test_a_refused_connection_is_retried_and_reported(fake):
    with running() as server:
        url = server.url
    with pytest.raises(ExternalError, match=r"refused.*after 4 attempts"):
        get(url, timing=fake.timing)


def test_a_redirect_on_this_machine_is_followed_without_secrets(server):
    with running() as other:
        other.faults["*"] = replies(200, b"there")
        server.faults["*"] = replies(302, Location=other.url)
        headers = {"Authorization": "Bearer t", "Cookie": "c", "X-Token": "t"}
        assert get(server.url, headers=headers).text == "there"
    assert {"Authorization", "Cookie", "X-Token"} <= set(server.seen[0][2])
    assert not {"Authorization", "Cookie", "X-Token"} & set(other.seen[0][2])


def test_a_redirect_to_the_same_host_keeps_what_the_caller_sends(server):
    server.faults["*"] = sequence(replies(302, Location="/again"), replies(200))
    get(server.url, headers={"X-Token": "t"})
    assert [(seen[1], seen[2]["X-Token"]) for seen in server.seen] == [
        ("/v1/x", "t"),
        ("/again", "t"),
    ]


def test_redirects_come_to_an_end(server, fake):
    server.faults["*"] = replies(302, Location="/again")
    with pytest.raises(ExternalError, match="more than 5 redirects"):
        get(server.url, timing=fake.timing)
    assert len(server.seen) < 10


def test_a_post_is_not_redirected(server):
    server.faults["*"] = replies(307, Location="/again")
    with pytest.raises(ExternalError, match="redirect"):
        post(server.url, "{}")
    assert len(server.seen) == 1


def test_credentials_are_sent_and_never_named(server, fake):
    server.faults["*"] = replies(403)
    url = server.url.replace("http://", "http://me:s3%20cret@") + "?token=t0ken"
    with pytest.raises(ExternalError) as raised:
        get(url, timing=fake.timing)
    assert server.seen[0][2]["Authorization"] == "Basic bWU6czMgY3JldA=="
    for secret in ("me:", "s3", "t0ken"):
        assert secret not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "http://127.0.0.1.example.org/",
        "http://127.0.0.1@example.org/",
        "file:///etc/hosts",
        "ftp://example.org/",
        "https:///x",
        "https://[::1/",
        "https://example.org:99999/",
        "https://example.org/a b",
        "https://example.org/\r\nX: 1",
        "https://exämple.org/",
        "",
    ],
)
def test_addresses_that_are_never_asked(url):
    with pytest.raises(UsageError, match="expected https"):
        get(url)


def test_the_proxy_of_the_environment_is_not_asked_for_this_machine(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.faults["*"] = replies(200)
    assert get(server.url).is_found


def test_messages_show_neither_credentials_nor_controls():
    assert redact_url("https://u:p@example.org:8/a?b=c#d") == "https://example.org:8/a?…"
    assert "\x1b" not in redact_url("https://example.org/\x1b[31m")


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize(
    "broken", [faults.breaks_off, lambda status: replies(status, b"x", Content_Length="9")]
)
def test_a_body_that_breaks_off_is_tried_again_whatever_the_status(server, fake, broken, status):
    server.faults["*"] = sequence(broken(status), broken(status), replies(200, b"whole"))
    assert get(server.url, timing=fake.timing).text == "whole"
    server.faults["*"] = broken(status)
    with pytest.raises(ExternalError, match=r"cut short|broken off"):
        get(server.url, timing=fake.timing)

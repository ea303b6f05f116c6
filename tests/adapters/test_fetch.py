"""Fetching from a server that does everything a server should not do."""

import socket
import struct
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from secstatus.adapters.http.client import FetchLimits, Timing, get, post
from secstatus.adapters.http.url import public
from secstatus.errors import ExternalError, UsageError


class Server(ThreadingHTTPServer):
    """Answers each request with the next of `script`, the last one again and again."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.seen, self.done = [], [], threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1/x"

    def handle_error(self, request, client_address):
        """A client that hangs up is what half of the tests are about."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.command, self.path, dict(self.headers), self._sent()))
        script = self.server.script
        (script.pop(0) if len(script) > 1 else script[0])(self)

    do_POST = do_GET

    def _sent(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, *args):
        pass


def says(status, body=b"{}", /, **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def cut(handler):
    says(200, b'{"id": ', Content_Length="4000")(handler)


def cut_chunk(handler):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"ff\r\n{}")


def silent(handler):
    handler.server.done.wait(5)


def dripping(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.done.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def dripping_head(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not handler.server.done.wait(0.02):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def hangs_up(handler):
    handler.close_connection = True


def no_http(handler):
    handler.wfile.write(b"220 mail.example.org ready\r\n")


@contextmanager
def running():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.done.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server():
    with running() as found:
        yield found


class FakeTiming:
    """A clock that only sleeping moves."""

    def __init__(self, chance=0.0):
        self.now, self.slept = 1000.0, []
        self.timing = Timing(lambda: self.now, self.sleep, lambda: chance)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def fake():
    return FakeTiming()


def test_an_answer(server):
    server.script = [says(200, b'{"id": "\xc3\xa9"}')]
    answer = get(server.url + "?a=b#c", headers={"X-Own": "1"})
    assert (answer.status, answer.text, answer.there) == (200, '{"id": "é"}', True)
    method, path, headers, _ = server.seen[0]
    assert (method, path, headers["X-Own"]) == ("GET", "/v1/x?a=b", "1")
    assert headers["User-Agent"].startswith("secstatus/")


def test_a_post(server):
    server.script = [says(200)]
    assert post(server.url, '{"é": 1}').text == "{}"
    method, _, headers, body = server.seen[0]
    assert (method, headers["Content-Type"], body) == (
        "POST",
        "application/json",
        '{"é": 1}'.encode(),
    )


@pytest.mark.parametrize("status", [404, 410])
def test_not_there_is_an_answer_and_not_tried_again(server, fake, status):
    server.script = [says(status, b'{"message": "no \xff"}')]
    answer = get(server.url, timing=fake.timing)
    assert (answer.there, answer.text) == (False, '{"message": "no \ufffd"}')
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "bad", [says(500), says(429), says(503), cut, cut_chunk, hangs_up, no_http]
)
def test_what_may_pass_is_tried_again(server, fake, bad):
    server.script = [bad, bad, says(200)]
    assert get(server.url, timing=fake.timing).text == "{}"
    assert fake.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (says(500), "status 500"),
        (cut, "cut short after 7 bytes"),
        (cut_chunk, "no connection that holds"),
        (hangs_up, "no connection that holds"),
    ],
)
def test_in_the_end_it_gives_up(server, fake, bad, reason):
    server.script = [bad]
    with pytest.raises(ExternalError, match=rf"{reason}.*after 4 attempts") as raised:
        get(server.url, timing=fake.timing)
    assert len(server.seen) == 4
    assert raised.value.message.startswith(server.url)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (says(400), "status 400"),
        (says(403), "status 403"),
        (says(200, b"\xff"), "not UTF-8"),
        (says(200, b"x" * 5000), "more than 4000 bytes"),
        (says(404, b"x" * 5000), "more than 4000 bytes"),
        (says(302, Location="http://example.org/"), r"a redirect to http://example\.org/"),
        (says(302, Location="https://example.org/"), "a redirect to https"),
        (says(302, Location="ftp://127.0.0.1/"), "a redirect to ftp"),
        (says(302, Location="file:///etc/hosts"), "status 302"),
        (says(302), "status 302"),
    ],
)
def test_what_will_not_pass_is_not_tried_again(server, fake, bad, reason):
    server.script = [bad]
    with pytest.raises(ExternalError, match=reason):
        get(server.url, limits=FetchLimits(size=4000), timing=fake.timing)
    assert (len(server.seen), fake.slept) == (1, [])


def test_chance_shortens_the_pauses():
    with running() as server:
        server.script = [says(500), says(500), says(500), says(200)]
        fake = FakeTiming(chance=1.0)
        get(server.url, timing=fake.timing)
    assert fake.slept == [0.5, 1.0, 2.0]


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
    server.script = [says(429, **headers), says(200)]
    get(server.url, timing=fake.timing)
    assert fake.slept == [slept]


def test_a_date_to_wait_for_counts_from_the_servers_clock(server, fake):
    def dated(handler):
        handler.send_response_only(503)
        handler.send_header("Date", "Mon, 05 Jan 2026 10:00:00 GMT")
        handler.send_header("Retry-After", "Mon, 05 Jan 2026 10:00:09 GMT")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.script = [dated, says(200)]
    get(server.url, timing=fake.timing)
    assert fake.slept == [9.0]


def test_a_pause_beyond_the_deadline_is_not_waited_for(server, fake):
    server.script = [says(429, Retry_After="600")]
    with pytest.raises(ExternalError, match="status 429; the server asks to wait 600 s"):
        get(server.url, timing=fake.timing)
    assert (fake.slept, len(server.seen)) == ([], 1)


@pytest.mark.parametrize("slow", [silent, dripping, dripping_head])
def test_a_slow_server_meets_the_deadline(server, slow):
    server.script = [slow]
    started = time.monotonic()
    with pytest.raises(ExternalError, match=r"127\.0\.0\.1"):
        get(server.url, limits=FetchLimits(attempt=0.3, deadline=0.7, first_pause=0.05))
    assert time.monotonic() - started < 3
    assert len(server.seen) >= 2


def test_nobody_listens(fake):
    with running() as server:
        url = server.url
    with pytest.raises(ExternalError, match=r"refused.*after 4 attempts"):
        get(url, timing=fake.timing)


def test_a_redirect_on_this_machine_is_followed_without_secrets(server):
    with running() as other:
        other.script = [says(200, b"there")]
        server.script = [says(302, Location=other.url)]
        headers = {"Authorization": "Bearer t", "Cookie": "c", "X-Token": "t"}
        assert get(server.url, headers=headers).text == "there"
    assert {"Authorization", "Cookie", "X-Token"} <= set(server.seen[0][2])
    assert not {"Authorization", "Cookie", "X-Token"} & set(other.seen[0][2])


def test_a_redirect_to_the_same_host_keeps_what_the_caller_sends(server):
    server.script = [says(302, Location="/again"), says(200)]
    get(server.url, headers={"X-Token": "t"})
    assert [(seen[1], seen[2]["X-Token"]) for seen in server.seen] == [
        ("/v1/x", "t"),
        ("/again", "t"),
    ]


def test_redirects_come_to_an_end(server, fake):
    server.script = [says(302, Location="/again")]
    with pytest.raises(ExternalError, match="status 302"):
        get(server.url, timing=fake.timing)
    assert len(server.seen) < 10


def test_a_post_is_not_redirected(server):
    server.script = [says(307, Location="/again")]
    with pytest.raises(ExternalError, match="redirect"):
        post(server.url, "{}")
    assert len(server.seen) == 1


def test_credentials_are_sent_and_never_named(server, fake):
    server.script = [says(403)]
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
    server.script = [says(200)]
    assert get(server.url).there


def test_what_messages_show():
    assert public("https://u:p@example.org:8/a?b=c#d") == "https://example.org:8/a?…"
    assert "\x1b" not in public("https://example.org/\x1b[31m")


def reset(status):
    def answer(handler):
        says(status, b'{"id": ', Content_Length="4000")(handler)
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.close_connection = True
        handler.connection.close()

    return answer


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("broken", [reset, lambda status: says(status, b"x", Content_Length="9")])
def test_a_body_that_breaks_off_is_tried_again_whatever_the_status(server, fake, broken, status):
    server.script = [broken(status), broken(status), says(200, b"whole")]
    assert get(server.url, timing=fake.timing).text == "whole"
    server.script = [broken(status)]
    with pytest.raises(ExternalError, match=r"cut short|no connection that holds"):
        get(server.url, timing=fake.timing)

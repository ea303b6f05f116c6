"""One measured request, to servers on this machine that do everything servers should not do."""

import gzip
import socket
import ssl
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from secstatus import __version__
from secstatus.adapters.http.exchange import HttpLimits, HttpRequest, send
from secstatus.adapters.http.response import (
    FailureKind,
    RequestFailedError,
    classify_error,
    decode_body,
)
from secstatus.adapters.http.url import find_proxy
from secstatus.commands.monitor.prober import HEADERS
from secstatus.errors import UsageError
from tests.support import faults
from tests.support.server import ConnectProxy, running, serving, tls_context

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FILE = "index.json"
CONTENT = b'{"grade": "A"} ' * 200
ENOUGH, SHORT = (
    HttpLimits(attempt=20, size=20_000, redirects=3),
    HttpLimits(attempt=0.4),
)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def site():
    with serving({FILE: CONTENT}) as server:
        yield server


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """This machine trusts the authority."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return authority


def fetch(url, limits=ENOUGH, **more):
    return send(HttpRequest(url, headers=HEADERS), limits, **more)


def ask(server, path=FILE, limits=ENOUGH, **more):
    return fetch(server.url + path, limits, **more)


def test_an_answer_has_status_headers_and_body(site):
    found = ask(site)
    assert (found.status, found.body, found.failure) == (200, CONTENT, None)
    assert found.headers["content-length"] == str(len(CONTENT))
    assert (found.certificate_end, found.redirects) == (None, ())


def test_what_is_sent_is_what_a_visitor_sends(site):
    ask(site)
    ((_, _, headers, _),) = site.seen
    assert headers["User-Agent"] == f"secstatus-monitor/{__version__}"
    assert headers["Accept-Encoding"] == "gzip"
    assert headers["Host"] == f"127.0.0.1:{site.server_port}"
    assert not {"Cache-Control", "Pragma", "Authorization"} & set(headers)


def test_credentials_of_the_address_are_sent_and_not_told(site):
    url = site.url.replace("127", "me:s3%20cret@127")
    site.faults[FILE] = faults.redirect("http://attacker:x@localhost:9/x")
    found = fetch(url + FILE)
    ((_, _, headers, _),) = site.seen
    assert headers["Authorization"] == "Basic bWU6czMgY3JldA=="
    assert found.failure.kind is FailureKind.REFUSED
    assert found.redirects == ("http://localhost:9/x",)
    assert "cret" not in repr(found)


def test_credentials_do_not_go_to_another_host(site):
    with serving({FILE: CONTENT}) as other:
        site.faults[FILE] = faults.redirect(other.url + FILE)
        url = site.url.replace("127", "me:secret@127")
        assert fetch(url + FILE).body == CONTENT
        assert "Authorization" not in other.seen[0].headers


def test_the_times_count_from_the_connection_to_the_first_and_the_last_byte(site):
    readings = iter([10.0, 10.25, 11.5])
    found = ask(site, clock=lambda: next(readings))
    assert (found.first_byte_ms, found.total_ms) == (250.0, 1500.0)


def test_the_first_byte_is_neither_the_request_nor_the_last_one():
    """A server that waits, begins, and goes on when the first byte was seen."""
    begun = threading.Event()
    before = []

    def slowly(exchange):
        exchange.server.done.wait(0.2)
        before.append(len(readings))
        exchange.wfile.write(b"HTTP/1.1 200 OK\r\n")
        assert begun.wait(5)
        exchange.wfile.write(b"Content-Length: 2\r\n\r\nok")

    readings = []

    def clock():
        readings.append(len(readings))
        if len(readings) == 2:
            begun.set()
        return float(readings[-1])

    with serving({FILE: CONTENT}) as server:
        server.faults[FILE] = slowly
        found = ask(server, limits=ENOUGH, clock=clock)
    assert (found.body, found.first_byte_ms, found.total_ms) == (b"ok", 1000.0, 2000.0)
    assert before == [1]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.down, 503),
        (faults.forbidden, 403),
        (faults.limited, 429),
        (faults.gone, 404),
        (faults.error_page, 200),
    ],
)
def test_any_status_is_an_answer(site, fault, status):
    site.faults[FILE] = fault
    found = ask(site)
    assert (found.status, found.failure) == (status, None)


FAULTS = {
    "garbage": (faults.no_http, FailureKind.PROTOCOL),
    "reset": (faults.hangs_up, FailureKind.RESET),
    "truncated": (faults.truncated, FailureKind.CUT),
    "dripping": (faults.dripping, FailureKind.TIMEOUT),
    "dripping headers": (faults.dripping_headers, FailureKind.TIMEOUT),
    "silent": (faults.silent, FailureKind.TIMEOUT),
    "bomb": (faults.bomb, FailureKind.TOO_LARGE),
    "large": (faults.other(bytes(20_001)), FailureKind.TOO_LARGE),
    "no gzip": (faults.not_gzip, FailureKind.ENCODING),
    "cut gzip": (faults.cut_gzip, FailureKind.ENCODING),
    "brotli": (faults.brotli, FailureKind.ENCODING),
    "loop": (faults.loop, FailureKind.REDIRECT),
    "elsewhere": (faults.redirect("http://example.org/"), FailureKind.REDIRECT),
    "https": (faults.redirect("https://example.org/"), FailureKind.REDIRECT),
    "file": (faults.redirect("file:///etc/passwd"), FailureKind.REDIRECT),
    "no address": (faults.redirect("http://[::1/"), FailureKind.REDIRECT),
    "no port": (faults.redirect("http://localhost:99999/"), FailureKind.REDIRECT),
    "blank": (faults.redirect("http://localhost/a b"), FailureKind.REDIRECT),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_the_network_does_is_a_failure_and_no_exception(site, name):
    site.faults[FILE], kind = FAULTS[name]
    found = ask(site, limits=SHORT if kind is FailureKind.TIMEOUT else ENOUGH)
    assert found.failure.kind is kind
    assert found.failure.text.isprintable()
    assert (found.body, found.first_byte_ms, found.total_ms) == (b"", None, None)


def test_a_connection_that_nobody_takes_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = fetch(f"http://127.0.0.1:{port}/")
    assert (found.failure.kind, found.status) == (FailureKind.REFUSED, 0)


def test_a_name_that_is_not_found_is_told(monkeypatch):
    def unknown(*args, **more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = fetch("https://no-such-host.invalid/")
    assert found.failure.kind is FailureKind.NAME
    long = fetch(f"https://{'a' * 64}.invalid/")
    assert long.failure.kind is FailureKind.NAME


def test_a_reset_in_the_body_is_told():
    with serving({FILE: CONTENT}) as server:
        server.faults[FILE] = faults.breaks_off(200)
        found = ask(server)
    assert found.failure.kind in (FailureKind.RESET, FailureKind.CUT)
    assert found.status in (200, 0)


def test_gzip_is_decoded_and_told(site):
    site.faults[FILE] = faults.zipped
    found = ask(site)
    assert (found.body, found.headers["content-encoding"]) == (CONTENT, "gzip")


def test_redirects_of_the_same_kind_are_followed_and_told(site):
    site.faults["a"] = faults.redirect("b?token=secret")
    site.faults["b?token=secret"] = faults.redirect("{url}c")
    site.faults["c"] = faults.redirect(f"/security-status/{FILE}")
    found = ask(site, "a")
    assert (found.body, found.failure) == (CONTENT, None)
    assert found.redirects == (f"{site.url}b?…", f"{site.url}c", site.url + FILE)
    site.faults["0"] = faults.redirect("a")
    assert ask(site, "0").failure.text == "more than 3 redirects"


def test_headers_of_the_same_name_are_joined(site):
    def twice(exchange):
        exchange.wfile.write(
            b"HTTP/1.1 200 OK\r\nX-Cache: MISS\r\nx-cache: HIT\r\nContent-Length: 0\r\n\r\n"
        )

    site.faults[FILE] = twice
    assert ask(site).headers["x-cache"] == "MISS, HIT"


@pytest.mark.parametrize("url", ["http://example.org/", "ftp://localhost/", "https://", "x"])
def test_an_address_that_cannot_be_asked_is_refused(url):
    with pytest.raises(UsageError):
        fetch(url)


# TLS


def secure(authority, host="localhost", names=("localhost",), **more):
    certificate = authority.issue_cert(*names, **more)
    return serving({FILE: CONTENT}, tls_context(certificate), host)


def test_the_end_of_the_certificate_is_known(trusted):
    with secure(trusted, not_after=NOW + timedelta(days=3650)) as server:
        found = ask(server)
    assert found.body == CONTENT
    assert found.certificate_end == (NOW + timedelta(days=3650)).timestamp()


CERTIFICATES = {
    "expired": ({"not_after": datetime(2020, 1, 1, tzinfo=UTC)}, 10, "has expired"),
    "to come": (
        {
            "not_before": datetime(2200, 1, 1, tzinfo=UTC),
            "not_after": datetime(2201, 1, 1, tzinfo=UTC),
        },
        9,
        "is not valid yet",
    ),
    "other host": ({"names": ("other.example",)}, 62, "is of another host"),
    "other address": (
        {"host": "127.0.0.1", "names": ("127.0.0.2",)},
        64,
        "is of another host",
    ),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_that_nobody_should_trust_is_told(trusted, name):
    more, code, text = CERTIFICATES[name]
    with secure(trusted, **more) as server:
        found = ask(server, limits=ENOUGH)
    assert (found.failure.kind, found.failure.verify_code) == (FailureKind.CERTIFICATE, code)
    assert found.failure.text.startswith(f"the certificate {text} (OpenSSL {code}: ")
    assert (found.status, found.certificate_end) == (0, None)


def test_a_certificate_of_an_unknown_issuer_is_told(trusted):
    with secure(trustme.CA()) as server:
        failure = ask(server, limits=ENOUGH).failure
    assert failure.kind is FailureKind.CERTIFICATE
    assert "is of an unknown issuer" in failure.text


def test_a_server_that_speaks_no_tls_is_told(site, trusted):
    url = site.url.replace("http:", "https:")
    found = fetch(url + FILE)
    assert found.failure.kind in (FailureKind.TLS, FailureKind.RESET)


def test_a_redirect_never_leaves_https(trusted, site):
    with secure(trusted) as server:
        server.faults[FILE] = faults.redirect(site.url + FILE)
        found = ask(server, limits=ENOUGH)
    assert found.failure.kind is FailureKind.REDIRECT
    assert site.seen == []


# Proxies


def test_the_proxy_of_the_environment_is_used(trusted, monkeypatch):
    with (
        secure(trusted, "site.example", ("site.example",)) as server,
        running(ConnectProxy(server.server_port)) as proxy,
    ):
        monkeypatch.setenv("https_proxy", f"http://me:pass@127.0.0.1:{proxy.server_port}")
        found = ask(server, limits=ENOUGH)
    assert found.body == CONTENT
    assert found.certificate_end is not None
    (asked,) = proxy.seen
    assert asked.path.startswith("site.example:")
    assert asked.headers["Proxy-Authorization"] == "Basic bWU6cGFzcw=="
    assert "Proxy-Authorization" not in server.seen[0].headers


def test_a_proxy_that_refuses_is_told(trusted, monkeypatch):
    with running(ConnectProxy(0)) as proxy:
        proxy.faults["*"] = faults.replies(407)
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.server_port}")
        found = fetch("https://site.example/")
    assert found.failure.kind is FailureKind.PROXY
    assert "407" in found.failure.text


@pytest.mark.parametrize(
    "proxy", ["socks5://me:secret@localhost:1080", "http://", "http://localhost:x", "http://[::1"]
)
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch, proxy):
    monkeypatch.setenv("https_proxy", proxy)
    failure = fetch("https://site.example/").failure
    assert failure.kind is FailureKind.PROXY
    assert "secret" not in failure.text


def test_this_machine_needs_no_proxy(site, monkeypatch):
    for name in PROXIES[:3]:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(site).body == CONTENT
    monkeypatch.setenv("no_proxy", "site.example")
    assert find_proxy(urlsplit("https://site.example/")) is None
    assert find_proxy(urlsplit("https://localhost/")) is None
    assert find_proxy(urlsplit("https://other.example/")).port == 9
    monkeypatch.setenv("https_proxy", "socks5://x")
    with pytest.raises(ValueError, match="a proxy that cannot be used"):
        find_proxy(urlsplit("https://other.example/"))


# The parts


@given(st.binary(max_size=2000), st.integers(0, 2000))
def test_content_comes_back_from_gzip_whole_or_not_at_all(content, most):
    packed = gzip.compress(content, mtime=0)
    if len(content) > most:
        with pytest.raises(RequestFailedError, match="more than"):
            decode_body(packed, "gzip", most)
    else:
        assert decode_body(packed, " GZIP ", most) == content
        with pytest.raises(RequestFailedError, match="gzip"):
            decode_body(packed[:-1], "gzip", most)
        with pytest.raises(RequestFailedError, match="gzip"):
            decode_body(packed + b"x", "gzip", most)


def test_no_more_is_decoded_than_what_is_allowed():
    packed = gzip.compress(bytes(20_000_000), mtime=0)
    tracemalloc.start()
    with pytest.raises(RequestFailedError, match="more than"):
        decode_body(packed, "gzip", 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoding(body):
    try:
        assert len(decode_body(body, "gzip", 100)) <= 100 or not body
    except RequestFailedError:
        return


def test_what_the_network_did_not_cause_is_no_failure_of_it():
    assert classify_error(KeyError("x")) is None
    assert classify_error(ssl.SSLError(1, "odd\x1b[31m")).text.isprintable()

"""One HTTP request and its response: measured, bounded in time and size.

http.client of the standard library does it: the first byte and the certificate of the very
connection have to be seen, which clients with pools and retries hide, and nothing has to be
installed. What it lacks is here: one deadline for everything, limits of size, gzip, proxies,
redirects that never leave HTTPS, and a result instead of an exception for what the network does.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, urljoin, urlsplit

from secstatus.adapters.deadline import call_with_deadline
from secstatus.adapters.http.response import (
    FailureKind,
    RequestFailedError,
    RequestFailure,
    classify_error,
    decode_body,
    make_timeout,
    read_body,
)
from secstatus.adapters.http.url import (
    check_url,
    find_proxy,
    is_allowed,
    make_authorization,
    redact_url,
    strip_credentials,
)
from secstatus.adapters.retry import RetryPolicy
from secstatus.errors import UsageError, shown

NOT_FOUND = frozenset({404, 410})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What may go to another host after a redirect; anything else may be a secret.
_HARMLESS = frozenset({"accept", "accept-encoding", "user-agent"})


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits of a request: seconds, bytes, redirects.

    `attempt`: seconds of one attempt, redirects included; `deadline`: of all attempts and the
    pauses between them. `size`: bytes of the body, as sent and as decoded.
    """

    attempt: float = 10.0
    deadline: float = 60.0
    size: int = 8 * 1024 * 1024
    redirects: int = 5
    retry: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`url`: https, or http on this machine; credentials in it are sent to its host only."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole response of any status, or a failure; then the body is empty and no time is known.

    `status`: 0 where no response began. `headers` have lower-case names; values of the same name
    are joined by commas. `body` is decoded. The times count from the start of the first connection
    on, name look-up, handshakes and redirects included. `certificate_end`: when the certificate of
    the last connection ends, in seconds since 1970. `redirects`: redacted URLs.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    first_byte_ms: float | None = None
    total_ms: float | None = None
    certificate_end: float | None = None
    redirects: tuple[str, ...] = ()
    failure: RequestFailure | None = None

    @property
    def is_found(self) -> bool:
        """Whether the status is neither 404 nor 410."""
        return self.status not in NOT_FOUND

    @property
    def text(self) -> str:
        """The body as UTF-8; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")


def send(
    request: HttpRequest,
    limits: HttpLimits,
    *,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> HttpAnswer:
    """Send a request once and return its answer within `seconds` (default: `limits.attempt`).

    Never raises for what the network does. Redirects of a GET are followed within https, or within
    this machine. Proxies of the environment are used except for this machine. Raises UsageError
    for a URL that may not be requested.
    """
    check_url(request.url)
    seconds = limits.attempt if seconds is None else seconds
    exchange = _Exchange(request, limits, seconds, clock)
    try:
        return call_with_deadline(seconds, exchange.run)
    except TimeoutError:
        exchange.abandon()
        return exchange.fail(make_timeout(seconds))


class _Exchange:
    """One request with its redirects."""

    def __init__(
        self, request: HttpRequest, limits: HttpLimits, seconds: float, clock: Callable[[], float]
    ) -> None:
        self.request, self.limits, self.clock = request, limits, clock
        self.origin = urlsplit(request.url)
        self.end = time.monotonic() + seconds
        self.start = self.first = 0.0
        self.status = 0
        self.certificate_end: float | None = None
        self.redirects: list[str] = []
        self.socket: socket.socket | None = None

    def run(self) -> HttpAnswer:
        """The answer, whole or failed. What the network did not cause is raised."""
        context = ssl.create_default_context() if self.origin.scheme == "https" else None
        # After the context is made: loading certificates is not part of the request.
        self.start = self.clock()
        try:
            return self._follow(context)
        except TimeoutError:  # the socket's clock runs out together with the one of `send`
            raise
        except Exception as error:
            if (failure := classify_error(error)) is None:
                raise
            return self.fail(failure)

    def fail(self, failure: RequestFailure) -> HttpAnswer:
        return HttpAnswer(
            status=self.status,
            certificate_end=self.certificate_end,
            redirects=tuple(self.redirects),
            failure=failure,
        )

    def abandon(self) -> None:
        """Shut the socket down, so that the thread that waits for it ends."""
        if self.socket is not None:
            with contextlib.suppress(OSError):  # it has ended meanwhile
                # Not the method of SSLSocket, which first unwraps and would wait for the peer.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def _follow(self, context: ssl.SSLContext | None) -> HttpAnswer:
        url, most = self.request.url, self.limits.redirects
        # A request that changes something must reach one host, once: its redirect is an answer.
        follows = most > 0 and self.request.method == "GET"
        for _ in range(most + 1):
            parts = check_url(url)
            connection = self._make_connection(parts, context)
            with contextlib.closing(connection), self._request(connection, parts) as response:
                target = response.headers.get("Location")
                if not follows or response.status not in _REDIRECTS or target is None:
                    return self._read(response)
            url = self._resolve_redirect(url, target)
        raise RequestFailedError(FailureKind.REDIRECT, f"more than {most} redirects")

    def _make_connection(
        self, parts: SplitResult, context: ssl.SSLContext | None
    ) -> HTTPConnection:
        host, seconds = parts.hostname or "", max(self.end - time.monotonic(), 0.001)
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port or 80, timeout=seconds)
        port = parts.port or 443
        try:
            proxy = find_proxy(parts)
        except ValueError as error:
            raise RequestFailedError(FailureKind.PROXY, str(error)) from None
        if proxy is None:
            return HTTPSConnection(host, port, timeout=seconds, context=context)
        tunnel = HTTPSConnection(proxy.host, proxy.port, timeout=seconds, context=context)
        # CONNECT: the proxy sees the host and the port, and no header of the request.
        tunnel.set_tunnel(host, port, dict(proxy.headers))
        return tunnel

    def _request(self, connection: HTTPConnection, parts: SplitResult) -> HTTPResponse:
        """The response up to its body."""
        connection.response_class = _watch_first_byte(self._note_first_byte)
        self.status, self.certificate_end = 0, None
        connection.connect()
        self.socket = connection.sock
        # Of this very connection: another one could reach another server of the same name.
        if isinstance(connection.sock, ssl.SSLSocket):
            self.certificate_end = _find_certificate_end(connection.sock)
        # RFC 9112, section 3.2.1: an empty path is sent as `/`; a fragment is not sent.
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(self.request.method, target, self.request.body, self._headers(parts))
        response = connection.getresponse()
        self.status = response.status
        return response

    def _note_first_byte(self) -> None:
        self.first = self.clock()

    def _headers(self, parts: SplitResult) -> dict[str, str]:
        given = self.request.headers
        # Host and port: another port of the same host may be another server.
        if strip_credentials(parts).netloc == strip_credentials(self.origin).netloc:
            return {**given, **make_authorization(self.origin)}
        return {name: value for name, value in given.items() if name.lower() in _HARMLESS}

    def _resolve_redirect(self, url: str, target: str) -> str:
        """The URL that a redirect leads to, within https or within this machine."""
        new = _join(url, target)
        if new is None:
            text = f"a redirect to {shown(target)}, which is no address"
            raise RequestFailedError(FailureKind.REDIRECT, text)
        if new.scheme != urlsplit(url).scheme or not is_allowed(new):
            text = f"a redirect to {redact_url(new.geturl())}, which is not followed"
            raise RequestFailedError(FailureKind.REDIRECT, text)
        self.redirects.append(redact_url(new.geturl()))
        return new.geturl()

    def _read(self, response: HTTPResponse) -> HttpAnswer:
        # RFC 9110, section 5.3: fields of the same name mean the same as one with commas.
        names = dict.fromkeys(name.lower() for name in response.headers)
        headers = {name: ", ".join(response.headers.get_all(name, [])) for name in names}
        sent = read_body(response, self.limits.size, self.end)
        total = self.clock()
        return HttpAnswer(
            status=response.status,
            headers=headers,
            body=decode_body(sent, headers.get("content-encoding", ""), self.limits.size),
            first_byte_ms=(self.first - self.start) * 1000,
            total_ms=(total - self.start) * 1000,
            certificate_end=self.certificate_end,
            redirects=tuple(self.redirects),
        )


def _watch_first_byte(arrived: Callable[[], None]) -> type[HTTPResponse]:
    """A class of responses that calls `arrived` when the first byte is there."""

    class WatchedResponse(HTTPResponse):
        def begin(self) -> None:
            # `peek` waits for a byte and takes none away.
            self.fp.peek(1)
            arrived()
            super().begin()

    return WatchedResponse


def _find_certificate_end(connection: ssl.SSLSocket) -> float | None:
    end = (connection.getpeercert() or {}).get("notAfter")
    return ssl.cert_time_to_seconds(end) if isinstance(end, str) else None


def _join(url: str, target: str) -> SplitResult | None:
    """An absolute URL; None where the target can be none."""
    try:
        parts = urlsplit(urljoin(url, target))
        # Another scheme is a URL too; whether it is followed is not decided here.
        check_url(parts._replace(scheme="https").geturl())
    except (ValueError, UsageError):
        return None
    return parts

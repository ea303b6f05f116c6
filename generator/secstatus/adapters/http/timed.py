"""One GET, measured: what a visitor gets, how long it took, and how long the certificate lasts.

http.client of the standard library does it: the first byte and the certificate of the very
connection have to be seen, which clients with pools and retries hide, and nothing has to be
installed. What it lacks is here: one deadline for everything, limits of size, gzip, redirects that
never leave HTTPS, and an answer instead of an exception for all that the network does.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, urljoin, urlsplit

from secstatus import __version__
from secstatus.adapters.deadline import in_time, late
from secstatus.adapters.http.transport import (
    CutShort,
    NotDecodable,
    NotUsable,
    TooLong,
    authorization,
    decode_body,
    proxy_for,
    whole_body,
    why,
)
from secstatus.adapters.http.url import check_url, is_allowed, public
from secstatus.errors import UsageError, shown

DAY = 86400
MOVED = frozenset({301, 302, 303, 307, 308})


class FailureKind(StrEnum):
    """Why there is no whole answer."""

    CERTIFICATE = "certificate"
    TLS = "tls"
    NAME = "name"
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    NO_CONNECTION = "no connection"
    PROXY = "proxy"
    PROTOCOL = "protocol"
    CUT = "cut"
    TOO_LARGE = "too large"
    ENCODING = "encoding"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class RequestFailure:
    """`text` is one safe line. `verify_code`: OpenSSL's, for a certificate that is not trusted."""

    kind: FailureKind
    text: str
    verify_code: int | None = None


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """`deadline`: seconds for everything together. `size`: bytes, as sent and as decoded."""

    deadline: float = 20.0
    size: int = 64 * 1024 * 1024
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """A whole answer of any status, or a failure; then the body is empty and no time is told.

    `headers` have lower-case names; values of the same name are joined by commas. `body` is
    decoded. The times count from the start of the first connection on, name look-up, handshakes
    and redirects included. `tls_days`: until the certificate of the last connection ends.
    `redirects`: where they led, without credentials and queries.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    first_byte_ms: float | None = None
    total_ms: float | None = None
    tls_days: float | None = None
    redirects: tuple[str, ...] = ()
    failure: RequestFailure | None = None


class _RequestFailed(Exception):
    """There will be no whole answer."""

    def __init__(self, kind: FailureKind, text: str) -> None:
        super().__init__(text)
        self.kind, self.text = kind, text


def measure(
    url: str,
    *,
    now: datetime,
    limits: RequestLimits | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Measured:
    """GET a URL once: https, or http on this machine.

    Never raises for what the network does, and is back when the deadline is over. Proxies of the
    environment are used except for this machine. Raises UsageError for a URL that cannot be asked.
    """
    check_url(url)
    limits = limits or RequestLimits()
    request = _TimedRequest(url, now, limits, clock)
    try:
        return in_time(limits.deadline, request.run)
    except TimeoutError:
        request.abandon()
        return request.failed(RequestFailure(FailureKind.TIMEOUT, late(limits.deadline)))


class _TimedRequest:
    """One request with its redirects."""

    def __init__(
        self, url: str, now: datetime, limits: RequestLimits, clock: Callable[[], float]
    ) -> None:
        self.url, self.now, self.limits, self.clock = url, now, limits, clock
        self.end = time.monotonic() + limits.deadline
        self.start = self.first = 0.0
        self.status: int | None = None
        self.tls_days: float | None = None
        self.redirects: list[str] = []
        self.socket: socket.socket | None = None

    def run(self) -> Measured:
        """The answer or the failure. What is no failure of the network is raised."""
        context = ssl.create_default_context() if self.url.lower().startswith("https:") else None
        self.start = self.clock()
        try:
            return self._followed(context)
        except _RequestFailed as error:
            return self.failed(RequestFailure(error.kind, error.text))
        except TimeoutError:  # the socket's clock runs out together with the one of `measure`
            raise
        except Exception as error:
            if (reason := why(error)) is None:
                raise
            kind, text, code = reason
            return self.failed(RequestFailure(FailureKind(kind), text, code))

    def failed(self, failure: RequestFailure) -> Measured:
        return Measured(
            status=self.status,
            tls_days=self.tls_days,
            redirects=tuple(self.redirects),
            failure=failure,
        )

    def abandon(self) -> None:
        """Let the thread that still waits for the network come to its end."""
        if self.socket is not None:
            with contextlib.suppress(OSError):  # it has ended meanwhile
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def _followed(self, context: ssl.SSLContext | None) -> Measured:
        url = self.url
        for _ in range(self.limits.redirects + 1):
            parts = check_url(url)
            connection = self._connection(parts, context)
            with contextlib.closing(connection):
                response = self._asked(connection, parts)
                with response:
                    target = response.headers.get("Location")
                    if response.status not in MOVED or target is None:
                        return self._read(response)
            url = self._redirected(url, target)
        raise _RequestFailed(FailureKind.REDIRECT, f"more than {self.limits.redirects} redirects")

    def _connection(self, parts: SplitResult, context: ssl.SSLContext | None) -> HTTPConnection:
        host, seconds = parts.hostname or "", max(self.end - time.monotonic(), 0.001)
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port or 80, timeout=seconds)
        port = parts.port or 443
        try:
            proxy = proxy_for(parts)
        except NotUsable as error:
            raise _RequestFailed(FailureKind.PROXY, str(error)) from None
        if proxy is None:
            return HTTPSConnection(host, port, timeout=seconds, context=context)
        tunnel = HTTPSConnection(proxy.host, proxy.port, timeout=seconds, context=context)
        tunnel.set_tunnel(host, port, dict(proxy.headers))
        return tunnel

    def _asked(self, connection: HTTPConnection, parts: SplitResult) -> HTTPResponse:
        """The answer up to its body."""
        connection.response_class = _watched(self._arrived)
        self.status = self.tls_days = None
        connection.connect()
        self.socket = connection.sock
        if isinstance(connection.sock, ssl.SSLSocket):
            self.tls_days = _days_left(connection.sock, self.now)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers=self._headers(parts))
        response = connection.getresponse()
        self.status = response.status
        return response

    def _arrived(self) -> None:
        self.first = self.clock()

    def _headers(self, parts: SplitResult) -> Mapping[str, str]:
        """No Cache-Control: what visitors get is wanted. Credentials stay with their host."""
        same = parts.netloc.rpartition("@")[2] == urlsplit(self.url).netloc.rpartition("@")[2]
        return {
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "User-Agent": f"secstatus-monitor/{__version__}",
            **(authorization(urlsplit(self.url), "Authorization") if same else {}),
        }

    def _redirected(self, url: str, target: str) -> str:
        """Where a redirect leads, within https or within this machine."""
        new = _joined(url, target)
        if new is None:
            raise _RequestFailed(
                FailureKind.REDIRECT, f"a redirect to {shown(target)}, which is no address"
            )
        if new.scheme != urlsplit(url).scheme or not is_allowed(new):
            text = f"a redirect to {public(new.geturl())}, which is not followed"
            raise _RequestFailed(FailureKind.REDIRECT, text)
        self.redirects.append(public(new.geturl()))
        return new.geturl()

    def _read(self, response: HTTPResponse) -> Measured:
        names = dict.fromkeys(name.lower() for name in response.headers)
        headers = {name: ", ".join(response.headers.get_all(name, [])) for name in names}
        try:
            sent = whole_body(response, self.limits.size, self.end)
            total = self.clock()
            body = decode_body(sent, headers.get("content-encoding", ""), self.limits.size)
        except TooLong as error:
            raise _RequestFailed(FailureKind.TOO_LARGE, str(error)) from None
        except CutShort as error:
            raise _RequestFailed(FailureKind.CUT, str(error)) from None
        except NotDecodable as error:
            raise _RequestFailed(FailureKind.ENCODING, str(error)) from None
        return Measured(
            status=response.status,
            headers=headers,
            body=body,
            first_byte_ms=(self.first - self.start) * 1000,
            total_ms=(total - self.start) * 1000,
            tls_days=self.tls_days,
            redirects=tuple(self.redirects),
        )


def _watched(arrived: Callable[[], None]) -> type[HTTPResponse]:
    """A response that tells when its first byte is there."""

    class Watched(HTTPResponse):
        def begin(self) -> None:
            self.fp.peek(1)
            arrived()
            super().begin()

    return Watched


def _days_left(connection: ssl.SSLSocket, now: datetime) -> float | None:
    end = (connection.getpeercert() or {}).get("notAfter")
    if not isinstance(end, str):
        return None
    return (ssl.cert_time_to_seconds(end) - now.timestamp()) / DAY


def _joined(url: str, target: str) -> SplitResult | None:
    """An absolute address; None where the target is none that can be asked."""
    try:
        parts = urlsplit(urljoin(url, target))
        # Another scheme is an address too; whether it is followed is not decided here.
        check_url(parts._replace(scheme="https").geturl())
    except (ValueError, UsageError):
        return None
    return parts

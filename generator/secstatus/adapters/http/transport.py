"""Transport under all requests: proxies, whole bodies, decoding, and words for faults."""

from __future__ import annotations

import base64
import socket
import ssl
import time
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, IncompleteRead
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from secstatus.adapters.http.url import LOOPBACK, public
from secstatus.errors import shown

# https://docs.openssl.org/3.0/man1/openssl-verification-options/
_CERTIFICATE = {
    9: "is not valid yet",
    10: "has expired",
    18: "is of an unknown issuer",
    19: "is of an unknown issuer",
    20: "is of an unknown issuer",
    21: "is of an unknown issuer",
    62: "is of another host",
    64: "is of another host",
}
_TUNNEL = "Tunnel connection failed"

Reason = tuple[str, str, int | None]


def why(error: Exception) -> Reason | None:
    """A word, a line and OpenSSL's verify code; None for what the network did not cause."""
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, TimeoutError):
        return "timeout", "no answer in time", None
    if isinstance(error, socket.gaierror | UnicodeError):
        return "name", f"the name of the host is not found ({_text(error)})", None
    if isinstance(error, ConnectionRefusedError):
        return "refused", "the connection is refused", None
    if isinstance(error, ConnectionError):
        return "reset", f"the connection is broken off ({_text(error)})", None
    if isinstance(error, IncompleteRead):
        return "cut", "an answer cut short", None
    if isinstance(error, OSError):
        kind = "proxy" if str(error).startswith(_TUNNEL) else "no connection"
        return kind, f"no connection ({_text(error)})", None
    if isinstance(error, HTTPException | ValueError):
        return "protocol", f"an answer that is no HTTP ({_text(error)})", None
    return None


def _of_tls(error: ssl.SSLError) -> Reason:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return "tls", f"no TLS connection ({_text(error)})", None
    code = error.verify_code
    what = _CERTIFICATE.get(code, "cannot be trusted")
    text = f"the certificate {what} (OpenSSL {code}: {shown(error.verify_message)})"
    return "certificate", text, code


def _text(error: Exception) -> str:
    return shown(getattr(error, "strerror", None) or str(error) or type(error).__name__)


_GZIP = 31  # what zlib calls a gzip header with the largest window


class NotDecodable(Exception):
    """The content is not encoded as its header says, or in a way that was not asked for."""


def decode_body(body: bytes, encoding: str, most: int) -> bytes:
    """The content of at most so many bytes. `encoding` is the value of Content-Encoding."""
    name = encoding.strip().lower()
    if name in ("", "identity") or not body:
        return body
    if name not in ("gzip", "x-gzip"):
        raise NotDecodable(f"an answer encoded as {shown(name)}, expected gzip or none")
    unzip = zlib.decompressobj(wbits=_GZIP)
    try:
        content = unzip.decompress(body, most + 1)
    except zlib.error:
        raise NotDecodable("an answer that says it is gzip and is not") from None
    if len(content) > most:
        raise TooLong(most)
    if not unzip.eof:
        raise NotDecodable("an answer whose gzip is cut short")
    if unzip.unused_data:
        raise NotDecodable("an answer that goes on after the end of its gzip")
    return content


class NotUsable(Exception):
    """The environment names a proxy of a kind that cannot be used, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where to ask for a tunnel. `headers` may hold credentials."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def proxy_for(parts: SplitResult) -> Proxy | None:
    """The proxy for an address; None without one, and always None for this machine.

    Raises NotUsable for anything but an HTTP proxy.
    """
    host = parts.netloc.rpartition("@")[2]
    named = getproxies()
    text = named.get(parts.scheme) or named.get("all")
    if not text or (parts.hostname or "") in LOOPBACK or proxy_bypass(host):
        return None
    text = text if "://" in text else f"http://{text}"
    wrong = f"a proxy that cannot be used ({public(text)}), expected http://HOST:PORT"
    try:
        found = urlsplit(text)
        name, port = found.hostname, found.port or 80
    except ValueError:
        raise NotUsable(wrong) from None
    if found.scheme != "http" or not name:
        raise NotUsable(wrong)
    return Proxy(name, port, authorization(found, "Proxy-Authorization"))


def authorization(parts: SplitResult, header: str) -> Mapping[str, str]:
    """The header with the credentials of an address; empty without any."""
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {header: "Basic " + base64.b64encode(pair.encode()).decode()}


CHUNK = 65536


class TooLong(Exception):
    """There is more than so many bytes; no more was taken."""

    def __init__(self, most: int) -> None:
        super().__init__(f"an answer of more than {most} bytes")


class CutShort(Exception):
    """The body ended before its announced end."""

    def __init__(self, length: int) -> None:
        super().__init__(f"an answer cut short after {length} bytes")


def open_response(
    request: urllib.request.Request,
    redirects: urllib.request.BaseHandler,
    seconds: float,
) -> Any:
    """The response up to its body. No proxy of the environment is asked for this machine."""
    handlers = [redirects]
    if urlsplit(request.full_url).hostname in LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers).open(request, timeout=max(seconds, 0.001))


def whole_body(response: Any, most: int, end: float) -> bytes:
    """The body as it was sent. Raises TooLong, CutShort, and TimeoutError after `end`.

    `end` is a moment of the monotonic clock. What the connection does is raised as it is.
    """
    parts: list[bytes] = []
    length = 0
    # `read1` gives what is there, so that a dripping server meets the deadline.
    while chunk := response.read1(CHUNK):
        length += len(chunk)
        parts.append(chunk)
        if length > most:
            raise TooLong(most)
        if time.monotonic() > end:
            raise TimeoutError
    if response.length:  # with `read1` a short body is no error of http.client's
        raise CutShort(length)
    return b"".join(parts)


def no_connection(error: object) -> str:
    """In words why nothing came, or not all of it."""
    verify_message = getattr(error, "verify_message", None)
    if verify_message is not None:
        return f"a certificate that is not trusted ({verify_message})"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"no connection that holds ({shown(text)})"

"""Bodies of responses, and the classification of failures."""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException, HTTPResponse, IncompleteRead

from secstatus.errors import shown

_CHUNK = 65536
_GZIP = 31  # zlib's `wbits` for a gzip header and the largest window


def read_body(response: HTTPResponse, most: int, end: float) -> bytes:
    """The body as it was sent. Raises RequestFailedError, and TimeoutError after `end`."""
    parts: list[bytes] = []
    length = 0
    # `read1` returns what has arrived, so that a server that drips bytes meets the deadline.
    while chunk := response.read1(_CHUNK):
        length += len(chunk)
        parts.append(chunk)
        # Checked while reading: the server may announce less than it sends, or nothing.
        if length > most:
            raise _too_large(most)
        if time.monotonic() > end:
            raise TimeoutError
    if response.length:  # http.client raises IncompleteRead for `read`, not for `read1`
        raise RequestFailedError(FailureKind.CUT, f"an answer cut short after {length} bytes")
    return b"".join(parts)


def decode_body(body: bytes, encoding: str, most: int) -> bytes:
    """The content of at most so many bytes. `encoding` is the value of Content-Encoding.

    Raises RequestFailedError for more bytes, and for anything but gzip or no encoding.
    """
    name = encoding.strip().lower()
    if name in ("", "identity") or not body:
        return body
    if name not in ("gzip", "x-gzip"):  # RFC 9110, section 8.4.1.3: the two are the same
        raise _not_decodable(f"an answer encoded as {shown(name)}, expected gzip or none")
    unzip = zlib.decompressobj(wbits=_GZIP)
    try:
        # A small body may decode to gigabytes: no more is decoded than what shows that it is.
        content = unzip.decompress(body, most + 1)
    except zlib.error:
        raise _not_decodable("an answer that says it is gzip and is not") from None
    if len(content) > most:
        raise _too_large(most)
    if not unzip.eof:
        raise _not_decodable("an answer whose gzip is cut short")
    if unzip.unused_data:
        raise _not_decodable("an answer that goes on after the end of its gzip")
    return content


def _too_large(most: int) -> RequestFailedError:
    return RequestFailedError(FailureKind.TOO_LARGE, f"an answer of more than {most} bytes")


def _not_decodable(text: str) -> RequestFailedError:
    return RequestFailedError(FailureKind.ENCODING, text)


class FailureKind(StrEnum):
    """The reason why a response is missing or incomplete."""

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


# The next attempt would get the same.
_PERMANENT = frozenset(
    {
        FailureKind.CERTIFICATE,
        FailureKind.TOO_LARGE,
        FailureKind.ENCODING,
        FailureKind.REDIRECT,
    }
)


@dataclass(frozen=True, slots=True)
class RequestFailure:
    """`text` is one safe line. `verify_code`: OpenSSL's, for a certificate that is not trusted."""

    kind: FailureKind
    text: str
    verify_code: int | None = None

    @property
    def is_permanent(self) -> bool:
        """Whether another attempt would fail in the same way."""
        return self.kind in _PERMANENT


class RequestFailedError(Exception):
    """The response is missing or incomplete. Raised and caught within `adapters.http`."""

    def __init__(self, kind: FailureKind, text: str) -> None:
        super().__init__(text)
        self.failure = RequestFailure(kind, text)


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
# http.client has no exception of its own for a proxy that refuses; this is its text.
_TUNNEL = "Tunnel connection failed"


def make_timeout(seconds: float) -> RequestFailure:
    """The failure of a request that had so many seconds."""
    text = f"no whole answer in time ({seconds:.3g} s allowed)"
    return RequestFailure(FailureKind.TIMEOUT, text)


def classify_error(error: Exception) -> RequestFailure | None:
    """The failure that an exception represents; None if the network did not cause it."""
    if isinstance(error, RequestFailedError):
        return error.failure
    # The order counts: most of these are subclasses of OSError or of ValueError.
    if isinstance(error, ssl.SSLError):
        return _classify_tls(error)
    if isinstance(error, socket.gaierror | UnicodeError):
        # The codec `idna` raises UnicodeError for a label of more than 63 characters.
        text = f"the name of the host is not found ({_text(error)})"
        return RequestFailure(FailureKind.NAME, text)
    if isinstance(error, ConnectionRefusedError):
        return RequestFailure(FailureKind.REFUSED, "the connection is refused")
    if isinstance(error, ConnectionError):
        text = f"the connection is broken off ({_text(error)})"
        return RequestFailure(FailureKind.RESET, text)
    if isinstance(error, IncompleteRead):
        return RequestFailure(FailureKind.CUT, "an answer cut short")
    if isinstance(error, OSError):
        is_proxy = str(error).startswith(_TUNNEL)
        kind = FailureKind.PROXY if is_proxy else FailureKind.NO_CONNECTION
        return RequestFailure(kind, f"no connection ({_text(error)})")
    if isinstance(error, HTTPException | ValueError):
        text = f"an answer that is no HTTP ({_text(error)})"
        return RequestFailure(FailureKind.PROTOCOL, text)
    return None


def _classify_tls(error: ssl.SSLError) -> RequestFailure:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return RequestFailure(FailureKind.TLS, f"no TLS connection ({_text(error)})")
    # The words of OpenSSL differ between its versions, the codes do not.
    code = error.verify_code
    what = _CERTIFICATE.get(code, "cannot be trusted")
    text = f"the certificate {what} (OpenSSL {code}: {shown(error.verify_message)})"
    return RequestFailure(FailureKind.CERTIFICATE, text, code)


def _text(error: Exception) -> str:
    return shown(getattr(error, "strerror", None) or str(error) or type(error).__name__)

"""Why a request has no response: one classification for every caller."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException, IncompleteRead

from secstatus.errors import shown


class FailureKind(StrEnum):
    """Why there is no whole response."""

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
    """There is no whole response. Raised and caught within `adapters.http`."""

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
    """The failure that an exception stands for; None for what the network did not cause."""
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

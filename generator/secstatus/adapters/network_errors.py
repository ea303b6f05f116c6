"""What an exception of the network means, in a word and a safe line."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPException, IncompleteRead

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

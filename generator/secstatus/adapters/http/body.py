"""The body of a response: read within its limits, and decoded."""

from __future__ import annotations

import time
import zlib
from http.client import HTTPResponse

from secstatus.adapters.http.failures import FailureKind, RequestFailedError
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

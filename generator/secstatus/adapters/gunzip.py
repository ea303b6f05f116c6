"""The content of an answer, decoded: gzip only, and never more than so many bytes of it."""

from __future__ import annotations

import zlib

from secstatus.adapters.plain_http import TooLong
from secstatus.errors import shown

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

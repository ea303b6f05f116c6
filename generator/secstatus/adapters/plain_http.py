"""What urllib and http.client leave to the caller: proxies, whole bodies, words for a fault."""

from __future__ import annotations

import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from secstatus.adapters.address import LOOPBACK
from secstatus.errors import shown

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

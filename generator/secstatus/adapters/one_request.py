"""One request, one answer: no retry, no redirect, whatever the status.

`fetch` is for texts that anybody may read. Here the headers of the answer are wanted too, refusals
are answers, and what is sent must reach one host only, once.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from ssl import SSLCertVerificationError
from typing import Any

from secstatus.adapters.address import LOOPBACK, checked
from secstatus.adapters.in_time import in_time, late
from secstatus.errors import shown

CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Request:
    """`url`: https, or http on this machine. `body` is JSON."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` by their lower-case names; the last of several counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Lost(Exception):
    """There is no whole answer. Whether the request has arrived is not known."""


def answer(request: Request, *, seconds: float, most: int) -> Reply:
    """The answer, of any status, with a body of at most so many bytes.

    Raises Lost when there is none within the seconds, and UsageError for a URL that is not asked.
    """
    checked(request.url)
    try:
        return in_time(seconds, partial(_asked, request, seconds, most))
    except TimeoutError:
        raise Lost(late(seconds)) from None


def _asked(request: Request, seconds: float, most: int) -> Reply:
    end = time.monotonic() + seconds
    try:
        with _opened(request, seconds) as response:
            return _reply(response, response.status, most, end)
    except urllib.error.HTTPError as error:
        with error:
            return _reply(error.fp, error.code, most, end)
    except urllib.error.URLError as error:
        raise _lost(error.reason) from None
    except (OSError, HTTPException, ValueError) as error:
        raise _lost(error) from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: what was meant for one host is not sent to another."""

    def redirect_request(self, *_args: Any) -> None:
        return None


def _opened(request: Request, seconds: float) -> Any:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if checked(request.url).hostname in LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(  # noqa: S310 - the scheme is checked
        request.url, request.body, dict(request.headers), method=request.method
    )
    return urllib.request.build_opener(*handlers).open(asked, timeout=max(seconds, 0.001))


def _reply(response: Any, status: int, most: int, end: float) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    parts: list[bytes] = []
    length = 0
    # `read1` gives what is there, so that a dripping server meets the deadline.
    while chunk := response.read1(CHUNK):
        length += len(chunk)
        parts.append(chunk)
        if length > most:
            raise Lost(f"an answer of more than {most} bytes")
        if time.monotonic() > end:
            raise TimeoutError
    if response.length:  # with `read1` a short body is no error of http.client's
        raise Lost(f"an answer cut short after {length} bytes")
    return Reply(status, headers, b"".join(parts))


def _lost(error: object) -> Lost | TimeoutError:
    """Why there is none. Of time `answer` speaks: its clock and the socket's run out together."""
    if isinstance(error, SSLCertVerificationError):
        return Lost(f"a certificate that is not trusted ({error.verify_message})")
    if isinstance(error, TimeoutError):
        return error
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Lost(f"no connection that holds ({shown(text)})")

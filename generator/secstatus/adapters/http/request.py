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
from typing import Any

from secstatus.adapters.deadline import in_time, late
from secstatus.adapters.http.transport import (
    CutShort,
    TooLong,
    no_connection,
    open_response,
    whole_body,
)
from secstatus.adapters.http.url import check_url


@dataclass(frozen=True, slots=True)
class HttpRequest:
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


def answer(request: HttpRequest, *, seconds: float, most: int) -> Reply:
    """The answer, of any status, with a body of at most so many bytes.

    Raises Lost when there is none within the seconds, and UsageError for a URL that is not asked.
    """
    check_url(request.url)
    try:
        return in_time(seconds, partial(_asked, request, seconds, most))
    except TimeoutError:
        raise Lost(late(seconds)) from None


def _asked(request: HttpRequest, seconds: float, most: int) -> Reply:
    end = time.monotonic() + seconds
    asked = urllib.request.Request(  # noqa: S310 - the scheme is checked
        request.url, request.body, dict(request.headers), method=request.method
    )
    try:
        with open_response(asked, _AnyStatus(), seconds) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, headers, whole_body(response, most, end))
    except urllib.error.URLError as error:
        raise _lost(error.reason) from None
    except (TooLong, CutShort) as error:
        raise Lost(str(error)) from None
    except (OSError, HTTPException, ValueError) as error:
        raise _lost(error) from None


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    """Every status is an answer, a redirect too: what was meant for one host goes to no other."""

    def http_response(self, _request: Any, response: Any) -> Any:
        return response

    def https_response(self, _request: Any, response: Any) -> Any:
        return response


def _lost(error: object) -> Lost | TimeoutError:
    """Why there is none. Of time `answer` speaks: its clock and the socket's run out together."""
    return error if isinstance(error, TimeoutError) else Lost(no_connection(error))

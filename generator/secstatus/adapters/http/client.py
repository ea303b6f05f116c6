"""Text over HTTPS: bounded in time and size, tried again where that can help.

The standard library's urllib does it: no connection is worth keeping for one answer, and proxies
and certificates of the environment are honoured. What it lacks is here: a deadline for the whole
answer, a limit of its size, retries, and redirects that never leave HTTPS.
"""

from __future__ import annotations

import base64
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPException
from ssl import SSLCertVerificationError
from typing import Any
from urllib.parse import unquote, urlsplit

from secstatus import __version__
from secstatus.adapters.deadline import in_time, late
from secstatus.adapters.http.transport import (
    CutShort,
    TooLong,
    no_connection,
    open_response,
    whole_body,
)
from secstatus.adapters.http.url import check_url, is_allowed, public
from secstatus.errors import ExternalError

NOT_THERE = frozenset({404, 410})
WORTH_A_RETRY = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS = 5
HARMLESS = frozenset({"accept", "accept-encoding", "user-agent"})


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Seconds and bytes. `deadline` is for everything together, pauses and retries included."""

    attempt: float = 10.0
    deadline: float = 60.0
    size: int = 8 * 1024 * 1024
    attempts: int = 4
    first_pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Timing:
    """What tests put in the place of the clock, of waiting and of chance."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, 2xx or one that says that there is nothing (404, 410), and the text."""

    status: int
    text: str

    @property
    def there(self) -> bool:
        return self.status not in NOT_THERE


class _Failed(Exception):
    """One attempt came to nothing; `wait` is what the server asks for, in seconds."""

    def __init__(self, reason: str, *, again: bool, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.again, self.wait = reason, again, wait


@dataclass(frozen=True, slots=True)
class _Request:
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    limits: FetchLimits | None = None,
    timing: Timing | None = None,
) -> Answer:
    """GET the text at a URL: https, or http on this machine.

    Raises ExternalError when there is no whole answer within the limits, and UsageError for a URL
    that cannot be asked. Messages name the URL without credentials and query.
    """
    return _tried(_request(url, None, headers), limits or FetchLimits(), timing or Timing())


def post(
    url: str,
    text: str,
    *,
    headers: Mapping[str, str] | None = None,
    limits: FetchLimits | None = None,
    timing: Timing | None = None,
) -> Answer:
    """POST JSON text; otherwise as `get`. Redirects are refused, and retries send it again."""
    return _tried(_request(url, text, headers), limits or FetchLimits(), timing or Timing())


def _request(url: str, text: str | None, headers: Mapping[str, str] | None) -> _Request:
    parts = check_url(url)
    sent = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"secstatus/{__version__}",
        **(headers or {}),
    }
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        sent["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    if text is not None:
        sent["Content-Type"] = "application/json"
    clean = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    return _Request(clean, None if text is None else text.encode(), sent)


def _tried(request: _Request, limits: FetchLimits, timing: Timing) -> Answer:
    """The answer of the first attempt that brings one."""
    end = timing.clock() + limits.deadline
    number = 0
    while True:
        number += 1
        left = end - timing.clock()
        try:
            seconds = min(limits.attempt, left)
            return _whole(request, limits, seconds)
        except _Failed as failed:
            pause = _pause(failed, number, limits, timing)
            late = timing.clock() + pause >= end
            if not failed.again or number >= limits.attempts or late:
                raise _given_up(request, failed, number) from None
        timing.sleep(pause)


def _pause(failed: _Failed, number: int, limits: FetchLimits, timing: Timing) -> float:
    """Twice as long each time, less up to a half by chance; at least what the server asks for."""
    pause: float = limits.first_pause * 2.0 ** (number - 1) * (1 - timing.chance() / 2)
    return max(pause, failed.wait)


def _given_up(request: _Request, failed: _Failed, number: int) -> ExternalError:
    tries = f" (after {number} attempts)" if number > 1 else ""
    asked = f"; the server asks to wait {failed.wait:.0f} s" if failed.wait else ""
    hint = "Run it again later." if failed.again else "Check the address."
    return ExternalError(f"{public(request.url)}: {failed.reason}{asked}{tries}", hint=hint)


def _whole(request: _Request, limits: FetchLimits, seconds: float) -> Answer:
    """The answer within the seconds, whatever it waits for: names, handshakes, headers."""
    try:
        return in_time(seconds, partial(_answer, request, limits, seconds))
    except TimeoutError:
        raise _Failed(late(seconds), again=True) from None


def _answer(request: _Request, limits: FetchLimits, seconds: float) -> Answer:
    """One attempt. Everything that the network can do to it leaves as `_Failed`."""
    end = time.monotonic() + seconds
    try:
        with _opened(request, seconds) as response:
            body = whole_body(response, limits.size, end)
        if response.status in NOT_THERE:
            return Answer(response.status, body.decode("utf-8", "replace"))
        return Answer(response.status, _decoded(body))
    except urllib.error.URLError as error:
        raise _broken(error.reason) from None
    except TooLong as error:
        raise _Failed(str(error), again=False) from None
    except CutShort as error:
        raise _Failed(str(error), again=True) from None
    except (OSError, HTTPException, ValueError) as error:
        raise _broken(error) from None


def _opened(request: _Request, seconds: float) -> Any:
    """The response up to its body, also where it says that there is nothing."""
    asked = urllib.request.Request(request.url, request.body, dict(request.headers))  # noqa: S310 - the scheme is checked
    try:
        return open_response(asked, _Redirects(), seconds)
    except urllib.error.HTTPError as error:
        if error.code in NOT_THERE:
            return error  # closed with its response, which it stands for
        with error:
            raise _refused(error) from None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows within https, or within this machine; what a caller adds stays with its host."""

    max_redirections = REDIRECTS

    def redirect_request(  # type: ignore[no-untyped-def]
        self, req, fp, code, msg, headers, newurl
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        same_kind = old.scheme == new.scheme and is_allowed(new)
        if req.data is not None or not same_kind:
            fp.close()
            raise _Failed(f"a redirect to {public(newurl)}, which is not followed", again=False)
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        if found is not None and old.netloc != new.netloc:
            found.headers = {k: v for k, v in found.headers.items() if k.lower() in HARMLESS}
        return found


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"an answer that is not UTF-8 text (byte {error.start})"
        raise _Failed(reason, again=False) from None


def _refused(error: urllib.error.HTTPError) -> _Failed:
    again = error.code in WORTH_A_RETRY
    return _Failed(f"status {error.code}", again=again, wait=_asked_wait(error) if again else 0.0)


def _asked_wait(error: urllib.error.HTTPError) -> float:
    """The seconds of `Retry-After`; a date counts from the server's own clock."""
    text = str(error.headers.get("Retry-After", "")).strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        sent = parsedate_to_datetime(str(error.headers.get("Date", "")))
        return max((parsedate_to_datetime(text) - sent).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _broken(error: object) -> _Failed | TimeoutError:
    """Why there is none. Of time `_whole` speaks: its clock and the socket's run out together."""
    if isinstance(error, TimeoutError):
        return error
    again = not isinstance(error, SSLCertVerificationError)
    return _Failed(no_connection(error), again=again)

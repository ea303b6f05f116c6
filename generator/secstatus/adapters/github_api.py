"""A small client of GitHub's REST API: https://docs.github.com/rest"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from secstatus import __version__
from secstatus.adapters.http.client import RETRIED_STATUSES, send_with_retries
from secstatus.adapters.http.exchange import HttpAnswer, HttpLimits, HttpRequest, send
from secstatus.adapters.http.url import check_url, redact_url
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.errors import ExternalError, UsageError, shown
from secstatus.timestamps import format_timestamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Seconds until the year 2286; a longer one is no time.
LONGEST_NUMBER = 10


class NotThere(ExternalError):
    """404 or 410: the resource does not exist, or the token has no access to it."""


def make_api_error(where: str, reply: HttpAnswer, message: str, needs: str) -> ExternalError:
    """The error for a status that is not 2xx; `message` is the API's own."""
    if when := _limited(reply, message):
        hint = "Nothing is wrong with the token. Run it again then."
        return ExternalError(f"{where}: the rate limit is used up; ask again {when}", hint=hint)
    said = f" ({shown(message)})" if message else ""
    kind = NotThere if reply.status in (404, 410) else ExternalError
    return kind(f"{where}: status {reply.status}{said}", hint=_hint(reply.status, needs))


def _hint(status: int, needs: str) -> str:
    if 300 <= status < 400:
        return "Redirects are not followed: bring `repository` or GITHUB_API_URL up to date."
    return {
        401: "GitHub does not know the token, or no longer: give a new one in GITHUB_TOKEN.",
        403: f"Give the token the permission `{needs}`; in a workflow, under `permissions`.",
        404: f"Check `repository`. GitHub also says so where the permission `{needs}` is missing.",
        410: "Issues are switched off in the settings of the repository.",
        422: "GitHub does not take the content; the message says why.",
    }.get(status, "Run it again later.")


def _limited(reply: HttpAnswer, message: str) -> str:
    """When to ask again, where a rate limit is the reason; else empty.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: a wait in
    seconds comes first, then the time of the reset; without either it is a minute.
    """
    # GitHub uses both for rate limits.
    if reply.status not in (403, 429):
        return ""
    if seconds := _number(reply, "retry-after"):
        return f"in {seconds} s"
    if reply.headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = _number(reply, "x-ratelimit-reset")
        moment = EPOCH + timedelta(seconds=reset)
        return f"from {format_timestamp(moment)} on" if reset else "in an hour"
    return "in a minute" if reply.status == 429 or "rate limit" in message.lower() else ""


def _number(reply: HttpAnswer, name: str) -> int:
    text = reply.headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else 0


API = "https://api.github.com"
# https://docs.github.com/rest/about-the-rest-api/api-versions
API_VERSION = "2022-11-28"
# The most that the API gives on a page.
PAGE = 100
LIMITS = HttpLimits(attempt=15.0, size=16 * 1024 * 1024, retry=RetryPolicy(attempts=3))
# Not 429: a rate limit says when it ends, which is mostly too far away to wait for.
RETRIED = RETRIED_STATUSES - {425, 429}


class MaybeDone(ExternalError):
    """The answer to a write was lost: it may or may not have been done."""


@dataclass(frozen=True, slots=True)
class ListedPages:
    """The items of the pages of a list; `whole` is False when there are more."""

    items: tuple[Any, ...]
    whole: bool = True


class GitHub:
    """The API, with one token.

    Every method raises ExternalError when the network or the API fails, with the permission that
    may be missing. Values are parsed JSON of any type; only `pages` checks for a list. `needs` is
    that permission in the words of a workflow, such as `issues: write`.
    """

    def __init__(
        self,
        token: str,
        base: str = API,
        *,
        limits: HttpLimits | None = None,
        timing: Timing | None = None,
    ) -> None:
        # http.client would raise for a line break, with the token in the message.
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise UsageError("the token for GitHub: found a text that cannot be one")
        parts = check_url(base)
        if parts.username is not None or parts.query or parts.fragment:
            found = "credentials or a query"
            raise UsageError(f"{redact_url(base)}: found {found}, expected https://HOST")
        self._token, self.base = token, base.rstrip("/")
        # A redirect is an answer: the token must reach this host only.
        self._limits = replace(limits or LIMITS, redirects=0)
        self.timing = timing or Timing()

    def __repr__(self) -> str:
        return f"GitHub({self.base!r})"

    def get(self, path: str, query: Mapping[str, str] | None = None, *, needs: str) -> Any:
        """The resource. Raises NotThere for 404 and 410."""
        request = self._request("GET", path, query, None)
        found = send_with_retries(request, self._limits, self.timing, RETRIED)
        if found.answer.failure:
            reason = f"{found.answer.failure.text} ({found.attempts} attempts)"
            raise self._failed("GET", path, reason)
        return self._value("GET", path, found.answer, needs)

    def pages(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        needs: str,
        key: str = "",
        most: int = 10,
    ) -> ListedPages:
        """The items of at most so many pages; `key` names the list where it is in an object."""
        found: list[Any] = []
        for number in range(1, most + 1):
            # Counted and not taken from `Link`, which could name any host.
            asked = {**(query or {}), "per_page": str(PAGE), "page": str(number)}
            value = self.get(path, asked, needs=needs)
            items = value.get(key) if key and isinstance(value, dict) else value
            if not isinstance(items, list):
                what = f"no list of {key}" if key else "no list"
                raise self._failed("GET", path, f"an answer that holds {what}")
            # A server that answers more than was asked for must not fill the memory.
            found += items[:PAGE]
            if len(items) < PAGE:
                return ListedPages(tuple(found))
        return ListedPages(tuple(found), whole=False)

    def post(self, path: str, body: Mapping[str, Any], *, needs: str) -> Any:
        """Create a resource. Raises MaybeDone when it is unknown whether it was created."""
        return self._written("POST", path, body, needs)

    def patch(self, path: str, body: Mapping[str, Any], *, needs: str) -> Any:
        """Change something; otherwise as `post`."""
        return self._written("PATCH", path, body, needs)

    def _written(self, method: str, path: str, body: Mapping[str, Any], needs: str) -> Any:
        # Sent once: after a lost answer a second request could do it twice.
        reply = send(self._request(method, path, None, json.dumps(body).encode()), self._limits)
        if reply.failure or reply.status in RETRIED:
            reason = reply.failure.text if reply.failure else f"status {reply.status}"
            raise self._failed(method, path, reason, MaybeDone)
        try:
            return self._value(method, path, reply, needs)
        except _Garbled as garbled:
            raise self._failed(method, path, garbled.message, MaybeDone) from None

    def _request(
        self, method: str, path: str, query: Mapping[str, str] | None, body: bytes | None
    ) -> HttpRequest:
        headers = {
            "Accept": "application/vnd.github+json",
            # The bodies are small; nothing has to be decoded.
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {self._token}",
            # GitHub rejects requests without a User-Agent (docs.github.com/rest, getting started).
            "User-Agent": f"secstatus/{__version__}",
            "X-GitHub-Api-Version": API_VERSION,
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        return HttpRequest(self._url(path, query), method, headers, body)

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        # `..` would leave the repository for another part of the API.
        if not path.startswith("/") or {".", ".."} & set(path.split("/")):
            raise UsageError(f"a path of GitHub's API: found {shown(path)}")
        return self.base + quote(path) + (f"?{urlencode(query)}" if query else "")

    def _value(self, method: str, path: str, reply: HttpAnswer, needs: str) -> Any:
        if not 200 <= reply.status < 300:
            where = self._where(method, path)
            # The message is untrusted text: a server or proxy may repeat the token in it.
            raise make_api_error(where, reply, _message(reply).replace(self._token, "***"), needs)
        try:
            # 204 has no body.
            return json.loads(reply.body.decode("utf-8")) if reply.body else None
        except (ValueError, RecursionError):
            reason = "an answer that is no JSON"
            raise _Garbled(f"{self._where(method, path)}: {reason}") from None

    def _where(self, method: str, path: str) -> str:
        return f"{redact_url(self.base)}: {method} {shown(path)[1:-1]}"

    def _failed(
        self, method: str, path: str, reason: str, kind: type[ExternalError] = ExternalError
    ) -> ExternalError:
        where = self._where(method, path)
        text = reason if reason.startswith(where) else f"{where}: {reason}"
        return kind(text.replace(self._token, "***"), hint="Run it again later.")


class _Garbled(ExternalError):
    """A good status with a body that is not what the API answers."""


def _message(reply: HttpAnswer) -> str:
    """The API's message for a refusal; empty for a body that is not its JSON."""
    try:
        value = json.loads(reply.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return ""
    text = value.get("message") if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""

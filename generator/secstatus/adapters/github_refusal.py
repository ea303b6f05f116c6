"""What a refusal of GitHub's API means, and what can be done about it.

https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from secstatus.adapters.one_request import Reply
from secstatus.errors import ExternalError, shown

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_NUMBER = 10


class NotThere(ExternalError):
    """404 or 410: it is not there, or this token may not know of it."""


def refusal(where: str, reply: Reply, message: str, needs: str) -> ExternalError:
    """The error for a status that is not 2xx; `message` is what the API says itself."""
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


def _limited(reply: Reply, message: str) -> str:
    """When to ask again, where a rate limit is the reason; else empty.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: a wait in
    seconds comes first, then the moment of the reset; without either it is a minute.
    """
    if reply.status not in (403, 429):
        return ""
    if seconds := _number(reply, "retry-after"):
        return f"in {seconds} s"
    if reply.headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = _number(reply, "x-ratelimit-reset")
        moment = EPOCH + timedelta(seconds=reset)
        return f"from {moment:%Y-%m-%dT%H:%M:%SZ} on" if reset else "in an hour"
    return "in a minute" if reply.status == 429 or "rate limit" in message.lower() else ""


def _number(reply: Reply, name: str) -> int:
    text = reply.headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else 0

"""Text over HTTPS, with retries where they can help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from secstatus import __version__
from secstatus.adapters.http.exchange import HttpAnswer, HttpLimits, HttpRequest, send
from secstatus.adapters.http.url import check_url, redact_url
from secstatus.adapters.retry import Timing, parse_retry_after
from secstatus.errors import ExternalError

# Statuses that say that the server is busy or broken for now. 425: RFC 8470; 429: RFC 6585.
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class AttemptedAnswer:
    """The last answer, the number of attempts, and the seconds of its Retry-After (0: none)."""

    answer: HttpAnswer
    attempts: int
    asked: float


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    limits: HttpLimits | None = None,
    timing: Timing | None = None,
) -> HttpAnswer:
    """GET the text at a URL: https, or http on this machine.

    Returns an answer with a status of 2xx and UTF-8 text, or with 404 or 410. Raises ExternalError
    for any other within the limits, and UsageError for a URL that may not be requested. Messages
    name the URL without credentials and query.
    """
    return _fetch(HttpRequest(url, headers=_headers(headers)), limits, timing)


def post(
    url: str,
    text: str,
    *,
    headers: Mapping[str, str] | None = None,
    limits: HttpLimits | None = None,
    timing: Timing | None = None,
) -> HttpAnswer:
    """POST JSON text; otherwise as `get`. Redirects are refused, and retries send it again."""
    sent = {**_headers(headers), "Content-Type": "application/json"}
    return _fetch(HttpRequest(url, "POST", sent, text.encode()), limits, timing)


def send_with_retries(
    request: HttpRequest,
    limits: HttpLimits,
    timing: Timing,
    retried: frozenset[int] = RETRIED_STATUSES,
) -> AttemptedAnswer:
    """The first answer that another attempt would not change, else the last one.

    Failures that may pass and the statuses `retried` are tried again, within `limits.deadline`.
    """
    end = timing.clock() + limits.deadline
    number = 0
    while True:
        number += 1
        # The last attempt gets what the deadline leaves.
        seconds = min(limits.attempt, end - timing.clock())
        answer = send(request, limits, seconds=seconds)
        asked = _find_asked_wait(answer) if answer.status in retried else 0.0
        found = AttemptedAnswer(answer, number, asked)
        if not _may_pass(answer, retried):
            return found
        pause = limits.retry.find_pause(number, timing, asked)
        # Waiting until the deadline would leave nothing for the attempt.
        # An attempt that begins at the deadline has no time left to succeed.
        if pause is None or timing.clock() + pause >= end:
            return found
        timing.sleep(pause)


def _headers(given: Mapping[str, str] | None) -> dict[str, str]:
    return {
        "Accept": "application/json",
        # RFC 9110, section 12.5.3: without this field the server may choose any encoding.
        "Accept-Encoding": "identity",
        "User-Agent": f"secstatus/{__version__}",
        **(given or {}),
    }


def _fetch(request: HttpRequest, limits: HttpLimits | None, timing: Timing | None) -> HttpAnswer:
    check_url(request.url)
    found = send_with_retries(request, limits or HttpLimits(), timing or Timing())
    if problem := _find_problem(found.answer):
        tries = f" (after {found.attempts} attempts)" if found.attempts > 1 else ""
        asked = f"; the server asks to wait {found.asked:.0f} s" if found.asked else ""
        may_pass = _may_pass(found.answer, RETRIED_STATUSES)
        hint = "Run it again later." if may_pass else "Check the address."
        raise ExternalError(f"{redact_url(request.url)}: {problem}{asked}{tries}", hint=hint)
    return found.answer


def _find_problem(answer: HttpAnswer) -> str:
    """The reason why a caller cannot use the response; empty when it can."""
    if answer.failure:
        return answer.failure.text
    if 300 <= answer.status < 400:
        return f"status {answer.status}, a redirect that is not followed"
    if not answer.is_found:
        return ""
    if not 200 <= answer.status < 300:
        return f"status {answer.status}"
    try:
        # Checked here: `HttpAnswer.text` replaces invalid bytes, which would hide the damage.
        answer.body.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"an answer that is not UTF-8 text (byte {error.start})"
    return ""


def _may_pass(answer: HttpAnswer, retried: frozenset[int]) -> bool:
    """Whether another attempt can have another result."""
    if answer.failure:
        return not answer.failure.is_permanent
    return answer.status in retried


def _find_asked_wait(answer: HttpAnswer) -> float:
    headers = answer.headers
    return parse_retry_after(headers.get("retry-after", ""), headers.get("date", ""))

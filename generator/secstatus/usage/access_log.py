"""Parse a line of an access log, without the personal data in it.

Common and combined format, as Apache and nginx write them, and JSON, as nginx (`log_format` with
`escape=json`) and Caddy do; each line is recognised by its content. Addresses, users, referrers,
query strings and user agent texts do not leave this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar

from secstatus.usage.log_time import LogTime
from secstatus.usage.paths import plain_path
from secstatus.usage.user_agents import Client, classify_agent

FORMATS = "the common or combined format, or JSON lines of nginx or Caddy"
# nginx and Apache cut requests at 8 KiB by default; longer lines are no log.
LONGEST_LINE = 64 * 1024
# So many different requests and agents are remembered, none longer than that.
MOST_KNOWN, LONGEST_KNOWN = 8192, 512
# Nothing in front of the first quote can hold one: the time right before it is that of the server,
# not one that somebody has written into a user's name. Possessive, so that no line takes long.
_LINE = re.compile(
    rb'[^"]*\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] '
    rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)" (\d{3}) (?:\d+|-)'
    rb'(?: "[^"\\]*+(?:\\.[^"\\]*+)*+" "([^"\\]*+(?:\\.[^"\\]*+)*+)")?(?:\s|\Z)',
    re.DOTALL,
)
_DECODE = json.JSONDecoder().decode
# The other methods change nothing on a static site; counting them would count attacks.
_METHODS = frozenset({b"GET", b"HEAD"})
# The names of nginx's variables first, then of Caddy and of common log shippers.
_TIMES = ("time_iso8601", "ts", "timestamp", "@timestamp", "msec", "time_local", "time", "date")
_STATUSES = ("status", "status_code", "response", "response_code")
_URIS = ("request_uri", "uri", "url", "path")
_AGENTS = ("http_user_agent", "user_agent", "useragent", "agent")

R = TypeVar("R")
# The moment in seconds since 1970, what was asked for, the status, and by whom.
Entry = tuple[int, R, bytes, Client]
Known = Mapping[str, Any]


class LogFault(StrEnum):
    """Why a line cannot be read; nothing of the line is in it."""

    FORMAT = "a line in no known format"
    BINARY = "binary data"
    JSON = "JSON that cannot be read"
    KEYS = "JSON without time, request and status"
    TIME = "a time that does not exist"


class Parser(Generic[R]):
    """Parses lines. `meaning` maps a path to its meaning, and a request without a path to one.

    It is called with the decoded path; with None for a malformed request, or another method
    than GET and HEAD.
    """

    def __init__(self, meaning: Callable[[bytes | None], R]) -> None:
        self._meaning = meaning
        self._requests: dict[bytes, R] = {}
        self._agents: dict[bytes, Client] = {}
        self._time = LogTime()

    def entry(self, line: bytes) -> Entry[R] | None:
        """The line; None where it cannot be read."""
        # The common format first: it is the most frequent, and one match decides.
        found = _LINE.match(line)
        if found is None:
            return self._json_entry(line) if line[:1] in b"{ \t" else None
        stamp, request, status, agent = found.groups()
        at = self._time.common(stamp)
        if at is None:
            return None
        return (
            at,
            self._requests.get(request) or self._request(request),
            status,
            self._agents.get(agent or b"") or self._agent(agent or b""),
        )

    def _json_entry(self, line: bytes) -> Entry[R] | None:
        data = _object(line)
        values = _values(data) if data is not None else None
        if values is None:
            return None
        stamp, request, status, agent = values
        at = self._time.any(stamp)
        return None if at is None else (at, self._request(request), status, self._agent(agent))

    def _request(self, request: bytes) -> R:
        known = self._requests.get(request)
        if known is None:
            known = self._meaning(_path(request))
            _keep(self._requests, request, known)
        return known

    def _agent(self, agent: bytes) -> Client:
        known = self._agents.get(agent)
        if known is None:
            known = classify_agent(agent)
            _keep(self._agents, agent, known)
        return known


def explain_fault(line: bytes) -> LogFault:
    """Why a line that gave no entry cannot be read."""
    if b"\x00" in line:
        return LogFault.BINARY
    if _LINE.match(line):
        return LogFault.TIME
    if not line.lstrip().startswith(b"{"):
        return LogFault.FORMAT
    data = _object(line)
    if data is None:
        return LogFault.JSON
    return LogFault.TIME if _values(data) else LogFault.KEYS


V = TypeVar("V")


def _keep(known: dict[bytes, V], key: bytes, value: V) -> None:
    """Cache a value, within bounds: a million different requests do not fill the memory."""
    if len(key) <= LONGEST_KNOWN:
        if len(known) >= MOST_KNOWN:
            known.clear()
        known[key] = value


def _path(request: bytes) -> bytes | None:
    """The path of `GET /path HTTP/1.1`."""
    method, _, rest = request.partition(b" ")
    target, _, protocol = rest.rpartition(b" ")
    if method not in _METHODS:
        return None
    return plain_path(target if protocol.startswith(b"HTTP/") else rest)


def _object(line: bytes) -> Known | None:
    try:
        found = _DECODE(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _values(data: Known) -> tuple[Any, bytes, bytes, bytes] | None:
    """Time, request, status and agent; None where one of the first three is missing."""
    stamp, request, status = _first(data, _TIMES), _requested(data), _status(data)
    if stamp is None or request is None or status is None:
        return None
    return stamp, request, status, _text(_agent_in(data))


def _status(data: Known) -> bytes | None:
    value = _first(data, _STATUSES)
    text = str(value) if isinstance(value, int | str) else ""
    return text.encode() if len(text) == 3 and text.isascii() and text.isdigit() else None


def _requested(data: Known) -> bytes | None:
    """The request line, or one made of its parts."""
    request = data.get("request")
    if isinstance(request, str) and " " in request:
        return _text(request)
    parts = request if isinstance(request, dict) else data
    uri = _first(parts, _URIS)
    method = parts.get("request_method", parts.get("method"))
    if isinstance(method, str) and isinstance(uri, str):
        # In the form of a request line, so that one parser reads both formats.
        return _text(f"{method} {uri} HTTP/")
    # A request that was none: the server could not read it.
    return _text(request) if isinstance(request, str) else None


def _agent_in(data: Known) -> Any:
    """The user agent; Caddy has it among the headers of the request, in a list."""
    request = data.get("request")
    headers = request.get("headers") if isinstance(request, dict) else None
    if not isinstance(headers, dict):
        return _first(data, _AGENTS)
    # Go writes header names in this form, whatever the client sent.
    agents = headers.get("User-Agent")
    return agents[0] if isinstance(agents, list) and agents else agents


def _first(data: Known, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if (value := data.get(key)) is not None:
            return value
    return None


def _text(value: Any) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else b""

"""One probe of one published address: the response, and what it proves by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from hashlib import sha256

from secstatus.monitoring.journal.values import truncate_line

# RFC 9111, 5.1: `Age` is a number of seconds. Ten digits keep it below the limit of the journal.
_AGE = re.compile(r"[0-9]{1,10}")
# A quoted string of a structured field (RFC 8941, 3.3.3) may contain commas and semicolons.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r"[a-z]+")
# Headers from before RFC 9211: of Fastly (which serves GitHub Pages) and Varnish, of Cloudflare, of
# nginx configurations. Each cache on the way appends a word; the last one is next to the visitor.
_WORD_HEADERS = ("x-cache", "cf-cache-status", "x-proxy-cache")
_FROM_CACHE = frozenset({"hit", "stale", "updating", "revalidated"})
_FROM_ORIGIN = frozenset({"miss", "expired", "bypass", "dynamic", "pass"})


def read_age(headers: Mapping[str, str]) -> int | None:
    """The seconds that the response has spent in caches; None if it does not state them."""
    text = headers.get("age", "").partition(",")[0].strip()
    return int(text) if _AGE.fullmatch(text) else None


def read_last_modified(headers: Mapping[str, str]) -> datetime | None:
    """`Last-Modified` in UTC; None if it is absent or cannot be read."""
    # An HTTP date has 29 characters (RFC 9110, 5.6.7); the parser is one for mail headers.
    try:
        found = parsedate_to_datetime(headers.get("last-modified", "")[:40])
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def read_cache_hit(headers: Mapping[str, str]) -> bool | None:
    """Whether a cache answered; None if no header shows it."""
    for name in _WORD_HEADERS:
        if (found := _find_word(headers.get(name, ""))) is not None:
            return found
    if (found := _cache_status(headers.get("cache-status", ""))) is not None:
        return found
    # Only a cache adds an age (RFC 9111, 5.1), but `Age: 0` may come with a fresh copy.
    return True if read_age(headers) else None


def _find_word(value: str) -> bool | None:
    words = set(_WORD.findall(value.rpartition(",")[2].lower()))
    if words & _FROM_CACHE:
        return True
    return False if words & _FROM_ORIGIN else None


def _cache_status(value: str) -> bool | None:
    """Whether the last cache of a `Cache-Status` header had a hit; None if it states neither."""
    # RFC 9211, 2.1 and 2.2: the parameter `hit`, or the reason why it was forwarded, `fwd`.
    last = _QUOTED.sub("", value).rpartition(",")[2]
    parameters = {each.partition("=")[0].strip().lower() for each in last.split(";")[1:]}
    if "hit" in parameters:
        return True
    return False if "fwd" in parameters else None


class ProbeState(StrEnum):
    """The result of a probe, the worst last. Only `up` and `slow` mean the published content."""

    UP = "up"
    SLOW = "slow"
    STALE = "stale"
    TAMPERED = "tampered"
    DOWN = "down"


ORDER = tuple(ProbeState)


class Fault(StrEnum):
    """The specific cause of a probe state; each has its own remedy."""

    NONE = ""
    SLOW = "slow"
    EXPIRED = "expired"
    NOT_RENEWED = "not renewed"
    HALF_DEPLOYED = "half deployed"
    SETTLING = "settling"
    NOT_ARRIVED = "not arrived"
    TAMPERED = "tampered"
    REPLACED = "replaced"
    CERTIFICATE = "certificate"
    REFUSED = "refused"
    ERROR = "error"
    UNREACHABLE = "unreachable"


# The content matches the manifest, and the manifest is not known to differ from the deployed one.
PROVED = frozenset({Fault.NONE, Fault.SLOW, Fault.EXPIRED, Fault.NOT_RENEWED})
# Nothing proves that the content comes from this project.
FOREIGN = frozenset({Fault.TAMPERED, Fault.REPLACED})


@dataclass(frozen=True, slots=True)
class ResponseVerdict:
    """What one response proves about its address. `reason` is one line; empty for `up`."""

    state: ProbeState
    fault: Fault = Fault.NONE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Probe(ResponseVerdict):
    """One probe of one address: the verdict, and the figures of the response.

    `path` is relative to the address of the site; empty for the page itself. `http_status` and the
    figures are None without a response. `first_byte_ms` and `latency_ms` include name resolution
    and handshake; `latency_ms` ends with the last byte. `size`: of the decoded content, in bytes.
    `tls_days`: days until the certificate expires; None without TLS. `age`: in seconds, from the
    `Age` header. `cache_hit`: None if unknown. `encoding`: the Content-Encoding, such as `gzip`.
    `digest`: the first 16 hexadecimal digits of the SHA-256 of the content; empty without content.
    `attempts`: the number of requests; a bad response is requested again before it counts.
    """

    path: str = field(kw_only=True)
    http_status: int | None = None
    first_byte_ms: float | None = None
    latency_ms: float | None = None
    size: int | None = None
    tls_days: float | None = None
    age: int | None = None
    cache_hit: bool | None = None
    encoding: str = ""
    digest: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class ServedCopy:
    """What the site stated about itself in one probe run; None or empty if it could not be read.

    `as_of`, `changes_at`, `revision` and `grade` come from the manifest; `valid_until`, `scan_date`
    and `cadence_days` from the status. `deployed` comes from the branch: the first 16 digits of the
    deployed revision, or `nothing` if the branch holds no site; empty if the branch was not read.
    """

    as_of: datetime | None = None
    changes_at: datetime | None = None
    revision: str = ""
    valid_until: datetime | None = None
    scan_date: datetime | None = None
    cadence_days: float | None = None
    grade: str = ""
    deployed: str = ""


@dataclass(frozen=True, slots=True)
class ProbeRun:
    """One probe of every address of a site. `base`: the site's address, without credentials."""

    at: datetime
    base: str
    probes: tuple[Probe, ...]
    served: ServedCopy = ServedCopy()

    @property
    def worst(self) -> ProbeState:
        """The worst state of the probes; `down` without probes, as nothing was reached."""
        found = [probe.state for probe in self.probes]
        return max(found, key=ORDER.index) if found else ProbeState.DOWN


# 64 bits tell the builds of one site apart and keep a line of the journal short. They prove no
# content: that is compared with the full digest of the manifest.
DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Response:
    """A response of any status, or the fault that prevented it.

    `fault`: NONE for a complete response, else its cause, with `reason` as one line. `headers` have
    lower-case names. `body` is decoded. `redirects`: the addresses that were followed.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    first_byte_ms: float | None = None
    latency_ms: float | None = None
    tls_days: float | None = None
    redirects: tuple[str, ...] = ()
    fault: Fault = Fault.NONE
    reason: str = ""

    @property
    def has_content(self) -> bool:
        """Whether the body is the content of the address, and not an error page."""
        return self.fault is Fault.NONE and self.status == 200


def shorten_digest(body: bytes) -> str:
    """The digest of the content as the journal keeps it."""
    return sha256(body).hexdigest()[:DIGEST_LENGTH]


UP = ResponseVerdict(ProbeState.UP)


def make_tampered_verdict(reason: str) -> ResponseVerdict:
    return ResponseVerdict(ProbeState.TAMPERED, Fault.TAMPERED, reason)


def assess_missing_content(answer: Response) -> ResponseVerdict:
    """The verdict about a response that is not the file, whatever its body contains."""
    if answer.fault is Fault.TAMPERED:
        return make_tampered_verdict(answer.reason)
    if answer.fault is not Fault.NONE:
        return ResponseVerdict(ProbeState.DOWN, answer.fault, answer.reason)
    # 4xx: the host refuses the address, which needs another remedy than an error of the host.
    status = answer.status or 0
    fault = Fault.REFUSED if 400 <= status < 500 else Fault.ERROR
    return ResponseVerdict(ProbeState.DOWN, fault, f"status {status}, expected 200")


def assess_speed(answer: Response, slow_ms: float) -> ResponseVerdict:
    """The verdict about a response with the right content: up or slow."""
    time = answer.latency_ms
    if time is not None and time <= slow_ms:
        return UP
    # A response that was not measured may have been slow: without proof it is not up.
    took = "its response time is not known" if time is None else f"it took {time:.0f} ms"
    reason = f"{took}, expected at most {slow_ms:g} ms"
    return ResponseVerdict(ProbeState.SLOW, Fault.SLOW, reason)


def make_probe(path: str, answer: Response, found: ResponseVerdict, attempts: int) -> Probe:
    """The probe of an address, as the journal keeps it."""
    # A redirect to a login page or a parked domain is a common cause, and not visible otherwise.
    led = f"; redirected to {answer.redirects[-1]}" if answer.redirects and found.reason else ""
    has_body = answer.fault is Fault.NONE and answer.status is not None
    return Probe(
        found.state,
        found.fault,
        truncate_line(found.reason + led),
        path=path,
        http_status=answer.status,
        first_byte_ms=answer.first_byte_ms,
        latency_ms=answer.latency_ms,
        size=len(answer.body) if has_body else None,
        tls_days=answer.tls_days,
        age=read_age(answer.headers),
        cache_hit=read_cache_hit(answer.headers),
        encoding=truncate_line(answer.headers.get("content-encoding", ""), 20),
        digest=shorten_digest(answer.body) if has_body and answer.body else "",
        attempts=attempts,
    )

"""One probe of one published address: the response, and what it shows by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from hashlib import sha256

from secstatus.monitoring.journal.values import truncate_line

_AGE = re.compile(r"[0-9]{1,10}")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r"[a-z]+")
# A list has one member for each cache on the way; the last one is next to the visitor.
_OF_WORDS = ("x-cache", "cf-cache-status", "x-proxy-cache")
_FROM_CACHE = frozenset({"hit", "stale", "updating", "revalidated"})
_FROM_ORIGIN = frozenset({"miss", "expired", "bypass", "dynamic", "pass"})


def read_age(headers: Mapping[str, str]) -> int | None:
    """Seconds that the answer has spent in caches; None where it does not say."""
    text = headers.get("age", "").partition(",")[0].strip()
    return int(text) if _AGE.fullmatch(text) else None


def read_last_modified(headers: Mapping[str, str]) -> datetime | None:
    """`Last-Modified` in UTC; None where it says none."""
    try:
        found = parsedate_to_datetime(headers.get("last-modified", "")[:40])
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def read_cache_hit(headers: Mapping[str, str]) -> bool | None:
    """Whether a cache answered; None where nothing tells."""
    for name in _OF_WORDS:
        if (told := _told(headers.get(name, ""))) is not None:
            return told
    if (told := _cache_status(headers.get("cache-status", ""))) is not None:
        return told
    return True if read_age(headers) else None


def _told(value: str) -> bool | None:
    words = set(_WORD.findall(value.rpartition(",")[2].lower()))
    if words & _FROM_CACHE:
        return True
    return False if words & _FROM_ORIGIN else None


def _cache_status(value: str) -> bool | None:
    """https://www.rfc-editor.org/rfc/rfc9211: `hit`, or why it was forwarded (`fwd`)."""
    last = _QUOTED.sub("", value).rpartition(",")[2]
    told = {each.partition("=")[0].strip().lower() for each in last.split(";")[1:]}
    if "hit" in told:
        return True
    return False if "fwd" in told else None


class ProbeState(StrEnum):
    """How an address is, worst last. Only `up` and `slow` say what was published."""

    UP = "up"
    SLOW = "slow"
    STALE = "stale"
    TAMPERED = "tampered"
    DOWN = "down"


ORDER = tuple(ProbeState)


class Fault(StrEnum):
    """Why an address is not `up`: kinds that ask for different remedies."""

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


# The content is that of the manifest, which nobody knows to be another one than the deployed.
PROVED = frozenset({Fault.NONE, Fault.SLOW, Fault.EXPIRED, Fault.NOT_RENEWED})
# Somebody else has put it there, for all that is known.
FOREIGN = frozenset({Fault.TAMPERED, Fault.REPLACED})


@dataclass(frozen=True, slots=True)
class Probe:
    """One address, judged.

    `path` is relative to the address of the site; empty for the site's own page. `http_status` and
    the figures are None where there was no answer. `first_byte_ms` and `latency_ms` count from the
    first packet on, name look-up and handshake included; `latency_ms` ends with the last byte.
    `size` is that of the content, decoded. `tls_days`: days until the certificate ends; None
    without TLS. `age`: seconds, from the `Age` header. `read_cache_hit`: None where nothing tells.
    `encoding`: of the answer, such as `gzip`. `digest`: the first 16 hexadecimal digits of the
    content's SHA-256; empty without content. `attempts`: 1, or more where a bad answer was asked
    for again before it was believed. `reason` is one safe line; empty for `up`.
    """

    path: str
    state: ProbeState
    fault: Fault = Fault.NONE
    reason: str = ""
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
    """What the site said of itself at one look; None and empty where it could not be read.

    `as_of`, `changes_at` and `revision` are those of the manifest; `valid_until`, `scan_date` and
    `cadence_days` those of the status. `deployed` is of the branch: the first digits of the
    revision that was deployed, `nothing` where it held no site; empty where nobody has read it.
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
    """One look at every address of a site. `base`: the site's address, without credentials."""

    at: datetime
    base: str
    probes: tuple[Probe, ...]
    served: ServedCopy = ServedCopy()

    @property
    def worst(self) -> ProbeState:
        """The worst state of the round; `down` for a round without probes."""
        found = [probe.state for probe in self.probes]
        return max(found, key=ORDER.index) if found else ProbeState.DOWN


DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of any status, or why there is none.

    `fault`: NONE for a whole answer, else what its absence means, with `reason` as one line.
    `headers` have lower-case names. `body` is decoded. `redirects`: where they led.
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
        """Whether the body is what the address is about, and not an error page."""
        return self.fault is Fault.NONE and self.status == 200


def shorten_digest(body: bytes) -> str:
    """As the journal keeps it: the first digits of the SHA-256."""
    return sha256(body).hexdigest()[:DIGEST_LENGTH]


@dataclass(frozen=True, slots=True)
class ResponseVerdict:
    """How an address is by one of its answers. `reason` is empty for `up`."""

    state: ProbeState
    fault: Fault = Fault.NONE
    reason: str = ""


UP = ResponseVerdict(ProbeState.UP)


def make_tampered_verdict(reason: str) -> ResponseVerdict:
    return ResponseVerdict(ProbeState.TAMPERED, Fault.TAMPERED, reason)


def assess_missing_content(answer: Response) -> ResponseVerdict:
    """For an answer that is not the file, whatever its body says."""
    if answer.fault is Fault.TAMPERED:
        return make_tampered_verdict(answer.reason)
    if answer.fault is not Fault.NONE:
        return ResponseVerdict(ProbeState.DOWN, answer.fault, answer.reason)
    status = answer.status or 0
    fault = Fault.REFUSED if 400 <= status < 500 else Fault.ERROR
    return ResponseVerdict(ProbeState.DOWN, fault, f"status {status}, expected 200")


def assess_speed(answer: Response, slow_ms: float) -> ResponseVerdict:
    """For an answer that is good. What was not measured is not quick."""
    time = answer.latency_ms
    if time is not None and time <= slow_ms:
        return UP
    took = "its time is not known" if time is None else f"it took {time:.0f} ms"
    return ResponseVerdict(ProbeState.SLOW, Fault.SLOW, f"{took}, good are at most {slow_ms:g} ms")


def make_probe(path: str, answer: Response, found: ResponseVerdict, attempts: int) -> Probe:
    """The address as the journal keeps it."""
    led = f"; redirected to {answer.redirects[-1]}" if answer.redirects and found.reason else ""
    has_body = answer.fault is Fault.NONE and answer.status is not None
    return Probe(
        path=path,
        state=found.state,
        fault=found.fault,
        reason=truncate_line(found.reason + led),
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

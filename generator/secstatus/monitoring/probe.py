"""What one look at one published address found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    without TLS. `age`: seconds, from the `Age` header. `cache_hit`: None where nothing tells.
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
class Round:
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

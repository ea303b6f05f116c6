"""What came back from an address, before it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from secstatus.monitoring.probe import Fault

LENGTH = 16


@dataclass(frozen=True, slots=True)
class Observed:
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


def digest_of(body: bytes) -> str:
    """As the journal keeps it: the first digits of the SHA-256."""
    return sha256(body).hexdigest()[:LENGTH]

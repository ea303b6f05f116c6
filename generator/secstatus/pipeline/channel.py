"""What a channel is told, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

RAISED, REMINDED, RECOVERED = "raised", "reminded", "recovered"
STATES = (RAISED, REMINDED, RECOVERED)


@dataclass(frozen=True, slots=True)
class Message:
    """The last word about one alert.

    `alert` is its kind; kind and `subject` name it. `state` is one of `STATES`, entered at `at`.
    `marker` is a line that stands in every issue about it, and in no other.
    """

    alert: str
    subject: str
    state: str
    at: datetime
    title: str
    markdown: str
    plain: str
    marker: str


class DeliveryOutcome(StrEnum):
    """How it ended. `muted`: people do not want to hear of it, or there is nothing to end."""

    SENT = "sent"
    MUTED = "muted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """A delivery that has not failed; `remark` is one safe line for whoever runs this."""

    outcome: DeliveryOutcome = DeliveryOutcome.SENT
    remark: str = ""


class Channel(Protocol):
    """Somewhere to tell."""

    @property
    def name(self) -> str:
        """A short name that stays the same; no secret, since the journal keeps it."""

    def tell(self, message: Message) -> DeliveryResult:
        """Tell it. Raises ExternalError when that has failed, or may have."""


Channels = Sequence[Channel]

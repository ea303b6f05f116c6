"""The journal as text: one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass

from secstatus.monitoring.event import Event
from secstatus.monitoring.probe import Round
from secstatus.monitoring.summary import Period


@dataclass(frozen=True, slots=True)
class Journal:
    """What is known of the past, oldest first; each round, day and month once.

    `events`: all that are neither rounds nor periods. `rounds`: those not summed up yet. `days` and
    `months` do not overlap with each other or with `rounds`. `unread`: lines that cannot be read,
    as they are. `problems`: what is odd, one safe line each.
    """

    events: tuple[Event, ...] = ()
    rounds: tuple[Round, ...] = ()
    days: tuple[Period, ...] = ()
    months: tuple[Period, ...] = ()
    unread: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = ()


def read_journal(data: bytes) -> Journal:
    """Read the lines. Never raises: what cannot be read is in `unread` and `problems`."""
    raise NotImplementedError

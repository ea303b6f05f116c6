"""What happened, once: an ingest, a publish, a probe that raised an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """The kinds that this version writes. A reader meets others too, and keeps them."""

    INGEST = "ingest"
    DECIDE = "decide"
    BUILD = "build"
    DEPLOY = "deploy"
    SERVED = "served"
    PUBLISH = "publish"
    VERIFY = "verify"
    PROBE = "probe"
    ALERT = "alert"
    NOTICE = "notice"
    WORKFLOWS = "workflows"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the journal that is neither a round of probes nor a summary.

    `at` in UTC, whole seconds. `kind` is one of `Kind` or a word of a newer version. `details`:
    every other key of the line, as parsed; what they hold may come from outside.
    """

    at: datetime
    kind: str
    outcome: str
    details: Mapping[str, Any] = field(default_factory=dict)

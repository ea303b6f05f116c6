"""The words of alerts: what is wrong, from when on somebody is told, what is known or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Figures of a policy beyond that would be no limit, and no moment either.
LONGEST = timedelta(days=10 * 366)


class AlertKind(StrEnum):
    """What somebody has to be told; each asks for a remedy of its own."""

    DOWN = "down"
    CERTIFICATE = "certificate"
    SLOW = "slow"
    STALE = "stale"
    TAMPERED = "tampered"
    HALF_DEPLOYED = "half_deployed"
    NOT_ARRIVED = "not_arrived"
    EXPIRY = "expiry"
    PUBLISHING_FAILURE = "publishing_failure"
    AUTHENTICATION_ERROR = "authentication_error"
    STATUS_UPDATE_FAILURE = "status_update_failure"
    UNUSUAL_RELEASES = "unusual_releases"
    SILENCE = "silence"


Key = tuple[AlertKind, str]


@dataclass(frozen=True, slots=True)
class OutsideFacts:
    """What the journal cannot know.

    `last_activity`: the last push to the repository. `disabled`: workflows that are switched off.
    `decided`: the versions that the book of releases has a decision for. None: not known.
    """

    last_activity: datetime | None = None
    disabled: tuple[str, ...] | None = None
    decided: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong now. `text` is one safe line, its parts separated by `; `."""

    kind: AlertKind
    subject: str
    text: str
    since: datetime

    @property
    def key(self) -> Key:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is wrong, each (kind, subject) once, and of what nothing can be said.

    What is in neither is proved to be well. `unwatched`: open alerts of what nobody looks at any
    more; they are unknown, too.
    """

    conditions: tuple[Condition, ...] = ()
    unknown: frozenset[Key] = frozenset()
    unwatched: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class AlertVerdict:
    """Whether one thing is wrong; `holds` None where the evidence does not tell."""

    kind: AlertKind
    subject: str
    holds: bool | None
    text: str = ""
    since: datetime | None = None


def make_verdict(
    kind: AlertKind, subject: str, since: datetime, parts: Iterable[str]
) -> AlertVerdict:
    """The verdict that it is wrong; of the parts of its text at most ten are told."""
    return AlertVerdict(kind, subject, True, join_parts(parts), since)


def join_parts(parts: Iterable[str], most: int = 10) -> str:
    """The parts in one line, the first ones where they are many."""
    told = list(parts)
    more = [f"and {len(told) - most} more"] if len(told) > most else []
    return "; ".join([*told[:most], *more])


def limit_days(number: float) -> timedelta:
    """So many days, ten years at most."""
    return min(LONGEST, timedelta(days=min(number, LONGEST.days)))


def limit_hours(number: float) -> timedelta:
    """So many hours, ten years at most."""
    return limit_days(number / 24)

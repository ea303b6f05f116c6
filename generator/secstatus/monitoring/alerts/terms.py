"""The terms of alerts: kinds, conditions and verdicts, and the limits of a policy as durations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A policy accepts any number of days. `datetime` ends in the year 9999, so that subtracting a
# larger figure raises OverflowError; no limit of monitoring needs more than ten years.
LONGEST = timedelta(days=10 * 366)


class AlertKind(StrEnum):
    """The kinds of alerts. Each has its own remedy in `explanations.toml`."""

    # The values stand in journals. A renamed value would end no alert that is open under it.
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


# Kind and subject. The subject is part of the identity: a project may have several sites.
Key = tuple[AlertKind, str]


@dataclass(frozen=True, slots=True)
class OutsideFacts:
    """Facts that the journal does not contain; None: not known.

    `last_activity`: the last push to the repository. `disabled`: the disabled workflows.
    `decided`: the versions for which the release log has a decision.
    """

    last_activity: datetime | None = None
    disabled: tuple[str, ...] | None = None
    decided: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A problem that exists now, since `since`.

    `text` is one safe line; its parts are separated by `; `.
    """

    kind: AlertKind
    subject: str
    text: str
    since: datetime

    @property
    def key(self) -> Key:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Assessment:
    """The existing problems, each (kind, subject) once, and the keys that cannot be assessed.

    A key in neither of them is proved to be well. `abandoned`: open alerts of addresses that are
    no longer probed; they are in `unknown` as well.
    """

    conditions: tuple[Condition, ...] = ()
    unknown: frozenset[Key] = frozenset()
    abandoned: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class AlertVerdict:
    """Whether one problem exists: `condition` describes it; without one it is well or unknown."""

    key: Key
    is_well: bool = False
    condition: Condition | None = None


def make_verdict(
    kind: AlertKind, subject: str, since: datetime, parts: Iterable[str]
) -> AlertVerdict:
    """The verdict that the problem exists. Its text has the first ten parts."""
    condition = Condition(kind, subject, join_parts(parts), since)
    return AlertVerdict(condition.key, condition=condition)


def join_parts(parts: Iterable[str], most: int = 10) -> str:
    """The first `most` parts in one line, with the number of the others."""
    named = list(parts)
    # A site of 100,000 files may have as many parts; a journal line holds 65,536 bytes.
    more = [f"and {len(named) - most} more"] if len(named) > most else []
    return "; ".join([*named[:most], *more])


def limit_days(number: float) -> timedelta:
    """The days as a duration, ten years at most."""
    return min(LONGEST, timedelta(days=min(number, LONGEST.days)))


def limit_hours(number: float) -> timedelta:
    """The hours as a duration, ten years at most."""
    return limit_days(number / 24)

"""The terms of alerts: kinds, conditions and verdicts, and the limits of a policy as durations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from secstatus.status.grade import GradePolicy

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


@dataclass(frozen=True, slots=True)
class ProbePolicy:
    """When a response is slow or the site too old.

    `slow_ms`: milliseconds beyond which a response is slow. `renew_hours`: hours that a renewed
    site may need to appear at its address.
    """

    slow_ms: float = 1000
    # Two builds: scheduled workflows may be delayed or dropped at times of high load (documentation
    # of the `schedule` event), and one missing build is no problem yet.
    renew_hours: float = 48


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """When an alert is raised, repeated and ended.

    `failures`, `successes`: probe runs in a row that raise and end an alert. `fresh_days`: an older
    probe run says nothing about today, and neither does an older report of the workflows.
    `remind_hours`: an alert that lasts is repeated after so many hours. `tls_days`: days that a
    certificate must still be valid; `valid_hours`: hours that the status must be.
    `silence_cadences`: cadences without a complete scan; `cadence_days` is the cadence where the
    site does not state one. `most_releases`: in 7 days. `most_attempts`: to publish, in a UTC day.
    `idle_days`: days since the last push. `remembered_days`: age of the oldest failure that counts.
    """

    failures: int = 1
    successes: int = 1
    fresh_days: float = 5
    remind_hours: float = 168
    tls_days: float = 14
    valid_hours: float = 24
    silence_cadences: float = 1.5
    cadence_days: float = GradePolicy().cadence_days
    most_releases: int = 3
    most_attempts: int = 10
    # GitHub disables the schedules of a public repository after 60 days without activity
    # (documentation of the `schedule` event), so that ten days are left for a push.
    idle_days: float = 50
    # The success that ended an older failure may be summed up by now; the failure is kept as the
    # newest event of its outcome.
    remembered_days: float = 365


@dataclass(frozen=True, slots=True)
class MonitorPolicy:
    """The table `monitor` of the configuration.

    `issues`: whether alerts may become issues of the repository.
    """

    probe: ProbePolicy = ProbePolicy()
    alerts: AlertPolicy = AlertPolicy()
    issues: bool = True

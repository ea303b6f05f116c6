"""The policies of probes, alerts and the monitor, as the configuration states them."""

from __future__ import annotations

from dataclasses import dataclass

from secstatus.status.policy import GradePolicy


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
    probe run is not evidence for today, and neither is an older report of the workflows.
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

"""`[tool.secstatus.monitor]`: from when on somebody has to be told."""

from __future__ import annotations

from dataclasses import dataclass

from secstatus.config import values


@dataclass(frozen=True, slots=True)
class MonitorRules:
    """The figures of the monitoring, in the words of the file; `monitoring` explains them.

    `issues`: whether alerts may become issues of the repository.
    """

    slow_ms: int = 1000
    renew_hours: float = 48
    fresh_days: int = 5
    failures: int = 1
    successes: int = 1
    remind_hours: float = 168
    tls_days: int = 14
    valid_hours: float = 24
    silence_cadences: float = 1.5
    most_releases: int = 3
    issues: bool = True


def read_monitor(keys: values.Keys) -> MonitorRules:
    found = MonitorRules(
        slow_ms=keys.take("slow_ms", 1000, values.parse_integer(1, 600_000)),
        renew_hours=keys.take("renew_hours", 48, values.parse_hours),
        fresh_days=keys.take("fresh_days", 5, values.parse_integer(1, 366)),
        failures=keys.take("failures", 1, values.parse_integer(1, 100)),
        successes=keys.take("successes", 1, values.parse_integer(1, 100)),
        remind_hours=keys.take("remind_hours", 168, values.parse_hours),
        tls_days=keys.take("tls_days", 14, values.parse_integer(1, 366)),
        valid_hours=keys.take("valid_hours", 24, values.parse_hours),
        silence_cadences=keys.take("silence_cadences", 1.5, values.parse_positive),
        most_releases=keys.take("most_releases", 3, values.parse_integer(1, 1000)),
        issues=keys.take("issues", True, values.parse_flag),
    )
    keys.no_more()
    return found

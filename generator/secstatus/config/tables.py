"""The tables of `[tool.secstatus]`, each read into the policy of the room that it is about.

Only keys that the file states are passed on: the policy has the default of every other one.
"""

from __future__ import annotations

from collections.abc import Mapping

from secstatus.bump.policy import BumpPolicy, ReferencePolicy, ReferenceRule
from secstatus.config import values
from secstatus.config.values import FILE, Keys
from secstatus.errors import InputError
from secstatus.findings.severity import Severity
from secstatus.monitoring.policy import AlertPolicy, MonitorPolicy, ProbePolicy
from secstatus.published.site_info import SecurityContact
from secstatus.publishing.policy import (
    Isolation,
    PreflightPolicy,
    PublishingConfig,
    Reproducible,
    VerifyPolicy,
)
from secstatus.release.policy import ReleasePolicy
from secstatus.status.policy import SLA_DAYS, AssessmentPolicy, Grade, GradePolicy

# `?` as the worst acceptable grade would allow releases without any evidence.
_KNOWN_GRADES = tuple(grade for grade in Grade if grade is not Grade.UNKNOWN)


def read_assessment(tool: Keys) -> AssessmentPolicy:
    """The grade's figures and the scanners, which are keys of `[tool.secstatus]` itself."""
    figures = tool.read({"cadence_days": values.parse_positive})
    # "Many" means at least two findings.
    many = values.read_integers(tool, "many", ("high", "medium", "low"), least=2)
    figures |= {f"many_{severity}": number for severity, number in many.items()}
    if stale := tool.take("stale_cadences", None, values.parse_rising):
        figures["stale"] = stale
    stated = tool.read(
        {
            "required_scanners": values.parse_texts,
            "optional_scanners": values.parse_texts,
            "grade_scopes": values.parse_scopes,
        }
    )
    return AssessmentPolicy(GradePolicy(sla_days=_read_sla_days(tool), **figures), **stated)


def _read_sla_days(tool: Keys) -> Mapping[Severity, int]:
    """Raises InputError where a raised severity would leave more days and so improve a grade."""
    stated = values.read_integers(tool, "sla_days", [severity.value for severity in SLA_DAYS])
    sla = {**SLA_DAYS, **{Severity(name): days for name, days in stated.items()}}
    # Checked after merging with the defaults: one stated key may contradict a default.
    order = [sla[s] for s in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)]
    unknown_fits = sla[Severity.HIGH] <= sla[Severity.UNKNOWN] <= sla[Severity.LOW]
    if order == sorted(order) and unknown_fits:
        return sla
    found = ", ".join(f"{severity} {days}" for severity, days in sla.items())
    expected = (
        "no more days for a worse severity (critical, high, medium, low; unknown from high on)"
    )
    raise InputError(FILE, f"{tool.name}.sla_days", found, expected)


def read_security_contact(tool: Keys) -> SecurityContact:
    keys = tool.table_of("security_txt")
    return SecurityContact(
        **keys.read_all(
            {
                "contact": values.parse_contacts,
                "expires": values.check_timestamp,
                "policy": values.parse_https,
                "languages": values.parse_text,
            }
        )
    )


def read_release(tool: Keys) -> ReleasePolicy:
    keys = tool.table_of("release")
    return ReleasePolicy(
        **keys.read_all(
            {
                "cool_down_hours": values.parse_hours,
                "most_a_week": values.parse_integer(0, 1000),
                "unknown_days": values.parse_integer(1, 3660),
            }
        )
    )


def read_bump(tool: Keys) -> BumpPolicy:
    keys = tool.table_of("bump")
    # Taken first: `read_all` below refuses every key that has not been taken.
    listed = keys.take("references", (), values.parse_tables)
    rules = tuple(
        _read_reference(Keys(each, f"{keys.name}.references[{number}]"))
        for number, each in enumerate(listed)
    )
    references = ReferencePolicy(rules, keys.take("exclude", (), values.parse_texts))
    return BumpPolicy(
        references=references,
        **keys.read_all(
            {
                "gates": values.parse_texts,
                "tag": values.parse_version_pattern,
                "remote": values.parse_text,
                "branch": values.parse_text,
            }
        ),
    )


def _read_reference(keys: Keys) -> ReferenceRule:
    return ReferenceRule(
        pattern=keys.need("pattern", values.parse_version_pattern),
        files=keys.need("files", values.parse_texts),
        **keys.read_all({"at_least": values.parse_integer(0, 100_000)}),
    )


def read_publishing(tool: Keys, gates_of_bump: tuple[str, ...] | None) -> PublishingConfig:
    """The tables `preflight` and `verify`. Without gates of its own, a release needs the bump's."""
    preflight, verify = tool.table_of("preflight"), tool.table_of("verify")
    # An empty list is a statement: no gates. Only an absent key takes those of the bump.
    gates = preflight.take("gates", gates_of_bump, values.parse_texts)
    return PublishingConfig(
        quality_gates_required=gates or (),
        preflight=_read_preflight(preflight),
        verify=_read_verify(verify),
    )


def _read_preflight(keys: Keys) -> PreflightPolicy:
    number = values.parse_integer(0, 100_000)
    return PreflightPolicy(
        **keys.read_all(
            {
                "worst_grade": values.parse_choice(*_KNOWN_GRADES),
                "most_critical": number,
                "most_high": number,
                "coverage_required": values.parse_flag,
                "branch": values.parse_text,
                "remote": values.parse_text,
                "tag": values.parse_version_pattern,
                "tag_required": values.parse_flag,
                "isolation": values.parse_choice(*Isolation),
                "reproducible": values.parse_choice(*Reproducible),
                "tests_in_wheel": values.parse_flag,
                "allowed_files": values.parse_texts,
            }
        )
    )


def _read_verify(keys: Keys) -> VerifyPolicy:
    return VerifyPolicy(
        **keys.read_all(
            {
                "index_url": values.parse_https,
                "attestations_required": values.parse_flag,
                "workflow": values.parse_text,
                "environment": values.parse_text,
            }
        )
    )


def read_monitor(tool: Keys, cadence_days: float) -> MonitorPolicy:
    """The table `monitor`; `cadence_days` is the time from one scan to the next."""
    keys = tool.table_of("monitor")
    # Numbers of probe runs in a row; 0 would raise or end an alert without a probe.
    runs = values.parse_integer(1, 100)
    probe = keys.read(
        {"slow_ms": values.parse_integer(1, 600_000), "renew_hours": values.parse_hours}
    )
    alerts = keys.read(
        {
            "failures": runs,
            "successes": runs,
            "fresh_days": values.parse_integer(1, 366),
            "remind_hours": values.parse_hours,
            "tls_days": values.parse_integer(1, 366),
            "valid_hours": values.parse_hours,
            "silence_cadences": values.parse_positive,
            "most_releases": values.parse_integer(1, 1000),
        }
    )
    # The last read of the table, which refuses unknown keys.
    issues = keys.read_all({"issues": values.parse_flag})
    return MonitorPolicy(
        ProbePolicy(**probe), AlertPolicy(cadence_days=cadence_days, **alerts), **issues
    )

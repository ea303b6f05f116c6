"""`[tool.secstatus]` in pyproject.toml: every key has a default, unknown keys are errors.

Only the standard library is used here: the no-change check of `build` reads the configuration
before anything heavy is imported.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from secstatus.config import addresses, values
from secstatus.config.monitoring import MonitorRules, read_monitor
from secstatus.config.publishing import (
    PreflightRules,
    PublishingConfig,
    VerifyRules,
    read_publishing,
)
from secstatus.config.values import FILE
from secstatus.errors import InputError, shown

__all__ = [
    "FILE",
    "STATUS_PATHS",
    "BumpRules",
    "Config",
    "MonitorRules",
    "PreflightRules",
    "PublishingConfig",
    "ReleaseFigures",
    "SecurityTxt",
    "VerifyRules",
    "read_config",
]

_PATHS = (
    "findings_document",
    "ledger",
    "pages",
    "plans",
    "releases",
    "reports",
    "templates",
)
STATUS_PATHS = ("security/status/live-status.json", "docs/security-status/index.json")


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """What `.well-known/security.txt` says (RFC 9116).

    Without a contact, the private report form of the repository stands for it.
    """

    contact: tuple[str, ...] = ()
    expires: str = ""
    policy: str = ""
    languages: str = "en"


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """When a change of the status may release by itself: hours, releases a week, days."""

    cool_down_hours: float = 24
    most_a_week: int = 3
    unknown_days: int = 7


@dataclass(frozen=True, slots=True)
class BumpRules:
    """How the version is raised. `references`: pattern, globs and least number of hits of each.

    `gates` are commands that have to pass; None: nobody said. `tag` is the name of the tag, with
    `{version}` in it, empty for none. `branch` empty: the one that is checked out.
    """

    gates: tuple[str, ...] | None = None
    references: tuple[tuple[str, tuple[str, ...], int], ...] = ()
    exclude: tuple[str, ...] = ()
    tag: str = ""
    remote: str = "origin"
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration, complete: what the file leaves out has its default."""

    package: str
    version: str
    repository: str
    base_url: str
    base_url_known: bool
    status_paths: tuple[str, ...] = STATUS_PATHS
    findings_document: str = "security/findings/SECURITY_FINDINGS.md"
    plans: str = "security/findings/remediation-plans.yml"
    ledger: str = "security/status/ledger.json"
    releases: str = "security/status/releases.json"
    reports: str = "security/reports/latest"
    templates: str = "templates"
    pages: str = "site_src"
    required_scanners: tuple[str, ...] | None = None
    optional_scanners: tuple[str, ...] = ()
    grade_scopes: tuple[str, ...] = ("runtime", "extra")
    cadence_days: float = 7
    sla_days: Mapping[str, int] = field(default_factory=dict)
    many: Mapping[str, int] = field(default_factory=dict)
    stale_cadences: tuple[float, ...] = (1.5, 2, 3)
    security_txt: SecurityTxt = SecurityTxt()
    release: ReleaseRules = ReleaseRules()
    bump: BumpRules = BumpRules()
    publishing: PublishingConfig = PublishingConfig()  # noqa: RUF009 - frozen
    monitor: MonitorRules = MonitorRules()  # noqa: RUF009 - frozen


def read_config(text: str, folder_name: str, base_url: str | None = None) -> Config:
    """The configuration in the text of a pyproject.toml; `""` stands for no file.

    `folder_name` names the package when nothing else does. `base_url` comes from the command
    line and wins. Raises InputError that names the key, what was found and what was expected.
    """
    table = _table(text)
    tool = values.Keys(_inner(table, "tool").get("secstatus", {}), "tool.secstatus")
    project = _inner(table, "project")
    package = (
        tool.take("package", "", values.parse_text) or _string(project.get("name")) or folder_name
    )
    repository = tool.take("repository", "", addresses.parse_repository) or addresses.from_urls(
        project.get("urls")
    )
    configured_url = tool.take("base_url", "", values.parse_text)
    stated_url = base_url or configured_url
    config = Config(
        package=package,
        version=_string(project.get("version")),
        repository=repository or addresses.from_pages_url(stated_url),
        base_url=addresses.site_url(stated_url, repository, package),
        base_url_known=bool(stated_url or repository),
        **_rest(tool),
    )
    tool.no_more()
    return config


def _rest(tool: values.Keys) -> dict[str, Any]:
    status = tool.take("status", "", values.parse_path)
    security_txt = values.Keys(
        tool.take("security_txt", {}, values.parse_mapping), "tool.secstatus.security_txt"
    )
    found: dict[str, Any] = {
        "status_paths": (status,) if status else STATUS_PATHS,
        "required_scanners": tool.take("required_scanners", None, values.parse_texts),
        "optional_scanners": tool.take("optional_scanners", (), values.parse_texts),
        "grade_scopes": tool.take("grade_scopes", ("runtime", "extra"), values.parse_scopes),
        "cadence_days": tool.take("cadence_days", 7, values.parse_positive),
        "sla_days": values.whole_numbers(
            tool, "sla_days", ("critical", "high", "unknown", "medium", "low")
        ),
        "many": values.whole_numbers(tool, "many", ("high", "medium", "low"), least=2),
        "stale_cadences": tool.take("stale_cadences", (1.5, 2, 3), values.three_rising),
        "security_txt": SecurityTxt(
            contact=security_txt.take("contact", (), values.parse_contacts),
            expires=security_txt.take("expires", "", values.check_timestamp),
            policy=security_txt.take("policy", "", values.parse_https),
            languages=security_txt.take("languages", "en", values.parse_text),
        ),
    }
    release = values.Keys(tool.take("release", {}, values.parse_mapping), "tool.secstatus.release")
    found["release"] = ReleaseRules(
        cool_down_hours=release.take("cool_down_hours", 24, values.parse_hours),
        most_a_week=release.take("most_a_week", 3, values.parse_integer(0, 1000)),
        unknown_days=release.take("unknown_days", 7, values.parse_integer(1, 3660)),
    )
    release.no_more()
    bump = found["bump"] = _bump(_inner_keys(tool, "bump"))
    found["publishing"] = read_publishing(
        _inner_keys(tool, "preflight"), _inner_keys(tool, "verify"), bump.gates
    )
    found["monitor"] = read_monitor(_inner_keys(tool, "monitor"))
    for key in _PATHS:
        default = Config.__dataclass_fields__[key].default
        found[key] = tool.take(key, default, values.parse_path)
    security_txt.no_more()
    return found


def _inner_keys(tool: values.Keys, name: str) -> values.Keys:
    return values.Keys(tool.take(name, {}, values.parse_mapping), f"{tool.name}.{name}")


def _bump(keys: values.Keys) -> BumpRules:
    references = keys.take("references", [], values.parse_tables)
    found = BumpRules(
        gates=keys.take("gates", None, values.parse_texts),
        references=tuple(
            _reference(values.Keys(each, f"{keys.name}.references[{number}]"))
            for number, each in enumerate(references)
        ),
        exclude=keys.take("exclude", (), values.parse_texts),
        tag=keys.take("tag", "", values.with_version),
        remote=keys.take("remote", "origin", values.parse_text),
        branch=keys.take("branch", "", values.parse_text),
    )
    keys.no_more()
    return found


def _reference(keys: values.Keys) -> tuple[str, tuple[str, ...], int]:
    found = (
        keys.need("pattern", values.with_version),
        keys.need("files", values.parse_texts),
        keys.take("at_least", 1, values.parse_integer(0, 100_000)),
    )
    keys.no_more()
    return found


def _table(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(FILE, "", f"text that is not TOML ({error})", "TOML") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; deep nesting
        raise InputError(FILE, "", shown(str(error)), "TOML") from None


def _inner(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise InputError(FILE, key, shown(found), "a table")
    return found


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""`[tool.secstatus]` in pyproject.toml: every key has a default, unknown keys are errors.

Each table is read into the policy of the room that it is about; a default is defined there, once.
The no-change check of `build` reads the configuration before anything heavy is imported, so that
the modules of the policies import neither pydantic nor jinja2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from secstatus.bump.policy import BumpPolicy
from secstatus.config import addresses, tables, values
from secstatus.config.values import FILE, Keys
from secstatus.monitoring.policy import MonitorPolicy
from secstatus.published.site_info import SecurityContact, SiteInfo
from secstatus.publishing.policy import PublishingConfig
from secstatus.release.policy import Audience, ReleasePolicy
from secstatus.status.policy import AssessmentPolicy
from secstatus.text.toml import find_table, parse_toml

__all__ = ["FILE", "STATUS_PATHS", "Config", "read_config"]

# The second one is read where the first does not exist (docs/reference/files.md).
STATUS_PATHS = ("security/status/live-status.json", "docs/security-status/index.json")
_PATHS = ("findings_document", "ledger", "pages", "plans", "releases", "reports", "templates")


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration, complete: what the file leaves out has its default."""

    package: str
    version: str
    repository: str
    base_url: str
    # Links of a site without an address lead to `example.invalid`; a build then warns.
    base_url_known: bool
    status_paths: tuple[str, ...] = STATUS_PATHS
    findings_document: str = "security/findings/SECURITY_FINDINGS.md"
    plans: str = "security/findings/remediation-plans.yml"
    ledger: str = "security/status/ledger.json"
    releases: str = "security/status/releases.json"
    reports: str = "security/reports/latest"
    templates: str = "templates"
    pages: str = "site_src"
    assessment: AssessmentPolicy = field(default_factory=AssessmentPolicy)
    security_contact: SecurityContact = field(default_factory=SecurityContact)
    release: ReleasePolicy = field(default_factory=ReleasePolicy)
    bump: BumpPolicy = field(default_factory=BumpPolicy)
    publishing: PublishingConfig = field(default_factory=PublishingConfig)
    monitor: MonitorPolicy = field(default_factory=MonitorPolicy)

    @property
    def status_folder(self) -> str:
        """The folder of the status file, which also holds the journals and the lock."""
        return self.status_paths[0].rpartition("/")[0]

    @property
    def audience(self) -> Audience:
        """The audience of release notes; without a URL where the site's is not known."""
        # Release notes are public: no link is better than one to a host that does not exist.
        status_url = self.base_url if self.base_url_known else ""
        return Audience(package=self.package, version=self.version, status_url=status_url)

    def site_info(self, tool_version: str) -> SiteInfo:
        return SiteInfo(
            package=self.package,
            package_version=self.version,
            repository=self.repository,
            base_url=self.base_url,
            tool_version=tool_version,
            security_contact=self.security_contact,
        )


def read_config(text: str, folder_name: str, base_url: str | None = None) -> Config:
    """The configuration in the text of a pyproject.toml; `""` means that there is no file.

    `folder_name` names the package when nothing else does. `base_url` comes from the command
    line and wins. Raises InputError that names the key, what was found and what was expected.
    """
    table = parse_toml(text, FILE)
    # Only this table belongs to secstatus; keys of other tools are not checked.
    tool = Keys(find_table(table, "tool").get("secstatus", {}), "tool.secstatus")
    project = find_table(table, "project")
    package = (
        tool.take("package", "", values.parse_text) or _string(project.get("name")) or folder_name
    )
    repository = tool.take(
        "repository", "", addresses.parse_repository
    ) or addresses.find_github_repository(project.get("urls"))
    # Taken even when the command line wins: a key that is never taken is refused as unknown.
    configured_url = tool.take("base_url", "", values.parse_text)
    stated_url = base_url or configured_url
    config = Config(
        package=package,
        version=_string(project.get("version")),
        # The address of a project site on GitHub Pages contains owner and name.
        repository=repository or addresses.parse_pages_url(stated_url),
        # The repository of the address itself is not used here: it would only give that address
        # back.
        base_url=addresses.make_site_url(stated_url, repository, package),
        base_url_known=bool(stated_url or repository),
        **_read_paths(tool),
        **_read_policies(tool),
    )
    tool.refuse_others()
    return config


def _read_paths(tool: Keys) -> dict[str, Any]:
    paths: dict[str, Any] = tool.read(dict.fromkeys(_PATHS, values.parse_path))
    if status := tool.take("status", "", values.parse_path):
        paths["status_paths"] = (status,)
    return paths


def _read_policies(tool: Keys) -> dict[str, Any]:
    # `bump` comes before `publishing`, which has its gates as default.
    bump = tables.read_bump(tool)
    assessment = tables.read_assessment(tool)
    return {
        "assessment": assessment,
        "security_contact": tables.read_security_contact(tool),
        "release": tables.read_release(tool),
        "bump": bump,
        "publishing": tables.read_publishing(tool, bump.gates),
        "monitor": tables.read_monitor(tool, assessment.grade.cadence_days),
    }


def _string(value: Any) -> str:
    # [project] is checked by the build backend; a wrong type there is no error of this program.
    return value if isinstance(value, str) else ""

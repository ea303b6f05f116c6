"""Every format: its file, who writes it, how it fails, and the same run in another format."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.second_day import code_reports as code
from tests.second_day import dependency_reports as python
from tests.second_day import package_reports as packages
from tests.second_day import sarif_reports as sarif
from tests.second_day import statement_reports as statements

Build = Callable[[Any], Any]
PACKAGES, NPM, ALERTS, CODE, CONFIG = "packages", "npm", "alerts", "code", "config"


@dataclass(frozen=True)
class Format:
    """`target` says what it looks at, `exits` how its failed run ends."""

    name: str
    file: str
    target: str
    build: Build
    failed: Build
    other_file: str = ""
    other: Build | None = None
    exits: tuple[str, ...] = ()


def nothing(_):
    """A tool that stops before it writes: a file of 0 bytes."""
    return ""


# fmt: off
_TABLE = (
    Format("pip-audit", "pip-audit.json", PACKAGES, python.pip_audit, python.audit_of_nothing),
    Format("uv-audit", "uv-audit.json", PACKAGES, python.uv_audit, python.uv_audit_of_nothing,
           "uv-audit.sarif", sarif.uv_sarif),
    Format("bandit", "bandit.json", CODE, code.bandit, code.bandit_of_nothing,
           "bandit.sarif", sarif.bandit_sarif),
    Format("bandit-sarif", "bandit.sarif", CODE, sarif.bandit_sarif, sarif.failed_bandit_sarif,
           "bandit.json", code.bandit),
    Format("osv-scanner", "osv-scanner.json", PACKAGES, python.osv_scanner,
           python.osv_without_results, "osv-scanner.sarif", sarif.osv_sarif, ("osv-scanner=127",)),
    Format("trivy", "trivy.json", PACKAGES, python.trivy, python.trivy_without_results,
           "trivy.sarif", sarif.trivy_sarif),
    Format("trivy-config", "trivy.json", CONFIG, code.trivy_config, python.trivy_without_results),
    Format("grype", "grype.json", PACKAGES, python.grype, nothing,
           "grype.sarif", sarif.grype_sarif),
    Format("safety-check", "safety.json", PACKAGES, packages.safety_check,
           packages.safety_check_of_nothing),
    Format("safety-scan", "safety.json", PACKAGES, packages.safety_scan,
           packages.scan_without_projects),
    Format("semgrep", "semgrep.json", CODE, code.semgrep, code.semgrep_of_nothing,
           "semgrep.sarif", sarif.semgrep_sarif),
    Format("npm-audit", "npm-audit.json", NPM, packages.npm_audit, packages.npm_error),
    Format("gitleaks", "gitleaks.json", CODE, code.gitleaks, nothing,
           "gitleaks.sarif", sarif.gitleaks_sarif),
    Format("detect-secrets", "detect-secrets.json", CODE, code.detect_secrets,
           code.detect_secrets_without_plugins),
    Format("dependabot", "dependabot.json", ALERTS, statements.dependabot, statements.refusal,
           "dependabot.json", statements.dependabot_graphql),
    Format("code-scanning", "code-scanning.json", ALERTS, statements.code_scanning,
           statements.refusal),
    Format("vdr", "bom-vdr.json", ALERTS, statements.vdr, statements.empty_vdr),
    Format("openvex", "openvex.json", ALERTS, statements.openvex,
           statements.openvex_without_statements),
    Format("lint-sarif", "lint.sarif", CODE, sarif.lint, sarif.failed_lint),
    Format("lint-sarif-ran", "lint.sarif", CODE, sarif.lint_that_ran, sarif.failed_lint),
    Format("lint-sarif-listed", "lint.sarif", CODE, sarif.lint_with_artifacts,
           sarif.lint_without_results),
    Format("lint-sarif-bare", "lint.sarif", CODE, sarif.bare_lint, sarif.lint_without_results),
)
# fmt: on
FORMATS = {each.name: each for each in _TABLE}

"""The one table of scanners: name, aliases, kind, ecosystem, exit statuses, and the reader.

It names scanners and chooses a reader. It decides nothing about a finding (decision record 0017):
a tool that is not listed here has the same rights.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from secstatus.findings.observation import ScanKind

# A name stands in the ledger and in JSON documents, and comes from a report.
LONGEST_NAME = 60
_ODD = re.compile(r"[^a-z0-9.]+")

ExitMeaning = Callable[[int, int], bool]


def is_one_for_findings(status: int, found: int) -> bool:
    """0, or 1 with findings."""
    # 1 also stands for "failed", and then the report lists none.
    return status == 0 or (status == 1 and found > 0)


def is_osv_status(status: int, found: int) -> bool:
    """0, or 1 to 126 with findings."""
    # 127 and up are errors; 128 means that no package was found.
    return status == 0 or (status <= 126 and found > 0)


def is_plausible(status: int, found: int) -> bool:
    """For a tool without a documented meaning: 0, or another status with findings."""
    # Shells use 126 and up for commands that could not run or were killed.
    return status == 0 or (0 < status < 126 and found > 0)


@dataclass(frozen=True, slots=True)
class Format:
    """A scanner. `reads`: the module of this folder for its own format, empty when it has none
    (its SARIF is read by `sarif`). `ecosystem`: the purl type of what it audits, empty for several.

    `accepts`: whether an exit status is consistent with the number of findings.
    `audits_lock`: it audits the project's own lock file, and its report does not list the packages.
    """

    name: str
    kind: ScanKind
    reads: str = ""
    aliases: tuple[str, ...] = ()
    ecosystem: str = ""
    accepts: ExitMeaning = is_plausible
    audits_lock: bool = False


_DEPENDENCIES, _CODE, _SECRETS = ScanKind.DEPENDENCIES, ScanKind.CODE, ScanKind.SECRETS

# In the order in which the formats are asked; the first that recognises a report reads it.
# Exit statuses: https://github.com/pypa/pip-audit#exit-codes, the `--help` of bandit and uv,
# https://google.github.io/osv-scanner/output/#return-codes
SCANNERS = (
    Format("sarif", ScanKind.OTHER, "sarif"),
    Format("cyclonedx-vex", ScanKind.STATEMENTS, "cyclonedx_vex", ("cyclonedx", "vdr", "bom")),
    Format("openvex", ScanKind.STATEMENTS, "openvex", ("vex",)),
    Format("pip-audit", _DEPENDENCIES, "pip_audit", ecosystem="pypi", accepts=is_one_for_findings),
    Format("uv-audit", _DEPENDENCIES, "uv_audit", ("uv",), "pypi", is_one_for_findings, True),
    Format("bandit", _CODE, "bandit", accepts=is_one_for_findings),
    Format("osv-scanner", _DEPENDENCIES, "osv_scanner", ("osv",), accepts=is_osv_status),
    Format("trivy", _DEPENDENCIES, "trivy"),
    Format("grype", _DEPENDENCIES, "grype"),
    Format("safety", _DEPENDENCIES, "safety", ecosystem="pypi"),
    Format("semgrep", _CODE, "semgrep", ("semgrep-oss", "semgrep-pro", "semgrep-ce")),
    Format("npm-audit", _DEPENDENCIES, "npm_audit", ("npm",), "npm"),
    Format("dependabot", _DEPENDENCIES, "dependabot", ("dependabot-alerts",)),
    Format("code-scanning", _CODE, "code_scanning", ("code-scanning-alerts",)),
    Format("secrets", _SECRETS, "secrets", ("secrets-scan", "secret-scan")),
    Format("gitleaks", _SECRETS, "secrets"),
    Format("detect-secrets", _SECRETS, "secrets"),
    Format("trufflehog", _SECRETS, "secrets"),
    Format("codeql", _CODE),
    Format("dependency-check", _DEPENDENCIES, aliases=("owasp-dependency-check",)),
    Format("snyk", _DEPENDENCIES, aliases=("snyk-open-source", "snyk-container")),
    Format("ruff", _CODE),
    Format("zizmor", _CODE),
)
FORMATS = tuple(dict.fromkeys(scanner.reads for scanner in SCANNERS if scanner.reads))

_BY_NAME = {name: scanner for scanner in SCANNERS for name in (scanner.name, *scanner.aliases)}


@lru_cache(maxsize=4096)
def normalize_name(name: str) -> str:
    """A tool's name in lower case with dashes; that of the registry where it is an alias."""
    plain = _ODD.sub("-", name.strip().lower()).strip("-.")[:LONGEST_NAME]
    scanner = _BY_NAME.get(plain)
    return scanner.name if scanner else plain


def find_scanner(name: str) -> Format | None:
    """The scanner of that name or alias, in any spelling; None for one that is not listed."""
    return _BY_NAME.get(normalize_name(name))


def find_by_file(stem: str) -> Format | None:
    """Return the scanner with a name or alias that begins the file's name; the longest wins."""
    # A project with two scans of one scanner names them `pip-audit-docs.json` and the like.
    plain = _ODD.sub("-", stem.lower())
    fitting = [name for name in _BY_NAME if plain == name or plain.startswith(f"{name}-")]
    return _BY_NAME[max(fitting, key=len)] if fitting else None


def get_kind(name: str) -> ScanKind | None:
    """Return the kind of scan of the named scanner; None for an unlisted one."""
    scanner = find_scanner(name)
    return scanner.kind if scanner else None


def accepts_exit(name: str, status: int, found: int) -> bool:
    """Return whether an exit status of the scanner is consistent with the number of findings."""
    scanner = find_scanner(name)
    return (scanner.accepts if scanner else is_plausible)(status, found)

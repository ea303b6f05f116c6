"""What the checkout says of the project that the scans are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from secstatus.dependencies import ProjectDependencies
from secstatus.findings.finding import package_key
from secstatus.findings.observation import Scope

# Installed beside every project: no dependency of it unless it says so.
INSTALLERS = frozenset({"distribute", "pip", "setuptools", "wheel"})


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """The facts that decide what a scan can prove about this project.

    `package` is its name and `version` its version as the files have it. `dependencies` None:
    they were not read. `files` are the tracked files, relative to the root; None where git
    cannot tell. `confirmed` are the ids, in lower case, of findings that a maintainer has called
    fixed. `scanners` are the PEP 503 names of the packages that scanners are installed from.
    """

    package: str = ""
    version: str = ""
    dependencies: ProjectDependencies | None = None
    files: frozenset[str] | None = None
    confirmed: frozenset[str] = frozenset()
    scanners: frozenset[str] = frozenset()

    def is_own(self, package: str) -> bool:
        """Whether the package is the project itself."""
        return bool(self.package) and package_key(package) == package_key(self.package)

    def is_tool(self, package: str) -> bool:
        """Whether it is an installer or a scanner, and no dependency that the project names."""
        key = package_key(package)
        if key not in INSTALLERS and key not in self.scanners:
            return False
        # A project that declares pip or setuptools itself ships it to its users.
        return self.dependencies is None or key not in self.dependencies.names

    def names(self, package: str) -> bool:
        """Whether a file of the project still names the package as a dependency of any kind."""
        return self.dependencies is not None and package_key(package) in self.dependencies.names

    def find_locked(self, package: str) -> frozenset[str]:
        """The versions of the package in the lock file; empty where there is none."""
        if self.dependencies is None:
            return frozenset()
        return self.dependencies.locked.get(package_key(package), frozenset())

    def find_scope(self, package: str, stated: Iterable[str], foreign: bool) -> Scope:
        """Whom a finding in the package reaches, by the best source that knows.

        That is the lock file's graph, then what the reports state, then RUNTIME: a package that no
        file places may be what users install. `foreign`: only scans of a scanner's own environment
        have it.
        """
        # The lock file has the whole graph; a report may have been made of a wider environment.
        told = self.dependencies.find_scope(package_key(package)) if self.dependencies else ""
        if told:
            return Scope(told)
        if self.is_tool(package) or foreign:
            return Scope.TOOL
        order = list(Scope)
        words = [Scope(word) for word in stated if word in order]
        return min(words, key=order.index, default=Scope.RUNTIME)


# What is known of the project where nobody has looked.
UNKNOWN_PROJECT = ProjectFacts()

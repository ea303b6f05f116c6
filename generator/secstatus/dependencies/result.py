"""What the project's own files say of its dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from secstatus.text.package_names import normalize_package_name


@dataclass(frozen=True, slots=True)
class ProjectDependencies:
    """Dependencies by scope, as PEP 503 names, for one environment. The project is in none.

    `runtime`: what an installation without extras needs; None: the files do not tell.
    `extra`: what optional dependencies add. `development`: what dependency groups add. With a lock
    file these are closures of its graph, else what is declared.
    `locked`: each package of the lock file with its versions; empty without a lock file.
    `source`: the file that says it; `""` for none. `problems`: sentences, each a reason for doubt.
    `elsewhere`: names that another environment (platform, Python) needs in a wider scope.
    """

    runtime: frozenset[str] | None = None
    extra: frozenset[str] = frozenset()
    development: frozenset[str] = frozenset()
    locked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    source: str = ""
    problems: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def declares_none(self) -> bool:
        """Whether the files state that the project needs no other package, in any environment."""
        is_none = self.runtime is not None and not self.runtime
        return is_none and not self.problems and "runtime" not in self.elsewhere.values()

    @property
    def holds_lock(self) -> bool:
        """Whether a lock file with packages was read."""
        return bool(self.locked)

    @property
    def names(self) -> frozenset[str]:
        """Every name in any of the sets or the lock file."""
        runtime = self.runtime or frozenset()
        return runtime.union(self.extra, self.development, self.locked, self.elsewhere)

    def find_scope(self, name: str) -> str:
        """`runtime`, `extra`, `development`, or `""` where the files do not tell.

        The widest scope in any environment. Only the graph of a lock file without problems tells
        `extra` and `development`: without it, a dependency of a dependency may need the package.
        """
        name = normalize_package_name(name)
        if name in self.elsewhere:
            return self.elsewhere[name]
        if name in (self.runtime or ()):
            return "runtime"
        if not self.holds_lock or self.problems:
            return ""
        scopes = (("extra", self.extra), ("development", self.development))
        return next((scope for scope, names in scopes if name in names), "")

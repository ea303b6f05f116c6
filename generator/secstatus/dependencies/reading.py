"""Join what the project declares with what its lock file states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from secstatus.dependencies.flat_locks import PIPFILE, read_pipfile_lock, read_pylock
from secstatus.dependencies.graph_locks import read_pdm_lock, read_poetry_lock
from secstatus.dependencies.lock import (
    PYPROJECT,
    SETUP_CFG,
    SETUP_PY,
    Declaration,
    DependencyGraph,
    Edges,
    LockedDependencies,
    LockedPackage,
    LockInputs,
)
from secstatus.dependencies.pyproject import read_declaration
from secstatus.dependencies.requirements import DependencyEdge, MarkerContext, MarkerEvaluator
from secstatus.dependencies.setuptools import list_requirement_files
from secstatus.dependencies.uv_lock import read_uv_lock
from secstatus.errors import InputError, shown
from secstatus.text.package_names import normalize_package_name


@dataclass(frozen=True, slots=True)
class ProjectDependencies:
    """Dependencies by scope, as PEP 503 names, for one environment. The project is in none.

    `runtime`: what an installation without extras needs; None when unknown.
    `extra`: what optional dependencies add. `development`: what dependency groups add. With a lock
    file these are closures of its graph, else what is declared.
    `locked`: each package of the lock file with its versions; empty without a lock file.
    `source`: the file read; `""` for none. `problems`: sentences, each a reason for doubt.
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
        """Return `runtime`, `extra`, `development`, or `""` when the scope is unknown.

        The widest scope in any environment. Only the graph of a lock file without problems
        proves `extra` and `development`: otherwise a transitive dependency may need the package.
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


_READERS: Mapping[str, Callable[[LockInputs], LockedDependencies]] = {
    "uv.lock": read_uv_lock,
    "pdm.lock": read_pdm_lock,
    "poetry.lock": read_poetry_lock,
    "Pipfile.lock": read_pipfile_lock,
    "pylock.toml": read_pylock,
}
LOCK_FILES = tuple(_READERS)


def choose_lock(files: Mapping[str, str], declaration: Declaration) -> str:
    """The lock file that counts: one of a manager that pyproject.toml names, else the first."""
    # A project that moved to another manager may have kept the old lock file.
    present = [name for name in LOCK_FILES if name in files]
    named = [name for name in present if name.removesuffix(".lock") in declaration.tools]
    return next(iter(named + present), "")


def read_lock(inputs: LockInputs) -> LockedDependencies:
    """Read a lock file. Raises InputError when the content does not have the format of its name."""
    return _READERS[inputs.path](inputs)


FILES = (PYPROJECT, SETUP_CFG, SETUP_PY, PIPFILE, *LOCK_FILES)
_SCOPES = ("runtime", "extra", "development")
# Older versions of poetry and pipenv leave these out of a lock file on purpose.
_NEVER_LOCKED = frozenset({"distribute", "pip", "setuptools", "wheel"})


def list_files(files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files that `read_dependencies` reads: FILES, and those that pyproject.toml and
    setup.cfg (texts in `files`, if present) name for dynamic requirements."""
    return tuple(dict.fromkeys((*FILES, *list_requirement_files(files))))


def read_dependencies(
    files: Mapping[str, str], package: str, environment: Mapping[str, str]
) -> ProjectDependencies:
    """The dependencies that the project's own files state. Never raises.

    `files`: name → text. `package`: the project's name, `""` when unknown.
    `environment`: what `packaging.markers.default_environment()` gives for the Python in question;
    a marker that needs an absent value counts as true, and as a problem.

    Of several lock files, one is read: uv.lock, pdm.lock, poetry.lock in this order, those first
    that a [tool] table or the build backend names; then Pipfile.lock, pylock.toml. With a lock
    file `runtime` is the union of what it and the project's configuration require.
    """
    declaration = read_declaration(files)
    own = {normalize_package_name(package.strip()), declaration.name} - {""}
    problems: list[str] = []
    lock, path = LockedDependencies(()), choose_lock(files, declaration)
    if path:
        try:
            inputs = LockInputs(path, files[path], frozenset(own), declaration, files)
            lock = read_lock(inputs)
        except InputError as error:
            problems.append(str(error))
            path = ""
    return _Joined(declaration, lock, path, frozenset(own), environment).join(problems)


@dataclass(frozen=True, slots=True)
class _Joined:
    declaration: Declaration
    lock: LockedDependencies
    path: str
    own: frozenset[str]
    environment: Mapping[str, str]

    def join(self, problems: list[str]) -> ProjectDependencies:
        graph = DependencyGraph((*self._project_nodes(), *self.lock.packages))
        markers = MarkerEvaluator(self.environment)
        runtime, extra, development = self._find_scopes(graph, markers)
        # A lock file that names the project states its requirements, declared or not.
        known = not self.declaration.unreadable or self.lock.tells_runtime
        problems = [*self.declaration.problems, *problems, *self.lock.problems]
        problems += [] if known else [self.declaration.unreadable]
        problems += self._find_stale(markers) if self.path else []
        problems += markers.problems
        # With any doubt a package may reach users in a way that the graph does not show.
        is_sure = bool(self.path) and not problems
        return ProjectDependencies(
            runtime if known else None,
            # The widest scope wins: what users install is graded.
            extra - runtime,
            development - runtime - extra,
            self._list_locked(),
            self.path or (self.declaration.source if known else ""),
            tuple(dict.fromkeys(problems)),
            self._find_elsewhere(graph, (runtime, extra, development), is_sure),
        )

    def _find_scopes(
        self, graph: DependencyGraph, markers: MarkerEvaluator
    ) -> tuple[frozenset[str], ...]:
        """The closures of runtime, extra and development, which may overlap."""
        contexts = self._contexts()
        return tuple(
            graph.find_closure(roots, markers, context) - self._names()
            for roots, context in zip(self._roots(), contexts, strict=True)
        )

    def _project_nodes(self) -> Iterable[LockedPackage]:
        declared = self.declaration
        # `""` stands for the project whose name is not known; a project may require itself with
        # an extra (`demo[all]`).
        for name in self.own | {""}:
            yield LockedPackage(name, "", declared.runtime, declared.extras)

    def _roots(self) -> tuple[Edges, Edges, Edges]:
        groups = (edge for edges in self.declaration.groups.values() for edge in edges)
        return (
            (DependencyEdge(""), *self.lock.runtime),
            (DependencyEdge("", tuple(self.declaration.extras)), *self.lock.extra),
            (*groups, *self.lock.development),
        )

    def _contexts(self) -> tuple[MarkerContext, MarkerContext, MarkerContext]:
        lock = self.lock
        return lock.runtime_context, lock.extra_context, lock.development_context

    def _names(self) -> frozenset[str]:
        return self.own | self.lock.own_names | {""}

    def _list_locked(self) -> Mapping[str, frozenset[str]]:
        versions: dict[str, set[str]] = {}
        for package in self.lock.packages:
            if package.name not in self._names():
                versions.setdefault(package.name, set()).update({package.version} - {""})
        return {name: frozenset(found) for name, found in sorted(versions.items())}

    def _find_stale(self, markers: MarkerEvaluator) -> list[str]:
        """A sentence where a declared runtime dependency is not what the lock file installs."""
        project = DependencyGraph(self._project_nodes())
        declared = project.find_closure((DependencyEdge(""),), markers, self._contexts()[0])
        # A lock without roots shows only that a name is locked, not that this project needs it.
        locked = frozenset(package.name for package in self.lock.packages)
        if self.lock.is_rooted:
            graph = DependencyGraph(self.lock.packages)
            locked = graph.find_closure(self.lock.runtime, markers, self._contexts()[0])
        missing = sorted(declared - locked - self._names() - _NEVER_LOCKED)
        if not missing:
            return []
        listed = shown(", ".join(missing))
        source = self.declaration.source
        return [f"{self.path} does not match {source}: it lacks the declared {listed}. Lock again."]

    def _find_elsewhere(
        self, graph: DependencyGraph, here: tuple[frozenset[str], ...], is_sure: bool
    ) -> Mapping[str, str]:
        found: dict[str, str] = {}
        # A wheel is built once and installed on every platform: what Windows needs reaches users
        # also when the lock was read on Linux.
        anywhere = self._find_scopes(graph, MarkerEvaluator(None))
        seen: frozenset[str] = frozenset()
        for scope, names, wider in zip(_SCOPES, here, anywhere, strict=True):
            seen |= names
            if scope == "runtime" or is_sure:
                found.update(dict.fromkeys(wider - seen - found.keys(), scope))
        return dict(sorted(found.items()))

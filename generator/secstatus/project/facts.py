"""Read facts of the project from its checkout: name, dependencies, tracked files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.markers import default_environment

from secstatus.adapters.files import read_text_if_there
from secstatus.adapters.git.files import is_in_repository, list_tracked
from secstatus.adapters.git.run import Git
from secstatus.config import Config
from secstatus.dependencies import FILES, ProjectDependencies, list_files, read_dependencies
from secstatus.errors import ExternalError, InputError
from secstatus.findings.ledger import Ledger
from secstatus.findings.locations import LocationResolver, split_location
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.project_facts import ProjectFacts
from secstatus.scanners.registry import SCANNERS


def read_project(root: Path, config: Config, plans: Mapping[str, Plan]) -> ProjectFacts:
    """Return the facts that decide what a scan proves about this project.

    Unreadable files and a missing git are facts too and raise nothing.
    """
    return ProjectFacts(
        package=config.package,
        version=config.version,
        dependencies=_dependencies(root, config.package),
        files=_tracked_files(root),
        confirmed=frozenset(
            # A plan may name a finding as `ID@package`; ids are compared without case.
            name.casefold().partition("@")[0]
            for name, plan in plans.items()
            if plan.state is PlanState.COMPLETED
        ),
        scanners=frozenset(each.name for each in SCANNERS),
    )


def make_resolver(
    root: Path, config: Config, facts: ProjectFacts, ledger: Ledger, reported: str
) -> LocationResolver:
    """Return the resolver that makes the paths of a report relative to `root`.

    `reported` is the checkout that the report names, `""` where it names none.
    """
    # Scanners print resolved paths. A checkout below a symbolic link would match none of them.
    root = root.resolve()
    known = {split_location(each.location)[0] for each in ledger.findings if each.location}
    # A report may name the checkout by the package or the repository, wherever it was cloned to.
    names = {config.package, config.repository.rpartition("/")[2], root.name}
    spelled = {form.casefold() for name in names if name for form in (name, name.replace("-", "_"))}
    return LocationResolver(
        root=reported or str(root),
        files=facts.files,
        # An absolute path in the ledger belongs to another machine and cannot serve as a relative
        # one.
        known=sorted(path for path in known if path and not path.startswith("/")),
        names=frozenset(spelled),
    )


def _dependencies(root: Path, package: str) -> ProjectDependencies:
    texts = _read_texts(root, FILES)
    # Requirement files may include others, whose names are known only after the first ones are
    # read.
    texts |= _read_texts(root, [name for name in list_files(texts) if name not in FILES])
    # Markers (PEP 508) are evaluated for the running Python and platform, as pip does.
    environment = {key: str(value) for key, value in default_environment().items()}
    return read_dependencies(texts, package, environment)


def _read_texts(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Name → text of the files that exist; the text of an unreadable file is one NUL."""
    texts: dict[str, str] = {}
    for name in names:
        # `-r ../other.txt` and symbolic links come from project files; nothing outside of it is
        # read.
        if not (root / name).resolve().is_relative_to(root.resolve()):
            continue
        try:
            text = read_text_if_there(root / name, name)
        except InputError:
            # NUL is valid in no file of these formats, so the reader reports the file as
            # unreadable.
            text = "\0"
        if text is not None:
            texts[name] = text
    return texts


def _tracked_files(root: Path) -> frozenset[str] | None:
    """The tracked files; None without a repository, without any file, or when git fails."""
    if not is_in_repository(root):
        return None
    try:
        found = list_tracked(Git(root))
    except ExternalError:
        return None
    # A submodule is one entry in the index of git; its files belong to another repository.
    return frozenset(each.path for each in found if not each.is_submodule) or None

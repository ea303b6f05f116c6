"""What the checkout says of the project: its name, its dependencies, its tracked files."""

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
    """The facts that decide what a scan proves about this project."""
    return ProjectFacts(
        package=config.package,
        version=config.version,
        dependencies=_dependencies(root, config.package),
        files=_tracked_files(root),
        confirmed=frozenset(
            name.casefold().partition("@")[0]
            for name, plan in plans.items()
            if plan.state is PlanState.COMPLETED
        ),
        scanners=frozenset(each.name for each in SCANNERS),
    )


def make_resolver(
    root: Path, config: Config, facts: ProjectFacts, ledger: Ledger, reported: str
) -> LocationResolver:
    """What makes the paths of a report relative; `reported` is the checkout that it names."""
    root = root.resolve()
    known = {split_location(each.location)[0] for each in ledger.findings if each.location}
    # A report may name the checkout by the package or the repository, wherever it was cloned to.
    names = {config.package, config.repository.rpartition("/")[2], root.name}
    spelled = {form.casefold() for name in names if name for form in (name, name.replace("-", "_"))}
    return LocationResolver(
        root=reported or str(root),
        files=facts.files,
        known=sorted(path for path in known if path and not path.startswith("/")),
        names=frozenset(spelled),
    )


def _dependencies(root: Path, package: str) -> ProjectDependencies:
    texts = _read_texts(root, FILES)
    texts |= _read_texts(root, [name for name in list_files(texts) if name not in FILES])
    environment = {key: str(value) for key, value in default_environment().items()}
    return read_dependencies(texts, package, environment)


def _read_texts(root: Path, names: Iterable[str]) -> dict[str, str]:
    """The files that are there; one that cannot be read is there all the same, as no text."""
    texts: dict[str, str] = {}
    for name in names:
        if not (root / name).resolve().is_relative_to(root.resolve()):
            continue
        try:
            text = read_text_if_there(root / name, name)
        except InputError:
            text = "\0"
        if text is not None:
            texts[name] = text
    return texts


def _tracked_files(root: Path) -> frozenset[str] | None:
    """The tracked files; None where the project is in no repository or git cannot tell."""
    if not is_in_repository(root):
        return None
    try:
        found = list_tracked(Git(root))
    except ExternalError:
        return None
    return frozenset(each.path for each in found if not each.is_submodule) or None

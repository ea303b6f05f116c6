"""Detect from a project's files and its git every value that a workflow needs.

A value that does not fit its rule is not taken, and nothing here is guessed: a value that
is `""` has to be stated by the user.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from secstatus.bump.sources.modules import layout_of
from secstatus.bump.sources.project_file import Read, VersionProject, project_of
from secstatus.errors import InputError
from secstatus.scaffold.project_commands import gates_of, install_of
from secstatus.scaffold.values import (
    is_branch,
    is_folder,
    is_package,
    is_repository,
    repository_among,
)

# 3.14 comes last: secstatus itself says that it is for 3.11 to 3.13.
PYTHONS = ("3.13", "3.12", "3.11", "3.14")
USUAL_BRANCH = "main"
# Whatever the install command has put into its environment.
# Without --local pip-audit also reports the runner's own packages.
USUAL_AUDIT = "--local"
_CARET = re.compile(r"\^\s*([0-9]+)((?:\.[0-9]+)*)")
_TILDE = re.compile(r"~\s*([0-9]+\.[0-9]+)(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class GitFacts:
    """Facts from git. `remotes`: name → address. `remote_head`: the branch that a clone checks out,
    `branch`: the one that is checked out here; `""` where git does not know."""

    remotes: Mapping[str, str] = field(default_factory=dict)
    remote_head: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The recognised values; `""` for an unknown one.

    `odd`: found texts that cannot be used, by the name of the value. `gates` None: unknown.
    `branch_is_known`: the remote states it, and it is not only what happens to be checked out.
    """

    package: str = ""
    repository: str = ""
    branch: str = ""
    python: str = ""
    source: str = ""
    gates: tuple[str, ...] | None = None
    branch_is_known: bool = False
    odd: Mapping[str, str] = field(default_factory=dict)


def recognise_project(
    read: Read, paths: Sequence[str], git: GitFacts, package: str = ""
) -> Recognised:
    """Detect values from the files and from git. `package`: the name, where it is known already.

    Raises InputError for a pyproject.toml or setup.cfg that cannot be read.
    """
    project = project_of(read, paths)
    stated = package or name_of(project)
    name = stated if is_package(stated) else ""
    # What a clone checks out is the default branch; the current one may be a feature.
    branch = git.remote_head or git.branch or USUAL_BRANCH
    versions = requires_python(project)
    values = {"package": name, "branch": branch if is_branch(branch) else ""}
    values["python"] = python_for(versions)
    values["source"], odd_source = _source(project, name)
    found = {"package": stated, "branch": branch, "python": versions, "source": odd_source}
    return Recognised(
        **values,
        repository=repository_among(git.remotes),
        gates=gates_of(project) or None,
        branch_is_known=bool(git.remote_head),
        odd={key: text for key, text in found.items() if text and not values[key]},
    )


def install_for(read: Read, paths: Sequence[str], gates: Sequence[str]) -> str:
    """How the project is installed where the gates are these. Raises InputError."""
    return install_of(project_of(read, paths), gates)


# Our own table first: the published name can differ from the project's.
_NAMES = (("tool", "secstatus", "package"), ("project", "name"), ("tool", "poetry", "name"))


def name_of(project: VersionProject) -> str:
    """The name as the project's own files state it; `""` where none of them does."""
    for *tables, key in _NAMES:
        found: Any = project.pyproject
        for table in tables:
            found = _table(found).get(table)
        name = _table(found).get(key)
        if isinstance(name, str) and name:
            return name
    try:
        return layout_of(project).own.name
    except InputError:
        # No name in flit's table, setup.cfg or setup.py either: people will say it.
        return ""


def _source(project: VersionProject, name: str) -> tuple[str, str]:
    """The source folder, or `""` and what was found in its place."""
    try:
        return (source_of(project, name), "") if name else ("", "")
    except InputError as error:
        return "", error.found


def source_of(project: VersionProject, name: str) -> str:
    """The folder, or the file, that holds the project's own code; `""` where it is unknown.

    It is the one that all modules have in common, so that none of them is left out of a scan.
    Raises InputError for a configuration that leads out of the project.
    """
    stated = project.pyproject.get("project", {})
    document = {**project.pyproject, "project": {**_table(stated), "name": name}}
    layout = layout_of(VersionProject(project.read, project.paths, document, project.setup_cfg))
    # Every module must be found: a source folder that leaves one out would be a partial scan.
    places = [_place(project.paths, layout.roots, module) for module in layout.own.modules]
    if not all(places):
        return ""
    folders = {place.rpartition("/")[0] for place in places}
    one = places[0] if len(places) == 1 else (folders.pop() if len(folders) == 1 else "") or "."
    return one if is_folder(one) else ""


def _place(paths: Sequence[str], roots: Sequence[str], module: str) -> str:
    inner = module.replace(".", "/")
    for root in roots:
        base = f"{root}/{inner}".removeprefix("/")
        # A single-module project: bandit takes a file as well.
        if f"{base}.py" in paths:
            return f"{base}.py"
        if any(path.startswith(f"{base}/") and path.endswith(".py") for path in paths):
            return base
    return ""


def python_for(versions: str) -> str:
    """A Python that the specifiers permit and that secstatus runs on; `""` for none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(_as_specifiers(versions))
    except InvalidSpecifier:
        return ""
    # A workflow takes the newest of a series.
    return next((python for python in PYTHONS if allowed.contains(f"{python}.99")), "")


def requires_python(project: VersionProject) -> str:
    """The Python versions that the project is for; `""` where it does not say."""
    stated = _table(project.pyproject.get("project")).get("requires-python")
    poetry = _table(_table(project.pyproject.get("tool")).get("poetry"))
    in_cfg = project.setup_cfg.get("options", {}).get("python_requires")
    return str(stated or _table(poetry.get("dependencies")).get("python") or in_cfg or "")[:500]


def _as_specifiers(text: str) -> str:
    """Poetry's carets and tildes in the words of PEP 440."""
    # https://python-poetry.org/docs/dependency-specification/#caret-requirements
    caret, tilde = _CARET.fullmatch(text.strip()), _TILDE.fullmatch(text.strip())
    if caret:
        # Python is never 0.x, where a caret would bind the minor part.
        return f">={caret[1]}{caret[2]},<{int(caret[1]) + 1}"
    if tilde:
        return f"=={tilde[1]}.*"
    return "" if text.strip() == "*" else text


def site_address(repository: str) -> str:
    """Where GitHub Pages serves the site of the repository. Raises ValueError for no repository."""
    if not is_repository(repository):
        raise ValueError("OWNER/NAME")
    owner, name = repository.split("/")
    # Host names have no case; owners on GitHub keep theirs.
    host = f"{owner.lower()}.github.io"
    # A repository of this name is the owner's own site and lies at the top of the host.
    folder = "" if name.lower() == host else f"{name}/"
    return f"https://{host}/{folder}security-status/"


def find_prefix(address: str, repository: str) -> str:
    """The folder of the pages branch that is served at this address; `.` for its root.

    `""` where it is made of other than plain names.
    """
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    steps = [step for step in parts.path.split("/") if step]
    name = repository.rpartition("/")[2]
    # On a domain of one's own the branch is served at the root.
    project_page = (parts.hostname or "").endswith(".github.io") and steps[:1] == [name]
    prefix = "/".join(steps[1:] if project_page else steps) or "."
    return prefix if is_folder(prefix) else ""


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

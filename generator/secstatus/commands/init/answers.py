"""Every value that init needs: from the command line, an earlier init, detection, or a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secstatus import __version__
from secstatus.adapters.console import Prompter
from secstatus.bump.sources.project_file import Read
from secstatus.config import Config
from secstatus.errors import InputError, UsageError, shown
from secstatus.scaffold.configuration import FILE
from secstatus.scaffold.detection import (
    USUAL_AUDIT,
    GitFacts,
    Recognised,
    find_prefix,
    install_for,
    recognise_project,
    site_address,
)
from secstatus.scaffold.values import GATE, PACKAGE, REPOSITORY, Rule, is_address
from secstatus.scaffold.workflows import REMEMBERED, Variables
from secstatus.text.package_names import normalize_package_name

# A pipe that answers every question wrongly must come to an end.
TRIES = 5


@dataclass(frozen=True, slots=True)
class InitOptions:
    """None: the value is detected in the project, or prompted for.

    `gates` are the commands that run the tests; one empty string means none. `tool` is what
    pip installs in a workflow to have secstatus.
    """

    package: str | None = None
    repository: str | None = None
    branch: str | None = None
    python: str | None = None
    source: str | None = None
    install: str | None = None
    audit: str | None = None
    gates: Sequence[str] | None = None
    tool: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Where values come from. `table`: the content of `[tool.secstatus]`, `memory`: the answers
    to an earlier init, kept in its files. `is_named`: pyproject.toml gives the package's name.
    """

    config: Config
    is_named: bool
    table: Mapping[str, object]
    memory: Mapping[str, str]
    read: Read
    paths: Sequence[str]
    git: GitFacts


@dataclass(frozen=True, slots=True)
class InitAnswers:
    """The variables of the templates; `gates` None if the command of the tests is not known."""

    variables: Variables
    gates: tuple[str, ...] | None


def answers(options: InitOptions, prompter: Prompter, known: Known) -> InitAnswers:
    """Resolve every value; each fits its rule.

    Raises UsageError, which names the option, for a missing value or an option that contradicts
    pyproject.toml; InputError for a file that cannot be read.
    """
    ways = _Ways(prompter, known.memory)
    found = recognise_project(known.read, known.paths, known.git, _package(options, known))
    stated = None if known.is_named else options.package
    package = ways.value(PACKAGE, stated, found.package, odd=found.odd.get("package", ""))
    # The source folder is recognised by the name of the package, so a new name is a new search.
    if package != found.package:
        found = recognise_project(known.read, known.paths, known.git, package)
    repository = _repository(ways, options, known, found)
    gates = _gates(ways, options, known, found)
    usual = {
        **{name: getattr(found, name) for name in ("branch", "python", "source")},
        "audit": USUAL_AUDIT,
        "install": install_for(known.read, known.paths, gates or ()),
        # Pinned: a workflow must not change its behaviour by a release.
        "tool": f"secstatus=={__version__}",
    }
    taken = {
        name: ways.value(
            REMEMBERED[name], getattr(options, name), usual[name], name, found.odd.get(name, "")
        )
        for name in usual
    }
    # Only what differs is remembered, so that a better recognition reaches old projects.
    said = {name: taken[name] for name in usual if taken[name] != usual[name]}
    if not found.branch_is_known:
        said["branch"] = taken["branch"]
    if not _is_told(repository, known, found):
        said["repository"] = repository
    site_url, prefix = _site(known, repository)
    told = {"package": package, "repository": repository, "site_url": site_url, "prefix": prefix}
    return InitAnswers(Variables(**told, **taken, gates=gates or (), said=said), gates)


def _package(options: InitOptions, known: Known) -> str:
    """The name that pyproject.toml gives or the command line; `""` where neither does."""
    name = known.config.package
    if not known.is_named:
        return options.package if options.package and PACKAGE.fits(options.package) else ""
    if not PACKAGE.fits(name):
        raise InputError(FILE, "project.name", shown(name), PACKAGE.expected)
    # PEP 503: `My.Package` and `my-package` are the same name.
    if options.package and normalize_package_name(options.package) != normalize_package_name(name):
        raise _contradicted(PACKAGE, options.package, name, "name")
    return name


def _contradicted(rule: Rule, stated: str, configured: str, key: str) -> UsageError:
    """The error for an option that contradicts pyproject.toml, which init never rewrites."""
    message = f"{rule.option}: found {shown(stated)}, while {FILE} says {shown(configured)}"
    return UsageError(message, hint=f"Change `{key}` in {FILE}, or leave the option out.")


class _Ways:
    """The sources of a value, in order: an option, the memory, detection, a prompt."""

    def __init__(self, prompter: Prompter, memory: Mapping[str, str]) -> None:
        self.prompter = prompter
        self.memory = memory

    def value(
        self, rule: Rule, stated: str | None, found: str, name: str = "", odd: str = ""
    ) -> str:
        """The value. `odd`: the invalid text found in its place."""
        if stated is not None:
            return _fitting(rule, stated)
        # An answer of an earlier run is a decision of the user, a recognised value only a guess.
        known = self.memory.get(name, "") or found
        return known if known and rule.fits(known) else self._asked(rule, odd or known)

    def _asked(self, rule: Rule, odd: str) -> str:
        why = f"; found {shown(odd)}, expected {rule.expected}" if odd else ""
        for _ in range(TRIES):
            answer = self.prompter.answer(f"The {rule.what} ({rule.expected}){why}: ")
            if answer is None:
                break
            if rule.fits(answer.strip()):
                return answer.strip()
            self.prompter.say(f"{shown(answer)} will not do.")
        hint = f"Say it with {rule.option}."
        raise UsageError(f"the {rule.what} is not known{why}", hint=hint)

    def gates(self) -> tuple[str, ...] | None:
        """The command that the user enters; empty for an empty answer, None for no answer."""
        for _ in range(TRIES):
            answer = self.prompter.answer(f"The {GATE.what}, empty for none: ")
            if answer is None:
                return None
            if not answer.strip() or GATE.fits(answer.strip()):
                return (answer.strip(),) if answer.strip() else ()
            self.prompter.say(f"{shown(answer)} is not {GATE.expected}.")
        return None


def _fitting(rule: Rule, stated: str) -> str:
    if not rule.fits(stated):
        raise UsageError(f"{rule.option}: found {shown(stated)}, expected {rule.expected}")
    return stated


def _repository(ways: _Ways, options: InitOptions, known: Known, found: Recognised) -> str:
    config = known.config.repository
    if "repository" not in known.table:
        return ways.value(REPOSITORY, options.repository, found.repository or config, "repository")
    # GitHub compares owner and name without regard to case.
    if options.repository is not None and options.repository.lower() != config.lower():
        raise _contradicted(REPOSITORY, options.repository, config, "repository")
    if not REPOSITORY.fits(config):
        raise InputError(FILE, "tool.secstatus.repository", shown(config), REPOSITORY.expected)
    return config


def _is_told(repository: str, known: Known, found: Recognised) -> bool:
    """Whether the next run finds the repository by itself: a new table will contain it."""
    return not known.table or repository in (
        found.repository or known.config.repository,
        known.table.get("repository"),
    )


def _gates(
    ways: _Ways, options: InitOptions, known: Known, found: Recognised
) -> tuple[str, ...] | None:
    configured = known.config.bump.gates
    if configured is not None:
        for gate in configured:
            if not GATE.fits(gate):
                raise InputError(FILE, "tool.secstatus.bump.gates", shown(gate), GATE.expected)
    if options.gates is None:
        return configured if configured is not None else found.gates or ways.gates()
    gates = tuple(_fitting(GATE, gate) for gate in options.gates if gate)
    # pyproject.toml belongs to the user: init adds to it and never rewrites a value.
    if configured not in (None, gates):
        message = f"{GATE.option}: {FILE} names other gates already"
        raise UsageError(message, hint="Change `gates` under [tool.secstatus.bump] there.")
    return gates


def _site(known: Known, repository: str) -> tuple[str, str]:
    """The address of the site and its folder in the branch. Raises InputError if invalid."""
    config = known.config
    configured = "base_url" in known.table or "repository" in known.table
    address = config.base_url if configured else site_address(repository)
    prefix = find_prefix(address, repository) if is_address(address) else ""
    if not prefix:
        expected = "an https URL with a path of plain names, which is the folder in the branch"
        raise InputError(FILE, "tool.secstatus.base_url", shown(address), expected)
    return address, prefix

"""init: write configuration, workflows and badges into a project; safe to run again."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from secstatus.adapters import files as bundle
from secstatus.adapters.console import Output, Prompter
from secstatus.adapters.files import lock_folder
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.transaction import recover, replace_together
from secstatus.commands.init.answers import InitAnswers, InitOptions, Known, answers
from secstatus.commands.init.files import InitResult, ProjectFiles, encode_any, template_names
from secstatus.commands.init.plan import InitPlan, _readme, plan_files
from secstatus.config import Config
from secstatus.errors import UsageError, shown
from secstatus.project.inputs import load_config
from secstatus.scaffold.configuration import FILE, has_name, table_of
from secstatus.scaffold.manual_steps import ManualSteps, describe_publisher, remaining
from secstatus.scaffold.workflows import read_remembered, target_of

EXAMPLE = "secstatus init --repository owner/name --dry-run"


def add_options(parser: argparse.ArgumentParser) -> None:
    for name, metavar, what in (
        ("--package", "NAME", "the package (default: from pyproject.toml)"),
        ("--repository", "OWNER/NAME", "the repository (default: from the remote)"),
        ("--branch", "NAME", "its default branch"),
        ("--python", "VERSION", "the Python version of the workflows"),
        ("--source", "DIR", "the folder that bandit scans"),
        ("--install", "CMD", "the command that installs the project for the audit"),
        ("--audit", "ARGS", "the arguments of pip-audit"),
        ("--tool", "REQUIREMENT", "the requirement by which the workflows install secstatus"),
    ):
        parser.add_argument(name, metavar=metavar, help=what)
    parser.add_argument(
        "--gate",
        action="append",
        metavar="CMD",
        help="a command that must pass; '' for none (repeatable)",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the changes, write nothing")


def run(options: argparse.Namespace, output: Output) -> int:
    wanted = InitOptions(
        package=options.package,
        repository=options.repository,
        branch=options.branch,
        python=options.python,
        source=options.source,
        install=options.install,
        audit=options.audit,
        gates=options.gate,
        tool=options.tool,
        dry_run=options.dry_run,
    )
    output.result(init_project(options.root, wanted, Prompter(output)))
    return 0


def init_project(
    root: Path, options: InitOptions, prompter: Prompter, templates: Path | None = None
) -> InitResult:
    """Set the project up. Plans all files first, then writes all or none.

    Safe to run again: correct files stay. `templates`: the folder of the
    files for `.github`, by default the bundled one.

    Raises UsageError for a missing value, for a folder that is not the top of a repository and
    for a link that leads out of it, InputError for a file that cannot be read or has broken
    markers, ExternalError for git or the disk. Then no file has changed.
    """
    repository = Repository(root)
    _at_the_top(repository)
    files, config = _read(repository)
    folder = config.status_folder
    files.check(folder)
    # An interrupted run is completed first, and has changed what was read before.
    if not options.dry_run and recover(root, folder):
        files, config = _read(repository)
    templates = templates or bundle.find_bundled_folder("templates") / "setup"
    found = answers(options, prompter, _known(repository, files, config, templates))
    plan = plan_files(files, config, found, templates)
    if plan.written and not options.dry_run:
        prompter.progress(f"writing {len(plan.written)} files")
        # One transaction: a kill leaves all files or none (decision 0010).
        with lock_folder(root / folder):
            contents = {path: encode_any(plan.after[path]) for path in plan.written}
            replace_together(root, folder, contents)
    return _result(files, config, plan, found, options.dry_run)


def _read(repository: Repository) -> tuple[ProjectFiles, Config]:
    files = ProjectFiles(repository)
    table_of(files.text(FILE) or "")  # first of all, whether it can be read
    return files, load_config(repository.root)


def _at_the_top(repository: Repository) -> None:
    # GitHub reads workflows only from .github/workflows at the top of the repository.
    if repository.prefix:
        where = shown(str(repository.root))
        message = f"{where}: not the top folder of its repository, where workflows have to be"
        raise UsageError(message, hint=f"Run it with --root {shown(str(repository.top))}.")


def _known(repository: Repository, files: ProjectFiles, config: Config, templates: Path) -> Known:
    text = files.text(FILE) or ""
    targets = [target_of(name) for name in template_names(templates)]
    # Answers are kept in the files that init wrote, so that a second run asks nothing.
    kept = (read_remembered(files.text_of_any(path) or "") for path in targets)
    memory = next(filter(None, kept), {})
    facts = files.facts(repository.branch())
    table = table_of(text)
    return Known(config, has_name(text), table, memory, files.read, files.paths, facts)


def _result(
    files: ProjectFiles, config: Config, plan: InitPlan, found: InitAnswers, dry_run: bool
) -> InitResult:
    variables = found.variables
    kept = [each.path for each in plan.kept]
    seen = [*plan.after, *kept, config.status_paths[0], f"{config.reports}/pip-audit.json"]
    left = ManualSteps(
        written=plan.written,
        by_hand=plan.by_hand,
        ignored=files.ignored(sorted(seen)),
        files=[*plan.after, *kept],
        has_readme=bool(_readme(files)),
        gates_are_known=found.gates is not None,
    )
    names = {key: value for key, value in variables.names().items() if key not in _TIMES}
    return InitResult(
        written=plan.written,
        unchanged=plan.unchanged,
        kept=tuple(plan.kept),
        diff=plan.diff(),
        todo=remaining(variables, left),
        publisher=describe_publisher(variables),
        said=_plain(names),
        dry_run=dry_run,
    )


# Derived values, which only spread the scheduled runs of many projects.
_TIMES = ("hour", "minute", "weekday")


def _plain(names: Mapping[str, object]) -> dict[str, object]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in names.items()}

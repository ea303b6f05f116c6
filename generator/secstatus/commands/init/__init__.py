"""init: write configuration, workflows and badges into a project; safe to run again."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from secstatus import __version__
from secstatus.adapters import files as bundle
from secstatus.adapters.console import Output, Prompter
from secstatus.adapters.files import lock_folder
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.transaction import recover, replace_together
from secstatus.bump.plan import render_diff
from secstatus.commands.init.answers import InitAnswers, InitOptions, Known, answers
from secstatus.commands.init.files import (
    InitResult,
    Kept,
    ProjectFiles,
    fill_templates,
    template_names,
)
from secstatus.config import Config
from secstatus.errors import UsageError, shown
from secstatus.project.inputs import load_config
from secstatus.published.site_info import SiteInfo
from secstatus.scaffold.configuration import FILE, Wanted, has_name, table_of, with_configuration
from secstatus.scaffold.manual_steps import ManualSteps, describe_publisher, remaining
from secstatus.scaffold.project_files import (
    POLICY,
    has_policy,
    needs_keep_file,
    policy,
    with_site_ignored,
    with_union_merge,
)
from secstatus.scaffold.readme import ReadmeBadge, with_badges
from secstatus.scaffold.workflows import (
    Variables,
    WorkflowFileState,
    read_remembered,
    same,
    standing,
    target_of,
)
from secstatus.site.badges.badge_set import badge_links

EXAMPLE = "secstatus init --repository owner/name --dry-run"
IGNORE = ".gitignore"
# PyPI renders Markdown and reStructuredText, and the badges have a form for each.
_READMES = ("readme.md", "readme.markdown", "readme.rst")
# What the badges of a README are, and what their left halves say.
_BADGES = (("grade", "security"), ("vulnerabilities", "vulnerabilities"))
_EDITED = "it was changed by a user; remove it and run init again to get the current one"
_THEIRS = "it is not a file that init wrote; compare it with what init writes elsewhere"


@dataclass(slots=True)
class _InitPlan:
    """Path → text of every examined file, before and after the change."""

    before: dict[str, str | None] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    by_hand: tuple[str, ...] = ()

    def set(self, path: str, before: str | None, after: str) -> None:
        self.before[path], self.after[path] = before, after

    @property
    def written(self) -> tuple[str, ...]:
        return tuple(sorted(path for path in self.after if self.after[path] != self.before[path]))

    @property
    def unchanged(self) -> tuple[str, ...]:
        return tuple(sorted(path for path in self.after if self.after[path] == self.before[path]))

    def diff(self) -> str:
        return "".join(_diff(path, self.before[path], self.after[path]) for path in self.written)


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
    plan = _planned(files, config, found, templates)
    if plan.written and not options.dry_run:
        prompter.progress(f"writing {len(plan.written)} files")
        # One transaction: a kill leaves all files or none (decision 0010).
        with lock_folder(root / folder):
            contents = {path: _bytes(plan.after[path]) for path in plan.written}
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
    kept = (read_remembered(_lossy(files, path) or "") for path in targets)
    memory = next(filter(None, kept), {})
    facts = files.facts(repository.branch())
    table = table_of(text)
    return Known(config, has_name(text), table, memory, files.read, files.paths, facts)


def _lossy(files: ProjectFiles, path: str) -> str | None:
    """The text of any file; bytes that are not UTF-8 are preserved."""
    files.check(path)
    data = files.read(path)
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _planned(files: ProjectFiles, config: Config, found: InitAnswers, templates: Path) -> _InitPlan:
    plan, variables = _InitPlan(), found.variables
    _plan_configuration(plan, files, config, found)
    for path, text in fill_templates(templates, variables).items():
        _plan_workflow(plan, path, _lossy(files, path), text)
    _plan_readme(plan, files, config, variables)
    # GitHub finds SECURITY.md at the top, in docs/ or in .github/; only one of several is shown.
    if not has_policy(files.paths):
        text = policy(variables.package, variables.repository, variables.site_url)
        plan.set(POLICY, files.text(POLICY), text)
    ignore = files.text(IGNORE)
    # A built site belongs to the published branch and not to the source.
    plan.set(IGNORE, ignore, with_site_ignored(ignore or ""))
    attributes = f"{config.status_folder}/.gitattributes"
    said = files.text(attributes)
    # `merge=union` makes git keep the lines of both sides of the journal (decision 0016).
    plan.set(attributes, said, with_union_merge(said or ""))
    # git stores no empty folder, and the scanners write into this one.
    if needs_keep_file(files.paths, config.reports):
        path = f"{config.reports}/.gitkeep"
        plan.set(path, files.text(path), "")
    return plan


def _plan_configuration(
    plan: _InitPlan, files: ProjectFiles, config: Config, found: InitAnswers
) -> None:
    text, variables = files.text(FILE), found.variables
    has_table = bool(table_of(text or ""))
    wanted = Wanted(
        package="" if has_name(text or "") else variables.package,
        repository=_unless(has_table, variables.repository, config.repository),
        base_url=_unless(has_table, variables.site_url, config.base_url),
        gates=found.gates,
    )
    configured = with_configuration(text or "", wanted)
    plan.set(FILE, text, configured.text)
    plan.by_hand = configured.by_hand


def _unless(has_table: bool, wanted: str, known: str) -> str:
    """The value, unless the table that is there leads to it already."""
    return "" if has_table and wanted == known else wanted


def _plan_workflow(plan: _InitPlan, path: str, before: str | None, text: str) -> None:
    whose = standing(before)
    # git may check files out with CRLF, which is no change of the user's.
    if before is not None and same(before, text):
        plan.set(path, before, before)
    # Decision 0015: a file that the user has changed is never overwritten.
    elif whose is WorkflowFileState.THEIRS or whose is WorkflowFileState.EDITED:
        plan.kept.append(Kept(path, _THEIRS if whose is WorkflowFileState.THEIRS else _EDITED))
    else:
        plan.set(path, before, text)


def _plan_readme(
    plan: _InitPlan, files: ProjectFiles, config: Config, variables: Variables
) -> None:
    name = _readme(files)
    text = files.text(name) if name else None
    if text is not None:
        plan.set(name, text, with_badges(text, name, _badges(config, variables)))


def _readme(files: ProjectFiles) -> str:
    """The README at the top, the first one of those that are there; `""` for none."""
    # Reversed, so that the first of two names that differ in case only stays.
    there = {path.lower(): path for path in reversed(files.paths)}
    return next((there[name] for name in _READMES if name in there), "")


def _badges(config: Config, variables: Variables) -> list[ReadmeBadge]:
    names = (variables.package, config.version, variables.repository, variables.site_url)
    links = [badge_links(SiteInfo(*names, __version__), name, label) for name, label in _BADGES]
    return [ReadmeBadge(each.markdown, each.rst) for each in links]


def _diff(path: str, before: str | None, after: str) -> str:
    """The change as a unified diff, without a character that moves the cursor."""
    if before is not None:
        return render_diff(path, _bytes(before), _bytes(after))
    lines = after.removesuffix("\n").split("\n") if after else []
    told = [f"+{line if line.isprintable() else ascii(line)[1:-1]}" for line in lines]
    head = ["--- /dev/null", f"+++ b/{path}"]
    hunk = [f"@@ -0,0 +1,{len(lines)} @@"] if lines else []
    return "".join(f"{line}\n" for line in (*head, *hunk, *told))


def _bytes(text: str | None) -> bytes:
    return (text or "").encode("utf-8", "surrogateescape")


def _result(
    files: ProjectFiles, config: Config, plan: _InitPlan, found: InitAnswers, dry_run: bool
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

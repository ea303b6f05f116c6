"""The files that `init` writes, planned as a whole before the first one is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from secstatus import __version__
from secstatus.bump.plan import render_diff
from secstatus.commands.init.answers import InitAnswers
from secstatus.commands.init.files import (
    Kept,
    ProjectFiles,
    encode_any,
    fill_templates,
)
from secstatus.config import Config
from secstatus.published.site_info import SiteInfo
from secstatus.scaffold.configuration import FILE, Wanted, has_name, table_of, with_configuration
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
    same,
    standing,
)
from secstatus.site.badges.badge_set import badge_links

IGNORE = ".gitignore"


# PyPI renders Markdown and reStructuredText, and the badges have a form for each.
_READMES = ("readme.md", "readme.markdown", "readme.rst")


# What the badges of a README are, and what their left halves say.
_BADGES = (("grade", "security"), ("vulnerabilities", "vulnerabilities"))


_EDITED = "it was changed by a user; remove it and run init again to get the current one"


_THEIRS = "it is not a file that init wrote; compare it with what init writes elsewhere"


@dataclass(slots=True)
class InitPlan:
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


def plan_files(
    files: ProjectFiles, config: Config, found: InitAnswers, templates: Path
) -> InitPlan:
    plan, variables = InitPlan(), found.variables
    _plan_configuration(plan, files, config, found)
    for path, text in fill_templates(templates, variables).items():
        _plan_workflow(plan, path, files.text_of_any(path), text)
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
    plan: InitPlan, files: ProjectFiles, config: Config, found: InitAnswers
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


def _plan_workflow(plan: InitPlan, path: str, before: str | None, text: str) -> None:
    whose = standing(before)
    # git may check files out with CRLF, which is no change of the user's.
    if before is not None and same(before, text):
        plan.set(path, before, before)
    # Decision 0015: a file that the user has changed is never overwritten.
    elif whose is WorkflowFileState.THEIRS or whose is WorkflowFileState.EDITED:
        plan.kept.append(Kept(path, _THEIRS if whose is WorkflowFileState.THEIRS else _EDITED))
    else:
        plan.set(path, before, text)


def _plan_readme(plan: InitPlan, files: ProjectFiles, config: Config, variables: Variables) -> None:
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
        return render_diff(path, encode_any(before), encode_any(after))
    lines = after.removesuffix("\n").split("\n") if after else []
    told = [f"+{line if line.isprintable() else ascii(line)[1:-1]}" for line in lines]
    head = ["--- /dev/null", f"+++ b/{path}"]
    hunk = [f"@@ -0,0 +1,{len(lines)} @@"] if lines else []
    return "".join(f"{line}\n" for line in (*head, *hunk, *told))

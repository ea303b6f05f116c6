"""The files of `init`, and its result."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from secstatus.adapters.files import read_bytes_if_there, read_text_if_there
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.git.run import split_names
from secstatus.errors import InputError, UsageError, shown
from secstatus.scaffold.detection import GitFacts
from secstatus.scaffold.manual_steps import PublisherSetup
from secstatus.scaffold.workflows import Variables, render_workflow, target_of


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was left alone, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class InitResult:
    """`written`: paths that are new or changed, `unchanged`: those that are right already.

    `diff` is the change as text. `todo` are the manual steps; further lines of a step are indented.
    `said` holds the detected values, by name. `dry_run`: nothing was touched.
    """

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[Kept, ...]
    diff: str
    todo: tuple[str, ...]
    publisher: PublisherSetup
    said: Mapping[str, Any]
    dry_run: bool = False

    def document(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "kept": [{"path": each.path, "reason": each.reason} for each in self.kept],
            "publisher": self.publisher.document(),
            "recognised": dict(self.said),
            "todo": list(self.todo),
            "unchanged": list(self.unchanged),
            "written": list(self.written),
        }

    def text(self) -> str:
        """What happened and what is left to do. A dry run starts with the diff."""
        diff = [self.diff] if self.dry_run else []
        return "\n".join(
            [*diff, *self._head(), "", "What remains to be done by hand:", *self._steps()]
        )

    def _head(self) -> list[str]:
        verb = "Would write" if self.dry_run else "Wrote"
        lines = [f"{verb} {path}" for path in self.written]
        lines += [f"Kept {each.path}: {each.reason}" for each in self.kept]
        if not self.written:
            lines.append("Nothing to change: everything is set up.")
        return lines

    def _steps(self) -> list[str]:
        return [f"{number}. {step}" for number, step in enumerate(self.todo, 1)]


class ProjectFiles:
    """The working tree as git sees it. Paths have forward slashes and are relative to `root`."""

    def __init__(self, repository: Repository) -> None:
        self.root = repository.root
        self.git = repository.git
        self._real = os.path.realpath(self.root)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file that is there and that git does not ignore, sorted."""
        # Untracked files count: a project is often set up before its first commit.
        listed = self.git.ask("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return tuple(
            # The index may still list a file that was deleted. lexists, because a broken link is
            # there too.
            sorted({name for name in split_names(listed) if os.path.lexists(self.root / name)})
        )

    def read(self, path: str) -> bytes | None:
        """The bytes of a file of the project; None if it is missing or outside the project."""
        if not self._is_inside(path):
            return None
        return read_bytes_if_there(self.root / path, shown(path))

    def text(self, path: str) -> str | None:
        """The text of a file that may be written; None when there is none.

        Raises UsageError when the path leads out of the project, InputError if it is not text.
        """
        self.check(path)
        return read_text_if_there(self.root / path, path)

    def text_of_any(self, path: str) -> str | None:
        """The text of any file, UTF-8 or not; `encode_any` reverses it. Raises UsageError."""
        self.check(path)
        data = self.read(path)
        return None if data is None else data.decode("utf-8", "surrogateescape")

    def check(self, path: str) -> None:
        """Raises UsageError when a symbolic link leads the path out of the project."""
        if not self._is_inside(path):
            real = shown(os.path.realpath(self.root / path))
            hint = "Replace the symbolic link by a file or a folder of the project."
            raise UsageError(f"{path} leads to {real}, outside of the project", hint=hint)

    def _is_inside(self, path: str) -> bool:
        try:
            real = os.path.realpath(self.root / path)
        except ValueError:  # A NUL in a name
            return False
        steps = os.path.relpath(real, self._real).split(os.sep)
        # A link into .git would let a template write hooks or the configuration of git.
        return steps[0] != os.pardir and ".git" not in (step.casefold() for step in steps)

    def ignored(self, paths: Sequence[str]) -> list[str]:
        """The paths among these that git ignores and would never commit."""
        asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
        # It ends with 1 if no path is ignored, which is no failure (git-check-ignore).
        done = self.git.attempt("check-ignore", "-z", "--stdin", given=asked)
        return list(split_names(done.out))

    def facts(self, branch: str | None) -> GitFacts:
        """The remotes and branches that git reports; `branch` is the one that is checked out."""
        remotes = self.git.line("remote").split("\n")
        found = {name: self._address(name) for name in remotes if name}
        # `git clone` sets this reference to the default branch; a repository made otherwise may
        # lack it.
        head = self.git.attempt("symbolic-ref", "-q", "refs/remotes/origin/HEAD").out
        start = "refs/remotes/origin/"
        name = os.fsdecode(head).removesuffix("\n").removeprefix(start)
        return GitFacts(found, name, branch or "")

    def _address(self, remote: str) -> str:
        done = self.git.attempt("remote", "get-url", "--", remote)
        return os.fsdecode(done.out).removesuffix("\n") if done.status == 0 else ""


def make_github_environment(folder: Path) -> Environment:
    """Templates of files for GitHub: the delimiters leave its `${{ }}` alone."""
    env = Environment(
        loader=FileSystemLoader(str(folder)),
        autoescape=False,  # noqa: S701 - YAML, and every value has been held against its rule
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        # jinja2 strips one newline at the end by default, and git then reports a file without one.
        keep_trailing_newline=True,
        # A misspelt variable must fail here and not become an empty value in a workflow.
        undefined=StrictUndefined,
    )
    # In ASCII, `tojson` writes some characters as two halves, which YAML does not put together.
    env.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    return env


def fill_templates(folder: Path, variables: Variables) -> dict[str, str]:
    """Path in the project → text, for every template of the folder and those below it.

    Raises InputError when a template cannot be filled or the folder has none.
    """
    env = make_github_environment(folder)
    found = template_names(folder)
    if not found:
        hint = "Install secstatus again."
        raise InputError(str(folder), "", "no templates", "those of the workflows", hint=hint)
    try:
        return {target_of(name): render_workflow(env, name, variables) for name in found}
    except TemplateError as error:
        found_text = f"a template that cannot be filled ({shown(str(error))[1:-1]})"
        raise InputError(str(folder), "", found_text, "templates that fit this version") from None


def template_names(folder: Path) -> list[str]:
    """The templates of the folder and of those below it, by their paths in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.relative_to(folder).as_posix() for path in files if path.suffix in (".yml", ".j2")
    )


def encode_any(text: str | None) -> bytes:
    """The bytes of a text of `ProjectFiles.text_of_any`; none for None."""
    return (text or "").encode("utf-8", "surrogateescape")

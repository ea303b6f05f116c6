"""What preflight found: as JSON, as a table, and as a summary of a workflow's step."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.github_output import add_summary, set_outputs
from secstatus.commands.built_files import add_dist_option
from secstatus.commands.preflight.clean_build import workshop
from secstatus.commands.preflight.stage_run import Work, run_stages
from secstatus.commands.preflight.stages import Preflight
from secstatus.config import Config
from secstatus.errors import CheckFailedError, SecstatusError
from secstatus.project.inputs import load_config
from secstatus.publishing.policy import PreflightPolicy
from secstatus.publishing.stages import (
    Stage,
    StageOutcome,
    StageState,
    have_all_passed,
    make_stages_document,
    render_stages_markdown,
    render_stages_table,
)
from secstatus.publishing.verification import BuiltFile


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """`files` are the releasable distributions, in `folder`; empty unless all stages pass."""

    stages: tuple[StageOutcome, ...]
    project: str
    version: str
    commit: str
    folder: str
    files: tuple[BuiltFile, ...] = ()

    @property
    def is_good(self) -> bool:
        return have_all_passed(self.stages)

    @property
    def exit_status(self) -> int:
        return 0 if self.is_good else 1

    @property
    def headline(self) -> str:
        """The answer in one line."""
        name = f"{self.project} {self.version}".strip()
        if self.is_good:
            many = len(self.files)
            return f"{name} may be published: {many} files with their checksums in {self.folder}."
        failed = [each.name for each in self.stages if each.state is StageState.FAILED]
        return f"{name} must not be published: {', '.join(failed)} failed."

    def failures(self) -> list[CheckFailedError]:
        """Each failed stage as an error, to be shown and annotated."""
        return [
            CheckFailedError(f"preflight, {each.name}: {each.detail}", details=each.lines)
            for each in self.stages
            if each.state is StageState.FAILED
        ]

    def document(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "files": [
                {"name": each.name, "sha256": each.sha256, "size": each.size} for each in self.files
            ],
            "folder": self.folder,
            "ok": self.is_good,
            "project": self.project,
            "stages": make_stages_document(self.stages),
            "version": self.version or None,
        }

    def text(self) -> str:
        """The table with time and outcome, and the answer below it."""
        return f"{render_stages_table(self.stages)}\n{self.headline}"

    def summary(self) -> str:
        """Markdown for the summary of a workflow's step."""
        verdict = "Preflight passed" if self.is_good else "Preflight failed"
        return f"## {verdict}\n\n{render_stages_markdown(self.stages)}\n\n"


# The form that git's own documentation and most projects use for a release.
DEFAULT_TAG = "v{version}"

EXAMPLE = "secstatus preflight --dist dist --checksums checksums"


@dataclass(frozen=True, slots=True)
class PreflightOptions:
    """`gates` None: those of the configuration.

    `checksums` None: beside the distributions. `tag_required`: the commit has to have its tag.
    """

    dist: Path = Path("dist")
    gates: tuple[str, ...] | None = None
    checksums: Path | None = None
    tag_required: bool = False


def add_options(parser: argparse.ArgumentParser) -> None:
    add_dist_option(parser)
    parser.add_argument(
        "--gate",
        action="append",
        metavar="CMD",
        help="a command that must pass; '' for none (repeatable; default: the configuration)",
    )
    parser.add_argument(
        "--checksums",
        type=Path,
        metavar="DIR",
        help="the folder for the checksums (default: beside the distributions)",
    )
    parser.add_argument("--tag", action="store_true", help="the commit must have its tag")


def run(options: argparse.Namespace, output: Output) -> int:
    wanted = PreflightOptions(
        dist=options.dist,
        # `--gate ''` stands for no gate, which differs from the gates of the configuration.
        gates=tuple(gate for gate in options.gate if gate) if options.gate is not None else None,
        checksums=options.checksums,
        tag_required=options.tag,
    )
    result = run_preflight(options.root, resolve_now(options.now), wanted, output.progress)
    output.result(result)
    for failure in result.failures():
        output.error(failure)
    add_summary(result.summary())
    # Also after a failure: the job that reports it wants to name the version.
    set_outputs({"version": result.version})
    return result.exit_status


def run_preflight(
    root: Path,
    now: datetime,
    options: PreflightOptions,
    progress: Callable[[str], None] = lambda _text: None,
    *,
    policy: PreflightPolicy | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> PreflightResult:
    """Run every stage for the commit that is checked out; the verdict of each is in the result.

    Only if all of them pass, sdist and wheel are put into `options.dist`, together with their
    checksums; otherwise that folder stays as it was. Raises InputError for a configuration that
    cannot be read, and UsageError where there is no repository with a commit.
    """
    config = load_config(root)
    policy = _complete(policy or config.publishing.preflight, config, options)
    # Built from a clone: what lies uncommitted in the tree must not reach a distribution.
    with workshop(root, policy.isolation) as shop:
        task = Preflight(root, now, config, policy, shop)
        # Gates run only if they are configured: a guessed command fails without its environment
        # (decision 0013).
        gates = config.publishing.quality_gates_required if options.gates is None else options.gates
        outcomes = run_stages(_plan(task, root, options, gates), clock, progress)
        version = _version(task)
    dist = str(options.dist)
    return PreflightResult(outcomes, config.package, version, shop.head, dist, task.files)


def _complete(
    policy: PreflightPolicy, config: Config, options: PreflightOptions
) -> PreflightPolicy:
    """The policy, completed from the options and from the policy of the bump."""
    return replace(
        policy,
        # A release of the bump and its preflight must not disagree about branch and tag.
        branch=policy.branch or config.bump.branch,
        tag=policy.tag or config.bump.tag or DEFAULT_TAG,
        tag_required=policy.tag_required or options.tag_required,
    )


def _plan(
    task: Preflight, root: Path, options: PreflightOptions, gates: Sequence[str]
) -> list[tuple[Stage, Work]]:
    """The stages with their work. The last one needs all others."""
    built = ("build",)
    stages: list[tuple[Stage, Work]] = [
        (Stage("source"), task.source),
        (Stage("security"), task.security),
        # A gate may write into the tree, which `source` looks at.
        (Stage("gates", after=("source",)), partial(task.gates, gates)),
        # The commit is copied even if the tree has changes: only `source` judges these.
        (Stage("checkout"), task.checkout),
        (Stage("project", needs=("checkout",)), task.project),
        (Stage("build", needs=("checkout",)), task.build),
        # Without a need: the second build has a clone of its own and runs beside the first one.
        (Stage("rebuild"), task.rebuild),
        (Stage("reproducible", needs=("build", "rebuild")), task.reproducible),
        (Stage("twine", needs=built), task.twine),
        (Stage("wheel", needs=built), task.wheel),
        (Stage("metadata", needs=built), task.metadata),
        (Stage("contents", needs=built), task.contents),
    ]
    names = tuple(stage.name for stage, _ in stages)
    dist = root / options.dist
    # The publishing action uploads every file of its folder, so checksums can have one of their
    # own.
    sums = root / options.checksums if options.checksums is not None else dist
    # Only after all others: a folder with distributions means that they may go out.
    return [*stages, (Stage("checksums", needs=names), partial(task.checksums, dist, sums))]


def _version(task: Preflight) -> str:
    try:
        return task.version
    except SecstatusError:
        return ""  # the stage that has to know it says why

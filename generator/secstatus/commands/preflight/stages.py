"""The stages of a preflight: what each checks. Each may fail independently."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from secstatus.adapters.git.repository import Repository
from secstatus.adapters.process import run_to_end
from secstatus.commands.built_files import write_distributions
from secstatus.commands.preflight.clean_build import OTHER, USUAL, Workshop
from secstatus.commands.preflight.source import release_version, source_verdict, tags_of
from secstatus.commands.preflight.stage_run import StageVerdict
from secstatus.config import Config
from secstatus.errors import shown
from secstatus.publishing.distribution_metadata import (
    SUMS,
    SUMS_JSON,
    render_sums,
    render_sums_json,
)
from secstatus.publishing.policy import PreflightPolicy, Reproducible
from secstatus.publishing.verification import BuiltFile

if TYPE_CHECKING:
    from secstatus.publishing.distribution_contents import Member

# A test suite may be long, but a gate that waits for input has to end.
GATE_SECONDS = 3600


class Preflight:
    """One preflight of a project. A stage that others need keeps its result here."""

    def __init__(
        self, root: Path, now: datetime, config: Config, policy: PreflightPolicy, shop: Workshop
    ) -> None:
        self.root, self.now, self.config, self.policy = root, now, config, policy
        self.shop = shop
        self.files: tuple[BuiltFile, ...] = ()

    @cached_property
    def version(self) -> str:
        """The version of the commit. Raises as `version.sources`."""
        tags = tags_of(self.shop.repository, os.environ)
        return release_version(self.shop.tree, tags, self.policy)

    def source(self) -> StageVerdict:
        return source_verdict(self.shop.repository, self.policy, os.environ)

    def security(self) -> StageVerdict:
        """The status now, as the pages would show it."""
        from secstatus.project.project import Project
        from secstatus.publishing.security_gate import find_objections

        status = Project(self.root, self.now).assessed.status
        summary = status.vulnerability_summary
        detail = f"grade {status.security_grade.value}, {summary.total} open, "
        detail += f"{summary.accepted} accepted, scanned {status.scan_date:%Y-%m-%d}"
        problems = find_objections(status, self.policy)
        return StageVerdict(detail, problems, (detail,) if problems else ())

    def gates(self, commands: Sequence[str]) -> StageVerdict:
        """Each command in the project's folder, one after the other; none may change a file."""
        # An empty gate stands for none, as on the command line.
        wanted = [each for each in commands if each.strip()]
        if not wanted:
            return StageVerdict("no gate is configured", not_asked=True)
        repository = Repository(self.root)
        # The tree may have changes already, which `source` reports; only new ones are the gate's.
        before = {*repository.changes()}
        for gate in wanted:
            # A gate is a command of the project's own configuration, so `&&` and pipes are wanted.
            done = run_to_end(["sh", "-c", gate], self.root, os.environ, seconds=GATE_SECONDS)
            if done.status:
                problem = f"the gate {shown(gate)} {done.ending}"
                return StageVerdict("", (problem,), tuple(done.quote_output()))
        changed = sorted({*repository.changes()} - before)
        problems = tuple(f"a gate has changed {shown(path)}" for path in changed)
        return StageVerdict(f"{len(wanted)} passed: {', '.join(wanted)}", problems)

    def checkout(self) -> StageVerdict:
        self.shop.copy("one", USUAL)
        return StageVerdict(f"{len(self.shop.tree.paths)} tracked files")

    def project(self) -> StageVerdict:
        lines = self.shop.tool("validate_pyproject", "pyproject.toml")
        return StageVerdict("pyproject.toml is valid", lines=lines)

    def build(self) -> StageVerdict:
        notes = self.shop.build("one", USUAL)
        names = ", ".join(self.shop.distributions("one"))
        return StageVerdict("; ".join((names, *notes)))

    def rebuild(self) -> StageVerdict:
        """Build again, in another folder and another environment."""
        if self.policy.reproducible is Reproducible.NO:
            return StageVerdict("the configuration does not ask for it", not_asked=True)
        # A longer path with a blank: build tools write absolute paths into files.
        self.shop.copy("another place", OTHER)
        notes = self.shop.build("another place", OTHER)
        return StageVerdict("; ".join(("other folder, umask, locale, time zone", *notes)))

    def reproducible(self) -> StageVerdict:
        from secstatus.publishing.distribution_contents import find_differences

        if self.policy.reproducible is Reproducible.NO:
            return StageVerdict("the configuration does not ask for it", not_asked=True)
        first = self.shop.distributions("one")
        second = self.shop.distributions("another place")
        # A version that is derived from the date or from git changes the names as well.
        if first.keys() != second.keys():
            return StageVerdict("", (f"other file names: {', '.join(sorted(second))}",))
        content_only = self.policy.reproducible is Reproducible.CONTENT
        problems = tuple(
            f"{shown(name)}: {what}"
            for name, content in first.items()
            for what in find_differences(name, content, second[name], content_only)
        )
        same = "contents" if content_only and first != second else "bytes"
        return StageVerdict(f"same {same} twice, SOURCE_DATE_EPOCH={self.shop.epoch}", problems)

    def twine(self) -> StageVerdict:
        names = self._paths("")
        # --strict fails on warnings, too, such as a missing description.
        lines = self.shop.tool("twine", "check", "--strict", *names)
        return StageVerdict(f"twine check --strict passes {len(names)} files", lines=lines)

    def wheel(self) -> StageVerdict:
        # It reads wheels only, so sdists are left to `contents`.
        lines = self.shop.tool("check_wheel_contents", *self._paths(".whl"))
        return StageVerdict("check-wheel-contents has nothing to say", lines=lines)

    def metadata(self) -> StageVerdict:
        from secstatus.publishing.distribution_metadata import check_metadata, read_metadata

        found = {name: read_metadata(name, each) for name, each in self._members.items()}
        name = self.config.package
        problems = check_metadata(found, name, self.version)
        first = next(iter(found.values()))
        detail = f"{first.name} {first.version}, Python {first.requires_python}, {first.license}"
        return StageVerdict(detail, problems)

    def contents(self) -> StageVerdict:
        from secstatus.publishing.distribution_contents import check_sdist, check_wheel

        # What is in no commit was never reviewed: in a release it is an accident or a leak.
        tracked = {each.path for each in self.shop.tree.repository.tracked()}
        allowed = self.policy.allowed_files
        problems: list[str] = []
        for name, found in self._members.items():
            wrong = (
                check_wheel(found, allowed, self.policy.tests_in_wheel)
                if name.endswith(".whl")
                else check_sdist(found, tracked, allowed)
            )
            problems += [f"{shown(name)}: {each}" for each in wrong]
        many = sum(len(found) for found in self._members.values())
        return StageVerdict(f"{many} members, all of the commit, no secret", tuple(problems))

    def checksums(self, dist: Path, sums: Path) -> StageVerdict:
        """Put the files where they are uploaded from, with their checksums."""
        content = self.shop.distributions("one")
        files = tuple(
            BuiltFile(name, len(data), sha256(data).hexdigest()) for name, data in content.items()
        )
        # With the commit and SOURCE_DATE_EPOCH anyone can build the same bytes again.
        about = {
            "commit": self.shop.head,
            "project": self.config.package,
            "source_date_epoch": self.shop.epoch,
            "version": self.version,
        }
        written = {
            SUMS: render_sums(files).encode(),
            SUMS_JSON: render_sums_json(files, about).encode(),
        }
        write_distributions(dist, content, written, sums)
        self.files = files
        return StageVerdict(f"{len(files)} files in {dist}, {SUMS} in {sums}")

    @cached_property
    def _members(self) -> dict[str, tuple[Member, ...]]:
        from secstatus.publishing.distribution_contents import read_members

        return {
            name: read_members(name, data) for name, data in self.shop.distributions("one").items()
        }

    def _paths(self, ending: str) -> list[str]:
        folder = self.shop.results("one")
        names = self.shop.distributions("one")
        return [str(folder / name) for name in names if name.endswith(ending)]

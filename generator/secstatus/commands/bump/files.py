"""The tree of a bump, and the release decision that it carries out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from secstatus.adapters.files import read_bytes_if_there
from secstatus.adapters.git.repository import Repository
from secstatus.bump.changelog.release import Changelog, candidates, move_unreleased
from secstatus.bump.finder import stale_pattern
from secstatus.bump.number import VersionBumpRequest
from secstatus.bump.occurrence import line_pattern, search_pattern
from secstatus.bump.plan import BumpPlan, plan_bump
from secstatus.bump.reference import Edit
from secstatus.bump.sources.reader import VersionSources, sources
from secstatus.config import Config
from secstatus.errors import DocumentUpdateError, UsageError, shown


class Tree:
    """The tracked files of a project, each read on first use."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.root = repository.root
        self._read: dict[str, bytes | None] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Tracked files, without submodules and symbolic links; the target of a link is listed."""
        # Tracked files only: caches and virtual environments are full of versions of others.
        listed = self.repository.tracked()
        return tuple(each.path for each in listed if not each.is_submodule and not each.is_symlink)

    @cached_property
    def sources(self) -> VersionSources:
        """Where the version is defined. Raises what `version.sources` raises."""
        return sources(self.read, self.paths)

    def read(self, path: str) -> bytes | None:
        """The bytes of a tracked file; None when it is no file, or not tracked."""
        if path not in self._read:
            self._read[path] = (
                read_bytes_if_there(self.root / path, shown(path)) if path in self._known else None
            )
        return self._read[path]

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.paths)

    def naming(self, version: str) -> dict[str, bytes]:
        """The files in which the version occurs, in whatever spelling."""
        return self._matching(line_pattern(version), search_pattern(version))

    def naming_us(self) -> dict[str, bytes]:
        """The files that name the project with a version, which may be an old one."""
        # A reference that an earlier bump has missed names an old version.
        pattern = stale_pattern(self.sources.own)
        return self._matching(pattern, pattern)

    def _matching(self, in_lines: bytes, in_files: bytes) -> dict[str, bytes]:
        found = self.repository.containing(in_lines)
        if found is None:
            compiled = re.compile(in_files)
            found = [path for path in self.paths if compiled.search(self.read(path) or b"")]
        return {path: data for path in found if (data := self.read(path)) is not None}

    def forget(self) -> None:
        """Read everything again: something has changed the files."""
        self._read.clear()


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that a bump writes: path → bytes, None for a file that it removes.

    `before` are the bytes that were read of the same paths.
    """

    plan: BumpPlan
    before: Mapping[str, bytes | None]
    after: Mapping[str, bytes | None]
    notes: tuple[str, ...]
    diff: str


def change_of(
    tree: Tree,
    config: Config,
    request: VersionBumpRequest,
    day: date,
    taken: Collection[str],
    security_notes: str,
) -> Change:
    """Compute every edit before a file is touched. Raises DocumentUpdateError and its siblings."""
    old, new = request.old_version.current_version, request.new_version.current_version
    files, named = tree.naming(old), tree.naming_us()
    log = _changelog(tree, new, day, old, security_notes)
    logs = {edit.file_path for edit in log.edits} | set(log.removed)
    policy = config.bump.references
    # A change log is history: only its section of unreleased changes becomes that of the version.
    inner = {path: data for path, data in files.items() if path not in logs}
    plan = plan_bump(inner, tree.sources.own, old, new, policy, taken, named)
    after: dict[str, bytes | None] = dict(plan.contents(inner))
    after |= _with_edits(tree, log.edits)
    after |= dict.fromkeys(log.removed)
    before = {path: tree.read(path) for path in after}
    return Change(plan, before, after, log.reasons, _diff(plan, inner, before, after, logs))


def _changelog(tree: Tree, new: str, day: date, old: str, notes: str) -> Changelog:
    wanted = {
        path: data for path in candidates(tree.paths) if (data := tree.read(path)) is not None
    }
    return move_unreleased(wanted, new, day, old, notes)


def _with_edits(tree: Tree, edits: Collection[Edit]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    # From the end to the beginning, so that an edit does not shift the places of the others.
    for edit in sorted(edits, key=lambda each: (each.file_path, -each.start)):
        data = contents.get(edit.file_path) or tree.read(edit.file_path) or b""
        if data[edit.start : edit.end] != edit.old:
            raise DocumentUpdateError(f"{edit.file_path}: the change log changed while it was read")
        contents[edit.file_path] = data[: edit.start] + edit.new + data[edit.end :]
    return contents


def _diff(
    plan: BumpPlan,
    files: Mapping[str, bytes],
    before: Mapping[str, bytes | None],
    after: Mapping[str, bytes | None],
    logs: Collection[str],
) -> str:
    from secstatus.bump.plan import render_diff

    told = [render_diff(path, before[path] or b"", after[path] or b"") for path in sorted(logs)]
    return plan.diff(files) + "".join(told)


def with_file(change: Change, path: str, before: bytes, after: bytes) -> Change:
    """The change with one more file, which is no document of the version."""
    return replace(
        change,
        before={**change.before, path: before},
        after={**change.after, path: after},
    )


@dataclass(frozen=True, slots=True)
class Covered:
    """What the release covers. Empty where no decision waits.

    `section` are the items for the change log's Security section. `path`, `before` and `after` are
    the release log, in which the decision becomes `committed` in the same commit.
    """

    decision_id: str = ""
    section: str = ""
    notes: tuple[str, ...] = ()
    path: str = ""
    before: bytes = b""
    after: bytes = b""

    def with_book(self, change: Change) -> Change:
        return with_file(change, self.path, self.before, self.after) if self.path else change


def find_covered(repository: Repository, config: Config, version: str, now: datetime) -> Covered:
    """Find the decision that waits for a release. Raises UsageError while an earlier one is under
    way.
    """
    path = repository.root / config.releases
    # A project without `decide` has no release log, and bumps all the same.
    if not path.is_file():
        return Covered()
    from secstatus.adapters.files import read_text
    from secstatus.release.log import ReleaseState, ReleaseStep, advance_release
    from secstatus.release.log_file import read_releases, write_releases
    from secstatus.release.wording import render_section
    from secstatus.timestamps import truncate_timestamp

    text = read_text(path, config.releases)
    releases = read_releases(text, config.releases)
    found = releases.open
    if found is None:
        return Covered()
    # Decision 0012: one release at a time, or both would claim the same changes.
    if releases.under_way:
        raise UsageError(
            f"the release of decision {found.decision_id} is {found.state} as {found.version}",
            hint="Publish it, then say so: secstatus decide --record published.",
        )
    step = ReleaseStep(ReleaseState.COMMITTED, truncate_timestamp(now), version=version)
    _, after = advance_release(releases, step, found.decision_id)
    notes = (f"it carries out the release decision {found.decision_id}",)
    lines, book = render_section(found.changes), write_releases(after)
    # The bump commits tracked files only, so the user has to keep this one up to date.
    if config.releases not in {each.path for each in repository.tracked()}:
        return Covered(found.decision_id, lines, (*notes, f"{config.releases} is not in git"))
    return Covered(found.decision_id, lines, notes, config.releases, text.encode(), book.encode())

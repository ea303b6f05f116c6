"""The files of a repository, loaded on demand and saved in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from secstatus.adapters.files import lock_folder
from secstatus.adapters.transaction import replace_together
from secstatus.config import Config
from secstatus.project.inputs import Inputs, load_config, read_documents
from secstatus.project.journal import JournalStore, find_journal

if TYPE_CHECKING:
    from secstatus.findings.ledger import Ledger
    from secstatus.findings.locations import LocationResolver
    from secstatus.findings.project_facts import ProjectFacts
    from secstatus.project.security_files import SecurityFiles
    from secstatus.project.sources import AssessedInputs
    from secstatus.release.log import ReleaseLog
    from secstatus.release.snapshot import Snapshot


class Project:
    """The files of one repository at one time.

    Each property reads its file on first use, once, and imports the modules that parse it. Every
    property raises InputError for a file that cannot be used, and ExternalError when the disk
    refuses. Files that a command writes are read inside of `lock`.
    """

    def __init__(self, root: Path, now: datetime, base_url: str | None = None) -> None:
        self.root, self.now, self.base_url = root, now, base_url

    @cached_property
    def config(self) -> Config:
        return load_config(self.root, self.base_url)

    @cached_property
    def journal(self) -> JournalStore:
        return find_journal(self.root, self.config)

    @cached_property
    def inputs(self) -> Inputs:
        """The bytes of status, ledger, findings document, plans and release log.

        A change that an interrupted run had decided is carried out first.
        """
        return read_documents(self.root, self.config)

    @cached_property
    def files(self) -> SecurityFiles:
        """Status, ledger, findings document and plans."""
        from secstatus.project.security_files import parse_security_files

        return parse_security_files(self.inputs, self.now)

    @cached_property
    def releases(self) -> ReleaseLog:
        """The release log; an empty one where there is none."""
        from secstatus.project.sources import parse_release_log

        return parse_release_log(self.inputs)

    @cached_property
    def assessed(self) -> AssessedInputs:
        """The status, assessed at `now`."""
        from secstatus.project.sources import assess_inputs

        return assess_inputs(self.inputs, self.now)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The findings at `now`, to be compared with the last release."""
        from secstatus.project.sources import make_snapshot

        return make_snapshot(self.inputs, self.now)

    @cached_property
    def facts(self) -> ProjectFacts:
        """The facts that decide what a scan proves about this project."""
        from secstatus.project.facts import read_project

        return read_project(self.root, self.config, self.files.plans)

    def make_resolver(self, ledger: Ledger, reported: str = "") -> LocationResolver:
        """The resolver that makes the paths of a report relative; see `facts.make_resolver`."""
        from secstatus.project.facts import make_resolver

        return make_resolver(self.root, self.config, self.facts, ledger, reported)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs from writing. Raises ExternalError when another run keeps the lock."""
        # One lock for all security files: a transaction spans them.
        with lock_folder(self.root / self.config.status_folder):
            yield

    def save(self, contents: Mapping[str, bytes]) -> list[str]:
        """Replace the files (path below the root → content) together or not at all.

        Returns the paths that changed. Raises ExternalError when the disk refuses; then nothing has
        changed.
        """
        return replace_together(self.root, self.config.status_folder, contents)

    def save_releases(self, releases: ReleaseLog) -> bool:
        """Write the release log if it differs from the one that was read; return whether it did."""
        # A command that changes nothing must leave no difference in git, not even of formatting.
        if releases == self.releases:
            return False
        from secstatus.release.log_file import write_releases

        return bool(self.save({self.config.releases: write_releases(releases).encode()}))

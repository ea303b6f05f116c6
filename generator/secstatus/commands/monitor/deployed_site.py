"""What was deployed: the manifest in the branch of the remote, read again on every call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from secstatus.adapters.git.pages_branch import PagesBranch, Tip, pages_branch
from secstatus.adapters.git.repository import Repository
from secstatus.commands.branch_address import BranchAddress
from secstatus.errors import ExternalError
from secstatus.monitoring.journal.values import truncate_line
from secstatus.monitoring.manifest_check import Deployment, read_deployment
from secstatus.monitoring.probe import shorten_digest
from secstatus.published.own_manifest import MANIFEST
from secstatus.text.redaction import mask_line

# A cache may still serve what was deployed shortly before.
DEPTH = 4


@contextmanager
def open_deployed_site(
    root: Path, address: BranchAddress, known: frozenset[str]
) -> Iterator[DeployedSite]:
    """The site in the branch, for as long as the run lasts.

    `known`: digests of manifests that earlier probes found to be the deployed ones. Raises
    UsageError for an invalid branch or folder, and if there is no repository. A remote that cannot
    be reached is recorded in the problems of the returned site.
    """
    prefix = address.folder
    with ExitStack() as stack:
        branch, problems = None, []
        try:
            # A failing network is a result of the probe run and must not end it.
            opened = pages_branch(Repository(root), address.remote, address.branch)
            branch = stack.enter_context(opened)
        except ExternalError as error:
            problems.append(_told(address.branch, error))
        yield DeployedSite(branch, prefix, known, problems)


class DeployedSite:
    """What the branch holds. `problems`: why it could not be read, each reason once."""

    def __init__(
        self, branch: PagesBranch | None, prefix: str, known: frozenset[str], problems: list[str]
    ) -> None:
        self._branch, self._path, self._known = branch, f"{prefix}{MANIFEST}", known
        self.problems = problems
        self._commit = ""
        self._found: Deployment | None = None

    def read(self) -> Deployment | None:
        """The deployed manifest; None if it could not be read in this run.

        After a failed read, the manifest that was read last is returned: a network failure does not
        make a wrong site correct.
        """
        if self._branch is not None:
            try:
                self._look(self._branch)
            except ExternalError as error:
                self._says(_told(self._branch.where, error))
        return self._found

    def _look(self, branch: PagesBranch) -> None:
        # `git ls-remote` transfers no objects; a fetch is needed only after a push.
        if self._commit and branch.tip() == self._commit:
            return
        tip = branch.fetch(DEPTH)
        # No branch is no proof that the site is wrong: it may not have been deployed yet.
        if not tip.commit:
            self._says(f"{branch.where}: what was deployed cannot be read: there is no such branch")
            return
        self._found, self._commit = self._read(branch, tip), tip.commit

    def _read(self, branch: PagesBranch, tip: Tip) -> Deployment:
        entry = tip.files.get(self._path)
        # A link in the place of the manifest could lead to any file of the branch.
        body = branch.contents([entry])[0] if entry and entry.is_file else None
        past = branch.contents(branch.past(self._path))
        self._known |= {shorten_digest(each) for each in past}
        where = f"{branch.where}, {self._path}"
        found = read_deployment(body, branch.committed(tip.commit), where, self._known)
        if body is not None:
            # When it has moved on, this is what a cache may still serve.
            self._known |= {shorten_digest(body)}
        return found

    def _says(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _told(where: str, error: ExternalError) -> str:
    """One safe line."""
    words = f"{where}: what was deployed cannot be read: {error.message}. {error.hint}"
    # git quotes the URL of the remote in its errors, and that may contain a token.
    return truncate_line(mask_line(words), 600).strip()

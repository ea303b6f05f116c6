"""One deployment: compare the site with its branch, commit, push, repeat after a lost race."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from secstatus.adapters.git.pages_branch import (
    Commit,
    PagesBranch,
    Pushed,
    Tip,
    blob_id,
)
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.git.scratch_repository import find_identity
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.commands.branch_address import BranchAddress
from secstatus.commands.deploy.plan import BranchPlan, plan_branch, remedies
from secstatus.commands.deploy.served import DeployResult
from secstatus.commands.deploy.site_folder import SiteFolder
from secstatus.errors import CheckFailedError, ExternalError
from secstatus.published.continuity import name_some
from secstatus.timestamps import format_timestamp

# Several workflows push to the same branch (decision 0014). A lost race costs one more fetch.
TRIES = 5


RETRIES = RetryPolicy(TRIES, first_pause=0.3)


# RFC 2606 reserves `.invalid`, so the address can belong to no one.
NOBODY = "secstatus <secstatus@noreply.invalid>"


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """The site, its branch, and the accepted violations.

    `accept`: the names of continuity rules that the change may break. `wait`: how
    many seconds to poll the public address until it serves the site; 0: no polling.
    """

    site: Path = Path("_site")
    address: BranchAddress = field(default_factory=BranchAddress)
    squash: bool = False
    dry_run: bool = False
    accept: Sequence[str] = ()
    wait: float = 0.0


class DeployRun:
    """One deployment: the same site, compared with the current state of the branch."""

    def __init__(
        self,
        repository: Repository,
        site: SiteFolder,
        now: datetime,
        options: DeployOptions,
        prefix: str,
    ) -> None:
        self.repository, self.site, self.now = repository, site, now
        self.options, self.prefix = options, prefix
        # The id of a blob depends on the hash of the repository: SHA-1, or SHA-256 since git 2.29.
        kind = repository.git.line("rev-parse", "--show-object-format")
        # Computed here: `git hash-object` would be a process for each file (decision 0014).
        self.ids = {path: blob_id(content, kind) for path, content in site.files.items()}

    def until_it_lands(
        self, branch: PagesBranch, timing: Timing
    ) -> tuple[DeployResult, Mapping[str, str]]:
        """The result, and the digests of the site that was published before."""
        for number in range(TRIES):
            # Each try compares again: the push that came first may have changed the same files.
            tip = branch.fetch()
            plan = plan_branch(self.site, self.ids, tip.files, self.prefix, branch.contents)
            accepted = self._accepted(plan, branch)
            # Similar tools commit without changes (decision 0014); here a daily run leaves no empty
            # commit.
            if not plan.paths or self.options.dry_run:
                return self._result(plan, "", accepted, number + 1), plan.digests
            made = branch.commit(self._commit(tip, accepted), plan.changed, plan.removed)
            if branch.push(made, tip, squash=self.options.squash) is Pushed.LANDED:
                return self._result(plan, made, accepted, number + 1), plan.digests
            if (seconds := RETRIES.find_pause(number + 1, timing)) is not None:
                timing.sleep(seconds)
        message = f"{branch.where}: other pushes came first, {TRIES} times"
        raise ExternalError(message, hint="Run it again; the branch was not changed.")

    def _accepted(self, plan: BranchPlan, branch: PagesBranch) -> list[str]:
        """The violated rules that are accepted. Raises CheckFailedError for any other violation."""
        refused = [breach for breach in plan.breaches if breach.rule not in self.options.accept]
        if not refused:
            return [breach.rule for breach in plan.breaches]
        lines = [
            line
            for breach in refused
            for line in (
                f"{breach.rule}: {breach.text}",
                *(f"  {detail}" for detail in breach.details),
            )
        ]
        rules = [breach.rule for breach in refused]
        wanted = " ".join(f"--accept {rule}" for rule in rules)
        hint = f"{remedies(rules)} If it is what you want: {wanted}"
        message = f"{branch.where}: this site may not take the place of the published one"
        raise CheckFailedError(message, hint=hint, details=lines)

    def _commit(self, tip: Tip, accepted: Sequence[str]) -> Commit:
        git = self.repository.git
        return Commit(
            message=self._message(accepted),
            author=find_identity(git, "AUTHOR", NOBODY),
            committer=find_identity(git, "COMMITTER", NOBODY),
            # git stores whole seconds. The time of the run makes the commit reproducible.
            at=int(self.now.timestamp()),
            # Squashing drops the parent and keeps the tree: files of others in the branch survive.
            parent="" if self.options.squash else tip.commit,
            tree=tip.commit if self.options.squash else "",
        )

    def _message(self, accepted: Sequence[str]) -> str:
        """The commit message; it contains only numbers, digests, versions and names of ours."""
        told = self.site.reports
        grade = "unknown (?)" if told.grade == "?" else told.grade
        # Trailers, which `git log --format=%(trailers)` and `git interpret-trailers` read.
        trailers = [("Accepted-Breach", rule) for rule in accepted]
        trailers += self._source()
        trailers += [
            ("Secstatus-Version", told.tool),
            ("Status-Revision", "none" if told.revision is None else str(told.revision)),
            ("Site-Revision", self.site.revision),
        ]
        lines = [f"Security status: grade {grade}, {told.open} open", ""]
        return "\n".join([*lines, *(f"{name}: {value}" for name, value in trailers), ""])

    def _source(self) -> Iterator[tuple[str, str]]:
        """The commit that is checked out, and whether the site was made of more than that."""
        head = self.repository.git.attempt("rev-parse", "-q", "--verify", "HEAD^{commit}")
        # A repository without a commit has no HEAD, and may deploy all the same.
        if head.status == 0:
            yield "Source-Commit", head.out.decode("ascii").strip()
            if self.repository.changes():
                yield "Source-State", "with changes that are not committed"

    def _result(
        self, plan: BranchPlan, commit: str, accepted: Sequence[str], tries: int
    ) -> DeployResult:
        told = self.site.reports
        return DeployResult(
            branch=self.options.address.branch,
            prefix=self.prefix.removesuffix("/"),
            commit=commit,
            changed=tuple(plan.paths),
            grade=told.grade,
            revision=self.site.revision,
            accepted=tuple(accepted),
            tries=tries,
            dry_run=self.options.dry_run,
            squashed=bool(commit) and self.options.squash,
            warnings=tuple(self._warnings(plan)),
        )

    def _warnings(self, plan: BranchPlan) -> Iterator[str]:
        told, site = self.site.reports, self.site
        foreseen = told.grade_at(format_timestamp(self.now))
        # Decision 0014: deployed with a warning, because the older site would be worse.
        if foreseen != told.grade:
            yield (
                f"the site says {told.grade} as of {told.as_of}; by its own schedule it is"
                f" {foreseen} now. Build it again, then deploy that"
            )
        if told.unreadable is not None:
            yield "the site shows the last good status, since the newest one cannot be read"
        if site.extra:
            names = ", ".join(name_some(site.extra))
            yield f"left out, because the manifest does not list them: {names}"
        # Decision 0014: otherwise a forged badge would block the deployment of the real one.
        if plan.mended:
            names = ", ".join(name_some(plan.mended))
            yield f"files of the site had been changed in the branch, now restored: {names}"

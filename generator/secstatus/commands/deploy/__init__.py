"""deploy: a built site in a folder becomes one commit of a branch, or nothing does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from secstatus.adapters.git.pages_branch import (
    Commit,
    PagesBranch,
    Pushed,
    Tip,
    blob_id,
    pages_branch,
)
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.git.scratch_repository import find_identity
from secstatus.adapters.parallel import without_cycle_collection
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.commands.deploy.plan import (
    RULES,
    BranchPlan,
    normalize_prefix,
    plan_branch,
    remedies,
)
from secstatus.commands.deploy.served import DeployResult, wait_until_served
from secstatus.commands.deploy.site_folder import SiteFolder, read_site
from secstatus.config import Config
from secstatus.errors import CheckFailedError, ExternalError, SecstatusError, UsageError, shown
from secstatus.project.inputs import read_configuration
from secstatus.project.journal import note
from secstatus.published.continuity import name_some
from secstatus.timestamps import format_timestamp

TRIES = 5
RETRIES = RetryPolicy(TRIES, first_pause=0.3)
NOBODY = "secstatus <secstatus@noreply.invalid>"


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """What the command line says. `prefix` `.`: the site is the root of the branch.

    `accept`: rules of succession that the change may break, by their names. `wait`: for so many
    seconds the public address is asked until it serves the site; 0 asks nobody.
    """

    site: Path = Path("_site")
    branch: str = "gh-pages"
    prefix: str = "security-status"
    remote: str = "origin"
    squash: bool = False
    dry_run: bool = False
    accept: Sequence[str] = ()
    wait: float = 0.0


def deploy_site(
    root: Path, now: datetime, ask: DeployOptions, timing: Timing | None = None
) -> DeployResult:
    """Bring the branch to the site in the folder. No force, and no commit when nothing changes.

    Only the remote's branch changes, and the journal. Raises UsageError and InputError for what
    cannot be asked for, CheckFailedError where the site is not whole or may not take the place of
    the published one, ExternalError where the remote does not take it: then the branch is as it
    was.
    """
    prefix = normalize_prefix(ask.prefix)
    _known_rules(ask.accept)
    config, timing = read_configuration(root, None), timing or Timing()
    if ask.wait and not config.base_url_known:
        hint = "Set base_url in [tool.secstatus]."
        raise UsageError("--wait: the address of the site is not known", hint=hint)
    try:
        with without_cycle_collection():
            site = read_site(ask.site)
            result, before = _landed(Repository(root), site, now, ask, prefix, timing)
    except SecstatusError as error:
        if not ask.dry_run and error.exit_status != UsageError.exit_status:
            _note_failure(root, config, now, ask, error)
        raise
    if result.commit:
        _note_commit(root, config, now, ask, result)
    if ask.dry_run or not ask.wait:
        return result
    found = wait_until_served(
        config.base_url, site.files, before=before, deadline=ask.wait, timing=timing
    )
    told = {"kind": "served", "reason": found.text, "revision": result.revision}
    note(root, config, {**_event(now, ask, found.state.value), **told})
    return result.with_served(found)


def _note_commit(
    root: Path, config: Config, now: datetime, ask: DeployOptions, result: DeployResult
) -> None:
    told = {"commit": result.commit, "grade": result.grade, "revision": result.revision}
    try:
        note(root, config, {**_event(now, ask, "deployed"), **told})
    except ExternalError as error:
        error.details = (*error.details, f"The site is deployed: commit {result.commit}.")
        raise


def _note_failure(
    root: Path, config: Config, now: datetime, ask: DeployOptions, error: SecstatusError
) -> None:
    """Write it down; a journal that cannot be written does not hide the reason itself."""
    outcome = "refused" if isinstance(error, CheckFailedError) else "failed"
    try:
        note(root, config, {**_event(now, ask, outcome), "reason": error.message})
    except ExternalError as other:
        error.details = (*error.details, other.message)


def _known_rules(names: Sequence[str]) -> None:
    for name in names:
        if name not in RULES:
            hint = f"The rules are {', '.join(RULES)}."
            raise UsageError(f"--accept: {shown(name)} is no rule of succession", hint=hint)


def _event(now: datetime, ask: DeployOptions, outcome: str) -> dict[str, object]:
    return {
        "at": format_timestamp(now),
        "branch": ask.branch,
        "kind": "deploy",
        "outcome": outcome,
        "prefix": ask.prefix,
    }


def _landed(
    repository: Repository,
    site: SiteFolder,
    now: datetime,
    ask: DeployOptions,
    prefix: str,
    timing: Timing,
) -> tuple[DeployResult, Mapping[str, str]]:
    run = _DeployRun(repository, site, now, ask, prefix)
    with pages_branch(repository, ask.remote, ask.branch) as branch:
        return run.until_it_lands(branch, timing)


class _DeployRun:
    """One deployment: the same site, held against whatever the branch is at the moment."""

    def __init__(
        self,
        repository: Repository,
        site: SiteFolder,
        now: datetime,
        ask: DeployOptions,
        prefix: str,
    ) -> None:
        self.repository, self.site, self.now = repository, site, now
        self.ask, self.prefix = ask, prefix
        kind = repository.git.line("rev-parse", "--show-object-format")
        self.ids = {path: blob_id(content, kind) for path, content in site.files.items()}

    def until_it_lands(
        self, branch: PagesBranch, timing: Timing
    ) -> tuple[DeployResult, Mapping[str, str]]:
        """The result, and the digests of the site that was published before."""
        for number in range(TRIES):
            tip = branch.fetch()
            plan = plan_branch(self.site, self.ids, tip.files, self.prefix, branch.contents)
            accepted = self._accepted(plan, branch)
            if not plan.paths or self.ask.dry_run:
                return self._result(plan, "", accepted, number + 1), plan.digests
            made = branch.commit(self._commit(tip, accepted), plan.changed, plan.removed)
            if branch.push(made, tip, squash=self.ask.squash) is Pushed.LANDED:
                return self._result(plan, made, accepted, number + 1), plan.digests
            if (seconds := RETRIES.find_pause(number + 1, timing)) is not None:
                timing.sleep(seconds)
        message = f"{branch.where}: others were quicker {TRIES} times"
        raise ExternalError(message, hint="Run it again; the branch is as they left it.")

    def _accepted(self, plan: BranchPlan, branch: PagesBranch) -> list[str]:
        """The rules that are broken and may be. Raises CheckFailedError for any other."""
        refused = [breach for breach in plan.breaches if breach.rule not in self.ask.accept]
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
            at=int(self.now.timestamp()),
            parent="" if self.ask.squash else tip.commit,
            tree=tip.commit if self.ask.squash else "",
        )

    def _message(self, accepted: Sequence[str]) -> str:
        """The message. All of it is a number, a digest, a name of ours or a version."""
        told = self.site.reports
        grade = "unknown (?)" if told.grade == "?" else told.grade
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
        if head.status == 0:
            yield "Source-Commit", head.out.decode("ascii").strip()
            if self.repository.changes():
                yield "Source-State", "with changes that are not committed"

    def _result(
        self, plan: BranchPlan, commit: str, accepted: Sequence[str], tries: int
    ) -> DeployResult:
        told = self.site.reports
        return DeployResult(
            branch=self.ask.branch,
            prefix=self.prefix.removesuffix("/"),
            commit=commit,
            changed=tuple(plan.paths),
            grade=told.grade,
            revision=self.site.revision,
            accepted=tuple(accepted),
            tries=tries,
            dry_run=self.ask.dry_run,
            squashed=bool(commit) and self.ask.squash,
            warnings=tuple(self._warnings(plan)),
        )

    def _warnings(self, plan: BranchPlan) -> Iterator[str]:
        told, site = self.site.reports, self.site
        foreseen = told.grade_at(format_timestamp(self.now))
        if foreseen != told.grade:
            yield (
                f"the site says {told.grade} as of {told.as_of}; by its own schedule it is"
                f" {foreseen} now. Build it again, then deploy that"
            )
        if told.unreadable is not None:
            yield "the site tells the last good status, since the newest one cannot be read"
        if site.extra:
            yield f"left out, for no manifest vouches for them: {', '.join(name_some(site.extra))}"
        if plan.mended:
            names = ", ".join(name_some(plan.mended))
            yield f"somebody else changed files of the site in the branch, put right: {names}"

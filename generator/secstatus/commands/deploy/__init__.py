"""deploy: publish the built site to a branch in one commit, or change nothing."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.git.pages_branch import pages_branch
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.github_output import set_outputs
from secstatus.adapters.parallel import without_cycle_collection
from secstatus.adapters.retry import Timing
from secstatus.commands.branch_address import add_branch_options, make_branch_address
from secstatus.commands.deploy.deployment import DeployOptions, DeployRun
from secstatus.commands.deploy.plan import check_rules
from secstatus.commands.deploy.served import DeployResult, wait_until_served
from secstatus.commands.deploy.site_folder import read_site
from secstatus.errors import CheckFailedError, ExternalError, SecstatusError, UsageError
from secstatus.project.project import Project
from secstatus.timestamps import format_timestamp

EXAMPLE = "secstatus deploy --site _site --branch gh-pages"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--site", type=Path, default=Path("_site"), metavar="DIR", help="the site (default: _site)"
    )
    add_branch_options(parser)
    parser.add_argument(
        "--squash", action="store_true", help="replace the history of the branch by one commit"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change, push nothing"
    )
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="RULE",
        help="a continuity rule that this change may break (repeatable)",
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=0.0,
        metavar="S",
        help="wait so many seconds until the public address serves this site",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    wanted = DeployOptions(
        site=options.site,
        address=make_branch_address(options),
        squash=options.squash,
        dry_run=options.dry_run,
        accept=options.accept,
        wait=options.wait,
    )
    result = deploy_site(options.root, resolve_now(options.now), wanted)
    output.warnings(result.warnings)
    output.result(result)
    set_outputs({"deployed_commit": result.commit or ""})
    return result.exit_status


def deploy_site(
    root: Path, now: datetime, options: DeployOptions, timing: Timing | None = None
) -> DeployResult:
    """Publish the site in the folder to the branch. No force, and no commit without a change.

    Only the remote's branch changes, and the journal. Raises UsageError and InputError for
    invalid options or files, CheckFailedError if the site is incomplete or may not replace the
    published one, ExternalError if the remote rejects it: then the branch is unchanged.
    """
    prefix = options.address.folder
    check_rules(options.accept)
    project, timing = Project(root, now), timing or Timing()
    config = project.config
    # Refused before the push: otherwise a deployment that has succeeded would end as a failure.
    if options.wait and not config.base_url_known:
        hint = "Set base_url in [tool.secstatus]."
        raise UsageError("--wait: the address of the site is not known", hint=hint)
    try:
        # A site is tens of thousands of objects without cycles, which the collector would search in
        # vain.
        with without_cycle_collection():
            site = read_site(options.site)
            attempt = DeployRun(Repository(root), site, now, options, prefix)
            with pages_branch(
                attempt.repository, options.address.remote, options.address.branch
            ) as branch:
                result, before = attempt.until_it_lands(branch, timing)
    except SecstatusError as error:
        # A mistake of the command line is no event of the site, and a dry run leaves no trace.
        if not options.dry_run and error.exit_status != UsageError.exit_status:
            _note_failure(project, options, error)
        raise
    # A deployment that changes nothing is no event: it happens every day.
    if result.commit:
        _note_commit(project, options, result)
    if options.dry_run or not options.wait:
        return result
    found = wait_until_served(
        config.base_url, site.files, before=before, deadline=options.wait, timing=timing
    )
    told = {"kind": "served", "reason": found.text, "revision": result.revision}
    project.journal.note({**_event(now, options, found.state.value), **told})
    return result.with_served(found)


def _note_commit(project: Project, options: DeployOptions, result: DeployResult) -> None:
    told = {"commit": result.commit, "grade": result.grade, "revision": result.revision}
    try:
        project.journal.note({**_event(project.now, options, "deployed"), **told})
    except ExternalError as error:
        # The push cannot be taken back, so the error must not read as if nothing had happened.
        error.details = (*error.details, f"The site is deployed: commit {result.commit}.")
        raise


def _note_failure(project: Project, options: DeployOptions, error: SecstatusError) -> None:
    """Write it down; a journal that cannot be written does not hide the reason itself."""
    # "refused" needs a decision of a person; after "failed" another run may succeed.
    outcome = "refused" if isinstance(error, CheckFailedError) else "failed"
    try:
        project.journal.note({**_event(project.now, options, outcome), "reason": error.message})
    except ExternalError as other:
        error.details = (*error.details, other.message)


def _event(now: datetime, options: DeployOptions, outcome: str) -> dict[str, object]:
    return {
        "at": format_timestamp(now),
        "branch": options.address.branch,
        "kind": "deploy",
        "outcome": outcome,
        "prefix": options.address.prefix,
    }

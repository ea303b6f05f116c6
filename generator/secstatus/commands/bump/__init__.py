"""bump: write the next version everywhere, and run the gates; or leave everything as it was."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.git.repository import Repository, check_remote, check_tag, check_tree
from secstatus.adapters.github_output import set_outputs
from secstatus.adapters.tree_transaction.transaction import (
    RestoreOutcome,
    TreeJournal,
    find_interrupted,
    reversible,
)
from secstatus.bump.number import VersionBumpRequest, chosen, suggestions
from secstatus.bump.policy import BumpPolicy
from secstatus.commands.bump.files import Change, Covered, Tree, change_of, find_covered
from secstatus.commands.bump.prompts import BumpPrompter
from secstatus.commands.bump.result import VersionUpdateResult
from secstatus.commands.bump.validation import (
    handle_version_bump_failure,
    validate_version_consistency_post_bump,
)
from secstatus.config import Config
from secstatus.errors import CheckFailedError, UsageError
from secstatus.project.inputs import load_config

EXAMPLE = "secstatus bump patch --comment 'Corrects the reader of empty files' --yes"


@dataclass(frozen=True, slots=True)
class BumpOptions:
    """None: the configuration decides.

    `wish` is a part of the version or a version. `take` are places (`file:line`) of unclear
    references that belong to the project.
    """

    wish: str | None = None
    comment: str = ""
    yes: bool = False
    dry_run: bool = False
    gates: Sequence[str] | None = None
    commit: bool = True
    push: bool = True
    tag: bool = False
    remote: str | None = None
    branch: str | None = None
    take: Sequence[str] = ()


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "wish",
        nargs="?",
        metavar="PART or VERSION",
        help="patch, minor, major, alpha, beta, rc, post, dev, release, or a version of PEP 440 "
        "(default: options)",
    )
    parser.add_argument("--comment", default="", metavar="TEXT", help="the comment of the commit")
    parser.add_argument("--yes", action="store_true", help="do not prompt")
    parser.add_argument("--dry-run", action="store_true", help="show the change, write nothing")
    parser.add_argument(
        "--gate",
        action="append",
        metavar="CMD",
        help="a command that must pass; '' for none (repeatable; default: the configuration)",
    )
    parser.add_argument(
        "--take",
        action="append",
        default=[],
        metavar="FILE:LINE",
        help="this unclear reference belongs to the project (repeatable)",
    )
    parser.add_argument("--no-commit", action="store_true", help="change the files only")
    parser.add_argument("--no-push", action="store_true", help="commit, but do not push")
    parser.add_argument(
        "--tag", action="store_true", help="tag the commit (default name: vVERSION)"
    )
    parser.add_argument("--remote", metavar="NAME", help="the remote to push to (default: origin)")
    parser.add_argument(
        "--branch", metavar="NAME", help="the branch to push to (default: the current branch)"
    )


def run(options: argparse.Namespace, output: Output) -> int:
    wanted = BumpOptions(
        wish=options.wish,
        comment=options.comment,
        yes=options.yes,
        dry_run=options.dry_run,
        gates=options.gate,
        commit=not options.no_commit,
        push=not (options.no_push or options.no_commit),
        tag=options.tag,
        remote=options.remote,
        branch=options.branch,
        take=options.take,
    )
    result = bump_version(options.root, resolve_now(options.now), wanted, BumpPrompter(output))
    output.result(result)
    # The workflow tags and publishes what this step has decided, and parses no text for it.
    set_outputs({"version": result.plan.new, "commit": result.commit_hash or ""})
    return 0


def bump_version(
    root: Path, now: datetime, options: BumpOptions, prompter: BumpPrompter
) -> VersionUpdateResult:
    """Raise the version. Whatever fails, files, index, HEAD and tags are as they were before.

    Raises InvalidVersionError, DocumentUpdateError, IncompleteVersionUpdateError (a gate or a
    reference that is left over), UsageError before anything began, CheckFailedError if the user
    declines, ExternalError for git, network or disk.
    """
    config, repository = load_config(root), Repository(root)
    # An undo log of a killed run comes first: planning on top of half a bump would keep it.
    notes = [] if options.dry_run else _recovered(repository)
    tree = Tree(repository)
    request = _request(tree, options, prompter)
    new = request.new_version.current_version
    policy = _resolve_policy(repository, config, options, new)
    covered = find_covered(repository, config, new, now)
    change = _change(tree, config, request, options, prompter, covered, now)
    change = covered.with_book(change) if policy.branch else change
    told = replace(change, notes=(*notes, *covered.notes, *change.notes))
    if options.dry_run:
        return _result(told, policy, dry_run=True)
    if not options.yes and not prompter.confirm(told, _list_steps(policy)):
        raise CheckFailedError("nothing was changed")
    return _done(repository, tree, config, told, policy, request, covered, prompter)


def _recovered(repository: Repository) -> list[str]:
    journal = find_interrupted(repository)
    if journal is None:
        return []
    # Decision 0013: a push that has arrived is continued and never rolled back.
    if journal.restore() is RestoreOutcome.PUSHED:
        return ["an interrupted run had pushed its version already; it was finished"]
    return ["an interrupted run was put back first"]


def _request(tree: Tree, options: BumpOptions, prompter: BumpPrompter) -> VersionBumpRequest:
    current = tree.sources.version
    # Unattended, a default such as `patch` would release a version that was not asked for.
    if options.wish is None and options.yes:
        hint = "Say which: secstatus bump patch --yes."
        raise UsageError("--yes needs a part or a version", hint=hint)
    wish = options.wish or prompter.version(current, suggestions(current))
    comment = options.comment or ("" if options.yes or options.dry_run else prompter.comment())
    return chosen(current, wish, comment)


def _resolve_policy(
    repository: Repository, config: Config, options: BumpOptions, new: str
) -> BumpPolicy:
    """The policy of this run. Empty: `branch` no commit, `remote` no push, `tag` no tag."""
    rules = config.bump
    said = options.gates if options.gates is not None else rules.gates or ()
    # `--gate ''` stands for no gate.
    gates = tuple(gate for gate in said if gate.strip())
    if options.dry_run or not options.commit:
        return replace(rules, gates=gates, branch="", remote="", tag="")
    # Checked before the first edit: these are the usual reasons why other tools stop half-way
    # (decision 0013).
    branch = check_tree(repository, options.branch or rules.branch or None)
    remote = (options.remote or rules.remote) if options.push else ""
    pattern = rules.tag or ("v{version}" if options.tag else "")
    tag = pattern.replace("{version}", new)
    if tag:
        check_tag(repository, tag, remote)
    if remote:
        check_remote(repository, remote, branch)
    return replace(rules, gates=gates, branch=branch, remote=remote, tag=tag)


def _change(
    tree: Tree,
    config: Config,
    request: VersionBumpRequest,
    options: BumpOptions,
    prompter: BumpPrompter,
    covered: Covered,
    now: datetime,
) -> Change:
    day, taken = now.date(), list(options.take)
    change = change_of(tree, config, request, day, taken, covered.section)
    # Without a person an unclear reference stays as it is and is listed.
    if options.yes or options.dry_run or not change.plan.needs_review:
        return change
    more = prompter.take(change.plan.needs_review)
    if not more:
        return change
    return change_of(tree, config, request, day, [*taken, *more], covered.section)


def _done(
    repository: Repository,
    tree: Tree,
    config: Config,
    change: Change,
    policy: BumpPolicy,
    request: VersionBumpRequest,
    covered: Covered,
    prompter: BumpPrompter,
) -> VersionUpdateResult:
    # From here on every failure, Ctrl-C included, is rolled back through the undo log (decision
    # 0013).
    with reversible(repository, change.before, handle_version_bump_failure) as journal:
        journal.write(change.after)
        notes = validate_version_consistency_post_bump(
            tree, change, policy.references, journal, policy.gates or (), prompter.progress
        )
        if not policy.branch:
            return _result(replace(change, notes=(*change.notes, *notes)), policy)
        commit = _published(journal, policy, request, covered)
    told = replace(change, notes=(*change.notes, *notes))
    decision = covered.decision_id or None
    return replace(_result(told, policy), commit_hash=commit, decision_id=decision)


def _published(
    journal: TreeJournal, policy: BumpPolicy, request: VersionBumpRequest, covered: Covered
) -> str:
    # The commit belongs to the undo log: a rollback recognises it by the token in the reflog.
    commit = journal.commit(make_commit_message(request, covered.decision_id))
    if policy.tag:
        new = request.new_version.current_version
        journal.tag(policy.tag, f"Version {new}\n\n{_trailer(covered.decision_id)}".rstrip())
    if policy.remote and policy.branch:
        journal.push(policy.remote, policy.branch)
    return commit


def make_commit_message(request: VersionBumpRequest, decision_id: str = "") -> str:
    """Make the commit message: conventional, with the user's comment and the decision's id."""
    old, new = request.old_version.current_version, request.new_version.current_version
    # The form of Conventional Commits, which tools for change logs read.
    lines = [f"chore(release): bump version {old} → {new}"]
    comment = "\n".join(
        # `git log` prints messages as they are, and control characters move the cursor of a
        # terminal.
        "".join(char for char in line if char.isprintable()).rstrip()
        for line in request.comment.strip().split("\n")
    )
    return "\n\n".join([*lines, *filter(None, (comment, _trailer(decision_id)))]) + "\n"


def _trailer(decision_id: str) -> str:
    # A trailer (git-interpret-trailers) names the decision that the commit carries out.
    return f"Security-Decision: {decision_id}" if decision_id else ""


def _list_steps(policy: BumpPolicy) -> list[str]:
    """What follows the change of the files, for the question whether to do it."""
    steps = [f"run {gate}" for gate in policy.gates or ()]
    steps += ["commit"] if policy.branch else []
    steps += [f"tag {policy.tag}"] if policy.tag else []
    return steps + ([f"push to {policy.remote}, branch {policy.branch}"] if policy.remote else [])


def _result(change: Change, policy: BumpPolicy, *, dry_run: bool = False) -> VersionUpdateResult:
    changed = sorted(path for path, content in change.after.items() if content is not None)
    removed = sorted(path for path, content in change.after.items() if content is None)
    pushed = f"{policy.remote} {policy.branch}" if policy.remote else None
    return VersionUpdateResult(
        change.plan,
        tuple(changed),
        tuple(removed),
        change.diff,
        notes=change.notes,
        gates=() if dry_run else policy.gates or (),
        tag=policy.tag or None,
        pushed_to=pushed,
        dry_run=dry_run,
    )

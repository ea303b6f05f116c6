"""Check whether the commit may be released: its tree, version, tag and branch."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from secstatus.adapters.git.repository import Repository
from secstatus.commands.bump.files import Tree
from secstatus.commands.preflight.stage_run import StageVerdict
from secstatus.errors import DocumentUpdateError, SecstatusError, shown
from secstatus.publishing.index_page import is_same_version
from secstatus.publishing.policy import PreflightPolicy

MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of the commit, with the one that GitHub Actions runs for."""

    names: frozenset[str]
    in_ci: str = ""


def source_verdict(
    repository: Repository, policy: PreflightPolicy, environment: Mapping[str, str]
) -> StageVerdict:
    """Whether tracked files are unchanged, tag and version agree, and the branch is the right one.

    A detached HEAD and a shallow clone are usual where a tag is checked out; the local
    repository is examined as far as it goes, and the remote for the rest.
    """
    tags = tags_of(repository, environment)
    problems = [*_tree(repository)]
    found = release_version(Tree(repository), tags, policy)
    problems += _tags(repository, tags, found, policy)
    on, branch_problems = _branch(repository, policy)
    tag = policy.tag.replace("{version}", found)
    tagged = f"tag {tag}" if tag in tags.names else f"not tagged {tag} yet"
    detail = f"version {found}, {tagged}, commit {repository.head()[:12]}, {on}"
    return StageVerdict(detail, (*problems, *branch_problems))


def tags_of(repository: Repository, environment: Mapping[str, str]) -> Tags:
    """The tags that point at HEAD; that of the workflow run counts when it is of this commit."""
    head = repository.head()
    lines = os.fsdecode(repository.git.ask("tag", "--points-at", head)).splitlines()
    in_ci = ""
    # GitHub sets GITHUB_REF_TYPE to `branch` or `tag`, and GITHUB_REF_NAME to the short name.
    if environment.get("GITHUB_ACTIONS") == "true" and environment.get("GITHUB_REF_TYPE") == "tag":
        in_ci = environment.get("GITHUB_REF_NAME", "")
        # A checkout of the commit alone has no tags.
        lines += [in_ci] if environment.get("GITHUB_SHA") == head else []
    return Tags(frozenset(lines), in_ci)


def release_version(tree: Tree, tags: Tags, policy: PreflightPolicy) -> str:
    """The version of the project; that of the tag where the project takes it from there.

    Raises what `version.sources` raises.
    """
    try:
        return tree.sources.version
    except DocumentUpdateError as error:
        found = sorted(version for tag in tags.names if (version := _version_in(tag, policy.tag)))
        # setuptools-scm and hatch-vcs take the version from a tag; with two tags the answer is
        # open.
        if "comes from tags" not in error.message or len(found) != 1:
            raise
        return found[0]


def _version_in(tag: str, pattern: str) -> str:
    """The version that a tag of this pattern names; empty when it names none."""
    # The version is taken from the tag, which may spell it in another form that PEP 440 calls
    # equal.
    before, _, after = pattern.partition("{version}")
    match = re.fullmatch(re.escape(before) + "(.+)" + re.escape(after), tag)
    return match[1] if match and is_same_version(match[1], match[1]) else ""


def _tree(repository: Repository) -> Iterator[str]:
    # During a merge or a rebase HEAD is not the commit that will exist afterwards.
    operation = repository.operation_in_progress()
    if operation:
        yield f"git is in the middle of {operation}"
    changed = repository.changes()
    if changed:
        more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
        named = ", ".join(shown(path) for path in changed[:MOST_NAMED])
        yield f"tracked files are changed: {named}{more}; commit or restore them"


def _tags(
    repository: Repository, tags: Tags, version: str, policy: PreflightPolicy
) -> Iterator[str]:
    wanted = policy.tag.replace("{version}", version)
    # A tag that does not name the version publishes the wrong one under a right name.
    if tags.in_ci and tags.in_ci != wanted:
        yield f"the workflow runs for the tag {shown(tags.in_ci)}, the version says {wanted}"
    for tag in sorted(tags.names):
        if tag != wanted and _version_in(tag, policy.tag):
            yield f"the commit has the tag {shown(tag)}, the version says {wanted}"
    if wanted in tags.names:
        return
    # PyPI never takes a second file of the same name, so a used version cannot be repaired.
    if repository.has_tag(wanted):
        yield f"the tag {wanted} is on another commit: this version is taken"
    elif policy.tag_required:
        yield f"the commit has no tag {wanted}"


def _branch(repository: Repository, policy: PreflightPolicy) -> tuple[str, tuple[str, ...]]:
    """The branch of the commit, as text, and the problem with it."""
    branch = policy.branch
    if not branch:
        return "any branch (none is configured)", ()
    # The clone is asked first, because the remote may need a network or credentials.
    if repository.branch() == branch or _is_below(repository, branch, policy.remote):
        return f"on {branch}", ()
    try:
        if repository.has_arrived(policy.remote, branch, repository.head()):
            return f"on {branch} of {policy.remote}", ()
    except SecstatusError as error:
        why = f"it is not known whether the commit is on {shown(branch)}: {error.message}"
        return "the branch is not known", (why,)
    # actions/checkout fetches one commit by default, which hides the branch.
    shallow = "; the clone is shallow, fetch all of it" if repository.is_shallow else ""
    return "on another branch", (f"the commit is not on the branch {shown(branch)}{shallow}",)


def _is_below(repository: Repository, branch: str, remote: str) -> bool:
    """Whether the clone itself knows that the branch holds the commit."""
    for ref in (f"refs/remotes/{remote}/{branch}", f"refs/heads/{branch}"):
        if repository.git.attempt("show-ref", "--verify", "-q", ref).status == 0:
            # It answers with its exit status: 0 for yes, 1 for no (git-merge-base).
            asked = ("merge-base", "--is-ancestor", repository.head(), ref)
            if repository.git.attempt(*asked).status == 0:
                return True
    return False

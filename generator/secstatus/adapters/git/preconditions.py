"""What has to hold before a change of the repository begins; nothing is changed by asking."""

from __future__ import annotations

from secstatus.adapters.git.remote import Relation
from secstatus.adapters.git.repository import Repository
from secstatus.errors import UsageError, shown

MOST_NAMED = 10

REFUSED = {
    Relation.REMOTE_AHEAD: ("has commits that are missing here", "Pull them, then run it again."),
    Relation.DIVERGED: ("and this branch have gone apart", "Join them, then run it again."),
    Relation.GONE: ("does not exist", "Name another branch, or push it once by hand."),
}


def check_tree(repository: Repository, branch: str | None = None) -> str:
    """The branch to push to: the one given, else the one that is checked out.

    Raises UsageError unless tracked files are unchanged, git is in the middle of nothing, and a
    branch is checked out or given.
    """
    operation = repository.operation_in_progress()
    if operation:
        hint = "Finish or abort it, then run it again."
        raise UsageError(f"git is in the middle of {operation}", hint=hint)
    changed = repository.changes()
    if changed:
        more = [f"and {len(changed) - MOST_NAMED} more"] if len(changed) > MOST_NAMED else []
        details = [shown(path) for path in changed[:MOST_NAMED]] + more
        hint = "Commit or stash them, then run it again."
        raise UsageError("tracked files are changed", hint=hint, details=details)
    found = branch or repository.branch()
    if found is None:
        hint = "Check out a branch, or say which one to push to."
        raise UsageError("no branch is checked out (detached HEAD)", hint=hint)
    repository.check_ref(found)
    return found


def check_tag(repository: Repository, tag: str, remote: str | None) -> None:
    """Raises UsageError when the tag cannot be, or is already, here or on the remote."""
    repository.check_ref(tag)
    place = "here" if repository.has_tag(tag) else ""
    if not place and remote and repository.remote_has_tag(remote, tag):
        place = f"on the remote {shown(remote)}"
    if place:
        hint = "Choose another version, or remove the tag if it is not published yet."
        raise UsageError(f"the tag {shown(tag)} is {place} already", hint=hint)


def check_remote(
    repository: Repository, remote: str, branch: str, *, may_be_new: bool = False
) -> None:
    """Raises UsageError when a push of HEAD to the remote's branch would be refused.

    Raises ExternalError when the remote cannot be asked. `may_be_new`: the push may create it.
    """
    relation = repository.remote_state(remote, branch).relation
    if relation in REFUSED and not (may_be_new and relation == Relation.GONE):
        what, hint = REFUSED[relation]
        if relation == Relation.DIVERGED and repository.is_shallow:
            hint = "The clone is shallow: fetch all of its history (`git fetch --unshallow`)."
        message = f"the branch {shown(branch)} of {shown(remote)} {what}"
        raise UsageError(message, hint=hint)

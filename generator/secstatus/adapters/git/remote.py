"""The state of a remote, and a push whose outcome is known."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from secstatus.adapters.git.run import WITH_HOOKS, Git, make_refusal
from secstatus.adapters.process import CommandResult, quote_line
from secstatus.errors import ExternalError, UsageError, shown


class Relation(StrEnum):
    """Relation of a remote's branch to a commit. `gone`: the remote has no such branch."""

    SAME = "same"
    LOCAL_AHEAD = "local ahead"
    REMOTE_AHEAD = "remote ahead"
    DIVERGED = "diverged"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class RemoteState:
    """A remote's branch as seen from a commit of ours; `commit` is the remote's, None if gone.

    In a shallow clone `diverged` may also mean that the common commit was never fetched.
    """

    relation: Relation
    commit: str | None


class Rejection(StrEnum):
    """Why a remote refused a push."""

    REMOTE_AHEAD = "the remote's branch has commits that are missing here"
    PROTECTED = "the branch is protected"
    TAG_EXISTS = "the remote has the tag already"
    DECLINED = "the remote declined it"


HINTS = {
    Rejection.REMOTE_AHEAD: "Pull them, then run it again.",
    Rejection.PROTECTED: "Push to another branch and open a pull request from it.",
    Rejection.TAG_EXISTS: "Choose the next version.",
    Rejection.DECLINED: "Read the output of the remote, remove the cause, and run it again.",
}


class PushRejectedError(ExternalError):
    """The remote rejected the push and is unchanged."""

    def __init__(self, where: str, reason: Rejection, details: list[str]) -> None:
        super().__init__(f"{where}: {reason}", hint=HINTS[reason], details=details)
        self.reason = reason


class PushUnknownError(ExternalError):
    """The connection was lost and the remote cannot be asked: it may have everything or nothing."""


def refs(git: Git, remote: str, *wanted: str) -> dict[str, str]:
    """The refs of these full names that the remote has, with their objects."""
    # The address for pushes: a remote may be fetched from a mirror.
    done = git.attempt("ls-remote", "--", _address(git, remote), *wanted)
    if done.status:
        hint = "Check the remote's name, the network and your access, then run it again."
        raise make_refusal(f"asking the remote {shown(quote_line(remote))}", done, hint)
    lines = (os.fsdecode(line).partition("\t") for line in done.out.split(b"\n") if line)
    # git also lists refs whose names merely end with what was asked for.
    return {name: target for target, _, name in lines if name in wanted}


def state(git: Git, remote: str, branch: str, ours: str) -> RemoteState:
    """Relation of the remote's branch to the commit `ours`.

    Commits that are missing here are fetched; no ref of this clone changes.
    """
    ref = f"refs/heads/{branch}"
    theirs = refs(git, remote, ref).get(ref)
    if theirs is None:
        return RemoteState(Relation.GONE, None)
    if theirs == ours:
        return RemoteState(Relation.SAME, theirs)
    # Without the commit nothing can be said about the ancestors of the two.
    if git.attempt("cat-file", "-e", f"{theirs}^{{commit}}").status:
        _fetch(git, remote, ref)
    if git.holds("merge-base", "--is-ancestor", theirs, ours):
        return RemoteState(Relation.LOCAL_AHEAD, theirs)
    behind = git.holds("merge-base", "--is-ancestor", ours, theirs)
    return RemoteState(Relation.REMOTE_AHEAD if behind else Relation.DIVERGED, theirs)


def has_arrived(git: Git, remote: str, branch: str, ours: str) -> bool:
    """Whether the remote's branch holds the commit `ours`."""
    return state(git, remote, branch, ours).relation in (Relation.SAME, Relation.REMOTE_AHEAD)


def push(git: Git, remote: str, branch: str, ours: str, tag: str | None) -> None:
    """Push the commit to the branch and the tag with it, all or nothing.

    Returns when the remote has them, also when the connection broke just after. Raises
    PushRejectedError, ExternalError (nothing arrived) or PushUnknownError (it cannot be asked).
    """
    tags = [f"refs/tags/{tag}"] if tag else []
    # --atomic: never a branch without its tag. --porcelain: a line for each ref that scripts may
    # read.
    # --no-follow-tags, --no-recurse-submodules: settings of the user must not add to the push.
    words = ("push", "--atomic", "--porcelain", "--no-follow-tags", "--no-recurse-submodules")
    wanted = (f"{ours}:refs/heads/{branch}", *tags)
    address = _address(git, remote)
    done = git.attempt(*words, "--", address, *wanted, variables=WITH_HOOKS)
    if done.status == 0:
        return
    where = f"push to {shown(quote_line(remote))}, branch {shown(branch)}"
    # A push that breaks off may have arrived all the same: only then the remote is asked.
    if _was_rejected(done):
        raise PushRejectedError(where, _reason(done), done.quote_output())
    if not _arrived_after_all(git, remote, branch, ours, done):
        hint = "See the details: the network, your access or a hook of this clone."
        raise make_refusal(where, done, hint)


def _arrived_after_all(git: Git, remote: str, branch: str, ours: str, done: CommandResult) -> bool:
    try:
        return has_arrived(git, remote, branch, ours)
    except ExternalError:
        message = f"push to {shown(quote_line(remote))}: it is not known whether it arrived"
        hint = "Run it again when the remote can be reached."
        details = done.quote_output()
        raise PushUnknownError(message, hint=hint, details=details) from None


def _was_rejected(done: CommandResult) -> bool:
    """Whether the remote's answer came back and was no."""
    # Nothing was sent then.
    if b"does not support --atomic" in done.err:
        return True
    refused = [line for line in done.out.split(b"\n") if line.startswith(b"!")]
    return bool(refused) and b"[remote failure]" not in done.out


def _reason(done: CommandResult) -> Rejection:
    said_so = (done.out + done.err).lower()
    # GH006 is what GitHub says of a protected branch.
    if b"gh006" in said_so or b"protected branch" in said_so:
        return Rejection.PROTECTED
    if b"(already exists)" in said_so:
        return Rejection.TAG_EXISTS
    if b"(non-fast-forward)" in said_so or b"(fetch first)" in said_so:
        return Rejection.REMOTE_AHEAD
    return Rejection.DECLINED


def _fetch(git: Git, remote: str, ref: str) -> None:
    # An empty refmap: the remote-tracking branches of the clone stay where they are, too.
    quiet = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
    done = git.attempt(
        "-c", "gc.auto=0", "-c", "maintenance.auto=false",
        "fetch", "-q", *quiet, "--", _address(git, remote), ref,
    )  # fmt: skip
    if done.status:
        raise make_refusal(
            f"fetching from {shown(quote_line(remote))}", done, "Run it again later."
        )


def push_address(git: Git, remote: str) -> str:
    """Where pushes to the remote go; empty where there is none of that name.

    Raises UsageError for a remote with several addresses.
    """
    done = git.attempt("remote", "get-url", "--push", "--all", "--", remote)
    addresses = os.fsdecode(done.out).splitlines()
    if len(addresses) > 1:
        found = f"the remote {shown(remote)} has {len(addresses)} addresses to push to"
        hint = "Name a remote with one: a push to several cannot be all or nothing."
        raise UsageError(found, hint=hint)
    return addresses[0] if done.status == 0 and addresses else ""


def _address(git: Git, remote: str) -> str:
    """Where pushes to the remote go: the name itself where it is fetched from the same place."""
    address = push_address(git, remote)
    if not address or git.line("remote", "get-url", "--", remote) == address:
        return remote
    return address

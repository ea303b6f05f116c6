"""Repository: the git repository around a project, asked and changed so that it can go back."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from secstatus.adapters.git import files
from secstatus.adapters.git import remote as git_remote
from secstatus.adapters.git.files import TrackedFile
from secstatus.adapters.git.remote import Relation, RemoteState
from secstatus.adapters.git.run import Git, make_refusal, split_names
from secstatus.errors import ExternalError, UsageError, shown

# A file or folder of git's own → what is going on while it is there.
OPERATIONS = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "sequencer": "a cherry-pick",
    "BISECT_LOG": "a bisection",
}


class Repository:
    """The repository that contains the folder `root`: a clone, a linked worktree or a submodule.

    `root` may be a folder inside of it. Every path given or returned is relative to `root`, with
    forward slashes; one outside of it begins with `../`. Raises UsageError when there is none.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git = Git(root)
        asked = self.git.attempt("rev-parse", "--show-toplevel", "--show-prefix", "--git-dir")
        lines = os.fsdecode(asked.out).split("\n")
        if asked.status:
            raise _no_repository(root, make_refusal("git rev-parse", asked))
        # rev-parse has no `-z`; a line break in the path would shift the answers.
        if len(lines) != 4:
            hint = "Rename the folder."
            raise UsageError(f"{shown(str(root))}: a folder with a line break", hint=hint)
        self.top = Path(lines[0])
        self.prefix = lines[1]
        # A folder of git's that is this worktree's own: nothing in it is ever committed.
        self.private = Path(os.path.realpath(root / lines[2]))

    @cached_property
    def top_git(self) -> Git:
        """git in the top folder; paths of the index are relative to it."""
        return Git(self.top)

    def from_top(self, path: str) -> str:
        """A path relative to `root` as one relative to the top folder."""
        return posixpath.normpath(posixpath.join(self.prefix, path))

    def from_root(self, path: str) -> str:
        """A path relative to the top folder as one relative to `root`."""
        return posixpath.relpath(path, self.prefix or ".")

    def tracked(self) -> list[TrackedFile]:
        """Every tracked path below `root`, in git's order; submodules are not entered."""
        return files.list_tracked(self.git)

    def containing(self, pattern: bytes) -> list[str] | None:
        """Tracked paths with a line that matches the Perl regular expression.

        The working files are read, as bytes, binary ones too. Symbolic links and submodules are
        not searched. Files that git does not examine (see `TrackedFile`) are always listed.
        None when this git has no such expressions, or could not read everything; then the caller
        has to search.
        """
        # Paths are relative to the folder, whatever the user has set.
        # -a: a binary file may hold the version, and has to be explained; -z: names may hold line
        # breaks.
        words = ("-c", "grep.fullName=false", "grep", "-P", "-a", "-l", "-z", "--no-color")
        more = ("--no-recurse-submodules", "-e", os.fsdecode(pattern))
        done = self.git.attempt(*words, *more)
        if done.status in (0, 1) and not done.err:
            hidden = {file.path for file in self.tracked() if file.is_hidden}
            return sorted({*split_names(done.out), *hidden})
        # git may be built without PCRE2; then `-P` is an error.
        if done.status in (0, 1) or b"Perl" in done.err or b"pcre" in done.err.lower():
            return None
        raise make_refusal("git grep", done, "Report it with the pattern.")

    def changes(self) -> list[str]:
        """Tracked files of the whole repository that are changed or staged, sorted.

        Untracked files, and untracked files in submodules, do not count.
        """
        asked = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
        # `git status` would otherwise write the index to refresh it, and lock it (git(1)).
        quiet = {"GIT_OPTIONAL_LOCKS": "0"}
        done = self.git.attempt(*asked, "--ignore-submodules=untracked", variables=quiet)
        if done.status:
            raise make_refusal("git status", done)
        return sorted(self.from_root(line[3:]) for line in split_names(done.out))

    def revert(self, paths: Sequence[str]) -> None:
        """Give tracked files the content that they have in HEAD; the index stays."""
        # A name such as `*.md` is a pattern for git otherwise.
        literal = [f":(top,literal){self.from_top(path)}" for path in paths]
        if literal:
            self.git.ask("restore", "--worktree", "--source=HEAD", "--", *literal)

    def branch(self) -> str | None:
        """The branch that is checked out; None when HEAD is detached."""
        # Not `rev-parse --abbrev-ref`: it prints `HEAD` for a detached head, and for a branch of
        # that name.
        done = self.git.attempt("symbolic-ref", "-q", "HEAD")
        if done.status not in (0, 1):
            raise make_refusal("git symbolic-ref", done)
        name = os.fsdecode(done.out).removesuffix("\n")
        return name.removeprefix("refs/heads/") if done.status == 0 else None

    def head(self) -> str:
        """The commit that is checked out. Raises UsageError when there is none yet."""
        done = self.git.attempt("rev-parse", "-q", "--verify", "HEAD^{commit}")
        if done.status:
            hint = "Make the first commit, then run it again."
            raise UsageError("the repository has no commit yet", hint=hint)
        return done.out.decode("ascii").strip()

    @cached_property
    def is_shallow(self) -> bool:
        """Whether history was cut off when it was fetched."""
        return self.git.line("rev-parse", "--is-shallow-repository") == "true"

    def operation_in_progress(self) -> str | None:
        """The unfinished operation of git (`a merge`), None when there is none."""
        there = (what for name, what in OPERATIONS.items() if (self.private / name).exists())
        return next(there, None)

    def is_locked(self) -> bool:
        """Whether another git command is changing the index, or was killed while it did."""
        return (self.private / "index.lock").exists()

    def check_ref(self, name: str) -> None:
        """Raises UsageError unless the name can be that of a branch or a tag."""
        # check-ref-format allows both, but every command would take them for an option or for the
        # commit that is checked out.
        fits = not name.startswith("-") and name != "HEAD"
        if not fits or not self.git.holds("check-ref-format", f"refs/tags/{name}"):
            hint = "Letters, digits, dots and dashes are safe."
            raise UsageError(f"{shown(name)} can be no branch or tag of git", hint=hint)

    def has_tag(self, tag: str) -> bool:
        """Whether this clone has the tag; the remote may have others."""
        return self.git.holds("show-ref", "--verify", "-q", f"refs/tags/{tag}")

    def remote_state(self, remote: str, branch: str) -> RemoteState:
        """Relation of the remote's branch to HEAD. Raises ExternalError when it is unreachable."""
        return git_remote.state(self.git, remote, branch, self.head())

    def remote_has_tag(self, remote: str, tag: str) -> bool:
        """Whether the remote has the tag. Raises ExternalError when it cannot be asked."""
        return f"refs/tags/{tag}" in git_remote.refs(self.git, remote, f"refs/tags/{tag}")

    def has_arrived(self, remote: str, branch: str, commit: str) -> bool:
        """Whether the remote's branch holds the commit. Raises ExternalError: unreachable."""
        return git_remote.has_arrived(self.git, remote, branch, commit)

    def delete_tag(self, name: str, ours: str) -> None:
        """Remove the tag if it is still the object `ours`. Raises ExternalError otherwise."""
        self.git.ask("update-ref", "-d", f"refs/tags/{name}", ours)

    def push(
        self, remote: str, branch: str, tag: str | None = None, commit: str | None = None
    ) -> None:
        """Push the commit (default: HEAD), and the tag in the same step. See `git_remote.push`."""
        git_remote.push(self.git, remote, branch, commit or self.head(), tag)


def _no_repository(root: Path, why: ExternalError) -> UsageError:
    message = f"{shown(str(root))}: no git repository with a working tree"
    hint = "Run it in a clone, or `git init` one."
    return UsageError(message, hint=hint, details=why.details)


# What has to hold before a change of the repository begins; asking changes nothing.

MOST_NAMED = 10

REFUSED = {
    Relation.REMOTE_AHEAD: ("has commits that are missing here", "Pull them, then run it again."),
    # A push would be refused as non-fast-forward, after the gates had run.
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
    """Raises UsageError when the name is invalid, or the tag exists here or on the remote."""
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
    # A new branch is wanted for a first push only; a name that is misspelt would make one too.
    if relation in REFUSED and not (may_be_new and relation == Relation.GONE):
        what, hint = REFUSED[relation]
        if relation == Relation.DIVERGED and repository.is_shallow:
            hint = "The clone is shallow: fetch all of its history (`git fetch --unshallow`)."
        message = f"the branch {shown(branch)} of {shown(remote)} {what}"
        raise UsageError(message, hint=hint)

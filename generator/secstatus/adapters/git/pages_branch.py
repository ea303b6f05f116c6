"""A branch that holds a published site: read it, and add a commit to it without a checkout."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha1, sha256

from secstatus.adapters.git.remote import push_address, refs
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.git.run import Git, make_refusal, split_names
from secstatus.adapters.git.scratch_repository import scratch_repository
from secstatus.adapters.process import CommandResult, quote_line
from secstatus.errors import ExternalError, shown

FILE = "100644"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit to be made. `author` and `committer` are `NAME <EMAIL>`, `at` seconds since 1970.

    `parent` empty: it has none. `tree`: the commit whose files it starts from, empty for none.
    """

    message: str
    author: str
    committer: str
    at: int
    parent: str
    tree: str


def blob_id(content: bytes, kind: str = "sha1") -> str:
    """The object id of this content in a repository of that object format."""
    # git's own computation, without a process for each file (docs/decisions/0014-deploying.md).
    head = b"blob %d\0" % len(content)
    if kind == "sha256":
        return sha256(head + content).hexdigest()
    # A Python in FIPS mode refuses SHA-1 otherwise; here it is a name and no protection.
    return sha1(head + content, usedforsecurity=False).hexdigest()


def stream(ref: str, commit: Commit, changed: Mapping[str, bytes], removed: Iterable[str]) -> bytes:
    """The commands that make the commit, which becomes the branch `ref`."""
    return b"".join(_commands(ref, commit, changed, removed))


def _commands(
    ref: str, commit: Commit, changed: Mapping[str, bytes], removed: Iterable[str]
) -> Iterator[bytes]:
    # git-fast-import(1): with this feature a stream that is cut short is an error.
    yield b"feature done\n"
    for number, content in enumerate(changed.values(), start=1):
        # git-fast-import(1): with a byte count the content may hold anything, also commands.
        yield b"blob\nmark :%d\ndata %d\n" % (number, len(content))
        yield content
        yield b"\n"
    message = os.fsencode(commit.message)
    yield b"commit %s\n" % os.fsencode(ref)
    for role, who in (("author", commit.author), ("committer", commit.committer)):
        yield b"%s %s %d +0000\n" % (role.encode(), os.fsencode(who), commit.at)
    yield b"data %d\n%s\n" % (len(message), message)
    if commit.parent:
        yield b"from %s\n" % commit.parent.encode()
    elif commit.tree:
        # git-fast-import(1): an empty path with mode 040000 replaces the root by that tree.
        yield b'M 040000 %s ""\n' % commit.tree.encode()
    # First what goes: a file may take the place of a folder.
    for path in removed:
        yield b"D %s\n" % quote_path(path)
    for number, path in enumerate(changed, start=1):
        yield b"M %s :%d %s\n" % (FILE.encode(), number, quote_path(path))
    yield b"done\n"


def quote_path(path: str) -> bytes:
    """The path as fast-import reads it: no byte of it can end the line or the name."""
    data = os.fsencode(path)
    plain = all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in data)
    inside = data if plain else b"".join(_escaped(byte) for byte in data)
    return b'"%s"' % inside


def _escaped(byte: int) -> bytes:
    return bytes([byte]) if 0x20 <= byte < 0x7F and byte not in b'"\\' else b"\\%03o" % byte


BASE = "refs/heads/base"
MADE = "refs/heads/made"
LOCKED = (b"cannot lock ref", b"unable to create", b"failed to update ref", b"incorrect old value")
TIME = re.compile(r"-?[0-9]{1,20}")
# GH006: a protected branch; GH013: a rule of the repository.
PROTECTED = (b"gh006", b"gh013", b"protected branch")


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file of a commit: its mode as six digits, and the object."""

    mode: str
    object: str

    @property
    def is_file(self) -> bool:
        """Neither a symbolic link nor a submodule."""
        return self.mode.startswith("100")


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest commit of the branch and its files; `commit` empty: there is no such branch."""

    commit: str = ""
    files: Mapping[str, TreeEntry] = field(default_factory=dict)


class Pushed(StrEnum):
    """Result of a push that did not fail. `OVERTAKEN`: another push came first."""

    LANDED = "landed"
    OVERTAKEN = "overtaken"


@contextmanager
def pages_branch(repository: Repository, remote: str, branch: str) -> Iterator[PagesBranch]:
    """The branch of the remote, for as long as the repository of the run is there.

    Raises UsageError for a name that can be no branch and for a remote with several addresses.
    """
    repository.check_ref(branch)
    # What is read has to be what is written. What is no name of a remote is an address itself.
    address = push_address(repository.git, remote) or remote
    with scratch_repository(repository.top_git) as git:
        yield PagesBranch(git, address, branch)


class PagesBranch:
    """The branch `branch` at an address. The user's clone does not change."""

    def __init__(self, git: Git, address: str, branch: str) -> None:
        self.git, self.address, self.ref = git, address, f"refs/heads/{branch}"

    @property
    def where(self) -> str:
        """The branch as messages call it."""
        return f"{shown(self.ref.removeprefix('refs/heads/'))} of {shown(quote_line(self.address))}"

    def fetch(self, depth: int = 1) -> Tip:
        """The branch as it is now, with so many of its newest commits.

        Raises ExternalError when the remote cannot be reached.
        """
        commit = self.tip()
        if not commit:
            return Tip()
        # --force: the branch may have been rewritten between two fetches of a run.
        quiet = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force")
        words = (
            "fetch",
            "-q",
            f"--depth={depth}",
            *quiet,
            "--",
            self.address,
            f"{self.ref}:{BASE}",
        )
        done = self.git.attempt(*words)
        if done.status:
            raise make_refusal(f"fetching {self.where}", done, "Run it again later.")
        # What came may be newer than what was listed before.
        commit = self.git.line("rev-parse", "--verify", f"{BASE}^{{commit}}")
        return Tip(commit, self._files(commit))

    def tip(self) -> str:
        """The newest commit, nothing fetched; empty where there is no such branch.

        Raises ExternalError when the remote cannot be reached.
        """
        return refs(self.git, self.address, self.ref).get(self.ref, "")

    def past(self, path: str) -> list[TreeEntry]:
        """The file in the commits that were fetched, without the newest one; links are excluded."""
        # gitglossary(7), pathspec: without `literal` a `*` in a file name matches other files too.
        commits = self.git.line("rev-list", "--skip=1", BASE).split()
        found = (self._files(commit, f":(literal){path}").get(path) for commit in commits)
        return [entry for entry in found if entry is not None and entry.is_file]

    def committed(self, commit: str) -> int:
        """The committer time that a fetched commit states, in seconds since 1970.

        0 where it states no valid time.
        """
        told = self.git.line("show", "-s", "--no-show-signature", "--format=%ct", commit)
        return int(told) if TIME.fullmatch(told) else 0

    def _files(self, commit: str, *paths: str) -> dict[str, TreeEntry]:
        listed = split_names(
            self.git.ask("ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths)
        )
        found: dict[str, TreeEntry] = {}
        for line in listed:
            about, _, path = line.partition("\t")
            mode, _, name = about.split(" ")
            found[path] = TreeEntry(mode, name)
        return found

    def contents(self, entries: Sequence[TreeEntry]) -> list[bytes]:
        """The contents of these files, in this order. Pass no links or submodules."""
        if not entries:
            return []
        asked = "".join(f"{entry.object}\n" for entry in entries).encode()
        return list(_batch(self.git.ask("cat-file", "--batch", given=asked)))

    def commit(self, commit: Commit, changed: Mapping[str, bytes], removed: Sequence[str]) -> str:
        """Make a commit and return its name. It is not visible before it is pushed."""
        if commit.tree:
            tree = self.git.line("rev-parse", "--verify", f"{commit.tree}^{{tree}}")
            commit = replace(commit, tree=tree)
        # fast-import refuses to move a branch to a commit that does not follow from it.
        self.git.attempt("update-ref", "-d", MADE)
        given = stream(MADE, commit, changed, removed)
        self.git.ask("fast-import", "--quiet", "--done", "--date-format=raw", given=given)
        return self.git.line("rev-parse", "--verify", MADE)

    def push(self, made: str, tip: Tip, *, squash: bool = False) -> Pushed:
        """Make the commit the branch's newest, if that still is `tip`.

        With `squash` the commit may take the place of the history: the remote compares its branch
        with `tip` in the same step. Raises ExternalError when the remote refuses for another reason
        than another commit in between, or cannot be reached.
        """
        # The remote compares and sets in one step: nobody else's commit is lost.
        lease = [f"--force-with-lease={self.ref}:{tip.commit}"] if squash and tip.commit else []
        words = ("push", "--porcelain", "--no-verify", "--no-thin", "--no-follow-tags", *lease)
        done = self.git.attempt(*words, "--", self.address, f"{made}:{self.ref}")
        if done.status == 0:
            return Pushed.LANDED
        return self._after_all(made, tip, done)

    def _after_all(self, made: str, tip: Tip, done: CommandResult) -> Pushed:
        """The result of a push that ended with an error, as determined from the remote."""
        try:
            now = self.tip()
        except ExternalError:
            message = f"push to {self.where}: it is not known whether it arrived"
            hint = "Run it again when the remote can be reached: what arrived is not sent twice."
            raise ExternalError(message, hint=hint, details=done.quote_output()) from None
        if now == made:
            return Pushed.LANDED
        told = (done.out + done.err).lower()
        if now != tip.commit or any(words in told for words in LOCKED):
            return Pushed.OVERTAKEN
        raise make_refusal(f"push to {self.where}", done, _remedy(told))


def _remedy(told: bytes) -> str:
    if any(words in told for words in PROTECTED):
        return "Let the workflow push to this branch, or take the protection off it."
    return "See the details: the network, your access, or a rule of the remote."


def _batch(output: bytes) -> Iterator[bytes]:
    """The objects of a batch: a line with name, kind and length before each, a line end after."""
    start = 0
    while start < len(output):
        end = output.index(b"\n", start)
        head = output[start:end].split(b" ")
        # git-cat-file(1): an unknown object is answered by `<object> missing`, which has two words.
        if len(head) != 3:
            raise ExternalError("git cat-file: an object is missing", hint="Run it again later.")
        start = end + 1 + int(head[2]) + 1
        yield output[end + 1 : start - 1]

"""A real git: a bare remote and a clone of it, with nobody's settings."""

import shutil
from pathlib import Path

import pytest

from tests.support.repositories import (
    files_of,
    git,
    isolate_git,
    make_repository,
    write_files,
    write_hook,
)

BRANCH = "main"
FILES = {
    "pyproject.toml": b'[project]\nname = "thing"\nversion = "1.2.3"\n',
    "docs/crlf.md": b"\xef\xbb\xbfthing v1.2.3\r\nmixed\nends\r",
    "docs/latin.txt": b"caf\xe9 1.2.3",
    "run.sh": b"#!/bin/sh\necho thing v1.2.3\n",
    "changes/1.md": b"A fragment.\n",
    "other.txt": b"nothing of this\n",
}


class Clone:
    """A clone with a remote beside it; `git(...)` runs there and returns what it prints."""

    def __init__(self, path):
        self.path = path
        self.remote = path.parent / "remote.git"

    def git(self, *words, at=None, check=True):
        return git(at or self.path, *words, check=check)

    def hook(self, name, text, at=None):
        write_hook(at or self.path / ".git", name, text)

    def commit(self, name, content, at=None):
        (at or self.path).joinpath(name).write_bytes(content)
        self.git("add", "--", name, at=at)
        self.git("commit", "-q", "-m", f"change {name}", at=at)
        return self.git("rev-parse", "HEAD", at=at)

    def push_from_elsewhere(self, name="theirs.txt"):
        """Somebody else pushes a commit; the new commit of the remote."""
        other = self.path.parent / f"elsewhere-{name}"
        self.git("clone", "-q", str(self.remote), str(other), at=self.path.parent)
        commit = self.commit(name, b"theirs", at=other)
        self.git("push", "-q", "origin", BRANCH, at=other)
        return commit

    def everything(self):
        """Files with modes, links, index, HEAD and refs: what has to be as it was before."""
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)")
        head = self.git("rev-parse", "--symbolic-full-name", "HEAD"), self.git("rev-parse", "HEAD")
        left = [path.name for path in (self.path / ".git").glob("secstatus*")]
        return files_of(self.path), self.git("ls-files", "-s", "-v"), head, refs, left


@pytest.fixture(autouse=True)
def _isolated_git(request, monkeypatch, tmp_path_factory):
    if "clone" not in request.fixturenames and "clones" not in request.fixturenames:
        return
    isolate_git(monkeypatch, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def _template(tmp_path_factory):
    """Made once: each test has a copy."""
    return tmp_path_factory.mktemp("template") / "world"


@pytest.fixture
def clones(tmp_path, _isolated_git, _template):
    """`clones("a")` is a fresh clone with a fresh remote, in a folder of that name."""
    if not _template.exists():
        _make(_template)

    def copy(name):
        target = tmp_path / name
        shutil.copytree(_template, target, symlinks=True)
        return Clone(target / "clone")

    return copy


@pytest.fixture
def clone(clones):
    return clones("world")


def _make(world):
    path = world / "clone"
    write_files(path, FILES)
    (path / "run.sh").chmod(0o755)
    (path / "LINK.md").symlink_to(Path("docs/crlf.md"))
    make_repository(path, {}, world / "remote.git")

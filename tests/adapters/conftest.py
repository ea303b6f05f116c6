"""A real git: a bare remote and a clone of it, with nobody's settings."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

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
        done = subprocess.run(
            ["git", *words], cwd=at or self.path, check=False, capture_output=True
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def hook(self, name, text, at=None):
        path = (at or self.path / ".git") / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

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


def files_of(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] == ".git":
            continue
        if path.is_symlink():
            found[name] = path.readlink()
        elif path.is_file():
            found[name] = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
        else:
            found[name] = "folder"
    return found


@pytest.fixture(autouse=True)
def _nobodys_git(request, monkeypatch, tmp_path_factory):
    if "clone" not in request.fixturenames and "clones" not in request.fixturenames:
        return
    home = tmp_path_factory.mktemp("home")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (home / ".gitconfig").write_text(
        "[user]\nname = Somebody\nemail = somebody@example.org\n"
        '[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n'
    )


@pytest.fixture(scope="session")
def _template(tmp_path_factory):
    """Made once: each test has a copy."""
    return tmp_path_factory.mktemp("template") / "world"


@pytest.fixture
def clones(tmp_path, _nobodys_git, _template):
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
    clone = Clone(world / "clone")
    clone.path.mkdir(parents=True)
    for name, content in FILES.items():
        (clone.path / name).parent.mkdir(exist_ok=True)
        (clone.path / name).write_bytes(content)
    (clone.path / "run.sh").chmod(0o755)
    (clone.path / "LINK.md").symlink_to(Path("docs/crlf.md"))
    clone.git("init", "-q")
    shutil.rmtree(clone.path / ".git/hooks", ignore_errors=True)
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "first")
    clone.git("init", "-q", "--bare", str(clone.remote))
    shutil.rmtree(clone.remote / "hooks", ignore_errors=True)
    # Relative, so that copies have remotes of their own.
    clone.git("remote", "add", "origin", "../remote.git")
    clone.git("push", "-q", "-u", "origin", BRANCH)

"""The design's integration tests of version management: the program on real git and a remote."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bump.tree import FILES, NEW, OLD, REFERENCES, project
from tests.support.repositories import git, isolate_git, make_repository, snapshot, write_hook

GENERATOR = Path(__file__).parent.parent.parent / "generator"
SMALL = {
    "pyproject.toml": b'[project]\nname = "kelp"\nversion = "1.2.3"\n',
    "kelp/__init__.py": b'__version__ = "1.2.3"\n',
    "README.md": b"# kelp\n\nThis is kelp v1.2.3.\n",
    "tests/test_kelp.py": b'from kelp import __version__\n\n\ndef test():\n    assert __version__ == "1.2.3"\n',
}
# -B: the gate may leave no compiled module in the tree that is looked at afterwards.
RUN_TESTS = f"{sys.executable} -B -c 'from tests.test_kelp import test; test()'"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """`place(files)` is a repository of them with a bare remote."""
    home = tmp_path / "home"
    home.mkdir()
    isolate_git(monkeypatch, home)

    def make(files):
        (tmp_path / "kelp").mkdir()
        return make_repository(tmp_path / "kelp", files)

    return make


def bump(root, *arguments, typed=""):
    """Run the program; `typed` is what somebody answers to its questions."""
    command = [sys.executable, "-m", "secstatus", "bump", "--root", str(root), *arguments]
    env = os.environ | {"PYTHONPATH": str(GENERATOR)}
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, env=env, check=False
    )


def test_complete_version_bump_workflow(place):
    """Questions, answers, the shown change, the gate, the commit, the tag, the push."""
    root = place(SMALL | {"CHANGELOG.md": b"# Changes\n\n## Unreleased\n\n- Mends it.\n"})
    typed = "not a version\nminor\nMends the reader.\ny\n"
    done = bump(root, "--tag", "--gate", RUN_TESTS, typed=typed)

    assert done.returncode == 0, done.stderr
    assert "1.2.3" in done.stderr.splitlines()[0]
    assert "'not a version'" in done.stderr, "the answer is refused and asked for again"
    assert "+This is kelp v1.3.0." in done.stderr
    assert done.stdout.startswith("Bumped version 1.2.3 → 1.3.0: 4 references in 4 files.")
    assert f"Gate passed: {RUN_TESTS}" in done.stdout
    remote = root.parent / "kelp.git"
    head = git(root, "rev-parse", "HEAD")
    assert git(remote, "rev-parse", "main") == git(remote, "rev-parse", "v1.3.0^{commit}") == head
    assert git(remote, "log", "-1", "--format=%B", "main") == (
        "chore(release): bump version 1.2.3 → 1.3.0\n\nMends the reader."
    )
    assert "## 1.3.0" in git(remote, "show", "main:CHANGELOG.md")
    assert '"1.3.0"' in git(remote, "show", "main:tests/test_kelp.py")
    assert git(root, "status", "--porcelain") == ""


def test_version_consistency_across_documents(place):
    """In a whole project each reference changes, and no other number of the same digits."""
    root = place(project(OLD))
    done = bump(root, "patch", "--yes", "--comment", "x")

    assert done.returncode == 0, done.stderr
    summary = f"Bumped version {OLD} → {NEW}: {REFERENCES} references in {FILES} files."
    assert done.stdout.startswith(summary)
    assert len(git(root, "diff", "--name-only", "HEAD~1").splitlines()) == FILES
    for path, content in project(OLD).items():
        now = (root / path).read_bytes()
        assert now.replace(NEW.encode(), OLD.encode()) == content, path
    again = bump(root, "patch", "--dry-run")
    assert f"{REFERENCES} references in {FILES} files" in again.stdout


def test_a_reference_that_is_left_fails_the_bump(place):
    """A gate that brings the old version back, as a generated test would."""
    root = place(SMALL)
    before = snapshot(root)
    gate = "sed -i s/1.2.4/1.2.3/ tests/test_kelp.py"
    done = bump(root, "patch", "--yes", "--gate", gate)

    assert done.returncode == 1
    assert "version 1.2.3 is still written in 1 places" in done.stderr
    assert "tests/test_kelp.py:5: " in done.stderr
    assert snapshot(root) == before


def fail_a_gate(_root):
    return ["--gate", "echo the tests expect 1.2.9; exit 1"]


def fail_a_hook(root):
    write_hook(root / ".git", "pre-commit", "echo no >&2; exit 1")
    return []


def fail_the_push(root):
    path = root.parent / "kelp.git/hooks/pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    path.chmod(0o755)
    return ["--tag"]


def fail_the_disk(_root):
    """The disk takes the other files, and not the one that 1.2.10 makes a byte longer."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGE, resource.RLIM_INFINITY))
    return []


LARGE = 200_000
FAILURES = {
    "a gate": (fail_a_gate, 1, "the tests expect 1.2.9"),
    "a hook": (fail_a_hook, 1, "a hook has refused it"),
    "the push": (fail_the_push, 3, "protected"),
    "the disk": (fail_the_disk, 3, "writing the new version"),
}


@pytest.fixture
def _limits():
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.usefixtures("_limits")
def test_rollback_on_partial_failure(place, failure):
    """Whatever fails after the first file is written, all is as before, and the reason is said."""
    breaks, exit_status, message = FAILURES[failure]
    large = b"kelp v1.2.9 and more\n".ljust(LARGE, b".")
    files = {path: text.replace(b"1.2.3", b"1.2.9") for path, text in SMALL.items()}
    root = place(files | {"zebra.md": large})
    (root / "mine.txt").write_text("not tracked")
    extra = breaks(root)
    before = snapshot(root)
    done = bump(root, "patch", "--yes", *extra)

    assert (done.returncode, done.stdout) == (exit_status, "")
    assert "error: " in done.stderr
    assert message in done.stderr
    assert snapshot(root) == before

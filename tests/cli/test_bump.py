"""bump through the real entry point: a dialogue through a pipe and on a terminal, JSON, messages."""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repositories import git, isolate_git, make_repository, snapshot

GENERATOR = Path(__file__).parent.parent.parent / "generator"
FILES = {
    "pyproject.toml": b'[project]\nname = "kelp"\nversion = "1.2.3"\n',
    "kelp/__init__.py": b'__version__ = "1.2.3"\n',
    "README.md": b"# kelp\n\nThis is kelp v1.2.3.\n",
    "Makefile": b"VERSION = 1.2.3\n",
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    isolate_git(monkeypatch, home)
    (tmp_path / "kelp").mkdir()
    return make_repository(tmp_path / "kelp", FILES)


def command(root, *arguments):
    return [sys.executable, "-m", "secstatus", "bump", "--root", str(root), *arguments]


def environment(**extra):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "GIT_CONFIG_NOSYSTEM")}
    return kept | {"PYTHONPATH": str(GENERATOR)} | extra


def run(root, *arguments, said="", **extra):
    return subprocess.run(
        command(root, *arguments), input=said, capture_output=True, text=True,
        env=environment(**extra), check=False,
    )  # fmt: skip


def test_a_dialogue_through_a_pipe(root):
    done = run(root, said="0.9\n2\nMore of it.\n1\ny\n")

    assert done.returncode == 0, done.stderr
    assert "The current version is 1.2.3." in done.stderr
    assert "Next version (number, part or version) [1]: " in done.stderr
    assert "0.9" in done.stderr
    assert "+This is kelp v1.3.0." in done.stderr
    assert "Makefile:1: VERSION = 1.2.3" in done.stderr
    assert done.stdout.startswith("Bumped version 1.2.3 → 1.3.0: 4 references in 4 files.")
    assert "pushed to origin main" in done.stdout
    assert "\x1b" not in done.stderr
    assert "More of it." in git(root, "log", "-1", "--format=%B")


@pytest.mark.parametrize("said", ["", "1\n", "1\n\n\n", "1\n\n\nn\n", "1\n\n\nmaybe\n"])
def test_without_a_yes_nothing_happens(root, said):
    before = snapshot(root)
    done = run(root, said=said)

    assert done.returncode in (1, 2)
    assert "error: " in done.stderr
    assert done.stdout == ""
    assert snapshot(root) == before


def test_a_dialogue_on_a_terminal_is_coloured(root):
    """The pseudo-terminal is both sides: what the program says, and what is typed."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, command(root, "--no-push"), environment(TERM="xterm"))
    said = b""
    answers = [
        b"[1]: ",
        b"patch\n",
        b"empty): ",
        b"Typed.\n",
        b"nothing): ",
        b"\n",
        b"[y/N]: ",
        b"y\n",
    ]
    for question, answer in zip(answers[::2], answers[1::2], strict=True):
        while question not in said:
            assert select.select([terminal], [], [], 20)[0], said
            said += os.read(terminal, 4096)
        os.write(terminal, answer)
        said = said if answer == b"y\n" else b""
    assert b"\x1b[32m+" in said
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        said += more
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert b"Bumped version 1.2.3" in said
    assert git(root, "show", "HEAD:kelp/__init__.py") == '__version__ = "1.2.4"'


def test_unattended_as_json(root, tmp_path):
    outputs = tmp_path / "outputs"
    done = run(
        root, "patch", "--yes", "--tag", "--gate", "true", "--comment", "x", "--format=json",
        GITHUB_OUTPUT=str(outputs),
    )  # fmt: skip
    result = json.loads(done.stdout)

    assert done.returncode == 0
    assert (result["old"], result["new"], result["tag"]) == ("1.2.3", "1.2.4", "v1.2.4")
    assert {edit["file"] for edit in result["edits"]} == {
        "README.md",
        "kelp/__init__.py",
        "pyproject.toml",
    }
    assert [each["file"] for each in result["reported"]] == ["Makefile"]
    assert result["commit"] == git(root, "rev-parse", "HEAD")
    assert outputs.read_text() == f"version=1.2.4\ncommit={result['commit']}\n"


def test_a_dry_run_prints_the_diff_and_what_is_left(root):
    before = snapshot(root)
    done = run(root, "major", "--dry-run")

    assert done.returncode == 0
    assert '+version = "2.0.0"' in done.stdout
    assert "Would bump version 1.2.3 → 2.0.0: 3 references in 3 files." in done.stdout
    assert "Left alone, needs review (--take FILE:LINE):\n  Makefile:1: " in done.stdout
    assert snapshot(root) == before


def test_a_gate_that_fails_says_what_it_said(root):
    before = snapshot(root)
    done = run(root, "patch", "--yes", "--gate", "echo ::error::no; echo '\x1b[31m'; exit 4")

    assert done.returncode == 1
    assert "ended with status 4; everything is as it was before" in done.stderr
    assert "- ::error::no" in done.stderr
    assert "\x1b" not in done.stderr
    assert snapshot(root) == before


def test_hostile_names_are_shown_and_not_obeyed(root):
    evil = "notes\x1b[31m\n::error::x.md"
    (root / evil).write_bytes(b"kelp v1.2.3\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "more")
    done = run(root, "patch", "--yes", "--no-push", "--comment", "a\x1b[2J\nSecurity-Decision: x")

    assert done.returncode == 0, done.stderr
    assert (root / evil).read_bytes() == b"kelp v1.2.4\n"
    assert "\x1b" not in done.stdout + done.stderr + git(root, "log", "-1", "--format=%B")
    dry = run(root, "patch", "--dry-run")
    assert "\x1b" not in dry.stdout
    assert not [line for line in dry.stdout.splitlines() if line.lstrip().startswith("::")]
    detached = run(root, "patch", "--yes", "--branch", "--evil")
    assert detached.returncode == 2

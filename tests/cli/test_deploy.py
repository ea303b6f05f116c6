"""deploy and fetch-site through the real entry point."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import STATES, tree
from tests.support.repositories import git, isolate_git, make_repository

GENERATOR = Path(__file__).parent.parent.parent / "generator"
NOW = "2026-11-24T09:00:00Z"


@pytest.fixture
def root(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    isolate_git(monkeypatch, home)
    (tmp_path / "open").mkdir()
    return make_repository(tmp_path / "open", tree(STATES / "open"))


def run(root, command, *arguments, now=NOW):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "GIT_CONFIG_NOSYSTEM")}
    words = [sys.executable, "-m", "secstatus", command, "--root", str(root), "--now", now]
    return subprocess.run(
        [*words, *arguments], capture_output=True, text=True, check=False, cwd=root,
        env=kept | {"PYTHONPATH": str(GENERATOR)},
    )  # fmt: skip


def test_built_deployed_and_fetched_again(root):
    assert run(root, "build").returncode == 0
    first = json.loads(run(root, "deploy", "--format=json").stdout)
    assert first["commit"] == git(root, "ls-remote", "origin", "gh-pages").split()[0]
    assert "security-status/index.html" in first["changed_paths"]
    again = run(root, "deploy")
    assert again.stdout.startswith("Nothing changed: ")
    before = tree(root / "_site")
    fetched = run(root, "fetch-site", "--site", "elsewhere")
    assert "published site as of 2026-11-24T00:00:00Z" in fetched.stdout
    assert tree(root / "elsewhere") == before


def test_a_refusal_says_why_and_ends_with_1(root):
    assert run(root, "build").returncode == 0
    assert run(root, "deploy").returncode == 0
    (root / "_site/index.html").write_text("<h1>A</h1>")
    done = run(root, "deploy")
    assert done.returncode == 1
    assert "index.html" in done.stderr
    assert run(root, "deploy", "--accept", "everything").returncode == 2
    assert run(root, "deploy", "--branch", "--evil").returncode == 2
    assert run(root, "deploy", "--prefix", "../up").returncode == 2


def test_run_goes_on_from_what_is_published(root):
    done = run(root, "run", "--deploy", "--format=json")
    steps = json.loads(done.stdout)["steps"]
    assert set(steps) == {"fetch-site", "ingest", "decide", "build", "deploy"}
    assert steps["ingest"]["error"]
    assert steps["deploy"]["result"]["commit"]
    later = run(root, "run", "--deploy", "--format=json", now="2026-11-25T09:00:00Z")
    deployed = json.loads(later.stdout)["steps"]["deploy"]["result"]
    assert "security-status/badges/days-since.svg" in deployed["changed_paths"]

"""init through the real entry point: asked, answered, run again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import tree
from tests.support.repositories import git, isolate_git, make_repository

GENERATOR = Path(__file__).parent.parent.parent / "generator"
FILES = {
    "pyproject.toml": b'[project]\nname = "lanternfish"\nversion = "1.2.3"\n',
    "lanternfish/__init__.py": b"",
    "README.md": b"# lanternfish\n\nA lamp.\n",
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    isolate_git(monkeypatch, home)
    (tmp_path / "p").mkdir()
    return make_repository(tmp_path / "p", FILES)


def run(root, *arguments, said=""):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "GIT_CONFIG_NOSYSTEM")}
    words = [sys.executable, "-m", "secstatus", "init", "--root", str(root), *arguments]
    return subprocess.run(
        words, input=said, capture_output=True, text=True, check=False,
        env=kept | {"PYTHONPATH": str(GENERATOR)},
    )  # fmt: skip


def test_once_and_again(root):
    done = run(root, "--repository", "deepsea/lanternfish", "--format", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert ".github/workflows/pypi-publish.yml" in result["written"]
    assert "README.md" in result["written"]
    before = tree(root)
    again = run(root)
    assert again.stdout.startswith("Nothing to change")
    assert tree(root) == before
    assert (root / "README.md").read_text().count("secstatus badges -->") == 2


def test_a_dry_run_shows_the_change(root):
    before = tree(root)
    done = run(root, "--repository", "deepsea/lanternfish", "--dry-run")
    assert done.returncode == 0
    assert "+[tool.secstatus]" in done.stdout
    assert tree(root) == before
    assert git(root, "status", "--porcelain") == ""


def test_what_cannot_be_known_is_asked_for_or_named(root):
    before = tree(root)
    alone = run(root)
    assert alone.returncode == 2
    assert "--repository" in alone.stderr
    assert tree(root) == before
    asked = run(root, said="deepsea/lanternfish\n\n\n\n")
    assert asked.returncode == 0, asked.stderr
    assert 'repository = "deepsea/lanternfish"' in (root / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", ["a/b; rm", "$(x)/y", "a/${{ b }}", "../up", "a\n/b", ""])
def test_a_hostile_repository_is_refused(root, name):
    before = tree(root)
    done = run(root, "--repository", name)
    assert done.returncode == 2
    assert tree(root) == before

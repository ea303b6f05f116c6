"""monitor through the real entry point: what a person, a script and a workflow read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import STATES, tree
from tests.support.repositories import isolate_git, make_repository
from tests.support.server import serving

GENERATOR = Path(__file__).parent.parent.parent / "generator"
NOW, LATER = "2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z"
GRADE = "badges/grade.svg"


@pytest.fixture
def root(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    isolate_git(monkeypatch, home)
    (tmp_path / "open").mkdir()
    return make_repository(tmp_path / "open", tree(STATES / "open"))


@pytest.fixture(scope="module")
def files(built):
    return tree(built("open"))


def run(root, *arguments, now=NOW, **variables):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "GIT_CONFIG_NOSYSTEM")}
    words = [sys.executable, "-m", "secstatus", "monitor", "--root", str(root), "--now", now]
    return subprocess.run(
        [*words, *arguments], capture_output=True, text=True, check=False, cwd=root,
        env=kept | {"PYTHONPATH": str(GENERATOR)} | variables,
    )  # fmt: skip


def patient(root):
    """A busy machine takes its time: here nothing is slow. Two good looks end an alert."""
    with (root / "pyproject.toml").open("a") as file:
        file.write("\n[tool.secstatus.monitor]\nslow_ms = 60000\nsuccesses = 2\n")
    return root


def test_all_is_well(root, files):
    with serving(files) as server:
        done = run(patient(root), "--base-url", server.url)
    assert (done.returncode, done.stderr) == (0, "")
    first, *lines = done.stdout.splitlines()
    assert first == f"{server.url}: up, 1 × looked"
    assert {line.split()[0] for line in lines} == {"up"}


def test_an_alert_is_read_once_until_it_is_over(root, files, tmp_path):
    """A person, a script and a workflow; one good look is not enough for an end."""
    outputs, summary = tmp_path / "outputs", tmp_path / "summary"
    actions = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    with serving({**files, GRADE: b"<svg>A</svg>"}) as server:
        first = run(patient(root), "--base-url", server.url, **actions)
        server.files = files
        still = run(root, "--base-url", server.url, "--format", "json", now=LATER)
        over = run(root, "--base-url", server.url, now="2026-11-24T11:00:00Z")
    (line,) = [each for each in first.stdout.splitlines() if "Alert" in each]
    told = f"tampered: 1 of 6 addresses; {GRADE}: "
    assert (first.returncode, line.startswith(f"Alert raised: {told}")) == (1, True)
    assert first.stderr.startswith(f"::warning title=secstatus::{told}")
    assert first.stderr.count("\n") == 1
    assert outputs.read_text().splitlines() == ["state=tampered", "open_alerts=1"]
    assert summary.read_text().startswith("## The published site is tampered\n")
    assert (still.returncode, still.stderr.startswith(f"warning: {told}")) == (1, True)
    assert [each["kind"] for each in json.loads(still.stdout)["open_alerts"]] == ["tampered"]
    assert (over.returncode, over.stderr) == (0, "")
    assert f"Alert recovered: {told}" in over.stdout


def test_a_branch_that_is_not_there_is_said(root, files):
    with serving(files) as server:
        done = run(patient(root), "--base-url", server.url, "--branch", "gh-pages")
    assert done.returncode == 3
    assert "what was deployed cannot be read: there is no such branch" in done.stderr
    assert f"{server.url}: up" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--probes", "0"], "--probes: found 0, expected 1 to 1000"),
        (["--prefix", "x"], "--branch"),
        (["--base-url", "http://example.org/"], "https"),
        (["--notify"], "--notify: no channel is configured"),
    ],
)
def test_what_cannot_be_asked_for(root, words, said):
    done = run(root, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", [("--prefix", "docs"), ("--remote", "origin")])
def test_a_folder_or_a_remote_without_a_branch_is_wrong_use(root, option):
    before = tree(root)
    done = run(root, "--base-url", "http://127.0.0.1:9/", *option)
    assert done.returncode == 2
    assert "no branch is named" in done.stderr
    assert tree(root) == before

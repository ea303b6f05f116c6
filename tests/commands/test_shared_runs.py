"""Shared runs: what is another run, so that no test is told what was true of other files."""

import os
import sys

import pytest

from tests.commands.shared_runs import SharedRuns

SAYS = "import os, sys; print(open(sys.argv[1]).read(), os.urandom(8).hex())"
BUILDS = """\
import os, pathlib, sys
folder = pathlib.Path(sys.argv[2])
folder.mkdir()
(folder / "made").write_bytes(os.urandom(8))
"""
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C"}


@pytest.fixture
def runs(tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/says.py").write_text(SAYS)
    (tmp_path / "tools/builds.py").write_text(BUILDS)
    return SharedRuns(tmp_path / "kept")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "text").write_text("one")
    os.utime(folder / "text", (1, 1))
    return folder


def say(runs, project, environment=ENVIRONMENT, words=()):
    tools = {"PYTHONPATH": str(runs.folder.parent / "tools")}
    command = [sys.executable, "-m", "says", str(project / "text"), *words]
    done = runs.ended(command, project, environment | tools)
    assert done.status == 0, done.err
    return done.out


def test_the_same_once_more_is_told_again_and_not_run(runs, project):
    first = say(runs, project)
    assert first.startswith(b"one ")
    assert say(runs, project, ENVIRONMENT | {"HOME": "/elsewhere"}) == first
    assert runs.real == ["says"]
    runs.again = False
    assert say(runs, project) != first


def changed(project, **how):
    if "text" in how:
        (project / "text").write_text(how["text"])
        os.utime(project / "text", (1, 1))
    if "mode" in how:
        (project / "text").chmod(how["mode"])
    if "when" in how:
        os.utime(project / "text", (1, how["when"]))
    if "beside" in how:
        (project / "beside").write_text("")


@pytest.mark.parametrize("how", [{"text": "two"}, {"mode": 0o600}, {"when": 2}, {"beside": True}])
def test_other_files_are_another_run(runs, project, how):
    (project / "text").chmod(0o644)
    first = say(runs, project)
    changed(project, **how)
    assert say(runs, project) != first


def test_another_word_or_variable_is_another_run(runs, project):
    first = say(runs, project)
    assert say(runs, project, words=("more",)) != first
    assert say(runs, project, ENVIRONMENT | {"LC_ALL": "C.UTF-8"}) != first


def test_what_was_written_is_written_again(runs, project, tmp_path):
    tools = {"PYTHONPATH": str(tmp_path / "tools")}
    made = []
    for name in ("one", "two"):
        out = tmp_path / name / "out"
        out.parent.mkdir()
        command = [sys.executable, "-m", "builds", "--outdir", str(out), str(project)]
        assert runs.ended(command, project, ENVIRONMENT | tools).status == 0
        made.append((out / "made").read_bytes())
    assert made[0] == made[1]
    assert runs.real == ["builds"]

"""As a new user: a fresh project, `secstatus init`, a push, the first run, the page on the web."""

import json
from contextlib import redirect_stdout
from io import StringIO
from urllib.request import urlopen

import pytest

from secstatus.cli import main
from tests.workflows.conftest import ATTRIBUTES, FIRST, PROJECT, SITE, VALUES, WEEK, World


def initialized(place):
    """A project that has nothing of ours but what `init` has just written."""
    here = World(place, VALUES)
    here.git("rm", "-rq", ".github", "security")
    plain = PROJECT["pyproject.toml"].partition("[tool.secstatus]")[0]
    here.commit("a project of its own", {"pyproject.toml": plain})
    options = ["--repository", "deepsea-tools/lanternfish", "--gate", "python checks.py"]
    with redirect_stdout(StringIO()) as said:
        assert main(["init", "--root", str(here.clone), *options]) == 0
    assert "What remains to be done by hand" in said.getvalue()
    here.commit("Add the security status", {})
    assert {name: here.hub.file("main", name).decode() for name in ATTRIBUTES} == ATTRIBUTES
    return here


@pytest.fixture
def fresh(world, kept):
    return world(kept("initialized", initialized))


@pytest.fixture
def begun(world, kept):
    """The same after its first run."""

    def make(place):
        here = World(place, VALUES, kept("initialized", initialized))
        here.scans(FIRST)
        first = here.run("security-status.yml", event="schedule")
        assert first.result == "success", first.log
        return here

    return world(kept("begun", make))


def got(address):
    with urlopen(address, timeout=10) as answer:  # a loopback address of the test's own
        return answer.read()


def test_five_minutes_to_a_page(begun):
    base = f"{begun.hub.url}/pages/{SITE}/"
    page = got(base).decode()
    assert "Security status of lanternfish" in page
    assert json.loads(got(f"{base}index.json"))["security_grade"] == "A"
    assert json.loads(got(f"{base}api/v1/manifest.json"))["security_grade"] == "A"
    assert got(f"{base}badges/grade.svg").startswith(b"<svg")
    readme = (begun.clone / "README.md").read_text()
    assert f"lanternfish/{SITE}/badges/grade.svg" in readme


def test_the_second_run_commits_nothing_and_neither_does_init(begun, capsys):
    refs = begun.refs()
    again = begun.run("security-status.yml", event="schedule")
    assert again.result == "success", again.log
    assert begun.refs() == refs
    begun.git("pull", "-q", "--rebase", "origin", "main")
    assert main(["init", "--root", str(begun.clone)]) == 0
    assert capsys.readouterr().out.startswith("Nothing to change")
    assert begun.git("status", "--porcelain") == ""


def test_a_scanner_that_crashes_on_the_first_day_is_a_page_that_says_so(fresh):
    fresh.scans(FIRST + WEEK, audit="", audit_exit=2)
    run = fresh.run("security-status.yml", event="schedule")
    assert run.result == "failure"
    assert fresh.page()["security_grade"] == "?"

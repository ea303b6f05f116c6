"""A small project at a GitHub of the tests' own, with the workflows that `init` would give it."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from scripts.workflows import rendered
from tests.commands.scanned import bandit, pip_audit
from tests.support.repositories import git, isolate_git, write_files
from tests.workflows import stand_ins
from tests.workflows.hub import Hub
from tests.workflows.runner import Runner

FIRST = datetime(2026, 11, 2, 4, 43, tzinfo=UTC)
WEEK = timedelta(days=7)
BOOK = "security/status/releases.json"
STATUS = "security/status/live-status.json"
SITE = "security-status"
VALUES = {
    "package": "lanternfish",
    "repository": "deepsea-tools/lanternfish",
    "branch": "main",
    "python": "3.12",
    "source": "src",
    "install": "python -m pip install .",
    "audit": "--local",
    "gates": ["python checks.py"],
    "tool": "secstatus==0.1.0",
    "pages_branch": "gh-pages",
    "prefix": SITE,
    "site_url": "https://deepsea-tools.github.io/lanternfish/security-status/",
    "hour": 4,
    "minute": 43,
    "weekday": 1,
}
HIGH = {
    "id": "PYSEC-2026-77",
    "fix_versions": ["2.0.1"],
    "aliases": ["GHSA-7777-7777-7777"],
    "description": "Urchin runs what it reads.",
}
RECORD = {
    "id": "PYSEC-2026-77",
    "aliases": ["GHSA-7777-7777-7777"],
    "modified": "2026-11-01T00:00:00Z",
    "database_specific": {"severity": "HIGH"},
}
PROJECT = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "lanternfish"
version = "2.4.1"
description = "Lights in the deep."
readme = "README.md"
requires-python = ">=3.11"

[tool.hatch.build.targets.wheel]
packages = ["src/lanternfish"]

[tool.secstatus]
repository = "deepsea-tools/lanternfish"
base_url = "https://deepsea-tools.github.io/lanternfish/security-status/"
""",
    "README.md": "# lanternfish\n\nlanternfish v2.4.1 shines.\n",
    "src/lanternfish/__init__.py": '__version__ = "2.4.1"\n',
    "checks.py": """\
import pathlib, tomllib
named = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]["version"]
scope = {}
exec(pathlib.Path("src/lanternfish/__init__.py").read_text(), scope)
assert scope["__version__"] == named
""",
}
# What `init` writes besides.
ATTRIBUTES = {"security/status/.gitattributes": "journal.jsonl merge=union\n"}


class World:
    """The project, its repository at the hub, and a runner."""

    def __init__(self, place, values, before=None):
        self.place, self.clone = place, place / "clone"
        if before:
            shutil.copytree(
                before.place, place, symlinks=True, ignore=shutil.ignore_patterns("machines")
            )
        place.mkdir(exist_ok=True)
        self.hub = Hub(place)
        self.runner = Runner(place, self.hub)
        self.hub.records[RECORD["id"]] = RECORD
        if before:
            self.runner.go_on_from(before.runner)
            self.git("remote", "set-url", "origin", str(self.hub.bare))
            return
        self.clone.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", str(self.hub.bare))
        files = {f".github/{name}": text for name, text in rendered(values).items()}
        self.commit("first", PROJECT | ATTRIBUTES | files)

    def close(self):
        self.hub.close()

    def git(self, *words):
        by = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
        return git(self.clone, *by, *words)

    def commit(self, message, files):
        """Somebody commits these files to the default branch."""
        if self.hub.commits("main"):
            self.git("pull", "-q", "--rebase", "--autostash", "origin", "main")
        write_files(self.clone, files)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", "origin", "HEAD:main")

    def scans(self, at, *vulnerable, audit=None, audit_exit=None, code_exit=0):
        """What the scanners will say, at this moment. `audit` other than None: that text, `""`: no report."""
        self.runner.at(at)
        report = self.runner.desk / "pip-audit.json"
        report.write_text(json.dumps(pip_audit(*vulnerable)) if audit is None else audit)
        if audit == "":
            report.unlink()
        ending = (1 if vulnerable else 0) if audit_exit is None else audit_exit
        (self.runner.desk / "pip-audit.exit").write_text(str(ending))
        (self.runner.desk / "bandit.json").write_text(json.dumps(bandit(at)))
        (self.runner.desk / "bandit.exit").write_text(str(code_exit))

    def run(self, workflow, **more):
        return self.runner.run(workflow, **more)

    def refs(self):
        return self.hub.git("for-each-ref", "--format=%(refname) %(objectname)")

    def page(self):
        """The JSON of the published site."""
        return self.hub.json("gh-pages", f"{SITE}/index.json")

    def asked(self, name):
        return stand_ins.noted(self.runner.desk, name)


@pytest.fixture
def nobodys(tmp_path, monkeypatch):
    """The settings of this machine are not those of the tests."""
    isolate_git(monkeypatch, tmp_path, identity="")


@pytest.fixture
def world(tmp_path, nobodys):
    """`world()` makes one; `values` differ from the usual ones; `before` is one to go on from."""
    made = []

    def make(before=None, **values):
        made.append(World(tmp_path / "world", VALUES | values, before))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """Worlds that many tests begin with: made once, and closed, for each of them to copy."""
    worlds = {}

    def world(name, make):
        if name not in worlds:
            worlds[name] = make(tmp_path_factory.mktemp(name) / "world")
            worlds[name].close()
        return worlds[name]

    return world


def _scanned(place, before=None):
    here = World(place, VALUES, before)
    here.scans(FIRST)
    run = here.run("security-status.yml", event="schedule")
    assert run.result == "success", run.log
    return here


@pytest.fixture
def scanned(world, kept):
    """A project whose first scan is published, grade A."""
    return world(kept("scanned", _scanned))


def found_once(kept):
    """The world of `found`, to go on from."""

    def make(place):
        here = World(place, VALUES, kept("scanned", _scanned))
        here.scans(FIRST + WEEK, ("urchin", [HIGH]))
        assert here.run("security-status.yml").result == "success"
        assert here.runner.started() == [("security-release.yml", "main")]
        return here

    return kept("found", make)


@pytest.fixture
def found(world, kept):
    """A week later there is a new high finding, and its release was started."""
    return world(found_once(kept))

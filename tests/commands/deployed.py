"""A project in a clone, a remote beside it, and a site of it."""

import io
import json
import shutil
import subprocess
import tarfile

from secstatus.commands.branch_address import BranchAddress
from secstatus.commands.build import build_site
from secstatus.commands.deploy import deploy_site
from secstatus.commands.deploy.deployment import DeployOptions
from tests.conftest import NOW, STATES
from tests.support.clock import FakeClock
from tests.support.repositories import git, isolate_git, write_files

BRANCH = "gh-pages"
P = "security-status/"


def fresh_world(place, template, monkeypatch, home):
    """A copy of the world in `template`, which is made when it is not there."""
    isolate_git(monkeypatch, home)
    if not template.exists():
        template.mkdir()
        World(template).make()
    for name in ("clone", "remote.git", "_site"):
        shutil.copytree(template / name, place / name)
    return World(place)


class World:
    """A project in a clone, a bare remote beside it, and a site that was built from it."""

    def __init__(self, place):
        self.clone, self.remote, self.site = place / "clone", place / "remote.git", place / "_site"

    def make(self):
        """Make them all. The remote is a relative one, so that a copy has its own."""
        shutil.copytree(STATES / "history", self.clone)
        self.git("init", "-q", "-b", "main", "--template=")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "first")
        self.git("init", "-q", "--bare", "--template=", str(self.remote))
        self.git("remote", "add", "origin", "../remote.git")
        build_site(self.clone, self.site, NOW)

    def git(self, *words, at=None, check=True):
        return git(at or self.clone, *words, check=check)

    def deploy(self, now=NOW, timing=None, **more):
        named = {name: more.pop(name) for name in ("branch", "prefix", "remote") if name in more}
        wanted = DeployOptions(**{"site": self.site, "address": BranchAddress(**named), **more})
        return deploy_site(self.clone, now, wanted, timing or FakeClock().timing)

    def published(self, below=""):
        command = ["git", "archive", BRANCH]
        done = subprocess.run(command, cwd=self.remote, check=True, capture_output=True)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            files = {item.name: tar.extractfile(item).read() for item in tar if item.isfile()}
        return {
            path.removeprefix(below): data for path, data in files.items() if path.startswith(below)
        }

    def commits(self, branch=BRANCH):
        return int(self.git("rev-list", "--count", branch, at=self.remote, check=False) or 0)

    def by_hand(self, changes):
        """Somebody else commits these files to the branch; None takes one away."""
        place = self.clone.parent / "elsewhere"
        if not place.exists():
            self.git("clone", "-q", str(self.remote), str(place), at=self.clone.parent)
            self.git("checkout", "-q", "-B", BRANCH, at=place)
            self.git("pull", "-q", "origin", BRANCH, at=place, check=False)
        self.git("pull", "-q", "origin", BRANCH, at=place, check=False)
        write_files(place, changes)
        self.git("add", "-A", "-f", at=place)
        self.git("commit", "-q", "-m", "by hand", at=place)
        self.git("push", "-q", "origin", BRANCH, at=place)

    def journal(self):
        path = self.clone / "security/status/journal.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

"""From a change of the status to a published package, as one chain; cut off anywhere, once is once.

Each stage is a process of its own: the real program, a bare git remote, pypiserver on loopback. The
chain is stopped before any of them, begun again from the start, and has to publish exactly once.
"""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from tests.commands.scanned import FIRST, WEEK, bandit, both, pip_audit
from tests.gits import git, made, nobodys_git

GENERATOR = Path(__file__).parent.parent.parent / "generator"
REPORTS = "security/reports/latest"
BOOK = "security/status/releases.json"
HIGH = {"id": "GHSA-high-0000-0001", "aliases": ["CVE-2026-9"], "fix_versions": ["3.0"]}
PROJECT = {
    "pyproject.toml": b"""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "lanternfish"
version = "1.2.3"
description = "Lights in the deep."
readme = "README.md"
requires-python = ">=3.11"
license = "MIT"

[tool.hatch.build.targets.wheel]
packages = ["src/lanternfish"]

[tool.secstatus]
base_url = "https://example.org/security-status/"

[tool.secstatus.bump]
gates = ["grep -q lanternfish src/lanternfish/__init__.py"]
tag = "v{version}"

[tool.secstatus.preflight]
isolation = "no"
""",
    "README.md": b"# lanternfish\n\nlanternfish v1.2.3 shines.\n",
    "LICENSE": b"MIT\n",
    ".gitignore": b"/dist/\n/_site/\n/checksums/\n",
    "src/lanternfish/__init__.py": b'"""lanternfish."""\n\n__version__ = "1.2.3"\n',
}
STAGES = ("run", "books", "bump", "preflight", "upload", "verify", "record", "deploy")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """A package index on loopback that takes each file once; its address and its folder."""
    place = tmp_path_factory.mktemp("index")
    folder = place / "packages"
    folder.mkdir()
    digest = base64.b64encode(hashlib.sha1(b"secret-of-the-test").digest()).decode()
    (place / "users").write_text(f"me:{{SHA}}{digest}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["run", "-i", "127.0.0.1", "-p", str(port), "-P", str(place / "users"), "-a", "update"]
    program = str(Path(sys.executable).with_name("pypi-server"))
    child = subprocess.Popen(
        [program, *words, "--hash-algo", "sha256", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(300):
        try:
            opener.open(f"{url}health").close()
            break
        except OSError:
            time.sleep(0.1)
    yield url, folder
    child.terminate()
    child.wait()


class Chain:
    """The stages in order, each a process; as a workflow would run them."""

    def __init__(self, root, url, at):
        self.root, self.url, self.at, self.uploads = root, url, at, 0

    def call(self, *words):
        kept = {n: os.environ[n] for n in ("PATH", "HOME", "GIT_CONFIG_NOSYSTEM")}
        env = kept | {
            "PYTHONPATH": str(GENERATOR),
            "TWINE_USERNAME": "me",
            "TWINE_PASSWORD": "secret-of-the-test",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        now = f"{self.at:%Y-%m-%dT%H:%M:%SZ}"
        command = [sys.executable, "-m", "secstatus", words[0], "--root", ".", "--now", now]
        done = subprocess.run(
            [*command, *words[1:], "--format", "json"],
            cwd=self.root, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "secret-of-the-test" not in done.stdout + done.stderr
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return json.loads(done.stdout)

    def until(self, last=None):
        """Run the stages, `last` excluded; False where it was cut off."""
        for name in STAGES:
            if name == last:
                return False
            if getattr(self, name)() is False:
                # Nothing is to be released: the books and the site are brought up to date.
                self.books()
                self.deploy()
                return True
        return True

    def run(self):
        scanned = f"{self.at - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        self.decision = self.call("run", "--scan-date", scanned)["steps"]["decide"]["result"]
        return self.decision["should_release"]

    def books(self):
        git(self.root, "add", "-A", "security")
        if git(self.root, "status", "--porcelain"):
            git(self.root, "commit", "-q", "-m", "status")
        git(self.root, "push", "-q", "origin", "main")

    def bump(self):
        if self.decision["state"] == "planned":
            self.call("bump", self.decision["bump"], "--yes", "--comment", "Security release")

    def preflight(self):
        git(self.root, "checkout", "-q", "v1.2.4")
        try:
            self.call("preflight", "--checksums", "checksums", "--tag")
        finally:
            git(self.root, "checkout", "-q", "main")

    def upload(self):
        self.call("upload", "--repository-url", self.url, "--index-url", f"{self.url}simple/")

    def verify(self):
        self.call("verify", "--index-url", f"{self.url}simple/", "--timeout", "20")

    def record(self):
        self.call("decide", "--record", "published", "--version", "1.2.4")
        self.books()

    def deploy(self):
        self.call("fetch-site")
        self.call("build")
        self.call("deploy")


@pytest.fixture
def chain(tmp_path, monkeypatch, index):
    """A project whose baseline is known and whose scan of this week has a new high finding."""
    url, packages = index
    for path in packages.iterdir():
        path.unlink()
    home = tmp_path / "home"
    home.mkdir()
    nobodys_git(monkeypatch, home)
    (tmp_path / "p").mkdir()
    root = made(tmp_path / "p", PROJECT)
    osv = root / "security/reports/osv"
    osv.mkdir(parents=True)
    record = {"id": HIGH["id"], "aliases": HIGH["aliases"], "modified": "2026-10-01T00:00:00Z"}
    record["database_specific"] = {"severity": "HIGH"}
    (osv / f"{HIGH['id']}.json").write_text(json.dumps(record))
    first = Chain(root, url, FIRST + timedelta(hours=1))
    reports(root, both(FIRST))
    assert first.until()
    assert first.decision["justification"].startswith("Baseline")
    at = FIRST + WEEK
    reports(root, {"pip_audit": pip_audit(("kelp", [HIGH])), "bandit": bandit(at)})
    return Chain(root, url, at + timedelta(hours=1)), packages


def reports(root, found):
    (root / REPORTS).mkdir(parents=True, exist_ok=True)
    for name, report in found.items():
        (root / REPORTS / f"{name.replace('_', '-')}.json").write_text(json.dumps(report))


@pytest.mark.parametrize("cut", [None, *STAGES[1:]])
def test_published_exactly_once(chain, cut):
    here, packages = chain
    if cut:
        assert not here.until(cut)
    assert here.until()

    names = ["lanternfish-1.2.4-py3-none-any.whl", "lanternfish-1.2.4.tar.gz"]
    assert sorted(path.name for path in packages.iterdir()) == names
    assert git(here.root, "tag") == "v1.2.4"
    subjects = git(here.root, "log", "--format=%s").splitlines()
    assert subjects.count("chore(release): bump version 1.2.3 → 1.2.4") == 1
    decisions = json.loads((here.root / BOOK).read_text())["decisions"]
    states = [each["steps"][-1]["state"] for each in decisions]
    assert (states.count("published"), {*states}) == (1, {"none", "published"})
    published = git(here.root, "ls-remote", "origin", "gh-pages").split()[0]
    remote = here.root.parent / "p.git"
    page = git(remote, "show", f"{published}:security-status/releases.html")
    assert "Released 1.2.4" in page
    later = Chain(here.root, here.url, here.at + WEEK)
    reports(here.root, {"bandit": bandit(FIRST + 2 * WEEK)})
    later.run()
    assert later.decision["should_release"] is False

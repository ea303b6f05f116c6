"""The design's integration tests of publishing: from a change of the status to a published package.

Each stage is a process of its own: the real program, a bare git remote, pypiserver on loopback. The
chain is stopped before any of them, begun again from the start, and has to publish exactly once.
"""

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from tests.commands.scanned import FIRST, WEEK, bandit, both, pip_audit
from tests.conftest import tree
from tests.publishing.uploads import SDIST, WHEEL, journal, send
from tests.support.repositories import git, isolate_git, make_repository, write_files
from tests.support.server import serving

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

    def finish(self):
        """Run the stages; where nothing is to be released, just those that publish the status."""
        for name in STAGES:
            if getattr(self, name)() is False:
                self.books()
                self.deploy()
                return

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


@pytest.fixture(scope="module")
def begun(tmp_path_factory, index):
    """`begun(STAGE)`: folder and state of a chain that ended before this stage, made once for all.

    Its baseline is known, and its scan of this week has a new high finding.
    """
    place, (url, packages) = tmp_path_factory.mktemp("begun"), index
    folders = {}

    def keep(stage):
        folders[stage] = place / stage
        shutil.copytree(place / "now", folders[stage])
        shutil.copytree(packages, folders[stage] / "packages")

    with pytest.MonkeyPatch.context() as patched:
        (place / "now/home").mkdir(parents=True)
        (place / "now/p").mkdir()
        isolate_git(patched, place / "now/home")
        root = make_repository(place / "now/p", PROJECT)
        first = Chain(root, url, FIRST + timedelta(hours=1))
        advisory(root)
        reports(root, both(FIRST))
        first.finish()
        assert first.decision["justification"].startswith("Baseline")
        at = FIRST + WEEK
        reports(root, {"pip_audit": pip_audit(("kelp", [HIGH])), "bandit": bandit(at)})
        chain = Chain(root, url, at + timedelta(hours=1))
        for stage in STAGES:
            keep(stage)
            getattr(chain, stage)()
    return folders


@pytest.fixture
def chain(tmp_path, monkeypatch, index, begun):
    """`chain(STAGE)`: a chain that was cut off before this stage, and the folder of the index."""
    url, packages = index

    def make(stage):
        shutil.copytree(begun[stage], tmp_path, dirs_exist_ok=True)
        isolate_git(monkeypatch, tmp_path / "home")
        for path in packages.iterdir():
            path.unlink()
        shutil.copytree(tmp_path / "packages", packages, dirs_exist_ok=True)
        return Chain(tmp_path / "p", url, FIRST + WEEK + timedelta(hours=1)), packages

    return make


def advisory(root):
    """The cached record of the finding, with its severity."""
    record = {"id": HIGH["id"], "aliases": HIGH["aliases"], "modified": "2026-10-01T00:00:00Z"}
    record["database_specific"] = {"severity": "HIGH"}
    osv = root / "security/reports/osv"
    osv.mkdir(parents=True)
    (osv / f"{HIGH['id']}.json").write_text(json.dumps(record))


def reports(root, found):
    (root / REPORTS).mkdir(parents=True, exist_ok=True)
    for name, report in found.items():
        (root / REPORTS / f"{name.replace('_', '-')}.json").write_text(json.dumps(report))


def test_complete_publishing_workflow(chain):
    """A new high finding becomes one release, on the index, in git and on the status page."""
    here, packages = chain("run")
    here.finish()
    assert_published_once(here, packages)
    later = Chain(here.root, here.url, here.at + WEEK)
    reports(here.root, {"bandit": bandit(FIRST + 2 * WEEK)})
    later.run()
    assert later.decision["should_release"] is False


@pytest.mark.parametrize("cut", STAGES[1:])
def test_a_workflow_that_was_cut_off_publishes_exactly_once(chain, cut):
    here, packages = chain(cut)
    here.finish()
    assert_published_once(here, packages)


def assert_published_once(here, packages):
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


def test_trusted_publishing_integration(release, stub, told):
    """Twine exchanges the identity token of the job; no password is given anywhere."""
    result = send(release, told)
    assert set(stub.stored) == {WHEEL, SDIST}
    assert stub.stored[WHEEL] == (release / "dist" / WHEEL).read_bytes()
    assert [each["name"] for each in result.document()["stages"]] == ["distributions", WHEEL, SDIST]
    assert {each["state"] for each in result.document()["stages"]} == {"passed"}
    (event,) = journal(release)
    assert event["kind"] == "publish"
    assert event["outcome"] == "published"
    assert event["authentication"] == "trusted publishing"
    assert not told.pauses


def fetch(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        assert answer.status == 200
        return answer.read().decode()


def test_security_status_live_updates(tmp_path):
    """Each scan changes what the API answers, and a broken status file takes no page away."""
    root, site = tmp_path / "lanternfish", tmp_path / "site"
    write_files(root, PROJECT)

    with serving() as server:

        def run(week, found):
            at = FIRST + week * WEEK
            reports(root, found)
            words = ["run", "--root", str(root), "--out", str(site)]
            words += ["--now", stamp(at + timedelta(hours=1)), "--scan-date", stamp(at)]
            command = [sys.executable, "-m", "secstatus", *words]
            env = os.environ | {"PYTHONPATH": str(GENERATOR)}
            done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
            server.files = tree(site)
            return done.returncode, json.loads(fetch(f"{server.url}index.json"))

        exit_status, clean = run(0, both(FIRST))
        assert (exit_status, clean["security_grade"], clean["findings"]) == (0, "A", [])
        badge = fetch(f"{server.url}badges/vulnerabilities.svg")

        exit_status, found = run(1, both(FIRST + WEEK, ("kelp", [HIGH])))
        assert exit_status == 0
        assert [each["finding_id"] for each in found["findings"]] == [HIGH["id"]]
        assert found["scan_date"] == stamp(FIRST + WEEK)
        assert fetch(f"{server.url}badges/vulnerabilities.svg") != badge
        assert HIGH["id"] in fetch(server.url)

        (root / "security/status/live-status.json").write_text("{")
        exit_status, kept = run(2, both(FIRST + 2 * WEEK))
        assert exit_status != 0
        assert kept["security_grade"] == "?"
        assert [each["finding_id"] for each in kept["findings"]] == [HIGH["id"]]
        assert "cannot be read" in fetch(server.url)


def stamp(at):
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"

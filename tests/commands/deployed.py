"""A project in a clone, a remote beside it, a site of it, and a server of sites."""

import io
import json
import shutil
import subprocess
import tarfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from secstatus.adapters.http.client import Timing
from secstatus.commands.build import build
from secstatus.commands.deploy import DeployOptions, deploy
from tests.conftest import NOW, STATES

BRANCH = "gh-pages"
P = "security-status/"
AT_ONCE = Timing(sleep=lambda seconds: None)


def fresh_world(place, template, monkeypatch, home):
    """A copy of the world in `template`, which is made when it is not there."""
    nobodys_git(monkeypatch, home)
    if not template.exists():
        template.mkdir()
        World(template).make()
    for name in ("clone", "remote.git", "_site"):
        shutil.copytree(template / name, place / name)
    return World(place)


def nobodys_git(monkeypatch, home):
    """A git with a user's settings, and none of this machine."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (home / ".gitconfig").write_text("[user]\nname = Somebody\nemail = somebody@example.org\n")


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
        build(self.clone, self.site, NOW)

    def git(self, *words, at=None, check=True):
        done = subprocess.run(
            ["git", *words], cwd=at or self.clone, check=False, capture_output=True
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def deploy(self, now=NOW, **more):
        return deploy(self.clone, now, DeployOptions(**{"site": self.site, **more}), AT_ONCE)

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
        for name, content in changes.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if content is None else path.write_bytes(content)
        self.git("add", "-A", "-f", at=place)
        self.git("commit", "-q", "-m", "by hand", at=place)
        self.git("push", "-q", "origin", BRANCH, at=place)

    def journal(self):
        path = self.clone / "security/status/journal.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Site(ThreadingHTTPServer):
    """Serves `files` below /s/; `status` and `delay` spoil it. Each GET runs `on_get` first."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.status, self.done = {}, 200, threading.Event()
        self.silent, self.asked, self.on_get = False, [], lambda: None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/s/"

    def handle_error(self, request, client_address):
        """A client that gives up is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.on_get()
        path = self.path.removeprefix("/s/")
        server.asked.append(path)
        if server.silent:
            server.done.wait(5)
        body = server.files.get(path)
        status = 404 if body is None else server.status
        self.send_response(status)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args):
        pass


@contextmanager
def serving():
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.done.set()
        server.shutdown()
        server.server_close()
        thread.join()

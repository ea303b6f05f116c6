"""A bare repository behind HTTP, with tokens that may read or write; OSV records, the pages of the
branch gh-pages and the API beside it.

git's own `git http-backend` answers, so that fetches and pushes are real ones.
"""

import base64
import json
import os
import subprocess
from contextlib import ExitStack
from functools import cache
from urllib.parse import urlsplit

from tests.support import osv
from tests.support.github import REPOSITORY, TOKEN, GitHubStub, Handler
from tests.support.repositories import git
from tests.support.server import Exchange, FaultyServer, running

BELOW = "/api/v3"


@cache
def _backend():
    done = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True)
    return f"{done.stdout.strip()}/git-http-backend"


class Hub(FaultyServer):
    """`tokens`: token → rights of the job that has it. Nobody reads without one.

    `pages`: files that the host serves in the place of those of the branch gh-pages.
    """

    def __init__(self, place, name="deepsea-tools/lanternfish"):
        super().__init__(below="", exchange=_Exchange)
        self.name, self.projects = name, place / "projects"
        self.bare = self.projects / f"{name}.git"
        self.tokens, self.pushes, self.records, self.pages = {}, [], {}, None
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.bare)], check=True)
        for key, value in (("http.receivepack", "true"), ("uploadpack.allowAnySHA1InWant", "true")):
            self.git("config", key, value)
        self.api = _Api(self)
        self.servers = ExitStack()
        for each in (self, self.api):
            self.servers.enter_context(running(each))

    def close(self):
        self.servers.close()

    def token(self, rights):
        """A token for a job with these rights."""
        made = f"token-{len(self.tokens)}-{'-'.join(sorted(rights)) or 'none'}"
        self.tokens[made] = dict(rights)
        return made

    def git(self, *words, check=True):
        return git(self.bare, *words, check=check)

    def commits(self, ref):
        """The subjects of a branch, newest first; none where it is not there."""
        return self.git("log", "--format=%s", ref, "--", check=False).splitlines()

    def paths(self, ref):
        return self.git("ls-tree", "-r", "--name-only", ref, check=False).splitlines()

    def file(self, ref, path):
        return subprocess.run(
            ["git", "show", f"{ref}:{path}"], cwd=self.bare, capture_output=True, check=True
        ).stdout

    def page(self, path):
        if self.pages is not None:
            return self.pages.get(path)
        done = subprocess.run(
            ["git", "cat-file", "blob", f"gh-pages:{path}"],
            cwd=self.bare,
            capture_output=True,
            check=False,
        )
        return None if done.returncode else done.stdout

    def json(self, ref, path):
        return json.loads(self.file(ref, path))


class _Api(GitHubStub):
    """The API of the repository, below a path as on a server of one's own.

    Its issues are `issues`, its tokens those of the hub.
    """

    def __init__(self, hub):
        super().__init__(_WithRights)
        self.hub = hub

    @property
    def address(self):
        return f"{self.url}{BELOW}"


class _WithRights(Handler):
    """A request may do what the job of its token may."""

    def route(self):
        hub = self.server.hub
        if not self.path.startswith(f"{BELOW}/"):
            return 404, {"message": "Not Found"}
        rights = hub.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if rights is None:
            return 401, {"message": "Bad credentials"}
        kind = next(
            (each for each in ("actions", "issues", "labels") if f"/{each}" in self.path), ""
        )
        right = {"actions": "actions", "": "contents"}.get(kind, "issues")
        enough = ("read", "write") if self.command == "GET" else ("write",)
        if rights.get(right) not in enough:
            return 403, {"message": "Resource not accessible by integration"}
        self.path = self.path.removeprefix(BELOW)
        self.path = self.path.replace(f"/repos/{hub.name}", f"/repos/{REPOSITORY}", 1)
        self.headers.replace_header("Authorization", f"Bearer {TOKEN}")
        return super().route()


class _Exchange(Exchange):
    def answer(self):
        if self.path.startswith(osv.BELOW):
            osv.answer_record(self, self.server.records.get(self.path.removeprefix(osv.BELOW)))
        elif self.path.startswith("/pages/"):
            self._page(self.path.removeprefix("/pages/"))
        else:
            self._git()

    def _page(self, path):
        """A file of the branch, as GitHub Pages serves it: to everybody."""
        path = f"{path}index.html" if path.endswith("/") else path
        content = self.server.page(path)
        self.respond(*((404, b"no") if content is None else (200, content)))

    def _git(self):
        parts = urlsplit(self.path)
        writes = "git-receive-pack" in self.path
        rights = self.server.tokens.get(self._token(), {})
        wanted = ("write",) if writes else ("read", "write")
        if rights.get("contents") not in wanted:
            self.respond(401, b"no", WWW_Authenticate='Basic realm="hub"')
            return
        if self.path.endswith("/git-receive-pack"):
            self.server.pushes.append(self._token())
        variables = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.projects),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(self.body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
        }
        done = subprocess.run(
            [_backend()], input=self.body, env=variables, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().splitlines())
        status = int(lines.pop("Status", "200").split()[0])
        self.respond(status, content, **lines)

    def receive(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return super().receive()
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        return body

    def _token(self):
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return ""
        user, _, token = base64.b64decode(value).decode().partition(":")
        return token if user == "x-access-token" else ""

"""GitHub's API, as https://docs.github.com/rest describes it.

Only what the program asks for: a repository, its workflows, runs and jobs, and its issues. `faults`
take the place of an answer, or of its way back.
"""

import json
import re
from urllib.parse import parse_qs, urlsplit

from tests.support.faults import replies
from tests.support.server import Exchange, FaultyServer, running

TOKEN = "ghs_notARealToken0123456789"
REPOSITORY = "octo-org/lanternfish"
ROOT = f"/repos/{REPOSITORY}"
BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot", "site_admin": False}
PERSON = {"login": "mona", "id": 7, "type": "User", "site_admin": False}
STRANGER = {"login": "stranger", "id": 666, "type": "User", "site_admin": False}


class GitHubStub(FaultyServer):
    """`author`: whose token it is."""

    def __init__(self, exchange=None):
        super().__init__(below="", exchange=exchange or Handler)
        self.faults = []
        self.author = BOT
        self.labels, self.issues, self.comments = {}, [], {}
        self.workflows, self.runs, self.jobs = [], [], {}
        self.about = repository()
        self.takes_labels = True

    def fault(self, method, pattern, answer, times=1):
        """The next `times` requests whose path matches are answered so."""
        self.faults += [(method, re.compile(pattern), answer)] * times

    def next_fault(self, exchange):
        for each in self.faults:
            method, pattern, answer = each
            if method == exchange.command and pattern.search(urlsplit(exchange.path).path):
                self.faults.remove(each)
                return answer
        return None

    def asked(self, method="", pattern=""):
        """Method and path of the requests, without the query."""
        found = [(each[0], urlsplit(each[1]).path) for each in self.seen]
        return [
            each for each in found if each[0].startswith(method) and re.search(pattern, each[1])
        ]

    def issue(self, body, user=BOT, state="open", labels=("secstatus-alert",), **more):
        made = {
            "id": 9000 + len(self.issues),
            "number": len(self.issues) + 1,
            "title": "an issue",
            "body": body,
            "state": state,
            "state_reason": None,
            "user": user,
            "labels": [{"id": 1, "name": each, "color": "ededed"} for each in labels],
            "comments": 0,
            "html_url": f"https://github.com/{REPOSITORY}/issues/{len(self.issues) + 1}",
            **more,
        }
        self.issues.append(made)
        return made

    def comment(self, number, body, user=BOT):
        made = {"id": 1, "body": body, "user": user, "created_at": "2026-11-24T06:00:00Z"}
        self.comments.setdefault(number, []).append(made)
        return made


def repository(**more):
    return {
        "id": 1296269,
        "full_name": REPOSITORY,
        "private": False,
        "archived": False,
        "default_branch": "main",
        "pushed_at": "2026-11-20T10:00:00Z",
        **more,
    }


def workflow(number, file, state="active", **more):
    return {
        "id": number,
        "node_id": "W_1",
        "name": file,
        "path": f".github/workflows/{file}",
        "state": state,
        "created_at": "2026-01-08T23:48:37.000-08:00",
        "updated_at": "2026-01-08T23:50:21.000-08:00",
        **more,
    }


def run(number, file, conclusion="success", at="2026-11-24T04:50:00Z", **more):
    return {
        "id": number,
        "name": file,
        "path": f".github/workflows/{file}",
        "head_branch": "main",
        "event": "schedule",
        "status": "completed",
        "conclusion": conclusion,
        "run_number": number,
        "run_attempt": 1,
        "created_at": at,
        "run_started_at": at,
        "updated_at": at,
        **more,
    }


def job(start="2026-11-24T04:43:00Z", end="2026-11-24T04:44:30Z", **more):
    return {
        "id": 399444496,
        "name": "Scan",
        "status": "completed",
        "conclusion": "success",
        "started_at": start,
        "completed_at": end,
        "labels": ["ubuntu-24.04"],
        "runner_name": "GitHub Actions 2",
        **more,
    }


def refused(status, message, **headers):
    return replies(status, {"message": message, "status": str(status)}, **headers)


def done_and_lost(exchange):
    """A fault: what was asked for is done, and the answer does not come back."""
    exchange.route()
    exchange.close_connection = True


def github_stub():
    return running(GitHubStub())


class Handler(Exchange):
    def answer(self):
        status, value = self.route()
        self.respond(status, value, Content_Type="application/json; charset=utf-8")

    def route(self):
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials", "status": "401"}
        path, body = urlsplit(self.path).path, json.loads(self.body or b"null")
        for method, pattern, answer in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == self.command:
                return answer(self, body, *found.groups())
        return 404, {"message": "Not Found", "status": "404"}

    def query(self, name, otherwise=""):
        return parse_qs(urlsplit(self.path).query).get(name, [otherwise])[0]

    def page(self, items):
        size, number = int(self.query("per_page", "30")), int(self.query("page", "1"))
        return items[size * (number - 1) : size * number]

    def user(self, _body):
        if self.server.author["type"] == "Bot":
            return 403, {"message": "Resource not accessible by integration", "status": "403"}
        return 200, self.server.author

    def repository(self, _body):
        return 200, self.server.about

    def workflows(self, _body):
        found = self.server.workflows
        return 200, {"total_count": len(found), "workflows": self.page(found)}

    def runs(self, _body, number):
        stub = self.server
        path = next(
            (each["path"] for each in stub.workflows if each.get("id") == int(number)), None
        )
        since = self.query("created").removeprefix(">=")
        found = [
            each
            for each in stub.runs
            if not isinstance(each, dict)
            or (each.get("path") == path and str(each.get("created_at")) >= since)
        ]
        return 200, {"total_count": len(found), "workflow_runs": self.page(found)}

    def jobs(self, _body, number):
        found = self.server.jobs.get(int(number), [job()])
        return 200, {"total_count": len(found), "jobs": self.page(found)}

    def label(self, _body, name):
        found = self.server.labels.get(name)
        return (200, found) if found else (404, {"message": "Not Found"})

    def make_label(self, body):
        self.server.labels[body["name"]] = body
        return 201, body

    def issues(self, _body):
        state, label = self.query("state", "open"), self.query("labels")
        found = [
            each
            for each in reversed(self.server.issues)
            if state in ("all", each["state"])
            and label in [each["name"] for each in each["labels"]]
        ]
        return 200, self.page(found)

    def make_issue(self, body):
        labels = body["labels"] if self.server.takes_labels else ()
        made = self.server.issue(body["body"], self.server.author, labels=labels)
        made["title"] = body["title"]
        return 201, made

    def issue(self, _body, number):
        return 200, self.server.issues[int(number) - 1]

    def change_issue(self, body, number):
        self.server.issues[int(number) - 1].update(body)
        return 200, self.server.issues[int(number) - 1]

    def list_comments(self, _body, number):
        return 200, self.page(self.server.comments.get(int(number), []))

    def make_comment(self, body, number):
        return 201, self.server.comment(int(number), body["body"], self.server.author)


ROUTES = (
    ("GET", "/user", Handler.user),
    ("GET", ROOT, Handler.repository),
    ("GET", f"{ROOT}/actions/workflows", Handler.workflows),
    ("GET", rf"{ROOT}/actions/workflows/(\d+)/runs", Handler.runs),
    ("GET", rf"{ROOT}/actions/runs/(\d+)/jobs", Handler.jobs),
    ("GET", f"{ROOT}/labels/([^/]+)", Handler.label),
    ("POST", f"{ROOT}/labels", Handler.make_label),
    ("GET", f"{ROOT}/issues", Handler.issues),
    ("POST", f"{ROOT}/issues", Handler.make_issue),
    ("GET", rf"{ROOT}/issues/(\d+)", Handler.issue),
    ("PATCH", rf"{ROOT}/issues/(\d+)", Handler.change_issue),
    ("GET", rf"{ROOT}/issues/(\d+)/comments", Handler.list_comments),
    ("POST", rf"{ROOT}/issues/(\d+)/comments", Handler.make_comment),
)

"""The client of GitHub's API against a server that answers as GitHub does, and as it should not."""

import json
import threading
from contextlib import contextmanager

import pytest

from secstatus.adapters.deadline import call_with_deadline
from secstatus.adapters.github_api import GitHub, MaybeDone, NotThere
from secstatus.adapters.http.exchange import HttpLimits
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.errors import ExternalError, UsageError
from tests.support.faults import breaks_off, cut, hangs_up, replies, silent
from tests.support.github import ROOT, TOKEN, done_and_lost, github_stub, refused, workflow

ISSUES, NEEDS = f"{ROOT}/issues", "issues: write"


@pytest.fixture
def stub():
    with github_stub() as found:
        yield found


@pytest.fixture
def slept():
    return []


@pytest.fixture
def github(stub, slept):
    return client(stub, slept)


def client(stub, slept, bad=None):
    """With little patience only where nothing comes: a busy machine takes its time."""
    limits = HttpLimits(
        attempt=0.5 if bad is silent else 20.0, size=50_000, retry=RetryPolicy(attempts=3)
    )
    return GitHub(
        TOKEN, stub.url, limits=limits, timing=Timing(sleep=slept.append, chance=lambda: 0.0)
    )


def failure(call, *args, kind=ExternalError, **more):
    with pytest.raises(kind) as raised:
        call(*args, needs=NEEDS, **more)
    assert TOKEN not in f"{raised.value} {raised.value.hint} {raised.value.__cause__}"
    return raised.value


def test_a_request_says_who_asks_and_for_what(stub, github):
    assert github.get(ROOT, {"a": "b c"}, needs=NEEDS)["default_branch"] == "main"
    method, path, headers, _ = stub.seen[0]
    assert (method, path) == ("GET", f"{ROOT}?a=b+c")
    assert headers["Accept"] == "application/vnd.github+json"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["User-Agent"].startswith("secstatus/")


@pytest.mark.parametrize("number", [0, 99, 100, 101, 250])
def test_pages_are_read_to_the_end(stub, github, number):
    stub.workflows = [workflow(each, f"w{each}.yml") for each in range(number)]
    found = github.pages(f"{ROOT}/actions/workflows", needs=NEEDS, key="workflows")
    assert ([each["id"] for each in found.items], found.whole) == (list(range(number)), True)
    assert len(stub.seen) == number // 100 + 1


def test_pages_are_bounded_and_that_is_said(stub, github):
    stub.workflows = [workflow(each, f"w{each}.yml") for each in range(250)]
    found = github.pages(f"{ROOT}/actions/workflows", needs=NEEDS, key="workflows", most=2)
    assert (len(found.items), found.whole) == (200, False)
    assert len(stub.seen) == 2


@pytest.mark.parametrize("body", [b"{}", b'{"workflows": {}}', b'"x"', b"null", b"3"])
def test_a_list_that_is_none(stub, github, body):
    stub.fault("GET", "workflows", replies(200, body))
    error = failure(github.pages, f"{ROOT}/actions/workflows", key="workflows")
    assert "no list of workflows" in error.message


@pytest.mark.parametrize(
    "bad", [hangs_up, cut, replies(500), replies(502, b"<html>"), replies(503), silent]
)
def test_reading_is_tried_again(stub, slept, bad):
    stub.fault("GET", "", bad, times=2)
    assert client(stub, slept, bad).get(ROOT, needs=NEEDS)["id"] == 1296269
    assert slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (hangs_up, "the connection is broken off"),
        (cut, "cut short after 7 bytes"),
        (silent, "no whole answer in time (0.5 s allowed)"),
        (replies(502, b"<html>"), "status 502"),
    ],
)
def test_in_the_end_reading_gives_up(stub, slept, bad, reason):
    stub.fault("GET", "", bad, times=9)
    error = failure(client(stub, slept, bad).get, ROOT)
    assert reason in error.message
    assert f"{stub.url}: GET {ROOT}" in error.message
    assert len(stub.seen) == 3


def test_too_much_is_not_read_again(stub, github):
    stub.fault("GET", "", replies(200, b"x" * 60_000), times=9)
    assert "more than 50000 bytes" in failure(github.get, ROOT).message
    assert len(stub.seen) == 1


@pytest.mark.parametrize(
    "body",
    [b"<html>busy</html>", b"{", b"\xff\xfe", b"[" * 40_000, b'{"id": ' + b"9" * 5000 + b"}"],
)
def test_an_answer_that_is_no_json(stub, github, body):
    stub.fault("GET", "", replies(200, body))
    assert "an answer that is no JSON" in failure(github.get, ROOT).message


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (301, "Redirects are not followed"),
        (401, "GitHub does not know the token"),
        (403, "the permission `issues: write`"),
        (404, "the permission `issues: write` is missing"),
        (410, "Issues are switched off"),
        (422, "does not take the content"),
        (418, "later"),
    ],
)
def test_a_refusal_names_its_remedy(stub, github, status, hint):
    stub.fault("POST", "", refused(status, "said\x1b[31m"))
    error = failure(github.post, ISSUES, {})
    assert f"status {status} ('said\\x1b[31m')" in error.message
    assert hint in error.hint
    assert not isinstance(error, MaybeDone)
    assert len(stub.seen) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_told_apart(stub, github, status):
    stub.fault("GET", "", replies(status, b"<html>no</html>"))
    failure(github.get, ISSUES, kind=NotThere)
    assert len(stub.seen) == 1


@pytest.mark.parametrize(
    ("status", "message", "headers", "when"),
    [
        (403, "", {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1795000000"}, "2026-11-18T"),
        (429, "", {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1795000000"}, "2026-11-18T"),
        (403, "", {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "9" * 40}, "in an hour"),
        (403, "", {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "9" * 10}, "2286-11-20T"),
        (403, "", {"X_RateLimit_Remaining": "0"}, "in an hour"),
        (403, "", {"Retry_After": "60"}, "in 60 s"),
        (429, "", {"Retry_After": "soon"}, "in a minute"),
        (403, "You have exceeded a secondary rate limit.", {}, "in a minute"),
    ],
)
def test_a_rate_limit_says_when(stub, github, slept, status, message, headers, when):
    stub.fault("GET", "", refused(status, message, **headers))
    error = failure(github.get, ROOT)
    assert f"the rate limit is used up; ask again {when if when[0] == 'i' else 'from ' + when}" in (
        error.message
    )
    assert (len(stub.seen), slept) == (1, [])


def test_a_plain_refusal_is_no_rate_limit(stub, github):
    stub.fault("GET", "", refused(403, "no", X_RateLimit_Remaining="41", X_RateLimit_Reset="1"))
    assert "rate limit" not in failure(github.get, ROOT).message


@pytest.mark.parametrize(
    "bad",
    [hangs_up, done_and_lost, cut, silent, replies(502), replies(503), replies(201, b"<html>")],
)
def test_a_write_is_sent_once_and_may_have_been_done(stub, slept, bad):
    stub.fault("POST", "", bad, times=9)
    failure(
        client(stub, slept, bad).post,
        ISSUES,
        {"body": "é", "labels": [], "title": ""},
        kind=MaybeDone,
    )
    assert (len(stub.seen), slept) == (1, [])


def test_post_and_patch_send_json_without_the_token_in_it(stub, github):
    made = github.post(ISSUES, {"body": "é", "labels": [], "title": "t"}, needs=NEEDS)
    assert (made["number"], made["body"]) == (1, "é")
    assert github.patch(f"{ISSUES}/1", {"state": "closed"}, needs=NEEDS)["state"] == "closed"
    assert TOKEN.encode() not in stub.seen[0][3]
    assert stub.seen[0][2]["Content-Type"] == "application/json"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_takes_the_token_nowhere(stub, github, method):
    with github_stub() as other:
        for where in (f"{other.url}/x", "/again", "https://example.org/"):
            stub.fault(method, "", replies(302, b"", Location=where))
            call = github.get if method == "GET" else github.post
            error = failure(call, ISSUES, *([] if method == "GET" else [{}]))
            assert "status 302" in error.message
        assert other.seen == []
    assert len(stub.seen) == 3


def test_a_link_to_another_host_is_not_followed(stub, github):
    body = json.dumps([{"id": each} for each in range(100)]).encode()
    link = '<https://example.org/steal>; rel="next"'
    stub.fault("GET", "issues", replies(200, body, Link=link))
    github.pages(ISSUES, needs=NEEDS)
    assert [each[1].partition("?")[0] for each in stub.seen] == [ISSUES, ISSUES]


def test_a_proxy_that_says_the_token_is_not_repeated(stub, github):
    stub.fault("GET", "", refused(403, f"bad header Bearer {TOKEN}"))
    assert "***" in failure(github.get, ROOT).message


@pytest.mark.parametrize("token", ["", "a b", "a\nX-Evil: 1", "tökén", "a\x00"])
def test_a_token_that_cannot_be_one_is_not_shown(stub, token):
    with pytest.raises(UsageError) as raised:
        GitHub(token, stub.url)
    assert not token or token not in str(raised.value)


@pytest.mark.parametrize(
    "base",
    ["http://api.example.org", "ftp://x", "", "https://me:pw@ghe.example.org", "https://x/?a=b"],
)
def test_an_address_that_is_not_asked(base):
    with pytest.raises(UsageError) as raised:
        GitHub(TOKEN, base)
    assert "pw" not in str(raised.value)


@pytest.mark.parametrize("path", ["repos", "/repos/../user", "/repos/./x", "//../x"])
def test_a_path_stays_where_it_is(github, stub, path):
    failure(github.get, path, kind=UsageError)
    assert stub.seen == []


def test_a_path_is_quoted(github, stub):
    failure(github.get, "/repos/ö/n?x=1#f")
    assert stub.seen[0][1] == "/repos/%C3%B6/n%3Fx%3D1%23f"


def test_the_token_is_in_no_description(github):
    assert TOKEN not in f"{github!r} {github}"


def test_nobody_listens():
    with github_stub() as stub:
        url = stub.url
    github = GitHub(TOKEN, url, timing=Timing(sleep=lambda _: None))
    assert "refused" in failure(github.get, ROOT).message
    failure(github.post, ISSUES, {}, kind=MaybeDone)


@contextmanager
def held():
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


def test_work_in_time_and_late():
    assert call_with_deadline(5, lambda: 41 + 1) == 42
    with pytest.raises(ZeroDivisionError):
        call_with_deadline(5, lambda: 1 // 0)
    with held() as event, pytest.raises(TimeoutError):
        call_with_deadline(0.05, event.wait)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [200, 302, 404, 422])
def test_a_refusal_may_break_off_like_any_other_answer(stub, github, status, method):
    stub.fault(method, "", breaks_off(status), times=9)
    call = github.get if method == "GET" else github.post
    failure(call, ISSUES, *([] if method == "GET" else [{}]))
    assert len(stub.seen) == (3 if method == "GET" else 1)

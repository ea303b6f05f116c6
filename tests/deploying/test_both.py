"""What nginx and Caddy have to do alike with the configurations of `deploy/`."""

import gzip
import json
import re
import socket
import ssl
import warnings
from contextlib import closing
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from secstatus.cli import main
from tests.deploying import servers
from tests.deploying.conftest import content

STATUS, BADGE, PAGE = "/api/v1/status.json", "/badges/grade.svg", "/index.html"
OPEN = [STATUS, BADGE, "/badges/grade.json", "/feed.atom", "/feed.json", "/index.json",
        "/api/v1/findings.csv", "/api/v1/findings/GHSA-m4xr-p6vq-2h8c.json"]  # fmt: skip
CLOSED = ["/", PAGE, "/findings/GHSA-m4xr-p6vq-2h8c.html", "/style.css", "/status.js"]
EVERYWHERE = {
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CHANGING = "public, max-age=300, must-revalidate"


def decoded(answer):
    return gzip.decompress(answer.body) if answer["Content-Encoding"] == "gzip" else answer.body


# HTTPS


def test_http_is_sent_to_https_of_this_host(unhurried):
    for host in (servers.HOST, f"{servers.HOST}:{unhurried.plain_port}"):
        answer = unhurried.ask_plainly(f"{STATUS}?x=1", Host=host)
        assert answer.status in (301, 308)
        assert answer["Location"] == f"https://{servers.HOST}{STATUS}?x=1"


@pytest.mark.parametrize("version", ["TLSv1_1", "TLSv1_2", "TLSv1_3"])
def test_no_tls_before_1_2(unhurried, version):
    context = unhurried.context()
    # A client of today would refuse by itself.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    if version == "TLSv1_1":
        with pytest.raises(ssl.SSLError, match=r"protocol version|alert protocol|unsupported"):
            unhurried.connect(context=context)
    else:
        with closing(unhurried.connect(context=context)) as connection:
            assert unhurried.ask("/", connection=connection).status == 200


def test_http_2_is_offered(unhurried):
    context = unhurried.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with closing(unhurried.connect(context=context)) as connection:
        assert connection.sock.selected_alpn_protocol() == "h2"


# Headers


def answers(served):
    """One of each kind."""
    page = served.ask(PAGE)
    return {
        "200": page,
        "200 badge": served.ask(BADGE),
        "200 data": served.ask(STATUS, Accept_Encoding="gzip"),
        "204": served.ask(STATUS, "OPTIONS"),
        "301": served.ask("/findings"),
        "304": served.ask(PAGE, If_None_Match=page["ETag"]),
        "404": served.ask("/nothing.html"),
        "404 data": served.ask("/api/v1/nothing.json"),
        "404 hidden": served.ask("/.git/config"),
        "405": served.ask(STATUS, "POST", b"x"),
    }


def test_every_answer_has_the_headers_once(unhurried):
    for kind, answer in answers(unhurried).items():
        expected = {301, 308} if kind == "301" else {int(kind[:3])}
        assert answer.status in expected, kind
        assert {name: answer[name] for name in EVERYWHERE} == EVERYWHERE, kind
        assert answer["Content-Security-Policy"], kind
        assert answer["Permissions-Policy"], kind
        assert answer["Cache-Control"], kind
        assert sorted(set(answer.names())) == sorted(answer.names()), kind
        assert answer["Server"] in (None, "nginx"), kind


def test_only_what_went_well_is_kept_by_caches(unhurried):
    found = answers(unhurried)
    said = {kind: answer["Cache-Control"] for kind, answer in found.items()}
    assert {said[kind] for kind in ("200", "200 badge", "200 data", "301", "304")} == {CHANGING}
    assert {said[kind] for kind in ("404", "404 data", "404 hidden")} == {"no-cache"}
    assert {said[kind] for kind in ("204", "405")} == {"no-store"}


def test_only_an_asset_with_the_digest_of_its_content_is_kept_for_long(unhurried):
    page = content(unhurried, "index.html").decode()
    [style] = re.findall(r'href="(style\.css\?v=[0-9a-f]+)"', page)
    [script] = re.findall(r'src="(status\.js\?v=[0-9a-f]+)"', page)
    for path in (style, script):
        kept = unhurried.ask(f"/{path}")["Cache-Control"]
        assert kept == "public, max-age=31536000, immutable"
    for path in (
        "/style.css",
        "/style.css?v=",
        "/style.css?v=x",
        f"{STATUS}?v=1a",
        "/?v=1a",
        "/nothing.css?v=1a",
    ):
        assert "immutable" not in unhurried.ask(path)["Cache-Control"], path


def test_the_policy_of_a_page_is_its_own_and_nobody_frames_it(unhurried):
    page = content(unhurried, "index.html").decode()
    [own] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    for path in ("/", PAGE, "/findings/", "/nothing.html", "/api/v1/nothing.json"):
        answer = unhurried.ask(path)
        assert answer["Content-Security-Policy"] == f"{own}; frame-ancestors 'none'", path


def test_a_badge_may_be_shown_anywhere_and_runs_nothing(unhurried):
    answer = unhurried.ask(BADGE)
    policy = answer["Content-Security-Policy"]
    assert ("frame-ancestors" in policy, "sandbox" in policy) == (False, True)
    assert policy.startswith("default-src 'none';")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


TYPES = {
    "/": "text/html; charset=utf-8",
    "/style.css": "text/css; charset=utf-8",
    "/status.js": "text/javascript; charset=utf-8",
    STATUS: "application/json",
    BADGE: "image/svg+xml",
    "/badges/grade.json": "application/json",
    "/feed.atom": "application/atom+xml",
    "/feed.json": "application/feed+json",
    "/sitemap.xml": "application/xml",
    "/robots.txt": "text/plain; charset=utf-8",
    "/.well-known/security.txt": "text/plain; charset=utf-8",
    "/api/v1/findings.csv": "text/csv; charset=utf-8",
    f"{STATUS}.gz": "application/gzip",
}


@pytest.mark.parametrize("path", TYPES)
def test_types(unhurried, path):
    answer = unhurried.ask(path)
    assert (answer.status, answer["Content-Encoding"]) == (200, None)
    kind, _, charset = answer["Content-Type"].partition("; ")
    wanted, _, wanted_charset = TYPES[path].partition("; ")
    same = {"text/xml": "application/xml", "application/javascript": "text/javascript"}
    assert (same.get(kind, kind), charset) in ((wanted, wanted_charset), (wanted, "charset=utf-8"))


# Other origins


@pytest.mark.parametrize("path", OPEN)
def test_anybody_may_read_api_badges_and_feeds(unhurried, path):
    answer = unhurried.ask(path, Origin="https://elsewhere.example")
    assert (answer.status, answer["Access-Control-Allow-Origin"]) == (200, "*")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "ETag" in answer["Access-Control-Expose-Headers"]
    assert answer["Access-Control-Allow-Methods"] is None


@pytest.mark.parametrize("path", CLOSED)
def test_pages_are_not_for_other_origins(unhurried, path):
    answer = unhurried.ask(path, Origin="https://elsewhere.example")
    assert (answer.status, answer["Access-Control-Allow-Origin"]) == (200, None)
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_script_elsewhere_sees_why_it_gets_nothing(unhurried):
    answer = unhurried.ask("/api/v1/findings/NONE.json", Origin="https://elsewhere.example")
    assert (answer.status, answer["Access-Control-Allow-Origin"]) == (404, "*")


def test_the_question_before_a_request(unhurried):
    asked = {"Origin": "https://elsewhere.example", "Access_Control_Request_Method": "GET",
             "Access_Control_Request_Headers": "if-none-match"}  # fmt: skip
    answer = unhurried.ask(STATUS, "OPTIONS", **asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "If-None-Match" in answer["Access-Control-Allow-Headers"]
    assert answer["Access-Control-Max-Age"] == "86400"
    refused = unhurried.ask(PAGE, "OPTIONS", **asked)
    assert (refused.status, refused["Access-Control-Allow-Origin"]) == (204, None)
    assert refused["Access-Control-Allow-Methods"] is None


# Compression


@pytest.mark.parametrize("path", [STATUS, BADGE, PAGE, "/style.css", "/feed.atom", "/feed.json"])
def test_the_twin_is_what_is_sent(unhurried, path):
    answer = unhurried.ask(path, Accept_Encoding="gzip")
    assert answer["Content-Encoding"] == "gzip"
    assert answer.body == content(unhurried, path[1:] + ".gz")
    assert gzip.decompress(answer.body) == content(unhurried, path[1:])
    plain = unhurried.ask(path)
    assert (plain["Content-Encoding"], plain.body) == (None, content(unhurried, path[1:]))
    assert plain["ETag"] != answer["ETag"]
    for each in (plain, answer):
        assert each["Vary"] == "Accept-Encoding"
        assert each["Content-Type"] == unhurried.ask(path, "HEAD")["Content-Type"]


def test_without_a_twin_it_is_compressed_when_it_is_asked_for(unhurried):
    path = "api/v1/manifest.json"
    answer = unhurried.ask(f"/{path}", Accept_Encoding="gzip")
    assert (answer["Content-Encoding"], answer["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(answer.body) == content(unhurried, path)


@pytest.mark.parametrize("part", ["bytes=10-19", "bytes=999999-", "bytes=0-1,3-4"])
@pytest.mark.parametrize("path", [STATUS, "/api/v1/manifest.json"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_file_is_sent_whole(unhurried, path, part, encoding):
    answer = unhurried.ask(path, Accept_Encoding=encoding, Range=part)
    assert (answer.status, answer["Cache-Control"]) == (200, CHANGING)
    assert decoded(answer) == content(unhurried, path[1:])


# Asking again


@pytest.mark.parametrize("path", [STATUS, BADGE, PAGE, "/api/v1/manifest.json"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_has_not_changed_is_not_sent_again(unhurried, path, encoding):
    first = unhurried.ask(path, Accept_Encoding=encoding)
    for asked in ({"If_None_Match": first["ETag"]}, {"If_Modified_Since": first["Last-Modified"]}):
        again = unhurried.ask(path, Accept_Encoding=encoding, **asked)
        assert (again.status, again.body) == (304, b""), asked
        assert again["ETag"].removeprefix("W/") == first["ETag"].removeprefix("W/")
        assert again["Vary"] == "Accept-Encoding"
    other = unhurried.ask(path, Accept_Encoding=encoding, If_None_Match='"of another state"')
    assert (other.status, other.body) == (200, first.body)
    old = format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)
    assert unhurried.ask(path, Accept_Encoding=encoding, If_Modified_Since=old).status == 200


def test_a_site_that_is_changed_in_one_step_is_served_at_once(unhurried, tmp_path):
    link = unhurried.site
    before, target = unhurried.ask(STATUS), link.readlink()
    other = target.with_name("2")
    if not other.exists():
        servers.shutil.copytree(target, other)
        (other / "api/v1/status.json").write_text('{"other": 1}')
        (other / "api/v1/status.json.gz").write_bytes(gzip.compress(b'{"other": 1}'))
    try:
        switch(link, other)
        for encoding in ("identity", "gzip"):
            asked = {"If_None_Match": before["ETag"], "Accept_Encoding": encoding}
            answer = unhurried.ask(STATUS, **asked)
            assert (answer.status, decoded(answer)) == (200, b'{"other": 1}')
    finally:
        switch(link, target)
    assert unhurried.ask(STATUS).body == before.body


def switch(link, target):
    new = link.with_name("next")
    new.symlink_to(target)
    new.replace(link)


# What is refused


@pytest.mark.parametrize("path", ["/.git/config", "/.env", "/api/.htpasswd", "/.well-known/.git",
    "/api/v1/status.json.tmp", "/%2egit/config", "/api/%2ehtpasswd", "/x/../.env",
    "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/badges/..%2f..%2f..%2fsecret.txt",
    "/..%5csecret.txt", "/badges/", "/api/", "/.well-known/", "/index.html%00.gz",
    "/" + "a" * 300, "/" + "a/" * 400, "/nothing"])  # fmt: skip
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_is_not_of_the_site_is_not_there(unhurried, path, encoding):
    answer = unhurried.ask(path, Accept_Encoding=encoding)
    assert answer.status in (400, 404)
    body = decoded(answer)
    assert b"secret" not in body
    assert b"Index of" not in body
    if answer.status == 404:
        assert body == content(unhurried, "404.html")
        assert answer["Content-Type"] == "text/html; charset=utf-8"


def test_what_is_well_known_is_there(unhurried):
    answer = unhurried.ask("/.well-known/security.txt")
    assert (answer.status, answer.body) == (200, content(unhurried, ".well-known/security.txt"))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "X"])
@pytest.mark.parametrize("path", [STATUS, "/nothing", "/.env", "/"])
def test_nothing_but_reading(unhurried, method, path):
    answer = unhurried.ask(path, method)
    assert answer.status == 405
    assert json.loads(answer.body) == {"error": "method not allowed"}
    assert (answer["Allow"], answer["Content-Type"]) == ("GET, HEAD, OPTIONS", "application/json")


def test_head_is_get_without_the_content(unhurried):
    head, get = unhurried.ask(STATUS, "HEAD"), unhurried.ask(STATUS)
    assert (head.status, head.body) == (200, b"")
    assert {head[name] for name in ("ETag", "Content-Length")} == {
        get[name] for name in ("ETag", "Content-Length")
    }


def test_a_body_is_not_read(unhurried):
    assert unhurried.ask(STATUS, "POST", b"x" * 100_000).status == 405


def test_an_error_of_the_server_is_json_that_nobody_keeps(unhurried):
    path = unhurried.site / "api/v1/broken.json"
    impossible(unhurried, path)
    try:
        answer = unhurried.ask("/api/v1/broken.json", Accept_Encoding="gzip")
    finally:
        path.unlink()
    assert (answer.status, answer["Cache-Control"]) == (500, "no-store")
    assert json.loads(answer.body) == {"error": "server error"}
    assert answer["Access-Control-Allow-Origin"] == "*"


def impossible(served, path):
    """What the server can neither open nor call missing."""
    if served.name == "caddy":
        path.symlink_to(path.name)
        return
    with socket.socket(socket.AF_UNIX) as broken:
        short = served.place / "s"
        broken.bind(str(short))
        short.replace(path)


# The log


def test_the_log_has_no_address_and_no_query_and_usage_reads_it(unhurried, tmp_path, capsys):
    before = unhurried.log(0).count("\n")
    private = {"Referer": "https://private.example/x", "Cookie": "private=1", "User_Agent": "curl/8.5.0",
               "X_Forwarded_For": "198.51.100.7", "Authorization": "Basic private"}  # fmt: skip
    for path in (
        f"{STATUS}?private=1",
        f"{BADGE}?private=1",
        "/?private",
        "/nothing?private",
        "/a%3fb",
    ):
        unhurried.ask(path, **private)
    unhurried.ask("/findings?private", **private)
    # nginx writes down nothing of plain http.
    unhurried.ask_plainly(f"{STATUS}?private", **{"User-Agent": "curl/8.5.0"})
    number = 7 if unhurried.name == "caddy" else 6
    lines = unhurried.log(before + number).splitlines()[before:]
    text = "\n".join(lines)
    for word in ("127.0.0.1", "198.51.100.7", "private"):
        assert word not in text
    assert all(json.loads(line) for line in lines)
    (tmp_path / "log").write_text(text + "\n")
    arguments = ["usage", str(tmp_path / "log"), "--prefix", "/", "--format", "json"]
    assert main([*arguments, "--root", str(tmp_path)]) == 0
    usage = json.loads(capsys.readouterr().out)
    assert (usage["lines"], usage["unreadable"]) == (number, 0)
    assert {kind: number for kind, number in usage["kinds"].items() if number} == {
        "api": 1,
        "badge": 1,
        "page": 1,
    }
    assert {client for client, number in usage["clients"].items() if number} == {"script"}


def test_no_line_of_the_log_is_somebody_elses(unhurried):
    before = unhurried.log(0).count("\n")
    agent = 'x" "status":"200"} \\'
    unhurried.ask("/nothing%0a%22%7d", User_Agent=agent)
    [line] = unhurried.log(before + 1).splitlines()[before:]
    assert str(json.loads(line)["status"]) == "404"

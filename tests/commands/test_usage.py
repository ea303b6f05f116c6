"""usage: logs of every form become counts; nothing that is personal becomes anything."""

import gzip
import io
import json
import os
import re
import threading
import tracemalloc
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secstatus.adapters import log_file
from secstatus.adapters.console import Output
from secstatus.adapters.log_file import LogFile
from secstatus.cli import make_parser
from secstatus.commands.usage import UsageOptions, count_usage
from secstatus.errors import ExternalError, InputError, UsageError

PREFIX = "/kelp/status/"
CURL = "curl/8.5.0"


def line(target=f"{PREFIX}badges/grade.svg", status=200, agent=CURL, minute=0, day=24):
    return (
        f"198.51.100.7 - - [{day:02}/Nov/2026:09:{minute:02}:00 +0000] "
        f'"GET {target} HTTP/1.1" {status} 512 "-" "{agent}"\n'
    )


LINES = "".join(line(minute=minute) for minute in range(10))


@pytest.fixture
def root(tmp_path):
    return tmp_path


def put(root, name, content=LINES):
    path = root / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def told(root, *logs, prefix=PREFIX, **ask):
    return count_usage(root, UsageOptions(logs, prefix=prefix, **ask))


def requests(root, *logs, **ask):
    return told(root, *logs, **ask).usage.requests


def test_a_log_is_counted(root):
    result = told(root, put(root, "access.log"))
    assert (result.usage.requests, result.problems) == (10, ())


def test_gzip_is_known_by_its_content(root):
    members = b"".join(gzip.compress(part.encode()) for part in (LINES, LINES, LINES))
    assert requests(root, put(root, "access.log", gzip.compress(LINES.encode()))) == 10
    assert requests(root, put(root, "access.log", members + b"\x00" * 600)) == 30
    assert requests(root, put(root, "access.log.gz", LINES)) == 10


def test_what_a_truncated_gzip_still_holds_counts_and_it_is_said(root):
    whole = gzip.compress("".join(line(minute=n % 60) for n in range(5000)).encode())
    result = told(root, put(root, "a.gz", whole[: len(whole) // 2]))
    assert 0 < result.usage.requests < 5000
    assert result.usage.unreadable == 1
    assert result.problems[0].endswith(
        "a.gz: it ends in the middle; what could be read before counts"
    )


def test_a_torn_last_line_of_a_truncated_gzip_is_no_line(root):
    """The beginning of a line of the combined format is a line of the common format."""
    whole = gzip.compress(LINES.encode(), compresslevel=0)
    end = whole.index(b' 512 "-"', len(whole) - 120) + 5
    result = told(root, put(root, "a.gz", whole[:end]))
    assert (result.usage.requests, result.usage.unreadable) == (9, 1)


@pytest.mark.parametrize(
    ("change", "damage"),
    [
        (lambda data: data[:-8] + bytes(8), "it is damaged"),
        (lambda data: data + b"something", "something else follows the compressed data"),
        (lambda data: data[:-3], "it ends in the middle"),
    ],
)
def test_damage_is_said_and_what_was_read_before_counts(root, change, damage):
    many = line() * 10_000
    result = told(root, put(root, "a.gz", change(gzip.compress(many.encode()))))
    assert 0 < result.usage.requests <= 10_000
    assert result.problems[0].endswith(f"a.gz: {damage}; what could be read before counts")


LOGS = st.lists(st.binary(max_size=30).map(lambda data: data.replace(b"\x1f", b"")), max_size=8)


@given(LOGS, st.integers(8, 40), st.booleans(), st.integers(5, 40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_are_those_of_the_content_however_it_comes(tmp_path, parts, block, zipped, longest):
    content = b"\n".join(parts)
    if not zipped and content[:2] in (b"BZ", b"PK", b"\xfd7", b"\x28\xb5"):
        return
    before, log_file.BLOCK = log_file.BLOCK, block
    try:
        data = b"".join(gzip.compress(p) for p in (content[:9], content[9:])) if zipped else content
        log = LogFile(put(tmp_path, "log", data), "log", longest)
        seen = [each for lines in log.head(7) for each in lines]
        found = [each for lines in log.lines() for each in lines]
    finally:
        log_file.BLOCK = before
    expected = [each[:longest] for each in content.split(b"\n")]
    assert found == (expected if expected[-1] else expected[:-1])
    assert seen == found[: len(seen)]
    assert not log.damage


def test_a_line_without_end_needs_no_memory(root):
    path = put(root, "log", b"x" * 30_000_000 + b"\n" + LINES.encode())
    tracemalloc.start()
    try:
        result = told(root, path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (result.usage.requests, result.usage.unreadable) == (10, 1)
    assert peak < 12_000_000


def test_many_different_paths_need_no_memory(root):
    lines = (line(f"{PREFIX}findings/F-{n}.html", agent=f"a{n}") for n in range(60_000))
    result = told(root, put(root, "log", "".join(lines)))
    assert len(result.usage.paths) == 5000
    assert result.usage.requests == 60_000
    assert len(result.document()["paths"]) == 200
    assert len(json.dumps(result.document())) < 100_000


def test_standard_input_is_a_log(root, monkeypatch):
    data = io.BytesIO(gzip.compress(LINES.encode()))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=data))
    result = told(root, Path("-"), prefix=None)
    assert result.usage.requests == 10


def test_no_standard_input_is_an_error(root, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError, match="standard input: found no line at all"):
        told(root, Path("-"))


def test_a_pipe_is_read_once_and_whole(root):
    """Also where its beginning has to tell where the site is."""
    pipe = root / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(LINES,))
    writer.start()
    result = told(root, pipe, prefix=None)
    writer.join()
    assert (result.usage.requests, result.usage.prefix) == (10, PREFIX)


def test_neither_the_order_of_the_files_nor_their_form_matters(root):
    other = "".join(line("/kelp/status/feed.atom", minute=n, day=25) for n in range(5))
    logs = [put(root, "a"), put(root, "b", other), put(root, "c.gz", gzip.compress(LINES.encode()))]
    first = told(root, *logs, prefix=None).document()
    assert first["requests"] == 25
    assert told(root, *logs[::-1], prefix=None).document() == first


def test_a_file_that_is_named_twice_counts_once(root):
    path = put(root, "a")
    result = told(root, path, root / "." / "a")
    assert result.usage.requests == 10
    assert result.problems[0].endswith("named twice, counted once")


def test_an_empty_log_among_others_is_said(root):
    result = told(root, put(root, "access.log", ""), put(root, "access.log.1"))
    assert result.usage.requests == 10
    assert result.problems[0].endswith("access.log: it is empty")


@pytest.mark.parametrize("content", ["", "\n \n", gzip.compress(b"", mtime=0)])
def test_nothing_but_empty_logs_is_an_error(root, content):
    with pytest.raises(InputError, match="found no line at all, expected the common or combined"):
        told(root, put(root, "a", content))


SECRET = "canary-4f1c"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"\n{SECRET}\n", "line 2: found a line in no known format, and no other"),
        (b"\x00\x01" + SECRET.encode(), "line 1: found binary data"),
        (f'{{"user": "{SECRET}"}}\n', "line 1: found JSON without time, request and status"),
        (LINES.replace("24/Nov", "99/Nov").replace(CURL, SECRET), "line 1: found a time that"),
        (b"\x1f\x8b\x08garbage", "found a damaged file"),
        (b"BZh91AY&SY" + SECRET.encode(), "found a file compressed by bzip2"),
        (b"\xfd7zXZ\x00" + SECRET.encode(), "found a file compressed by xz"),
    ],
)
def test_what_is_no_log_is_an_error_that_repeats_nothing(root, content, message):
    with pytest.raises(InputError) as caught:
        told(root, put(root, "good"), put(root, "bad", content))
    assert message in caught.value.message
    assert str(root / "bad") in caught.value.message
    assert caught.value.hint
    assert SECRET not in caught.value.message + caught.value.hint


def test_what_cannot_be_opened_is_an_error(root):
    with pytest.raises(InputError, match="found no file"):
        told(root, root / "nothing")
    with pytest.raises(InputError, match="Is a directory"):
        told(root, root)
    with pytest.raises(InputError, match=r"no\\nthing"):
        told(root, root / "no\nthing")


def test_lines_that_cannot_be_read_are_counted_and_the_first_is_named(root):
    result = told(root, put(root, "a", f"{LINES}\nnonsense\n{{\n{LINES}"))
    assert (result.usage.requests, result.usage.unreadable) == (20, 2)
    assert result.problems[0].endswith(
        "a: 2 lines cannot be read; the first is line 12 (a line in no known format)"
    )


def test_since_leaves_out_what_is_earlier(root):
    log = put(root, "a")
    assert requests(root, log, since=datetime(2026, 11, 24, 9, 4, tzinfo=UTC)) == 6
    result = told(root, log, since=datetime(2027, 1, 1, tzinfo=UTC))
    assert (result.usage.requests, result.usage.earlier) == (0, 10)
    assert result.problems == ("every line is earlier than --since",)
    assert "no request" in result.text()


def configure(root, base_url):
    (root / "pyproject.toml").write_text(
        f'[project]\nname = "kelp"\n[tool.secstatus]\nbase_url = "{base_url}"\n'
    )


def test_the_prefix_is_that_of_the_command_then_of_the_configuration(root):
    log = put(root, "a", line("/x/badges/grade.svg") + line("/y%20z/badges/grade.svg") * 2)
    configure(root, "https://example.org/x")
    assert told(root, log, prefix=None).usage.prefix == "/x/"
    assert requests(root, log, prefix=None) == 1
    assert requests(root, log, prefix="/y%20z") == 2
    assert requests(root, log, prefix="/") == 3
    configure(root, "https://example.org/elsewhere/")
    result = told(root, log, prefix=None)
    assert (result.usage.requests, result.usage.outside) == (0, 3)
    assert result.problems == ("no request is below '/elsewhere/'; --prefix names another place",)


def test_else_the_logs_tell_and_it_is_said(root):
    result = told(
        root, put(root, "a", line("/a/longer/way/x/badges/grade.svg") + LINES), prefix=None
    )
    assert (result.usage.prefix, result.usage.outside) == (PREFIX, 1)
    assert result.problems == (
        f"the path of the site, derived from the logs: '{PREFIX}'; see --prefix",
    )
    result = told(root, put(root, "a", line("/index.html")), prefix=None)
    assert (result.usage.prefix, result.usage.requests) == ("/", 1)
    assert "the path of the site is not known" in result.problems[0]


@pytest.mark.parametrize(
    "prefix", ["", "x/", "/a?b", "/a b/", "//", "https://example.org/a/", "/a\n"]
)
def test_a_prefix_is_a_path(root, prefix):
    with pytest.raises(UsageError, match="--prefix: found"):
        told(root, put(root, "a"), prefix=prefix)


def canaries():
    """Lines of every format with something personal wherever there is a place for it."""
    personal = (
        f"{SECRET}.example.org - {SECRET} [24/Nov/2026:09:00:00 +0000] "
        f'"GET {PREFIX}badges/grade.svg?u={SECRET}#{SECRET} HTTP/1.1" 200 1 "https://{SECRET}/" '
        f'"curl/8 {SECRET}" "{SECRET}"\n'
    )
    served = [
        f"{PREFIX}{SECRET}/index.html",
        f"{PREFIX}badges/{SECRET}@x.svg",
        f"{PREFIX}findings/{SECRET}%40example.org.html",
        f"/{SECRET}/x/y/",
        f"http://{SECRET}/kelp/status/feed.atom",
    ]
    refused = [f"{PREFIX}findings/{SECRET}.html", f"/{SECRET}/badges/grade.svg"]
    bodies = [
        {"time_iso8601": "2026-11-24T09:00:00Z", "request": f"GET {PREFIX}?{SECRET} HTTP/1.1", "status": 200, "http_user_agent": SECRET, "remote_addr": SECRET, "http_referer": SECRET},
        {"ts": 1795510807.1, "request": {"method": "GET", "uri": f"{PREFIX}feed.json?{SECRET}", "remote_ip": SECRET, "headers": {"User-Agent": [SECRET], "Cookie": [SECRET]}}, "status": 200, "user_id": SECRET},
        {"ts": SECRET, "status": SECRET, "request": SECRET},
    ]  # fmt: skip
    lines = [personal, *(line(target) for target in served), *(line(t, 404) for t in refused)]
    lines += [json.dumps(body) + "\n" for body in bodies]
    lines += [f"{SECRET} unreadable\n", line().replace("24/Nov", "99/Nov").replace(CURL, SECRET)]
    return "".join(lines)


@pytest.mark.parametrize("prefix", [PREFIX, None])
def test_nothing_personal_is_in_any_output(root, prefix):
    page = root / "page.html"
    result = told(root, put(root, "a", canaries()), prefix=prefix, html=page)
    assert result.usage.requests >= 6
    assert result.usage.unreadable == 3
    outputs = [result.text(), json.dumps(result.document()), page.read_text(), repr(result)]
    assert [SECRET in output for output in outputs] == [False] * 4
    assert "198.51.100.7" not in "".join(outputs)


def test_the_document_holds_what_was_counted(root):
    log = put(root, "a", LINES + line(status=404) + line(PREFIX, agent="Mozilla/5.0 Firefox/140"))
    found = told(root, log, since=datetime(2026, 11, 1, tzinfo=UTC)).document()
    assert found == {
        "clients": {"badge_service": 0, "browser": 1, "crawler": 0, "feed_reader": 0, "image_proxy": 0, "monitor": 0, "script": 10, "unknown": 0},
        "days": [{"api": 0, "badge": 10, "date": "2026-11-24", "feed": 0, "page": 1, "requests": 11}],
        "earlier": 0,
        "from": "2026-11-24T09:00:00Z",
        "kinds": {"api": 0, "asset": 0, "badge": 10, "badge_data": 0, "feed": 0, "other": 0, "page": 1},
        "lines": 12,
        "other_methods": 0,
        "other_paths": {"clients": {}, "failed": 0, "kind": "other", "requests": 0},
        "outside": 0,
        "paths": [
            {"clients": {"script": 10}, "failed": 1, "kind": "badge", "path": "badges/grade.svg", "requests": 10},
            {"clients": {"browser": 1}, "failed": 0, "kind": "page", "path": "index.html", "requests": 1},
        ],
        "prefix": PREFIX,
        "problems": [],
        "requests": 11,
        "since": "2026-11-01T00:00:00Z",
        "statuses": {"3xx": 0, "429": 0, "4xx": 1, "5xx": 0, "other": 0, "served": 11},
        "to": "2026-11-24T09:09:00Z",
        "unreadable": 0,
    }  # fmt: skip


def test_paths_beyond_those_that_are_listed_are_summed_up(root):
    lines = "".join(line(f"{PREFIX}findings/F-{n}.html") for n in range(250))
    found = told(root, put(root, "a", lines + line(f"{PREFIX}x.php"))).document()
    assert len(found["paths"]) == 200
    assert found["other_paths"]["requests"] == 51
    assert found["other_paths"]["clients"] == {"script": 51}


def test_the_text_is_a_table_for_a_terminal(root):
    many = LINES * 200 + line(f"{PREFIX}findings/{'F' * 100}.html") + "x\n" + line(PREFIX, 429)
    text = told(root, put(root, f"{'long name ' * 12}.log", many)).text()
    assert max(map(len, text.split("\n"))) <= 80
    assert "2,001 requests, 2026-11-24T09:00:00Z to 2026-11-24T09:09:00Z" in text
    assert re.search(r"^  badges +2,000 +100\.0 %$", text, re.MULTILINE)
    assert re.search(r"^  too many requests \(429\) +1$", text, re.MULTILINE)
    assert re.search(r"^2026-11-24 +2,001 +2,000 +1 +0 +0$", text, re.MULTILINE)


def page_of(root, content=LINES, name="a.log"):
    page = root / "page.html"
    told(root, put(root, name, content), html=page)
    return page.read_text()


def test_the_page_needs_nothing_else_and_runs_nothing(root):
    page = page_of(root, LINES + line(PREFIX, day=20))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"  # fmt: skip
    assert not re.search(
        r"<script|<link|<img|<iframe| style=| on\w+=|https?://|url\(|@import", page
    )
    assert "prefers-color-scheme: dark" in style
    assert page.count('<rect x="') == 2
    assert ">10</td>" in page


def test_the_page_escapes_what_comes_from_outside(root):
    page = page_of(root, f"{LINES}nonsense\n", "<img src=x onerror=alert(1)>.log")
    assert "<img" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("content", [line(f"{PREFIX}x.php", 404), line("/outside")])
def test_a_page_without_a_request_is_a_page(root, content):
    assert "How the site is used" in page_of(root, content)


def test_the_page_is_written_in_one_step(root, monkeypatch):
    page = put(root, "page.html", "the old one")

    def refuse(*_):
        raise OSError(28, "No space left on device", str(page))

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(ExternalError, match="No space left on device"):
        told(root, put(root, "a"), html=page)
    assert page.read_text() == "the old one"
    assert sorted(each.name for each in root.iterdir()) == ["a", "page.html"]


def test_the_page_never_takes_the_place_of_a_log(root):
    log = put(root, "a")
    (root / "link").symlink_to(log)
    for page in (log, root / "link", root, root / "nowhere" / "page.html"):
        with pytest.raises(UsageError, match="--html: "):
            told(root, log, html=page)
    assert log.read_text() == LINES


def command(root, *arguments):
    options = make_parser(["usage"]).parse_args(
        ["usage", "--root", str(root), *map(str, arguments)]
    )
    return options.run(options, Output(options.format == "json", options.quiet, options.verbose))


def test_the_command_prints_a_table_or_json(root, capsys):
    log = put(root, "a")
    assert command(root, log, "--since", "2026-11-24T09:05:00Z") == 0
    assert "5 requests" in capsys.readouterr().out
    assert command(root, log, log, "--format", "json", "--html", root / "page.html") == 0
    assert json.loads(capsys.readouterr().out)["requests"] == 10
    assert (root / "page.html").is_file()


def test_a_name_that_is_no_text_can_be_printed(root, capsys):
    log = root / os.fsdecode(b"\xff\x1b[31m.log")
    log.write_text(f"{LINES}nonsense\n")
    for how in ("text", "json"):
        assert command(root, log, "--format", how) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out


def test_a_since_that_is_no_moment_is_an_error(root):
    with pytest.raises(UsageError, match="--since: found 'yesterday'"):
        command(root, put(root, "a"), "--since", "yesterday")

"""A line of a log becomes time, path, status and kind of client, and nothing else of it is left."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.usage import access_log
from secstatus.usage.access_log import LogFault, Parser, explain_fault
from secstatus.usage.paths import (
    FIXED,
    FileKind,
    classify_file,
    place_below,
    plain_path,
    telling_prefix,
)
from secstatus.usage.user_agents import Client, classify_agent, load_client_rules

AT = datetime(2026, 11, 24, 9, 0, 7, tzinfo=UTC)
CURL = "curl/8.5.0"


def read(line):
    return Parser(lambda path: path or b"(none)").entry(
        line if isinstance(line, bytes) else line.encode()
    )


def common(at=AT, request="GET /badges/grade.svg HTTP/1.1", status="200", user="-"):
    return f'198.51.100.7 - {user} [{at:%d/%b/%Y:%H:%M:%S %z}] "{request}" {status} 512'


def combined(agent=CURL, referrer="-", **parts):
    return f'{common(**parts)} "{referrer}" "{agent}"'


def nginx(at=AT, method="GET", target="/badges/grade.svg", status="200", agent=CURL):
    return json.dumps(
        {
            "time_iso8601": at.isoformat(),
            "request_method": method,
            "request_uri": target,
            "status": status,
            "http_user_agent": agent,
        }
    )


def caddy(at=AT, method="GET", target="/badges/grade.svg", status=200, agent=CURL):
    headers = {"Accept": ["*/*"]} | ({"User-Agent": [agent]} if agent is not None else {})
    return json.dumps(
        {
            "level": "info",
            "ts": at.timestamp() + 0.25,
            "msg": "handled request",
            "request": {
                "remote_ip": "198.51.100.7",
                "method": method,
                "uri": target,
                "headers": headers,
            },
            "status": status,
            "size": 512,
        }
    )


EXPECTED = (int(AT.timestamp()), b"/badges/grade.svg", b"200", Client.SCRIPT)


@pytest.mark.parametrize("made", [combined, nginx, caddy])
def test_every_format_tells_the_same(made):
    assert read(made()) == EXPECTED


def test_the_common_format_tells_everything_but_the_client():
    assert read(common()) == (*EXPECTED[:3], Client.UNKNOWN)


@pytest.mark.parametrize(
    "line",
    [
        "www.example.org:443 " + combined(),
        "<134>Nov 24 09:00:07 web nginx: " + combined(),
        combined() + ' "203.0.113.4" 0.004',
        combined() + "\r",
        json.dumps({"msec": "1795510807.123", "request": "GET /badges/grade.svg?x=1 HTTP/2.0", "status": 200, "user_agent": CURL}),
        json.dumps({"time_local": "24/Nov/2026:10:00:07 +0100", "method": "HEAD", "uri": "/badges/grade.svg", "status": "200", "agent": CURL}),
        json.dumps({"@timestamp": "2026-11-24T09:00:07.5Z", "request": "GET http://example.org/badges/grade.svg HTTP/1.1", "response": 200, "agent": CURL}),
    ],
)  # fmt: skip
def test_usual_variants_are_read(line):
    assert read(line) == EXPECTED


ZONES = st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2099, 1, 1), timezones=ZONES).map(
    lambda at: at.replace(microsecond=0)
)


def escaped(text):
    """As nginx writes it: what could end a field or a line is \\xXX."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}"
        for byte in text.encode("utf-8", "surrogatepass")
    )


@given(
    MOMENTS,
    st.text(),
    st.text(),
    st.sampled_from(["200", "206", "304", "404", "429", "503"]),
    st.sampled_from([CURL, "Mozilla/5.0 Firefox/140.0", "", "-"]),
)
def test_whatever_else_a_line_holds_its_parts_are_found(at, user, referrer, status, agent):
    line = combined(agent, escaped(referrer), at=at, user=escaped(user) or "-", status=status)
    assert read(line) == (
        int(at.timestamp()),
        b"/badges/grade.svg",
        status.encode(),
        classify_agent(agent.encode()),
    )


@given(MOMENTS, st.text(), st.sampled_from(["", "x"]))
def test_json_tells_the_same_as_the_combined_format(at, target, tail):
    target = "/" + escaped(target).replace(" ", "%20").replace("\\", "%5C") + tail
    found = read(combined(at=at, request=f"GET {target} HTTP/1.1"))
    assert found is not None
    assert found == read(nginx(at, target=target)) == read(caddy(at, target=target))


FAKE = '198.51.100.9 - - [01/Jan/2026:00:00:00 +0000] "GET /fake HTTP/1.1" 200 1 "-" "curl/1"'


@pytest.mark.parametrize("part", ["agent", "referrer", "user"])
def test_a_log_line_inside_of_a_field_is_no_line(part):
    found = read(combined(**{part: escaped(FAKE)}))
    assert found[:3] == EXPECTED[:3]


def test_a_time_inside_of_the_user_is_not_the_time():
    assert read(combined(user="[01/Jan/2026:00:00:00 +0000]"))[0] == EXPECTED[0]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("hello", LogFault.FORMAT),
        ("\x00\x01\x02", LogFault.BINARY),
        (common().replace("24/Nov", "31/Nov"), LogFault.TIME),
        (common().replace("Nov", "Foo"), LogFault.TIME),
        (common().replace("09:00:07", "25:00:07"), LogFault.TIME),
        (common().replace("09:00:07", "09:00:61"), LogFault.TIME),
        (common().replace("2026", "0001"), LogFault.TIME),
        (common().replace("2026", "9999"), LogFault.TIME),
        (common().replace("+0000", "+9900"), LogFault.TIME),
        (common().replace(" 200 ", " OK "), LogFault.FORMAT),
        ('{"ts": 1', LogFault.JSON),
        ("[" * 60_000, LogFault.FORMAT),
        ('{"a":' * 10_000, LogFault.JSON),
        ('{"ts": ' + "9" * 5000 + "}", LogFault.JSON),
        ('{"ts": 1795510807, "status": 200}', LogFault.KEYS),
        (json.dumps({"level": "info", "ts": 1.5, "logger": "tls", "msg": "x"}), LogFault.KEYS),
        (nginx(status=None), LogFault.KEYS),
        (nginx(status="2000"), LogFault.KEYS),
        (nginx().replace("2026", "3026"), LogFault.TIME),
        (caddy().replace(str(AT.timestamp() + 0.25), "NaN"), LogFault.TIME),
        (caddy().replace(str(AT.timestamp() + 0.25), "1e999"), LogFault.TIME),
    ],
)
def test_what_cannot_be_read_is_told_apart(line, fault):
    assert read(line) is None
    assert explain_fault(line.encode()) is fault


@given(st.binary())
def test_no_line_breaks_anything(line):
    if read(line) is None:
        assert isinstance(explain_fault(line), LogFault)


@given(
    st.sampled_from([combined(), nginx(), caddy()]).map(str.encode),
    st.integers(0, 250),
    st.integers(0, 20),
    st.binary(max_size=20),
)
def test_no_damaged_line_breaks_anything(line, at, cut, put):
    damaged = line[:at] + put + line[at + cut :]
    if read(damaged) is None:
        assert isinstance(explain_fault(damaged), LogFault)


KEYS = st.sampled_from([*access_log._TIMES, *access_log._STATUSES, *access_log._URIS, "request", "method", "request_method", "headers"])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("GET /a HTTP/1"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES))
def test_no_json_breaks_anything(data):
    line = json.dumps(data).encode()
    if read(line) is None:
        assert isinstance(explain_fault(line), LogFault)


@pytest.mark.parametrize(
    "request_line", ["", "-", "POST /x HTTP/1.1", "\\x16\\x03\\x01", "GET", "get /x HTTP/1.1"]
)
def test_what_is_no_get_or_head_has_no_path(request_line):
    expected = b"" if request_line == "GET" else b"(none)"
    assert read(combined(request=request_line))[1] in (expected, b"(none)")


def test_what_is_remembered_is_bounded():
    parser = Parser(lambda path: path)
    for number in range(access_log.MOST_KNOWN + 100):
        parser.entry(combined(f"agent {number}", request=f"GET /{number} HTTP/1.1").encode())
    parser.entry(combined("a" * 4000, request=f"GET /{'b' * 4000} HTTP/1.1").encode())
    for known in (parser._requests, parser._agents):
        assert 0 < len(known) <= access_log.MOST_KNOWN
        assert max(map(len, known)) <= access_log.LONGEST_KNOWN


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/a/b?token=x#y", b"/a/b"),
        (b"/a#b?c", b"/a"),
        (b"//a///b/", b"/a/b/"),
        (b"/a/./b/../c", b"/a/c"),
        (b"/../../etc", b"/etc"),
        (b"/a/..", b"/"),
        (b"/%62adges/grade%2Esvg", b"/badges/grade.svg"),
        (b"/a/%2e%2e/b", b"/b"),
        (b"/%zz%", b"/%zz%"),
        (b"https://example.org", b"/"),
        (b"https://example.org/a?b", b"/a"),
        (b"/go?to=https://example.org/a", b"/go"),
        (b"/.well-known/security.txt", b"/.well-known/security.txt"),
        (b"*", b"*"),
        (b"", b""),
    ],
)
def test_a_target_becomes_its_path(target, path):
    assert plain_path(target) == path


@given(st.binary())
def test_any_target_has_a_path_without_steps_upwards(target):
    path = plain_path(target)
    if b"/.." in path:
        assert not re.search(rb"/\.\.?(/|$)", path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("badges/grade.svg", FileKind.BADGE),
        ("badges/grade.flat-square.svg", FileKind.BADGE),
        ("badges/grade.json", FileKind.BADGE_DATA),
        ("index.html", FileKind.PAGE),
        ("findings/CVE-2026-31001.html", FileKind.PAGE),
        ("index.json", FileKind.API),
        ("api/v1/status.json", FileKind.API),
        ("api/v1/findings.csv", FileKind.API),
        ("api/v1/osv/GHSA-5qu1-d3f6-7h8p.json", FileKind.API),
        ("schemas/status.json", FileKind.API),
        ("feed.atom", FileKind.FEED),
        ("feed.json", FileKind.FEED),
        ("style.css", FileKind.ASSET),
        ("robots.txt", FileKind.OTHER),
        (".well-known/security.txt", FileKind.OTHER),
        ("wp-login.php", None),
        ("badges/../../x.svg", None),
        ("badges/a..b.svg", None),
        ("badges/<b>.svg", None),
        ("badges/a\n.svg", None),
        ("findings/jane@example.org.html", None),
        ("findings/" + "a" * 200 + ".html", None),
        ("", None),
    ],
)
def test_a_name_has_a_kind_when_a_site_can_have_it(name, kind):
    assert classify_file(name) is kind


def test_every_fixed_name_is_one():
    assert all(classify_file(name) for name in FIXED)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (b"/a/status/", (FileKind.PAGE, "index.html")),
        (b"/a/status/findings/", (FileKind.PAGE, "findings/index.html")),
        (b"/a/status/badges/grade.svg", (FileKind.BADGE, "badges/grade.svg")),
        (b"/a/status/x.php", (FileKind.OTHER, "")),
        (b"/a/status/\xff.html", (FileKind.OTHER, "")),
        (b"/a/status", (FileKind.OTHER, "")),
        (b"/a/statusquo/index.html", None),
        (b"/badges/grade.svg", None),
        (b"", None),
    ],
)
def test_a_path_has_a_place_below_the_prefix(path, place):
    assert place_below(path, b"/a/status/") == place


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        (b"/badges/grade.svg", "/"),
        (b"/a/b/badges/last-scan.for-the-badge.svg", "/a/b/"),
        (b"/a/api/v1/status.json", "/a/"),
        (b"/a/badges/anything.svg", None),
        (b"/a/index.html", None),
        (b"/a<b>/badges/grade.svg", None),
        (b"/" + b"a/" * 30 + b"badges/grade.svg", None),
    ],
)
def test_some_paths_tell_where_a_site_is(path, prefix):
    assert telling_prefix(path) == prefix


MOZILLA = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("github-camo (876de43e)", Client.IMAGE_PROXY),
        ("Camo Asset Proxy 2.3.0", Client.IMAGE_PROXY),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", Client.IMAGE_PROXY),
        (f"{MOZILLA} Chrome/142.0.0.0 Safari/537.36", Client.BROWSER),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Client.BROWSER),
        ("Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", Client.BROWSER),
        ("Lynx/2.9.0dev.12", Client.BROWSER),
        (CURL, Client.SCRIPT),
        ("Wget/1.24.5", Client.SCRIPT),
        ("python-requests/2.32.3", Client.SCRIPT),
        ("python-httpx/0.28.1", Client.SCRIPT),
        ("Python-urllib/3.13", Client.SCRIPT),
        ("Go-http-client/2.0", Client.SCRIPT),
        ("okhttp/4.12.0", Client.SCRIPT),
        ("node", Client.SCRIPT),
        (f"{MOZILLA} HeadlessChrome/142.0.0.0 Safari/537.36", Client.SCRIPT),
        ("FreshRSS/1.27.0 (Linux; https://freshrss.org)", Client.FEED_READER),
        ("Feedly/1.0 (+https://feedly.com/fetcher; 3 subscribers; like FeedFetcher-Google)", Client.FEED_READER),
        ("Miniflux/2.2.0", Client.FEED_READER),
        ("Shields.io/2003a", Client.BADGE_SERVICE),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Client.CRAWLER),
        (f"{MOZILLA}; compatible; GPTBot/1.2; +https://openai.com/gptbot)", Client.CRAWLER),
        (f"{MOZILLA} (compatible; bingbot/2.0) Chrome/116.0 Safari/537.36", Client.CRAWLER),
        ("Mozilla/5.0 (compatible; CensysInspect/1.1)", Client.CRAWLER),
        ("secstatus/0.9.0", Client.MONITOR),
        ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", Client.MONITOR),
        ("Uptime-Kuma/2.0.2", Client.MONITOR),
        ("", Client.UNKNOWN),
        ("-", Client.UNKNOWN),
        ("Mozilla/5.0", Client.UNKNOWN),
        ("robotics lab", Client.UNKNOWN),
        ("something nobody knows", Client.UNKNOWN),
    ],
)  # fmt: skip
def test_agents_have_a_kind(agent, kind):
    assert classify_agent(agent.encode()) is kind


WORDS = [word for rule in load_client_rules() for word in rule.patterns]
PIECES = st.sampled_from(sorted({re.sub(r"\\b|\\|\^|\?|\(.*", "", word) for word in WORDS}))


@given(
    st.lists(PIECES | st.sampled_from(["cubot", " ", "/", "mozilla/5.0 ", "a", "7"]), max_size=6)
)
def test_the_quick_expressions_say_what_the_table_says(pieces):
    text = "".join(pieces)
    for rule in load_client_rules():
        plain = any(re.search(word.encode(), text.encode(), re.DOTALL) for word in rule.patterns)
        assert bool(rule.expression.search(text.encode())) == plain


def test_every_kind_but_unknown_has_one_rule():
    assert {rule.kind for rule in load_client_rules()} == set(Client) - {Client.UNKNOWN}
    assert len(load_client_rules()) == len(Client) - 1

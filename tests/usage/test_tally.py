"""Counts of generated logs, held against a slow and plain count of what went into them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.usage import tally as module
from secstatus.usage.paths import FIXED, FileKind
from secstatus.usage.tally import PrefixGuess, UsageTally
from secstatus.usage.user_agents import Client

PREFIX = "/kelp/status/"
AGENTS = {
    "github-camo (0a1b)": Client.IMAGE_PROXY,
    "curl/8.5.0": Client.SCRIPT,
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": Client.BROWSER,
    "": Client.UNKNOWN,
}
# Target → kind and name; None: not of the site.
TARGETS = {
    f"{PREFIX}badges/grade.svg": (FileKind.BADGE, "badges/grade.svg"),
    f"{PREFIX}badges/grade.svg?style=x": (FileKind.BADGE, "badges/grade.svg"),
    f"{PREFIX}badges/grade.json": (FileKind.BADGE_DATA, "badges/grade.json"),
    PREFIX: (FileKind.PAGE, "index.html"),
    f"{PREFIX}index.html": (FileKind.PAGE, "index.html"),
    f"{PREFIX}feed.atom": (FileKind.FEED, "feed.atom"),
    f"{PREFIX}api/v1/status.json": (FileKind.API, "api/v1/status.json"),
    f"{PREFIX}style.css?v=1": (FileKind.ASSET, "style.css"),
    f"{PREFIX}robots.txt": (FileKind.OTHER, "robots.txt"),
    f"{PREFIX}wp-login.php": (FileKind.OTHER, ""),
    **{f"{PREFIX}findings/F-{n}.html": (FileKind.PAGE, f"findings/F-{n}.html") for n in range(6)},
    "/kelp/": None,
    "/badges/grade.svg": None,
}
METHODS = ("GET", "GET", "GET", "HEAD", "POST")
STATUSES = {200: "served", 206: "served", 304: "served", 204: "other", 301: "3xx", 404: "4xx", 429: "429", 503: "5xx"}  # fmt: skip
START = datetime(2026, 11, 23, 20, tzinfo=UTC)
REQUESTS = st.lists(
    st.tuples(
        st.integers(0, 3 * 86_400),
        st.sampled_from(METHODS),
        st.sampled_from(sorted(TARGETS)),
        st.sampled_from(sorted(STATUSES)),
        st.sampled_from(sorted(AGENTS)),
    )
    | st.sampled_from([b"nonsense", b'{"ts": 1}', b"\x00", b"", b"  "]),
    max_size=60,
)


def line_of(request):
    if isinstance(request, bytes):
        return request
    seconds, method, target, status, agent = request
    at = START + timedelta(seconds=seconds)
    return (
        f'198.51.100.7 - - [{at:%d/%b/%Y:%H:%M:%S %z}] "{method} {target} HTTP/1.1" {status} 9'
        f' "-" "{agent}"'
    ).encode()


def plain_count(requests, since=None):
    """The same figures, one request after the other."""
    figures = Counter()
    for request in requests:
        if isinstance(request, bytes):
            figures["unreadable"] += bool(request.strip())
            continue
        seconds, method, target, status, agent = request
        at = START + timedelta(seconds=seconds)
        if since and at < since:
            figures["earlier"] += 1
        elif method not in ("GET", "HEAD"):
            figures["other_methods"] += 1
        elif TARGETS[target] is None:
            figures["outside"] += 1
        else:
            kind, name = TARGETS[target]
            word, client = STATUSES[status], AGENTS[agent]
            figures["status", word] += 1
            if word == "served":
                figures["kind", kind] += 1
                figures["client", client] += 1
                figures["day", at.date(), kind] += 1
                figures["path", name, client] += 1
            elif word in ("4xx", "429", "5xx"):
                figures["failed", name] += 1
    return figures


def as_figures(use):
    """A result in the form of the plain count; names that are not told are summed up."""
    figures = Counter(
        unreadable=use.unreadable,
        earlier=use.earlier,
        other_methods=use.other_methods,
        outside=use.outside,
    )
    figures |= {("status", word): number for word, number in use.statuses.items()}
    figures |= {("kind", kind): number for kind, number in use.kinds.items()}
    figures |= {("client", client): number for client, number in use.clients.items()}
    for day in use.days:
        figures |= {("day", day.day, kind): number for kind, number in day.kinds.items()}
    for row in (*use.paths, use.other_paths):
        figures |= {("path", row.path, client): n for client, n in row.clients.items()}
        figures["failed", row.path] = row.failed
    return +figures


def untold(figures, told):
    """The plain figures as a result has them that tells these names."""
    found = Counter()
    for key, number in figures.items():
        if key[0] in ("path", "failed") and key[1] not in told:
            key = (key[0], "", *key[2:])
        found[key] += number
    return +found


def counted(requests, since=None, **options):
    tally = UsageTally(PREFIX, since, **options)
    tally.add(map(line_of, requests))
    return tally.result()


@given(REQUESTS, st.none() | st.integers(0, 3 * 86_400))
def test_it_counts_what_a_plain_count_counts(requests, since):
    since = None if since is None else START + timedelta(seconds=since)
    figures = plain_count(requests, since)
    use = counted(requests, since)
    served = {key[1] for key in figures if key[0] == "path" and key[1]}
    failed = {key[1] for key in figures if key[0] == "failed"} & FIXED
    assert {row.path for row in use.paths} == served | failed
    assert as_figures(use) == untold(figures, served | failed)


@given(REQUESTS)
def test_every_line_is_in_exactly_one_figure(requests):
    use = counted(requests)
    assert use.lines == sum(1 for each in requests if not isinstance(each, bytes) or each.strip())
    parts = (use.unreadable, use.earlier, use.outside, use.other_methods)
    assert use.lines == sum(parts) + sum(use.statuses.values())
    rows = (*use.paths, use.other_paths)
    assert (
        use.requests
        == use.statuses["served"]
        == sum(use.clients.values())
        == sum(day.requests for day in use.days)
        == sum(row.requests for row in rows)
        == sum(sum(row.clients.values()) for row in rows)
    )
    assert sum(row.failed for row in rows) == sum(use.statuses[k] for k in ("4xx", "429", "5xx"))


@given(REQUESTS, st.randoms(use_true_random=False), st.integers(0, 60), st.integers(1, 4))
def test_neither_order_nor_parts_matter(requests, random, cut, most):
    """Also when there are more names than are kept."""
    expected = counted(requests, most_names=most)
    mixed = random.sample(requests, len(requests))
    tally = UsageTally(PREFIX, most_names=most)
    for part in (mixed[:cut], mixed[cut:]):
        tally.add(map(line_of, part))
    assert tally.result() == expected


@given(REQUESTS)
def test_summing_up_in_between_changes_nothing(requests):
    expected = counted(requests)
    before, module._MOST_CELLS = module._MOST_CELLS, 2
    try:
        assert counted(requests) == expected
    finally:
        module._MOST_CELLS = before


@given(REQUESTS, st.integers(1, 5))
def test_names_are_bounded_and_those_of_every_site_come_first(requests, most):
    figures = plain_count(requests)
    use = counted(requests, most_names=most)
    served = sorted({key[1] for key in figures if key[0] == "path" and key[1]}, key=lambda name: (name not in FIXED, name))  # fmt: skip
    told = [row for row in use.paths if row.requests]
    assert {row.path for row in told} == set(served[:most])
    for row in told:
        assert row.requests == sum(n for key, n in figures.items() if key[:2] == ("path", row.path))


def get(target, status=200, agent="curl/8.5.0", second=0):
    return second, "GET", target, status, agent


def test_a_path_that_was_never_served_has_no_name():
    tally = UsageTally(PREFIX)
    tally.add([line_of(get(f"{PREFIX}findings/buy-at-example.html", 404))])
    use = tally.result()
    assert use.paths == ()
    assert use.other_paths.failed == 1


def test_a_file_of_every_site_that_fails_is_named():
    use = counted([get(f"{PREFIX}badges/grade.svg", 503)] * 2)
    assert [(row.path, row.requests, row.failed) for row in use.paths] == [
        ("badges/grade.svg", 0, 2)
    ]


def test_the_most_wanted_comes_first():
    use = counted([get(PREFIX), *[get(f"{PREFIX}feed.atom")] * 2, get(f"{PREFIX}badges/grade.svg")])
    assert [row.path for row in use.paths] == ["feed.atom", "badges/grade.svg", "index.html"]


def test_days_are_those_of_utc():
    tally = UsageTally(PREFIX)
    tally.add(
        [line_of(get(PREFIX)).replace(b"23/Nov/2026:20:00:00 +0000", b"24/Nov/2026:01:30:00 +0200")]
    )
    assert [day.day for day in tally.result().days] == [date(2026, 11, 23)]


def test_first_and_last_are_of_the_lines_that_count():
    since = START + timedelta(seconds=10)
    use = counted([get(PREFIX, second=n) for n in (5, 30, 10, 20)], since)
    assert (use.first, use.last) == (since, START + timedelta(seconds=30))
    assert use.earlier == 1
    empty = counted([get(PREFIX, second=5)], since)
    assert (empty.first, empty.last, empty.days) == (None, None, ())


def test_a_line_that_is_torn_counts_as_unreadable():
    tally = UsageTally(PREFIX)
    tally.add([line_of(get(PREFIX))])
    tally.add_torn()
    assert (tally.result().lines, tally.result().unreadable, tally.readable) == (2, 1, 1)


def test_what_cannot_be_read_is_named_by_its_place():
    unread = UsageTally(PREFIX).add(
        [line_of(get(PREFIX)), b"", b"x", line_of(get(PREFIX)), b"\x00"]
    )
    assert [place for place, _ in unread] == [2, 4]


@pytest.mark.parametrize(
    ("requests", "prefix"),
    [
        ([], None),
        ([get("/kelp/status/index.html")], None),
        ([get("/kelp/status/badges/grade.svg", 404)], None),
        ([get("/kelp/status/badges/grade.svg", 304)], "/kelp/status/"),
        ([get("/badges/grade.svg", 404), get("/kelp/status/api/v1/status.json")], "/kelp/status/"),
        ([get("/a/long/way/badges/grade.svg"), get("/a/badges/grade.svg")], "/a/"),
        ([get("/b/badges/grade.svg"), get("/a/badges/grade.svg")], "/a/"),
        ([get("/badges/grade.svg"), get("/a/badges/grade.svg")], "/"),
    ],
)
def test_the_shortest_prefix_under_which_something_was_served_is_guessed(requests, prefix):
    for order in (requests, requests[::-1]):
        guess = PrefixGuess()
        guess.add([b"nonsense", *map(line_of, order)])
        assert guess.prefix == prefix

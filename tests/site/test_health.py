"""How the site itself is: the file, the page and the badge say one thing, and never too much."""

import json
import re
from copy import deepcopy
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from secstatus.commands.check_site import check_site
from secstatus.monitoring.journal.reader import Journal, read_journal
from secstatus.monitoring.metrics import make_metrics as measured_document
from secstatus.published.site_info import SiteInfo
from secstatus.release.log import ReleaseLog
from secstatus.site.api.metrics import NOT_MEASURED, STATES, make_metrics_document
from secstatus.site.api.models import SHAPES
from secstatus.site.badges.badge_set import badges_of
from secstatus.site.badges.drawing import BadgeColour
from secstatus.site.formatting import (
    days_of,
    hours_text,
    milliseconds,
    share_down,
    share_up,
    size_text,
)
from secstatus.site.pages.health_page import state_words
from secstatus.site.pages.sparklines import DAYS, availability_chart, latency_chart
from secstatus.status.assessment import assess
from secstatus.status.policy import AssessmentPolicy
from secstatus.status.status_file import read_status
from tests.conftest import NOW, STATE_NAMES, tree
from tests.conftest import STATES as PROJECTS
from tests.site.measured import BASE, JOURNAL, lines

PLACE = SiteInfo("lanternfish", "1.0", "", "https://example.org/status/", "1")
END = date(2026, 11, 24)


def load(out, path="api/v1/metrics.json"):
    return json.loads((out / path).read_text("utf-8"))


def soup(out, path="health.html"):
    return BeautifulSoup((out / path).read_text("utf-8"), "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


@pytest.fixture(scope="module")
def status():
    text = (PROJECTS / "empty/security/status/live-status.json").read_text("utf-8")
    document, _ = read_status(text, "live-status.json", NOW)
    return assess(document, NOW, AssessmentPolicy())


@pytest.fixture(scope="module")
def figures():
    """The figures of the project `measured`."""
    return measured_document(read_journal(JOURNAL.read_bytes(), NOW), ReleaseLog(), END)


def changed(figures, state="up", of_all=None, **more):
    """The figures, their last look in another state."""
    found = deepcopy(figures) | {"state": state} | more
    for each in found["endpoints"]:
        each["state"] = of_all or each["state"]
    return found


def badge(status, metrics):
    return next(each for each in badges_of(status, "kelp", metrics) if each.name == "status-api")


def test_the_small_journal_is_what_its_script_makes():
    assert JOURNAL.read_bytes() == lines()


def test_what_is_said_of_a_site_that_nobody_has_measured_has_the_same_shape():
    made = measured_document(Journal(), ReleaseLog(), END)
    assert json.loads(json.dumps(NOT_MEASURED)) == json.loads(json.dumps(made))


@pytest.mark.parametrize("state", STATE_NAMES)
def test_file_page_and_badge_agree(built, state):
    out = built(state)
    told, page, drawn = load(out), soup(out), load(out, "badges/status-api.json")
    said = words(page.select_one("h2.health"))
    if state == "measured":
        assert told["state"] == "up"
        assert said == "Up on 24 Nov 2026, 08:00 UTC"
        assert drawn["message"] == "up · 24 Nov 2026"
        assert "doubt" not in page.main.get("class", [])
    else:
        assert (told["state"], told["measured_at"]) == ("unknown", None)
        assert said == "Not measured"
        assert drawn["message"] == "not measured"
        assert drawn["isError"] is True
        assert page.main["class"] == ["doubt"]
        assert "secstatus monitor" in words(page.main)
    svg = (out / "badges/status-api.svg").read_text("utf-8")
    assert f": {drawn['message']}<" in svg


def test_the_page_tells_the_figures_of_the_file(built):
    out = built("measured")
    told, page = load(out), soup(out)
    assert told["base_url"] == BASE
    rows = [[words(cell) for cell in row("th") + row("td")] for row in page.select("#endpoints tbody tr")]  # fmt: skip
    assert [row[0] for row in rows] == [
        each["path"] or "The front page" for each in told["endpoints"]
    ]
    assert rows[0][1:4] == ["✓ Up HTTP 200", "70 ms first byte 42 ms", "14.2 kB gzip"]
    windows = [words(row) for row in page.select("#windows tbody tr")]
    assert [re.match(r"\d+ \w+", each)[0] for each in windows] == [
        "24 hours", "7 days", "30 days", "90 days",
    ]  # fmt: skip
    for each, name in zip(windows, ("24h", "7d", "30d", "90d"), strict=True):
        assert share_down(told["windows"][name]["availability"]) in each
        assert milliseconds(told["windows"][name]["latency_ms"]["p95"]) in each
    assert len(page.select("#days tbody tr")) == len(told["days"]) == 37
    assert len(page.select("#days svg[role=img] title")) == 2
    assert "1 of 2 succeeded" in words(page.select_one("#publishing"))
    assert "published 1.4.2, 15 Nov 2026, 08:00 UTC" in words(page.select_one("#publishing"))
    assert "6, 5 of them complete" in words(page.select_one("#updates"))
    assert "Publishing failure · lanternfish 1.4.1" in words(page.select_one("#alerts"))
    assert "74 minutes" in words(page.select_one("#workflows"))


def test_a_release_of_the_book_counts_without_a_journal(built):
    out = built("released")
    told = load(out)["releases"]
    assert told["last_90_days"] >= 1
    assert f"{told['last_90_days']}, " in words(soup(out).select_one("#releases"))


def test_every_page_leads_to_it(built):
    for path in tree(built("measured")):
        page = soup(built("measured"), path) if path.endswith(".html") else None
        if page and page.nav:
            names = [words(item) for item in page.nav("a")]
            assert names[1:3] == ["History", "Health"], path


def test_the_index_names_the_file(built):
    index = load(built("measured"), "api/v1/index.json")
    assert index["documents"]["metrics"].endswith("/api/v1/metrics.json")
    assert index["badges"]["status-api"]["endpoint"].endswith("/badges/status-api.json")
    listed = [words(cell) for cell in soup(built("measured"), "api.html").select("tbody th")]
    assert "api/v1/metrics.json" in listed


COLOURS = {
    "up": BadgeColour.A,
    "slow": BadgeColour.C,
    "stale": BadgeColour.F,
    "tampered": BadgeColour.F,
    "down": BadgeColour.F,
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_in_words_and_colour(status, figures, state):
    document = make_metrics_document(changed(figures, state, state), PLACE)
    assert document["state"] == state
    assert state_words(document) == f"{state.capitalize()} on 24 Nov 2026, 08:00 UTC"
    found = badge(status, document)
    assert (found.message, found.colour) == (f"{state} · 24 Nov 2026", COLOURS[state])


def test_an_old_look_is_grey_and_dated(status, figures):
    later = measured_document(
        read_journal(JOURNAL.read_bytes(), NOW), ReleaseLog(), END + timedelta(days=9)
    )
    document = make_metrics_document(later, PLACE)
    found = badge(status, document)
    assert found.message == "unknown · last probe 24 Nov 2026"
    assert found.colour is BadgeColour.UNKNOWN
    assert state_words(document) == "Unknown, last probe on 24 Nov 2026, 08:00 UTC"


def test_a_state_that_the_addresses_do_not_bear_out_is_none(status, figures):
    worse = changed(figures)
    worse["endpoints"][3]["state"] = "tampered"
    assert make_metrics_document(worse, PLACE)["state"] == "tampered"
    assert make_metrics_document(changed(figures, endpoints=[]), PLACE)["state"] == "unknown"
    assert make_metrics_document(changed(figures, fresh=False), PLACE)["state"] == "unknown"
    assert make_metrics_document(changed(figures, measured_at=None), PLACE)["state"] == "unknown"
    assert make_metrics_document(changed(figures, "splendid"), PLACE)["state"] == "unknown"


@given(
    state=st.sampled_from([*STATES, "unknown", "splendid"]),
    of_all=st.lists(st.sampled_from([*STATES, "unknown"]), max_size=6),
    fresh=st.sampled_from([True, False, None, "yes"]),
    looked=st.sampled_from([None, "2026-11-24T08:00:00Z"]),
)
def test_no_green_without_proof(status, figures, state, of_all, fresh, looked):
    found = changed(figures, state, fresh=fresh, measured_at=looked)
    found["endpoints"] = [{**found["endpoints"][0], "state": each} for each in of_all]
    document = make_metrics_document(found, PLACE)
    proved = state == "up" and set(of_all) == {"up"} and fresh is True and looked
    green = badge(status, document).colour in (BadgeColour.A, BadgeColour.B)
    assert green == bool(proved)
    assert (document["state"] == "up") == bool(proved)


EVIL = (
    "<img src=x onerror=alert(1)>\u202egnp.\x1b[2J\n</title><script>alert(2)</script>" + "x" * 2000
)


@pytest.fixture(scope="module")
def hostile():
    """The lines of an attacker: every text that a journal can hold."""
    entries = [
        {
            "at": "2026-11-24T08:00:00Z",
            "kind": "alert",
            "outcome": "raised",
            "alert": "down",
            "subject": EVIL,
            "text": EVIL,
        },
        {"at": "2026-11-24T07:00:00Z", "kind": "publish", "outcome": "published", "version": EVIL},
        {
            "at": "2026-11-24T07:30:00Z",
            "kind": "workflows",
            "outcome": "ok",
            "disabled": [EVIL],
            "runs": 3,
            "workflows": {EVIL: {"last": EVIL}},
        },
    ]
    looks = JOURNAL.read_bytes().splitlines()[-3:]
    return b"\n".join(
        [*(json.dumps(each).encode() for each in entries), *looks, b"\xff\xfe{", b"{"]
    )


def test_hostile_texts_are_text(hostile, project, tmp_path):
    from secstatus.commands.build import build_site

    root, out = project("measured"), tmp_path / "site"
    (root / "security/status/journal.jsonl").write_bytes(hostile)
    result = build_site(root, out, NOW)
    assert [text for text in result.warnings if text.startswith("the journal, line")]
    assert not check_site(out).problems
    page = soup(out)
    assert not page.select("img, script, [style], [onerror]")
    shown = page.get_text()
    assert "<img src=x" in shown
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", shown)
    assert max(len(line) for line in shown.splitlines()) < 1500
    SHAPES["metrics"].model_validate(load(out))


def test_what_comes_from_elsewhere_is_made_safe_here_too(figures):
    found = changed(figures)
    found["endpoints"][0] |= {"path": EVIL, "reason": EVIL, "encoding": EVIL, "fault": EVIL}
    document = make_metrics_document(found, PLACE)
    for name in ("path", "reason", "encoding", "fault"):
        text = document["endpoints"][0][name]
        assert text.isprintable()
        assert len(text) <= 600


def series(*places, availability=1.0, p50=80.0, p95=120.0):
    start = END - timedelta(days=DAYS - 1)
    return [
        {
            "date": (start + timedelta(days=place)).isoformat(),
            "rounds": 1,
            "availability": availability,
            "p50_ms": p50,
            "p95_ms": p95,
        }
        for place in places
    ]


def shapes(chart):
    return {
        path["class"][0]: path["d"] for path in BeautifulSoup(chart, "html.parser").select("path")
    }


def test_a_day_without_a_look_is_a_gap():
    days = series(*range(80, 85), 88, 89)
    drawn = shapes(latency_chart(days, END))
    assert drawn["p50"].count("M") == drawn["p95"].count("M") == 2
    assert drawn["gap"].count("M") == 2
    drawn = shapes(availability_chart(days, END))
    assert drawn["clean"].count("M") == 7
    assert drawn["gap"].count("M") == 2
    assert "critical" not in drawn


def test_a_day_on_its_own_is_seen():
    assert re.fullmatch(r"M\d+ [\d.]+h7", shapes(latency_chart(series(40), END))["p50"])


def test_the_smallest_failure_is_seen():
    drawn = shapes(availability_chart(series(89, availability=0.9999), END))
    assert "v12h-8z" in drawn["critical"]
    drawn = shapes(availability_chart(series(89, availability=0.0), END))
    assert "clean" not in drawn


def test_charts_say_in_words_what_they_show():
    chart = BeautifulSoup(availability_chart([], END), "html.parser")
    assert chart.svg["aria-label"] == "Availability: no probes in the last 90 days."
    days = [*series(88), *series(89, availability=0.5)]
    chart = BeautifulSoup(availability_chart(days, END), "html.parser")
    assert "the worst was 24 Nov 2026 with 50 %" in chart.svg["aria-label"]
    assert [time["datetime"] for time in chart.select("figcaption time")] == ["2026-11-24"]
    chart = BeautifulSoup(latency_chart(days, END), "html.parser")
    assert "95 of 100 120 ms" in chart.svg.title.get_text()


def test_days_outside_of_the_chart_are_not_drawn():
    old = series(0)[0] | {"date": "2026-01-01"}
    late = series(0)[0] | {"date": "2026-11-25"}
    assert "clean" not in shapes(availability_chart([old, late], END))


@given(st.floats(0, 1))
def test_rounding_makes_nothing_better(share):
    assert (share_down(share) == "100 %") <= (share > 1 - 1e-9)
    assert (share_up(share) == "0 %") <= (share < 1e-9)
    assert float(share_down(share).removesuffix(" %")) <= share * 100 + 1e-6
    assert float(share_up(share).removesuffix(" %")) >= share * 100 - 1e-6


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (share_down(None), "–"),
        (share_down(0.999999), "99.99 %"),
        (share_up(0.000001), "0.01 %"),
        (milliseconds(None), "–"),
        (milliseconds(0.34), "0.3 ms"),
        (milliseconds(84.2), "84 ms"),
        (milliseconds(999.6), "1 s"),
        (milliseconds(1234.0), "1.23 s"),
        (size_text(1), "1 byte"),
        (size_text(14_220), "14.2 kB"),
        (size_text(2_500_000), "2.5 MB"),
        (days_of(1.9), "1 day"),
        (days_of(-0.1), "ended"),
        (hours_text(26.04), "26.1 h"),
        (hours_text(96), "4 days"),
    ],
)
def test_figures_in_words(told, text):
    assert told == text

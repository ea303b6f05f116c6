"""Every decision about a release, with its reasons: as JSON, as a page, as an event, in front."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from secstatus.commands.build import build_site
from secstatus.commands.check_site import check_site
from secstatus.published.site_info import SiteInfo
from secstatus.release.decision import Trigger
from secstatus.release.log import DecisionRecord, ReleaseLog, ReleaseState, ReleaseStep
from secstatus.release.rules import load_rules
from secstatus.site.api.models import SHAPES, PublishedEvent
from secstatus.site.api.releases import is_held, outcome_of, releases_document, releases_told
from secstatus.site.events import join_events
from secstatus.site.pages.releases_page import front_line
from tests.conftest import NOW, STATES, tree

BOOK = "security/status/releases.json"
JSON = "api/v1/releases.json"
PAGE = "releases.html"
PLACE = SiteInfo("lanternfish", "1.0", "", "https://example.org/status/", "1")
AT = datetime(2026, 11, 2, 4, 30, tzinfo=UTC)
FORWARD = ("planned", "committed", "pushed", "published", "announced")


def load(out, path=JSON):
    return json.loads((out / path).read_text("utf-8"))


def soup(out, path=PAGE):
    return BeautifulSoup((out / path).read_text("utf-8"), "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def change(finding_id="CVE-2026-1", kind="new_vulnerability", action="security_auto", **more):
    text = f"New: {finding_id} in kelp (high)."
    row = {"finding_id": finding_id, "package": "kelp", "text": text, "row": "new-severe"}
    return {**row, "change_type": kind, "action": action, "event_key": "0" * 32, **more}


def decided(*states, name="d1", at=AT, version="", **more):
    """A decision that came through these states, an hour each."""
    steps = tuple(
        ReleaseStep(
            ReleaseState(state), at + number * timedelta(hours=1), version if number else ""
        )
        for number, state in enumerate(states)
    )
    known = {"justification": "New: CVE-2026-1 in kelp (high).", "changes": (change(),), **more}
    trigger = known.pop("trigger", Trigger.NONE if states == ("none",) else Trigger.AUTO)
    text = known.pop("justification")
    return DecisionRecord(name, at, at, trigger, text, steps, **known)


def document(*decisions, records=()):
    return releases_document(ReleaseLog(decisions=decisions), records, PLACE, AT)


def first(*states, **more):
    return document(decided(*states, **more))["decisions"][0]


@pytest.fixture
def site(tmp_path):
    """`site(root)` builds into the same folder each time; `now` is the moment."""

    def make(root, now=NOW):
        result = build_site(root, tmp_path / "site", now)
        return tmp_path / "site", result

    return make


def rewritten(root, change):
    """The book of a project after `change(data)`."""
    path = root / BOOK
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data), "utf-8")


def test_the_file_tells_the_book_newest_first(built):
    kept = json.loads((STATES / "released" / BOOK).read_text("utf-8"))["decisions"]
    told = load(built("released"))["decisions"]
    assert [item["decision_id"] for item in told] == [
        item["decision_id"] for item in reversed(kept)
    ]
    for mine, theirs in zip(told, reversed(kept), strict=True):
        assert mine["justification"] == theirs["justification"]
        assert mine["decided_at"] == theirs["decided_at"]
        assert [step["state"] for step in mine["steps"]] == [s["state"] for s in theirs["steps"]]
        assert [each["event_key"] for each in mine["security_changes"]] == [
            each["event_key"] for each in theirs.get("changes", [])
        ]
        assert mine["state"] == mine["steps"][-1]["state"]
        assert (mine["release_notes"] is not None) is mine["should_release"]
    assert {item["state"] for item in told} == {
        "none", "planned", "announced", "published", "superseded", "declined",
    }  # fmt: skip


def test_what_is_not_known_is_null():
    item = first("planned")
    assert [item[name] for name in ("version", "tag", "commit", "bump", "grade")] == [None] * 5
    assert item["release_notes"] is None
    assert item["steps"][0] == {
        "at": "2026-11-02T04:30:00Z", "commit": None, "note": None, "state": "planned",
        "tag": None, "version": None,
    }  # fmt: skip


def test_the_latest_release_is_the_last_that_is_out(built):
    latest = load(built("released"))["latest_release"]
    assert latest["version"] == "1.4.2"
    assert latest["published_at"] == "2026-11-09T04:33:00Z"
    out = decided("planned", "published", "announced", name="old", version="1.1")
    later = decided("planned", "declined", name="new", version="1.2")
    assert document(out, later)["latest_release"] == {
        "decision_id": "old", "published_at": "2026-11-02T05:30:00Z", "version": "1.1",
    }  # fmt: skip
    assert document(decided("planned", "pushed", version="1.2"))["latest_release"] is None


def test_without_decisions_the_file_is_there_and_empty(built):
    told = load(built("open"))
    assert (told["decisions"], told["latest_release"]) == ([], None)
    page = soup(built("open"))
    assert "No release decision has been recorded for lanternfish yet." in words(page)
    assert page.select(".decision") == []


def test_only_what_the_schema_names_is_published(project, site):
    def add(data):
        data["secret"] = data["decisions"][0]["secret"] = "SECRET-WORD"
        data["decisions"][1]["changes"][0]["secret"] = "SECRET-WORD"
        data["decisions"][2]["steps"][0]["secret"] = "SECRET-WORD"

    root = project("released")
    rewritten(root, add)
    out, _ = site(root)
    assert b"SECRET-WORD" not in b"".join(tree(out).values())
    assert check_site(out).problems == []


def test_a_change_leads_to_the_page_of_its_finding(built):
    out = built("released")
    links = [
        each["links"]
        for item in load(out)["decisions"]
        for each in item["security_changes"]
        if each["finding_id"]
    ]
    base = "https://deepsea-tools.github.io/lanternfish/security-status/"
    for each in links:
        assert (out / each["html"].removeprefix(base)).is_file()
        assert (out / each["json"].removeprefix(base)).is_file()
    hrefs = {a["href"] for a in soup(out).select(".decision .plain a")}
    assert hrefs == {each["html"].removeprefix(base) for each in links}
    assert len(hrefs) == 5


def record(name, finding_id, package=None, *aliases):
    return {"name": name, "finding_id": finding_id, "package": package, "aliases": list(aliases)}


def page_of(one, *records):
    item = document(decided("none", changes=(one,)), records=records)["decisions"][0]
    links = item["security_changes"][0]["links"]
    return links and links["html"].rpartition("/")[2]


def test_a_finding_goes_before_the_alias_of_another():
    other = record("other", "GHSA-1", "kelp", "CVE-2026-1")
    own = record("own", "CVE-2026-1", "Kelp")
    for records in ((other, own), (own, other)):
        assert page_of(change(), *records) == "own.html"
    assert page_of(change(), other) == "other.html"
    assert page_of(change(package=None), own) == "own.html"
    assert page_of(change(package="coral"), own, other) is None
    assert page_of(change(finding_id=""), own, other) is None


def test_time_alone_changes_nothing(project, site):
    root = project("released")
    out, _ = site(root)
    before = {path: (out / path).read_bytes() for path in (JSON, PAGE)}
    _, result = site(root, NOW + timedelta(days=30))
    assert "index.html" in result.written
    assert not {JSON, PAGE} & set(result.written)
    assert before == {path: (out / path).read_bytes() for path in (JSON, PAGE)}


def test_a_step_changes_page_and_file(project, site):
    root = project("released")
    site(root)

    def commit(data):
        step = {"at": "2026-11-24T08:00:00Z", "state": "committed", "version": "1.5.0"}
        data["decisions"][-1]["steps"].append(step)

    rewritten(root, commit)
    out, result = site(root)
    assert {JSON, PAGE, "index.html"} <= set(result.written)
    assert load(out)["modified"] == "2026-11-24T08:00:00Z"
    assert words(soup(out).select_one(".outcome")) == "Release 1.5.0 committed"
    assert words(soup(out, "index.html").select_one(".coming")).startswith(
        "Release 1.5.0 committed"
    )


@pytest.mark.parametrize(
    ("states", "version", "expected"),
    [
        (("none",), "", "No release"),
        (("planned",), "", "Release planned"),
        (("planned", "committed"), "1.2", "Release 1.2 committed"),
        (("planned", "committed", "pushed"), "1.2", "Release 1.2 pushed"),
        (("planned", "published"), "1.2", "Released 1.2"),
        (("planned", "published", "announced"), "1.2", "Released 1.2"),
        (("planned", "published"), "", "Released"),
        (("planned", "superseded"), "", "Superseded"),
        (("planned", "declined"), "1.2", "Declined"),
    ],
)
def test_the_outcome_in_words(states, version, expected):
    assert outcome_of(first(*states, version=version)) == expected


HELD = "A release is due; it waits until 2026-11-03T04:30:00Z for others to join it"


def held(**more):
    return decided("none", justification=f"{HELD}.\nNew: X.", alerts=("Grade A → B.", HELD), **more)


def test_a_release_that_waits_is_no_plain_no():
    item = document(held())["decisions"][0]
    assert is_held(item)
    assert outcome_of(item) == "No release yet"
    for other in (
        decided("none", justification="Nothing changed; no release.", alerts=("Grade A → B.",)),
        decided("none", justification=f"{HELD}."),
        decided("planned", justification=f"{HELD}.", alerts=(HELD,)),
    ):
        assert not is_held(document(other)["decisions"][0])


def test_the_front_page_tells_what_is_not_out_yet():
    def line(*decisions):
        return front_line(document(*decisions)["decisions"])

    text = "New: CVE-2026-1 in kelp (high)."
    assert line(decided("planned")) == {"title": "Release planned", "text": text}
    pushed = decided("planned", "pushed", version="1.2")
    assert line(pushed, decided("none", name="d2")) == {
        "title": "Release 1.2 pushed", "text": text,
    }  # fmt: skip
    assert line(held()) == {"title": "Release held", "text": f"{HELD}."}
    long = line(decided("planned", justification="x" * 1000))
    assert len(long["text"]) == 160


def test_the_front_page_is_silent_when_nothing_is_open(built):
    for item in (
        decided("planned", "published", version="1.2"),
        decided("planned", "declined"),
        decided("planned", "superseded"),
        decided("none"),
    ):
        assert front_line(document(item)["decisions"]) is None
    assert front_line(document(held(), decided("none", name="d2"))["decisions"]) is None
    assert front_line([]) is None
    assert soup(built("open"), "index.html").select(".coming") == []


def test_the_page_shows_reasons_path_and_id(built):
    page = soup(built("released"))
    articles = page.select("article.decision")
    outcomes = [words(article.h3) for article in articles]
    assert outcomes == [
        "Release planned", "Declined", "Released 1.4.2", "Superseded", "No release",
        "Released 1.4.1", "No release", "No release",
    ]  # fmt: skip
    assert [article["id"] for article in articles] == [f"decision-{n}" for n in range(8, 0, -1)]
    released = articles[5]
    assert words(released.select_one("ul a")) == "GHSA-c0ra-9m4x-2v6j"
    assert [words(b) for b in released.select(".dates b")] == [s.capitalize() for s in FORWARD]
    assert released.select(".dates .ahead") == []
    assert words(released.select_one(".dates small")) == "1.4.1"
    moments = {time["datetime"] for time in released.select("time")}
    assert {"2026-10-19T04:16:00Z", "2026-10-19T04:33:00Z", "2026-10-19T04:12:00Z"} <= moments
    assert [words(li.b) for li in articles[0].select(".dates .ahead")] == [
        "Committed", "Pushed", "Published", "Announced",
    ]  # fmt: skip
    refused = articles[6]
    assert "No change asks for a release." in words(refused)
    assert refused.select(".dates") == []
    rows = words(refused.details)
    assert "New or back, and not high: it goes into the next release: no release." in rows
    assert "The grade is worse: no release, but an alert." in rows
    assert "Alert: Grade A → B." in words(refused.select_one(".alerts"))


def test_the_notes_are_harmless_and_dated(built):
    notes = soup(built("released")).select("article .advisory")
    assert len(notes) == 5
    declined = notes[1]
    assert [words(h) for h in declined.select("h4")] == ["Fixed", "Upgrade", "Still open"]
    assert words(declined.code) == "pip install --upgrade lanternfish"
    moments = {time["datetime"] for time in declined.select("time")}
    assert moments == {"2026-10-19", "2026-11-16T04:12:00Z"}
    assert all(a["href"].startswith("https://deepsea-tools.") for a in declined.select("a"))


def test_the_rules_are_those_of_the_program(built):
    for state in ("open", "released"):
        rows = soup(built(state)).select("#rules tbody tr")
        assert [words(row.th) for row in rows] == [row.text for row in load_rules()]
        follows = {"security_auto": "A patch release", "none": "No release"}
        assert [words(row.td) for row in rows] == [
            follows.get(row.action.value, "No release, but an alert") for row in load_rules()
        ]
    assert "fix (patch), dependency (patch), feature (minor), breaking (major)." in words(
        soup(built("open")).select_one("#rules")
    )


def test_the_page_has_the_last_hundred(project, site):
    root = project("released")
    rewritten(
        root,
        lambda data: data["decisions"].extend(
            {**data["decisions"][0], "decision_id": f"more-{number}"} for number in range(110)
        ),
    )
    out, _ = site(root)
    page = soup(out)
    shown = [words(code) for code in page.select("code.decided")]
    assert shown == [f"more-{number}" for number in range(109, 9, -1)]
    assert page.select_one("article")["id"] == "decision-118"
    assert "18 older ones are in releases.json" in words(page)
    assert len(load(out)["decisions"]) == 118
    assert check_site(out).problems == []


def test_a_decision_of_a_thousand_changes_stays_short(project, site):
    def many(data):
        changes = [change(f"CVE-2026-{n}", event_key=str(n)) for n in range(500)]
        mild = [change(f"CVE-2025-{n}", action="none") for n in range(500)]
        data["decisions"][-1] |= {"changes": changes + mild, "more": 7, "alerts": ["x"] * 40}
        data["decisions"][-1]["justification"] = "\n".join(f"Line {n}" for n in range(50))

    root = project("released")
    rewritten(root, many)
    out, _ = site(root)
    article = soup(out).select_one("article")
    assert len(article.select(":scope > ul:not(.alerts) > li")) == 20
    assert len(article.select("details li p.dim")) == 30
    assert "957 more changes;" in words(article)
    assert len((out / PAGE).read_bytes()) < 100_000
    assert len(load(out)["decisions"][0]["security_changes"]) == 1000


LIES = {
    "outcome": (PAGE, b">Released 1.4.1<", b">Released 1.4.0<"),
    "no release": (PAGE, b">Declined<", b">No release<"),
    "another id": (PAGE, b'<code class="decided">', b'<code class="decided">0'),
    "another state": (JSON, b'"state":"declined","steps"', b'"state":"planned","steps"'),
    "a word too many": (JSON, b'"alerts":', b'"alarm":1,"alerts":'),
}


@pytest.mark.parametrize("lie", LIES)
def test_check_site_finds_a_lie(built, tmp_path, lie):
    wrong, old, new = LIES[lie]
    for path, content in tree(built("released")).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        assert path != wrong or old in content
        target.write_bytes(content.replace(old, new) if path == wrong else content)
    found = [p.text for p in check_site(tmp_path).problems if p.path in (PAGE, JSON)]
    # One that the manifest would tell, and one that it would not.
    assert len(found) == 2, found


def test_a_missing_page_of_releases_is_told(built, tmp_path):
    for path, content in tree(built("released")).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path != PAGE:
            target.write_bytes(content)
    assert any(f"or {PAGE} is missing" in p.text for p in check_site(tmp_path).problems)


def test_a_release_is_an_event_and_a_no_is_none(built):
    events = load(built("released"), "api/v1/events.json")["events"]
    told = [event for event in events if event["kind"] == "release"]
    assert [(event["at"], event["title"]) for event in told] == [
        (
            "2026-11-09T04:33:00Z",
            "Released 1.4.2 because GHSA-5qu1-d3f6-7h8p is new, and 2 other changes",
        ),
        ("2026-10-19T04:33:00Z", "Released 1.4.1 because GHSA-c0ra-9m4x-2v6j is new"),
    ]
    feed = load(built("released"), "feed.json")["items"]
    assert [item["title"] for item in feed if item["title"].startswith("Released")] == [
        event["title"] for event in told
    ]


@pytest.mark.parametrize(
    ("more", "because"),
    [
        ({"changes": (change(kind="resolved"),)}, "CVE-2026-1 is resolved"),
        ({"changes": (change(kind="severity_change"),)}, "the severity of CVE-2026-1 was raised"),
        ({"changes": (change(kind="reopened"),)}, "CVE-2026-1 is back"),
        ({"changes": (change("", "grade_change"),)}, "the grade is better"),
        ({"changes": (change(kind="word of later"),)}, "of CVE-2026-1"),
        ({"changes": (change(action="none"),)}, "of the security status"),
        ({"changes": (), "trigger": Trigger.MANUAL}, "it was requested"),
        (
            {"changes": (change(action="none"), change(), change("CVE-2"))},
            "CVE-2026-1 is new, and 1 other change",
        ),
    ],
)
def test_why_it_was_released(more, because):
    book = ReleaseLog(decisions=(decided("planned", "published", version="1.2", **more),))
    (event,) = releases_told(book)
    assert event["title"] == f"Released 1.2 because {because}"
    PublishedEvent.model_validate(event)


def test_an_event_keeps_its_words_and_outlives_the_book():
    book = ReleaseLog(decisions=(decided("planned", "published", version="1.2"),))
    (old,) = releases_told(book)
    changed = replace(book.decisions[0], justification="Something else.")
    new = releases_told(ReleaseLog(decisions=(changed,)))
    assert new != [old]
    assert join_events([old], new, AT) == [old]
    # The status knows nothing that is later than its scan; the release was later.
    assert join_events([old], [], AT - timedelta(days=1)) == [old]


def test_a_release_in_a_new_year_has_a_file_of_its_own(project, site):
    root = project("released")

    def publish(data):
        step = {"at": "2027-01-01T00:00:30Z", "state": "published", "version": "1.5.0"}
        data["decisions"][-1]["steps"].append(step)

    rewritten(root, publish)
    out, _ = site(root)
    assert [e["kind"] for e in load(out, "api/v1/history/2027.json")["events"]] == ["release"]
    assert check_site(out).problems == []


def test_nothing_in_a_decision_acts(built):
    out = built("released")
    for path in (PAGE, "index.html", "history.html"):
        page = soup(out, path)
        assert not page.select("img, iframe, object, embed, form, style, [style], em")
        for element in page.find_all(True):
            assert not any(name.startswith("on") for name in element.attrs)
            target = str(element.get("href", "")).lower()
            assert not target.startswith(("javascript:", "data:")), (path, element)
    text = soup(out).get_text()
    assert "<script>alert('released')</script>" in text
    assert 'CVE-2026-"><img src=x onerror=alert(1)>' in text
    assert "\u202e" not in text + (out / JSON).read_text("utf-8")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["action", "change_type", "event_key", "finding_id", "links", "package", "row", "text", "x"]
)
MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC))
STEPS = st.builds(
    ReleaseStep, st.sampled_from(ReleaseState), MOMENTS, st.text(), st.text(), st.text(), st.text()
)
DECIDED = st.builds(
    DecisionRecord,
    st.text(min_size=1),
    MOMENTS,
    MOMENTS,
    st.sampled_from(Trigger),
    st.text(),
    st.lists(STEPS, min_size=1, max_size=4).map(tuple),
    grade=st.text(max_size=2) | st.sampled_from("ABCDF?"),
    bump=st.text(),
    release_notes=st.text(),
    changes=st.lists(st.dictionaries(FIELDS, JSON_VALUES), max_size=3).map(tuple),
    more=st.integers(0),
    alerts=st.lists(st.text(), max_size=3).map(tuple),
)


@given(st.lists(DECIDED, max_size=4).map(tuple))
def test_any_book_gives_a_document_of_the_shape(decisions):
    records = [record("a", "x", None, "y")]
    told = document(*decisions, records=records)
    SHAPES["releases"].model_validate(told)
    assert told == document(*decisions, records=records)
    assert list(told) == sorted(told)
    for item in told["decisions"]:
        assert list(item) == sorted(item)
        words = ("Release", "No release", "Superseded", "Declined", "Publishing")
        assert outcome_of(item).startswith(words)
        assert all(list(each) == sorted(each) for each in item["security_changes"])
    line = front_line(told["decisions"])
    assert line is None or "\n" not in line["text"]
    for event in releases_told(ReleaseLog(decisions=decisions)):
        PublishedEvent.model_validate(event)
        assert re.match("Released.* because ", event["title"])

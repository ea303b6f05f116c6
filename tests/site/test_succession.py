"""Succession: what a later site has to go on telling."""

import json
from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.published.continuity import NAMES, find_violations
from secstatus.published.documents import (
    EVENTS,
    FINDINGS,
    INDEX,
    RELEASES,
    STATUS,
    list_documents,
    read_published_site,
)
from secstatus.published.own_manifest import MANIFEST

YEAR = "api/v1/history/2026.json"
COUNTS = {"critical": 0, "high": 1, "low": 0, "medium": 0, "unknown": 0}
SCAN = {"at": "2026-03-02T06:00:00Z", "complete": True, "counts": COUNTS, "grade": "C"}
FOUND = {"at": "2026-03-01T00:00:00Z", "id": "found:PYSEC-1", "kind": "found", "title": "Found"}
PATHS = (INDEX, STATUS, FINDINGS, EVENTS, RELEASES, YEAR, "index.html", "badges/grade.svg")


def whole():
    """The documents of a small site as values, free to be changed."""
    head = {"as_of": "2026-03-03T00:00:00Z", "security_grade": "C"}
    status = {
        **head,
        "grade_schedule": [{"from": "2026-03-02T06:00:00Z", "grade": "C"}],
        "package": "lanternfish",
        "revision": 4,
        "vulnerability_summary": {"total": 1},
    }
    decision = {"decision_id": "d1", "steps": [{"state": "planned"}, {"state": "committed"}]}
    documents = {
        MANIFEST: {
            **head,
            "changes_at": "2026-03-04T00:00:00Z",
            "files": {path: {"sha256": "0" * 64, "size": 1} for path in PATHS},
            "revision": "0" * 64,
            "tool": {"name": "secstatus", "version": "0.2.0"},
            "unreadable": None,
        },
        INDEX: status,
        STATUS: dict(status),
        FINDINGS: {"findings": [{"name": "PYSEC-1", "discovered_date": "2026-03-01"}]},
        EVENTS: {"events": [{**SCAN, "id": "scan:1", "kind": "scan"}, dict(FOUND)]},
        RELEASES: {"decisions": [decision]},
        YEAR: {"scans": [dict(SCAN)], "events": [dict(FOUND)]},
    }
    # Through text, so that no part of it is a part of another.
    return json.loads(json.dumps(documents))


def told(values):
    return read_published_site({path: json.dumps(value).encode() for path, value in values.items()})


def rules(old, new):
    return [breach.rule for breach in find_violations(told(old), told(new))]


def another_package(site):
    site[INDEX]["package"] = "anglerfish"


def an_older_tool(site):
    site[MANIFEST]["tool"]["version"] = "0.2.0rc1"


def an_earlier_day(site):
    site[MANIFEST]["as_of"] = "2026-03-02T23:59:59Z"


def an_earlier_revision(site):
    site[INDEX]["revision"] = 3


def no_revision(site):
    site[INDEX]["revision"] = None


def a_badge_less(site):
    del site[MANIFEST]["files"]["badges/grade.svg"]


def a_finding_less(site):
    site[FINDINGS]["findings"].clear()


def found_later(site):
    site[FINDINGS]["findings"][0]["discovered_date"] = "2026-03-02"


def found_earlier(site):
    site[FINDINGS]["findings"][0]["discovered_date"] = "2026-02-28"


def an_event_less(site):
    site[EVENTS]["events"].pop()


def an_event_moved(site):
    site[EVENTS]["events"][0]["at"] = "2026-03-02T06:00:01Z"


def a_better_grade_in_the_past(site):
    site[EVENTS]["events"][0]["grade"] = "A"


def fewer_in_the_past(site):
    site[YEAR]["scans"][0]["counts"] = {**COUNTS, "high": 0}


def a_year_less(site):
    del site[MANIFEST]["files"][YEAR], site[YEAR]


def a_decision_less(site):
    site[RELEASES]["decisions"].clear()


def a_step_less(site):
    site[RELEASES]["decisions"][0]["steps"].pop()


def another_step(site):
    site[RELEASES]["decisions"][0]["steps"][1]["state"] = "declined"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (another_package, ["package"]),
        (an_older_tool, ["older-tool"]),
        (an_earlier_day, ["as-of"]),
        (an_earlier_revision, ["revision"]),
        (no_revision, ["revision"]),
        (a_badge_less, ["vanished"]),
        (a_finding_less, ["findings"]),
        (found_later, ["discovery-date"]),
        (found_earlier, ["discovery-date"]),
        (an_event_less, ["events"]),
        (an_event_moved, ["events"]),
        (a_better_grade_in_the_past, ["events"]),
        (fewer_in_the_past, ["history"]),
        (a_year_less, ["vanished", "history"]),
        (a_decision_less, ["releases"]),
        (a_step_less, ["releases"]),
        (another_step, ["releases"]),
    ],
)
def test_what_would_break_is_named(change, expected):
    new = whole()
    change(new)
    assert rules(whole(), new) == expected


def test_every_rule_has_a_case_above():
    cases = {
        "package", "older-tool", "as-of", "revision", "vanished", "findings", "discovery-date",
        "events", "history", "releases",
    }  # fmt: skip
    assert set(NAMES) == cases


def test_a_site_may_follow_itself():
    assert rules(whole(), whole()) == []


def test_a_site_may_grow():
    new = whole()
    new[MANIFEST]["as_of"] = "2026-03-04T00:00:00Z"
    new[MANIFEST]["tool"]["version"] = "0.10.0"
    new[MANIFEST]["files"]["feed.atom"] = {"sha256": "1" * 64, "size": 2}
    new[INDEX]["revision"] = 5
    new[FINDINGS]["findings"].insert(0, {"name": "PYSEC-2", "discovered_date": "2026-03-04"})
    new[EVENTS]["events"].insert(0, {**FOUND, "id": "found:PYSEC-2"})
    new[YEAR]["scans"].insert(0, dict(SCAN))
    new[RELEASES]["decisions"][0]["steps"].append({"state": "pushed"})
    new[RELEASES]["decisions"].insert(0, {"decision_id": "d1", "steps": [{"state": "none"}]})
    assert rules(whole(), new) == []


def test_words_may_change():
    new = whole()
    new[EVENTS]["events"][1]["title"] = "Another title"
    assert rules(whole(), new) == []


def test_a_contact_may_go():
    old = whole()
    old[MANIFEST]["files"][".well-known/security.txt"] = {"sha256": "2" * 64, "size": 3}
    assert rules(old, whole()) == []


def test_a_version_that_is_none_is_not_taken_for_an_older_one():
    old = whole()
    old[MANIFEST]["tool"]["version"] = "newest"
    assert rules(old, whole()) == ["older-tool"]


def test_a_site_without_releases_may_get_some():
    old = whole()
    del old[RELEASES], old[MANIFEST]["files"][RELEASES]
    assert rules(old, whole()) == []


def test_many_names_are_cut_short_and_counted():
    old = whole()
    for number in range(50):
        old[MANIFEST]["files"][f"findings/{number:02}.html"] = {"sha256": "3" * 64, "size": 3}
    (breach,) = find_violations(told(old), told(whole()))
    assert breach.text == "50 published addresses would vanish"
    assert len(breach.details) == 21
    assert breach.details[-1] == "and 30 more"


def test_hostile_names_are_safe_on_a_terminal():
    old = whole()
    old[FINDINGS]["findings"].append(
        {"name": "\x1b[2J\n::error::", "discovered_date": "2026-01-01"}
    )
    (breach,) = find_violations(told(old), told(whole()))
    assert all(line.isprintable() for line in breach.details)


@given(st.data())
def test_whatever_is_taken_away_is_refused(data):
    """A law: no list of what was published may lose a member."""
    old, new = whole(), whole()
    lists = [
        (FINDINGS, "findings", lambda n: {"name": f"F-{n}", "discovered_date": "2026-01-01"}),
        (EVENTS, "events", lambda n: {**FOUND, "id": f"e{n}"}),
        (RELEASES, "decisions", lambda n: {"decision_id": f"r{n}", "steps": [{"state": "none"}]}),
        (YEAR, "scans", lambda n: {**SCAN, "counts": {**COUNTS, "low": n}}),
    ]
    path, key, make = data.draw(st.sampled_from(lists))
    items = [make(number) for number in range(data.draw(st.integers(1, 6)))]
    old[path][key] += items
    kept = data.draw(st.lists(st.sampled_from(items), unique_by=str))
    new[path][key] += kept
    assert bool(rules(old, new)) == (len(kept) < len(items))


def places(value, path=()):
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in inner:
        yield from places(item, (*path, key))


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}),
    st.just([[{}]]), st.just({"a": [1]}), st.just("../../../CNAME"), st.just("\ud800"),
)  # fmt: skip


@given(st.data())
def test_anything_at_any_place_is_read_or_refused(data):
    site = whole()
    path = data.draw(st.sampled_from(sorted(site)))
    place = data.draw(st.sampled_from(list(places(site[path]))))
    junk = deepcopy(data.draw(JUNK))
    if not place:
        site[path] = junk
    else:
        inner = site[path]
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = junk
    found = None
    with suppress(InputError):
        found = told(site)
    if found is not None:
        assert find_violations(found, found) == []
        find_violations(told(whole()), found)
        find_violations(found, told(whole()))


@pytest.mark.parametrize("text", [b"", b"{", b"[" * 200_000, b"\xff", b"1" * 5000])
@pytest.mark.parametrize("path", [MANIFEST, INDEX, FINDINGS, EVENTS, RELEASES, YEAR])
def test_text_that_is_no_document_is_refused_by_name(path, text):
    documents = {name: json.dumps(value).encode() for name, value in whole().items()}
    with pytest.raises(InputError) as caught:
        read_published_site({**documents, path: text})
    assert caught.value.path == path
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["../CNAME", "/etc/passwd", "a//b", "..", "a\\..\\b", ""])
def test_a_manifest_leads_nowhere_else(name):
    site = whole()
    site[MANIFEST]["files"][name] = {"sha256": "0" * 64, "size": 0}
    with pytest.raises(InputError, match="inside of the site"):
        told(site)


def test_a_missing_document_is_named():
    site = whole()
    del site[YEAR]
    with pytest.raises(InputError, match="history/2026"):
        told(site)


def test_the_manifest_of_another_tool_is_none_of_ours():
    site = whole()
    site[MANIFEST]["tool"]["name"] = "othertool"
    with pytest.raises(InputError, match="secstatus"):
        told(site)


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (INDEX, "security_grade", "A"),
        (STATUS, "security_grade", "A"),
        (INDEX, "as_of", "2026-03-04T00:00:00Z"),
        (MANIFEST, "security_grade", "A"),
        (MANIFEST, "unreadable", "it was torn"),
    ],
)
def test_a_site_to_be_published_contradicts_itself_nowhere(path, key, value):
    site = whole()
    site[path][key] = value
    documents = {name: json.dumps(content).encode() for name, content in site.items()}
    with pytest.raises(InputError):
        read_published_site(documents, strict=True)
    read_published_site(documents)


def test_an_unreadable_status_may_be_told_when_the_grade_says_so():
    site = whole()
    site[MANIFEST]["unreadable"] = "it was torn"
    for path in (MANIFEST, INDEX, STATUS):
        site[path]["security_grade"] = "?"
    documents = {name: json.dumps(content).encode() for name, content in site.items()}
    assert read_published_site(documents, strict=True).unreadable == "it was torn"


def test_the_grade_follows_the_sites_own_schedule():
    site = whole()
    site[INDEX]["grade_schedule"] += [{"from": "2026-03-12T06:00:01Z", "grade": "?"}]
    found = told(site)
    assert found.grade_at("2026-03-12T06:00:00Z") == "C"
    assert found.grade_at("2026-03-12T06:00:01Z") == "?"


def test_only_documents_are_read():
    paths = [*PATHS, MANIFEST, "api/v1/history/20260.json", "x/index.json"]
    assert set(list_documents(paths)) == set(whole())


@pytest.mark.parametrize(
    ("path", "keys", "value", "place"),
    [
        (INDEX, ["revision"], True, "$.revision"),
        (INDEX, ["vulnerability_summary", "total"], "1", "$.vulnerability_summary.total"),
        (EVENTS, ["events", 0, "counts"], {"high": [1]}, "$.events[0].counts"),
        (EVENTS, ["events", 0, "grade"], ["C"], "$.events[0].grade"),
        (YEAR, ["scans", 0, "at"], "yesterday", "$.scans[0].at"),
        (FINDINGS, ["findings", 0, "discovered_date"], None, "$.findings[0].discovered_date"),
        (MANIFEST, ["tool", "version"], "1.0\nX: y", "$.tool.version"),
        (MANIFEST, ["security_grade"], "A+", "$.security_grade"),
    ],
)
def test_a_value_of_another_kind_is_refused_at_its_place(path, keys, value, place):
    site = whole()
    inner = site[path]
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    with pytest.raises(InputError) as caught:
        told(site)
    assert (caught.value.path, caught.value.place) == (path, place)

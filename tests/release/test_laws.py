"""The laws of the decision, on generated standings."""

import json
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from secstatus.findings.finding import Finding
from secstatus.findings.severity import Severity
from secstatus.release.changes import SecurityChangeDetector
from secstatus.release.decision import Before, ManualRequest, ReleaseRequest, decide
from secstatus.release.log import (
    DecisionRecord,
    ReleaseLog,
    ReleaseState,
    ReleaseStep,
    advance_release,
    before,
    compact,
    record_decision,
)
from secstatus.release.log_file import read_releases, write_releases
from secstatus.release.notes import write_notes
from secstatus.release.policy import Audience, ReleasePolicy
from secstatus.release.rules import Action
from secstatus.release.snapshot import Snapshot, SnapshotFinding, SnapshotState
from secstatus.release.wording import render_changes
from secstatus.status.policy import Grade
from tests.release.made import MONDAY, WEEK

AUDIENCE = Audience("lanternfish", "1.2.0", "https://example.org/")
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
days = st.dates(date(2026, 10, 1), MONDAY.date())


@st.composite
def items(draw, late=False):
    """A finding; `late`: as a later moment may know it."""
    name = f"CVE-2026-{draw(st.integers(1, 6))}"
    state = draw(st.sampled_from(list(SnapshotState)))
    opened = draw(days)
    closed = None
    if not state.is_there:
        closed = MONDAY.date() + timedelta(days=draw(st.integers(-40, 7 if late else 0)))
        closed = max(closed, opened)
    severity = draw(st.sampled_from(list(Severity)))
    package = draw(st.sampled_from(["kelp", "coral"]))
    finding = Finding(name, severity, opened, package, draw(ANY_TEXT), title=draw(ANY_TEXT))
    return SnapshotFinding(
        name,
        severity,
        state,
        opened,
        package,
        tuple(draw(st.sets(st.sampled_from(["GHSA-a", "PYSEC-1"]), max_size=1))),
        draw(st.integers(1, 3)),
        closed,
        draw(ANY_TEXT),
        draw(st.booleans()),
        finding,
    )


def standings(at, late=False):
    return st.builds(
        Snapshot,
        st.just(at),
        st.just(at),
        st.sampled_from(list(Grade)),
        st.booleans(),
        st.lists(items(late), max_size=5, unique_by=lambda each: each.key).map(tuple),
        st.lists(ANY_TEXT, max_size=2).map(tuple),
    )


requests = st.builds(ReleaseRequest, st.none() | st.sampled_from(list(ManualRequest)), ANY_TEXT)
worlds = st.tuples(standings(MONDAY), standings(MONDAY + WEEK, late=True), requests)


def taken(releases, standing, request, now):
    """A decision and the book that keeps it, as the command takes it."""
    detector, baseline = SecurityChangeDetector(), releases.baseline
    changes = (
        detector.all_new(standing, now.date())
        if baseline is None
        else detector.between(baseline, standing, now.date())
    )
    earlier = before(releases, standing, now)
    found = write_notes(changes, request, ReleasePolicy(), earlier, standing, AUDIENCE)
    return found, record_decision(releases, found, standing, now)


@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_findings_is_nothing(world, random):
    old, new, request = world
    shuffled = [
        replace(each, items=tuple(random.sample(each.items, len(each.items))))
        for each in (old, new)
    ]
    earlier = Before(new.at)
    results = [
        write_notes(
            SecurityChangeDetector().between(*pair, new.at.date()),
            request,
            ReleasePolicy(),
            earlier,
            pair[1],
            AUDIENCE,
        )
        for pair in ([old, new], shuffled)
    ]
    assert results[0] == results[1]


@settings(max_examples=300)
@given(worlds)
def test_the_same_decision_twice_gives_the_same_bytes(world):
    old, new, request = world
    now = new.at + timedelta(minutes=5)
    _, book = taken(ReleaseLog(), old, ReleaseRequest(), old.at)
    first, kept = taken(book, new, request, now)
    second, again = taken(kept, new, request, now + timedelta(minutes=1))

    assert json.dumps(render_changes(first.judged)) == json.dumps(render_changes(second.judged))
    assert replace(first, judged=()) == replace(second, judged=())
    assert write_releases(kept) == write_releases(again)


@settings(max_examples=300)
@given(worlds)
def test_a_decision_followed_by_its_release_gives_none(world):
    old, new, request = world
    now = new.at + timedelta(minutes=5)
    _, book = taken(ReleaseLog(), old, ReleaseRequest(), old.at)
    first, book = taken(book, new, request, now)
    if first.should_release:
        for state in ("committed", "pushed", "published"):
            _, book = advance_release(book, ReleaseStep(ReleaseState(state), now, version="1.2.1"))
    second, after = taken(book, new, ReleaseRequest(), now + timedelta(days=2))

    assert not second.should_release
    assert not second.deciding
    if first.should_release:
        assert after.baseline == compact(new)


@given(worlds)
def test_nothing_is_resolved_without_words_of_evidence_from_the_ledger(world):
    """Only an item that is closed as resolved makes that event; absence never does."""
    old, new, _ = world
    changes = SecurityChangeDetector().between(old, replace(new, items=()), new.at.date())

    assert "resolved" not in {change.change_type for change in changes}


@given(worlds)
def test_every_change_is_listed_once_with_its_row(world):
    old, new, request = world
    changes = SecurityChangeDetector().between(old, new, new.at.date())
    found = decide(changes, request, ReleasePolicy(), Before(new.at))

    assert [each.change for each in found.judged] == list(changes)
    assert found.should_release == bool(found.deciding or request.kind)
    assert all(each.rule.action is each.action or each.settled for each in found.judged)
    wanted = any(each.action is Action.AUTO for each in found.judged)
    if request.kind is None:
        assert found.should_release == wanted


@given(worlds)
def test_the_book_round_trips_and_keeps_what_it_does_not_know(world):
    old, new, request = world
    _, book = taken(ReleaseLog(), old, ReleaseRequest(), old.at)
    _, book = taken(book, new, request, new.at)
    text = write_releases(replace(book, extra={"later": [1]}))

    again = read_releases(text, "releases.json")
    assert write_releases(again) == text
    assert again.extra == {"later": [1]}
    assert isinstance(again.decisions[0], DecisionRecord)

"""The past in fewer words: what a journal counts stays the same, whatever is summed up and when."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secstatus.monitoring.journal.compaction import has_probes
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.journal.reader import Journal, encode_journal, read_journal
from secstatus.monitoring.journal.rollup import MOST_UNREAD, RollupLimits, fit_journal, roll_up
from secstatus.monitoring.probe import Probe, ProbeRun, ProbeState
from secstatus.monitoring.statistics import MonitoringSummary, Period, find_bucket, summarize_runs
from tests.monitoring.journal_cases import BASES, ENTRIES, NEWER, START, read, text_of
from tests.monitoring.two_years import grown, two_years

BASE = BASES[0]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = START + 700 * DAY
MOMENTS = st.integers(0, 1400).map(lambda days: START + timedelta(days=days, hours=5))
WITHOUT_PERIODS = st.sampled_from(
    [RollupLimits(), RollupLimits(raw_days=0, event_days=7), RollupLimits(day_days=0)]
)


def look(at, state=ProbeState.UP, ms=80.0, hit=True, base=BASE, path=""):
    return ProbeRun(at, base, (Probe(state, path=path, latency_ms=ms, cache_hit=hit),))


def looks(days, at=START, each=timedelta(hours=6), **more):
    number = int(timedelta(days=days) / each)
    return [look(at + each * place, **more) for place in range(number)]


def event(kind, outcome, at, **details):
    return Event(at, kind, outcome, details)


def alert(outcome, at, subject="index.json", kind="alert"):
    return event(kind, outcome, at, alert="endpoint", subject=subject)


def rolled(entries, now=NOW, limits=None):
    return roll_up(read(entries), now, limits)


def totals(journal):
    """Everything that a journal counts: looks, states, times, caches by address; and events."""
    found = Counter()
    for period in (*journal.days, *journal.months):
        _count(found, period.base, period.probe_runs, period.paths)
        for kind, outcomes in period.events.items():
            found.update({(kind, outcome): number for outcome, number in outcomes.items()})
    for each in journal.probe_runs:
        _count(found, each.base, 1, summarize_runs([each]))
    found.update((each.kind, each.outcome) for each in journal.events)
    return +found


def _count(found, base, runs, paths):
    found[base, "rounds"] += runs
    for path, told in paths.items():
        found.update({(base, path, state): number for state, number in told.states.items()})
        found.update({(base, path, index): number for index, number in told.latency.items()})
        found[base, path, "asked"] += told.asked
        found[base, path, "hits"] += told.hits


@given(ENTRIES, MOMENTS, WITHOUT_PERIODS)
def test_what_is_counted_stays_the_same(entries, now, limits):
    assert totals(rolled(entries, now, limits)) == totals(read(entries))


@given(ENTRIES, MOMENTS, WITHOUT_PERIODS)
def test_a_second_time_changes_nothing(entries, now, limits):
    once = rolled(entries, now, limits)
    assert roll_up(once, now, limits) == once


@given(ENTRIES, MOMENTS)
def test_what_is_summed_up_can_be_read_again(entries, now):
    found = rolled(entries, now)
    assert read_journal(encode_journal(found)) == found


@given(st.data(), ENTRIES, MOMENTS)
def test_the_order_of_the_lines_does_not_matter(data, entries, now):
    other = rolled(data.draw(st.permutations(entries)), now)
    found = rolled(entries, now)
    assert (found.days, found.months) == (other.days, other.months)
    # Those of the same second keep the order of the file.
    assert set(map(encode_line, found.events)) == set(map(encode_line, other.events))
    assert set(found.probe_runs) == set(other.probe_runs)


@given(ENTRIES, MOMENTS)
def test_what_a_merge_brings_back_is_not_counted_again(entries, now):
    once = rolled(entries, now)
    for merged in (
        text_of(entries) + encode_journal(once),
        encode_journal(once) + text_of(entries),
    ):
        assert totals(read_journal(merged)) == totals(once)
        assert totals(roll_up(read_journal(merged), now)) == totals(once)


@given(ENTRIES, MOMENTS, MOMENTS)
def test_two_branches_that_sum_up_at_other_times_count_once(entries, one, other):
    branches = [encode_journal(rolled(entries, now)) for now in (one, other)]
    assert totals(read_journal(b"".join(branches))) == totals(read(entries))


@given(ENTRIES, MOMENTS, MOMENTS)
def test_a_later_time_gives_what_one_time_would_have_given(entries, one, other):
    first, later = sorted((one, other))
    known = [each for each in entries if each.at <= first]
    new = [each for each in entries if first < each.at]
    step = rolled(known, first)
    found = roll_up(read_journal(encode_journal(step) + text_of(new)), later)
    assert found == rolled(known + new, later)


@given(ENTRIES, MOMENTS)
def test_the_newest_rounds_of_each_site_stay(entries, now):
    before, after = read(entries).probe_runs, rolled(entries, now).probe_runs
    for base in BASES:
        mine = [each for each in before if each.base == base]
        assert set(mine[-3:]) <= set(after)


@given(ENTRIES, MOMENTS)
def test_a_day_is_summed_up_whole_or_not_at_all(entries, now):
    found = rolled(entries, now)
    summed = {(each.start, each.base) for each in found.days if has_probes(each)}
    summed_months = {(each.start, each.base) for each in found.months if has_probes(each)}
    for each in found.probe_runs:
        assert (each.at.date(), each.base) not in summed
        assert (each.at.date().replace(day=1), each.base) not in summed_months


@given(ENTRIES, MOMENTS)
def test_kinds_of_a_newer_version_stay(entries, now):
    newer = [each for each in read(entries).events if each.kind == NEWER]
    assert [each for each in rolled(entries, now).events if each.kind == NEWER] == newer


@given(ENTRIES, MOMENTS)
def test_nothing_recent_is_summed_up(entries, now):
    found = rolled(entries, now)
    today = now.date()
    for each in (one for one in entries if isinstance(one, ProbeRun)):
        if each.at.date() >= today - 2 * DAY:
            assert each in found.probe_runs
    assert all(each.start < today - 2 * DAY for each in found.days)
    counted = [kind for each in (*found.days, *found.months) for kind in each.events]
    assert {"publish"} & set(counted) == set() or min(
        each.start for each in (*found.days, *found.months) if "publish" in each.events
    ) < today - timedelta(days=400)


def test_what_a_day_says():
    entries = [
        look(START, ms=100.0),
        look(START + HOUR, ProbeState.DOWN, ms=None, hit=None),
        look(START + 4 * HOUR, ProbeState.SLOW, ms=2000.0, hit=False),
        *looks(3, START + 4 * DAY),
    ]
    (day,) = rolled(entries, START + 7 * DAY).days[:1]
    expected = MonitoringSummary(
        {ProbeState.UP: 1, ProbeState.SLOW: 1, ProbeState.DOWN: 1},
        {find_bucket(100.0): 1, find_bucket(2000.0): 1},
        2,
        1,
    )
    # From four in the morning until the day after the next but one.
    assert day == Period(START.date(), False, BASE, 3, {"": expected}, {}, 92.0)


def test_a_gap_ends_where_a_day_begins_that_is_summed_up_already():
    known = Period(
        (START + DAY).date(),
        base=BASE,
        probe_runs=1,
        paths={"": MonitoringSummary({ProbeState.UP: 1})},
    )
    runs = (look(START + 20 * HOUR), *looks(2, START + 5 * DAY))
    found = roll_up(Journal(probe_runs=runs, days=(known,)), START + 7 * DAY)
    assert [each.longest_gap for each in found.days] == [4.0, 0.0]


def test_the_days_that_stay_raw():
    found = rolled(looks(6), START + 6 * DAY)
    assert [each.start.day for each in found.days] == [1, 2, 3, 4]
    assert {each.at.day for each in found.probe_runs} == {5, 6}


def test_a_day_at_the_limit_stays_until_the_next():
    entries = looks(4)
    assert [each.start.day for each in rolled(entries, START + 3 * DAY - HOUR).days] == []
    assert [each.start.day for each in rolled(entries, START + 3 * DAY).days] == [1]


def test_a_month_is_summed_up_when_it_has_been_over_for_long():
    entries = looks(40)
    end = datetime(2026, 2, 1, tzinfo=UTC)
    before = rolled(entries, end + 99 * DAY)
    assert (len(before.days), before.months) == (39, ())
    after = rolled(entries, end + 100 * DAY)
    assert [(each.start, each.probe_runs) for each in after.months] == [(date(2026, 1, 1), 31 * 4)]
    assert [each.start.month for each in after.days] == [2] * 8


def test_sites_are_kept_apart():
    found = rolled([*looks(9), *looks(9, base=BASES[1], state=ProbeState.DOWN)], START + 9 * DAY)
    assert {each.base for each in found.days} == set(BASES)
    for each in found.days:
        expected = ProbeState.UP if each.base == BASE else ProbeState.DOWN
        assert each.paths[""].states == {expected: 4}


def test_old_events_are_counted_by_their_month():
    entries = [event("build", "built", START + number * DAY) for number in range(31)]
    entries += [event("build", "failed", START), event("build", "failed", START + 300 * DAY)]
    entries += [event("build", "built", START + 300 * DAY)]
    found = rolled(entries, START + 301 * DAY)
    (month,) = found.months
    assert (month.base, month.probe_runs, month.events) == (
        "",
        0,
        {"build": {"built": 31, "failed": 1}},
    )
    assert {each.at for each in found.events} == {START + 300 * DAY}


def test_publishing_is_kept_for_longer():
    entries = [event("publish", "published", START + number * DAY) for number in (0, 50)]
    assert len(rolled(entries, START + 399 * DAY).events) == 2
    found = rolled(entries, START + 500 * DAY)
    assert [each.at for each in found.events] == [START + 50 * DAY]
    assert found.months[0].events == {"publish": {"published": 1}}


def test_the_newest_of_each_outcome_stays_however_old_it_is():
    entries = [event("ingest", outcome, START) for outcome in ("complete", "incomplete")]
    assert len(rolled(entries).events) == 2


def test_an_open_alert_is_never_forgotten():
    entries = [
        alert("raised", START),
        alert("sent", START + HOUR, kind="notice"),
        alert("raised", START + DAY, subject="feed.atom"),
        alert("recovered", START + 2 * DAY, subject="feed.atom"),
        alert("raised", START + 3 * DAY, subject="feed.atom"),
        alert("recovered", START + 4 * DAY, subject="feed.atom"),
    ]
    found = rolled(entries)
    listed = {(each.kind, each.outcome, each.details["subject"]) for each in found.events}
    assert ("alert", "raised", "index.json") in listed
    assert ("notice", "sent", "index.json") in listed
    assert sum(each.details["subject"] == "feed.atom" for each in found.events) == 2
    closed = rolled([*entries, alert("recovered", START + 5 * DAY)])
    assert ("alert", "raised", "index.json") not in {
        (each.kind, each.outcome, each.details["subject"]) for each in closed.events
    }


def test_of_an_open_alert_only_what_was_told_since_it_began_stays():
    days = (0, 10)
    entries = [alert("sent", START + day * DAY, kind="notice") for day in days]
    entries += [alert("raised", START + day * DAY) for day in days]
    entries += [alert("recovered", START + 5 * DAY)]
    found = rolled(entries)
    notices = [each.at for each in found.events if each.kind == "notice"]
    assert notices == [START + 10 * DAY]
    assert totals(found) == totals(read(entries))


def test_a_round_of_a_day_that_is_summed_up_is_not_counted_again():
    once = rolled(looks(9), START + 9 * DAY)
    back = replace(once, probe_runs=(look(START + HOUR, ProbeState.DOWN), *once.probe_runs))
    assert totals(roll_up(back, START + 9 * DAY)) == totals(once)


def test_of_two_days_the_one_with_more_rounds_is_believed():
    start = START.date()
    less = Period(start, base=BASE, probe_runs=2, paths={"": MonitoringSummary({ProbeState.UP: 2})})
    more = Period(
        start,
        base=BASE,
        probe_runs=3,
        paths={"": MonitoringSummary({ProbeState.UP: 2, ProbeState.DOWN: 1})},
    )
    for days in ((less, more), (more, less)):
        assert roll_up(Journal(days=days), START + 9 * DAY).days == (more,)


def test_of_two_months_each_kind_of_event_counts_once():
    start = START.date()
    one = Period(start, True, events={"build": {"built": 5}, "deploy": {"deployed": 1}})
    other = Period(start, True, events={"build": {"built": 3}, "ingest": {"complete": 2}})
    expected = {"build": {"built": 5}, "deploy": {"deployed": 1}, "ingest": {"complete": 2}}
    for months in ((one, other), (other, one)):
        (found,) = roll_up(Journal(months=months), NOW).months
        assert found.events == expected


def test_what_was_counted_before_stays_when_more_is_added_to_the_month():
    entries = [event("build", "built", START + number * DAY) for number in range(100)]
    entries += [event("publish", "published", START + number * DAY) for number in range(0, 100, 9)]
    journal = read(entries)
    for day in range(100, 700, 13):
        journal = roll_up(journal, START + day * DAY)
        assert totals(journal) == totals(read(entries))


def test_a_journal_that_fits_is_not_squeezed():
    found, problems = fit_journal(read(looks(9)), START + 9 * DAY)
    assert (found, problems) == (rolled(looks(9), START + 9 * DAY), ())


@pytest.mark.parametrize(
    ("most", "raw", "events", "words"),
    [
        (38_000, 4, 110, "the probe runs of all days but today are aggregated"),
        (20_000, 4, 31, "probe runs before today and events older than 30 days are aggregated"),
        (14_000, 4, 8, "probe runs before today and events older than 7 days are aggregated"),
    ],
)
def test_what_is_too_long_is_squeezed_step_by_step(most, raw, events, words):
    entries = looks(8, START + 102 * DAY)
    for number in range(110):
        entries.append(event("build", "built", START + number * DAY, reason="r" * 250))
    now = START + 110 * DAY - HOUR
    before = read(entries)
    assert len(encode_journal(roll_up(before, now))) > 38_000
    found, problems = fit_journal(before, now, RollupLimits(most_bytes=most))
    assert (len(found.probe_runs), len(found.events)) == (raw, events)
    assert len(encode_journal(found)) <= most
    assert totals(found) == totals(before)
    assert len(problems) == 1
    assert problems[0].endswith(f"expected at most {most}; {words}")


def test_what_cannot_be_squeezed_is_told_and_kept():
    entries = [event(NEWER, "done", START, number=number) for number in range(100)]
    found, problems = fit_journal(read(entries), NOW, RollupLimits(most_bytes=1000))
    assert len(found.events) == 100
    assert "find out what fills it" in problems[0]


def test_what_would_be_longer_when_it_is_counted_stays_listed():
    entries = [event("build", "built", START + number * DAY) for number in range(110)]
    now = START + 110 * DAY
    found, problems = fit_journal(read(entries), now, RollupLimits(most_bytes=1000))
    assert found == rolled(entries, now)
    assert f"{len(encode_journal(found))} bytes are left" in problems[0]


def test_unread_lines_stay_within_their_bound_newest_first():
    lines = tuple(b"%05d" % number + b"x" * 95 for number in range(1000))
    found, problems = fit_journal(Journal(unread=lines), NOW)
    assert sum(len(line) + 1 for line in found.unread) <= MOST_UNREAD
    assert found.unread == lines[-len(found.unread) :]
    assert len(found.unread) == MOST_UNREAD // 101
    assert problems[0].startswith("the journal: 352 of 1000 lines that cannot be read are dropped")


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=9))
def test_few_unread_lines_stay_as_they_are(lines):
    journal = Journal(unread=tuple(lines))
    assert fit_journal(journal, NOW) == (journal, ())


def test_what_is_listed_says_how_long_publishing_is_kept():
    assert RollupLimits().days_of(EventKind.PUBLISH) == 400
    assert RollupLimits().days_of(EventKind.BUILD) == 120


@settings(max_examples=20)
@given(ENTRIES, MOMENTS)
def test_limits_that_squeeze_change_nothing_that_is_counted(entries, now):
    found, _ = fit_journal(read(entries), now, RollupLimits(most_bytes=1))
    assert totals(found) == totals(read(entries))


def test_two_years_of_weekly_scans_and_five_minute_rounds_stay_short():
    # After 131 days everything that is kept for a time has been there; two years are in the bench.
    sizes = list(two_years(days=200, every=20))
    assert sizes[-1] < max(sizes) < 1_100_000


def test_the_size_that_is_measured_is_that_of_the_file():
    *_, (_, journal) = grown(days=5)
    assert list(two_years(days=5))[-1] == len(encode_journal(journal))

"""Figures of windows: what was looked at counts, what was not is a gap, and no rounding flatters."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.availability import (
    WINDOWS,
    compute_share,
    find_newest_run,
    summarize_days,
    summarize_window,
)
from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.journal.rollup import roll_up
from secstatus.monitoring.probe import Fault, ProbeState
from tests.monitoring.alert_cases import BASE, DAY, HOUR, NOW, PATHS, dead, look

MANY = len(PATHS)


def figures(runs, name="24h", days=()):
    journal = Journal(probe_runs=tuple(sorted(runs, key=lambda each: each.at)), days=tuple(days))
    newest = find_newest_run(journal)
    return summarize_window(journal, newest, WINDOWS[name])[1]


def timed(ms, at=NOW):
    return look(at=at, latency_ms=ms, first_byte_ms=ms / 2)


def test_nothing_was_looked_at():
    assert find_newest_run(Journal()) is None


def test_figures_of_one_probe_run():
    found = figures([look(Fault.ERROR, latency_ms=20.0, cache_hit=True)])
    assert (found.probe_runs, found.probes) == (1, MANY)
    assert found.availability == round(4 / 5, 6)
    assert found.error_rate == round(1 / 5, 6)
    assert found.cache_hit_rate == 1.0
    assert found.longest_gap == 0.0


def test_slow_is_there_and_stale_is_not():
    found = figures([look(Fault.SLOW, Fault.EXPIRED, Fault.TAMPERED)])
    assert found.availability == round(3 / 5, 6)
    assert found.error_rate == 0.0
    assert found.total.states[ProbeState.STALE] == found.total.states[ProbeState.TAMPERED] == 1


def test_a_cache_that_tells_nothing_has_no_rate():
    assert figures([look()]).cache_hit_rate is None


def test_latency_is_right_to_five_percent():
    found = figures([timed(ms, NOW - timedelta(minutes=ms)) for ms in range(1, 101)])
    for q, exact in ((0.5, 50), (0.95, 95), (0.99, 99)):
        assert found.latency_at(q) == pytest.approx(exact, rel=0.07)


def test_a_window_ends_with_the_newest_look():
    runs = [look(at=NOW - age) for age in (0 * DAY, 23 * HOUR, 25 * HOUR, 8 * DAY, 40 * DAY)]
    assert [figures(runs, name).probe_runs for name in WINDOWS] == [2, 3, 4, 5]


def test_silence_is_a_gap_and_no_uptime():
    runs = [look(at=NOW - 12 * HOUR), look(at=NOW)]
    assert figures(runs).longest_gap == 12.0
    assert figures([look(at=NOW - 3 * DAY), *runs]).longest_gap == 12.0
    assert figures([look(at=NOW - 3 * DAY), look(at=NOW)]).longest_gap == 24.0
    assert figures([look(at=NOW - 3 * DAY), look(at=NOW)], "7d").longest_gap == 72.0


def test_the_other_address_is_another_site():
    runs = [look(at=NOW), dead(at=NOW - HOUR, base="https://other.example/")]
    assert figures(runs).availability == 1.0


def test_a_share_is_never_flattered():
    assert compute_share(10**9 - 1, 10**9) == 0.999999
    assert compute_share(1, 3) == 0.333333
    assert compute_share(7, 7) == 1.0
    assert compute_share(0, 0) is None


def every_day(number, faults=lambda day: ()):
    return [look(*faults(day), at=NOW - day * DAY, latency_ms=10.0) for day in range(number)]


def test_days_that_are_summed_up_count_as_before():
    runs = every_day(60, lambda day: (Fault.ERROR,) if day % 2 else ())
    raw = Journal(probe_runs=tuple(reversed(runs)))
    rolled = roll_up(raw, NOW)
    assert len(rolled.days) > 50
    for name in ("24h", "30d", "90d"):
        before, after = (
            summarize_window(each, find_newest_run(each), WINDOWS[name])[1]
            for each in (raw, rolled)
        )
        assert abs(before.probe_runs - after.probe_runs) <= 1
        assert after.availability == pytest.approx(before.availability, abs=0.01)
        assert after.longest_gap <= 24.0
    assert summarize_days(rolled, find_newest_run(rolled)) == summarize_days(
        raw, find_newest_run(raw)
    )


def test_a_day_with_a_look_every_five_minutes_has_no_gap_of_a_day():
    start = NOW - 5 * DAY
    runs = [look(at=start + timedelta(minutes=5 * n)) for n in range(5 * 288 + 1)]
    rolled = roll_up(Journal(probe_runs=tuple(runs)), NOW)
    assert rolled.days
    assert figures(rolled.probe_runs, "7d", rolled.days).longest_gap < 1


def test_days_without_a_look_are_left_out():
    runs = [look(at=NOW), dead(at=NOW - 3 * DAY), look(at=NOW - 200 * DAY)]
    journal = Journal(probe_runs=tuple(reversed(runs)))
    found = summarize_days(journal, find_newest_run(journal))
    assert [day for day, _ in found] == [date(2026, 10, 30), date(2026, 11, 2)]
    assert [each.availability for _, each in found] == [0.0, 1.0]


@given(st.lists(st.sampled_from(list(Fault)), min_size=1, max_size=MANY))
def test_law_only_looks_that_were_all_good_are_a_hundred_per_cent(faults):
    found = figures([look(*faults), look(at=NOW - HOUR)])
    assert (found.availability == 1.0) == ({*faults} <= {Fault.NONE, Fault.SLOW})
    assert found.error_rate + found.availability <= 1.000001


def test_the_newest_look_is_that_at_the_address_which_is_asked_for():
    elsewhere = look(at=NOW, base="http://127.0.0.1:8000/")
    journal = Journal(probe_runs=(look(at=NOW - HOUR), elsewhere))
    assert find_newest_run(journal) is elsewhere
    assert find_newest_run(journal, BASE).base == BASE
    assert find_newest_run(journal, "https://nobody.example/") is None

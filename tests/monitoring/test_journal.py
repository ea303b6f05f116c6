"""Lines of the journal: what is written is read again, and nothing makes the reader fail."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import LONGEST_LINE, encode_line
from secstatus.monitoring.journal.reader import Journal, encode_journal, read_journal
from secstatus.monitoring.probe import Probe, ProbeRun, ProbeState, ServedCopy
from secstatus.monitoring.statistics import HIGHEST, LOWEST, MonitoringSummary, Period
from tests.monitoring.journals import (
    BASE,
    PATHS,
    START,
    any_rounds,
    counts,
    journal_of,
    looked,
    moments,
    tenths,
    text_of,
    words,
)

NOW = datetime(2026, 11, 25, 7, 45, tzinfo=UTC)
EVENT = Event(NOW, "ingest", "complete", {"grade": "A", "new": 0})
LINE = encode_line(EVENT)
some = st.integers(1, 2**53)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
events = st.builds(
    Event,
    moments,
    st.sampled_from(["ingest", "publish", "alert", "tide"]),
    words.filter(bool),
    st.dictionaries(
        words.filter(lambda key: key not in ("at", "kind", "outcome")), json_values, max_size=4
    ),
)
summaries = st.builds(
    lambda states, latency, hits, more: MonitoringSummary(
        states, latency, min(hits + more, 2**53), hits
    ),
    st.dictionaries(st.sampled_from(ProbeState), some, max_size=3),
    st.dictionaries(st.integers(LOWEST, HIGHEST), some, max_size=5),
    counts,
    st.integers(0, 9),
)


@st.composite
def periods(draw):
    is_month = draw(st.booleans())
    start = draw(moments).date()
    return Period(
        start.replace(day=1) if is_month else start,
        is_month,
        draw(words),
        draw(counts),
        draw(st.dictionaries(words, summaries, max_size=3)),
        draw(st.dictionaries(words, st.dictionaries(words, some, max_size=3), max_size=3)),
        draw(tenths),
    )


class TestWhatIsWrittenIsReadAgain:
    @given(any_rounds)
    def test_rounds(self, found):
        assert read_journal(encode_line(found)) == Journal(probe_runs=(found,))

    @given(periods())
    def test_periods(self, found):
        read = read_journal(encode_line(found))
        assert (read.months or read.days) == (found,)
        assert not read.problems

    @given(events)
    def test_events_with_all_that_they_hold(self, found):
        assert read_journal(encode_line(found)) == Journal(events=(found,))

    @given(st.lists(any_rounds | events, max_size=6))
    def test_a_whole_file(self, entries):
        once = read_journal(text_of(*entries))
        assert read_journal(encode_journal(once)) == once

    def test_with_one_decimal(self):
        found = Probe(ProbeState.UP, path="", first_byte_ms=1.23, latency_ms=4.56, tls_days=61.98)
        (read,) = journal_of(ProbeRun(NOW, BASE, (found,))).probe_runs
        assert read.probes == (replace(found, first_byte_ms=1.2, latency_ms=4.6, tls_days=62.0),)

    def test_a_moment_of_another_zone_in_utc(self):
        zone = timezone(timedelta(hours=9))
        assert journal_of(replace(EVENT, at=NOW.astimezone(zone))).events == (EVENT,)


def full_round(reason=""):
    """Six probes in which hardly anything is alike."""
    paths = (
        "",
        "api/v1/status.json",
        "index.json",
        "badges/security.svg",
        "manifest.json",
        "feed.atom",
    )
    probes = tuple(
        Probe(
            ProbeState.UP if not reason else ProbeState.DOWN,
            path=path,
            reason=reason,
            http_status=200,
            first_byte_ms=123.4 + number,
            latency_ms=145.6 + number,
            size=12_345 + number,
            tls_days=61.3,
            age=123 + number,
            cache_hit=bool(number % 2),
            encoding="gzip" if number % 3 else "",
            digest=f"0123456789abcde{number}",
            attempts=1 + (number == 2),
        )
        for number, path in enumerate(paths)
    )
    return ProbeRun(NOW, BASE, probes, ServedCopy(NOW, NOW, "0123456789abcdef", NOW, NOW, 7.0, "A"))


class TestOfWhatIsWritten:
    def test_a_round_of_six_probes_has_less_than_900_bytes(self):
        assert len(encode_line(full_round())) < 900

    def test_one_line_of_ascii_with_its_keys_in_order(self):
        line = encode_line(Event(NOW, "tide", "high", {"text": "é\nü\u2028", "above": 1}))
        assert line.isascii()
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")
        assert list(json.loads(line)) == sorted(json.loads(line))

    def test_what_is_not_known_is_left_out(self):
        line = json.loads(encode_line(ProbeRun(NOW, BASE, (Probe(ProbeState.UP, path=""),))))
        assert line == {
            "at": "2026-11-25T07:45:00Z",
            "base": BASE,
            "kind": "probe",
            "outcome": "up",
            "path": [""],
            "state": "up",
        }

    def test_long_reasons_are_cut(self):
        (read,) = journal_of(full_round("the sea " * 200)).probe_runs
        assert {len(each.reason) for each in read.probes} == {300}
        (event,) = journal_of(Event(NOW, "deploy", "failed", {"reason": "x" * 5000})).events
        assert len(event.details["reason"]) == 300

    def test_reasons_are_one_safe_line(self):
        (read,) = journal_of(full_round("red\x1b[31m\n::error::x")).probe_runs
        assert read.probes[0].reason == "red [31m ::error::x"

    def test_of_an_unknown_kind_nothing_is_cut(self):
        event = Event(NOW, "tide", "high", {"reason": "x" * 5000, "more": {"a": [1, None, 2.5]}})
        assert journal_of(event).events == (event,)

    def test_of_an_event_that_is_too_long_the_longest_goes(self):
        told = {"a": "x" * 40_000, "b": "y" * 50_000, "c": 1}
        (event,) = journal_of(Event(NOW, "publish", "failed", told)).events
        assert event.details == {"a": "x" * 40_000, "c": 1}

    @pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e300])
    def test_figures_that_are_none_are_left_out(self, number):
        found = Probe(
            ProbeState.SLOW, path="", latency_ms=number, tls_days=number, size=2**70, age=-1
        )
        (read,) = journal_of(ProbeRun(NOW, BASE, (found,))).probe_runs
        assert read.probes == (Probe(ProbeState.SLOW, path=""),)
        line = encode_line(Event(NOW, "build", "built", {"of": [number], "x": {"y": float("nan")}}))
        assert read_journal(line).events[0].details["x"] == {"y": None}


class TestReadingNeverFails:
    @given(st.binary(max_size=200))
    def test_any_bytes(self, data):
        read = read_journal(data)
        assert not read.probe_runs
        assert len(read.problems) <= 11

    @given(any_rounds | periods() | events, st.data())
    def test_any_change_of_a_line(self, entry, data):
        line = encode_line(entry)
        place = data.draw(st.integers(0, len(line) - 1))
        piece = data.draw(st.binary(max_size=3))
        changed = line[:place] + piece + line[place + data.draw(st.integers(0, 5)) :]
        read_journal(changed)

    @given(
        st.dictionaries(
            st.sampled_from(
                [
                    "at",
                    "base",
                    "path",
                    "state",
                    "ms",
                    "http",
                    "served",
                    "paths",
                    "events",
                    "rounds",
                    "gap",
                    "outcome",
                ]
            ),
            json_values,
        ),
        st.sampled_from(["probe", "day", "month", "ingest"]),
        st.booleans(),
    )
    @example({"path": ["a"], "base": "", "state": ["up"], "ms": [[]]}, "probe", True)
    @example({"paths": {"": {"ms": {"99999": 1}}}}, "day", True)
    @example({"paths": {"": {"ms": {"٣": 1}}}}, "month", True)
    def test_any_types(self, fields, kind, timed):
        at = {"at": "2026-11-01T00:00:00Z"} if timed else {}
        line = json.dumps({**fields, **at, "kind": kind}).encode()
        read = read_journal(line)
        assert read_journal(encode_journal(read)).unread == read.unread

    @pytest.mark.parametrize(
        "line",
        [
            b"\x00" * 40,
            b'{"at":"2026-11-25T07:45:00Z","kind":"ingest","outcome":"\xff"}',
            b'{"at":"2026-11-25T07:45:00Z","kind":"ingest","outcome":"\\ud800"}',
            b'{"at":"2026-11-25T07:45:00Z","kind":"ingest","kind":"build","outcome":"x"}',
            b'{"at":"2026-11-25T07:45:00Z","kind":"ingest","outcome":"x","new":'
            + b"9" * 5000
            + b"}",
            b'{"at":"2026-11-25T07:45:00Z","kind":"ingest","outcome":"x","new":NaN}',
            b"[" * 20_000,
            b'{"a":' * 20_000,
            b"<<<<<<< HEAD",
            b"=======",
            b">>>>>>> 0a1b2c3 (a branch)",
            b"null",
            b'"ingest"',
            b'{"at":"2026-11-25T07:45:00Z","kind":"ingest"}',
            b'{"at":"2026-11-25T07:45:00Z","kind":["ingest"],"outcome":"x"}',
            b'{"at":20261125,"kind":"ingest","outcome":"x"}',
            b'{"at":"1989-12-31T23:59:59Z","kind":"ingest","outcome":"x"}',
            b'{"at":"yesterday","kind":"ingest","outcome":"x"}',
            b"{" + b" " * LONGEST_LINE + b"}",
            LINE[:-3],
        ],
        ids=range(20),
    )
    def test_a_line_that_is_none_stays_as_it_is(self, line):
        read = read_journal(LINE + line)
        assert read.events == (EVENT,)
        assert read.unread == (line,)
        (problem,) = read.problems
        assert "line 2" in problem
        assert problem.isprintable()
        assert len(problem) < 400
        assert encode_journal(read) == LINE + line + b"\n"

    def test_a_hundred_megabytes_of_one_line_are_not_parsed(self):
        read = read_journal(LINE + b'{"a":' + b"[" * 100_000_000)
        assert read.events == (EVENT,)
        assert "at most 65536" in read.problems[0]

    def test_problems_are_counted_from_ten_on(self):
        read = read_journal(b"".join(b"x%d\n" % number for number in range(5000)))
        assert len(read.unread) == 5000
        assert len(read.problems) == 11
        assert "4990 more" in read.problems[-1]

    def test_the_line_is_that_of_the_file(self):
        read = read_journal(b"\n\n" + LINE + LINE + b"\n  \nx\n")
        assert read.problems[0].startswith("the journal, line 7: ")

    def test_line_ends_of_other_systems(self):
        assert read_journal(LINE.replace(b"\n", b"\r\n")) == Journal(events=(EVENT,))


class TestContradictionsAreNotRead:
    """Each would be a better figure than what was found."""

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"outcome": "up"}, "as the probes say"),
            ({"state": None}, "$.state"),
            ({"state": ["up"]}, "one for each path"),
            ({"state": "wobbly"}, "one of up"),
            ({"state": "\x1b[32mup\n"}, r"found '\x1b[32mup\n'"),
            ({"path": "index.json"}, "a list of paths"),
            ({"path": [None, None, None]}, "$.path"),
            ({"ms": True}, "$.ms"),
            ({"ms": -1}, "from 0 on"),
            ({"ms": 1e400}, "bounds"),
            ({"served": []}, "$.served"),
            ({"served": {"valid": "soon"}}, "$.served.valid"),
            ({"base": None}, "$.base"),
        ],
    )
    def test_a_probe_run_with_an_invalid_value_is_reported(self, change, told):
        line = json.loads(encode_line(looked(NOW, ProbeState.DOWN, ProbeState.UP, ProbeState.SLOW)))
        read = read_journal(json.dumps(line | change).replace("Infinity", "1e400").encode())
        assert not read.probe_runs
        assert told in read.problems[0]

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"outcome": "up"}, "as the paths say"),
            ({"at": "2026-10-01T01:00:00Z"}, "the beginning of a day"),
            ({"at": "2026-10-02T00:00:00Z", "kind": "month"}, "the first day of a month"),
            ({"rounds": -1}, "$.rounds"),
            ({"rounds": 1.5}, "$.rounds"),
            ({"paths": {"": {"down": 1, "asked": 1, "hits": 2}}}, "at most 1"),
            ({"paths": {"": {"down": 1, "ms": {"1000": 1}}}}, "buckets"),
            ({"events": {"ingest": 3}}, "an object"),
            ({"gap": "long"}, "$.gap"),
        ],
    )
    def test_a_period_with_an_invalid_value_is_reported(self, change, told):
        paths = {"": MonitoringSummary({ProbeState.DOWN: 1})}
        line = json.loads(encode_line(Period(date(2026, 10, 1), False, BASE, 1, paths)))
        read = read_journal(json.dumps(line | change).encode())
        assert not read.days
        assert not read.months
        assert told in read.problems[0]


class TestOfTheFuture:
    @pytest.mark.parametrize(
        "entry",
        [
            Event(NOW + timedelta(hours=1), "ingest", "complete"),
            looked(NOW + timedelta(hours=1), ProbeState.UP),
            Period(NOW.date(), base=BASE, probe_runs=3),
            Period(date(2026, 11, 1), True, BASE, 3),
        ],
    )
    def test_is_not_read_and_not_lost(self, entry):
        read = read_journal(encode_line(entry), NOW)
        assert read.unread == (encode_line(entry).rstrip(b"\n"),)
        assert "found 2026-1" in read.problems[0]
        later = read_journal(encode_journal(read), NOW + timedelta(days=7))
        assert not later.unread
        assert bool(later.events or later.probe_runs or later.days or later.months)

    def test_clocks_may_differ_a_little(self):
        assert read_journal(encode_line(replace(EVENT, at=NOW + timedelta(minutes=9))), NOW).events


class TestOnce:
    @given(st.lists(any_rounds | events | periods(), max_size=5))
    def test_two_branches_merged_line_by_line(self, entries):
        one = text_of(*entries)
        assert read_journal(one + one) == read_journal(one)

    def test_the_same_in_other_words(self):
        line = json.loads(LINE)
        spaced = json.dumps(dict(reversed(line.items())), indent=None).encode()
        assert read_journal(LINE + spaced).events == (EVENT,)

    def test_the_same_with_its_whole_reason(self):
        event = Event(NOW, "publish", "failed", {"reason": "x" * 400})
        whole = json.dumps(
            {**event.details, "at": "2026-11-25T07:45:00Z", "kind": "publish", "outcome": "failed"}
        )
        assert len(read_journal(whole.encode() + b"\n" + encode_line(event)).events) == 1

    def test_of_two_sums_the_one_that_has_counted_more(self):
        day = date(2026, 10, 1)
        less = Period(
            day, base=BASE, probe_runs=2, paths={"": MonitoringSummary({ProbeState.UP: 2})}
        )
        more = Period(
            day, base=BASE, probe_runs=3, paths={"": MonitoringSummary({ProbeState.DOWN: 3})}
        )
        assert journal_of(less, more).days == journal_of(more, less).days == (more,)

    def test_of_two_counts_of_events_each_kind_for_itself(self):
        day = date(2026, 10, 1)
        one = Period(day, events={"ingest": {"complete": 1}, "build": {"built": 5}})
        other = Period(day, events={"ingest": {"complete": 2}})
        (read,) = journal_of(one, other).days
        assert read.events == {"ingest": {"complete": 2}, "build": {"built": 5}}

    def test_a_round_of_a_day_that_is_summed_up(self):
        late = looked(START + timedelta(hours=3), ProbeState.DOWN)
        other = replace(late, base="https://example.net/")
        day = Period(
            START.date(), base=BASE, probe_runs=3, paths={"": MonitoringSummary({ProbeState.UP: 3})}
        )
        assert journal_of(late, day, other).probe_runs == (other,)
        month = replace(day, start=START.date().replace(day=1), is_month=True)
        read = journal_of(late, day, month, other)
        assert (read.probe_runs, read.days, read.months) == ((other,), (), (month,))

    def test_an_event_that_is_counted(self):
        day = Period(NOW.date(), events={"ingest": {"complete": 1}})
        build = Event(NOW, "build", "built")
        assert journal_of(EVENT, day, build).events == (build,)

    def test_an_open_alert_is_never_dropped_as_a_duplicate(self):
        day = Period(NOW.date(), events={"alert": {"raised": 1}})
        about = {"alert": "down", "subject": BASE}
        alert = Event(NOW, "alert", "raised", about)
        assert journal_of(alert, day).events == (alert,)
        over = Event(NOW + timedelta(hours=1), "alert", "recovered", about)
        assert journal_of(alert, day, over).events == ()


class TestOrder:
    @given(st.permutations([looked(START + timedelta(hours=n), ProbeState.UP) for n in range(5)]))
    def test_probe_runs_are_sorted_by_time(self, runs):
        read = journal_of(*runs).probe_runs
        assert [each.at for each in read] == sorted(each.at for each in runs)

    def test_lines_of_a_second_stay_in_the_order_of_the_file(self):
        told = [Event(NOW, "publish", outcome) for outcome in ("refused", "failed", "published")]
        assert journal_of(*told).events == tuple(told)
        assert journal_of(*reversed(told)).events == tuple(reversed(told))

    def test_paths_stay_in_their_order(self):
        (read,) = journal_of(looked(NOW, ProbeState.UP, ProbeState.UP, ProbeState.UP)).probe_runs
        assert [each.path for each in read.probes] == list(PATHS)

"""Journals made for tests: rounds, events, and strategies for them."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.journal.reader import read_journal
from secstatus.monitoring.journal.rollup import RollupLimits
from secstatus.monitoring.probe import Fault, Probe, ProbeRun, ProbeState, ServedCopy

BASE = "https://example.org/lanternfish/security-status/"
OTHER = "https://example.net/status/"
PATHS = ("", "index.json", "badges/security.svg")
START = datetime(2026, 1, 30, tzinfo=UTC)
# So small that a few generated days reach every rule.
SMALL = RollupLimits(raw_days=1, newest_probe_runs=2, day_days=6, event_days=4, publish_days=12)
KINDS = ("ingest", "build", "publish", "alert", "notice", "tide")


def probe(path="", state=ProbeState.UP, ms=25.0, hit=None, **more):
    fault = Fault.NONE if state is ProbeState.UP else Fault.ERROR
    return Probe(state, fault, path=path, latency_ms=ms, cache_hit=hit, **more)


def looked(at, *states, base=BASE, ms=25.0):
    """A round with one probe for each state."""
    probes = (probe(path, state, ms) for path, state in zip(PATHS, states, strict=False))
    return ProbeRun(at, base, tuple(probes))


def text_of(*entries):
    return b"".join(encode_line(each) for each in entries)


def journal_of(*entries):
    return read_journal(text_of(*entries))


words = st.text(st.characters(categories=("L", "N", "P"), include_characters=" "), max_size=20)
tenths = st.integers(0, 600_000).map(lambda number: number / 10)
counts = st.integers(0, 2**53)
moments = st.datetimes(datetime(1990, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


def maybe(strategy):
    return st.none() | strategy


probes = st.builds(
    Probe,
    st.sampled_from(ProbeState),
    st.sampled_from(Fault),
    words,
    maybe(st.integers(100, 599)),
    maybe(tenths),
    maybe(tenths),
    maybe(counts),
    maybe(st.integers(-9999, 9999).map(lambda number: number / 10)),
    maybe(counts),
    maybe(st.booleans()),
    words,
    words,
    st.integers(1, 3),
    path=words,
)
served = st.builds(
    ServedCopy,
    maybe(moments),
    maybe(moments),
    words,
    maybe(moments),
    maybe(moments),
    maybe(tenths),
    words,
    words,
)
any_rounds = st.builds(ProbeRun, moments, words, st.lists(probes, max_size=6).map(tuple), served)


def spread(days):
    """A moment within so many days; many fall into the same day, few into the same second."""
    return st.builds(
        lambda day, second: START + timedelta(days=day, seconds=second),
        st.integers(0, days),
        st.integers(0, 86_399),
    )


def near_rounds(days=45):
    """Rounds that lie near enough to each other to share days and months."""
    made = st.builds(
        probe,
        st.sampled_from(PATHS),
        st.sampled_from(ProbeState),
        maybe(st.sampled_from([0.0, 0.4, 12.3, 25.0, 900.1])),
        maybe(st.booleans()),
    )
    return st.builds(
        ProbeRun,
        spread(days),
        st.sampled_from([BASE, OTHER]),
        st.lists(made, max_size=3).map(tuple),
    )


def _event(at, kind, outcome, subject):
    if kind == "alert":
        return Event(at, kind, outcome, {"alert": "down", "subject": subject, "text": "as it is"})
    if kind == "notice":
        return Event(at, kind, "sent", {"alert": "down", "subject": subject, "state": outcome})
    return Event(at, kind, "failed" if outcome == "raised" else "complete", {"of": subject})


def near_events(days=45):
    outcomes = st.sampled_from(["raised", "reminded", "recovered", "unwatched"])
    subjects = st.sampled_from([BASE, OTHER])
    return st.builds(_event, spread(days), st.sampled_from(KINDS), outcomes, subjects)


def near_entries(days=45):
    """What a journal may hold, each second once: the order within one is that of the file."""
    return st.lists(
        near_rounds(days) | near_events(days), max_size=40, unique_by=lambda each: each.at
    )

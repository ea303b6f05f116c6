"""Journals as hypothesis makes them up: rounds of a few sites, events, whatever days they are of."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.journal.reader import read_journal
from secstatus.monitoring.probe import Fault, Probe, ProbeRun, ProbeState, ServedCopy

START = datetime(2026, 1, 1, tzinfo=UTC)
BASES = ("https://kelp.example/status/", "https://mirror.example/")
PATHS = ("api/v1/manifest.json", "", "index.json", "feed.atom")
HAPPENED = tuple(set(EventKind) - {EventKind.PROBE, EventKind.DAY, EventKind.MONTH})
# A newer version may write kinds that this one does not know.
NEWER = "rehearsal"

LINES = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)
TENTHS = st.none() | st.integers(0, 600_000).map(lambda tenths: tenths / 10)
MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(8999, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
COUNTS = st.none() | st.integers(0, 2**53)
PROBES = st.builds(
    Probe,
    path=LINES,
    state=st.sampled_from(ProbeState),
    fault=st.sampled_from(Fault),
    reason=LINES,
    http_status=st.none() | st.integers(100, 599),
    first_byte_ms=TENTHS,
    latency_ms=TENTHS,
    size=COUNTS,
    tls_days=TENTHS,
    age=COUNTS,
    cache_hit=st.sampled_from([None, True, False]),
    encoding=LINES,
    digest=st.text("0123456789abcdef", max_size=16),
    attempts=st.integers(1, 3),
)
SERVED = st.builds(
    ServedCopy,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    LINES,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    TENTHS,
    LINES,
)
ROUNDS = st.builds(ProbeRun, MOMENTS, LINES, st.lists(PROBES, max_size=6).map(tuple), SERVED)
# Only what JSON has words for; other numbers come back as null.
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False, width=32)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | LINES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LINES, inner, max_size=3),
    max_leaves=6,
)
OTHER_KEYS = st.text("bcdefgh", min_size=1, max_size=4)
EVENTS = st.builds(
    Event,
    MOMENTS,
    st.sampled_from([*map(str, HAPPENED), NEWER]),
    st.sampled_from(["built", "failed", "published"]),
    st.dictionaries(OTHER_KEYS, JSON, max_size=4),
)

# Few moments, so that days have several rounds; many days, so that something is old enough.
TIMES = st.builds(
    lambda day, hours: START + timedelta(days=day, hours=hours),
    st.integers(0, 700) | st.sampled_from([0, 30, 31, 58, 59, 399, 699]),
    st.sampled_from([0, 1, 7, 23]),
)
SMALL_PROBES = st.builds(
    Probe,
    st.sampled_from(ProbeState),
    path=st.sampled_from(PATHS),
    latency_ms=st.sampled_from([None, 0.0, 12.5, 80.0, 4000.0]),
    cache_hit=st.sampled_from([None, True, False]),
)
SMALL_ROUNDS = st.builds(
    ProbeRun, TIMES, st.sampled_from(BASES), st.lists(SMALL_PROBES, max_size=3).map(tuple)
)
ALERTS = st.builds(
    lambda at, kind, outcome, subject: Event(
        at, kind, outcome, {"alert": "endpoint", "subject": subject}
    ),
    TIMES,
    st.sampled_from(["alert", "alert", "notice"]),
    st.sampled_from(["raised", "recovered"]),
    st.sampled_from(["index.json", "feed.atom"]),
)
STEPS = st.builds(
    lambda at, kind, outcome, number: Event(at, kind, outcome, {"number": number}),
    TIMES,
    st.sampled_from(["build", "publish", "ingest", NEWER]),
    st.sampled_from(["done", "failed"]),
    st.integers(0, 3),
)
ENTRIES = st.lists(SMALL_ROUNDS | STEPS | ALERTS, max_size=40)


def text_of(entries):
    return b"".join(map(encode_line, entries))


def read(entries):
    return read_journal(text_of(entries))

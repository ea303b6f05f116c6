"""Events and rounds with texts and numbers from outside: their lines can always be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import LONGEST_LINE, encode_event, encode_line
from secstatus.monitoring.journal.reader import encode_journal, read_journal
from secstatus.monitoring.probe import Fault, Probe, ProbeRun, ProbeState, ServedCopy
from tests.monitoring.journal_cases import BASES, EVENTS, ROUNDS, START

# Halves of characters too: names of files that are not UTF-8 have them.
WILD = st.text(st.characters(), max_size=400)
FLOATS = st.none() | st.floats()
NUMBERS = st.none() | st.integers()
PROBES = st.builds(
    Probe,
    st.sampled_from(ProbeState),
    st.sampled_from(Fault),
    WILD,
    NUMBERS,
    FLOATS,
    FLOATS,
    NUMBERS,
    FLOATS,
    NUMBERS,
    path=WILD,
    encoding=WILD,
    digest=WILD,
)
BUILT = {"at": "2026-11-02T06:00:00Z", "kind": "build", "outcome": "built"}


@given(st.lists(PROBES, max_size=4), WILD, FLOATS)
def test_a_round_of_any_answers_loses_no_state(probes, revision, cadence):
    said = ServedCopy(revision=revision, cadence_days=cadence)
    found = read_journal(encode_line(ProbeRun(START, BASES[0], tuple(probes), said)))
    assert found.unread == ()
    assert [each.state for each in found.probe_runs[0].probes] == [each.state for each in probes]
    assert read_journal(encode_journal(found)) == found


@given(st.dictionaries(WILD, WILD | FLOATS | st.lists(WILD), max_size=4))
def test_an_event_with_any_details_can_be_read(details):
    line = encode_event({**details, **BUILT})
    found = read_journal(line)
    assert (found.unread, len(found.events), line.count(b"\n")) == ((), 1, 1)
    assert read_journal(encode_journal(found)) == found


@given(EVENTS | ROUNDS)
def test_what_can_be_read_comes_back_as_it_was(entry):
    found = read_journal(encode_line(entry))
    assert (*found.events, *found.probe_runs) == (entry,)


def test_a_failure_that_names_a_file_that_is_not_utf8_counts():
    details = {"files": ["kelp\udcff.whl"], "cost": float("nan"), "sign": "\U0001f41f"}
    (event,) = read_journal(encode_line(Event(START, "deploy", "failed", details))).events
    assert event.details == {"files": ["kelp?.whl"], "cost": None, "sign": "\U0001f41f"}


def test_of_fields_that_are_too_long_the_longest_go():
    line = encode_event({**BUILT, "long": ["x"] * LONGEST_LINE, "grade": "A"})
    assert line == encode_event({**BUILT, "grade": "A"})


@pytest.mark.parametrize("at", ["1990-01-01T00:00:00+14:00", "9000-12-31T23:59:59-14:00"])
def test_a_moment_that_is_out_of_bounds_in_utc_is_not_read(at):
    found = read_journal(encode_event({**BUILT, "at": at}))
    assert (found.events, len(found.problems)) == ((), 1)

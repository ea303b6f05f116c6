"""Reading JSON whose writer is not ours."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.observation import Verdict
from secstatus.scanners import reading
from secstatus.scanners.reading import NotThisReport, ReportNode, decide_verdict
from secstatus.scanners.report_text import parse_report

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("", "line 1", "an empty file"),
        ("\ufeff \n", "line 1", "an empty file"),
        ('{"a": [1,', "line 1 column 10", "the end"),
        ("{\n  'a': 1}", "line 2 column 3", "\"'a': 1}\""),
        ("Traceback (most", "line 1 column 1", "'Traceback (most'"),
        ('{"a": NaN}', "$", "NaN"),
        ("[" * 100_000, "$", "nested too deeply"),
        ("1" * 5000, "$", "thousands of digits"),
    ],
)
def test_what_is_no_json_is_named_with_its_place(text, place, found):
    with pytest.raises(InputError) as caught:
        parse_report(text, "reports/a.json")
    assert caught.value.place == place
    assert found in caught.value.found
    assert caught.value.message.startswith("reports/a.json: at ")


def test_a_key_that_stands_twice_is_refused_because_the_second_hides_the_first():
    with pytest.raises(InputError, match="the key 'vulns' twice in one object"):
        parse_report('[{"name": "a", "vulns": [{"id": "X"}], "vulns": []}]', "a.json")


def test_a_byte_order_mark_is_passed_over():
    assert parse_report('\ufeff{"a": 1}', "a.json") == {"a": 1}


@given(VALUES)
def test_texts_can_always_be_written(value):
    for text in (reading.to_text(value), reading.read_line(value), reading.read_path(value)):
        text.encode("utf-8")
    assert all(text.encode("utf-8") for text in reading.list_texts(value))
    line = reading.read_line(value)
    assert line.isprintable()
    assert len(line) <= reading.LONGEST_LINE
    assert reading.read_path(value).isprintable()


def test_half_of_a_surrogate_pair_does_not_reach_a_file():
    assert reading.to_text(json.loads('"a\\ud800b"')) == "a\ufffdb"


@pytest.mark.parametrize(
    ("value", "line"),
    [(" a\n b\t", "a b"), ("a\x1b[2Jb", "a\ufffd[2Jb"), (None, ""), (True, ""), (1.5, "1.5")],
)
def test_a_line_moves_no_cursor(value, line):
    assert reading.read_line(value) == line


def test_a_long_line_is_cut_and_says_so():
    assert reading.read_line("x" * 400) == "x" * 299 + "…"


def test_a_path_is_the_same_however_the_scanner_was_started():
    assert reading.read_path("./src\\a.py") == reading.read_path("src/a.py") == "src/a.py"


@given(VALUES)
def test_a_count_is_a_number_of_things_or_nothing(value):
    count = reading.read_count(value)
    assert count is None or (isinstance(count, int) and 0 <= count <= reading.LARGEST_COUNT)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        *[(3, 3), (15.0, 15), (0, 0), (-1, None), (1.5, None), (True, None), ("3", None)],
        *[(float("inf"), None), (float("nan"), None), (10**400, None), (None, None)],
    ],
)
def test_counts(value, count):
    assert reading.read_count(value) == count


def test_a_miscount_is_a_sentence():
    assert (
        reading.find_miscount(3, 3, "packages") == reading.find_miscount(None, 3, "packages") == ()
    )
    (sentence,) = reading.find_miscount(3, 0, "packages")
    assert sentence == "It counts 3 packages and lists 0: it contradicts itself."


@pytest.mark.parametrize("value", [None, "", "  ", {}, [], True, "a\nb", "\ud800", "x" * 301])
def test_what_is_no_id_is_refused_with_its_place(value):
    with pytest.raises(NotThisReport) as caught:
        ReportNode({"results": [{}, {}, {}, {"id": value}]}).objects("results")[3].identifier("id")
    assert caught.value.place == "$.results[3].id"


def test_a_number_may_be_an_id():
    assert ReportNode({"id": 535}).identifier("id") == "535"


def test_an_id_that_was_chosen_among_several_keeps_the_place():
    assert ReportNode({}).identifier("id", found="X-1") == "X-1"
    with pytest.raises(NotThisReport) as caught:
        ReportNode({"id": "X-1"}).identifier("id", found="")
    assert caught.value.place == "$.id"


def test_aliases_are_sorted_without_the_id_itself_and_without_what_is_no_id():
    found = reading.read_aliases(["GHSA-2", "CVE-1", "PYSEC-1", "GHSA-2", None, "a\nb"], "PYSEC-1")
    assert found == ("CVE-1", "GHSA-2")


@pytest.mark.parametrize("data", [{}, {"results": None}, {"results": {}}, {"results": "none"}])
def test_the_list_of_what_was_found_has_to_be_there(data):
    with pytest.raises(NotThisReport) as caught:
        ReportNode(data).require_objects("results")
    assert caught.value.place == "$.results"


def test_each_entry_has_its_place_and_is_an_object():
    (entry,) = ReportNode({"results": [{"a": 1}]}).require_objects("results")
    assert (entry.place, entry.value) == ("$.results[0]", {"a": 1})
    with pytest.raises(NotThisReport) as caught:
        ReportNode({"results": [{}, "x"]}).require_objects("results")
    assert caught.value.place == "$.results[1]"


def test_other_items_are_passed_over_where_nothing_is_lost_and_places_stay():
    (entry,) = ReportNode({"links": ["x", {"url": "y"}]}).objects("links")
    assert (entry.place, entry.text("url")) == ("$.links[1]", "y")
    assert ReportNode({"links": "x"}).objects("links") == []


def test_the_place_of_a_key_that_a_third_party_chose_is_quoted():
    ((key, entry),) = ReportNode({"files": {"a b.py": 1}}).expect_entries("files")
    assert (key, entry.place, entry.value) == ("a b.py", "$.files['a b.py']", 1)
    with pytest.raises(NotThisReport):
        ReportNode({}).expect_entries("files")


@given(VALUES)
def test_a_step_that_leads_nowhere_gives_an_empty_value(value):
    node = ReportNode(value).at("no such key", 0)
    assert (node.value, node.text(), node.texts(), node.values(), node.objects()) == (
        None,
        "",
        (),
        [],
        [],
    )
    assert node.count() is node.timestamp() is node.day() is None
    assert (node.place, "key" in node) == ("$.no such key[0]", False)


@pytest.mark.parametrize(
    ("failures", "gaps", "unstated", "verdict"),
    [
        ((), (), (), Verdict.COMPLETE),
        ((), (), True, Verdict.UNSTATED),
        ((), ["a gap"], True, Verdict.PARTIAL),
        (["a failure"], ["a gap"], True, Verdict.FAILED),
    ],
)
def test_the_worst_of_what_is_missing_decides_the_verdict(failures, gaps, unstated, verdict):
    assert decide_verdict(failures, gaps, unstated) is verdict


@pytest.mark.parametrize(
    ("value", "timestamp"),
    [
        ("2026-11-20T08:09:10Z", datetime(2026, 11, 20, 8, 9, 10, tzinfo=UTC)),
        ("2026-11-20T08:09:10.123456789+02:00", datetime(2026, 11, 20, 6, 9, 10, tzinfo=UTC)),
        ("2026-11-20 08:09:10", datetime(2026, 11, 20, 8, 9, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_timestamps_are_read_or_unknown(value, timestamp):
    assert ReportNode(value).timestamp() == timestamp


def test_days_are_read_or_unknown():
    assert reading.read_day("2026-03-02") == reading.read_day("2026-03-02T23:00:00Z")
    assert reading.read_day("2026-03-02") == date(2026, 3, 2)
    assert reading.read_day("2026-13-02") is None
    assert reading.read_day("2026-03-02T23:00:00-05:00") == date(2026, 3, 3)


@given(VALUES)
def test_times_are_read_or_passed_over(value):
    timestamp = ReportNode(value).timestamp()
    assert timestamp is None or timestamp.tzinfo is UTC
    reading.read_day(value)

"""The bytes of the exports: sorted keys, an item a line, the same for equal facts, never an error."""

import copy
import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.site.exports import sarif
from secstatus.site.exports.csv import COLUMNS, cell, table_file
from secstatus.site.exports.cyclonedx import cyclonedx_file
from secstatus.site.exports.openvex import openvex_file
from secstatus.site.exports.osv import osv_applies, osv_file
from secstatus.site.exports.sarif import sarif_file
from secstatus.site.exports.subject import Subject, in_one_line, list_subjects
from secstatus.site.untrusted_text import plain_words
from tests.site.exports.samples import EVERY_KIND, MOMENT, PLACE, hostile, many_hostile, record

LISTS = {
    "openvex": lambda records: openvex_file(records, PLACE, MOMENT),
    "cyclonedx": lambda records: cyclonedx_file(records, PLACE, MOMENT),
    "sarif": lambda records: sarif_file(records, PLACE, MOMENT, False, ["a"]),
}
# Whatever JSON can hold, halves of characters too.
words = st.text(st.characters(), max_size=8) | st.sampled_from(["\ud800", "https://a.b/\udfff"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
old = st.builds(
    lambda item, changes, gone: {
        key: value for key, value in {**item, **changes}.items() if key not in gone
    },
    hostile,
    st.dictionaries(st.sampled_from([*record(), "location", "kind", "later"]), anything),
    st.sets(st.sampled_from([*record()]), max_size=3),
)


def read(made):
    """The values of a document, whose keys have to stand in order at every level."""

    def ordered(pairs):
        assert [key for key, _ in pairs] == sorted({key for key, _ in pairs})
        return dict(pairs)

    return json.loads(made, object_pairs_hook=ordered)


def as_usual(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def lists_of(document):
    """The lists of which every item has a line of its own."""
    run = document.get("runs", [{}])[0]
    rules = run.get("tool", {}).get("driver", {}).get("rules", [])
    found = [document.get(key, []) for key in ("statements", "components", "vulnerabilities")]
    return [*found, run.get("results", []), rules]


@pytest.mark.parametrize("make", LISTS.values(), ids=LISTS)
@given(records=many_hostile)
def test_an_item_is_a_line_as_the_usual_encoder_writes_it(make, records):
    made = make(records)
    lines = [line.removesuffix(",") for line in made.decode().split("\n")]
    items = [as_usual(item) for items in lists_of(read(made)) for item in items]
    # Compared as values, since the two write an exponent as `e-7` and as `e-07`.
    written = [as_usual(json.loads(line)) for line in lines if line[:2] == '{"']
    assert sorted(written) == sorted(items)
    assert made.endswith(b"}\n")


@given(hostile)
def test_an_osv_file_is_a_value_a_line(item):
    if osv_applies(item):
        made = osv_file(item).decode()
        assert made == json.dumps(read(made), ensure_ascii=False, sort_keys=True, indent=0) + "\n"


@pytest.mark.parametrize("make", LISTS.values(), ids=LISTS)
@given(records=many_hostile)
def test_equal_facts_give_equal_bytes(make, records):
    again = [dict(reversed(item.items())) for item in copy.deepcopy(records)]
    assert make(records) == make(again) == make(again[::-1])
    assert make(records) == make(list_subjects(records))


@given(st.lists(old, max_size=3))
def test_no_record_of_an_older_site_is_too_strange(records):
    for make in LISTS.values():
        assert json.dumps(read(make(records)), allow_nan=False)
    for item in filter(osv_applies, records):
        assert json.dumps(read(osv_file(item)), allow_nan=False)
    assert table_file(records).encode().count(b"\r\n") == len(records) + 1


@given(many_hostile)
def test_the_table_is_what_a_csv_writer_writes(records):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    made = table_file(records)
    writer.writerows(csv.reader(io.StringIO(made, newline=""), strict=True))
    assert made == text.getvalue()


def test_a_number_and_a_truth_are_not_taken_for_each_other():
    made = [cell(value) for value in (1, True, 1.0, "1", 0, False)]
    assert made == ["1", "yes", "1.0", "1", "0", "no"]
    assert len(COLUMNS) == table_file([]).count(",") + 1


@given(st.text() | st.text("ab #*`>[]\n\t\u00a0…", min_size=900, max_size=6000))
def test_a_rule_describes_itself_in_plain_words(text):
    plain = Subject({"description": text}).description()
    assert sarif.shorten_description(plain) == plain_words(plain, sarif.LONGEST_DESCRIPTION)


@pytest.mark.parametrize("size", [999, 1000, 1001, 1399, 1400, 1401, 4000, 4001, 9000])
@pytest.mark.parametrize("word", ["a", "ab ", "# a", "* ` ", "word, and another "])
def test_long_descriptions_are_cut_like_plain_words(word, size):
    plain = (word * size)[:size].strip()
    assert sarif.shorten_description(plain) == plain_words(plain, sarif.LONGEST_DESCRIPTION)


def test_half_a_character_is_replaced():
    assert in_one_line("a\ud800b") == "a\ufffdb"
    assert Subject(record(description="x\udfff\ny")).description() == "x\ufffd\ny"


def test_subjects_are_read_once():
    subjects = list_subjects(EVERY_KIND)
    assert all(one is two for one, two in zip(subjects, list_subjects(subjects), strict=True))

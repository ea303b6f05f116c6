"""The table: a program reads every cell back, and a spreadsheet runs none."""

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given

from secstatus.site.exports.csv import COLUMNS, cell, table_file
from tests.site.exports.samples import (
    EVERY_KIND,
    FALSE_POSITIVE,
    RESOLVED,
    UNLISTED,
    many_hostile,
    record,
    texts,
)

# What begins a formula in some program, written out: plain, wide, small, raised, lowered.
STARTERS = "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−"


def rows(text):
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def runs(text):
    """Whether a spreadsheet might take the text for a formula, blanks and marks in front or not."""
    shown = [one for one in text if not one.isspace() and unicodedata.category(one)[0] not in "CZ"]
    return bool(shown) and shown[0] in STARTERS


@given(many_hostile)
def test_no_cell_starts_a_formula(records):
    text = table_file(records)
    assert text.endswith("\r\n")
    assert text.count("\r\n") == text.count("\n") == text.count("\r") == len(records) + 1
    assert not text.startswith("\ufeff")
    table = rows(text)
    assert table[0] == list(COLUMNS)
    for line in table:
        assert len(line) == len(COLUMNS)
        for value in line:
            assert not runs(value), value
    # Where the separator is a semicolon, every piece is a cell.
    for line in table[1:]:
        for value in line:
            assert not any(map(runs, value.split(";"))), value


@given(texts)
def test_a_cell_keeps_its_words(text):
    made = cell(text)
    kept = re.sub(r"\s", "", "".join(one if one.isprintable() else " " for one in text))
    assert made.replace("'", "").replace(" ", "") == kept.replace("'", "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        (" \u00a0\u200b=1", "'=1"),
        ("＝1", "'＝1"),
        ("－1", "'－1"),
        ("\u22121", "'\u22121"),
        ("a; =cmd|' /C calc'!A0", "a;' =cmd|' /C calc'!A0"),
        ("a;b", "a;b"),
        ("two\r\nlines", "two lines"),
        ("a-b=c@d", "a-b=c@d"),
        ("'=1", "'=1"),
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (7.5, "7.5"),
        ([], ""),
    ],
)
def test_a_cell_shows_a_value_as_text(value, expected):
    assert cell(value) == expected


def test_a_record_as_a_line():
    (line,) = rows(table_file([FALSE_POSITIVE | {"title": 'A "quoted", long one'}]))[1:]
    assert dict(zip(COLUMNS, line, strict=True)) == {
        "aliases": "CVE-2026-41877",
        "cvss_score": "7.5",
        "cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
        "discovered_date": "2026-11-09",
        "due_date": "2026-12-09",
        "ecosystem": "",
        "finding_id": "GHSA-m4xr-p6vq-2h8c",
        "fix_available": "yes",
        "fix_version": "1.9.3",
        "kind": "",
        "location": "",
        "package": "coralyaml",
        "page": "https://reef.example/lanternfish/security-status/findings/GHSA-m4xr-p6vq-2h8c.html",
        "plan_action": "",
        "plan_expires": "2027-01-31",
        "plan_owner": "",
        "plan_reason": "Only safe_load is called.",
        "plan_state": "false_positive",
        "plan_target_date": "",
        "published": "2026-11-02",
        "reference_url": "https://github.com/advisories/GHSA-7q2w-4fjm-x9cp",
        "resolved_date": "",
        "scope": "",
        "section": "",
        "severity": "high",
        "source": "pip-audit",
        "status": "accepted",
        "title": 'A "quoted", long one',
        "unlisted_since": "",
        "version": "1.9.1",
    }


def test_every_record_has_a_line_in_the_order_given():
    for records in (EVERY_KIND, EVERY_KIND[::-1]):
        lines = rows(table_file(records))[1:]
        assert [line[0] for line in lines] == [item["finding_id"] for item in records]
    assert rows(table_file([UNLISTED]))[1][COLUMNS.index("unlisted_since")] == "2026-11-20"
    assert rows(table_file([RESOLVED]))[1][COLUMNS.index("resolved_date")] == "2026-11-21"
    assert rows(table_file([])) == [list(COLUMNS)]


def test_columns_are_promised():
    """A new column comes at the end; these stay."""
    assert COLUMNS[:5] == ("finding_id", "package", "version", "severity", "status")
    assert COLUMNS[24:] == ("page", "ecosystem", "kind", "scope", "location", "section")
    assert len(COLUMNS) == len(set(COLUMNS)) == 30
    assert table_file([record()]).startswith("finding_id,package,version,severity,status,title,")

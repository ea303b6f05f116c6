"""A finding of the first day, and what the second one may say of it: `table.txt` has the answers.

A cell with several words allows each of them: the specification leaves it open, and none of them
is a false green. `counts` is open or unobserved.
"""

import shutil
from pathlib import Path

import pytest

from tests.second_day.code_reports import SECRET
from tests.second_day.days import DAYS, FIRST, deliveries
from tests.second_day.formats import FORMATS
from tests.second_day.project import BESIDE, LEDGER, take

COLUMNS = ("format", "day", "state", "verdict", "grade", "release")
TABLE = Path(__file__).with_name("table.txt")
NOT_HERE = "-"
STATEMENTS = {"vdr": {"cyclonedx-vex"}, "openvex": {"openvex"}}
PROMISES = {"yes": {True}, "no": {False}, "may": {True, False}}


def rows():
    lines = TABLE.read_text().splitlines()
    found = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [dict(zip(COLUMNS, cells, strict=True)) for cells in found]


ROWS = [row for row in rows() if row["state"] != NOT_HERE]


def allowed(cell):
    words = set(cell.replace("counts", "open|unobserved").split("|"))
    return words | {"complete", "partial", "failed", "unstated"} if words == {"any"} else words


def test_the_table_has_every_format_and_every_day_once():
    listed = [(row["format"], row["day"]) for row in rows()]
    assert listed == [(name, day) for name in FORMATS for day in DAYS]


def state_of(finding, last):
    reopened = finding["finding_id"] in last.document["reopened"]
    return "reopened" if reopened and finding["state"] == "open" else finding["state"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['format']}-{row['day']}")
def test_second_day(row, after_first_day):
    form = FORMATS[row["format"]]
    root, first = after_first_day(form)
    (new,) = first.document["new"]
    outcomes = [take(root, form, each) for each in deliveries(form, row["day"])]
    last = outcomes[-1]
    (finding,) = last.findings
    beside = "" if form.file == BESIDE else BESIDE.removesuffix(".json")
    found = {
        "state": state_of(finding, last),
        "verdict": "|".join(last.verdicts(beside)) or "none",
        "grade": last.document["security_grade"],
        "release": last.should_release,
    }
    expected = {
        **{key: allowed(row[key]) for key in ("state", "verdict", "grade")},
        "release": PROMISES[row["release"]],
    }
    assert {key: value for key, value in found.items() if value not in expected[key]} == {}
    told_nothing_else(row, new, first, outcomes)


def told_nothing_else(row, new, first, outcomes):
    """No second finding or scanner, no other date, no path or secret that nobody should read."""
    last = outcomes[-1]
    (finding,) = last.findings
    assert (finding["finding_id"], finding["discovered"]) == (new, f"{FIRST:%Y-%m-%d}")
    assert [each.document["new"] for each in outcomes] == [[]] * len(outcomes)
    assert last.document["resolved"] == [new] * (finding["state"] == "resolved")
    names = {each["scanner"] for each in first.document["scans"]}
    strangers = {each["scanner"] for each in last.document["scans"]} ^ names
    # Statements are no scan, but a file of them that cannot be read is a failed one until it can.
    assert strangers <= STATEMENTS.get(row["format"], set())
    assert not strangers or row["day"] != "recovered"
    written = "\n".join(last.books.values())
    assert "/builds/" not in written
    assert SECRET not in written
    if row["day"] == "same":
        assert last.books == last.books_before


def test_the_first_day_is_told(after_first_day):
    """Every format's finding is open, alone, and graded: what the second day starts from."""
    for form in FORMATS.values():
        folder, first = after_first_day(form)
        grade = first.document["security_grade"]
        assert (form.name, [each["state"] for each in first.findings]) == (form.name, ["open"])
        assert (form.name, grade in ("B", "C")) == (form.name, True)
        assert not first.should_release
        assert LEDGER in first.books
        shutil.rmtree(folder)

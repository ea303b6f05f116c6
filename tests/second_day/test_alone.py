"""A clean report with nothing beside it: a letter only where it looked at this project."""

import shutil

import pytest

from tests.second_day.days import FIRST, deliver, delivered, first_look
from tests.second_day.formats import FORMATS
from tests.second_day.project import take

# They list every package that the project declares, or count at least as many of its ecosystem.
ENOUGH = ("pip-audit", "uv-audit", "safety-check")


@pytest.fixture
def alone(bare_project):
    """`alone(form, delivery)`: the grade of a project that has this report and no other."""

    def grade(form, delivery):
        root = bare_project()
        outcome = take(root, form, delivery, beside=False)
        shutil.rmtree(root)
        assert not outcome.should_release
        return outcome.document["security_grade"]

    return grade


@pytest.mark.parametrize("name", FORMATS)
def test_a_clean_report_alone(name, alone):
    form = FORMATS[name]
    expected = "A" if name in ENOUGH else "?"
    assert alone(form, deliver(form, "mended", FIRST)) == expected


@pytest.mark.parametrize("name", FORMATS)
def test_a_failed_or_partial_report_alone(name, alone):
    form = FORMATS[name]
    found = {each: alone(form, deliver(form, each, FIRST)) for each in ("failed", "cut", "subset")}
    assert set(found.values()) == {"?"}, found


@pytest.mark.parametrize("name", FORMATS)
def test_a_finding_alone_is_not_hidden_and_not_graded(name, alone):
    """`?` hides no D and no F; one high finding in time is neither, and coverage is missing."""
    form = FORMATS[name]
    allowed = {"B", "C"} if name in ENOUGH else {"?"}
    assert alone(form, delivered(form, first_look(form, FIRST))) in allowed

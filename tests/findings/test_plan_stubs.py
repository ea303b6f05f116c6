"""Stubs in `remediation-plans.yml`: they are appended, and not a byte of people's text changes."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.plans.reader import read_plans
from secstatus.findings.plans.stubs import Stubs, with_stubs

DAY = date(2031, 3, 1)

STUB = """\
  XY-2031-0001:
    finding_id: XY-2031-0001
    status: new
    planned_action: null
    assigned_to: null
    notes: null
    workaround: null
    target_date: null
    priority: null
    business_impact: null
    created_date: '2031-03-01'
    updated_date: '2031-03-01'
"""

PLANS = """\
# Kept by hand.
metadata: {version: '1.0'}
findings:
  # The nest.
  A-1:
    status: in_progress   # slowly
    notes: 'Waiting

      for the release'
  "b: 2":
    status: new
"""


def stubs(text: str | None, *ids: str) -> Stubs:
    return with_stubs(text, [(finding_id, DAY) for finding_id in ids or ("XY-2031-0001",)])


def default_plan(finding_id: str) -> Plan:
    return Plan(
        finding_id=finding_id,
        state=PlanState.NEW,
        created=DAY,
        updated=DAY,
    )


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runs with libyaml and without."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML without libyaml")
    if request.param == "SafeLoader":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


@pytest.mark.parametrize("text", [None, ""])
def test_a_new_file(text: str | None) -> None:
    made = stubs(text)
    assert made.text.startswith("# The remediation plan of each finding")
    assert made.text.endswith(f"\nfindings:\n{STUB}")
    assert (made.added, made.problems) == (("XY-2031-0001",), ())


def test_nothing_wanted_is_nothing_written() -> None:
    assert with_stubs(None, []) == Stubs("")
    assert with_stubs("{ nonsense", []) == Stubs("{ nonsense")


APPENDED = {
    "block": (PLANS, ""),
    "CRLF": (PLANS.replace("\n", "\r\n"), ""),
    "BOM": ("\ufeff" + PLANS, ""),
    "comments of the plans": (PLANS + "    # ask again\n\n  # last\n", ""),
    "something behind": (PLANS, "\n# Other things.\nother:\n  - 1\n"),
    "comment at the margin": (PLANS, "# The end.\n"),
    "blank lines behind": (PLANS, "\n\n"),
    "document end": (f"---\n{PLANS}", "...\n"),
    "literal block": ("findings:\n  A-1:\n    notes: |\n      a\n      # b\n", "x: 1\n"),
    "folded block that keeps its lines": (
        "findings:\n  A-1:\n    notes: >+\n      a\n\n\n",
        "x: 1\n",
    ),
    "block scalar and comment": ("findings:\n  A-1:\n    notes: |-\n      a\n    # c\n", "# d\n"),
    "plain text of two lines": ("findings:\n  A-1:\n    notes: a\n      b # c\n", "x: 1\n"),
    "flow plan": ("findings:\n  A-1: {status: new,\n    notes: a}  # c\n", "x: 1\n"),
    "empty value": ("findings:\n  A-1:\n    status: new\n    notes:\n", "x: 1\n"),
    "list": ("findings:\n  A-1:\n    more:\n    - a\n    -\n", "x: 1\n"),
    "empty list": ("findings:\n  A-1:\n    more: []\n", "x: 1\n"),
    "no value": ("findings:\n", "x: 1\n"),
    "no value and a comment": ("findings: # none\n  # yet\n", "# other\nx: 1\n"),
    "no findings": ("metadata:\n  version: '1.0'\n", None),
    "comments alone": ("# nothing yet\n", None),
    "a document mark alone": ("---\n", None),
    "line separators": ("# a\u2028b\u2028# \x85\nfindings:\n  A-1: {status: new}\n", "x: 1\n"),
}


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(("above", "below"), APPENDED.values(), ids=APPENDED)
def test_the_stub_stands_at_the_end_of_the_plans(above: str, below: str | None) -> None:
    end = "\r\n" if "\r\n" in above else "\n"
    if "\u2028" in above:
        above = above.replace("\u2028b\u2028", "\u2028#b\u2028").replace("# \x85", "#")
    added = STUB if below is not None else f"findings:\n{STUB}"
    text = above + (below or "").replace("\n", end)
    assert stubs(text) == Stubs(
        above + added.replace("\n", end) + (below or "").replace("\n", end), ("XY-2031-0001",), ()
    )


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("findings: {}\n", f"findings:\n{STUB}"),
        ("findings: {}", f"findings:\n{STUB}"),
        ("findings: { }  # none\nx: 1\n", f"findings:   # none\n{STUB}x: 1\n"),
        ("findings: ~\nx: 1\n", f"findings:\n{STUB}x: 1\n"),
        ("findings: null", f"findings:\n{STUB}"),
        ("findings:\n  null\nx: 1\n", f"findings:\n\n{STUB}x: 1\n"),
        ("--- {} # none\n", f"---  # none\nfindings:\n{STUB}"),
    ],
)
def test_an_empty_mapping_makes_room(old: str, new: str) -> None:
    assert stubs(old).text == new


def test_the_indentation_of_the_file_is_kept() -> None:
    text = stubs("findings:\n    A-1:\n       status: new\n").text
    assert "\n    XY-2031-0001:\n       finding_id: XY-2031-0001\n       status: new\n" in text


def test_a_last_line_without_an_end_gets_one() -> None:
    assert stubs(PLANS.rstrip("\n")).text == PLANS + STUB


@pytest.mark.parametrize("ids", [("A-1", "b: 2"), ("a-1", " B: 2 "), ()])
def test_findings_with_a_plan_get_no_stub(ids: tuple[str, ...]) -> None:
    assert with_stubs(PLANS, [(finding_id, DAY) for finding_id in ids]) == Stubs(PLANS)


def test_a_plan_for_one_package_is_a_plan() -> None:
    text = "findings:\n  A-1@Birds: {status: new}\n"
    assert stubs(text, "a-1") == Stubs(text)


def test_an_id_that_is_wanted_twice_gets_one_stub() -> None:
    assert stubs(PLANS, "X-1", "x-1").added == ("X-1",)


UNSAFE = {
    "plans in braces": ("findings: {A-1: {status: new}}\n", "`findings` is written in braces"),
    "file in braces": ("{findings: {}}\n", "the file is written in braces"),
    "braces over two lines": ("findings: {\n  }\n", "is written in an unusual way"),
    "explicit keys": ("findings:\n  ? A-1\n  : {status: new}\n", "does not begin with a plain key"),
    "a tag on nothing": ("findings: !!map {}\n", "is written in an unusual way"),
    "ended document": ("# c\n---\n...\n", "with it the file would not be read"),
    "keys twice": ("findings:\n  A-1: {}\n  A-1: {}\n", "again, expected each key once"),
    "tabs": ("findings:\n\tA-1: {}\n", "found text that does not parse"),
    "merged": ("<<<<<<< a\nfindings:\n", "found text that does not parse"),
    "a list": ("- a\n", "expected a mapping with `findings`"),
    "aliases": ("findings:\n  A-1: &a {}\n  B-1: *a\n", "found the alias"),
}


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(("text", "message"), UNSAFE.values(), ids=UNSAFE)
def test_where_nothing_can_be_inserted_it_says_so(text: str, message: str) -> None:
    made = stubs(text)
    assert (made.text, made.added) == (text, ())
    assert len(made.problems) == 1
    assert message in made.problems[0]
    assert "no plan stub is added" in made.problems[0]


def test_many_findings_make_a_short_problem() -> None:
    (problem,) = stubs("{findings: {}}", *(f"X-{number}" for number in range(9))).problems
    assert "for 'X-0', 'X-1', 'X-2' and 6 more: " in problem


@pytest.mark.parametrize("finding_id", ["", " \n", "\ud800", "\x00" * 300])
def test_an_id_that_can_be_no_key_is_told(finding_id: str) -> None:
    made = stubs(PLANS, finding_id, "X-1")
    assert made.added == ("X-1",)
    assert len(made.problems) == 1
    assert made.problems[0].endswith("it can be no YAML key")


@pytest.mark.parametrize(
    "finding_id",
    ["null", "~", "yes", "1.10", "2031-03-01", "a: b", "a #b", "- a", "x\ny", '"', "\\", "'",
     "{}", "[a", "*a", "&a", "!a", "%a", "?", "A-", "é", "\x00\x1b\u2028\u202e", "👩\u200d💻", "x@y"],
)  # fmt: skip
@pytest.mark.usefixtures("_loader")
def test_any_id_is_quoted_as_it_needs(finding_id: str) -> None:
    made = stubs(PLANS, finding_id)
    assert made.text.startswith(PLANS)
    assert read_plans(made.text, "x").plans[finding_id] == default_plan(finding_id)
    assert made.text.isprintable() is False  # line ends
    assert made.text.replace("\n", "").isprintable()
    assert yaml.safe_load(made.text)["findings"][finding_id]["finding_id"] == finding_id


wanted_ids = st.text(min_size=1, max_size=6) | st.sampled_from(["A-1", "a-1", "x: y", "# z", "~"])
values = st.sampled_from(
    ["new", "'it''s\n\n      two'", '"a\\n# b"', "|\n      text\n      # no comment\n\n      end",
     "|+\n      kept\n\n", ">-\n      folded\n     ", "", "{a: [1, {b: c}]}", "[]", "{}",
     "\n      deep:\n        deeper: |\n          x", "\n    - a\n    - b: c\n      d: |\n        e",
     "plain\n      on two lines", "a # comment"]
)  # fmt: skip
comments = st.sampled_from(
    ["", "\n", "# c\n", "  # c\n", "    # c\n", "        # deep: c\n", "\n\n"]
)
keys = st.sampled_from(["A-1", "'q: 1'", '"d \\u00e9"', "plain key", "é-1", "1.10", "2031-01-01"])


@st.composite
def plan_files(draw: st.DrawFn) -> str:
    """Files of plans with comments, block scalars and quoted keys; not all of them are readable."""
    lines = [
        draw(comments),
        draw(st.sampled_from(["", "metadata: {a: b}\n", "metadata:\n  a: |\n    x\n"])),
    ]
    lines += [draw(st.sampled_from(["findings:\n", "'findings':  # c\n", "findings: {}\n", ""]))]
    for key in draw(st.lists(keys, unique=True, max_size=3)):
        lines += [draw(comments), f"  {key}:\n    status: new\n", draw(comments)]
        lines += [f"    {name}: {draw(values)}\n" for name in ("ticket", "other")]
    lines += [
        draw(comments),
        draw(st.sampled_from(["", "after: x\n", "after: |+\n  x\n\n"])),
        draw(comments),
    ]
    text = "".join(lines)
    text = draw(st.sampled_from(["", "\ufeff"])) + text
    return draw(st.sampled_from([text, text.rstrip("\n"), text.replace("\n", "\r\n")]))


@given(plan_files(), st.lists(wanted_ids, max_size=4))
def test_the_old_plans_and_then_the_stubs(text: str, ids: list[str]) -> None:
    made = stubs(text, *ids) if ids else with_stubs(text, [])
    try:
        old = read_plans(text, "x").plans
    except InputError:
        assert made.text == text
        return
    new = read_plans(made.text, "x").plans if made.added else old
    assert [*new.items()] == [*old.items(), *((key, default_plan(key)) for key in made.added)]
    have = {key.casefold() for key in new}
    assert made.problems or all(key.strip().casefold() in have for key in ids)
    assert with_stubs(made.text, [(key, DAY) for key in ids]).added == ()
    if made.added:
        before, after = _around_the_insertion(text, made.text)
        assert before + after == text or (not old and "findings: {}" in text)
        ended = text if text.endswith("\n") else f"{text}\n"
        assert without_findings(made.text) in (without_findings(text), without_findings(ended))


def _around_the_insertion(old: str, new: str) -> tuple[str, str]:
    """What `new` has of `old` before and behind the lines that were put in."""
    pairs = enumerate(zip(old, new, strict=False))
    start = next((number for number, (a, b) in pairs if a != b), len(old))
    return new[:start], new[len(new) - (len(old) - start) :]


def without_findings(text: str) -> object:
    loaded = yaml.safe_load(text.removeprefix("\ufeff")) or {}
    return {key: value for key, value in loaded.items() if key != "findings"}


@given(plan_files(), st.text(max_size=8), st.integers(0, 400))
def test_any_text_gives_stubs_or_a_problem(text: str, added: str, at: int) -> None:
    broken = text[:at] + added + text[at:]
    made = stubs(broken)
    assert made.added or made.problems or made.text == broken

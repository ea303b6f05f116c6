"""Reading `remediation-plans.yml`: people's plans, their dates, and files that are none."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.plans.reader import PlansFile, read_plans

PATH = "security/findings/remediation-plans.yml"

SAMPLE = """\
# Kept by hand.
metadata:
  version: '1.0'
  created: '2031-03-01T04:05:06.123456+00:00'
  last_updated: '2031-03-04T04:05:06.123456+00:00'
findings:
  XY-2031-0001:
    finding_id: XY-2031-0001
    status: in_progress
    planned_action: Upgrade vögel to 1.2.4
    assigned_to: bird-team
    notes: 'Waiting for the release

      [2031-03-02] Asked upstream

      [2031-03-03] Promised'
    workaround: Feed by hand
    target_date: '2031-04-01'
    priority: high
    business_impact: Birds
    created_date: '2031-03-01'
    updated_date: '2031-03-03'
    ticket: {system: ours, number: 17}
  BANDIT-B105-core.py-42:
    finding_id: BANDIT-B105-core.py-42
    status: false_positive
    target_date: null
    reason: The password is an example.
    expires: 2032-01-01
"""


def read(text: str) -> PlansFile:
    return read_plans(text, PATH)


def plan_with(lines: str) -> PlansFile:
    return read(f"findings:\n  X-1:\n    {lines}\n")


def only_plan(lines: str) -> Plan:
    return plan_with(lines).plans["X-1"]


def error_of(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runs with libyaml and without."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML without libyaml")
    if request.param == "SafeLoader":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("text", [SAMPLE, SAMPLE.replace("\n", "\r\n"), "\ufeff" + SAMPLE])
def test_the_whole_file(text: str) -> None:
    assert read(text) == PlansFile(
        {
            "XY-2031-0001": Plan(
                finding_id="XY-2031-0001",
                state=PlanState.IN_PROGRESS,
                action="Upgrade vögel to 1.2.4",
                owner="bird-team",
                notes="Waiting for the release\n[2031-03-02] Asked upstream\n[2031-03-03] Promised",
                workaround="Feed by hand",
                target=date(2031, 4, 1),
                priority="high",
                impact="Birds",
                created=date(2031, 3, 1),
                updated=date(2031, 3, 3),
            ),
            "BANDIT-B105-core.py-42": Plan(
                finding_id="BANDIT-B105-core.py-42",
                state=PlanState.FALSE_POSITIVE,
                reason="The password is an example.",
                expires=date(2032, 1, 1),
            ),
        },
        (),
    )


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "# nothing yet\n", "null", "{}", "findings:", "findings: {}"]
)
def test_no_plans(text: str) -> None:
    assert read(text) == PlansFile({}, ())


def test_a_file_of_other_things_has_no_plans_and_says_so() -> None:
    assert read("metadata: {version: '1.0'}") == PlansFile(
        {}, ("has no key `findings`, so no plan is read; write `findings: {}` for none",)
    )


@pytest.mark.parametrize("state", [state for state in PlanState if state is not PlanState.UNKNOWN])
@pytest.mark.parametrize("spelling", [str, str.upper, lambda word: word.replace("_", " ")])
def test_every_status(state: PlanState, spelling: object) -> None:
    assert callable(spelling)
    read_one = plan_with(f"{{status: {spelling(state.value)}, reason: r, expires: 2031-01-01}}")
    assert (read_one.plans["X-1"].state, read_one.problems) == (state, ())


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("status: wontfix", "has the status 'wontfix', which is not one that secstatus knows"),
        ("status: unknown", "has the status 'unknown', which is not one that secstatus knows"),
        ("status: null", "has no status"),
        ("notes: later", "has no status"),
    ],
)
def test_other_words_for_a_status_are_unknown_and_told(lines: str, said: str) -> None:
    file = plan_with(lines)
    assert file.plans["X-1"].state is PlanState.UNKNOWN
    assert file.problems == (f"line 3: the plan for 'X-1' {said}; it is read as unknown",)


@pytest.mark.parametrize("state", ["accepted_risk", "false_positive"])
@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ("", "`reason` and `expires` (a date)"),
        ("reason: ours", "`expires` (a date)"),
        ("expires: 2031-01-01", "`reason`"),
        ("reason: ' '\n    expires: 2031-01-01", "`reason`"),
    ],
)
def test_a_suppression_that_lacks_something_still_counts_and_is_told(
    state: str, lines: str, missing: str
) -> None:
    file = plan_with(f"status: {state}\n    {lines}")
    assert file.problems == (
        f"line 3: the plan for 'X-1' is {state} without {missing}: "
        f"the finding still counts; add {missing}",
    )
    assert not file.plans["X-1"].suppresses(date(2030, 1, 1))


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("'2031-04-01'", date(2031, 4, 1)),
        ("2031-04-01", date(2031, 4, 1)),
        ("2031-04-01 10:20:30", date(2031, 4, 1)),
        ("'2031-04-01T10:20:30.123456+00:00'", date(2031, 4, 1)),
        ("2031-04-01T10:20:30Z", date(2031, 4, 1)),
        ("2031-04-01T23:30:00-02:00", date(2031, 4, 2)),
        ("null", None),
        ("~", None),
        ("''", None),
        ("", None),
    ],
)
def test_dates(value: str, day: date | None) -> None:
    assert only_plan(f"status: new\n    expires: {value}").expires == day


@pytest.mark.parametrize("key", ["target_date", "expires", "created_date", "updated_date"])
@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "2031-02-30",
        "20310401",
        "2031-W14-2",
        "2031-04-01x10:00",
        "17",
        "true",
        "2031-04-01T25:00:00",
        "0001-01-01T00:00:00+10:00",
    ],
)
def test_bad_dates(key: str, value: str) -> None:
    error = error_of(f"findings:\n  X-1:\n    status: new\n    {key}: {value}\n")
    assert error.message == (
        f"{PATH}: at line 4: found {key} '{value}', expected a date such as 2025-01-21, or null"
    )


@pytest.mark.parametrize("value", ["1.10", "007", "yes", "2031-04-01", "0x1f"])
def test_text_stays_as_it_is_written(value: str) -> None:
    assert only_plan(f"status: new\n    planned_action: {value}").action == value


def test_priority_in_lower_case() -> None:
    assert only_plan("{status: new, priority: High}").priority == "high"


def test_an_id_keeps_its_spelling() -> None:
    file = read("findings:\n  xY-1: {finding_id: XY-1, status: new}\n")
    assert file.plans["xY-1"].finding_id == "xY-1"


ERRORS = {
    "not YAML": ("findings:\n  a: b: c\n", "line 2", "text that does not parse, expected YAML ("),
    "cut short": (
        "findings:\n  a: 'b\n",
        "line 3",
        "found text that does not parse, expected YAML (",
    ),
    "two writers": (SAMPLE + "ied\n  status: new\n", "line 31", "does not parse, expected YAML"),
    "two documents": ("findings: {}\n---\nfindings: {}\n", "line 2", "expected YAML ("),
    "control character": ("a: \x01", "", "text that does not parse, expected YAML (unacceptable"),
    "text": ("hello", "line 1", "found 'hello', expected a mapping with `findings`"),
    "list": ("# plans\n- a\n", "line 2", "found a list, expected a mapping with `findings`"),
    "findings as list": (
        "findings:\n- a\n",
        "line 2",
        "found a list, expected a mapping from finding ids",
    ),
    "plan as text": (
        "findings:\n  X-1: fix it\n",
        "line 2",
        "found 'fix it', expected the plan for 'X-1': a mapping",
    ),
    "plan of nothing": (
        "findings:\n  X-1:\n",
        "line 2",
        "found nothing, expected the plan for 'X-1'",
    ),
    "list as text": (
        "findings:\n  X-1:\n    assigned_to: [a, b]\n",
        "line 3",
        "found a list as assigned_to, expected text",
    ),
    "mapping as date": (
        "findings:\n  X-1:\n    expires: {}\n",
        "line 3",
        "found a mapping as expires, expected text",
    ),
    "another id": (
        "findings:\n  X-1:\n    finding_id: X-2\n",
        "line 3",
        "found finding_id 'X-2', expected 'X-1', the key of this plan",
    ),
    "a key twice": (
        "findings:\n  X-1:\n    status: new\n    status: completed\n",
        "line 4",
        "the key 'status' again, expected each key once",
    ),
    "an id twice": (
        "findings:\n  X-1: {status: new}\n  X-1: {status: new}\n",
        "line 3",
        "the key 'X-1' again",
    ),
    "an id in two cases": (
        "findings:\n  X-1: {status: new}\n  x-1: {status: new}\n",
        "line 3",
        "a plan for 'x-1' beside one for 'X-1'",
    ),
    "findings twice": (
        "findings: {}\nmetadata: {}\nfindings: {}\n",
        "line 3",
        "the key 'findings' again",
    ),
    "a list as key": ("findings:\n  [a]: {}\n", "line 2", "found a list as a key, expected text"),
    "nothing as key": ("findings:\n  ~: {}\n", "line 2", "found nothing as a key"),
    "alias": ("a: &a [x]\nb: [*a, *a]\n", "line 2", "found the alias '*a', expected a value"),
    "merge": (
        "a: &a {status: new}\nfindings:\n  X-1:\n    <<: *a\n",
        "line 4",
        "found the alias '*a'",
    ),
    "deep list": ("[" * 1_000_000, "line 1", "found very deep nesting, expected remediation plans"),
    "deep mapping": ("{a: " * 300_000, "line 1", "found very deep nesting"),
    "deep dashes": ("- " * 300_000, "line 1", "found very deep nesting"),
}


@pytest.mark.parametrize(("text", "place", "message"), ERRORS.values(), ids=ERRORS)
def test_errors(text: str, place: str, message: str) -> None:
    error = error_of(text)
    assert (error.path, error.place) == (PATH, place)
    assert message in error.message
    assert "\n" not in error.message


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("name", ["not YAML", "a key twice", "alias", "deep list", "another id"])
def test_errors_with_either_loader(name: str) -> None:
    text, place, message = ERRORS[name]
    assert error_of(text[:2000]).place == place
    assert message in error_of(text[:2000]).message


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("text", ["a: \ud800", 'a: "\\UFFFFFFFF"'], ids=["surrogate", "escape"])
def test_characters_that_do_not_exist(text: str) -> None:
    assert "found " in error_of(text).message


def test_an_anchor_without_an_alias_is_harmless() -> None:
    assert only_plan("status: &s new").state is PlanState.NEW


def test_thousands_of_lines_of_notes() -> None:
    notes = "\n\n".join(f"      [2031-03-02] Note {number}" for number in range(5000))
    plan = only_plan(f"status: new\n    notes: 'First\n\n{notes}'")
    assert plan.notes.count("\n") == 5000


lines = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40)
texts = lines.map(str.strip)
days = st.none() | st.dates()
ids = st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True)
plans = st.builds(
    Plan,
    finding_id=ids,
    state=st.sampled_from(PlanState),
    action=texts,
    owner=texts,
    notes=st.lists(texts).map("\n".join).map(str.strip),
    workaround=texts,
    target=days,
    priority=st.sampled_from(["", "critical", "high", "medium", "low"]),
    impact=texts,
    reason=texts,
    expires=days,
    created=days,
    updated=days,
)


def written(plan: Plan, *, quoted: bool) -> dict[str, object]:
    def day(value: date | None) -> object:
        return value.isoformat() if value and quoted else value

    return {
        "finding_id": plan.finding_id,
        "status": plan.state.value,
        "planned_action": plan.action,
        "assigned_to": plan.owner,
        "notes": plan.notes,
        "workaround": plan.workaround,
        "target_date": day(plan.target),
        "priority": plan.priority,
        "business_impact": plan.impact,
        "reason": plan.reason,
        "expires": day(plan.expires),
        "created_date": day(plan.created),
        "updated_date": day(plan.updated),
    }


@given(
    st.lists(plans, max_size=4, unique_by=lambda plan: plan.finding_id.casefold()),
    st.booleans(),
    st.booleans(),
)
def test_what_is_written_is_read(found: list[Plan], quoted: bool, unicode: bool) -> None:
    data = {"findings": {plan.finding_id: written(plan, quoted=quoted) for plan in found}}
    # An alias for a date that stands twice is the writer's habit, not the format's.
    dumper = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda self, data: True})
    text = yaml.dump(data, Dumper=dumper, allow_unicode=unicode)
    assert read(text).plans == {plan.finding_id: plan for plan in found}


MARKS = ["- ", "? ", ": ", "&a ", "*a ", "'", "{", "[", "!!int ", "---\n", "\t", '"\\UFFFFFFFF"']
pieces = st.sampled_from([*SAMPLE.splitlines(keepends=True), *MARKS])


@pytest.mark.parametrize("name", ["CSafeLoader", "SafeLoader"])
@given(text=st.text() | st.lists(pieces | st.text(max_size=5)).map("".join))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if name == "SafeLoader":
            patch.delattr(yaml, "CSafeLoader", raising=False)
        for attempt in (text, SAMPLE + text, "findings:\n  X-1:\n    " + text):
            with suppress(InputError):
                read(attempt)

"""Stages on generated plans: nothing runs too early, nothing passes that was not looked at."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secstatus.commands.preflight.stage_run import StageVerdict, run_stages
from secstatus.errors import ExternalError
from secstatus.publishing.stages import (
    Stage,
    StageOutcome,
    StageState,
    check_plan,
    have_all_passed,
    make_stages_document,
    render_stages_markdown,
    render_stages_table,
)

ENDS = ("passes", "fails", "raises", "not asked")


@st.composite
def plans(draw):
    """Stages that wait for earlier ones, in any order, each with how it ends."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 8)))]
    made = []
    for number, name in enumerate(names):
        earlier = st.lists(st.sampled_from(names[:number]), unique=True) if number else st.just([])
        stage = Stage(name, tuple(draw(earlier)), tuple(draw(earlier)))
        made.append((stage, draw(st.sampled_from(ENDS))))
    return draw(st.permutations(made))


class Recorder:
    def __init__(self):
        self.lock, self.events = threading.Lock(), []

    def say(self, *event):
        with self.lock:
            self.events.append(event)

    def work(self, name, end):
        def run():
            self.say("begin", name)
            self.say("end", name)
            if end == "raises":
                raise ExternalError("it rains", hint="Wait.", details=["drops"])
            return StageVerdict(
                end, ("wrong",) if end == "fails" else (), not_asked=end == "not asked"
            )

        return run


@settings(max_examples=60)
@given(plans())
def test_every_stage_ends_once_and_none_too_early(plan):
    seen = Recorder()
    works = [(stage, seen.work(stage.name, end)) for stage, end in plan]
    outcomes = {each.name: each for each in run_stages(works, lambda: 0.0, lambda text: None)}
    assert list(outcomes) == [stage.name for stage, _ in plan]
    assert len(seen.events) == len(set(seen.events))
    for stage, end in plan:
        mine, good = outcomes[stage.name], all(outcomes[name].is_good for name in stage.needs)
        expected = {"passes": StageState.PASSED, "not asked": StageState.SKIPPED}
        if good:
            assert mine.state is expected.get(end, StageState.FAILED)
            for name in stage.waits_for:
                if ("end", name) in seen.events:
                    begun = seen.events.index(("begin", stage.name))
                    assert seen.events.index(("end", name)) < begun
        else:
            assert (mine.state, mine.is_good) == (StageState.SKIPPED, False)
            assert ("begin", stage.name) not in seen.events
            assert mine.detail.startswith("needs ")
    ends = [end for _, end in plan]
    assert have_all_passed(outcomes.values()) == (
        not {"fails", "raises"} & set(ends) and "passes" in ends
    )


def test_what_a_stage_raises_is_its_failure():
    def work():
        raise ExternalError("it rains", hint="Wait.", details=["drops"])

    (outcome,) = run_stages([(Stage("weather"), work)], lambda: 0.0, lambda text: None)
    assert (outcome.state, outcome.detail) == (StageState.FAILED, "it rains")
    assert outcome.lines == ("drops", "Wait.")


def test_a_mistake_of_the_program_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        run_stages([(Stage("a"), lambda: 1 // 0)], lambda: 0.0, lambda text: None)


def test_independent_stages_run_at_the_same_time():
    both = threading.Barrier(2, timeout=30)

    def work():
        both.wait()
        return StageVerdict("met")

    plan = [(Stage("a"), work), (Stage("b"), work)]
    assert have_all_passed(run_stages(plan, lambda: 0.0, lambda text: None))


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        ([Stage("a"), Stage("a")], "one name"),
        ([Stage("a", needs=("b",))], "unknown"),
        ([Stage("a", needs=("a",))], "each other"),
        ([Stage("a", needs=("b",)), Stage("b", after=("a",))], "each other"),
    ],
)
def test_plans_that_cannot_end(stages, reason):
    with pytest.raises(ValueError, match=reason):
        check_plan(stages)


def test_nothing_at_all_is_not_good():
    assert not have_all_passed([])
    assert not have_all_passed([StageOutcome(Stage("gates"), StageState.SKIPPED, not_asked=True)])


def test_how_stages_are_shown():
    outcomes = (
        StageOutcome(Stage("source"), StageState.PASSED, 1.25, "version 1.0"),
        StageOutcome(
            Stage("gates"), StageState.FAILED, 61.0, "a | <b>\x1b[31m\n::error::x", ("one\rtwo",)
        ),
        StageOutcome(Stage("build"), StageState.SKIPPED, detail="needs gates, which failed"),
    )
    assert make_stages_document(outcomes)[0] == {
        "detail": "version 1.0",
        "lines": [],
        "name": "source",
        "seconds": 1.25,
        "state": "passed",
    }
    table = render_stages_table(outcomes).split("\n")
    assert table[0] == "passed      1.2 s  source  version 1.0"
    assert table[1].startswith("failed     61.0 s  gates   a | <b>")
    assert table[2] == "  | one two"
    assert "\x1b" not in "".join(table)
    markdown = render_stages_markdown(outcomes).split("\n")
    assert len(markdown) == 5
    assert r"\| \<b\>" in markdown[3]

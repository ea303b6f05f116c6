"""The stages of a preflight: their order, and their outcomes.

A stage that fails hides no other: only those that need its result are skipped, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from secstatus.text.escaping import shorten, to_one_line

LONGEST_DETAIL = 400


class StageState(StrEnum):
    """How a stage ended. `skipped` is never a pass: the result of the stage is not known."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage. It begins when those that it `needs` have passed or were not requested, and those
    that it comes `after` have ended with any result.
    """

    name: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def waits_for(self) -> tuple[str, ...]:
        return (*self.needs, *self.after)


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """The outcome of a stage. `detail` is one line; `lines` gives more, such as the files that
    differ or the end of a command's output. `not_asked`: skipped because it was not requested,
    which is no failure.
    """

    stage: Stage
    state: StageState
    seconds: float = 0.0
    detail: str = ""
    lines: tuple[str, ...] = ()
    not_asked: bool = False

    @property
    def name(self) -> str:
        return self.stage.name

    @property
    def is_good(self) -> bool:
        return self.state is StageState.PASSED or self.not_asked


def check_plan(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages. Raises ValueError unless names are unique, known, and nothing waits for itself.

    The plan is part of the program, so a wrong one is a bug.
    """
    names = [stage.name for stage in stages]
    if len(set(names)) != len(names):
        raise ValueError("two stages of one name")
    if unknown := {name for stage in stages for name in stage.waits_for} - set(names):
        raise ValueError(f"stages wait for unknown ones: {sorted(unknown)}")
    # Topological order, layer by layer: what is never ready waits for itself.
    done: set[str] = set()
    while ready := [s.name for s in stages if s.name not in done and done >= set(s.waits_for)]:
        done.update(ready)
    if done != set(names):
        raise ValueError(f"stages wait for each other: {sorted(set(names) - done)}")
    return tuple(stages)


def list_ready(
    stages: Iterable[Stage], ended: Mapping[str, StageOutcome], begun: Collection[str]
) -> list[Stage]:
    """The stages that have not begun and wait for no other."""
    return [
        stage
        for stage in stages
        if stage.name not in begun and all(name in ended for name in stage.waits_for)
    ]


def find_missing_need(stage: Stage, ended: Mapping[str, StageOutcome]) -> StageOutcome | None:
    """The outcome `skipped` when a needed stage has not passed; None when the stage can run."""
    for name in stage.needs:
        # A stage that was not requested is good: one that the user switched off blocks nothing.
        if not ended[name].is_good:
            # The reason names the direct need only; its own line names the cause before it.
            how = "failed" if ended[name].state is StageState.FAILED else "was skipped"
            return StageOutcome(stage, StageState.SKIPPED, detail=f"needs {name}, which {how}")
    return None


def have_all_passed(outcomes: Iterable[StageOutcome]) -> bool:
    """Whether every requested stage passed; False if none did."""
    listed = list(outcomes)
    # All skipped is no pass: nothing was checked.
    return any(each.state is StageState.PASSED for each in listed) and all(
        each.is_good for each in listed
    )


def make_stages_document(outcomes: Iterable[StageOutcome]) -> list[dict[str, Any]]:
    """The stages as JSON."""
    return [
        {
            "detail": each.detail,
            "lines": list(each.lines),
            "name": each.name,
            "seconds": round(each.seconds, 3),
            "state": each.state.value,
        }
        for each in outcomes
    ]


def render_stages_table(outcomes: Sequence[StageOutcome], most_lines: int = 20) -> str:
    """One line for each stage: outcome, time, name, detail; below a failed one, its `lines`."""
    width = max((len(each.name) for each in outcomes), default=0)
    lines = []
    for each in outcomes:
        # Details quote output of other programs, which may hold line breaks and escape codes.
        detail = shorten(to_one_line(each.detail), LONGEST_DETAIL)
        row = f"{each.state.value:<8}{each.seconds:>7.1f} s  {each.name:<{width}}  {detail}"
        lines.append(row.rstrip())
        if each.state is StageState.FAILED:
            # The end of a command's output is where the failure stands.
            shown_lines = [to_one_line(line) for line in each.lines[-most_lines:]]
            lines += [f"  | {line}" for line in shown_lines]
    return "\n".join(lines)


def render_stages_markdown(outcomes: Sequence[StageOutcome]) -> str:
    """The table for a step's summary; nothing in it is markup."""
    # Imported here: only runs in CI write a summary.
    from secstatus.release.wording import escape_line

    rows = [
        f"| {escape_line(each.name)} | {each.state.value} | {each.seconds:.1f} s "
        f"| {escape_line(each.detail)} |"
        for each in outcomes
    ]
    return "\n".join(["| stage | outcome | time | detail |", "| --- | --- | --- | --- |", *rows])

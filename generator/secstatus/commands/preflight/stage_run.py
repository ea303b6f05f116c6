"""Run stages in parallel, each as soon as its prerequisites are done."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from secstatus.errors import SecstatusError
from secstatus.publishing.stages import (
    Stage,
    StageOutcome,
    StageState,
    check_plan,
    find_missing_need,
    list_ready,
)

Clock = Callable[[], float]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StageVerdict:
    """The result of one stage. `problems` empty: it passed. `not_asked`: the stage is not
    configured and was not run.
    """

    detail: str
    problems: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    not_asked: bool = False


Work = Callable[[], StageVerdict]


def run_stages(
    plan: Sequence[tuple[Stage, Work]], clock: Clock, progress: Progress
) -> tuple[StageOutcome, ...]:
    """Return every stage of the plan with its result, in the order of the plan.

    A SecstatusError that a stage raises is its failure; other stages continue.
    """
    stages = check_plan([stage for stage, _ in plan])
    works = {stage.name: work for stage, work in plan}
    ended: dict[str, StageOutcome] = {}
    running: dict[Future[StageOutcome], str] = {}
    # Most stages wait for a command; more than a few of these slow each other down.
    with ThreadPoolExecutor(max(3, os.cpu_count() or 1)) as pool:
        while len(ended) < len(stages):
            _begin(stages, works, ended, running, pool, clock, progress)
            # Each stage that ends may free others; waiting for all would leave the pool idle.
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                name = running.pop(future)
                # Any exception but SecstatusError is a bug and is raised here.
                ended[name] = future.result()
                progress(f"{name}: {ended[name].state.value}")
    return tuple(ended[stage.name] for stage in stages)


def _begin(
    stages: Sequence[Stage],
    works: Mapping[str, Work],
    ended: dict[str, StageOutcome],
    running: dict[Future[StageOutcome], str],
    pool: ThreadPoolExecutor,
    clock: Clock,
    progress: Progress,
) -> None:
    """Begin what can begin; what cannot any more ends as skipped, and others may follow from it."""
    while free := list_ready(stages, ended, {*ended, *running.values()}):
        for stage in free:
            skipped = find_missing_need(stage, ended)
            if skipped is not None:
                ended[stage.name] = skipped
                progress(f"{stage.name}: skipped")
            else:
                running[pool.submit(_outcome, stage, works[stage.name], clock)] = stage.name


def _outcome(stage: Stage, work: Work, clock: Clock) -> StageOutcome:
    started = clock()
    try:
        verdict = work()
    except SecstatusError as error:
        lines = (*error.details, *([error.hint] if error.hint else []))
        return StageOutcome(
            stage, StageState.FAILED, clock() - started, error.message, tuple(lines)
        )
    seconds = clock() - started
    if verdict.not_asked:
        return StageOutcome(
            stage, StageState.SKIPPED, seconds, verdict.detail, verdict.lines, not_asked=True
        )
    if verdict.problems:
        more = len(verdict.problems) - 1
        detail = verdict.problems[0] + (f" (and {more} more)" if more else "")
        # A single problem is the detail already.
        lines = (*(verdict.problems if more else ()), *verdict.lines)
        return StageOutcome(stage, StageState.FAILED, seconds, detail, lines)
    return StageOutcome(stage, StageState.PASSED, seconds, verdict.detail, verdict.lines)

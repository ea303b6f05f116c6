"""run: ingest, decide, build and deploy in one process. A failed step leaves good files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from secstatus.commands import build as building
from secstatus.commands import decide as deciding
from secstatus.commands import deploy as deploying
from secstatus.commands import fetch_site as fetching
from secstatus.commands import ingest as ingesting
from secstatus.commands.noting import note_build
from secstatus.errors import SecstatusError


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says to each step. `deploy` None: the site stays in its folder.

    `precompress`: as for `build`; a build without it takes the twins of an earlier one away.
    """

    ingest: ingesting.IngestOptions
    decide: deciding.DecideOptions
    out: Path
    base_url: str | None = None
    deploy: deploying.DeployOptions | None = None
    precompress: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step ended. `data` None: it did not come to its end, and `error` or `skipped` says
    why. `exit_status` is the one that the command of that name would have ended with."""

    name: str
    exit_status: int = 0
    data: Mapping[str, Any] | None = None
    text: str = ""
    warnings: Sequence[str] = ()
    error: SecstatusError | None = None
    skipped: str = ""

    def document(self) -> dict[str, Any]:
        error = self.error
        return {
            "error": {"hint": error.hint or None, "message": error.message} if error else None,
            "exit_status": self.exit_status,
            "result": dict(self.data) if self.data is not None else None,
            "skipped": self.skipped or None,
            "warnings": list(self.warnings),
        }

    def line(self) -> str:
        if self.error:
            return f"{self.name}: failed. {self.error.message}"
        return f"{self.name}: {self.skipped or self.text}"


@dataclass(frozen=True, slots=True)
class RunResult:
    """The results of all steps, in order."""

    steps: tuple[StepResult, ...]

    @property
    def exit_status(self) -> int:
        """That of the first step which failed; else 1 if one of them said no."""
        failed = [step.exit_status for step in self.steps if step.error]
        return next(iter(failed), max(step.exit_status for step in self.steps))

    @property
    def decision(self) -> Mapping[str, Any] | None:
        return next((step.data for step in self.steps if step.name == "decide"), None)

    @property
    def grade(self) -> str:
        """That of the site, `?` where none was made."""
        built = next((step.data for step in self.steps if step.name == "build"), None)
        return str(built["grade"]) if built else "?"

    @property
    def vulnerabilities(self) -> str:
        """The number of open findings that the ingest counted; empty where it failed."""
        found = next((step.data for step in self.steps if step.name == "ingest"), None)
        return str(found["open"]) if found else ""

    def document(self) -> dict[str, Any]:
        return {
            "exit_status": self.exit_status,
            "security_grade": self.grade,
            "steps": {step.name: step.document() for step in self.steps},
        }

    def text(self) -> str:
        return "\n".join(step.line() for step in self.steps)


def run_pipeline(root: Path, now: datetime, ask: RunOptions) -> RunResult:
    """All steps at one moment. Never raises what a step raises: its result tells it.

    Where the ingest fails nothing is decided, since the status is an old one; the site is made all
    the same, so that its day counts and its doubts stay true. To be deployed, it goes on from the
    site that is published.
    """
    fetched = [] if ask.deploy is None else [_fetched(root, ask.deploy)]
    ingest = _attempt("ingest", lambda: _ingest(root, now, ask.ingest))
    if ingest.error:
        why = "skipped, because the ingest failed: the status is not a new one"
        decide = StepResult("decide", skipped=why)
    else:
        decide = _attempt("decide", lambda: _decide(root, now, ask.decide))
    build = _attempt("build", lambda: _build(root, now, ask))
    steps = (*fetched, ingest, decide, build)
    if ask.deploy is None:
        return RunResult(steps)
    return RunResult((*steps, _deployed(root, now, ask.deploy, (*fetched, build))))


def _fetched(root: Path, ask: deploying.DeployOptions) -> StepResult:
    def step() -> StepResult:
        wanted = fetching.FetchSiteOptions(ask.site, ask.branch, ask.prefix, ask.remote)
        found = fetching.fetch_site(root, wanted)
        return StepResult("fetch-site", 0, found.document(), found.text())

    return _attempt("fetch-site", step)


def _deployed(
    root: Path, now: datetime, ask: deploying.DeployOptions, before: Sequence[StepResult]
) -> StepResult:
    """Only a whole site, made from the one that is published, is deployed."""
    failed = next((step.name for step in before if step.error), None)
    if failed:
        return StepResult("deploy", skipped=f"skipped, because {failed} failed")

    def step() -> StepResult:
        found = deploying.deploy_site(root, now, ask)
        return StepResult(
            "deploy", found.exit_status, found.document(), found.text(), found.warnings
        )

    return _attempt("deploy", step)


def _attempt(name: str, step: Any) -> StepResult:
    try:
        result: StepResult = step()
    except SecstatusError as error:
        return StepResult(name, error.exit_status, error=error)
    return result


def _ingest(root: Path, now: datetime, ask: ingesting.IngestOptions) -> StepResult:
    found = ingesting.ingest_reports(root, now, ask)
    shortfalls = found.shortfalls()
    warnings = [*found.warnings, *shortfalls]
    data, text = found.document(), found.text()
    return StepResult("ingest", 1 if shortfalls else 0, data, text, warnings)


def _decide(root: Path, now: datetime, ask: deciding.DecideOptions) -> StepResult:
    found = deciding.decide_release(root, now, ask)
    warnings = [*found.alerts, *found.warnings]
    return StepResult("decide", 0, found.document(), found.text(), warnings)


def _build(root: Path, now: datetime, ask: RunOptions) -> StepResult:
    found = building.build_site(
        root, ask.out, now, ask.base_url, last_good=True, precompress=ask.precompress
    )
    text = f"grade {found.grade} as of {found.as_of}, {found.files} files in {found.out}"
    status = 1 if found.unreadable else 0
    warnings = [*found.warnings, *note_build(root, now, found)]
    return StepResult("build", status, found.document(), text, warnings)

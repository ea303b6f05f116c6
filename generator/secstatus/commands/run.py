"""run: ingest, decide, build and deploy in one process. A failed step leaves good files."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.github_output import set_outputs
from secstatus.commands import build, decide, deploy, fetch_site, ingest
from secstatus.commands.branch_address import add_branch_options, make_branch_address
from secstatus.commands.decide.result import write_decision_outputs, write_notes_file
from secstatus.commands.deploy.deployment import DeployOptions
from secstatus.errors import SecstatusError

EXAMPLE = "secstatus run --scan-exit pip-audit=1 --out _site"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of each step. `deploy` None: the site stays in its folder.

    `precompress`: as for `build`; a build without it removes the gzip files of an earlier one.
    """

    ingest: ingest.IngestOptions
    decide: decide.DecideOptions
    out: Path
    base_url: str | None = None
    deploy: DeployOptions | None = None
    precompress: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step ended. `data` None: the step did not finish; `error` or `skipped` gives the
    reason. `exit_status` is the one that the command of that name would have ended with.
    """

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
        """That of the first step that failed; else 1 if a check failed."""
        # The first failure is the cause; a later step often fails because of it.
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


def add_options(parser: argparse.ArgumentParser) -> None:
    ingest.add_options(parser)
    decide.add_decision_options(parser)
    build.add_site_options(parser)
    parser.add_argument(
        "--deploy", action="store_true", help="continue the published site, and publish this one"
    )
    add_branch_options(parser)


def run(options: argparse.Namespace, output: Output) -> int:
    result = run_pipeline(options.root, resolve_now(options.now), _make_run_options(options))
    for step in result.steps:
        output.warnings([f"{step.name}: {warning}" for warning in step.warnings])
        if step.error is not None:
            output.error(step.error)
    decision = result.decision
    notes = write_notes_file(options.notes_file, str(decision["release_notes"]) if decision else "")
    output.result(result)
    if decision:
        write_decision_outputs(decision, notes)
    else:
        # An output that is not set is an empty text in GitHub's expressions, and differs from
        # `false`.
        set_outputs({"should_release": "false", "trigger_type": "none"})
    set_outputs({"security_grade": result.grade, "vulnerabilities": result.vulnerabilities})
    return result.exit_status


def _make_run_options(options: argparse.Namespace) -> RunOptions:
    address = make_branch_address(options)
    return RunOptions(
        ingest.make_ingest_options(options),
        decide.DecideOptions(manual=options.manual, note=options.note),
        options.out,
        options.base_url,
        DeployOptions(options.out, address) if options.deploy else None,
        options.precompress,
    )


def run_pipeline(root: Path, now: datetime, options: RunOptions) -> RunResult:
    """Run all steps with the same `now`. An error of a step is in its result and is not raised.

    Where the ingest fails nothing is decided, since the status is an old one; the site is built
    anyway, because its grade depends on the day. A site that is deployed continues the published
    one.
    """
    # Decision 0008: events and closed findings exist only in the published site.
    fetched = [] if options.deploy is None else [_fetched(root, options.deploy)]
    ingested = _attempt("ingest", lambda: _ingest(root, now, options.ingest))
    if ingested.error:
        why = "skipped, because the ingest failed: the status is not a new one"
        decided = StepResult("decide", skipped=why)
    else:
        decided = _attempt("decide", lambda: _decide(root, now, options.decide))
    built = _attempt("build", lambda: _build(root, now, options))
    steps = (*fetched, ingested, decided, built)
    if options.deploy is None:
        return RunResult(steps)
    return RunResult((*steps, _deployed(root, now, options.deploy, (*fetched, built))))


def _fetched(root: Path, options: DeployOptions) -> StepResult:
    def step() -> StepResult:
        found = fetch_site.fetch_site(root, options.site, options.address)
        return StepResult("fetch-site", 0, found.document(), found.text())

    return _attempt("fetch-site", step)


def _deployed(
    root: Path, now: datetime, options: DeployOptions, before: Sequence[StepResult]
) -> StepResult:
    """Only a whole site, made from the one that is published, is deployed."""
    failed = next((step.name for step in before if step.error), None)
    if failed:
        return StepResult("deploy", skipped=f"skipped, because {failed} failed")

    def step() -> StepResult:
        found = deploy.deploy_site(root, now, options)
        return StepResult(
            "deploy", found.exit_status, found.document(), found.text(), found.warnings
        )

    return _attempt("deploy", step)


def _attempt(name: str, step: Any) -> StepResult:
    try:
        result: StepResult = step()
    # Any other exception is a bug, which must end the run.
    except SecstatusError as error:
        return StepResult(name, error.exit_status, error=error)
    return result


def _ingest(root: Path, now: datetime, options: ingest.IngestOptions) -> StepResult:
    found = ingest.ingest_reports(root, now, options)
    shortfalls = found.shortfalls()
    warnings = [*found.warnings, *shortfalls]
    # The later steps run all the same: the page has to show the `?`.
    data, text = found.document(), found.text()
    return StepResult("ingest", 1 if shortfalls else 0, data, text, warnings)


def _decide(root: Path, now: datetime, options: decide.DecideOptions) -> StepResult:
    found = decide.decide_release(root, now, options)
    warnings = [*found.alerts, *found.warnings]
    # A decision against a release is a result and no failure.
    return StepResult("decide", 0, found.document(), found.text(), warnings)


def _build(root: Path, now: datetime, options: RunOptions) -> StepResult:
    found = build.build_site(
        # Unattended, the last good status with a warning is better than a page that only ages.
        root,
        options.out,
        now,
        options.base_url,
        last_good=True,
        precompress=options.precompress,
    )
    text = f"grade {found.grade} as of {found.as_of}, {found.files} files in {found.out}"
    status = 1 if found.unreadable else 0
    return StepResult("build", status, found.document(), text, found.warnings)

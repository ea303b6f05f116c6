"""baseline: accept the open findings in the code, with a reason and an end date."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.errors import CheckFailedError, UsageError, shown
from secstatus.findings.plans.baseline import accept_findings
from secstatus.findings.plans.reader import read_plans
from secstatus.findings.reconcile import Reconciled
from secstatus.project.project import Project
from secstatus.project.security_files import SecurityFiles, render_security_files
from secstatus.status.due_dates import utc_day
from secstatus.timestamps import parse_day

EXAMPLE = 'secstatus baseline --reason "Found before the first release" --until 2027-03-31'


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """`accepted`: the findings with a new plan; `kept`: those that keep their own plan."""

    accepted: Sequence[str]
    kept: Sequence[str]
    reason: str
    until: date
    written: Sequence[str]
    warnings: Sequence[str] = ()

    def document(self) -> dict[str, Any]:
        return {
            "accepted": list(self.accepted),
            "kept": list(self.kept),
            "reason": self.reason,
            "until": self.until.isoformat(),
            "warnings": list(self.warnings),
            "written": list(self.written),
        }

    def text(self) -> str:
        """The same as text."""
        number = len(self.accepted)
        things = "finding" if number == 1 else "findings"
        lines = [f"Accepted {number} {things} in the code until {self.until}."]
        if self.kept:
            lines.append(f"Kept the plans that stand for {', '.join(self.kept[:20])}.")
        lines.append(f"Wrote {', '.join(self.written)}." if self.written else "Nothing changed.")
        return "\n".join(lines)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reason", required=True, metavar="TEXT", help="the reason of the acceptance"
    )
    parser.add_argument(
        "--until",
        required=True,
        type=_parse_day,
        metavar="DATE",
        help="the last day of the acceptance, such as 2027-03-31",
    )


def _parse_day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        expected = "a date: YYYY-MM-DD"
        raise argparse.ArgumentTypeError(f"found {shown(text)}, expected {expected}") from None


def run(options: argparse.Namespace, output: Output) -> int:
    result = accept_baseline(options.root, resolve_now(options.now), options.reason, options.until)
    output.warnings(result.warnings)
    output.result(result)
    return 0


def accept_baseline(root: Path, now: datetime, reason: str, until: date) -> BaselineResult:
    """Accept every finding in code that is open in the ledger and has no plan of its own.

    They stay on the page as accepted until the end, and count again after it. Raises UsageError
    for an empty reason, an end in the past, and a project without a ledger;
    CheckFailedError where the plans file cannot be written safely.
    """
    # A line break of the shell is no part of the reason, which a page shows in one sentence.
    reason = " ".join(reason.split())
    if not reason:
        raise UsageError("--reason: found nothing, expected why the findings are accepted")
    # An acceptance needs an end date that lies ahead. Days are those of UTC, so that every machine
    # gives the same answer.
    if until <= utc_day(now):
        expected = f"a day after {utc_day(now)}"
        raise UsageError(f"--until: found {until}, expected {expected}")
    project = Project(root, now)
    config = project.config
    # Plans, ledger and status change together, so an ingest at the same time has to wait.
    with project.lock():
        files = project.files
        wanted = _open_in_code(files)
        done = accept_findings(files.plans_text, wanted, reason, until, config.plans)
        if done.problems:
            raise CheckFailedError(done.problems[0], details=done.problems[1:])
        if not done.accepted:
            return BaselineResult((), done.kept, reason, until, ())
        # The status of this run must contain the acceptances already, so the new text is read back.
        plans = read_plans(done.text, config.plans).plans
        files = replace(files, plans_text=done.text, plans=plans)
        new, _, told = render_security_files(files, Reconciled(files.ledger), config, now)
        written = project.save({**new, config.plans: done.text.encode()})
    return BaselineResult(done.accepted, done.kept, reason, until, written, told)


def _open_in_code(files: SecurityFiles) -> list[tuple[str, date]]:
    # A project without a ledger was never scanned. An empty baseline would look like a clean one.
    if files.document is None and not files.ledger.findings:
        hint = "Run `secstatus ingest` first: it writes the ledger."
        raise UsageError("found no finding to accept: the project has no ledger", hint=hint)
    return [
        (item.finding_id, item.discovered)
        for item in files.ledger.findings
        # Findings in code are no vulnerabilities (decision 0017). An advisory needs a plan with a
        # reason of its own.
        if item.state.counts and not item.is_advisory
    ]

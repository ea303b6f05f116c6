"""check: read all inputs as a build would, and write nothing."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.github_output import set_outputs
from secstatus.project.inputs import read_inputs
from secstatus.project.sources import assess_inputs
from secstatus.status.grade import Reason
from secstatus.status.policy import Grade
from secstatus.text.nouns import format_count

EXAMPLE = "secstatus check --strict"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`doubts`: why the grade is not based on complete and fresh scans; empty if it is."""

    status_name: str
    grade: str
    warnings: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "doubts": list(self.doubts),
            "grade": self.grade,
            "problems": list(self.warnings),
            "status": self.status_name,
        }

    def text(self) -> str:
        return (
            f"{self.status_name}: grade {self.grade}, {format_count(len(self.warnings), 'warning')}"
        )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help="fail if there is a warning")
    parser.add_argument(
        "--proved",
        action="store_true",
        help="fail if the grade does not rest on complete and fresh scans",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    result = check_inputs(options.root, resolve_now(options.now))
    output.warnings(result.warnings)
    output.result(result)
    # Also if the check fails: a later step with `if: always()` may read the grade.
    set_outputs({"security_grade": result.grade})
    for doubt in result.doubts if options.proved else ():
        output.warning(doubt)
    failed = (options.strict and result.warnings) or (options.proved and result.doubts)
    return 1 if failed else 0


def check_inputs(root: Path, now: datetime) -> CheckResult:
    """Read everything that a build would read, and assess it. Raises InputError."""
    inputs = read_inputs(root, None)
    assessed = assess_inputs(inputs, now)
    status = assessed.status
    # `?` stands for missing knowledge, a freshness rule for old scans. Other rules rest on proof.
    doubts = tuple(
        f"{reason.text}. {reason.detail}".strip()
        for reason in status.reasons
        if reason.ceiling is Grade.UNKNOWN or _is_old(reason)
    )
    letter = status.security_grade.value
    return CheckResult(inputs.status_name, letter, assessed.warnings, doubts)


def _is_old(reason: Reason) -> bool:
    # With the ceiling A the rule only informs: the scan is within its cadence.
    return reason.rule.startswith("freshness.") and reason.ceiling is not Grade.A

"""check: read all inputs as a build would, and write nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from secstatus.project.inputs import read_inputs
from secstatus.project.sources import assess_inputs
from secstatus.status.grade import Letter, Reason


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`doubts`: why the letter does not rest on complete and fresh scans; empty where it does."""

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


def check_inputs(root: Path, now: datetime) -> CheckResult:
    """Everything that a build would read. Raises InputError for what cannot be read."""
    inputs = read_inputs(root, None)
    assessed = assess_inputs(inputs, now)
    status = assessed.status
    doubts = tuple(
        f"{reason.text}. {reason.detail}".strip()
        for reason in status.reasons
        if reason.ceiling is Letter.UNKNOWN or _is_old(reason)
    )
    letter = status.security_grade.value
    return CheckResult(inputs.status_name, letter, assessed.warnings, doubts)


def _is_old(reason: Reason) -> bool:
    return reason.rule.startswith("freshness.") and reason.ceiling is not Letter.A

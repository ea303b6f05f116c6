"""check: read all inputs as a build would, and write nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from secstatus.pipeline.inputs import read_inputs
from secstatus.pipeline.sources import assess_inputs


@dataclass(frozen=True, slots=True)
class CheckResult:
    status_name: str
    grade: str
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        return {
            "grade": self.grade,
            "problems": list(self.warnings),
            "status": self.status_name,
        }


def check(root: Path, now: datetime) -> CheckResult:
    """Raises InputError for the first thing that cannot be read."""
    inputs = read_inputs(root, None)
    assessed = assess_inputs(inputs, now)
    grade = assessed.status.security_grade.value
    return CheckResult(inputs.status_name, grade, assessed.warnings)

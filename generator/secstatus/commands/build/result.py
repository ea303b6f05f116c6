"""The result of a build, as JSON and as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secstatus.errors import CheckFailedError
from secstatus.text.nouns import format_count

# The damaged files of the old site, and advisory text → HTML for texts that are rendered already.
Ahead = tuple[set[str], dict[str, str]]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """`written` and `removed`: paths that the build touched; empty when nothing changed.

    `unreadable`: why the status could not be read, if the last good one was used instead.
    """

    out: Path
    files: int
    grade: str
    as_of: str
    written: tuple[str, ...]
    removed: tuple[str, ...]
    warnings: tuple[str, ...]
    unreadable: str | None = None

    def document(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of,
            "files": self.files,
            "grade": self.grade,
            "out": str(self.out),
            "removed": list(self.removed),
            "unreadable": self.unreadable,
            "warnings": list(self.warnings),
            "written": list(self.written),
        }

    def text(self) -> str:
        grade = "unknown (?)" if self.grade == "?" else self.grade
        changed = f"{len(self.written)} written, {len(self.removed)} removed"
        if not self.written and not self.removed:
            changed = "nothing changed"
        return (
            f"Grade {grade} as of {self.as_of}. {format_count(self.files, 'file')}, {changed}.\n"
            f"Look at {(self.out / 'index.html').resolve()}"
        )


def refuse_warnings(warnings: tuple[str, ...]) -> None:
    """Raise CheckFailedError if there is a warning."""
    if warnings:
        number = f"{len(warnings)} warning{'s' if len(warnings) > 1 else ''}"
        raise CheckFailedError(f"--strict: {number}, nothing was written", details=warnings)

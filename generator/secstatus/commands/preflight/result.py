"""What preflight found: as JSON, as a table, and as a summary of a workflow's step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from secstatus.errors import CheckFailedError
from secstatus.publishing.stages import (
    StageOutcome,
    StageState,
    all_good,
    stages_document,
    stages_markdown,
    stages_table,
)
from secstatus.publishing.verification import BuiltFile


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """`files` are the distributions that may go out, in `folder`; none unless all is good."""

    stages: tuple[StageOutcome, ...]
    project: str
    version: str
    commit: str
    folder: str
    files: tuple[BuiltFile, ...] = ()

    @property
    def is_good(self) -> bool:
        return all_good(self.stages)

    @property
    def exit_status(self) -> int:
        return 0 if self.is_good else 1

    @property
    def headline(self) -> str:
        """The answer in one line."""
        name = f"{self.project} {self.version}".strip()
        if self.is_good:
            many = len(self.files)
            return f"{name} may be published: {many} files with their checksums in {self.folder}."
        failed = [each.name for each in self.stages if each.state is StageState.FAILED]
        return f"{name} must not be published: {', '.join(failed)} failed."

    def failures(self) -> list[CheckFailedError]:
        """Each failed stage as an error, to be shown and annotated."""
        return [
            CheckFailedError(f"preflight, {each.name}: {each.detail}", details=each.lines)
            for each in self.stages
            if each.state is StageState.FAILED
        ]

    def document(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "files": [
                {"name": each.name, "sha256": each.sha256, "size": each.size} for each in self.files
            ],
            "folder": self.folder,
            "ok": self.is_good,
            "project": self.project,
            "stages": stages_document(self.stages),
            "version": self.version or None,
        }

    def text(self) -> str:
        """The table with time and outcome, and the answer below it."""
        return f"{stages_table(self.stages)}\n{self.headline}"

    def summary(self) -> str:
        """Markdown for the summary of a workflow's step."""
        verdict = "Preflight passed" if self.is_good else "Preflight failed"
        return f"## {verdict}\n\n{stages_markdown(self.stages)}\n\n"

"""The result of upload, as JSON and as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from secstatus.publishing.stages import StageOutcome, stages_document, stages_table


@dataclass(frozen=True, slots=True)
class UploadResult:
    """Every file of the release is on the index: uploaded now, or there before with the same bytes.

    `stages` has one for the folder and one for each file. `repository` is shown without
    credentials. `attempts` counts the runs of twine.
    """

    project: str
    version: str
    repository: str
    stages: tuple[StageOutcome, ...]
    attempts: int

    @property
    def exit_status(self) -> int:
        return 0

    def document(self) -> dict[str, Any]:
        return {
            "attempts": self.attempts,
            "project": self.project,
            "repository": self.repository,
            "stages": stages_document(self.stages),
            "version": self.version,
        }

    def text(self) -> str:
        """What was uploaded, file by file."""
        head = f"{self.project} {self.version} is on {self.repository}."
        return "\n".join([head, stages_table(self.stages), "Prove it: secstatus verify."])

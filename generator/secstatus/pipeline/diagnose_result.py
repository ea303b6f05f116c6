"""The result of diagnose, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from secstatus.publishing.diagnosis import Diagnosis
from secstatus.publishing.publisher import Publisher


@dataclass(frozen=True, slots=True)
class DiagnoseResult:
    """A diagnosis. `cut`: the log was longer than so many bytes, of which the last were read."""

    diagnosis: Diagnosis
    publisher: Publisher
    cut: int | None = None

    @property
    def exit_status(self) -> int:
        """0 when the failure is known; 1 when the log tells none that is."""
        return 0 if self.diagnosis.known else 1

    def document(self) -> dict[str, Any]:
        return {
            "diagnosis": self.diagnosis.document(),
            "publisher": dict(self.publisher.form()),
            "warnings": list(self._warnings()),
        }

    def text(self) -> str:
        lines = (*self.diagnosis.lines(), *(f"Note: {each}" for each in self._warnings()))
        return "\n".join(lines)

    def _warnings(self) -> Iterator[str]:
        if self.cut is not None:
            yield f"the log is longer than {self.cut} bytes; only its end was read"

"""Result of upload, and the error of a failed publication."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.adapters.github_output import add_summary
from secstatus.errors import ExternalError, PyPIPublishingError, TrustedPublishingError
from secstatus.project.journal import JournalStore
from secstatus.publishing.stages import StageOutcome, make_stages_document, render_stages_table


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
            "stages": make_stages_document(self.stages),
            "version": self.version,
        }

    def text(self) -> str:
        """What was uploaded, file by file."""
        head = f"{self.project} {self.version} is on {self.repository}."
        return "\n".join([head, render_stages_table(self.stages), "Prove it: secstatus verify."])


PublishingError = TrustedPublishingError | PyPIPublishingError


def handle_publishing_failure(
    error: PublishingError, journal: JournalStore, event: Mapping[str, Any]
) -> None:
    """Add the failure to the journal and, in GitHub Actions, the diagnosis to the summary.

    `event` is what is known of the upload. The error stays as it is; if something cannot be
    written, its details state that.
    """
    found = error.diagnosis.document()
    told = {
        "area": found["area"],
        "failure": found["id"],
        # "refused" needs a change by a person; after "failed" another run may succeed.
        "outcome": "failed" if error.diagnosis.retryable else "refused",
        "reason": error.message,
    }
    try:
        journal.note({**event, **told})
        add_summary("\n".join(_summary(error, found)) + "\n")
    except ExternalError as other:
        error.details = (*error.details, other.message)


def _summary(error: PublishingError, found: Mapping[str, Any]) -> Iterator[str]:
    """Markdown; third-party text is put in code spans, where it is not markup."""
    yield "### Publishing failed\n"
    for title, value in (
        ("Failure", found["id"]),
        ("What happened", error.message),
        ("Answer", found["excerpt"]),
        ("Remedy", found["remedy"]),
        ("Try again", found["retry"]),
    ):
        if value:
            yield f"- {title}: {_code(value)}"
    for field, value in found["form"].items():
        yield f"- {field}: {_code(value)}"
    for each in found["claims"]:
        # None stands for a claim that could not be compared, which is no difference.
        if each["same"] is False:
            words = f"{_code(each['found'])}, expected {_code(each['expected'])}"
            yield f"- Claim {each['claim']}: {words}"


def _code(text: str) -> str:
    # In Markdown a backtick would end the code, and a line break would start a new block.
    plain = "".join(each if each.isprintable() else " " for each in text).replace("`", "'")
    return f"`{plain}`"

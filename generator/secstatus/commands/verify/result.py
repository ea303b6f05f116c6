"""What verify found: as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from secstatus.errors import shown
from secstatus.publishing.stages import StageOutcome, make_stages_document
from secstatus.publishing.verification import Attested, FileReport, Publication, PublishReport

WORDS = {
    Publication.PUBLISHED: "is published: the index lists every file as it was built",
    Publication.NOT_VISIBLE: "is published, and not yet visible to installers",
    Publication.NOT_PUBLISHED: "is not published: the index lists none of its files",
    Publication.DIFFERENT: "is NOT WHAT WAS BUILT: the index shows something else",
    Publication.YANKED: "is yanked",
    Publication.UNPROVED: "cannot be proved",
    Publication.UNREACHABLE: "cannot be checked: the index gives no answer that can be read",
}
HINTS = {
    Publication.NOT_VISIBLE: "Caches of an index last up to a quarter of an hour; run it again.",
    Publication.NOT_PUBLISHED: "Upload the files, or look at what the upload has said.",
    Publication.DIFFERENT: "Yank the release, find out who uploaded it, and inform the users. "
    "If another job builds more files, put all of them into the folder.",
    Publication.YANKED: "Installers ignore a yanked release; publish a new one.",
    Publication.UNPROVED: "Ask an index that states a SHA-256, and see the files below.",
    Publication.UNREACHABLE: "Check the address and the network, then run it again.",
}


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """The answer with everything that it rests on. `index` is shown without credentials."""

    report: PublishReport
    stages: tuple[StageOutcome, ...]
    project: str
    version: str
    index: str
    warnings: Sequence[str] = ()

    @property
    def exit_status(self) -> int:
        return self.report.state.exit_status

    @property
    def headline(self) -> str:
        """The answer in one line."""
        return f"{self.project} {self.version} {WORDS[self.report.state]}."

    def document(self) -> dict[str, Any]:
        return {
            "files": [_file(each) for each in self.report.files],
            "index": self.index,
            "notes": list(self.report.notes),
            "project": self.project,
            "stages": make_stages_document(self.stages),
            "state": self.report.state.value,
            "version": self.version,
        }

    def text(self) -> str:
        """The answer, each file with its reason, and what to do."""
        lines = [self.headline, f"Asked: {self.index}"]
        lines += [line for each in self.report.files for line in _lines(each)]
        lines += [f"Note: {note}" for note in self.report.notes]
        hint = HINTS.get(self.report.state)
        return "\n".join([*lines, *([hint] if hint else [])])


def _lines(file: FileReport) -> Iterator[str]:
    because = f" ({file.reason})" if file.reason else ""
    yield f"  {file.state.value}: {shown(file.name)[1:-1]}{because}"
    # Both digests, so that the files can be compared by hand.
    if file.found and file.found != file.sha256:
        yield f"    built {file.sha256 or 'never'}, listed {file.found}"
    # PEP 592: the reason of a yanked file may be an empty text.
    if file.yanked is not None:
        yield f"    yanked: {shown(file.yanked) if file.yanked else 'no reason is given'}"
    if file.attested is not Attested.UNKNOWN:
        who = file.signer.removeprefix("not checked: ")
        yield f"    attestations: {file.attested.value}" + (f" ({who})" if who else "")


def _file(file: FileReport) -> dict[str, Any]:
    return {
        "attestations": file.attested.value,
        "built_sha256": file.sha256 or None,
        "index_sha256": file.found or None,
        "name": file.name,
        "provenance": file.provenance or None,
        "reason": file.reason,
        "signer": file.signer,
        "state": file.state.value,
        "yanked": file.yanked is not None,
        "yanked_reason": file.yanked,
    }

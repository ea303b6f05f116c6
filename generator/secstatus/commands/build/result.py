"""Result of a build; output files kept from the last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secstatus.adapters.files import make_disk_error, replace_file
from secstatus.errors import CheckFailedError, InputError, shown
from secstatus.publishing.distribution_metadata import SUMS, SUMS_JSON, read_sums
from secstatus.text.nouns import format_count

# The damaged files of the old site, and advisory text → HTML for texts that are rendered already.
Ahead = tuple[set[str], dict[str, str]]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """`written` and `removed`: paths that the build touched; empty when nothing changed.

    `unreadable`: why the status could not be read, when the last good one stands for it.
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
    """With `--strict`, a warning is a no."""
    if warnings:
        number = f"{len(warnings)} warning{'s' if len(warnings) > 1 else ''}"
        raise CheckFailedError(f"--strict: {number}, nothing was written", details=warnings)


def keep(
    folder: Path, files: Mapping[str, bytes], checksums: Mapping[str, bytes], sums: Path
) -> None:
    """Write the distributions into `folder` and the checksums into `sums`, which may be the same.

    What an earlier run has put there is replaced. Raises CheckFailedError when other files are
    there, ExternalError when the disk refuses.
    """
    old = _earlier(folder, sums)
    strangers = sorted(name for name in _names(folder) if name not in {*files, *checksums, *old})
    if strangers:
        hint = "Remove them, or set another folder with --dist: all files would be uploaded."
        message = f"{folder}: found files that do not belong to this release"
        raise CheckFailedError(message, hint=hint, details=[shown(name) for name in strangers])
    try:
        for place in (folder, sums):
            place.mkdir(parents=True, exist_ok=True)
        for name in (SUMS, SUMS_JSON):
            (sums / name).unlink(missing_ok=True)
        for name in old - files.keys():
            (folder / name).unlink(missing_ok=True)
        for name, content in files.items():
            replace_file(f"{folder}/{name}", content, durable=True)
        for name, content in sorted(checksums.items(), reverse=True):
            replace_file(f"{sums}/{name}", content, durable=True)
    except OSError as error:
        raise make_disk_error(error, f"writing the release to {folder}") from None


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise make_disk_error(error, "reading the folder of the release") from None


def _earlier(folder: Path, sums: Path) -> set[str]:
    """The files that an earlier run has put there, as its checksums say."""
    try:
        text = (sums / SUMS).read_bytes().decode("utf-8", "replace")
        return {*read_sums(text, SUMS)} & _names(folder)
    except (OSError, InputError):
        return set()  # no word of ours: whatever is there belongs to somebody else

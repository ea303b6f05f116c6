"""Put the files of a checked release into their folder: all of them with their checksums, or none.

The checksums come last and go first: a folder that has them holds exactly the files that they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from secstatus.adapters.files import failure, replace
from secstatus.errors import CheckFailedError, InputError, shown
from secstatus.publishing.checksums import SUMS, SUMS_JSON, read_sums


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
        hint = "Take them out, or name another folder with --dist: all of it would be uploaded."
        message = f"{folder}: found files of another release or of nobody"
        raise CheckFailedError(message, hint=hint, details=[shown(name) for name in strangers])
    try:
        for place in (folder, sums):
            place.mkdir(parents=True, exist_ok=True)
        for name in (SUMS, SUMS_JSON):
            (sums / name).unlink(missing_ok=True)
        for name in old - files.keys():
            (folder / name).unlink(missing_ok=True)
        for name, content in files.items():
            replace(f"{folder}/{name}", content, durable=True)
        for name, content in sorted(checksums.items(), reverse=True):
            replace(f"{sums}/{name}", content, durable=True)
    except OSError as error:
        raise failure(error, f"writing the release to {folder}") from None


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise failure(error, "reading the folder of the release") from None


def _earlier(folder: Path, sums: Path) -> set[str]:
    """The files that an earlier run has put there, as its checksums say."""
    try:
        text = (sums / SUMS).read_bytes().decode("utf-8", "replace")
        return {*read_sums(text, SUMS)} & _names(folder)
    except (OSError, InputError):
        return set()  # no word of ours: whatever is there belongs to somebody else

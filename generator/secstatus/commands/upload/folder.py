"""The folder that is to be uploaded: distributions of one release and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from secstatus.commands.built_files import built_files
from secstatus.errors import InputError, UsageError, shown
from secstatus.publishing.distribution_metadata import SUMS, SUMS_JSON
from secstatus.publishing.verification import BuiltFile, parse_file_name, release_of

MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Distribution:
    """A file to upload, with the attestations that lie beside it."""

    path: Path
    built: BuiltFile
    attestations: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltRelease:
    """All files of a release, wheels first: nobody should get the sdist where a wheel will come."""

    project: str
    version: str
    files: tuple[Distribution, ...]


def read_built_release(folder: Path) -> BuiltRelease:
    """The release in the folder.

    Raises UsageError for an empty folder and for files that are neither distributions nor belong
    to one, InputError for two releases or what cannot be read, and CheckFailedError when the files
    are not those of their checksums.
    """
    names = _names(folder)
    distributions = [name for name in names if parse_file_name(name)]
    if not distributions:
        hint = "Build it first (secstatus preflight), or name the folder with --dist."
        raise UsageError(f"{folder}: found no distribution to upload", hint=hint)
    strangers = [name for name in names if not _belongs(name, distributions)]
    if strangers:
        more = [f"and {len(strangers) - MOST_NAMED} more"] if len(strangers) > MOST_NAMED else []
        hint = "Take them out of the folder; only *.whl and *.tar.gz are uploaded."
        message = f"{folder}: found files that are no distributions"
        details = [*map(shown, strangers[:MOST_NAMED]), *more]
        raise UsageError(message, hint=hint, details=details)
    project, version = release_of(distributions)
    built = sorted(
        built_files(folder), key=lambda each: (not each.name.endswith(".whl"), each.name)
    )
    return BuiltRelease(
        project, version, tuple(_distribution(folder, each, names) for each in built)
    )


def _names(folder: Path) -> list[str]:
    """The names in the folder but for hidden files, such as the .gitignore that builders put."""
    try:
        found = sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        hint = "Build it first (secstatus preflight), or name the folder with --dist."
        raise UsageError(f"{folder}: there is no such folder", hint=hint) from None
    except OSError as error:
        found_instead = f"a folder that cannot be read ({error.strerror})"
        raise InputError(str(folder), "", found_instead, "distributions") from None
    return [name for name in found if not name.startswith(".")]


def _belongs(name: str, distributions: list[str]) -> bool:
    if name in distributions or name in (SUMS, SUMS_JSON):
        return True
    return any(_is_attestation(name, each) for each in distributions)


def _is_attestation(name: str, distribution: str) -> bool:
    return name.startswith(f"{distribution}.") and name.endswith(".attestation")


def _distribution(folder: Path, built: BuiltFile, names: list[str]) -> Distribution:
    attestations = tuple(folder / each for each in names if _is_attestation(each, built.name))
    return Distribution(folder / built.name, built, attestations)

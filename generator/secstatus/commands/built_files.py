"""Read the distributions of a folder with their checksums, and write them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from secstatus.adapters.files import make_disk_error, replace_file
from secstatus.errors import CheckFailedError, InputError, UsageError, shown
from secstatus.publishing.distribution_metadata import SUMS, SUMS_JSON, read_sums
from secstatus.publishing.verification import BuiltFile, identify_release, parse_file_name

# Ten names show what kind of files they are; more would hide the hint below them.
MOST_NAMED = 10
# Wheels (PEP 427) and sdists (PEP 625); PEP 527 kept `.zip` for sdists beside `.tar.gz`.
ENDINGS = (".whl", ".tar.gz", ".zip")


def add_dist_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dist",
        type=Path,
        default=Path("dist"),
        metavar="DIR",
        help="the distributions, below the project (default: dist)",
    )


def distributions_in(folder: Path) -> list[Path]:
    """The distributions in the folder by name; other files are left out.

    Raises InputError when the folder cannot be read.
    """
    try:
        found = sorted(folder.iterdir())
    except FileNotFoundError:
        hint = "Run `secstatus preflight`, or name the folder with --dist."
        raise InputError(str(folder), "", "no such folder", "distributions", hint=hint) from None
    except OSError as error:
        where, why = str(folder), f"a folder that cannot be read ({error.strerror})"
        raise InputError(where, "", why, "distributions") from None
    return [path for path in found if path.name.endswith(ENDINGS) and parse_file_name(path.name)]


def built_files(folder: Path) -> list[BuiltFile]:
    """Name, size and SHA-256 of every distribution in the folder.

    Raises InputError when there is none or one cannot be read, and CheckFailedError when the
    checksums in the folder differ.
    """
    paths = distributions_in(folder)
    if not paths:
        hint = "Run `secstatus preflight`, or name the folder with --dist."
        found = "no distribution"
        raise InputError(str(folder), "", found, "*.whl and *.tar.gz", hint=hint)
    files = [_built(path) for path in paths]
    _hold_against(folder, files)
    return files


def _built(path: Path) -> BuiltFile:
    try:
        # Read once: size and digest must describe the same bytes, even if the file changes
        # meanwhile.
        content = path.read_bytes()
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise InputError(str(path), "", found, "a distribution") from None
    return BuiltFile(path.name, len(content), sha256(content).hexdigest())


def _hold_against(folder: Path, files: list[BuiltFile]) -> None:
    try:
        # Bytes that are not UTF-8 become an odd line, which read_sums reports with its place.
        text = (folder / SUMS).read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise InputError(str(folder / SUMS), "", found, "checksums") from None
    stated = read_sums(text, str(folder / SUMS))
    present = {each.name: each.sha256 for each in files}
    # Both directions: a file that the checksums do not name was never checked by a preflight.
    wrong = sorted(
        name for name in stated.keys() | present.keys() if stated.get(name) != present.get(name)
    )
    if wrong:
        raise CheckFailedError(
            f"{folder}: the files are not those of {SUMS}",
            hint="Build them again with `secstatus preflight`.",
            details=[_said(name, stated.get(name), present.get(name)) for name in wrong],
        )


def _said(name: str, stated: str | None, present: str | None) -> str:
    if stated is None:
        return f"{shown(name)}: not in the checksums"
    return f"{shown(name)}: " + ("missing" if present is None else "other bytes")


@dataclass(frozen=True, slots=True)
class Distribution:
    """A file to upload, with the attestations in the same folder."""

    path: Path
    built: BuiltFile
    attestations: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltRelease:
    """All files of a release, wheels first: pip takes an sdist while the wheel is not there yet."""

    project: str
    version: str
    files: tuple[Distribution, ...]


def read_built_release(folder: Path) -> BuiltRelease:
    """The release in the folder.

    Raises UsageError for an empty folder and for files that are neither distributions nor belong
    to one, InputError for two releases or what cannot be read, and CheckFailedError when the files
    are not those of their checksums.
    """
    names = _list_names(folder)
    distributions = [name for name in names if parse_file_name(name)]
    if not distributions:
        hint = "Build it first (secstatus preflight), or name the folder with --dist."
        raise UsageError(f"{folder}: found no distribution to upload", hint=hint)
    # `twine upload dist/*` takes every file that the shell matches, so a leftover would go out.
    strangers = [name for name in names if not _belongs(name, distributions)]
    if strangers:
        more = [f"and {len(strangers) - MOST_NAMED} more"] if len(strangers) > MOST_NAMED else []
        hint = "Take them out of the folder; only *.whl and *.tar.gz are uploaded."
        message = f"{folder}: found files that are no distributions"
        details = [*map(shown, strangers[:MOST_NAMED]), *more]
        raise UsageError(message, hint=hint, details=details)
    # The files of an earlier version may still be there: identify_release refuses two releases.
    project, version = identify_release(distributions)
    built = sorted(
        built_files(folder), key=lambda each: (not each.name.endswith(".whl"), each.name)
    )
    return BuiltRelease(
        project, version, tuple(_distribution(folder, each, names) for each in built)
    )


def _list_names(folder: Path) -> list[str]:
    """The names in the folder, without hidden files such as the .gitignore that builders write."""
    try:
        found = sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        hint = "Build it first (secstatus preflight), or name the folder with --dist."
        raise UsageError(f"{folder}: there is no such folder", hint=hint) from None
    except OSError as error:
        found_instead = f"a folder that cannot be read ({error.strerror})"
        raise InputError(str(folder), "", found_instead, "distributions") from None
    # `uv build` puts a .gitignore into dist/.
    return [name for name in found if not name.startswith(".")]


def _belongs(name: str, distributions: list[str]) -> bool:
    if name in distributions or name in (SUMS, SUMS_JSON):
        return True
    return any(_is_attestation(name, each) for each in distributions)


def _is_attestation(name: str, distribution: str) -> bool:
    # PEP 740 attestations: twine uploads `NAME.publish.attestation` together with the file NAME.
    return name.startswith(f"{distribution}.") and name.endswith(".attestation")


def _distribution(folder: Path, built: BuiltFile, names: list[str]) -> Distribution:
    attestations = tuple(folder / each for each in names if _is_attestation(each, built.name))
    return Distribution(folder / built.name, built, attestations)


def write_distributions(
    folder: Path, files: Mapping[str, bytes], checksums: Mapping[str, bytes], sums: Path
) -> None:
    """Write the distributions into `folder` and the checksums into `sums`, which may be the same.

    Files of an earlier run are replaced. Raises CheckFailedError when other files are
    there, ExternalError when the disk refuses.
    """
    # A second preflight of the same folder is usual; only its own files may be replaced.
    old = _list_earlier(folder, sums)
    strangers = sorted(
        name for name in _list_all_names(folder) if name not in {*files, *checksums, *old}
    )
    if strangers:
        hint = "Remove them, or set another folder with --dist: all files would be uploaded."
        message = f"{folder}: found files that do not belong to this release"
        raise CheckFailedError(message, hint=hint, details=[shown(name) for name in strangers])
    try:
        for place in (folder, sums):
            place.mkdir(parents=True, exist_ok=True)
        # The checksums go first and come last: a kill between leaves none that claim other files.
        for name in (SUMS, SUMS_JSON):
            (sums / name).unlink(missing_ok=True)
        for name in old - files.keys():
            (folder / name).unlink(missing_ok=True)
        for name, content in files.items():
            # Flushed to disk: an upload may follow, and PyPI never takes other bytes under a used
            # name.
            replace_file(f"{folder}/{name}", content, durable=True)
        # In reverse, SHA256SUMS comes last: an earlier run is recognised by it, so all else is
        # there.
        for name, content in sorted(checksums.items(), reverse=True):
            replace_file(f"{sums}/{name}", content, durable=True)
    except OSError as error:
        raise make_disk_error(error, f"writing the release to {folder}") from None


def _list_all_names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise make_disk_error(error, "reading the folder of the release") from None


def _list_earlier(folder: Path, sums: Path) -> set[str]:
    """The files that an earlier run wrote, according to its checksums."""
    try:
        text = (sums / SUMS).read_bytes().decode("utf-8", "replace")
        # Checksums can be edited: only names that are in the folder itself may be removed.
        return {*read_sums(text, SUMS)} & _list_all_names(folder)
    except (OSError, InputError):
        return set()  # no word of ours: whatever is there belongs to somebody else

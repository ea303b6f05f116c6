"""A folder of distributions: which files are in it, and whether they are those of the checksums."""

from __future__ import annotations

import argparse
from hashlib import sha256
from pathlib import Path

from secstatus.errors import CheckFailedError, InputError, shown
from secstatus.publishing.distribution_metadata import SUMS, read_sums
from secstatus.publishing.verification import BuiltFile, parse_file_name

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
    folder has checksums that say otherwise.
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
        content = path.read_bytes()
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise InputError(str(path), "", found, "a distribution") from None
    return BuiltFile(path.name, len(content), sha256(content).hexdigest())


def _hold_against(folder: Path, files: list[BuiltFile]) -> None:
    try:
        text = (folder / SUMS).read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise InputError(str(folder / SUMS), "", found, "checksums") from None
    stated = read_sums(text, str(folder / SUMS))
    present = {each.name: each.sha256 for each in files}
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

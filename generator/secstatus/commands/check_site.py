"""check-site: check a built site against its manifest and schemas, and for consistency."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secstatus.adapters.console import Output
from secstatus.errors import InputError
from secstatus.site.checks import problems_of
from secstatus.site.page_reader import Problem
from secstatus.text.nouns import format_count

EXAMPLE = "secstatus check-site _site"
# A damaged site can have a problem in each of thousands of files; the JSON result has them all.
MOST_WARNINGS = 200


@dataclass(frozen=True, slots=True)
class SiteCheck:
    folder: Path
    files: int
    problems: list[Problem]

    def document(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "problems": [
                {"path": p.path, "serious": p.serious, "text": p.text} for p in self.problems
            ],
        }

    def text(self) -> str:
        files, problems = (
            format_count(self.files, "file"),
            format_count(len(self.problems), "problem"),
        )
        return f"{self.folder}: {files}, {problems}"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", type=Path, metavar="DIR", help="the folder of a built site")
    parser.add_argument("--strict", action="store_true", help="fail if there is a warning")


def run(options: argparse.Namespace, output: Output) -> int:
    result = check_site(options.site)
    for problem in result.problems[:MOST_WARNINGS]:
        output.warning(f"{problem.path}: {problem.text}")
    output.result(result)
    return 1 if any(options.strict or each.serious for each in result.problems) else 0


def check_site(folder: Path) -> SiteCheck:
    """Compare a site with its manifest and its schemas. Raises InputError without such a folder."""
    if not folder.is_dir():
        raise InputError(str(folder), "", "no such folder", "the folder of a built site")
    # A checkout of the published branch contains git's own folder, which no manifest lists.
    paths = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return SiteCheck(folder, len(files), problems_of(files))

"""check-site: hold a built site against its manifest, its schemas and itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secstatus.errors import InputError
from secstatus.site.checks import Problem, problems_of


@dataclass(frozen=True, slots=True)
class SiteCheck:
    files: int
    problems: list[Problem]

    def document(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "problems": [
                {"path": p.path, "serious": p.serious, "text": p.text} for p in self.problems
            ],
        }


def check_site(folder: Path) -> SiteCheck:
    """Raises InputError when there is no such folder."""
    if not folder.is_dir():
        raise InputError(str(folder), "", "no such folder", "the folder of a built site")
    paths = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return SiteCheck(len(files), problems_of(files))

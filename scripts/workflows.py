"""Writes this project's own `.github` from the templates that `secstatus init` uses.

`--check` writes nothing and fails when a file is out of date or has no template.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from secstatus.commands.init.files import make_github_environment

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates" / "setup"

# The values that `init` detects in a project, for this one.
OURS: Mapping[str, object] = {
    "package": "secstatus",
    "repository": "OWNER/secstatus",
    "branch": "main",
    "python": "3.12",
    "source": "generator",
    "install": "python -m pip install .",
    "audit": "--local",
    "tool": ".",
    "pages_branch": "gh-pages",
    "prefix": "security-status",
    "hour": 4,
    "minute": 43,
    "weekday": 1,
}


def rendered(values: Mapping[str, object]) -> dict[str, str]:
    """Path below `.github` → text, for every template."""
    made = make_github_environment(TEMPLATES)
    names = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.yml"))
    return {name: made.get_template(name).render(values) for name in names}


def ours() -> dict[str, str]:
    """This project's own files."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        table = tomllib.load(file)["tool"]["secstatus"]
    return rendered({**OURS, "gates": table["bump"]["gates"], "site_url": table["base_url"]})


def stale(wanted: Mapping[str, str], folder: Path) -> list[str]:
    """Files that are missing, differ, or have no template."""
    there = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    return [
        name
        for name in sorted({*wanted, *there})
        if name not in wanted or name not in there or there[name].read_text("utf-8") != wanted[name]
    ]


def main() -> int:
    check, folder, wanted = "--check" in sys.argv[1:], ROOT / ".github", ours()
    found = stale(wanted, folder)
    for name in found:
        print(f"{'out of date' if check else 'wrote'}: .github/{name}", file=sys.stderr)
        if check:
            continue
        if name not in wanted:
            (folder / name).unlink()
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(wanted[name], "utf-8")
    return 1 if check and found else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Do the four exports of a site, of either tool, parse, and does each hold every finding once?

    python bench/exports.py SITE FINDINGS

A process of its own, so that the one that measures stays small; the first fault ends it.
"""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Entries = list[Any]


def _document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _sarif(path: Path) -> Entries:
    run = _document(path)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    return [rules[result["ruleIndex"]]["id"] for result in run["results"]]


def _csv(path: Path) -> Entries:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["finding_id"] for row in csv.DictReader(file, strict=True)]


NAMES: dict[str, Callable[[Path], Entries]] = {
    "openvex.json": lambda path: [
        statement["vulnerability"]["name"] for statement in _document(path)["statements"]
    ],
    "cyclonedx-vex.json": lambda path: [one["id"] for one in _document(path)["vulnerabilities"]],
    "sarif.json": _sarif,
    "findings.csv": _csv,
}


def fault(site: Path, expected: int) -> str | None:
    """The first export that is missing, not alone, not valid or not complete."""
    for name, read in NAMES.items():
        paths = list(site.rglob(name))
        if len(paths) != 1:
            return f"{len(paths)} files are called {name}, 1 expected"
        try:
            found = read(paths[0])
            once = len(set(found))
        except (ValueError, LookupError, TypeError, csv.Error) as error:
            return f"{name}: not what it should be: {type(error).__name__}: {error}"
        if not len(found) == once == expected:
            return f"{name}: {len(found):,} entries, {once:,} findings, {expected:,} expected"
    return None


def main() -> None:
    site, expected = sys.argv[1:]
    sys.exit(fault(Path(site), int(expected)))


if __name__ == "__main__":
    main()

"""The trusted publisher that a project should have, from options or from its workflow files."""

from __future__ import annotations

import argparse
from pathlib import Path

from secstatus.config import Config
from secstatus.publishing.trusted_publisher import (
    LONGEST,
    Publisher,
    find_publishing_environments,
    make_publisher,
)

# GitHub looks for workflows in this folder only, and not in folders below it.
FOLDER = ".github/workflows"
# A bound for generated folders: the files only help to word a remedy.
MOST_FILES = 200


def add_publisher_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workflow", metavar="FILE", help="the workflow file of the trusted publisher"
    )
    parser.add_argument("--environment", metavar="NAME", help="its environment")


def find_expected_publisher(
    root: Path, config: Config, workflow: str | None = None, environment: str | None = None
) -> Publisher:
    """Return the publisher as the index should have it; a field that is not known is None.

    The workflow is taken from the files if exactly one of them has a job that publishes.
    """
    found = _found(root, workflow)
    # With two publishing workflows the name stays open: a wrong one in a remedy is worse than none.
    if len(found) == 1:
        name, environments = found[0]
        workflow = workflow or name
        # PyPI compares the environment only if the publisher names one.
        if environment is None and len(set(environments)) == 1:
            environment = environments[0]
    return make_publisher(config.repository, config.package, workflow, environment)


def _found(root: Path, workflow: str | None) -> list[tuple[str, list[str | None]]]:
    """The workflow files with a job that publishes; only the one of that name, if given.

    An unreadable folder or file is ignored: the result only helps to word a remedy.
    """
    try:
        paths = sorted(path for path in (root / FOLDER).iterdir() if _is_workflow(path))
        texts = [(path.name, _text(path)) for path in paths[:MOST_FILES]]
    except OSError:
        return []
    wanted = [(name, text) for name, text in texts if workflow in (None, name)]
    found = [(name, find_publishing_environments(text)) for name, text in wanted]
    return [(name, environments) for name, environments in found if environments]


def _is_workflow(path: Path) -> bool:
    # GitHub reads workflows with either ending.
    return path.suffix in (".yml", ".yaml") and path.is_file()


def _text(path: Path) -> str:
    with path.open("rb") as file:
        # One byte more than the limit, so that the reader can tell a file that is too long.
        return file.read(LONGEST + 1).decode("utf-8", "replace")

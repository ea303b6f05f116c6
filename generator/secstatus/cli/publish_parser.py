"""The arguments of the commands around publishing."""

from __future__ import annotations

import argparse
from pathlib import Path

from secstatus.cli import publish_commands
from secstatus.cli.command import Subparsers, command


def preflight(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "preflight",
        "build a release, check everything that has to hold, and keep its checksums",
        "secstatus preflight --dist dist --checksums checksums",
    )
    _dist(found)
    found.add_argument(
        "--gate",
        action="append",
        metavar="CMD",
        help="a command that has to pass; '' for none (repeatable; default: the configuration)",
    )
    found.add_argument(
        "--checksums",
        type=Path,
        metavar="DIR",
        help="where the checksums are kept (default: beside the distributions)",
    )
    found.add_argument("--tag", action="store_true", help="the commit has to have its tag")
    found.set_defaults(run=publish_commands.preflight)


def upload(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "upload",
        "upload a release by twine, trying again where that helps",
        "secstatus upload --dist dist --repository-url https://index.example/legacy/",
    )
    _dist(found)
    found.add_argument(
        "--repository-url", metavar="URL", help="where to upload (default: that of twine)"
    )
    _index(found)
    _timeout(found, None, "seconds of one attempt (600)")
    found.add_argument(
        "--attempts", type=int, metavar="N", help="at most so many for each file (3)"
    )
    _publisher(found)
    found.set_defaults(run=publish_commands.upload)


def verify(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "verify",
        "prove that the package index shows exactly the files that were built",
        "secstatus verify --dist dist --timeout 900",
    )
    _dist(found)
    _index(found)
    _timeout(found, 1800.0, "seconds to wait for the index (1800)")
    found.set_defaults(run=publish_commands.verify)


def diagnose(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "diagnose",
        "say what made publishing fail, and what to do, from its log",
        "secstatus diagnose publish.log --claims claims.json",
    )
    found.add_argument("log", type=Path, metavar="LOG", help="the log; - reads standard input")
    found.add_argument(
        "--claims", type=Path, metavar="FILE", help="the claims of the identity token, as JSON"
    )
    _publisher(found)
    found.set_defaults(run=publish_commands.diagnose)


def _dist(found: argparse.ArgumentParser) -> None:
    found.add_argument(
        "--dist",
        type=Path,
        default=Path("dist"),
        metavar="DIR",
        help="the distributions, below the project (default: dist)",
    )


def _index(found: argparse.ArgumentParser) -> None:
    found.add_argument(
        "--index-url",
        default="",
        metavar="URL",
        help="the root of the simple index (default: that of twine)",
    )


def _timeout(found: argparse.ArgumentParser, default: float | None, what: str) -> None:
    found.add_argument("--timeout", type=float, default=default, metavar="S", help=what)


def _publisher(found: argparse.ArgumentParser) -> None:
    found.add_argument(
        "--workflow", metavar="FILE", help="the workflow file of the trusted publisher"
    )
    found.add_argument("--environment", metavar="NAME", help="its environment")

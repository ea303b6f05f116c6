"""What commands share: the options that every one has, and those of a scan."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from secstatus.errors import shown

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = argparse._SubParsersAction


def command(
    subparsers: Subparsers,
    name: str,
    summary: str,
    example: str,
) -> argparse.ArgumentParser:
    """A command with the options that every command has."""
    found = subparsers.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"Example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = found.add_argument_group("options of every command")
    common.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="the project (default: here)"
    )
    common.add_argument(
        "--now",
        metavar="ISO",
        help="the moment of the run (default: SOURCE_DATE_EPOCH, else the clock)",
    )
    common.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="what stdout holds; messages go to stderr",
    )
    common.add_argument("-q", "--quiet", action="store_true", help="say only what went wrong")
    common.add_argument(
        "-v", "--verbose", action="count", default=0, help="say more; -vv shows tracebacks"
    )
    return found


def day(text: str) -> date:
    """A date such as 2027-03-31, for argparse."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise argparse.ArgumentTypeError(f"found {shown(text)}, expected a date: YYYY-MM-DD")
    return found


def scan_options(found: argparse.ArgumentParser) -> None:
    """What an ingest takes, alone or in a run."""
    found.add_argument(
        "--reports",
        type=Path,
        metavar="DIR",
        help="all reports of this run (default: security/reports/latest)",
    )
    found.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="[SCANNER=]FILE",
        help="one report; other scanners stay as they are (repeatable)",
    )
    found.add_argument(
        "--scan-exit",
        action="append",
        default=[],
        metavar="SCANNER=N",
        help="the exit status with which a scanner ended (repeatable)",
    )
    found.add_argument(
        "--scan-date",
        metavar="ISO",
        help="when the scans took place, for reports that do not say",
    )
    found.add_argument(
        "--accept-fewer",
        action="append",
        default=[],
        metavar="SCANNER",
        help="it is right that this scanner found less than half to look at (repeatable)",
    )


def branch_options(found: argparse.ArgumentParser) -> None:
    """Where a site is published."""
    found.add_argument(
        "--branch", default="gh-pages", metavar="NAME", help="the branch (default: gh-pages)"
    )
    found.add_argument(
        "--prefix",
        default="security-status",
        metavar="PATH",
        help="the folder of the branch, `.` for its root (default: security-status)",
    )
    found.add_argument(
        "--remote", default="origin", metavar="NAME", help="where the branch is (default: origin)"
    )


def precompress_option(found: argparse.ArgumentParser) -> None:
    """That the site gets gzip twins."""
    found.add_argument(
        "--precompress",
        action="store_true",
        help="put a gzip file beside every text, for a web server that sends such files",
    )

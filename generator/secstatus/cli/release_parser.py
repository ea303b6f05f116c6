"""The arguments of the commands around a release."""

from __future__ import annotations

import argparse
from pathlib import Path

from secstatus.cli import release_commands
from secstatus.cli.command import (
    Subparsers,
    branch_options,
    command,
    precompress_option,
    scan_options,
)


def decide(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "decide",
        "say whether the change of the security status asks for a release, and why",
        "secstatus decide --manual fix --note 'Mends the reader of empty files'",
    )
    found.add_argument(
        "--old", type=Path, metavar="FILE", help="compare this status file … (records nothing)"
    )
    found.add_argument("--new", type=Path, metavar="FILE", help="… with this one")
    _decide_options(found)
    found.add_argument(
        "--record",
        choices=("committed", "pushed", "published", "announced", "failed", "declined"),
        help="decide nothing; write down how far the release came",
    )
    found.add_argument("--version", default="", metavar="V", help="with --record: as which version")
    found.add_argument("--commit", default="", metavar="SHA", help="with --record: in which commit")
    found.add_argument("--tag", default="", metavar="TAG", help="with --record: under which tag")
    found.add_argument(
        "--decision",
        default="",
        metavar="ID",
        help="with --record: of which decision (default: the one that is open)",
    )
    found.set_defaults(run=release_commands.decide)


def _decide_options(found: argparse.ArgumentParser) -> None:
    """What a decision takes, alone or in a run."""
    found.add_argument(
        "--manual",
        choices=("fix", "feature", "breaking", "dependency"),
        help="ask for a release by hand: what it brings",
    )
    found.add_argument("--note", default="", metavar="TEXT", help="why, for the release notes")
    found.add_argument(
        "--notes-file",
        type=Path,
        metavar="FILE",
        help="keep the release notes there (in GitHub Actions: in the job's folder)",
    )


def run(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "run",
        "ingest, decide, build and, when told, deploy, as one step of a pipeline",
        "secstatus run --scan-exit pip-audit=1 --out _site",
    )
    scan_options(found)
    _decide_options(found)
    found.add_argument(
        "--out", type=Path, default=None, metavar="DIR", help="the site's folder (default: _site)"
    )
    found.add_argument("--base-url", metavar="URL", help="where the site will be")
    precompress_option(found)
    found.add_argument(
        "--deploy", action="store_true", help="go on from the published site, and publish this one"
    )
    branch_options(found)
    found.set_defaults(run=release_commands.run)


def bump(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "bump",
        "raise the version in every file that names it, or leave everything as it was",
        "secstatus bump patch --comment 'Mends the reader of empty files' --yes",
    )
    found.add_argument(
        "wish",
        nargs="?",
        metavar="PART or VERSION",
        help="patch, minor, major, alpha, beta, rc, post, dev, release, or a version of PEP 440 "
        "(default: asked for)",
    )
    found.add_argument("--comment", default="", metavar="TEXT", help="for the commit")
    found.add_argument("--yes", action="store_true", help="ask nothing")
    found.add_argument("--dry-run", action="store_true", help="show the change, touch nothing")
    found.add_argument(
        "--gate",
        action="append",
        metavar="CMD",
        help="a command that has to pass; '' for none (repeatable; default: the configuration)",
    )
    found.add_argument(
        "--take",
        action="append",
        default=[],
        metavar="FILE:LINE",
        help="this unclear reference is the project's own (repeatable)",
    )
    found.add_argument("--no-commit", action="store_true", help="change the files only")
    found.add_argument("--no-push", action="store_true", help="commit, and do not push")
    found.add_argument(
        "--tag", action="store_true", help="put a tag on the commit (default name: vVERSION)"
    )
    found.add_argument("--remote", metavar="NAME", help="where to push (default: origin)")
    found.add_argument(
        "--branch", metavar="NAME", help="the branch to push to (default: the one checked out)"
    )
    found.set_defaults(run=release_commands.bump)

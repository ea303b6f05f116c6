"""Arguments. One function for each command; the work is imported only when a command runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from secstatus import __version__
from secstatus.cli import commands, monitor_parser, publish_parser, release_parser, usage_parser
from secstatus.cli.command import (
    Subparsers,
    branch_options,
    command,
    day,
    precompress_option,
    scan_options,
)


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line, with every command."""
    top = argparse.ArgumentParser(
        prog="secstatus",
        description="Live, public, provable security status for a Python package.",
        epilog="Exit status: 0 done; 1 it ran and the answer is no; 2 wrong use or unreadable "
        "input, nothing changed; 3 outside failure, worth a retry.",
    )
    top.add_argument("--version", action="version", version=f"secstatus {__version__}")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        _init,
        _inspect,
        _ingest,
        _enrich,
        _baseline,
        release_parser.decide,
        _build,
        release_parser.run,
        _fetch_site,
        _deploy,
        release_parser.bump,
        publish_parser.preflight,
        publish_parser.upload,
        publish_parser.verify,
        publish_parser.diagnose,
        monitor_parser.monitor,
        usage_parser.usage,
        _serve,
        _check,
        _check_site,
        _schema,
    ):
        add(subparsers)
    return top


def _init(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "init",
        "set a repository up: configuration, workflows, badges; again and nothing changes",
        "secstatus init --repository owner/name --dry-run",
    )
    told = (
        ("--package", "NAME", "the package (default: as pyproject.toml says)"),
        ("--repository", "OWNER/NAME", "the repository (default: that of the remote)"),
        ("--branch", "NAME", "its default branch"),
        ("--python", "VERSION", "the Python of the workflows"),
        ("--source", "DIR", "the folder that bandit reads"),
        ("--install", "CMD", "how the project is installed for the audit"),
        ("--audit", "ARGS", "the arguments of pip-audit"),
        ("--tool", "REQUIREMENT", "how the workflows install secstatus"),
    )
    for name, metavar, what in told:
        found.add_argument(name, metavar=metavar, help=what)
    found.add_argument(
        "--gate",
        action="append",
        metavar="CMD",
        help="a command that has to pass; '' for none (repeatable)",
    )
    found.add_argument("--dry-run", action="store_true", help="show the changes, write nothing")
    found.set_defaults(run=commands.init)


def _inspect(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "inspect",
        "show one scanner report as it is understood",
        "secstatus inspect security/reports/latest/pip-audit.json",
    )
    found.add_argument("report", type=Path, metavar="FILE", help="the report")
    found.add_argument(
        "--scanner", metavar="NAME", help="who wrote it (default: recognised by its content)"
    )
    found.set_defaults(run=commands.inspect)


def _ingest(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "ingest",
        "bring status, ledger and findings document to what the scanner reports say",
        "secstatus ingest --scan-exit pip-audit=1 --scan-date 2026-11-23T04:12:00Z",
    )
    scan_options(found)
    found.set_defaults(run=commands.ingest)


def _baseline(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "baseline",
        "accept the findings in the code of today, with a reason and an end",
        'secstatus baseline --reason "Found before the first release" --until 2027-03-31',
    )
    found.add_argument("--reason", required=True, metavar="TEXT", help="why they are accepted")
    found.add_argument(
        "--until",
        required=True,
        type=day,
        metavar="DATE",
        help="the last day of the acceptance, such as 2027-03-31",
    )
    found.set_defaults(run=commands.baseline)


def _enrich(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "enrich",
        "ask the OSV database for severities, aliases and fixed versions, and keep the answers",
        "secstatus enrich",
    )
    found.add_argument(
        "--osv-url",
        default=None,
        metavar="URL",
        help="the server to ask (default: that of OSV)",
    )
    found.add_argument(
        "--offline", action="store_true", help="use the answers of earlier runs only"
    )
    found.add_argument(
        "--reports",
        type=Path,
        metavar="DIR",
        help="the reports whose findings are asked for (default: security/reports/latest)",
    )
    found.set_defaults(run=commands.enrich)


def _build(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "build",
        "make the site from the status and the findings document",
        "secstatus build --out _site --base-url https://owner.github.io/name/security-status/",
    )
    found.add_argument(
        "--out", type=Path, default=None, metavar="DIR", help="the site's folder (default: _site)"
    )
    found.add_argument("--base-url", metavar="URL", help="where the site will be")
    found.add_argument("--strict", action="store_true", help="a warning is a failure")
    found.add_argument(
        "--verify", action="store_true", help="read every file that is there, trust no date"
    )
    found.add_argument(
        "--last-good",
        action="store_true",
        help="when the status cannot be read, publish the last one again, its grade unknown",
    )
    precompress_option(found)
    found.set_defaults(run=commands.build)


def _serve(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "serve",
        "preview the site on this machine and build it again on every change",
        "secstatus serve --port 8000",
    )
    found.add_argument(
        "--port", type=int, default=8000, metavar="N", help="the port; 0 takes a free one (8000)"
    )
    found.add_argument("--no-watch", action="store_true", help="build once only")
    found.add_argument("--base-url", metavar="URL", help="where the site will be")
    found.set_defaults(run=commands.serve)


def _fetch_site(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "fetch-site",
        "bring the published site into a folder, so that the next build goes on from it",
        "secstatus fetch-site --site _site",
    )
    found.add_argument(
        "--site", type=Path, default=Path("_site"), metavar="DIR", help="the site (default: _site)"
    )
    branch_options(found)
    found.set_defaults(run=commands.fetch_site)


def _deploy(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "deploy",
        "bring a branch to the built site in one commit, or say why not",
        "secstatus deploy --site _site --branch gh-pages",
    )
    found.add_argument(
        "--site", type=Path, default=Path("_site"), metavar="DIR", help="the site (default: _site)"
    )
    branch_options(found)
    found.add_argument(
        "--squash", action="store_true", help="keep no history: one commit, by compare-and-swap"
    )
    found.add_argument("--dry-run", action="store_true", help="say what would change, push nothing")
    found.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="RULE",
        help="a rule of succession that this change may break (repeatable)",
    )
    found.add_argument(
        "--wait",
        type=float,
        default=0.0,
        metavar="S",
        help="ask the public address for so long until it serves this site (seconds)",
    )
    found.set_defaults(run=commands.deploy)


def _check(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "check",
        "read all inputs and say what is wrong with them; write nothing",
        "secstatus check --strict",
    )
    found.add_argument("--strict", action="store_true", help="a warning is a failure")
    found.add_argument(
        "--proved",
        action="store_true",
        help="a grade that does not rest on complete and fresh scans is a failure",
    )
    found.set_defaults(run=commands.check)


def _check_site(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "check-site",
        "hold a built site against its manifest, its schemas and itself",
        "secstatus check-site _site",
    )
    found.add_argument("site", type=Path, metavar="DIR", help="the folder of a built site")
    found.add_argument("--strict", action="store_true", help="a warning is a failure")
    found.set_defaults(run=commands.check_site)


def _schema(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "schema",
        "print the JSON Schema of a document, or the names of those that there are",
        "secstatus schema status",
    )
    found.add_argument("name", nargs="?", metavar="NAME", help="the document")
    found.set_defaults(run=commands.schema)

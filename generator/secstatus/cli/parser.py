"""Arguments. One function for each command; the work is imported only when a command runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from secstatus import __version__
from secstatus.cli import commands


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
    for add in (_inspect, _ingest, _enrich, _build, _serve, _check, _check_site, _schema):
        add(subparsers)
    return top


def _command(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
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


def _inspect(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = _command(
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


def _ingest(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = _command(
        subparsers,
        "ingest",
        "bring status, ledger and findings document to what the scanner reports say",
        "secstatus ingest --scan-exit pip-audit=1 --scan-date 2026-11-23T04:12:00Z",
    )
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
    found.set_defaults(run=commands.ingest)


def _enrich(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = _command(
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


def _build(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = _command(
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
    found.set_defaults(run=commands.build)


def _serve(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = _command(
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


def _check(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = _command(
        subparsers,
        "check",
        "read all inputs and say what is wrong with them; write nothing",
        "secstatus check --strict",
    )
    found.add_argument("--strict", action="store_true", help="a warning is a failure")
    found.set_defaults(run=commands.check)


def _check_site(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = _command(
        subparsers,
        "check-site",
        "hold a built site against its manifest, its schemas and itself",
        "secstatus check-site _site",
    )
    found.add_argument("site", type=Path, metavar="DIR", help="the folder of a built site")
    found.add_argument("--strict", action="store_true", help="a warning is a failure")
    found.set_defaults(run=commands.check_site)


def _schema(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = _command(
        subparsers,
        "schema",
        "print the JSON Schema of a document, or the names of those that there are",
        "secstatus schema status",
    )
    found.add_argument("name", nargs="?", metavar="NAME", help="the document")
    found.set_defaults(run=commands.schema)

"""The arguments of usage."""

from __future__ import annotations

from pathlib import Path

from secstatus.cli import usage_commands
from secstatus.cli.command import Subparsers, command


def usage(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "usage",
        "count badge, page, API and feed requests in the logs of a web server",
        "secstatus usage /var/log/nginx/access.log* --since 2026-11-01",
    )
    found.add_argument(
        "logs",
        nargs="+",
        type=Path,
        metavar="LOG",
        help="an access log, plain or gzip; - reads standard input",
    )
    found.add_argument("--since", metavar="ISO", help="count nothing that is earlier")
    found.add_argument("--html", type=Path, metavar="FILE", help="also write a page")
    found.add_argument(
        "--prefix",
        metavar="PATH",
        help="the path of the site's address (default: the configuration, else the logs tell)",
    )
    found.set_defaults(run=usage_commands.usage)

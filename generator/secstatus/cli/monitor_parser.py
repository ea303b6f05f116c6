"""The arguments of the commands around the published site: how it is, and how it is used."""

from __future__ import annotations

from secstatus.cli import monitor_commands
from secstatus.cli.command import Subparsers, command


def monitor(subparsers: Subparsers) -> None:
    found = command(
        subparsers,
        "monitor",
        "look at the published site as visitors do, remember it, and tell people what is wrong",
        "secstatus monitor --base-url https://owner.github.io/name/security-status/ --notify",
    )
    found.add_argument(
        "--base-url", metavar="URL", help="the address of the site (default: the configuration)"
    )
    found.add_argument(
        "--probes", type=int, default=1, metavar="N", help="how often each address is asked (1)"
    )
    found.add_argument(
        "--every",
        type=float,
        default=5.0,
        metavar="S",
        help="seconds from one look to the next (5)",
    )
    found.add_argument(
        "--notify", action="store_true", help="tell people: by issues, and by SECSTATUS_NOTIFY_URLS"
    )
    found.add_argument(
        "--branch",
        metavar="NAME",
        help="the branch that was deployed: the site has to be the one in it (default: not read)",
    )
    found.add_argument(
        "--prefix",
        metavar="PATH",
        help="the folder of that branch, `.` for its root (default: security-status)",
    )
    found.add_argument("--remote", metavar="NAME", help="where that branch is (default: origin)")
    found.set_defaults(run=monitor_commands.monitor)

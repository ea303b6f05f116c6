"""monitor: probe the published site, record the result, and raise or end alerts.

State is kept only in the journal: an alert is raised once, on whichever machine this runs.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.github_output import add_summary, set_outputs
from secstatus.adapters.http.url import check_url
from secstatus.adapters.retry import Timing
from secstatus.commands.branch_address import BranchAddress
from secstatus.commands.monitor.monitor_run import (
    LONGEST_PAUSE,
    MOST_PROBES,
    MonitorOptions,
    MonitorRun,
    Progress,
)
from secstatus.commands.monitor.notify import Channels, channels_of, github_of
from secstatus.commands.monitor.result import MonitorResult
from secstatus.config import Config
from secstatus.errors import UsageError
from secstatus.project.project import Project

EXAMPLE = "secstatus monitor --base-url https://owner.github.io/name/security-status/ --notify"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base-url", metavar="URL", help="the URL of the site (default: the configuration)"
    )
    parser.add_argument(
        "--probes", type=int, default=1, metavar="N", help="probes of each address (1)"
    )
    parser.add_argument(
        "--every",
        type=float,
        default=5.0,
        metavar="S",
        help="seconds from one probe run to the next (5)",
    )
    parser.add_argument(
        "--notify",
        action="store_true",
        help="send alerts: to GitHub issues, and to SECSTATUS_NOTIFY_URLS",
    )
    parser.add_argument(
        "--branch",
        metavar="NAME",
        help="compare the site with the one deployed to this branch (default: not compared)",
    )
    parser.add_argument(
        "--prefix",
        metavar="PATH",
        help="the folder of that branch, `.` for its root (default: security-status)",
    )
    parser.add_argument(
        "--remote", metavar="NAME", help="the remote that has that branch (default: origin)"
    )


def run(options: argparse.Namespace, output: Output) -> int:
    wanted = MonitorOptions(
        options.base_url, options.probes, options.every, options.notify, _find_deployed(options)
    )
    result = monitor_site(options.root, resolve_now(options.now), wanted, output.progress)
    for problem in (*result.problems, *result.unread, *result.undelivered):
        output.warning(problem)
    for alert in result.open_alerts:
        output.alert(f"{alert.kind.value}: {alert.text}")
    output.result(result)
    add_summary(result.summary())
    set_outputs(
        # Only the newest probe run describes the site as it is now.
        {"state": result.probe_runs[-1].worst.value, "open_alerts": str(len(result.open_alerts))}
    )
    return result.exit_status


def _find_deployed(options: argparse.Namespace) -> BranchAddress | None:
    stated = {"prefix": options.prefix, "remote": options.remote}
    stated = {name: value for name, value in stated.items() if value is not None}
    # Without --branch nothing is compared: the branch needs git and read access (decision 0016).
    if options.branch is not None:
        return BranchAddress(options.branch, **stated)
    if stated:
        hint = "Say --branch, too: it is what --prefix and --remote are about."
        raise UsageError("--prefix and --remote: no branch is named", hint=hint)
    return None


def monitor_site(
    root: Path,
    now: datetime,
    options: MonitorOptions,
    progress: Progress = lambda _text: None,
    *,
    timing: Timing | None = None,
    variables: Mapping[str, str] | None = None,
) -> MonitorResult:
    """Probe the site, record the probes, and raise, repeat or end alerts, each once.

    With a branch the site also has to be the one that was deployed. Raises UsageError if
    the address or the channels are missing, or for an invalid branch name, InputError for a
    file that cannot be read, ExternalError when the journal cannot be written. Network
    failures are in the result.
    """
    _possible(options)
    variables = os.environ if variables is None else variables
    project = Project(root, now)
    config = project.config
    base = _address(config, options)
    timing = timing or Timing()
    channels, problems = _channels(config, options, variables, timing)
    run = MonitorRun(project, base, timing)
    # The order matters: alerts follow from the journal alone (decision 0016), so the probes are
    # written first.
    run.look(options, progress)
    problems += run.ask_github(github_of(variables, timing))
    alerts = run.raise_alerts()
    delivered, undelivered = run.tell(channels)
    return run.result(alerts, delivered, problems, undelivered)


def _channels(
    config: Config, options: MonitorOptions, variables: Mapping[str, str], timing: Timing
) -> tuple[Channels, tuple[str, ...]]:
    """The notification channels. Raises UsageError if `--notify` has none."""
    if not options.notify:
        return (), ()
    issues = config.monitor.issues
    found, problems = channels_of(config.repository, variables, issues=issues, timing=timing)
    # A watchdog that can reach no one must fail and not watch silently.
    if not found:
        hint = "Set GITHUB_TOKEN for issues, or SECSTATUS_NOTIFY_URLS for other services."
        raise UsageError("--notify: no channel is configured", hint=hint, details=problems)
    return found, problems


def _address(config: Config, options: MonitorOptions) -> str:
    """The address to probe. Raises UsageError for an invalid one."""
    if not options.base_url and not config.base_url_known:
        hint = "Set base_url in [tool.secstatus], or say --base-url."
        raise UsageError("the address of the site is not known", hint=hint)
    address = options.base_url or config.base_url
    check_url(address)
    return address


def _possible(options: MonitorOptions) -> None:
    if not 1 <= options.probes <= MOST_PROBES:
        raise UsageError(f"--probes: found {options.probes}, expected 1 to {MOST_PROBES}")
    if not 0 <= options.every <= LONGEST_PAUSE:
        expected = f"0 to {LONGEST_PAUSE:g} seconds"
        raise UsageError(f"--every: found {options.every:g}, expected {expected}")

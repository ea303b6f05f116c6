"""monitor: probe the published site, record the result, and raise or end alerts.

State is kept only in the journal: an alert is raised once, on whichever machine this runs.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.github_output import add_summary, set_outputs
from secstatus.adapters.http.url import check_url, redact_url
from secstatus.adapters.retry import Timing
from secstatus.commands.branch_address import BranchAddress
from secstatus.commands.monitor.deployed_site import DeployedSite, open_deployed_site
from secstatus.commands.monitor.notify import (
    Channels,
    channels_of,
    deliver,
    github_of,
    make_message,
)
from secstatus.commands.monitor.prober import base_of, known_digests, rounds
from secstatus.commands.monitor.result import MonitorResult
from secstatus.commands.monitor.workflow_metrics import get_repository_facts, workflow_event
from secstatus.config import Config
from secstatus.errors import UsageError
from secstatus.monitoring.alerts.conditions import assess_conditions, find_abandoned
from secstatus.monitoring.alerts.notices import NoticeContext, render_notice
from secstatus.monitoring.alerts.states import (
    Alert,
    list_due_alerts,
    list_last_alerts,
    list_open_alerts,
    make_alert_event,
)
from secstatus.monitoring.alerts.terms import Key
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.rollup import RollupLimits
from secstatus.monitoring.manifest_check import list_earlier_deployments
from secstatus.monitoring.metrics import make_metrics
from secstatus.monitoring.probe import ProbeRun
from secstatus.project.project import Project

if TYPE_CHECKING:
    from secstatus.adapters.github_api import GitHub

EXAMPLE = "secstatus monitor --base-url https://owner.github.io/name/security-status/ --notify"
# A damaged journal can have a problem in each line; five show what is wrong.
MOST_PROBES, LONGEST_PAUSE, MOST_TOLD = 1000, 3600.0, 5
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class MonitorOptions:
    """`probes`: how often to probe each address, `every` seconds apart.

    `deployed`: the deployed site, compared with the published one; None: not compared.
    """

    base_url: str | None = None
    probes: int = 1
    every: float = 5.0
    notify: bool = False
    deployed: BranchAddress | None = None


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
    run = _MonitorRun(project, base, timing)
    # The order matters: alerts follow from the journal alone (decision 0016), so the probes are
    # written first.
    run.look(options, progress)
    problems += run.ask_github(github_of(variables, timing))
    alerts = run.raise_alerts()
    delivered, undelivered = run.tell(channels)
    return run.result(alerts, delivered, problems, undelivered)


class _MonitorRun:
    """One run: its findings so far, and the current state of the journal."""

    def __init__(self, project: Project, base: str, timing: Timing) -> None:
        self.project, self.config, self.now = project, project.config, project.now
        self.base, self.timing = base, timing
        self.journal = project.journal.read(self.now)
        self.releases = project.releases
        self.probe_runs: list[ProbeRun] = []
        self.unread: Sequence[str] = ()
        self.workflows: Event | None = None
        self.policy = self.config.monitor.alerts

    def look(self, options: MonitorOptions, progress: Progress) -> None:
        base = self.base
        known = known_digests(self.journal.probe_runs, base)
        # An attacker who replaces the complete site replaces its manifest too; only the branch
        # proves it (decision 0016).
        with self._branch(options) as site:
            looks = rounds(
                base,
                self.now,
                options.probes,
                options.every,
                known,
                policy=self.config.monitor.probe,
                timing=self.timing,
                branch=site.read if site else None,
            )
            for found in looks:
                progress(f"{found.base}: {found.worst.value}")
                self.probe_runs.append(found)
            self.unread = site.problems if site else ()
        self._keep(self.probe_runs)
        self.now = max(self.now, self.probe_runs[-1].at)

    def _branch(self, options: MonitorOptions) -> AbstractContextManager[DeployedSite | None]:
        if options.deployed is None:
            return nullcontext()
        known = list_earlier_deployments(self.journal.probe_runs, base_of(self.base))
        return open_deployed_site(self.project.root, options.deployed, known)

    def _keep(self, lines: Sequence[Event | ProbeRun]) -> None:
        if lines:
            # Alerts count consecutive probe runs, so that many must not be aggregated by day.
            least = max(3, self.policy.failures, self.policy.successes)
            limits = RollupLimits(newest_probe_runs=least)
            self.journal = self.project.journal.add(lines, self.now, limits)

    def ask_github(self, github: GitHub | None) -> tuple[str, ...]:
        """Record the runs of the workflows; skipped without a token."""
        # Without a token GitHub allows 60 requests an hour, which one busy repository exceeds.
        if github is None or not self.config.repository:
            return ()
        self.workflows, problems = workflow_event(self.config.repository, github, self.now)
        self._keep([self.workflows] if self.workflows else [])
        return tuple(problems)

    def raise_alerts(self) -> tuple[Alert, ...]:
        # A version that no decision explains may have been published by someone else.
        decided = frozenset(each.version for each in self.releases.decisions if each.version)
        facts = replace(get_repository_facts(self.workflows), decided=decided)
        found = assess_conditions(self.journal, self.now, self.policy, facts)
        found = replace(found, abandoned=self._abandoned())
        alerts = list_due_alerts(found, self.journal.events, self.now, self.policy)
        self._keep([make_alert_event(each) for each in alerts])
        return alerts

    def _abandoned(self) -> frozenset[Key]:
        """The abandoned alerts; none if the URL of the site is not configured."""
        # Abandoned is not recovered (decision 0016): without a configured URL none is known to be
        # given up.
        if not self.config.base_url_known:
            return frozenset()
        watched = {base_of(self.config.base_url), *(each.base for each in self.probe_runs)}
        return find_abandoned(self.journal, watched, self.now, self.policy)

    def tell(self, channels: Channels) -> tuple[int, tuple[str, ...]]:
        """Deliver the messages; returns the number delivered and the failures."""
        if not channels:
            return 0, ()
        context = NoticeContext(
            # An issue is public, and the URL may contain credentials.
            self.config.package,
            f"{redact_url(self.probe_runs[-1].base)}health.html",
        )
        last = list_last_alerts(self.journal.events)
        messages = [make_message(each, render_notice(each, context)) for each in last]
        made, problems = deliver(messages, self.journal.events, channels, self.now)
        self._keep(made)
        return sum(each.outcome == "sent" for each in made), problems

    def result(
        self,
        alerts: Sequence[Alert],
        delivered: int,
        problems: Sequence[str],
        undelivered: Sequence[str],
    ) -> MonitorResult:
        still = list_open_alerts(self.journal.events)
        metrics = make_metrics(self.journal, self.releases, self.now.date(), self.policy.fresh_days)
        told = (*self.journal.problems[:MOST_TOLD], *problems)
        return MonitorResult(
            self.probe_runs, alerts, still, metrics, delivered, told, undelivered, self.unread
        )


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

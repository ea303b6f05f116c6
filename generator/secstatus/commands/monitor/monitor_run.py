"""One run of the monitor: probes, the questions to GitHub, and the alerts that follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secstatus.adapters.http.url import redact_url
from secstatus.adapters.retry import Timing
from secstatus.commands.branch_address import BranchAddress
from secstatus.commands.monitor.deployed_site import DeployedSite, open_deployed_site
from secstatus.commands.monitor.notify import (
    Channels,
    deliver,
    make_message,
)
from secstatus.commands.monitor.prober import base_of, known_digests, rounds
from secstatus.commands.monitor.result import MonitorResult
from secstatus.commands.monitor.workflow_metrics import get_repository_facts, workflow_event
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


class MonitorRun:
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

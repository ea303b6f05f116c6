"""What monitor found, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from secstatus.monitoring.alerts.states import Alert
from secstatus.monitoring.probe import Probe, ProbeRun, ProbeState
from secstatus.text.redaction import in_code
from secstatus.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class MonitorResult:
    """`probe_runs`: those of this call, oldest first. `alerts`: those of this call;
    `open_alerts`: those open now, from this run or an earlier one. `problems`: failed requests;
    `undelivered`: failed deliveries; `unread`: why the deployed site is not known. `metrics`: the
    body of `api/v1/metrics.json`.
    """

    probe_runs: Sequence[ProbeRun]
    alerts: Sequence[Alert]
    open_alerts: Sequence[Alert]
    metrics: Mapping[str, Any]
    delivered: int = 0
    problems: Sequence[str] = ()
    undelivered: Sequence[str] = ()
    unread: Sequence[str] = ()

    @property
    def exit_status(self) -> int:
        """3 if a delivery failed or the branch could not be read, else 1 for an alert, else 0."""
        # 3 as for ExternalError: the environment failed, and another run may succeed.
        if self.undelivered or self.unread:
            return 3
        # The last probe run only: an address that has recovered meanwhile is up.
        well = all(each.worst is ProbeState.UP for each in self.probe_runs[-1:])
        return 0 if well and not self.open_alerts else 1

    def document(self) -> dict[str, Any]:
        return {
            "alerts": [_alert(each) for each in self.alerts],
            "delivered": self.delivered,
            "metrics": dict(self.metrics),
            "open_alerts": [_alert(each) for each in self.open_alerts],
            "probes": [_probe(each, probe) for each in self.probe_runs for probe in each.probes],
            "problems": [*self.problems, *self.unread, *self.undelivered],
        }

    def text(self) -> str:
        """The newest probe run, a line for each address, and every open or closed alert."""
        newest = self.probe_runs[-1]
        lines = [f"{newest.base}: {newest.worst.value}, {len(self.probe_runs)} × looked"]
        lines += [line for probe in newest.probes for line in _lines(probe)]
        told = {(each.kind, each.subject) for each in self.alerts}
        for each in self.alerts:
            lines.append(f"Alert {each.state.value}: {each.kind.value}: {each.text}")
        for each in self.open_alerts:
            if (each.kind, each.subject) not in told:
                lines.append(f"Alert since {each.since:%Y-%m-%d}: {each.kind.value}: {each.text}")
        return "\n".join(lines)

    def summary(self) -> str:
        """Markdown for the summary of a workflow's step; third-party text is put in code spans."""
        newest = self.probe_runs[-1]
        rows = [
            # Reasons may quote the response, which is untrusted, and Markdown would render it.
            f"| {in_code(probe.path or '(page)')} | {probe.state.value} | {in_code(probe.reason)} |"
            for probe in newest.probes
        ]
        told = [f"- {each.kind.value}: {in_code(each.text)}" for each in self.open_alerts]
        head = [f"## The published site is {newest.worst.value}", "", "| file | state | why |"]
        return "\n".join([*head, "| --- | --- | --- |", *rows, "", *told, ""])


def _lines(probe: Probe) -> Iterator[str]:
    took = "" if probe.latency_ms is None else f"{probe.latency_ms:.0f} ms"
    answer = "" if probe.http_status is None else str(probe.http_status)
    name = probe.path or "(page)"
    yield f"  {probe.state.value:<9}{name:<24}{answer:>4}{took:>10}".rstrip()
    if probe.reason:
        yield f"           {probe.reason}"


def _probe(look: ProbeRun, probe: Probe) -> dict[str, Any]:
    return {
        "age_s": probe.age,
        "at": format_timestamp(look.at),
        "attempts": probe.attempts,
        "cache_hit": probe.cache_hit,
        "encoding": probe.encoding or None,
        "fault": probe.fault.value or None,
        "first_byte_ms": probe.first_byte_ms,
        "http_status": probe.http_status,
        "latency_ms": probe.latency_ms,
        "reason": probe.reason or None,
        "size": probe.size,
        "state": probe.state.value,
        "tls_days": probe.tls_days,
        # The base is redacted already: a probe run never contains credentials.
        "url": look.base + quote(probe.path),
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "at": format_timestamp(alert.at),
        "kind": alert.kind.value,
        "since": format_timestamp(alert.since),
        "state": alert.state.value,
        "subject": alert.subject,
        "text": alert.text,
    }

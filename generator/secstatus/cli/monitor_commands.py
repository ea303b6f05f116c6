"""monitor as a function of its options."""

from __future__ import annotations

import argparse

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.github_output import add_summary, set_outputs
from secstatus.cli.output import Output, printable


def monitor(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.monitor import MonitorOptions
    from secstatus.commands.monitor import monitor_site as run

    ask = MonitorOptions(
        options.base_url,
        options.probes,
        options.every,
        options.notify,
        options.branch,
        options.prefix,
        options.remote,
    )
    result = run(options.root, resolve_now(options.now), ask, output.progress)
    for problem in (*result.problems, *result.unread, *result.undelivered):
        output.warning(problem)
    for alert in result.open_alerts:
        output.alert(f"{alert.kind.value}: {alert.text}")
    output.result(
        result.document(), "\n".join(printable(each) for each in result.text().split("\n"))
    )
    add_summary(result.summary())
    set_outputs(
        {"state": result.probe_runs[-1].worst.value, "open_alerts": str(len(result.open_alerts))}
    )
    return result.exit_status

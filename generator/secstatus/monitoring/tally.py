"""Rounds counted, path by path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from secstatus.monitoring.histogram import bucket
from secstatus.monitoring.probe import ORDER, Probe, Round
from secstatus.monitoring.summary import MonitoringSummary


def summaries(rounds: Iterable[Round]) -> dict[str, MonitoringSummary]:
    """Path → what was found. An answer that never came has no time, and is counted all the same."""
    paths: dict[str, list[Probe]] = {}
    for each in rounds:
        for probe in each.probes:
            found = paths.get(probe.path)
            if found is None:
                found = paths[probe.path] = []
            found.append(probe)
    return {path: summary_of(paths[path]) for path in sorted(paths)}


def summary_of(probes: Iterable[Probe]) -> MonitoringSummary:
    probes = tuple(probes)
    states = Counter(probe.state for probe in probes)
    latency = Counter(bucket(probe.latency_ms) for probe in probes if probe.latency_ms is not None)
    hits = Counter(probe.cache_hit for probe in probes)
    return MonitoringSummary(
        {state: states[state] for state in ORDER if state in states},
        dict(sorted(latency.items())),
        hits[True] + hits[False],
        hits[True],
    )

"""The limits that the project sets itself, and how a measurement stands beside them."""

from dataclasses import dataclass

from process import Measured

STEPS = ("cold", "unchanged", "one changed")
PEER = "hugo"
SUBJECT = "secstatus"

SECONDS = {
    (3, "cold"): 0.45,
    (3, "unchanged"): 0.12,
    (5000, "unchanged"): 0.2,
    (5000, "one changed"): 0.5,
}
TIMES_AS_FAST_AS_PEER = {(5000, "cold"): 3.0}
PEAK_MIB = {20000: 500.0}

Runs = dict[str, dict[str, list[Measured]]]
"""Measurements of one size: by tool, by step, one for each round."""


@dataclass(frozen=True)
class Verdict:
    """One limit, the figure beside it and how it went."""

    size: int
    what: str
    figure: float | None
    limit: float | None
    unit: str
    word: str
    """`ok`, `over`, or `unknown` when the figure or the peer's is missing."""


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def median_wall(runs: Runs, tool: str, step: str) -> float | None:
    measured = runs.get(tool, {}).get(step)
    return median([one.wall for one in measured]) if measured else None


def judge(size: int, runs: Runs) -> list[Verdict]:
    """Every limit that applies at this size."""
    verdicts = [_judge_step(size, step, runs) for step in STEPS if _limited(size, step)]
    if size in PEAK_MIB:
        verdicts.append(_verdict(size, "peak memory", _peak(runs), PEAK_MIB[size], "MiB"))
    return verdicts


def seconds_limit(size: int, step: str, runs: Runs) -> float | None:
    """The limit in seconds; beside a peer it follows from the peer's time in the same run."""
    if (times := TIMES_AS_FAST_AS_PEER.get((size, step))) is None:
        return SECONDS.get((size, step))
    peer = median_wall(runs, PEER, step)
    return None if peer is None else peer / times


def _limited(size: int, step: str) -> bool:
    return (size, step) in SECONDS or (size, step) in TIMES_AS_FAST_AS_PEER


def _judge_step(size: int, step: str, runs: Runs) -> Verdict:
    limit = seconds_limit(size, step, runs)
    return _verdict(size, step, median_wall(runs, SUBJECT, step), limit, "s")


def _verdict(size: int, what: str, figure: float | None, limit: float | None, unit: str) -> Verdict:
    return Verdict(size, what, figure, limit, unit, _word(figure, limit))


def _word(figure: float | None, limit: float | None) -> str:
    if figure is None or limit is None:
        return "unknown"
    return "ok" if figure <= limit else "over"


def _peak(runs: Runs) -> float | None:
    peaks = [one.rss for step in runs.get(SUBJECT, {}).values() for one in step]
    return max(peaks, default=None)

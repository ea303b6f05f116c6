"""The measurements as a table and as JSON."""

from dataclasses import asdict
from typing import Any

from limits import PEER, STEPS, SUBJECT, Runs, Verdict, judge, median, median_wall, seconds_limit

TOOLS = (SUBJECT, PEER, "floor")
HEADER = ("", "wall s", "fastest", "cpu s", "peak MiB", "x Hugo", "limit s", "")
ROW = "{:<24}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}  {}"

# Hugo works on all processors: a neighbour that takes one slows it more than the others, and
# makes the ratio look better than it is.
SPREAD = 1.25
BUSY = "  BUSY MACHINE: medians lie far above the fastest rounds; run it again when it is quiet"


def table(size: int, runs: Runs) -> list[str]:
    """One line for each step that ran, its limit beside it."""
    words = {verdict.what: verdict.word for verdict in judge(size, runs)}
    title, *names = HEADER
    lines = [ROW.format(title or f"{size:,} findings", *names).rstrip()]
    lines += [
        _line(size, tool, step, runs, words if tool == SUBJECT else {})
        for tool in TOOLS
        for step in STEPS
        if runs.get(tool, {}).get(step)
    ]
    lines += [_other(verdict) for verdict in judge(size, runs) if verdict.unit != "s"]
    return lines + ([BUSY] if _busy(runs) else [])


def document(sizes: dict[int, Runs], problems: list[str], about: dict[str, Any]) -> dict[str, Any]:
    """Every single measurement, so that others can judge the spread."""
    return {
        "about": about,
        "problems": problems,
        "limits": [
            asdict(verdict) for size, runs in sizes.items() for verdict in judge(size, runs)
        ],
        "runs": {str(size): _plain(runs) for size, runs in sizes.items()},
    }


def _busy(runs: Runs) -> bool:
    rounds = [
        [one.wall for one in measured] for steps in runs.values() for measured in steps.values()
    ]
    return any(median(walls) > max(0.1, SPREAD * min(walls)) for walls in rounds)


def _plain(runs: Runs) -> dict[str, dict[str, list[dict[str, float]]]]:
    return {
        tool: {step: [asdict(one) for one in measured] for step, measured in steps.items()}
        for tool, steps in runs.items()
    }


def _line(size: int, tool: str, step: str, runs: Runs, words: dict[str, str]) -> str:
    measured = runs[tool][step]
    walls = [one.wall for one in measured]
    limit = seconds_limit(size, step, runs) if step in words else None
    return ROW.format(
        f"  {tool} {step}" if tool != "floor" else "  floor",
        f"{median(walls):.3f}",
        f"{min(walls):.3f}",
        f"{median([one.cpu for one in measured]):.3f}",
        f"{max(one.rss for one in measured):.0f}",
        _times(runs, tool, step),
        "" if limit is None else f"{limit:.3f}",
        words.get(step, ""),
    ).rstrip()


def _times(runs: Runs, tool: str, step: str) -> str:
    """How many times as fast as the peer in the same step."""
    own, peer = median_wall(runs, tool, step), median_wall(runs, PEER, step)
    return "" if tool == PEER or own is None or peer is None else f"{peer / own:.1f}"


def _other(verdict: Verdict) -> str:
    figure = "not measured" if verdict.figure is None else f"{verdict.figure:.0f} {verdict.unit}"
    limit = f"limit {verdict.limit:.0f} {verdict.unit}"
    return f"  {SUBJECT} {verdict.what}: {figure}, {limit}  {verdict.word}"

"""What the ledger tells of the past: what is gone, how long it took, how each scan ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from statistics import median

from secstatus.findings.finding import Finding
from secstatus.findings.ledger import Episode, HistoryPoint, Ledger, LedgerFinding
from secstatus.findings.severity import Severity
from secstatus.status.due_dates import days_between
from secstatus.status.from_ledger import make_finding


@dataclass(frozen=True, slots=True)
class ClosedHistory:
    """A finding that counts no more. `days_open` are those of its last episode.

    `outcome` is `resolved` or `withdrawn`; `evidence` says by which scan and why.
    """

    finding: Finding
    outcome: str
    closed: date
    days_open: int
    evidence: str
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class FixTime:
    """Days from the opening of an episode to its resolution, for one severity or for `all`.

    `median` and `p90` (nearest rank) are None without a resolved episode. Those that are still
    open are no part of them, which flatters: `still_open` and the age of the oldest stand beside.
    Withdrawn findings were not fixed and are left out.
    """

    severity: str
    resolved: int
    median: float | None
    p90: int | None
    still_open: int
    oldest_open: int | None


@dataclass(frozen=True, slots=True)
class Transition:
    """A finding that was `resolved`, `withdrawn` or `reopened` on a day; `text` is the evidence."""

    kind: str
    finding: Finding
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class History:
    """`gone` newest first, `points` oldest first. `moves` are everything after a discovery."""

    gone: tuple[ClosedHistory, ...] = ()
    fix_times: tuple[FixTime, ...] = ()
    points: tuple[HistoryPoint, ...] = ()
    moves: tuple[Transition, ...] = ()


def make_history(ledger: Ledger, today: date) -> History:
    """Pure: the same ledger on the same day gives an equal history."""
    gone = [_gone(item) for item in ledger.findings if not item.state.counts]
    gone.sort(key=lambda each: (each.closed, each.finding.key), reverse=True)
    moves = [move for item in ledger.findings for move in _moves(item)]
    return History(tuple(gone), tuple(_fix_times(ledger, today)), ledger.points, tuple(moves))


def _moves(item: LedgerFinding) -> Iterator[Transition]:
    for number, episode in enumerate(item.episodes):
        if number:
            yield Transition(
                "reopened", make_finding(item), episode.opened, "It is reported again."
            )
        if episode.closed:
            yield Transition(episode.outcome, make_finding(item), episode.closed, episode.evidence)


def _gone(item: LedgerFinding) -> ClosedHistory:
    last = item.episodes[-1]
    closed = last.closed or last.opened
    return ClosedHistory(
        make_finding(item),
        last.outcome or item.state.value,
        closed,
        days_between(last.opened, closed),
        last.evidence,
        item.episodes,
    )


def _fix_times(ledger: Ledger, today: date) -> Iterable[FixTime]:
    """One for each severity that ever occurred, worst first, and one for all of them."""
    rated = [(make_finding(item).severity, item) for item in ledger.findings]
    for severity in Severity:
        if some := [item for found, item in rated if found is severity]:
            yield _fix_time(severity.value, some, today)
    if rated:
        yield _fix_time("all", ledger.findings, today)


def _fix_time(name: str, items: Sequence[LedgerFinding], today: date) -> FixTime:
    episodes = [episode for item in items for episode in item.episodes]
    fixed = sorted(
        days_between(each.opened, each.closed)
        for each in episodes
        if each.closed and each.outcome == "resolved"
    )
    ages = [days_between(each.opened, today) for each in episodes if each.closed is None]
    return FixTime(
        name,
        resolved=len(fixed),
        median=median(fixed) if fixed else None,
        p90=fixed[ceil(0.9 * len(fixed)) - 1] if fixed else None,
        still_open=len(ages),
        oldest_open=max(ages, default=None),
    )

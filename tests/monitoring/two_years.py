"""A journal as it grows: weekly scans, a build a day, six addresses asked every five minutes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.journal.reader import Journal
from secstatus.monitoring.journal.rollup import roll_up
from secstatus.monitoring.probe import Fault, Probe, ProbeRun, ProbeState, ServedCopy

START = datetime(2025, 1, 1, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BASE = "https://example.org/lanternfish/security-status/"
PATHS = (
    "api/v1/manifest.json",
    "",
    "index.json",
    "api/v1/status.json",
    "feed.atom",
    "badges/security-grade.svg",
)
TWO_YEARS = 730
ROUNDS_A_DAY = 288
# A prime, so that the same answers come at another time each day.
ANSWERS = 997


def two_years(days: int = TWO_YEARS, every: int = 1) -> Iterator[int]:
    """The size of the journal in bytes, at the end of every so many days and of the last one."""
    sizes: dict[int, tuple[object, int]] = {}
    for number, journal in grown(days):
        if number % every == 0 or number == days:
            entries = (*journal.months, *journal.days, *journal.events, *journal.probe_runs)
            # Most lines are those of the day before; each of them is written once.
            sizes = {
                id(each): sizes.get(id(each)) or (each, len(encode_line(each))) for each in entries
            }
            yield sum(size for _, size in sizes.values())


def grown(days: int = TWO_YEARS) -> Iterator[tuple[int, Journal]]:
    """How many days have passed, and the journal at the end of the last of them: at its largest.

    Each day has its 288 rounds and its events; the past is summed up when the day is over.
    """
    chance = Random(8)
    answers = [_answers(chance) for _ in range(ANSWERS)]
    journal = Journal()
    for number in range(days):
        day = START + number * DAY
        runs = journal.probe_runs + tuple(_rounds(day, number, answers))
        events = journal.events + tuple(_events(day, number))
        journal = replace(journal, probe_runs=runs, events=events)
        yield number + 1, journal
        journal = roll_up(journal, day + DAY)


def _answers(chance: Random) -> tuple[Probe, ...]:
    """Six answers; one in a hundred is slow or none."""
    state = chance.choices((ProbeState.UP, ProbeState.SLOW, ProbeState.DOWN), (98, 1, 1))[0]
    return tuple(_answer(path, state, chance) for path in PATHS)


def _answer(path: str, state: ProbeState, chance: Random) -> Probe:
    if state is ProbeState.DOWN:
        reason = "it did not answer within 10 seconds, three times"
        return Probe(state, Fault.UNREACHABLE, reason, path=path, attempts=3)
    ms = round(chance.lognormvariate(4.6, 0.6) + (3000 if state is ProbeState.SLOW else 0), 1)
    return Probe(
        state,
        Fault.SLOW if state is ProbeState.SLOW else Fault.NONE,
        "it took more than 2 seconds" if state is ProbeState.SLOW else "",
        path=path,
        http_status=200,
        first_byte_ms=round(ms * 0.9, 1),
        latency_ms=ms,
        size=chance.randrange(1_000, 90_000),
        tls_days=61.4,
        age=chance.randrange(600),
        cache_hit=chance.random() < 0.8,
        encoding="gzip",
        digest=f"{chance.getrandbits(64):016x}",
    )


def _rounds(day: datetime, number: int, answers: list[tuple[Probe, ...]]) -> Iterator[ProbeRun]:
    scan = day - (number % 7) * DAY
    said = ServedCopy(day, day + DAY, f"{number:040x}", scan + 14 * DAY, scan, 7, "A")
    for place in range(ROUNDS_A_DAY):
        found = answers[(number * ROUNDS_A_DAY + place) % ANSWERS]
        yield ProbeRun(day + 5 * place * MINUTE, BASE, found, said)


def _events(day: datetime, number: int) -> Iterator[Event]:
    at = day + 6 * 60 * MINUTE
    if number % 7 == 0:
        scans = {"bandit": "complete", "pip-audit": "complete", "osv-scanner": "complete"}
        yield Event(at, "ingest", "complete", {"grade": "A", "new": 1, "open": 3, "scans": scans})
        told = {"bump": "patch", "decision_id": f"{number:032x}"}
        yield Event(at + MINUTE, "decide", "security", told)
    yield Event(at + 2 * MINUTE, "build", "built", {"grade": "A", "removed": 1, "written": 40})
    yield Event(at + 3 * MINUTE, "deploy", "deployed", {"revision": f"{number:040x}", "files": 40})
    if day.day == 15:
        told = {"package": "lanternfish", "version": f"1.{number}.0", "attempts": 1}
        yield Event(at + 4 * MINUTE, "publish", "published", told)

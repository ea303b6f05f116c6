"""Read and write the journal: a text file with one JSON object a line."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from secstatus.errors import InputError
from secstatus.monitoring.journal.compaction import get_month, remove_duplicates, select_fullest
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import Entry, decode_line, encode_line
from secstatus.monitoring.journal.values import Unreadable
from secstatus.monitoring.probe import ProbeRun
from secstatus.monitoring.statistics import Period
from secstatus.timestamps import format_timestamp

# A file that is no journal has a problem in each line; ten show what it is.
MOST_PROBLEMS = 10
# The clocks of two machines may differ by this much.
JOURNAL_CLOCK_SKEW = timedelta(minutes=10)
_LINE = re.compile(rb"[^\n]+")
# The markers of git, with `|||||||` for merge.conflictStyle=diff3.
_MERGE_MARK = re.compile(rb"(?:<{7}|={7}|>{7}|\|{7})(?: .{0,200})?\r?")


@dataclass(frozen=True, slots=True)
class Journal:
    """The content of a journal, oldest first, each entry once.

    `probe_runs`: those that are not summed up yet. `days` and `months` do not overlap with each
    other or with `probe_runs`. `unread`: the lines that cannot be read, unchanged. `problems`: one
    safe line each.
    """

    events: tuple[Event, ...] = ()
    probe_runs: tuple[ProbeRun, ...] = ()
    days: tuple[Period, ...] = ()
    months: tuple[Period, ...] = ()
    unread: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = ()


def read_journal(data: bytes, now: datetime | None = None) -> Journal:
    """Read the lines. Never raises: lines that cannot be read are in `unread` and `problems`.

    A line that exists twice counts once, and so does a probe run or event that a day or a month
    contains already. Entries of the same second stay in the order of the file. With `now`, a line
    that is later than `now` and the clock skew is not read.
    """
    found: list[Entry] = []
    unread, problems = [], []
    for number, line in _lines(data):
        try:
            found.append(_entry(line, number, now))
        except (Unreadable, InputError) as error:
            unread.append(line)
            if len(unread) <= MOST_PROBLEMS:
                problems.append(_problem(number, error))
    if len(unread) > MOST_PROBLEMS:
        problems.append(f"the journal: {len(unread) - MOST_PROBLEMS} more lines cannot be read")
    return _settled(found, tuple(unread), tuple(problems))


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each different line that is not blank, with its number."""
    # Before decoding: git keeps the lines of both sides of a merge, so that many may be repeated.
    seen: set[bytes] = set()
    number, end = 1, 0
    for match in _LINE.finditer(data):
        number += data.count(b"\n", end, match.start())
        end = match.end()
        line = match.group()
        if line not in seen and not line.isspace():
            seen.add(line)
            yield number, line


def _entry(line: bytes, number: int, now: datetime | None) -> Entry:
    if _MERGE_MARK.fullmatch(line):
        raise Unreadable("its beginning", "a marker of a merge conflict", "none: remove this line")
    entry = decode_line(line, f"the journal, line {number}")
    # A line from the future would be the newest one, and decide every alert, until then.
    if now is not None and (at := _ended(entry)) > now + JOURNAL_CLOCK_SKEW:
        raise Unreadable(
            "$.at", format_timestamp(at), f"a time not later than {format_timestamp(now)}"
        )
    return entry


def _ended(entry: Entry) -> datetime:
    if not isinstance(entry, Period):
        return entry.at
    return datetime.combine(find_next_day(entry), time(), UTC)


def find_next_day(period: Period) -> date:
    """The first day after a period."""
    if not period.is_month:
        return period.start + timedelta(days=1)
    # From the first of any month, 31 days lead into the next month.
    return get_month(period.start + timedelta(days=31))


def _problem(number: int, error: Unreadable | InputError) -> str:
    if isinstance(error, InputError):
        return f"{error.message} {error.hint}".rstrip()
    return f"the journal, line {number}: {error}"


def _settled(found: list[Entry], unread: tuple[bytes, ...], problems: tuple[str, ...]) -> Journal:
    # Compared as they would be written: with another order of keys it is still the same event.
    events = {encode_line(each): each for each in found if isinstance(each, Event)}
    runs = dict.fromkeys(each for each in found if isinstance(each, ProbeRun))
    periods = [each for each in found if isinstance(each, Period)]
    months = select_fullest(each for each in periods if each.is_month)
    events_left, runs_left, days = remove_duplicates(
        sorted(events.values(), key=lambda each: each.at),
        sorted(runs, key=lambda each: each.at),
        (each for each in periods if not each.is_month),
        months,
    )
    return Journal(
        events_left, runs_left, sort_periods(days), sort_periods(months), unread, problems
    )


def sort_periods(periods: dict[tuple[date, str], Period]) -> tuple[Period, ...]:
    """The periods by time, then by address."""
    return tuple(periods[key] for key in sorted(periods))


def encode_journal(journal: Journal) -> bytes:
    """The content of the file: months, days, events and probe runs, then the unread lines."""
    what: tuple[Iterable[Event | ProbeRun], ...] = (journal.events, journal.probe_runs)
    past = heapq.merge(*what, key=lambda each: each.at)
    lines = [encode_line(each) for each in (*journal.months, *journal.days, *past)]
    # A newer version may be able to read them, so that no line is lost.
    return b"".join([*lines, *(line + b"\n" for line in journal.unread)])

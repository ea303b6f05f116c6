"""How a site is used: counts from the logs of web servers, without personal data.

A request is a GET or HEAD that was served: status 200, 206 or 304. Everything else is counted
separately, so that each line is in exactly one of the figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from secstatus.usage.access_log import LogFault, Parser, explain_fault
from secstatus.usage.log_time import DAY, moment_at, parse_log_day
from secstatus.usage.paths import FileKind, PathTally, PathUse, place_below, telling_prefix
from secstatus.usage.user_agents import Client

# 304 is a use, too: the visitor's copy was shown.
_SERVED = frozenset({b"200", b"206", b"304"})
SERVED, REDIRECT, CLIENT_ERROR, LIMITED, SERVER_ERROR, OTHER = (
    "served", "3xx", "4xx", "429", "5xx", "other")  # fmt: skip
STATUSES = (SERVED, REDIRECT, CLIENT_ERROR, LIMITED, SERVER_ERROR, OTHER)
FAILED = frozenset({CLIENT_ERROR, LIMITED, SERVER_ERROR})
_CLASSES = {b"3": REDIRECT, b"4": CLIENT_ERROR, b"5": SERVER_ERROR}
# Different combinations of day, path, status and client that are held until they are summed up.
_MOST_CELLS = 50_000


@dataclass(frozen=True, slots=True)
class DayUse:
    """The requests of a UTC day that the logs cover with at least one line."""

    day: date
    kinds: Mapping[FileKind, int]

    @property
    def requests(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class Usage:
    """The figures from the logs.

    `lines` = `unreadable` + `earlier` + `outside` + `other_methods` + the sum of `statuses`, and
    `statuses["served"]` = `requests` = the sum of `kinds` = the sum of `clients`. `first` and
    `last`: the timestamps of the first and last line that is not `earlier`; None without one.
    `paths`: the most requested first. `other_paths`: the sum of all paths that are not listed.
    """

    prefix: str
    first: datetime | None
    last: datetime | None
    lines: int
    unreadable: int
    earlier: int
    outside: int
    other_methods: int
    kinds: Mapping[FileKind, int]
    clients: Mapping[Client, int]
    statuses: Mapping[str, int]
    days: tuple[DayUse, ...]
    paths: tuple[PathUse, ...]
    other_paths: PathUse

    @property
    def requests(self) -> int:
        return sum(self.kinds.values())


class _RequestTarget:
    """The target of a request: a name of the site, empty for another path; or not a request."""

    __slots__ = ("kind", "name")

    def __init__(self, kind: FileKind, name: str = "") -> None:
        self.kind, self.name = kind, name


_OUTSIDE, _NO_REQUEST, _NAMELESS = (_RequestTarget(FileKind.OTHER) for _ in range(3))
_Cell = tuple[int, _RequestTarget, bytes, Client]


class UsageTally:
    """Counts lines, of as many files as there are; memory does not grow with their number."""

    def __init__(self, prefix: str, since: datetime | None = None, most_names: int = 5000) -> None:
        self.prefix = prefix
        # Paths in logs are bytes; a prefix given on the command line may hold any.
        self._prefix = prefix.encode("utf-8", "surrogateescape")
        self._since = float("-inf") if since is None else since.timestamp()
        self._parser = Parser(self._target)
        self._cells: dict[_Cell, int] = {}
        self._lines, self._earlier = 0, 0
        self._first, self._last = float("inf"), float("-inf")
        self._faults: Counter[LogFault] = Counter()
        self._outside, self._other_methods = 0, 0
        self._kinds: Counter[FileKind] = Counter()
        self._clients: Counter[Client] = Counter()
        self._statuses: Counter[str] = Counter()
        self._days: dict[int, Counter[FileKind]] = {}
        self._paths = PathTally(most_names)

    def add(self, lines: Iterable[bytes]) -> list[tuple[int, LogFault]]:
        """Count the lines; blank lines are ignored. Return the unreadable ones by index from 0."""
        unread: list[tuple[int, LogFault]] = []
        entry, cells, since = self._parser.entry, self._cells, self._since
        counted = earlier = 0
        first, last = self._first, self._last
        for number, line in enumerate(lines):
            found = entry(line)
            if found is None:
                if line and not line.isspace():
                    counted += 1
                    unread.append((number, explain_fault(line)))
                continue
            counted += 1
            # Everything in this loop runs once a line: a year of logs has millions.
            at, target, status, client = found
            if at < since:
                earlier += 1
                continue
            if at < first:
                first = at
            if at > last:
                last = at
            # Equal requests share one target object, so the key is small and hashes fast.
            cell = (at // DAY, target, status, client)
            cells[cell] = cells.get(cell, 0) + 1
            # The bound on memory: a log of unique paths would fill it otherwise.
            if len(cells) > _MOST_CELLS:
                self._fold()
        self._first, self._last = first, last
        self._lines += counted
        self._earlier += earlier
        self._faults.update(fault for _, fault in unread)
        return unread

    def add_torn(self) -> None:
        """Count an incomplete line: only its beginning was read."""
        self._lines += 1
        self._faults[LogFault.FORMAT] += 1

    @property
    def readable(self) -> int:
        """How many lines could be read."""
        return self._lines - self._faults.total()

    def result(self) -> Usage:
        self._fold()
        paths, other = self._paths.result()
        seen = self._first <= self._last
        return Usage(
            prefix=self.prefix,
            first=moment_at(int(self._first)) if seen else None,
            last=moment_at(int(self._last)) if seen else None,
            lines=self._lines,
            unreadable=self._faults.total(),
            earlier=self._earlier,
            outside=self._outside,
            other_methods=self._other_methods,
            kinds={kind: self._kinds[kind] for kind in FileKind},
            clients={client: self._clients[client] for client in Client},
            statuses={status: self._statuses[status] for status in STATUSES},
            days=tuple(
                DayUse(parse_log_day(day), dict(self._days[day])) for day in sorted(self._days)
            ),
            paths=paths,
            other_paths=other,
        )

    def _target(self, path: bytes | None) -> _RequestTarget:
        if path is None:
            return _NO_REQUEST
        place = place_below(path, self._prefix)
        if place is None:
            return _OUTSIDE
        return _RequestTarget(*place) if place[1] else _NAMELESS

    def _fold(self) -> None:
        """Sum the cells up."""
        for (day, target, status, client), number in self._cells.items():
            kinds = self._days.setdefault(day, Counter())
            if target is _OUTSIDE:
                self._outside += number
            elif target is _NO_REQUEST:
                self._other_methods += number
            else:
                self._fold_request(kinds, target, _class(status), client, number)
        self._cells.clear()

    def _fold_request(
        self, day: Counter[FileKind], target: _RequestTarget, word: str, client: Client, number: int
    ) -> None:
        self._statuses[word] += number
        if word == SERVED:
            day[target.kind] += number
            self._kinds[target.kind] += number
            self._clients[client] += number
            self._paths.served(target.name, client, number)
        elif word in FAILED:
            self._paths.failed(target.name, client, number)


def _class(status: bytes) -> str:
    if status in _SERVED:
        return SERVED
    return LIMITED if status == b"429" else _CLASSES.get(status[:1], OTHER)


class PrefixGuess:
    """Where the site is, from the requests for files that every site has and that were served."""

    def __init__(self) -> None:
        self._parser = Parser(_prefix_of)
        self._shortest: str | None = None

    def add(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            found = self._parser.entry(line)
            if found is not None and found[1] and found[2] in _SERVED:
                self._shortest = min(found[1], self._shortest or found[1], key=_length)

    @property
    def prefix(self) -> str | None:
        """Return the shortest matching prefix; None without a match."""
        return self._shortest


def _prefix_of(path: bytes | None) -> str:
    return "" if path is None else telling_prefix(path) or ""


def _length(prefix: str) -> tuple[int, str]:
    return len(prefix), prefix

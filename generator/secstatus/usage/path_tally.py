"""Requests by name, for a bounded number of names, whatever the order in which they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from secstatus.usage.site_files import FIXED, FileKind, classify_file
from secstatus.usage.user_agents import Client

MOST_NAMES = 5000


@dataclass(frozen=True, slots=True)
class PathUse:
    """How often a file of the site was served, to whom, and how often it failed."""

    path: str
    kind: FileKind
    requests: int
    clients: Mapping[Client, int]
    failed: int


@dataclass(slots=True)
class _KeptPath:
    """Counts of the names that are first in order. Those that fall out are counted together.

    A name that is among the first of all was among the first at any time, so its counts are whole:
    neither the order of the lines nor that of the files matters.
    """

    most: int
    counts: dict[str, dict[Client, int]] = field(default_factory=dict)
    rest: dict[Client, int] = field(default_factory=dict)
    last: tuple[bool, str] | None = None

    def add(self, name: str, client: Client, number: int) -> None:
        found = self.counts.get(name)
        if found is None:
            if not name or (self.last is not None and _order(name) > self.last):
                found = self.rest
            else:
                if len(self.counts) >= 2 * self.most:
                    self.prune()
                found = self.counts.setdefault(name, {})
        found[client] = found.get(client, 0) + number

    def prune(self) -> None:
        """Keep the first names only."""
        names = sorted(self.counts, key=_order)
        for name in names[self.most :]:
            _merge(self.rest, self.counts.pop(name))
        if len(names) > self.most:
            self.last = _order(names[self.most - 1])


class PathTally:
    """Counts requests by name; an empty name is one that is not worth telling."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._served, self._failed = _KeptPath(most), _KeptPath(most)

    def served(self, name: str, client: Client, number: int) -> None:
        self._served.add(name, client, number)

    def failed(self, name: str, client: Client, number: int) -> None:
        self._failed.add(name, client, number)

    def result(self) -> tuple[tuple[PathUse, ...], PathUse]:
        """The names, the most wanted first, and all the others together.

        A name that was never served is told only when every site has it: else anybody could write
        one onto the page by asking for it.
        """
        self._served.prune()
        self._failed.prune()
        served, failed = self._served.counts, self._failed.counts
        names = {*served, *(FIXED & failed.keys())}
        rows = [_use(name, served.get(name, {}), failed.get(name, {})) for name in names]
        others = [clients for name, clients in failed.items() if name not in names]
        missed = sum(sum(each.values()) for each in (self._failed.rest, *others))
        rest = _sorted(self._served.rest)
        other = PathUse("", FileKind.OTHER, sum(rest.values()), rest, missed)
        return tuple(sorted(rows, key=lambda row: (-row.requests, row.path))), other


def _use(name: str, served: Mapping[Client, int], failed: Mapping[Client, int]) -> PathUse:
    kind = classify_file(name) or FileKind.OTHER
    return PathUse(name, kind, sum(served.values()), _sorted(served), sum(failed.values()))


def _sorted(clients: Mapping[Client, int]) -> dict[Client, int]:
    return {client: clients[client] for client in Client if client in clients}


def _merge(into: dict[Client, int], counts: Mapping[Client, int]) -> None:
    for client, number in counts.items():
        into[client] = into.get(client, 0) + number


def _order(name: str) -> tuple[bool, str]:
    return name not in FIXED, name

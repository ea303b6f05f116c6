"""What usage found: as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Any

from secstatus.timestamps import format_timestamp
from secstatus.usage.paths import FileKind, PathUse
from secstatus.usage.tally import STATUSES, DayUse, Usage
from secstatus.usage.user_agents import Client

# Terminals have 80 columns by tradition, and CI logs wrap late.
WIDTH = 80
# Anyone can ask for any path, so the number of paths has no natural bound.
MOST_PATHS = 200
SHOWN_PATHS, SHOWN_DAYS = 20, 14
# Columns of the days; the kinds that people ask about.
DAY_KINDS = (FileKind.BADGE, FileKind.PAGE, FileKind.API, FileKind.FEED)
KIND_WORDS = {
    FileKind.BADGE: "badges",
    FileKind.BADGE_DATA: "data of badges",
    FileKind.PAGE: "pages",
    FileKind.API: "API",
    FileKind.FEED: "feeds",
    FileKind.ASSET: "style, script, icon",
    FileKind.OTHER: "other paths",
}
CLIENT_WORDS = {
    # GitHub serves the images of a README through its proxy Camo: one request for many readers.
    Client.IMAGE_PROXY: "image proxies (README)",
    Client.BROWSER: "browsers",
    Client.SCRIPT: "scripts",
    Client.FEED_READER: "feed readers",
    Client.BADGE_SERVICE: "badge services",
    Client.CRAWLER: "crawlers",
    Client.MONITOR: "monitors",
    Client.UNKNOWN: "unknown",
}
STATUS_WORDS = {
    "3xx": "redirected",
    "4xx": "refused (4xx)",
    # RFC 6585: the client is refused because of its rate and not because of the path.
    "429": "too many requests (429)",
    "5xx": "failed (5xx)",
    "other": "other statuses",
}
Rows = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class UsageResult:
    """The counts, the requested start, and the problems of the logs."""

    usage: Usage
    since: datetime | None
    problems: Sequence[str]

    def document(self) -> dict[str, Any]:
        """Everything. `paths` are at most 200; `other_paths` are all others together."""
        use = self.usage
        listed, other = self.paths()
        return {
            "clients": {client.value: use.clients[client] for client in Client},
            "days": [_day(day) for day in use.days],
            "earlier": use.earlier,
            "from": format_timestamp(use.first) if use.first else None,
            "kinds": {kind.value: use.kinds[kind] for kind in FileKind},
            "lines": use.lines,
            "other_methods": use.other_methods,
            "other_paths": {key: value for key, value in _path(other).items() if key != "path"},
            "outside": use.outside,
            "paths": [_path(row) for row in listed],
            # JSON text is Unicode, and lone surrogates have no form in UTF-8.
            "prefix": use.prefix.encode("utf-8", "replace").decode(),
            "problems": list(self.problems),
            "requests": use.requests,
            "since": format_timestamp(self.since) if self.since else None,
            "statuses": {status: use.statuses[status] for status in STATUSES},
            "to": format_timestamp(use.last) if use.last else None,
            "unreadable": use.unreadable,
        }

    def paths(self, most: int = MOST_PATHS) -> tuple[Sequence[PathUse], PathUse]:
        """The most requested paths, and all others together."""
        listed, left = self.usage.paths[:most], self.usage.paths[most:]
        parts = (self.usage.other_paths, *left)
        clients = {client: sum(part.clients.get(client, 0) for part in parts) for client in Client}
        asked, failed = sum(part.requests for part in parts), sum(part.failed for part in parts)
        # As in the rows of the tally, a client without requests is left out.
        told = {client: number for client, number in clients.items() if number}
        return listed, PathUse("", FileKind.OTHER, asked, told, failed)

    def kinds(self) -> Rows:
        return [(KIND_WORDS[kind], self.usage.kinds[kind]) for kind in FileKind]

    def clients(self) -> Rows:
        return [(CLIENT_WORDS[client], self.usage.clients[client]) for client in Client]

    def not_counted(self) -> Rows:
        """The lines of the logs that are not served requests."""
        use = self.usage
        rows = [(STATUS_WORDS[status], use.statuses[status]) for status in STATUS_WORDS]
        rows += [
            ("other than GET and HEAD", use.other_methods),
            ("outside of the site", use.outside),
        ]
        return [*rows, ("earlier than asked for", use.earlier), ("not readable", use.unreadable)]

    @property
    def place(self) -> str:
        """The path of the site, safe on a terminal."""
        # A prefix that was derived from a log is untrusted input.
        return "".join(c if c.isprintable() else "?" for c in self.usage.prefix)

    @property
    def headline(self) -> str:
        """The number of requests and their time in one line."""
        use = self.usage
        if use.first is None or use.last is None:
            return "no request"
        number = f"{use.requests:,} request" + ("" if use.requests == 1 else "s")
        return f"{number}, {format_timestamp(use.first)} to {format_timestamp(use.last)}"

    def text(self) -> str:
        """Tables for a terminal of 80 columns."""
        parts = [
            [_fitting(f"Use of {self.place}", WIDTH), self.headline],
            _table("Kind", self.kinds(), self.usage.requests),
            _table("Client", self.clients(), self.usage.requests),
            _days(self.usage.days),
            list(self._path_lines()),
            _table("Not counted above", self.not_counted()),
            [line for problem in self.problems for line in wrap(f"Note: {problem}", WIDTH)],
        ]
        return "\n\n".join("\n".join(part) for part in parts if part)

    def _path_lines(self) -> Iterator[str]:
        listed, other = self.paths(SHOWN_PATHS)
        yield f"{'Requests':>14}{'failed':>12}  Path"
        for row in listed:
            # 14 + 12 + 2 + 52 are the 80 columns.
            yield f"{row.requests:>14,}{row.failed:>12,}  {_fitting(row.path, 52)}"
        if other.requests or other.failed:
            yield f"{other.requests:>14,}{other.failed:>12,}  (all others)"


def _day(day: DayUse) -> dict[str, Any]:
    told = {kind.value: day.kinds.get(kind, 0) for kind in DAY_KINDS}
    return {"date": day.day.isoformat(), "requests": day.requests, **told}


def _path(row: PathUse) -> dict[str, Any]:
    return {
        "clients": {client.value: number for client, number in row.clients.items()},
        "failed": row.failed,
        "kind": row.kind.value,
        "path": row.path,
        "requests": row.requests,
    }


def _table(title: str, rows: Rows, whole: int = 0) -> list[str]:
    """The rows that are not zero, with their share of the whole."""
    lines = [
        f"  {word:<26}{number:>14,}" + (f"{100 * number / whole:>8.1f} %" if whole else "")
        for word, number in rows
        if number
    ]
    return [title, *lines] if lines else []


def _days(days: Sequence[DayUse]) -> list[str]:
    """The last days that have a line in the logs."""
    if not days:
        return []
    heads = "".join(f"{KIND_WORDS[kind]:>12}" for kind in DAY_KINDS)
    lines = [f"Day         {'requests':>12}{heads}"]
    for day in days[-SHOWN_DAYS:]:
        numbers = (day.requests, *(day.kinds.get(kind, 0) for kind in DAY_KINDS))
        lines.append(f"{day.day.isoformat()}  " + "".join(f"{number:>12,}" for number in numbers))
    return lines


def _fitting(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"

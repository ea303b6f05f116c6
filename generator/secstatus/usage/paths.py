"""Paths of a site in access logs: their kinds, and counts for a bounded number of names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote_to_bytes

from secstatus.usage.user_agents import Client


class FileKind(StrEnum):
    """A kind of request."""

    BADGE = "badge"
    BADGE_DATA = "badge_data"
    PAGE = "page"
    API = "api"
    FEED = "feed"
    ASSET = "asset"
    OTHER = "other"


# Servers answer a folder with it.
INDEX = "index.html"
# Letters, digits and a few marks: also what the slug of a finding is made of.
_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,118}[A-Za-z0-9])?"
_KINDS = (
    (FileKind.BADGE, rf"badges/{_WORD}\.svg"),
    (FileKind.BADGE_DATA, rf"badges/{_WORD}\.json"),
    (FileKind.FEED, r"feed\.(?:atom|json)"),
    (FileKind.API, r"index\.json|openapi\.json"),
    (FileKind.API, rf"(?:api/v[0-9]{{1,3}}|schemas)/(?:{_WORD}/)?{_WORD}\.(?:json|csv)"),
    (FileKind.PAGE, rf"(?:findings/)?{_WORD}\.html"),
    (FileKind.ASSET, r"style\.css|status\.js|icon\.svg|favicon\.ico"),
    (FileKind.OTHER, r"robots\.txt|sitemap\.xml|manifest\.json|\.well-known/security\.txt"),
)
_RULE = re.compile("|".join(f"(?P<k{number}>{rule})" for number, (_, rule) in enumerate(_KINDS)))
_KIND_OF = {f"k{number}": kind for number, (kind, _) in enumerate(_KINDS)}
_BADGES = "grade|vulnerabilities|last-scan|days-since|remediation|status-api"
_STYLES = ("", ".flat-square", ".for-the-badge")
_PAGES = ("index", "badges", "api", "history", "method", "releases", "health", "findings/index")
_DATA = ("index", "status", "findings", "events", "releases", "metrics")
# Every site has them, so they keep their names whatever else is asked for.
FIXED = frozenset(
    {f"badges/{badge}{style}.svg" for badge in _BADGES.split("|") for style in _STYLES}
    | {f"badges/{badge}.json" for badge in _BADGES.split("|")}
    | {f"{page}.html" for page in _PAGES}
    | {f"api/v1/{name}.json" for name in _DATA}
    | {"feed.atom", "feed.json", "index.json"}
)
_TELLING = re.compile(
    rf"(?P<prefix>/(?:[A-Za-z0-9._~-]{{1,100}}/){{0,8}}?)"
    rf"(?:badges/(?:{_BADGES})(?:\.flat-square|\.for-the-badge)?\.(?:svg|json)"
    rf"|api/v1/(?:{'|'.join(_DATA)})\.json)"
)


def classify_file(name: str) -> FileKind | None:
    """The kind of a file of the site; None where no file of a site is called so."""
    found = _RULE.fullmatch(name)
    # `_WORD` permits dots inside a name; two in a row are no name of ours.
    return _KIND_OF[found.lastgroup or ""] if found and ".." not in name else None


def place_below(path: bytes, prefix: bytes) -> tuple[FileKind, str] | None:
    """Kind and name that a path has in the site at `prefix`; None outside of it.

    A folder is its index page. What is no name of a site of ours is empty.
    """
    if not path.startswith(prefix):
        # Without the last slash it is the way to the site, which every server redirects.
        return (FileKind.OTHER, "") if prefix[:-1] and path == prefix[:-1] else None
    name = path[len(prefix) :].decode("ascii", "replace")
    name = f"{name}{INDEX}" if name in ("", "findings/") else name
    kind = classify_file(name)
    return (FileKind.OTHER, "") if kind is None else (kind, name)


def plain_path(target: bytes) -> bytes:
    """The path of a request target: decoded, without query, host, empty and dot segments."""
    path = target.partition(b"?")[0].partition(b"#")[0]
    # The absolute form, as proxies send it (RFC 9112, 3.2.2).
    if not path.startswith(b"/") and b"://" in path:
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    if b"%" in path:
        # Once only: servers decode once, and `%2541` is another file than `%41`.
        path = unquote_to_bytes(path)
    return _resolved(path) if b"//" in path or b"/." in path else path


def _resolved(path: bytes) -> bytes:
    """As servers read it: https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4."""
    found: list[bytes] = []
    steps = path.split(b"/")
    for step in steps:
        if step == b"..":
            del found[-1:]
        elif step not in (b"", b"."):
            found.append(step)
    end = b"/" if found and steps[-1] in (b"", b".", b"..") else b""
    return b"/" + b"/".join(found) + end


def telling_prefix(path: bytes) -> str | None:
    """The prefix of a site, from the path of a badge or document that every site has."""
    found = _TELLING.fullmatch(path.decode("ascii", "replace"))
    return found["prefix"] if found and ".." not in found["prefix"] else None


MOST_NAMES = 5000


@dataclass(frozen=True, slots=True)
class PathUse:
    """Counts for a file of the site: requests served, by client kind, and failures."""

    path: str
    kind: FileKind
    requests: int
    clients: Mapping[Client, int]
    failed: int


@dataclass(slots=True)
class _KeptPath:
    """Counts of the names that sort first. The counts of dropped names are added up.

    A name among the first in the end was among the first at any time, so its counts are complete:
    the order of the lines and of the files has no effect.
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
                # Twice the number, so that sorting is rare.
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
        """Return the names, the most requested first, and the sum of all others.

        A name that was never served is listed only when every site has it. Otherwise any visitor
        could put a text on the page by requesting it.
        """
        self._served.prune()
        self._failed.prune()
        served, failed = self._served.counts, self._failed.counts
        # A name from a failed request alone is text that a visitor chose.
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

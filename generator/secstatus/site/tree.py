"""Paths of the site, and JSON with bytes that depend on its values alone."""

from __future__ import annotations

import json
import marshal
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from pydantic_core import to_json


class PathClaims:
    """The paths of a site. A second file for one path is a bug, and raises.

    Paths that differ only in case count as one, because some file systems do not distinguish case.
    """

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._taken: set[str] = set()

    def take(self, path: str) -> None:
        # macOS and Windows do not tell `A.html` from `a.html`.
        folded = path.casefold()
        if folded in self._taken:
            # A bug, not an input error: user files are checked with `is_free` before.
            raise ValueError(f"two files for {path}")
        self._taken.add(folded)
        self.paths.append(path)

    def is_free(self, path: str) -> bool:
        return path.casefold() not in self._taken


_on_one_line = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_in_lines = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",\n", ": ")).encode


def fragment(value: object) -> str:
    """One value as compact JSON with sorted keys."""
    return _on_one_line(value)


def render_json(document: Mapping[str, Any]) -> str:
    """An object as JSON with sorted keys, a value a line. Equal values give equal bytes."""
    return _in_lines(document) + "\n"


def fragment_in_order(value: Mapping[str, Any]) -> bytes:
    """`fragment` for objects with sorted keys; five times as fast."""
    return to_json(value)


def canonical_in_order(document: Mapping[str, Any]) -> bytes:
    """`canonical` for objects with sorted keys; five times as fast."""
    # A string holds no bare line end, so that a bracket at the end or the beginning of a line
    # opens or closes something: it stays on the line of its neighbour.
    pieces: list[str] = []
    opened = True
    for line in to_json(document, indent=0).decode().split("\n"):
        if not opened and line[0] not in "}]":
            pieces.append("\n")
        pieces.append(line)
        opened = line[-1] in "{["
    return "".join([*pieces, "\n"]).encode()


def canonical_list(head: Mapping[str, Any], key: str, items: Sequence[bytes]) -> bytes:
    """Return an object with a list of encoded items at `key`: the head, and one line an item.

    A changed item changes one line.
    """
    return join_pieces(render_members({**head, key: encode_list(items)}))


class Pieces(list[bytes]):
    """JSON that is encoded already, in pieces, so that a large document is put together once."""


def encode_list(items: Sequence[bytes]) -> Pieces:
    """A list of encoded items, one a line."""
    between = [b",\n"] * (2 * len(items) - 1)
    # Slice assignment, since a list can have 20,000 items.
    between[::2] = items
    return Pieces([b"[\n", *between, b"\n]"])


def render_members(values: Mapping[str, Any]) -> Pieces:
    """An object with sorted keys, a member a line."""
    pieces = Pieces()
    for name in sorted(values):
        pieces += (b",\n" if pieces else b"{\n", b'"%s": ' % name.encode())
        pieces += _pieces(values[name])
    return Pieces([*pieces, b"\n}"])


def _pieces(value: object) -> Pieces:
    return value if isinstance(value, Pieces) else Pieces([_in_lines(value).encode()])


def join_pieces(pieces: Pieces) -> bytes:
    """The file of a document in pieces."""
    return b"".join([*pieces, b"\n"])


def in_lines(document: Mapping[str, Any]) -> bytes:
    """Return an object with sorted keys as JSON, one value or bracket a line.

    Three times as fast as `canonical_in_order`.
    """
    return to_json(document, indent=0) + b"\n"


def plain_bytes(value: dict[str, Any]) -> bytes:
    """Return plain data as bytes, for a digest only: the fastest deterministic form.

    Version 2 of the format, because later ones also encode which objects are shared.
    """
    return marshal.dumps(value, 2)


def digest_parts(*parts: str | bytes) -> str:
    """A short name for content: equal parts, equal digest (BLAKE2b, 128 bits)."""
    total = blake2b(digest_size=16)
    for part in parts:
        total.update(part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass"))
        # The separator: ("a", "bc") and ("ab", "c") must differ.
        total.update(b"\0")
    return total.hexdigest()

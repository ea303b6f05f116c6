"""Twins: gzip files beside the originals, for web servers that serve precompressed content.

A server does not check that a twin is current. Every existing twin therefore always matches its
file: it is removed before the file changes, and written again atomically afterwards. Without a
twin, the server sends the file itself. The manifest does not list twins: a twin that is missing
after a kill, or one that a third party added, would go unnoticed.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from secstatus.adapters import files
from secstatus.errors import InputError
from secstatus.published.manifest import make_entry
from secstatus.published.own_manifest import MANIFEST
from secstatus.site.tree import digest_parts

ENDING = ".gz"
KINDS = (".html", ".css", ".js", ".json", ".svg", ".atom", ".xml", ".csv", ".txt")
LEAST = 256  # bytes; below, a header costs more than is saved
# RFC 1952: deflate, no name, no time, slowest and smallest, made on no system in particular.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"

Entry = Mapping[str, Any]


def compress(content: bytes) -> bytes | None:
    """The content as gzip of level 9; None where that is not smaller.

    The same bytes on every system, in every Python, for one version of zlib.
    """
    # Put together here, since Python's own gzip names the system in its header, each as it likes.
    # Negative window bits: raw deflate, without the header of zlib (RFC 1951).
    maker = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = maker.compress(content) + maker.flush()
    # RFC 1952: CRC-32 and the length modulo 2**32, little-endian.
    whole = _HEADER + body + struct.pack("<LL", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return whole if len(whole) < len(content) else None


class Twins:
    """The twins of one folder during an update of its files.

    `wanted`: whether to make twins. `whole`: the files of the folder that match its
    manifest. `paths`: the files of the new site, without our twins.
    """

    def __init__(
        self, out: Path, wanted: bool, whole: Mapping[str, Entry], paths: Iterable[str]
    ) -> None:
        self.out, self.wanted, self.whole = out, wanted, whole
        own = set(paths)
        folders = {path.rpartition("/")[0] for path in [*own, *whole, MANIFEST]}
        self.there = {path for path in _lying_in(out, folders) if path not in own}

    def kept(self, path: str, entry: Entry) -> dict[str, Entry]:
        """The twin of this state of the file, where the folder has it already."""
        found = self.whole.get(path + ENDING)
        # The source is the digest of the file, so a twin of an older state never stays.
        good = self.wanted and found and found.get("source") == _source(entry)
        return {path + ENDING: found} if good and found else {}

    def lacks(self, path: str, entry: Entry) -> bool:
        """Whether the file is worth a twin and has no current one."""
        worth = path.endswith(KINDS) and entry["size"] >= LEAST
        return self.wanted and worth and not self.kept(path, entry)

    def make_way(self, path: str, entry: Entry) -> None:
        """Remove a twin that does not match `entry`, before the file changes to it."""
        if path + ENDING in self.there and not self.kept(path, entry):
            (self.out / (path + ENDING)).unlink(missing_ok=True)

    def put(self, path: str, content: bytes, entry: Entry) -> dict[str, Entry]:
        """Write the twin of a written file; returns an empty mapping if it is not worth one."""
        if not self.lacks(path, entry):
            return self.kept(path, entry)
        twin = compress(content)
        if twin is None:
            return {}
        # Never `create`: what a kill leaves of it would be sent, and no manifest knows of it.
        files.replace_file(f"{self.out}/{path}{ENDING}", twin)
        return {path + ENDING: make_entry(twin, _source(entry))}

    def strays(self, entries: Mapping[str, Entry]) -> set[str]:
        """Gzip files beside our files that this build did not make, and partial ones."""
        return {
            path
            for path in self.there - entries.keys()
            if (base := path.removesuffix(".tmp").removesuffix(ENDING)) in entries
            or base == MANIFEST
        }


def _source(entry: Entry) -> str:
    # Versions of zlib compress the same text to different bytes.
    return digest_parts(entry["sha256"], f"gzip 9 by zlib {zlib.ZLIB_RUNTIME_VERSION}")


def _lying_in(out: Path, folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        with os.scandir(out / folder) as listed:
            for item in listed:
                # A kill during a rename leaves a `.tmp` file, which a server would not send but a
                # deployment would list.
                if item.name.endswith((ENDING, f"{ENDING}.tmp")) and not item.is_dir():
                    yield f"{folder}/{item.name}" if folder else item.name


def refuse_own(paths: Iterable[str]) -> None:
    """Raise InputError for a project file that a server would send in place of another one."""
    # A disk that ignores case has one file for both names.
    folded = {path.casefold() for path in [*paths, MANIFEST]}
    for path in sorted(paths):
        if path.endswith(ENDING) and path.removesuffix(ENDING).casefold() in folded:
            found = f"a file that would be sent in the place of {path.removesuffix(ENDING)}"
            raise InputError(f"site_src/{path}", "", found, "another name")

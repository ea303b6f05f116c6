"""The manifest: what the site in a folder is, and whether the folder still is that site."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

NAME = "api/v1/manifest.json"
_NOT_INSIDE = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True)
class SiteManifest:
    """`files`: path → {sha256, size, source}. `written`: when the manifest itself was, in ns."""

    data: Mapping[str, Any]
    written: int

    @property
    def files(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.data["files"]
        return found


def read_manifest(out: Path) -> SiteManifest | None:
    """The manifest in the folder; None when there is none that can be read."""
    path = out / NAME
    try:
        written = path.stat().st_mtime_ns
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not _well_formed(data.get("files")):
        return None
    return SiteManifest(data, written)


def _well_formed(files: Any) -> bool:
    return isinstance(files, dict) and all(
        isinstance(entry, dict)
        and isinstance(entry.get("sha256"), str)
        and isinstance(entry.get("size"), int)
        and _inside(path)
        for path, entry in files.items()
    )


def _inside(path: str) -> bool:
    # A manifest that somebody forged must not lead a build out of its folder.
    return _NOT_INSIDE.isdisjoint(path.split("/")) and "\\" not in path


def find_damaged(out: Path, manifest: SiteManifest | None, *, thoroughly: bool = False) -> set[str]:
    """The files of the manifest that are missing from the folder or are not what it says.

    A file of the right size that is older than the manifest is taken for good; a newer one is
    read and compared. `thoroughly` reads every one.
    """
    found: set[str] = set()
    if manifest is None:
        return found
    base = str(out) + "/"
    for path, entry in manifest.files.items():
        try:
            state = os.stat(base + path)
        except OSError:
            found.add(path)
            continue
        doubtful = thoroughly or state.st_mtime_ns > manifest.written
        if state.st_size != entry["size"] or (doubtful and not _same(base + path, entry)):
            found.add(path)
    return found


def _same(path: str, entry: Mapping[str, Any]) -> bool:
    try:
        content = Path(path).read_bytes()
    except OSError:
        return False
    return bool(sha256(content).hexdigest() == entry["sha256"])


def entry_of(content: bytes, source: str | None) -> dict[str, Any]:
    """What the manifest says about a file."""
    entry: dict[str, Any] = {"sha256": sha256(content).hexdigest(), "size": len(content)}
    return entry if source is None else {**entry, "source": source}


def revision_of(files: Mapping[str, Mapping[str, Any]]) -> str:
    """One digest of all files: two sites with the same revision are the same bytes."""
    lines = [f"{path}\0{files[path]['sha256']}\n" for path in sorted(files)]
    return sha256("".join(lines).encode()).hexdigest()

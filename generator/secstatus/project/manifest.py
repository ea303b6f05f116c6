"""Read the manifest in a folder, and find the files that differ from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from secstatus.published.own_manifest import MANIFEST, SiteManifest, parse_own_manifest


def load_manifest(out: Path) -> SiteManifest | None:
    """The manifest in the folder; None when it is missing or unreadable."""
    path = out / MANIFEST
    try:
        return parse_own_manifest(path.read_bytes(), path.stat().st_mtime_ns)
    except OSError:
        return None


def find_damaged(out: Path, manifest: SiteManifest | None, *, thoroughly: bool = False) -> set[str]:
    """The paths of the manifest's files that are missing or differ from it.

    A file of the right size that is not newer than the manifest counts as unchanged; a newer one is
    read and compared. `thoroughly` reads every file.
    """
    found: set[str] = set()
    if manifest is None:
        return found
    # Joining strings: a Path for each of 10,000 files would cost more than the calls of stat.
    base = str(out) + "/"
    for path, entry in manifest.files.items():
        try:
            state = os.stat(base + path)
        except OSError:
            found.add(path)
            continue
        # The manifest is written last, so only a later change makes a file newer than it.
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

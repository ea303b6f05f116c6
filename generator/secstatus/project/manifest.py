"""The manifest in a folder: read it, and find the files that are no longer as it says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from secstatus.published.manifest import MANIFEST, SiteManifest, parse_own_manifest


def load_manifest(out: Path) -> SiteManifest | None:
    """The manifest in the folder; None when there is none that can be read."""
    path = out / MANIFEST
    try:
        return parse_own_manifest(path.read_bytes(), path.stat().st_mtime_ns)
    except OSError:
        return None


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

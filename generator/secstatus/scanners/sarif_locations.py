"""Where SARIF results are: paths, the checkout that the run names, the files that it looked at.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, 3.4 (artifactLocation) and 3.14.14
(originalUriBaseIds). A path is relative to the checkout where the file says so; another absolute
one stays absolute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.scanners.reading import (
    at,
    decode_uri,
    distinct,
    find_text,
    first_text,
    list_at,
    objects_at,
    read_count,
    read_path,
)

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
# What tools call the checkout, the most usual one first.
_CHECKOUTS = ("%srcroot%", "srcroot", "rootpath", "root", "reporoot", "projectroot")
_LONGEST_CHAIN = 10


def is_absolute(path: str) -> bool:
    return _ABSOLUTE.match(path) is not None


class Places:
    """The places of one run. `root` is the checkout that it names (absolute), or empty."""

    def __init__(self, run: Mapping[str, Any]) -> None:
        self._artifacts = list_at(run, "artifacts")
        self._bases = run.get("originalUriBaseIds")
        self.root = ""
        self.root = next((path for path in self._roots(run) if is_absolute(path)), "")

    def _roots(self, run: Mapping[str, Any]) -> Iterator[str]:
        bases = self._bases if isinstance(self._bases, dict) else {}
        usual = [name for known in _CHECKOUTS for name in bases if name.lower() == known]
        for name in (*usual, *bases):
            yield _folder(self._joined("", name))
        for invocation in objects_at(run, "invocations"):
            yield _folder(self.path(invocation.get("workingDirectory")))
        for provenance in objects_at(run, "versionControlProvenance"):
            yield _folder(self.path(provenance.get("mappedTo")))

    def path(self, artifact: Any) -> str:
        """The path of an artifactLocation, also of one that names an artifact by its index."""
        index = read_count(at(artifact, "index"))
        listed = at(self._artifacts, index, "location") if index is not None else None
        known = artifact if find_text(artifact, "uri") else listed
        path = self._joined(find_text(known, "uri"), find_text(known, "uriBaseId"))
        inside = self.root and path.startswith(f"{self.root}/") and find_text(known, "uriBaseId")
        return path[len(self.root) + 1 :] if inside else path

    def _joined(self, uri: str, base: str) -> str:
        """The URI behind its bases, one after another, up to an absolute one."""
        path = _path(uri)
        for _ in range(_LONGEST_CHAIN):
            if is_absolute(path) or not base:
                break
            said = at(self._bases, base)
            outer = _path(find_text(said, "uri"))
            path = f"{outer.rstrip('/')}/{path}" if outer else path
            base = find_text(said, "uriBaseId")
        return path

    def scope(self) -> tuple[str, ...]:
        """The files that were analysed; every artifact when none has a role."""
        artifacts = [item for item in self._artifacts if isinstance(item, dict)]
        with_roles = any(list_at(item, "roles") for item in artifacts)
        targets = [
            item
            for item in artifacts
            if not with_roles or "analysisTarget" in list_at(item, "roles")
        ]
        return distinct([self.path(item.get("location")) for item in targets])

    def of_result(self, result: Mapping[str, Any]) -> tuple[str, Any]:
        """Path and line of the first location; what the file does not say is empty."""
        physical = at(result, "locations", 0, "physicalLocation")
        artifact = at(physical, "artifactLocation") or at(physical, "fileLocation")
        logical = at(result, "locations", 0, "logicalLocations", 0)
        named = first_text(at(logical, "fullyQualifiedName"), at(logical, "name"))
        path = self.path(artifact) or read_path(named)
        return path, at(physical, "region", "startLine")


def _path(uri: str) -> str:
    return read_path(uri if _SCHEME.match(uri) else decode_uri(uri))


def _folder(path: str) -> str:
    return path.rstrip("/")


def code_of(result: Mapping[str, Any]) -> str:
    """The code of the first location: its snippet, else its lines in the snippet around it."""
    physical = at(result, "locations", 0, "physicalLocation")
    own = find_text(physical, "region", "snippet", "text")
    return own or "\n".join(
        read_region_lines(physical, read_count(at(physical, "region", "endLine")) or 0)
    )


def find_context(result: Mapping[str, Any]) -> str:
    """All code that the first location shows."""
    physical = at(result, "locations", 0, "physicalLocation")
    parts = [find_text(physical, key, "snippet", "text") for key in ("region", "contextRegion")]
    return "\n".join(filter(None, parts))


def read_region_lines(physical: Any, last: int) -> list[str]:
    """The lines of a region, up to the last one, as the snippet around it shows them."""
    first = read_count(at(physical, "region", "startLine")) or 0
    start = read_count(at(physical, "contextRegion", "startLine")) or 0
    text = at(physical, "contextRegion", "snippet", "text")
    lines = text.splitlines() if isinstance(text, str) and first and start else []
    return [line for number, line in enumerate(lines, start) if first <= number <= max(first, last)]

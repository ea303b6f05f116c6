"""The manifest of a site: its files with their digests, and the sources they were built from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from secstatus.errors import InputError, shown
from secstatus.published.own_manifest import MANIFEST, is_inside
from secstatus.timestamps import format_timestamp

if TYPE_CHECKING:
    from secstatus.published.document_node import DocumentNode

# From 2**53 on, numbers that a program keeps as floats are not exact (RFC 8259, section 6).
_LARGEST, _MOST_FILES = 2**53, 100_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"[0-9A-Za-z.+!_-]{1,64}")
# Without the page and the two documents, a folder is not a site of this program.
_NEEDED = ("index.html", "index.json", "api/v1/status.json")


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """An entry of a manifest; `size` is in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class PublishedManifest:
    """A manifest of any origin whose form has been checked.

    `tool_version`: the version of secstatus that built the site. `changes_at`: when the content
    changes without new inputs. `unreadable`: why the newest status could not be read, None where it
    could. `revision` is the stated one, which need not match `files`.
    """

    tool_version: str
    as_of: datetime
    changes_at: datetime
    revision: str
    grade: str
    unreadable: str | None
    files: Mapping[str, PublishedFile]


def parse_manifest(body: bytes, *, strict: bool = False) -> PublishedManifest:
    """Parse an untrusted manifest. Raises InputError, with the place, for any other form.

    With `strict`, a manifest that contradicts itself is refused as well.
    """
    # The build reads the manifest of its own folder only, and needs none of this.
    from secstatus.published.document_node import parse_document

    node = parse_document(body, MANIFEST)
    tool = node["tool"]
    if tool["name"].value != "secstatus":
        raise tool["name"].refused("secstatus")
    manifest = PublishedManifest(
        tool_version=tool["version"].matching(_VERSION, "a version"),
        as_of=node["as_of"].timestamp(),
        changes_at=node["changes_at"].timestamp(),
        revision=node["revision"].matching(_SHA256, "a SHA-256"),
        grade=node["security_grade"].grade(),
        unreadable=node["unreadable"].text_or_none(),
        files=_parse_files(node["files"]),
    )
    if strict:
        _refuse_contradictions(manifest)
    return manifest


def _parse_files(node: DocumentNode) -> dict[str, PublishedFile]:
    files = node.mapping()
    # 5,000 findings are 10,000 files (docs/explanation/how-a-build-works.md); a forged manifest
    # must not exhaust the memory.
    if len(files) > _MOST_FILES:
        found = f"{len(files)} files"
        raise InputError(node.path, node.place, found, f"at most {_MOST_FILES}")
    # No node for each entry: a site may have 10,000. Messages omit the paths, which are untrusted.
    return {path: _parse_entry(path, entry, node) for path, entry in files.items()}


def _parse_entry(path: str, value: object, node: DocumentNode) -> PublishedFile:
    if not is_inside(path):
        raise InputError(node.path, node.place, shown(path), "a path inside of the site")
    if not isinstance(value, dict):
        raise InputError(node.path, f"{node.place}[]", shown(value), "an object")
    digest, size = value.get("sha256"), value.get("size")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise InputError(node.path, f"{node.place}[].sha256", shown(digest), "a SHA-256")
    # `bool` is a subclass of `int`.
    if type(size) is not int or not 0 <= size <= _LARGEST:
        raise InputError(node.path, f"{node.place}[].size", shown(size), "a number of bytes")
    return PublishedFile(digest, size)


def _refuse_contradictions(manifest: PublishedManifest) -> None:
    # Without this check, a manifest with an empty list of files would fit every site.
    revision = compute_revision(manifest.files)
    if manifest.revision != revision:
        found, expected = shown(manifest.revision), f"{revision}, that of its files"
        raise InputError(MANIFEST, "$.revision", found, expected)
    # A site that ends before it begins would always look out of date.
    if manifest.changes_at <= manifest.as_of:
        found, expected = format_timestamp(manifest.changes_at), "a time after `as_of`"
        raise InputError(MANIFEST, "$.changes_at", found, expected)
    if manifest.unreadable is not None and manifest.grade in ("A", "B", "C"):
        expected = "? or worse, since the newest status could not be read"
        raise InputError(MANIFEST, "$.security_grade", manifest.grade, expected)
    # A file cannot contain its own digest.
    if MANIFEST in manifest.files:
        raise InputError(MANIFEST, "$.files", MANIFEST, "every file but this one")
    for path in _NEEDED:
        if path not in manifest.files:
            raise InputError(MANIFEST, "$.files", f"no {path}", "a file that every site has")


def compute_revision(files: Mapping[str, PublishedFile | Mapping[str, Any]]) -> str:
    """One digest of all files: two sites with the same revision have the same bytes."""
    # Sorted, because the order of members has no meaning in JSON (RFC 8259, section 4).
    lines = [f"{path}\0{_digest_of(files[path])}\n" for path in sorted(files)]
    return sha256("".join(lines).encode()).hexdigest()


def _digest_of(entry: PublishedFile | Mapping[str, Any]) -> str:
    return entry.sha256 if isinstance(entry, PublishedFile) else str(entry["sha256"])


def make_entry(content: bytes, source: str | None) -> dict[str, Any]:
    """Make the entry of a file; `source` is the digest of its inputs, None if it has none."""
    entry: dict[str, Any] = {"sha256": sha256(content).hexdigest(), "size": len(content)}
    return entry if source is None else {**entry, "source": source}

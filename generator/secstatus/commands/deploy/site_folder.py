"""A built site in a folder, read whole and compared with its manifest before it is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from secstatus.adapters.files import files_below, read_below
from secstatus.errors import CheckFailedError, InputError, shown
from secstatus.published.continuity import name_some
from secstatus.published.documents import PublishedReports, list_documents, read_published_site
from secstatus.published.manifest import PublishedManifest, parse_manifest
from secstatus.published.own_manifest import MANIFEST

BUILD_AGAIN = "Build the site again, then deploy it."


@dataclass(frozen=True, slots=True)
class SiteFolder:
    """`files`: path → content, of the manifest's files and its own.

    `revision` names this state of the site, `reports` is its content. `extra`: files that the
    manifest does not list; they are no part of the site.
    """

    files: Mapping[str, bytes]
    revision: str
    reports: PublishedReports
    extra: tuple[str, ...]


def read_site(folder: Path) -> SiteFolder:
    """Read the site in the folder.

    Raises InputError for a missing folder, and CheckFailedError, naming the files, if the folder is
    not a complete site as a build wrote it.
    """
    if not folder.is_dir():
        hint = "Build the site first, or name its folder with --site."
        raise InputError(str(folder), "", "no such folder", "the folder of a site", hint=hint)
    there = files_below(folder)
    manifest = _read_manifest(folder, there)
    # A manifest cannot list its own digest.
    paths = (*manifest.files, MANIFEST)
    # Plain files only: a link could lead out of the folder, and its content would be published.
    files = {path: read_below(folder, path) if there.get(path) else None for path in paths}
    if wrong := list(_find_wrong(files, manifest)):
        raise _not_whole(folder, wrong)
    whole = {path: content for path, content in files.items() if content is not None}
    extra = tuple(sorted(there.keys() - whole.keys()))
    return SiteFolder(whole, manifest.revision, _read_reports(folder, whole), extra)


def _read_manifest(folder: Path, there: Mapping[str, bool]) -> PublishedManifest:
    body = read_below(folder, MANIFEST) if there.get(MANIFEST) else None
    if body is None:
        raise _not_whole(folder, [f"{MANIFEST}: missing"])
    try:
        # Strict, because a build has just written it; a published one may come from an older
        # version.
        return parse_manifest(body, strict=True)
    except InputError as error:
        raise _not_whole(folder, [error.message]) from None


def _find_wrong(files: Mapping[str, bytes | None], manifest: PublishedManifest) -> Iterator[str]:
    if bad := [path for path in files if not can_be_published(path)]:
        yield from (f"{shown(path)}: no name for a published file" for path in bad)
        return
    for path, content in files.items():
        entry = manifest.files.get(path)
        if content is None:
            yield f"{path}: missing, or no file of its own"
        elif entry and sha256(content).hexdigest() != entry.sha256:
            yield f"{path}: is not what the manifest says"


def can_be_published(path: str) -> bool:
    """Whether the path is valid in a commit and in a URL, and stays inside the site."""
    steps = [step.casefold() for step in path.split("/")]
    # `git fsck` reports a `.git` in a tree (hasDotgit), and servers refuse such pushes.
    return path.isprintable() and ".git" not in steps and len(path) <= 1000


def _read_reports(folder: Path, files: Mapping[str, bytes]) -> PublishedReports:
    try:
        return read_published_site(
            {path: files[path] for path in list_documents(files)}, strict=True
        )
    except InputError as error:
        raise _not_whole(folder, [error.message]) from None


def _not_whole(folder: Path, wrong: list[str]) -> CheckFailedError:
    message = f"{folder}: this is not a complete site, nothing was published"
    return CheckFailedError(message, hint=BUILD_AGAIN, details=name_some(wrong))

"""Compare the documents of a site that report its status: with the manifest and with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from secstatus.errors import InputError
from secstatus.published.documents import INDEX, STATUS
from secstatus.published.manifest import PublishedManifest
from secstatus.published.status import PublishedStatus, parse_published_status
from secstatus.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """`status`: that of the first consistent document; None without one.

    `contradictions`: path → one line, for each document that contradicts the manifest or the other
    document, or that has another form than a build writes.
    """

    status: PublishedStatus | None = None
    contradictions: Mapping[str, str] = field(default_factory=dict)


def check_documents(bodies: Mapping[str, bytes], manifest: PublishedManifest) -> DocumentCheck:
    """Check the documents, path → content. The content must be the one that the manifest lists."""
    # The digests are right, so that a contradiction is no damage on the way: the manifest and its
    # files were made together, by something that is not our build.
    statuses: dict[str, PublishedStatus] = {}
    contradictions: dict[str, str] = {}
    for path in (STATUS, INDEX):
        if path in bodies:
            try:
                statuses[path] = parse_published_status(bodies[path], path)
            except InputError as error:
                contradictions[path] = error.message
    for path, status in statuses.items():
        if (status.as_of, status.grade) != (manifest.as_of, manifest.grade):
            contradictions[path] = _describe(status, manifest)
    consistent = {path: each for path, each in statuses.items() if path not in contradictions}
    if len(set(consistent.values())) > 1:
        # Neither is more credible than the other.
        text = f"{INDEX} and {STATUS} contradict each other"
        return DocumentCheck(None, contradictions | dict.fromkeys(consistent, text))
    return DocumentCheck(next(iter(consistent.values()), None), contradictions)


def _describe(status: PublishedStatus, manifest: PublishedManifest) -> str:
    found = f"grade {status.grade} as of {format_timestamp(status.as_of)}"
    expected = f"{manifest.grade} as of {format_timestamp(manifest.as_of)}"
    return f"it says {found}, the manifest says {expected}"

"""The inputs of a site other than the status, its events, and the jobs that make its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from secstatus.published.site_info import SiteInfo
from secstatus.release.log import ReleaseLog
from secstatus.site.records import FileNames, Record
from secstatus.site.tree import PathClaims
from secstatus.site.untrusted_text import clean_line
from secstatus.status.history import History
from secstatus.status.policy import GradePolicy
from secstatus.status.security_status import SecurityStatus

Event = dict[str, Any]


File = tuple[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Job:
    """`make()` gives the files of `paths`. `weight`: its cost, in pages of findings."""

    paths: tuple[str, ...]
    make: Callable[[], list[File]]
    weight: float = 1.0


def total_weight(jobs: Sequence[Job]) -> float:
    return sum(job.weight for job in jobs)


def two_halves(jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    """The jobs in two parts of about the same cost, heaviest first."""
    parts: tuple[list[Job], list[Job]] = ([], [])
    loads = [0.0, 0.0]
    # Longest processing time first.
    for job in sorted(jobs, key=lambda job: -job.weight):
        lighter = 0 if loads[0] <= loads[1] else 1
        parts[lighter].append(job)
        loads[lighter] += job.weight
    return parts


@dataclass(frozen=True, slots=True)
class Facts:
    """The content of the site: today's status, the history, and the site's identity.

    `names` are the `file_names` of today's findings and of closed ones. `releases` is the release
    log. `metrics`: the figures of the monitoring; empty without any.
    """

    status: SecurityStatus
    history: History
    names: FileNames
    place: SiteInfo
    policy: GradePolicy
    releases: ReleaseLog = field(default_factory=ReleaseLog)
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteSources:
    """What a project may override: pages in Markdown, and files that are published unchanged.

    `templates_digest` names the state of the templates and of the program that fills them.
    `advisories`: advisory text → its HTML, for texts that are rendered already.
    """

    pages: Mapping[str, str]
    assets: Mapping[str, bytes]
    schemas: Mapping[str, str]
    openapi: str
    templates_digest: str
    advisories: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Previous:
    """The state of the current site, for the next build.

    `sources`: path → digest of what the file was made of. `paths`: every intact file.
    `events`: every event ever published. `records`: name → record of the findings that
    have a page and are not in today's status.
    """

    sources: Mapping[str, str] = field(default_factory=dict)
    paths: frozenset[str] = frozenset()
    events: Sequence[Event] = ()
    records: Mapping[str, Record] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """The plan of a site. `sources`: path → digest of what the file is made of, where known."""

    jobs: list[Job]
    kept: list[str]
    sources: Mapping[str, str]
    claims: PathClaims


def make_event(
    kind: str, name: str, at: str, title: str, text: str, path: str, **more: Any
) -> Event:
    event = {
        "at": at,
        "id": f"{kind}:{name}",
        "kind": kind,
        "path": path,
        "text": clean_line(text),
        "title": clean_line(title),
    }
    # Keys in order: the files of a year are written without sorting each event again.
    return dict(sorted((event | more).items())) if more else event

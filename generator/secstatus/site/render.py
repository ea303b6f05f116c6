"""The whole site from the status: every fact is gathered here, then the files are made.

What comes out is a plan: jobs that make files, and the files that stay as they are because what
they are made of has not changed. Making is pure, so that the jobs may run in any order and in two
processes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from secstatus.errors import InputError
from secstatus.site import api, other_pages
from secstatus.site.api_page import api_page
from secstatus.site.badge_set import badges_of
from secstatus.site.badges import Style, draw, endpoint
from secstatus.site.charts import weeks_until
from secstatus.site.dates import stamp
from secstatus.site.events import events_of, joined, scan_event
from secstatus.site.feed import atom, json_feed, robots, security_txt, sitemap
from secstatus.site.finding_page import FindingPages
from secstatus.site.given import Previous, Site, Sources
from secstatus.site.jobs import File, Job
from secstatus.site.pages import Pages, prepare
from secstatus.site.place import SCHEMAS, Place
from secstatus.site.records import (
    Aliases,
    FileNames,
    Record,
    json_path,
    page_path,
    record_of,
    short,
    unlisted,
)
from secstatus.site.tree import (
    Claims,
    canonical,
    canonical_in_order,
    canonical_list,
    digest,
    fragment_in_order,
    plain_bytes,
)
from secstatus.status.assessment import SecurityFinding, SecurityStatus
from secstatus.status.grade import GradePolicy

if TYPE_CHECKING:
    from jinja2 import Environment

ROWS_PER_PAGE = 500
PER_FINDING = 0.06  # the cost of one line of a list, in pages of findings
ALIASES_PER_JOB = 1000


def render(
    status: SecurityStatus,
    place: Place,
    policy: GradePolicy,
    environment: Environment,
    sources: Sources,
    previous: Previous,
    names: FileNames,
) -> Site:
    """The plan of the site of this status. Pure. `names` are the `file_names` of its findings."""
    planner = _Planner(status, place, policy, environment, sources, previous, names)
    planner.findings()
    planner.lists()
    planner.everything_else()
    planner.own_files()
    return Site(planner.jobs, planner.kept, planner.digests, planner.claims)


class _Planner:
    def __init__(
        self,
        status: SecurityStatus,
        place: Place,
        policy: GradePolicy,
        environment: Environment,
        sources: Sources,
        previous: Previous,
        names: FileNames,
    ) -> None:
        self.status, self.place, self.policy = status, place, policy
        self.sources, self.previous = sources, previous
        self.environment = prepare(environment)
        self.claims = Claims()
        self.jobs: list[Job] = []
        self.kept: list[str] = []
        self.digests: dict[str, str] = {}
        assets = {name: digest(data.hex())[:10] for name, data in sources.assets.items()}
        extra = [(f"{name}.html", _title(text)) for name, text in sorted(sources.pages.items())]
        self.pages = Pages(self.environment, place, assets, extra)
        self.finding_pages = FindingPages(self.pages, sources.advisories)
        self.setting = digest(sources.templates_digest, repr(place), repr(assets), repr(extra))
        self.pairs, self.records = _records(status, place, previous, names)
        # `setting` is what every page of a finding is made of, besides its record.
        setting = self.setting.encode()
        self.made_of = [digest(setting, plain_bytes(record)) for record in self.records]

    def _own(self, path: str, source: str) -> None:
        """Make sure that a file of the project does not take the place of one of ours."""
        if not self.claims.is_free(path):
            found = f"a file that would become {path}, which the site makes itself"
            raise InputError(f"site_src/{source}", "", found, "another name")

    def _job(self, make: partial[list[File]], *paths: str, weight: float = 5.0) -> None:
        for path in paths:
            self.claims.take(path)
        self.jobs.append(Job(paths, make, weight))

    def _unless_kept(
        self, made_of: str, make: partial[list[File]], *paths: str, weight: float
    ) -> None:
        """A job for these files, unless they are there already, made of the same."""
        self.digests[paths[0]] = made_of
        same = self.previous.sources.get(paths[0]) == made_of
        if same and all(path in self.previous.paths for path in paths):
            for path in paths:
                self.claims.take(path)
            self.kept.extend(paths)
        else:
            self._job(make, *paths, weight=weight)

    def findings(self) -> None:
        """The page and the file of every record, and the pages of other names."""
        for record, made_of in zip(self.records, self.made_of, strict=True):
            paths = (json_path(record["name"]), page_path(record["name"]))
            self._unless_kept(made_of, partial(self._finding, record), *paths, weight=1)
        taken = [record["name"] for record in self.records]
        self.redirects = list(Aliases.of(self.records, ["index", *taken]).targets.items())
        for start in range(0, len(self.redirects), ALIASES_PER_JOB):
            some = self.redirects[start : start + ALIASES_PER_JOB]
            pages = [page_path(alias) for alias, _ in some]
            made_of = digest(self.setting, repr(some))
            weight = len(some) * 0.2
            self._unless_kept(made_of, partial(self._redirects, some), *pages, weight=weight)

    def _finding(self, record: Record) -> list[File]:
        name, html = record["name"], self.finding_pages.page(record)
        return [(json_path(name), canonical_in_order(record)), (page_path(name), html)]

    def _redirects(self, some: Sequence[tuple[str, str]]) -> list[File]:
        return [(page_path(alias), self.pages.redirect(alias, name)) for alias, name in some]

    def lists(self) -> None:
        """The list of all findings, so many on a page."""
        starts = range(0, max(1, len(self.records)), ROWS_PER_PAGE)
        for number, start in enumerate(starts, start=1):
            path = "findings/index.html" if number == 1 else f"findings/page-{number}.html"
            rows = slice(start, start + ROWS_PER_PAGE)
            made_of = digest(self.setting, str(len(starts)), *self.made_of[rows])
            make = partial(self._list, path, rows, number, len(starts))
            weight = 5 + PER_FINDING * 3 * len(self.made_of[rows])
            self._unless_kept(made_of, make, path, weight=weight)

    def _list(self, path: str, rows: slice, number: int, of: int) -> list[File]:
        return [(path, other_pages.list_page(self.pages, path, self.records[rows], number, of))]

    def own_files(self) -> None:
        """The pages in Markdown and the assets: the bundled ones and the project's own."""
        for name in self.sources.assets:
            self._own(name, name)
        self._job(partial(list, self.sources.assets.items()), *self.sources.assets)
        for name, text in self.sources.pages.items():
            path = f"{name}.html"
            self._own(path, f"{name}.md")
            make = partial(self._own_page, path, text)
            self._unless_kept(digest(self.setting, text), make, path, weight=150)

    def _own_page(self, path: str, text: str) -> list[File]:
        return [(path, other_pages.own_page(self.pages, path, _title(text), text))]

    def everything_else(self) -> None:
        """What is made anew in every build, in jobs of about the same size."""
        many = 5 + PER_FINDING * len(self.records)
        self._job(partial(self._index), "index.json", weight=many * 2)
        self._job(partial(self._findings_document), "api/v1/findings.json", weight=many)
        events = ("api/v1/events.json", "feed.atom", "feed.json", "history.html")
        self._job(partial(self._events), *events, weight=many)
        self._job(partial(self._documents), *_document_paths())
        self._job(partial(self._badges), *_badge_paths(), "badges.html", weight=20)
        pages = ("index.html", "releases.html", "api.html", "method.html", "404.html")
        self._job(partial(self._html), *pages, weight=30)
        security = security_txt(self.place, self.status.as_of)
        files: list[File] = [(".nojekyll", ""), ("robots.txt", robots(self.place))]
        if security is not None:
            files.append((".well-known/security.txt", security))
        self._job(partial(list, files), *(path for path, _ in files))
        self._job(partial(self._sitemap), "sitemap.xml", weight=many / 3)

    def _index(self) -> list[File]:
        document = api.status_document(self.status, self.place, self.policy)
        listed = [fragment_in_order(api.listed_finding(*pair)) for pair in self.pairs]
        return [("index.json", canonical_list(document, "findings", listed))]

    def _findings_document(self) -> list[File]:
        head = api.list_header(self.place, "findings", stamp(self.status.last_updated))
        lines = [fragment_in_order(short(record)) for record in self.records]
        return [("api/v1/findings.json", canonical_list(head, "findings", lines))]

    def _events(self) -> list[File]:
        status, place = self.status, self.place
        events = joined(self.previous.events, events_of(status, self.records), status.as_of)
        modified = max((event["at"] for event in events), default=stamp(status.last_updated))
        head = api.list_header(place, "events", modified)
        lines = [fragment_in_order(event) for event in events]
        weeks = weeks_until(status.today, events)
        return [
            ("api/v1/events.json", canonical_list(head, "events", lines)),
            ("feed.atom", atom(events, place, status.last_updated)),
            ("feed.json", json_feed(events, place)),
            ("history.html", other_pages.history_page(self.pages, events, weeks)),
        ]

    def _documents(self) -> list[File]:
        status = api.status_document(self.status, self.place, self.policy)
        files: list[File] = [
            ("api/v1/status.json", canonical(status)),
            ("api/v1/index.json", canonical(api.index_document(self.place))),
        ]
        for name in SCHEMAS:
            schema = {**json.loads(self.sources.schemas[name]), "$id": self.place.schema(name)}
            files.append((_schema_path(name), canonical(schema)))
        contract = json.loads(self.sources.openapi)
        contract["servers"] = [{"url": self.place.base_url.rstrip("/")}]
        return [*files, ("api/v1/openapi.json", canonical(contract))]

    def _badges(self) -> list[File]:
        """Five badges in three styles, their endpoint files, and the page that shows them."""
        template = self.environment.get_template("badge.svg")
        badges = badges_of(self.status, self.place.package)
        files: list[File] = []
        for badge in badges:
            for style in Style:
                svg = draw(badge, style, template)
                files.append((api.badge_path(badge.name, style.value), svg))
            files.append((f"badges/{badge.name}.json", canonical(endpoint(badge))))
        return [*files, ("badges.html", other_pages.badges_page(self.pages, badges, template))]

    def _html(self) -> list[File]:
        status, pages = self.status, self.pages
        scans = [event for event in self.previous.events if event["kind"] == "scan"]
        weeks = weeks_until(status.today, joined(scans, [scan_event(status)], status.as_of))
        view = other_pages.front_view(status, self.pairs, self.records, weeks)
        has_txt = security_txt(self.place, status.as_of) is not None
        return [
            ("index.html", other_pages.front_page(pages, status, view)),
            ("releases.html", other_pages.releases_page(pages)),
            ("api.html", api_page(pages)),
            ("method.html", other_pages.method_page(pages, status, self.policy, has_txt)),
            ("404.html", other_pages.missing_page(pages)),
        ]

    def _sitemap(self) -> list[File]:
        unlisted_pages = {page_path(alias) for alias, _ in self.redirects} | {"404.html"}
        paths = [path for path in self.claims.paths if path.endswith(".html")]
        listed = [path for path in paths if path not in unlisted_pages]
        return [("sitemap.xml", sitemap(listed, self.place))]


def _records(
    status: SecurityStatus, place: Place, previous: Previous, names: FileNames
) -> tuple[list[tuple[SecurityFinding, Record]], list[Record]]:
    """Today's findings with their records, and all records: those that are gone come last."""
    pairs = [(item, record_of(item, names[item.finding.key], place)) for item in status.findings]
    present = {record["name"].casefold() for _, record in pairs}
    day = status.today.isoformat()
    gone = [
        unlisted(record, day)
        for name, record in sorted(previous.records.items())
        if name.casefold() not in present
    ]
    return pairs, [record for _, record in pairs] + gone


def _schema_path(name: str) -> str:
    return f"api/v1/schemas/{name}.schema.json"


def _document_paths() -> Iterator[str]:
    yield from ("api/v1/status.json", "api/v1/index.json", "api/v1/openapi.json")
    yield from (_schema_path(name) for name in SCHEMAS)


def _badge_paths() -> Iterator[str]:
    for name in api.BADGES:
        yield from (api.badge_path(name, style) for style in api.STYLES)
        yield f"badges/{name}.json"


def _title(text: str) -> str:
    """The first heading of a Markdown page."""
    first = next((line for line in text.splitlines() if line.startswith("# ")), "# Page")
    return first[2:].strip()

"""Plan the whole site from the status: gather every fact, then make the files.

The result is a plan: jobs that make files, and the files that are kept because their inputs have
not changed. The jobs are pure, so that they may run in any order and in two processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from secstatus.errors import InputError
from secstatus.site.exports.osv import osv_applies, osv_file, osv_path
from secstatus.site.feeds import sitemap
from secstatus.site.global_files import (
    EVENT_FILES,
    HTML_FILES,
    METRIC_FILES,
    RELEASE_FILES,
    Fresh,
    badge_paths,
    document_paths,
)
from secstatus.site.history import year_path
from secstatus.site.inputs import Facts, File, Job, Previous, Site, SiteSources
from secstatus.site.pages import other_pages
from secstatus.site.pages.finding_page import FindingPages
from secstatus.site.pages.html import Pages, prepare
from secstatus.site.records import (
    Aliases,
    Record,
    gone_record,
    json_path,
    mark_unlisted,
    page_path,
    record_of,
)
from secstatus.site.tree import PathClaims, canonical_in_order, digest_parts, plain_bytes
from secstatus.status.security_status import SecurityFinding

if TYPE_CHECKING:
    from jinja2 import Environment

# Each list page stays quick on a phone, whatever the number of findings.
ROWS_PER_PAGE = 500
# Weights only balance two processes; a wrong one costs time, never correctness.
PER_FINDING = 0.06  # the cost of one line of a list, in pages of findings
ALIASES_PER_JOB = 1000


def render(
    facts: Facts, environment: Environment, sources: SiteSources, previous: Previous
) -> Site:
    """Return the plan of the site for these facts. Pure."""
    planner = _Planner(facts, environment, sources, previous)
    planner.findings()
    planner.lists()
    planner.everything_else()
    planner.own_files()
    return Site(planner.jobs, planner.kept, planner.digests, planner.claims)


class _Planner:
    def __init__(
        self, facts: Facts, environment: Environment, sources: SiteSources, previous: Previous
    ) -> None:
        self.facts, self.sources, self.previous = facts, sources, previous
        self.environment = prepare(environment)
        self.claims = PathClaims()
        self.jobs: list[Job] = []
        self.kept: list[str] = []
        self.digests: dict[str, str] = {}
        assets = {name: digest_parts(data.hex())[:10] for name, data in sources.assets.items()}
        extra = [(f"{name}.html", _title(text)) for name, text in sorted(sources.pages.items())]
        self.pages = Pages(self.environment, facts.place, assets, extra)
        self.finding_pages = FindingPages(self.pages, sources.advisories)
        # Navigation and asset names stand on every page, so they are part of what each is made of.
        about = (repr(facts.place), repr(assets), repr(extra))
        self.setting = digest_parts(sources.templates_digest, *about)
        # In this order everywhere: lists, exports and digests follow the records.
        pairs, self.records = _records(facts, previous)
        # `setting` is what every page of a finding is made of, besides its record.
        setting = self.setting.encode()
        self.made_of = [digest_parts(setting, plain_bytes(record)) for record in self.records]
        before = previous.events
        self.fresh = Fresh(
            facts, pairs, self.records, before, self.pages, sources, self.environment
        )

    def _own(self, path: str, source: str) -> None:
        """Make sure that a file of the project does not take the place of one of ours."""
        # Checked last, when every path of ours is claimed.
        if not self.claims.is_free(path):
            found = f"a file that would become {path}, which the site makes itself"
            raise InputError(f"site_src/{source}", "", found, "another name")

    def _job(self, make: Callable[[], list[File]], *paths: str, weight: float = 5.0) -> None:
        for path in paths:
            self.claims.take(path)
        self.jobs.append(Job(paths, make, weight))

    def _unless_kept(
        self, made_of: str, make: Callable[[], list[File]], *paths: str, weight: float
    ) -> None:
        """Return a job for these files, unless they exist already, made from the same inputs."""
        self.digests[paths[0]] = made_of
        same = self.previous.sources.get(paths[0]) == made_of
        # `previous.paths` leaves out damaged files, so a deleted page is made again.
        if same and all(path in self.previous.paths for path in paths):
            for path in paths:
                self.claims.take(path)
            self.kept.extend(paths)
        else:
            self._job(make, *paths, weight=weight)

    def findings(self) -> None:
        """The page and the file of every record, and the pages of other names."""
        for record, made_of in zip(self.records, self.made_of, strict=True):
            paths = [json_path(record["name"]), page_path(record["name"])]
            if osv_applies(record):
                paths.append(osv_path(record["name"]))
            self._unless_kept(made_of, partial(self._finding, record), *paths, weight=1)
        # "index" too: an advisory with the id `index` would replace the list.
        taken = [record["name"] for record in self.records]
        self.redirects = list(Aliases.of(self.records, ["index", *taken]).targets.items())
        for start in range(0, len(self.redirects), ALIASES_PER_JOB):
            some = self.redirects[start : start + ALIASES_PER_JOB]
            pages = [page_path(alias) for alias, _ in some]
            made_of = digest_parts(self.setting, repr(some))
            weight = len(some) * 0.2
            self._unless_kept(made_of, partial(self._redirects, some), *pages, weight=weight)

    def _finding(self, record: Record) -> list[File]:
        name = record["name"]
        files: list[File] = [
            (json_path(name), canonical_in_order(record)),
            (page_path(name), self.finding_pages.page(record)),
        ]
        if osv_applies(record):
            files.append((osv_path(name), osv_file(record)))
        return files

    def _redirects(self, some: Sequence[tuple[str, str]]) -> list[File]:
        return [(page_path(alias), self.pages.redirect(alias, name)) for alias, name in some]

    def lists(self) -> None:
        """The list of all findings, so many on a page."""
        starts = range(0, max(1, len(self.records)), ROWS_PER_PAGE)
        for number, start in enumerate(starts, start=1):
            path = "findings/index.html" if number == 1 else f"findings/page-{number}.html"
            rows = slice(start, start + ROWS_PER_PAGE)
            # The number of pages stands on each of them.
            made_of = digest_parts(self.setting, str(len(starts)), *self.made_of[rows])
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
            self._unless_kept(digest_parts(self.setting, text), make, path, weight=150)

    def _own_page(self, path: str, text: str) -> list[File]:
        return [(path, other_pages.own_page(self.pages, path, _title(text), text))]

    def everything_else(self) -> None:
        """What is made anew in every build, in jobs of about the same size."""
        fresh, many = self.fresh, 5 + PER_FINDING * len(self.records)
        self._job(fresh.index, "index.json", weight=many * 2)
        self._job(fresh.findings_document, "api/v1/findings.json", weight=many)
        # One job, for all of it is made of the same list.
        years = [year_path(year) for year in fresh.years]
        self._job(fresh.told, *EVENT_FILES, *years, weight=many * 2)
        self._job(fresh.documents, *document_paths())
        self._job(fresh.badges, *badge_paths(), "badges.html", weight=20)
        self._job(fresh.html, *HTML_FILES, weight=30)
        made_of = digest_parts(self.setting, plain_bytes(fresh.decisions))
        weight = 10 + len(fresh.decisions["decisions"]) / 10
        self._unless_kept(made_of, fresh.releases, *RELEASE_FILES, weight=weight)
        made_of = digest_parts(self.setting, plain_bytes(fresh.metrics))
        self._unless_kept(made_of, fresh.health, *METRIC_FILES, weight=10)
        made_of = digest_parts(self.setting, fresh.statement(), *self.made_of)
        for path, make in fresh.exports():
            self._unless_kept(made_of, make, path, weight=many * 3)
        self._job(fresh.small_files, *(path for path, _ in fresh.small_files()))
        self._job(self._sitemap, "sitemap.xml", weight=many / 3)

    def _sitemap(self) -> list[File]:
        # Redirects have another page as canonical address, so crawlers are not sent there.
        hidden = {page_path(alias) for alias, _ in self.redirects} | {"404.html"}
        paths = [path for path in self.claims.paths if path.endswith(".html")]
        listed = [path for path in paths if path not in hidden]
        return [("sitemap.xml", sitemap(listed, self.facts.place))]


def _records(
    facts: Facts, previous: Previous
) -> tuple[list[tuple[SecurityFinding, Record]], list[Record]]:
    """Today's findings with their records, and all records: those that are gone come last."""
    names, place, status = facts.names, facts.place, facts.status
    pairs = [(item, record_of(item, names[item.finding.key], place)) for item in status.findings]
    records = [record for _, record in pairs]
    past, scopes = facts.history.gone, status.grade_scopes
    records += [gone_record(gone, names[gone.finding.key], place, scopes) for gone in past]
    # As `file_names` groups them: on some disks both names are one file.
    present = {record["name"].casefold() for record in records}
    day = status.today.isoformat()
    lost = [
        mark_unlisted(record, day)
        for name, record in sorted(previous.records.items())
        if name.casefold() not in present
    ]
    # Nothing published vanishes: a finding that no source mentions keeps its page, marked unlisted.
    return pairs, records + lost


def _title(text: str) -> str:
    """The first heading of a Markdown page."""
    first = next((line for line in text.splitlines() if line.startswith("# ")), "# Page")
    return first[2:].strip()

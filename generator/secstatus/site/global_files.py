"""What is made anew in every build: front page, API, badges, feeds, history and exports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from secstatus.published.documents import RELEASES
from secstatus.published.site_info import SCHEMAS
from secstatus.site import history as past
from secstatus.site.api import documents
from secstatus.site.api.metrics import METRICS, make_metrics_document
from secstatus.site.api.releases import PAGE, releases_document, releases_told
from secstatus.site.badges.badge_set import badges_of
from secstatus.site.badges.drawing import Style, draw, endpoint
from secstatus.site.events import events_of, join_events, scans_of
from secstatus.site.exports.csv import TABLE, table_file
from secstatus.site.exports.cyclonedx import CYCLONEDX, cyclonedx_file
from secstatus.site.exports.openvex import OPENVEX, openvex_file
from secstatus.site.exports.sarif import SARIF, sarif_file
from secstatus.site.exports.subject import Subject, list_subjects
from secstatus.site.feeds import atom, json_feed, robots, security_txt
from secstatus.site.inputs import Event, Facts, File, SiteSources
from secstatus.site.pages import other_pages
from secstatus.site.pages.charts import weeks_until
from secstatus.site.pages.front_view import Shown, front_page, front_view
from secstatus.site.pages.health_page import HEALTH, health_page
from secstatus.site.pages.html import Pages
from secstatus.site.pages.other_pages import api_page
from secstatus.site.pages.releases_page import front_line, releases_page
from secstatus.site.records import Record, short
from secstatus.site.tree import canonical_list, fragment_in_order, render_json
from secstatus.site.untrusted_text import clean_history, clean_status
from secstatus.status.scan_coverage import get_verdict
from secstatus.status.security_status import SecurityFinding
from secstatus.timestamps import format_timestamp

if TYPE_CHECKING:
    from jinja2 import Environment

EVENT_FILES = ("api/v1/events.json", "feed.atom", "feed.json", "history.html")
HTML_FILES = ("index.html", "api.html", "method.html", "404.html")
RELEASE_FILES = (RELEASES, PAGE)
METRIC_FILES = (METRICS, HEALTH)
Make = Callable[[], list[File]]


class Fresh:
    """Makes these files from facts and records; each method returns the files in its name.

    `before`: the events of the previous site.
    """

    def __init__(
        self,
        facts: Facts,
        pairs: Sequence[tuple[SecurityFinding, Record]],
        records: Sequence[Record],
        before: Sequence[Event],
        pages: Pages,
        sources: SiteSources,
        environment: Environment,
    ) -> None:
        status, history = clean_status(facts.status), clean_history(facts.history)
        self.facts = replace(facts, status=status, history=history)
        self.status, self.place = status, facts.place
        self.pairs, self.records, self.before = pairs, records, before
        self.pages, self.sources, self.environment = pages, sources, environment
        self.out = releases_told(facts.releases)
        self.years = past.years_of(facts, records, [*before, *self.out])

    @cached_property
    def events(self) -> list[Event]:
        # Once a build: the feeds, the history page and the yearly files show the same list.
        told = events_of(self.facts, self.records)
        return join_events(self.before, [*told, *self.out], self.status.as_of)

    @cached_property
    def decisions(self) -> dict[str, Any]:
        """`api/v1/releases.json`, the source of the releases page too."""
        updated = self.status.last_updated
        return releases_document(self.facts.releases, self.records, self.place, updated)

    def releases(self) -> list[File]:
        """The files of `RELEASE_FILES`."""
        lines = [fragment_in_order(decision) for decision in self.decisions["decisions"]]
        return [
            (RELEASES, canonical_list(self.decisions, "decisions", lines)),
            (PAGE, releases_page(self.pages, self.decisions)),
        ]

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """`api/v1/metrics.json`, the source of the health page and the badge too."""
        return make_metrics_document(self.facts.metrics, self.place)

    def health(self) -> list[File]:
        """The files of `METRIC_FILES`."""
        return [
            (METRICS, render_json(self.metrics)),
            (HEALTH, health_page(self.pages, self.metrics)),
        ]

    def index(self) -> list[File]:
        document = documents.status_document(self.status, self.place, self.facts.policy)
        # One line each: a diff of the published branch shows which finding changed.
        listed = [fragment_in_order(documents.list_finding(*pair)) for pair in self.pairs]
        return [("index.json", canonical_list(document, "findings", listed))]

    def findings_document(self) -> list[File]:
        head = documents.list_header(
            self.place, "findings", format_timestamp(self.status.last_updated)
        )
        lines = [fragment_in_order(short(record)) for record in self.records]
        return [("api/v1/findings.json", canonical_list(head, "findings", lines))]

    def told(self) -> list[File]:
        """The files of `EVENT_FILES`, and those of the years."""
        status, place, events = self.status, self.place, self.events
        modified = max(
            (event["at"] for event in events), default=format_timestamp(status.last_updated)
        )
        # Dated by the newest event, not by the build: an unchanged list keeps its bytes.
        head = documents.list_header(place, "events", modified)
        lines = [fragment_in_order(event) for event in events]
        weeks = weeks_until(status.today, events)
        view = past.history_view(self.facts.history, events, self.facts.names)
        return [
            ("api/v1/events.json", canonical_list(head, "events", lines)),
            ("feed.atom", atom(events, place, status.last_updated)),
            ("feed.json", json_feed(events, place)),
            ("history.html", other_pages.history_page(self.pages, events, weeks, view)),
            *[(past.year_path(year), past.year_file(year, events, place)) for year in self.years],
        ]

    def documents(self) -> list[File]:
        """The files of `document_paths`."""
        status = documents.status_document(self.status, self.place, self.facts.policy)
        files: list[File] = [
            ("api/v1/status.json", render_json(status)),
            ("api/v1/index.json", render_json(documents.index_document(self.place, self.years))),
        ]
        for name in SCHEMAS:
            # `$id` is the address on this site; the bundled schema does not know it.
            schema = {**json.loads(self.sources.schemas[name]), "$id": self.place.schema(name)}
            files.append((schema_path(name), render_json(schema)))
        contract = json.loads(self.sources.openapi)
        contract["servers"] = [{"url": self.place.base_url.rstrip("/")}]
        return [*files, ("api/v1/openapi.json", render_json(contract))]

    def badges(self) -> list[File]:
        """Six badges in three styles, their endpoint files, and the page that shows them."""
        template = self.environment.get_template("badge.svg")
        badges = badges_of(self.status, self.place.package, self.metrics)
        files: list[File] = []
        for badge in badges:
            for style in Style:
                svg = draw(badge, style, template)
                files.append((documents.badge_path(badge.name, style.value), svg))
            files.append((f"badges/{badge.name}.json", render_json(endpoint(badge))))
        return [*files, ("badges.html", other_pages.badges_page(self.pages, badges, template))]

    def html(self) -> list[File]:
        """The files of `HTML_FILES`."""
        status, pages = self.status, self.pages
        # Only scans: the front page must not wait for the list of all events, which another job
        # makes.
        known = [event for event in self.before if event["kind"] == "scan"]
        scans = join_events(known, scans_of(self.facts), status.as_of)
        weeks = weeks_until(status.today, scans)
        release = front_line(self.decisions["decisions"])
        policy, package = self.facts.policy, self.place.package
        shown = Shown(status, policy, package)
        view = front_view(shown, self.pairs, self.records, weeks, release)
        # The method page links to security.txt only where there is one.
        has_txt = security_txt(self.place, status.as_of) is not None
        return [
            ("index.html", front_page(pages, status, view)),
            ("api.html", api_page(pages)),
            ("method.html", other_pages.method_page(pages, status, self.facts.policy, has_txt)),
            ("404.html", other_pages.missing_page(pages)),
        ]

    def exports(self) -> Iterator[tuple[str, Make]]:
        """Path and maker of each export of all findings."""
        place, updated = self.place, self.status.last_updated
        # Makers, not contents: an export whose sources are unchanged is never made.
        yield OPENVEX, lambda: [(OPENVEX, openvex_file(self._subjects, place, updated))]
        yield CYCLONEDX, lambda: [(CYCLONEDX, cyclonedx_file(self._subjects, place, updated))]
        yield SARIF, lambda: [(SARIF, sarif_file(self._subjects, place, updated, *self._proof()))]
        yield TABLE, lambda: [(TABLE, table_file(self.records))]

    @cached_property
    def _subjects(self) -> list[Subject]:
        """The records as the exports read them, once for all of a process."""
        return list_subjects(self.records)

    def statement(self) -> str:
        """What the exports state about the scans; with the records, their only input."""
        return repr((format_timestamp(self.status.last_updated), *self._proof()))

    def _proof(self) -> tuple[bool, list[str]]:
        scans = self.status.scans
        problems = [f"{scan.scanner}: {get_verdict(scan)}" for scan in scans]
        incomplete = [text for text in problems if not text.endswith(": complete")]
        # SARIF's `executionSuccessful`: a consumer reads an empty result of it as "clean".
        return self.status.proved and self.status.fresh, incomplete

    def small_files(self) -> list[File]:
        security = security_txt(self.place, self.status.as_of)
        # Without .nojekyll GitHub Pages drops folders that begin with a dot, such as .well-known.
        files: list[File] = [(".nojekyll", ""), ("robots.txt", robots(self.place))]
        if security is not None:
            files.append((".well-known/security.txt", security))
        return files


def schema_path(name: str) -> str:
    return f"api/v1/schemas/{name}.schema.json"


def document_paths() -> Iterator[str]:
    yield from ("api/v1/status.json", "api/v1/index.json", "api/v1/openapi.json")
    yield from (schema_path(name) for name in SCHEMAS)


def badge_paths() -> Iterator[str]:
    for name in documents.BADGES:
        yield from (documents.badge_path(name, style) for style in documents.STYLES)
        yield f"badges/{name}.json"

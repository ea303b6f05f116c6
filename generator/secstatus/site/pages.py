"""HTML pages, through a jinja2 Environment that the caller gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from secstatus.site.api import badge_path
from secstatus.site.dates import day_text, moment_text, stamp
from secstatus.site.front import grade_class
from secstatus.site.markup import advisory_html, without_controls
from secstatus.site.place import Place
from secstatus.site.records import Record, page_path

if TYPE_CHECKING:
    from jinja2 import Environment, Template

NAV = (
    ("index.html", "Status"),
    ("history.html", "History"),
    ("releases.html", "Releases"),
    ("badges.html", "Badges"),
    ("api.html", "API"),
    ("method.html", "Method"),
)
LONGEST_TITLE = 88
LONGEST_DESCRIPTION = 300


def prepare(environment: Environment) -> Environment:
    """Give the environment the filters that the templates use."""
    environment.filters.update(
        badgefile=badge_path,
        contact=lambda uri: uri.removeprefix("mailto:").removeprefix("https://"),
        dated=dated,
        day=lambda value: day_text(_day(value)),
        gradeclass=grade_class,
        iso=_iso,
        moment=moment_text,
    )
    return environment


def _day(value: date | str) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def _iso(value: date | datetime | str) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    return value if isinstance(value, str) else value.isoformat()


_DATE = re.compile(r"(?<![\w/.-])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\w/-])")


def dated(text: str) -> Markup:
    """The text, escaped, with every ISO date in a `<time>` element."""
    safe = str(escape(without_controls(text)))
    return Markup(_DATE.sub(lambda m: f'<time datetime="{m[0]}">{m[0]}</time>', safe))  # noqa: S704


def clip(text: str, longest: int) -> str:
    """The text in at most so many characters, in one line."""
    line = " ".join(without_controls(text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


class Pages:
    """Renders pages of one site. `assets`: file name → short digest, for its address."""

    def __init__(
        self,
        environment: Environment,
        place: Place,
        assets: Mapping[str, str],
        extra_pages: Sequence[tuple[str, str]] = (),
        advisories: Mapping[str, str] | None = None,
    ) -> None:
        self.environment = environment
        self.place = place
        self.assets = assets
        self.extra_pages = extra_pages
        self.advisories = advisories or {}

    def page(self, template: str, path: str, title: str, description: str, **context: Any) -> str:
        """One page at `path`; links are relative to it, except on the 404 page."""
        root = self.place.base_path if path == "404.html" else "../" * path.count("/")
        return self.environment.get_template(template).render(
            assets=self.assets,
            description=clip(description, LONGEST_DESCRIPTION),
            extra_pages=self.extra_pages,
            here=path,
            nav=NAV,
            path=path,
            place=self.place,
            root=root,
            title=clip(title, LONGEST_TITLE),
            **{"canonical": self.place.url(path), "doubt": False, "scripted": False, **context},
        )

    @cached_property
    def _finding_shell(self) -> Form:
        """Everything around a finding, filled once: only four places differ from page to page."""
        html = self.page(
            "shell.html",
            page_path("x"),
            mark("title"),
            mark("description"),
            canonical=mark("canonical"),
            content=mark("content"),
            scripted=True,
        )
        return Form(html)

    @cached_property
    def _finding_inside(self) -> Template:
        return self.environment.get_template("finding.html")

    @cached_property
    def _redirect(self) -> Form:
        names = ("alias", "canonical", "name", "target")
        template = self.environment.get_template("redirect.html")
        return Form(template.render({name: mark(name) for name in names}))

    def finding(self, record: Record) -> str:
        """The page of a finding, from its public record alone."""
        where = f" in {record['package']}" if record["package"] else ""
        about = f"{record['title']} ({record['finding_id']}){where}"
        description = (
            f"{about}: severity, dates, fix and plan, as {self.place.package} publishes them."
        )
        text = record["description"]
        advisory = self.advisories.get(text) or (advisory_html(text) if text else "")
        inside = self._finding_inside.render(
            advisory=Markup(advisory),  # noqa: S704 - sanitised by nh3
            dated=dated,
            dates=_dates(record),
            day=day_html,
            elsewhere=_elsewhere(record),
            fixed=_fixed(record),
            plan=record["plan"],
            r=record,
            severity=record["severity"].capitalize(),
            state=_STATES[record["status"]],
            upgrade=_upgrade(record),
        )
        return self._finding_shell.filled(
            canonical=str(escape(record["links"]["html"])),
            content=inside,
            description=str(escape(clip(description, LONGEST_DESCRIPTION))),
            title=str(
                escape(clip(f"{record['finding_id']}: {record['severity']}{where}", LONGEST_TITLE))
            ),
        )

    def redirect(self, alias: str, name: str) -> str:
        """A page that leads from an alias to the page of its finding. Both are file names."""
        return self._redirect.filled(
            alias=alias,
            canonical=str(escape(self.place.url(page_path(name)))),
            name=name,
            target=f"{name}.html",
        )


_STATES = {"open": "Open", "accepted": "Accepted", "unlisted": "No longer listed"}


def mark(name: str) -> str:
    """A place in a form, which no text of ours contains by chance."""
    return f"\u27e6{name}\u27e7"


class Form:
    """A text with marked places, cut up once and filled many times."""

    def __init__(self, text: str) -> None:
        # Every second part is the name of a place.
        self._parts = re.split("\u27e6([a-z]+)\u27e7", text)

    def filled(self, **values: str) -> str:
        """The text with its places filled; the values have to be escaped already."""
        parts = self._parts.copy()
        parts[1::2] = [values[name] for name in parts[1::2]]
        return "".join(parts)


def day_html(day: str) -> Markup:
    """An ISO day of a record as a `<time>` element."""
    text = day_text(date.fromisoformat(day))
    return Markup(f'<time datetime="{day}">{text}</time>')  # noqa: S704 - a checked date


def _fixed(record: Record) -> str:
    if record["fix_version"]:
        return str(record["fix_version"])
    words = {None: "not stated", True: "a release exists", False: "no release yet"}
    return words[record["fix_available"]]


_DUE_BY = {"plan": "by the plan, earlier than the policy", "policy": "by the policy"}


def _dates(record: Record) -> list[tuple[str, str, Markup | str, str]]:
    """The dates of a finding in their order: style, name, date and a word about it."""
    points: list[tuple[str, str, Markup | str, str]] = []
    if record["published"]:
        day = day_html(record["published"])
        points.append(("", "Published", day, "by the advisory database"))
    found = day_html(record["discovered_date"])
    points.append(("", "Found", found, f"by {record['source'] or 'a scan'}"))
    if record["due_date"]:
        points.append(("ahead", "Due", day_html(record["due_date"]), _DUE_BY[record["due_by"]]))
    points.append(("ahead", "Resolved", "not yet", "needs a complete scan"))
    return points


_PACKAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+]{0,40}")


def _upgrade(record: Record) -> str:
    """The command that upgrades the package; `""` for names that no shell should see."""
    package, version = record["package"] or "", record["fix_version"] or ""
    if not _PACKAGE.fullmatch(package) or not _VERSION.fullmatch(version):
        return ""
    return f"python -m pip install --upgrade '{package}>={version}'"


_DATABASES = {
    "cve": "https://nvd.nist.gov/vuln/detail/",
    "ghsa": "https://github.com/advisories/",
    "osv": "https://osv.dev/vulnerability/",
}
_KNOWN_ID = re.compile(
    r"(?P<cve>CVE-\d{4}-\d{4,})|(?P<ghsa>GHSA(?:-[0-9a-z]{4}){3})"
    r"|(?P<osv>(?:PYSEC|OSV|MAL)-\d{4}-\d+)"
)


def advisory_url(name: str) -> str:
    """Where a database has this id; `""` for an id of no known database."""
    known = _KNOWN_ID.fullmatch(name)
    return _DATABASES[known.lastgroup or ""] + name if known else ""


def _elsewhere(record: Record) -> list[tuple[str, str]]:
    names = [record["finding_id"], *record["aliases"]]
    links = [(name, advisory_url(name)) for name in names]
    reference = record["reference_url"]
    if reference and reference not in [url for _, url in links]:
        links.append((clip(reference.removeprefix("https://"), 70), reference))
    return links

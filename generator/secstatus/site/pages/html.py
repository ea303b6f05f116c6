"""HTML pages, through a jinja2 Environment that the caller gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from secstatus.published.site_info import SiteInfo
from secstatus.site.api.documents import badge_path
from secstatus.site.formatting import grade_class
from secstatus.site.records import page_path
from secstatus.site.untrusted_text import without_controls
from secstatus.timestamps import format_day, format_day_and_time, format_timestamp

if TYPE_CHECKING:
    from jinja2 import Environment

NAV = (
    ("index.html", "Status"),
    ("history.html", "History"),
    ("health.html", "Health"),
    ("releases.html", "Releases"),
    ("badges.html", "Badges"),
    ("api.html", "API"),
    ("method.html", "Method"),
)
# Window titles and search results cut longer ones anyway, often in the middle of the grade.
LONGEST_TITLE = 88
LONGEST_DESCRIPTION = 300


def prepare(environment: Environment) -> Environment:
    """Give the environment the filters that the templates use."""
    environment.filters.update(
        badgefile=badge_path,
        contact=lambda uri: uri.removeprefix("mailto:").removeprefix("https://"),
        dated=mark_dates,
        day=lambda value: format_day(_day(value)),
        gradeclass=grade_class,
        iso=_iso,
        moment=format_day_and_time,
    )
    return environment


def _day(value: date | str) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def _iso(value: date | datetime | str) -> str:
    if isinstance(value, datetime):
        return format_timestamp(value)
    return value if isinstance(value, str) else value.isoformat()


# Not inside paths, versions or longer numbers: `/2026-01-02/` and `1.2026-01-02` are no dates.
_DATE = re.compile(
    r"(?<![\w/.-])(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"
    r"(?:T([01]\d|2[0-3])(:[0-5]\d):[0-5]\dZ)?(?![\w/-])"
)


def mark_dates(text: str) -> Markup:
    """Return the text, escaped, with every ISO date and UTC timestamp in a `<time>` element."""
    # Escaped first: the substitution adds the only markup.
    return Markup(_DATE.sub(_timed, str(escape(without_controls(text)))))  # noqa: S704


def _timed(match: re.Match[str]) -> str:
    day, hour, minute = match.groups()
    shown = f"{day} {hour}{minute} UTC" if hour else day
    return f'<time datetime="{match[0]}">{shown}</time>'


def clip(text: str, longest: int) -> str:
    """The text in at most so many characters, in one line."""
    line = " ".join(without_controls(text).split())
    # The ellipsis counts too, so that the limit is kept exactly.
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def clip_before(text: str, end: str) -> str:
    """The text and its end in a title: it is the text that is cut, never the end."""
    return clip(text, max(1, LONGEST_TITLE - len(end))) + end


class Pages:
    """Renders pages of one site. `assets`: file name → short digest, for its address."""

    def __init__(
        self,
        environment: Environment,
        place: SiteInfo,
        assets: Mapping[str, str],
        extra_pages: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.environment = environment
        self.place = place
        self.assets = assets
        self.extra_pages = extra_pages

    def page(self, template: str, path: str, title: str, description: str, **context: Any) -> str:
        """One page at `path`; links are relative to it, except on the 404 page."""
        # A server answers with 404.html at any depth, so its links cannot be relative.
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
            # A page states its doubt itself; what it does not state, the template does not show.
            **{"canonical": self.place.url(path), "doubt": False, "scripted": False, **context},
        )

    @cached_property
    def _redirect(self) -> Form:
        names = ("alias", "canonical", "name", "target")
        template = self.environment.get_template("redirect.html")
        return Form(template.render({name: mark(name) for name in names}))

    def redirect(self, alias: str, name: str) -> str:
        """A page that leads from an alias to the page of its finding. Both are file names."""
        return self._redirect.filled(
            alias=alias,
            canonical=str(escape(self.place.url(page_path(name)))),
            name=name,
            target=f"{name}.html",
        )


def mark(name: str) -> str:
    """A place in a form, which no text of ours contains by chance."""
    # Brackets that jinja2 does not escape. Values are filled in after the text is cut up, so that a
    # user's text with such brackets is never taken for a place.
    return f"\u27e6{name}\u27e7"


def split_marks(text: str) -> list[str]:
    """The text in parts: every second one is the name of a marked place."""
    return re.split("\u27e6([a-z0-9]+)\u27e7", text)


class Form:
    """A text with marked places, cut up once and filled many times."""

    def __init__(self, text: str) -> None:
        self._parts = split_marks(text)

    def filled(self, **values: str) -> str:
        """The text with its places filled; the values have to be escaped already."""
        parts = self._parts.copy()
        # A missing name is a KeyError: a half-filled page must never be written.
        parts[1::2] = [values[name] for name in parts[1::2]]
        return "".join(parts)


@lru_cache(maxsize=4096)
def day_html(day: str) -> Markup:
    """An ISO day of a record as a `<time>` element."""
    text = format_day(date.fromisoformat(day))
    return Markup(f'<time datetime="{day}">{text}</time>')  # noqa: S704 - a checked date


class OrderedForm:
    """A form that is filled from a list, its places named in the order of the list."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        self._parts = split_marks(text)
        self._pick = itemgetter(*[names.index(name) for name in self._parts[1::2]])

    def filled(self, values: Sequence[str]) -> str:
        """The text with its places filled; the values have to be escaped already."""
        parts = self._parts.copy()
        parts[1::2] = self._pick(values)
        return "".join(parts)


_DATABASES = {
    "cve": "https://nvd.nist.gov/vuln/detail/",
    "ghsa": "https://github.com/advisories/",
    "osv": "https://osv.dev/vulnerability/",
}


# The whole id must match: the link is built from it, and ids are a report's text.
_KNOWN_ID = re.compile(
    r"(?P<cve>CVE-\d{4}-\d{4,})|(?P<ghsa>GHSA(?:-[0-9a-z]{4}){3})"
    r"|(?P<osv>(?:PYSEC|OSV|MAL)-\d{4}-\d+)"
)


def advisory_url(name: str) -> str:
    """Where a database has this id; `""` for an id of no known database."""
    known = _KNOWN_ID.fullmatch(name)
    return _DATABASES[known.lastgroup or ""] + name if known else ""

"""The page of a finding: the one page that is filled thousands of times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

from secstatus.site.pages.html import (
    LONGEST_DESCRIPTION,
    LONGEST_TITLE,
    Form,
    OrderedForm,
    Pages,
    advisory_url,
    clip,
    day_html,
    mark,
    mark_dates,
)
from secstatus.site.records import Record, is_code, is_own, package_words, page_path
from secstatus.site.untrusted_text import advisory_html

TEMPLATE = "finding.html"
# What `finding.html` shows of a record besides the dates and the links.
FACTS = (
    "title",
    "finding_id",
    "package",
    "version",
    "source",
    "severity",
    "severity_from",
    "name",
    "cvss_score",
    "location",
    "scope",
)

Dates = list[tuple[str, str, Markup | str, str]]
Shape = tuple[Any, ...]


class FindingPages:
    """Makes the pages of findings. `advisories`: advisory text → its HTML, as far as known."""

    def __init__(self, pages: Pages, advisories: Mapping[str, str]) -> None:
        self._pages = pages
        self._advisories = advisories
        self._template = pages.environment.get_template(TEMPLATE)
        # The fast path below knows the bundled template only. A user's override is rendered in
        # full.
        bundled = pages.environment.globals.get("bundled_templates")
        self._known = isinstance(bundled, frozenset) and TEMPLATE in bundled
        self._forms: dict[Shape, OrderedForm] = {}

    def page(self, record: Record) -> str:
        """The page of a finding, from its public record alone."""
        text = record["description"]
        # The same advisory text often belongs to several findings: Markdown is the slow part of a
        # build.
        advisory = self._advisories.get(text) or (advisory_html(text) if text else "")
        package = self._pages.place.package
        view = _view(record, package, Markup(advisory))  # noqa: S704 - sanitised by nh3
        heads = self._heads(record)
        if self._known and _is_usual(record):
            return self._from_form(view, heads)
        canonical, about, heading = (str(escape(head)) for head in heads)
        inside = self._template.render(view)
        return self._frame.filled(canonical=canonical, about=about, heading=heading, content=inside)

    def _heads(self, record: Record) -> tuple[str, str, str]:
        """The address, the description and the title in the head of the page."""
        where = f" in {package_words(record)}" if record["package"] else ""
        about = f"{record['title']} ({record['finding_id']}){where}"
        description = (
            f"{about}: severity, dates, fix and plan, as {self._pages.place.package} "
            "publishes them."
        )
        return (
            record["links"]["html"],
            clip(description, LONGEST_DESCRIPTION),
            clip(f"{record['finding_id']}: {record['severity']}{where}", LONGEST_TITLE),
        )

    @cached_property
    def _shell(self) -> str:
        """Everything around a finding, filled once: only four places differ from page to page."""
        return self._pages.page(
            "shell.html",
            page_path("x"),
            mark("heading"),
            mark("about"),
            canonical=mark("canonical"),
            content=mark("content"),
            scripted=True,
        )

    @cached_property
    def _frame(self) -> Form:
        return Form(self._shell)

    def _from_form(self, view: Mapping[str, Any], heads: tuple[str, str, str]) -> str:
        """Render the page from a cached form, in half the time: the template runs once a shape.

        The shape is everything that the bundled template branches on in a usual record. A template
        of the project may branch on anything, so it is never rendered like this.
        """
        texts = _texts(view)
        labels = [label for _, label, _, _ in view["dates"]]
        # Everything the template branches on besides presence. A new branch in finding.html belongs
        # here.
        logic = (view["r"]["fix_available"], view["code"], view["own"], view["apart"])
        # The template shows a row where its text is there; most findings share a shape.
        shape = (*map(bool, texts), *logic, *labels, bool(view["advisory"]))
        form = self._forms.get(shape)
        if form is None:
            inside = self._template.render(_marked(view, texts))
            form = OrderedForm(self._shell.replace(mark("content"), inside), _names(view))
            self._forms[shape] = form
        # One call for all texts, which is why they must not have a NUL; none of a record has.
        safe = str(escape("\0".join((*texts, *heads)))).split("\0")
        return form.filled([*safe, *[day for _, _, day, _ in view["dates"]], view["advisory"]])


def _is_usual(record: Record) -> bool:
    """Return whether the record has no user text, as most records from scanners."""
    added = record["plan"] or record["impact"] or record["unobserved"]
    # User text takes the full template: it may contain whatever its author likes, Markdown
    # included.
    return record["status"] == "open" and not added


def _view(record: Record, package: str, advisory: Markup) -> dict[str, Any]:
    """Return the variables of the template. `package`: the package that the site is about."""
    return {
        "advisory": advisory,
        "apart": record["section"] == "other",
        "code": is_code(record),
        "dated": mark_dates,
        "dates": _dates(record),
        "day": day_html,
        "elsewhere": _elsewhere(record),
        "fixed": _fixed(record),
        # None is a finding from before schema 1.1, which only knew PyPI.
        "foreign": "" if record["ecosystem"] in (None, "pypi") else record["ecosystem"],
        "own": is_own(record, package),
        "plan": record["plan"],
        "r": record,
        "severity": record["severity"].capitalize(),
        "state": _STATES[record["status"]],
        "upgrade": upgrade_command(record, package),
    }


def _texts(view: Mapping[str, Any]) -> list[str]:
    """Every text that the page shows and that needs escaping, in the order of `_names`."""
    record = view["r"]
    texts = [
        *["" if record[name] is None else str(record[name]) for name in FACTS],
        view["severity"],
        view["state"],
        view["fixed"],
        view["upgrade"],
        view["foreign"],
        *[note for _, _, _, note in view["dates"]],
    ]
    for link in view["elsewhere"]:
        texts += link
    return texts


def _names(view: Mapping[str, Any]) -> list[str]:
    """The names of all places: those of `_texts`, of the shell, and of what is HTML already."""
    dates, links = range(len(view["dates"])), range(len(view["elsewhere"]))
    return [
        *[name.replace("_", "") for name in FACTS],
        *["word", "state", "fixed", "upgrade", "foreign"],
        *[f"note{number}" for number in dates],
        *[f"{part}{number}" for number in links for part in ("label", "url")],
        *["canonical", "about", "heading"],
        *[f"day{number}" for number in dates],
        "advisory",
    ]


def _marked(view: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    """The view with a mark in place of every text that is not empty."""
    # The names behind those of the texts are of the shell and of parts that are HTML already.
    names = _names(view)[: len(texts)]
    marks = {name: mark(name) if text else "" for name, text in zip(names, texts, strict=True)}
    facts = {name: marks[name.replace("_", "")] or None for name in FACTS}
    return {
        **view,
        "advisory": Markup(mark("advisory")) if view["advisory"] else "",  # noqa: S704
        "dates": [
            (css, label, mark(f"day{number}"), marks[f"note{number}"])
            for number, (css, label, _, _) in enumerate(view["dates"])
        ],
        "elsewhere": [
            (marks[f"label{number}"], marks[f"url{number}"])
            for number in range(len(view["elsewhere"]))
        ],
        "fixed": marks["fixed"],
        "foreign": marks["foreign"],
        "r": view["r"] | facts,
        "severity": marks["word"],
        "state": marks["state"],
        "upgrade": marks["upgrade"],
    }


_STATES = {
    "open": "Open",
    "accepted": "Accepted",
    "resolved": "Resolved",
    "unlisted": "No longer listed",
    "withdrawn": "Withdrawn",
}


def _fixed(record: Record) -> str:
    if record["fix_version"]:
        return str(record["fix_version"])
    # Three values: a report that is silent about a fix does not say that there is none.
    words = {None: "not stated", True: "a release exists", False: "no release yet"}
    return words[record["fix_available"]]


_DUE_BY = {"plan": "by the plan, earlier than the policy", "policy": "by the policy"}


def _dates(record: Record) -> Dates:
    """The dates of a finding in their order: style, name, date and a word about it."""
    points: Dates = []
    if record["published"]:
        day = day_html(record["published"])
        points.append(("", "Published", day, "by the advisory database"))
    found = day_html(record["discovered_date"])
    points.append(("", "Found", found, f"by {record['source'] or 'a scan'}"))
    if record["due_date"]:
        points.append(("ahead", "Due", day_html(record["due_date"]), _DUE_BY[record["due_by"]]))
    if record["resolved_date"]:
        word = _STATES[record["status"]]
        # A disappeared report alone never sets this date: see `findings/resolution.py`.
        points.append(("", word, day_html(record["resolved_date"]), "by evidence"))
    else:
        points.append(("ahead", "Resolved", "not yet", "needs evidence"))
    return points


_PACKAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# Copied into a shell by readers: no quote, blank or `$` gets through, whatever a report says.
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+]{0,40}")


def upgrade_command(record: Record, own: str) -> str:
    """The command that upgrades the package from PyPI; `""` for names that no shell should see.

    Empty for an advisory about the package `own` itself: the release that it names may not exist.
    """
    # pip does not upgrade npm packages, and a rule in code has no package at all.
    if is_code(record) or is_own(record, own) or record["ecosystem"] not in (None, "pypi"):
        return ""
    package, version = record["package"] or "", record["fix_version"] or ""
    if not _PACKAGE.fullmatch(package) or not _VERSION.fullmatch(version):
        return ""
    # Quoted: a bare `>=` redirects the output in every shell.
    return f"python -m pip install --upgrade '{package}>={version}'"


def _elsewhere(record: Record) -> list[tuple[str, str]]:
    names = [record["finding_id"], *record["aliases"]]
    links = [(name, advisory_url(name)) for name in names]
    reference = record["reference_url"]
    if reference and reference not in [url for _, url in links]:
        links.append((clip(reference.removeprefix("https://"), 70), reference))
    return links

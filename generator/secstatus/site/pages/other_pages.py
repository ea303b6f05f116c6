"""The pages other than findings, health and releases: the variables of each template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from secstatus.findings.severity import Severity
from secstatus.site.api import documents
from secstatus.site.badges.badge_set import badge_links
from secstatus.site.badges.drawing import Badge, Style, draw
from secstatus.site.inputs import Event
from secstatus.site.pages.charts import Week, weeks_chart
from secstatus.site.pages.html import Pages, day_html
from secstatus.site.pages.verdict import grade_words
from secstatus.site.records import Record
from secstatus.site.untrusted_text import page_html
from secstatus.status.grade import POLICY_VERSION
from secstatus.status.policy import Grade, GradePolicy
from secstatus.status.security_status import SecurityStatus

if TYPE_CHECKING:
    from jinja2 import Template


LONGEST_HISTORY = 300


def history_page(
    pages: Pages, events: Sequence[Event], weeks: Sequence[Week], view: Mapping[str, Any]
) -> str:
    # The scans have a table of their own.
    told = [event for event in events if event["kind"] != "scan"]
    recent = told[:LONGEST_HISTORY]
    years = [(year, list(items)) for year, items in groupby(recent, key=lambda e: e["at"][:4])]
    recorded = [week for week in reversed(weeks) if week.grade != "–"]
    return pages.page(
        "history.html",
        "history.html",
        f"Security history of {pages.place.package}",
        f"Findings, scans and grades of {pages.place.package} over time: a chart of 52 weeks and"
        " every event, newest first.",
        chart=weeks_chart(weeks),
        older=len(told) - len(recent),
        oldest_year=min((event["at"][:4] for event in events), default=""),
        silent_weeks=len(weeks) - len(recorded),
        view=view,
        weeks=recorded,
        years=years,
    )


_BADGE_WORDS = {
    "grade": ("Grade", "The grade, and the date of the scan that it is based on."),
    "vulnerabilities": ("Vulnerabilities", "Open vulnerabilities by severity."),
    "last-scan": ("Last scan", "The date of the oldest required scan."),
    "days-since": ("Days since", "Days since the last known vulnerability."),
    "remediation": ("Remediation", "Whether open findings are in time."),
    "status-api": ("Status API", "Whether this site serves what was published."),
}


def badges_page(pages: Pages, badges: Iterable[Badge], template: Template) -> str:
    """The gallery. Pictures are inline, because eighteen requests would be too many."""
    return pages.page(
        "badges.html",
        "badges.html",
        f"Security badges of {pages.place.package}",
        f"SVG badges with the security grade, open vulnerabilities and last scan of"
        f" {pages.place.package}, in three styles, ready to copy.",
        badges=[
            {
                **_gallery(pages, badge),
                "light": _pictures(badge, template, "l"),
                "dark": _pictures(badge, template, "d"),
            }
            for badge in badges
        ],
        scripted=True,
        styles=documents.STYLES,
    )


def _pictures(badge: Badge, template: Template, copy: str) -> Markup:
    return Markup("").join(Markup(draw(badge, style, template, copy)) for style in Style)  # noqa: S704 - our own template, which escapes


def _gallery(pages: Pages, badge: Badge) -> dict[str, str]:
    heading, what = _BADGE_WORDS[badge.name]
    links = badge_links(pages.place, badge.name, badge.label)
    return {
        "heading": heading,
        "html": links.html,
        "markdown": links.markdown,
        "name": badge.name,
        "rst": links.rst,
        "shields": links.shields,
        "what": what,
    }


def method_page(
    pages: Pages, status: SecurityStatus, policy: GradePolicy, has_security_txt: bool
) -> str:
    return pages.page(
        "method.html",
        "method.html",
        f"How the security grade of {pages.place.package} is made",
        "The rules behind the grade: ceilings by severity, time and coverage, applied to"
        f" the current grade of {pages.place.package}.",
        doubt=not status.proved or status.accepts_severe,
        evidence_rows=_evidence_rows(policy),
        grade=status.security_grade,
        grade_words=grade_words(status),
        scopes=sorted(status.grade_scopes),
        policy={"version": POLICY_VERSION},
        reasons=status.reasons,
        security_txt=has_security_txt,
        severity_rows=_severity_rows(policy),
        sla=[(name.value, policy.sla_days[name]) for name in Severity if name in policy.sla_days],
    )


def _severity_rows(policy: GradePolicy) -> list[dict[str, Any]]:
    high, medium, low = policy.many_high, policy.many_medium, policy.many_low
    rows = (
        ("Any critical", Grade.F, Grade.F),
        (f"High: 1 to {high - 1}", Grade.C, Grade.D),
        (f"High: {high} or more", Grade.D, Grade.D),
        (f"Medium and unknown: 1 to {medium - 1}", Grade.B, Grade.C),
        (f"Medium and unknown: {medium} or more", Grade.C, Grade.C),
        (f"Low: 1 to {low - 1}", Grade.A, Grade.B),
        (f"Low: {low} or more", Grade.B, Grade.B),
    )
    return [{"text": text, "in_time": good, "overdue": late} for text, good, late in rows]


def _evidence_rows(policy: GradePolicy) -> list[dict[str, Any]]:
    ceilings = (Grade.B, Grade.C, Grade.UNKNOWN)
    rows = [
        {
            "text": f"The oldest is older than {cadences:g} cadences"
            f" ({cadences * policy.cadence_days:g} days)",
            "ceiling": ceiling,
        }
        for cadences, ceiling in zip(policy.stale, ceilings, strict=True)
    ]
    missing = "A required scanner has no complete scan"
    return [*rows, {"text": missing, "ceiling": Grade.UNKNOWN}]


def missing_page(pages: Pages) -> str:
    package = pages.place.package
    text = f"Page not found on the security status site of {package}."
    return pages.page("404.html", "404.html", f"Not found: security status of {package}", text)


class _Days(dict[str | None, Markup]):
    """ISO day → its `<time>` element; a list has few different days."""

    def __missing__(self, day: str | None) -> Markup:
        self[day] = day_html(day) if day else Markup("no limit")
        return self[day]


def list_page(pages: Pages, path: str, records: Sequence[Record], number: int, of: int) -> str:
    part = f", page {number} of {of}" if of > 1 else ""
    package = pages.place.package
    return pages.page(
        "findings.html",
        path,
        f"Security findings of {package}{part}",
        f"Every security finding ever published for {package}, open ones first{part}, with"
        " severity, package, date and time limit.",
        days=_Days(),
        page=number,
        pages=of,
        rows=records,
        severities={severity.value: severity.label for severity in Severity},
        states={
            "open": "",
            "accepted": " · accepted",
            "resolved": " · resolved",
            "unlisted": " · no longer listed",
            "withdrawn": " · withdrawn",
        },
    )


def own_page(pages: Pages, path: str, title: str, text: str) -> str:
    return pages.page(
        "page.html",
        path,
        f"{title} · {pages.place.package}",
        f"{title}: a page of the security status site of {pages.place.package}.",
        content=Markup(page_html(text)),  # noqa: S704 - the project's own text
    )


_PYTHON_EXAMPLE = """import datetime, json, urllib.request

with urllib.request.urlopen("{url}", timeout=10) as answer:
    status = json.load(answer)

now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
grade = "?"
for step in status["grade_schedule"]:
    if step["from"] <= now:
        grade = step["grade"]
print(grade)"""

_DOCUMENTS = (
    ("index.json", True, "The full status with its open findings", "every day", "status", ""),
    ("api/v1/index.json", True, "The URLs of all documents", "with the program", "index", ""),
    ("api/v1/status.json", True, "The same without findings; small", "every day", "status", ""),
    ("api/v1/findings.json", True, "A summary of every finding", "with them", "findings", ""),
    ("api/v1/findings/NAME.json", False, "One finding in detail", "when it changes", "finding", ""),
    ("api/v1/events.json", True, "All events, newest first", "grows", "events", ""),
    ("api/v1/history/YYYY.json", False, "The events of a year", "until it is over", "history", ""),
    ("api/v1/releases.json", True, "Release decisions", "grows", "releases", ""),
    ("api/v1/metrics.json", True, "Availability of this site", "with each probe", "metrics", ""),
    ("api/v1/osv/NAME.json", False, "One finding for OSV", "when it changes", "", "OSV 1.7"),
    ("api/v1/openvex.json", True, "What is affected", "with findings", "", "OpenVEX 0.2"),
    ("api/v1/cyclonedx-vex.json", True, "The same", "with findings", "", "CycloneDX 1.6"),
    ("api/v1/sarif.json", True, "Findings for code scanning", "with findings", "", "SARIF 2.1"),
    ("api/v1/findings.csv", True, "Every finding as a table", "with findings", "", "CSV"),
    ("api/v1/manifest.json", True, "SHA-256 and size of every file", "with each", "manifest", ""),
    ("api/v1/openapi.json", True, "This API as a contract", "with the program", "", "OpenAPI 3.1"),
    ("badges/grade.json", True, "A badge for shields.io, one of six", "every day", "badge", ""),
    ("feed.atom", True, "Events", "with the events", "", "Atom"),
    ("feed.json", True, "Events", "with the events", "", "JSON Feed 1.1"),
)  # fmt: skip


def api_page(pages: Pages) -> str:
    keys = ("path", "link", "what", "rhythm", "schema", "format")
    return pages.page(
        "api.html",
        "api.html",
        f"Security status API of {pages.place.package}",
        f"Static JSON files with the security status of {pages.place.package}: grade, findings,"
        " events, schemas, with examples for shell and Python.",
        documents=[dict(zip(keys, row, strict=True)) for row in _DOCUMENTS],
        python_example=_PYTHON_EXAMPLE.format(url=pages.place.url("api/v1/status.json")),
        scripted=True,
    )

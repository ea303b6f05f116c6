"""Untrusted text: Markdown as harmless HTML, and statuses with clean texts."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from markupsafe import escape

from secstatus.findings.ledger import HistoryPoint
from secstatus.status.grade import Evidence, Reason
from secstatus.status.grade_schedule import ScheduleStep
from secstatus.status.history import History
from secstatus.status.merge_plans import Disagreement
from secstatus.status.security_status import SecurityStatus
from secstatus.status.status_document import ScanRecord, SkippedRecord

# GitHub's advisories end at 65,535 characters; longer texts are logs or attacks.
LONGEST_ADVISORY = 60_000
# `> > > …` can nest 30,000 deep; what does is no advisory, and browsers would choke on it.
MOST_CONTAINERS = 300
ADVISORY_TAGS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h3",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "time",
        "tr",
        "ul",
    ]
)
_HEADING = re.compile(r"<(/?)h[1-6]>")
# What no surface can hold: controls, marks of the reading direction, and what XML 1.0 and Unicode
# call no character (https://www.w3.org/TR/xml/#charsets).
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
# Half of a character: JSON can name it, no file can hold it.
_HALF = re.compile("[\ud800-\udfff]")
# A cheap test first: most advisories have no date.
_MAYBE_A_DATE = re.compile(r"-[01]\d-[0-3]\d")
_TAG_OR_DATE = re.compile(
    r"<[^>]*>|(?<![\w/.-])(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ)?)(?![\w/-])"
)


@cache
def _cleaner() -> Any:
    import nh3

    return nh3.Cleaner(
        tags=set(ADVISORY_TAGS),
        # No class, id or style: they could imitate or hide parts of the page.
        attributes={"*": set(), "a": {"href"}, "time": {"datetime"}},
        # No http: a mixed link can be rewritten on the way. No data: and javascript: by design.
        url_schemes={"https", "mailto"},
        # An advisory's links must not profit from the site, and learn nothing of its readers.
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )


def without_controls(text: str) -> str:
    """The text as every surface can hold it: the one cleaning of texts from files.

    Without control characters (but line ends and tabs), without marks that turn the reading
    direction, and with U+FFFD for half a character.
    """
    # Nothing printable is a control character, and `isprintable` is far quicker than the search.
    if text.replace("\n", "").isprintable():
        return text
    return _HALF.sub("\ufffd", _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def advisory_html(text: str) -> str:
    """Return an advisory's text as harmless HTML: no images, no styles, no scripts, no ids.

    Its headings all become h3, below the h2 of the page: authors skip levels. Texts over 60,000
    characters are cut, with a note.
    """
    import cmarkgfm

    # Cut before anything is parsed, so that the cost of a hostile text is bounded.
    plain = without_controls(text[:LONGEST_ADVISORY])
    if len(text) > LONGEST_ADVISORY:
        plain += "\n\n*(The text is longer; the advisory has all of it.)*\n"
    html = cmarkgfm.github_flavored_markdown_to_html(_unfolded(plain))
    if sum(html.count(tag) for tag in ("<blockquote>", "<ul>", "<ol>")) > MOST_CONTAINERS:
        # Shown as it is rather than left out: the text may still say what matters.
        return f"<pre><code>{escape(plain)}</code></pre>"
    if "<h" in html:
        html = _HEADING.sub(r"<\1h3>", html)
    # Whatever these two substitutions do to a hostile text, the cleaner comes after them.
    if _MAYBE_A_DATE.search(html):
        html = _TAG_OR_DATE.sub(_dated, html)
    return str(_cleaner().clean(html))


def _dated(match: re.Match[str]) -> str:
    day = match[1]
    return f'<time datetime="{day}">{day}</time>' if day else match[0]


def _unfolded(text: str) -> str:
    """Line breaks back into a text that a generator folded into one line.

    Such texts keep two blanks where a line ended: `### Summary  In the fallback …`.
    """
    # A single line that is not a heading is prose, where two blanks mean nothing.
    if "\n" in text.strip() or not text.lstrip().startswith("#"):
        return text
    lines = text.split("  ")
    return "\n\n".join(line.strip() for line in lines)


def plain_words(text: str, longest: int = 300) -> str:
    """The first words of an advisory text without its marks, for descriptions and feeds."""
    # Four times: marks and links take room that the words do not.
    words = re.sub(r"[#*`>\[\]]+", " ", without_controls(text[: longest * 4]))
    line = " ".join(words.split())
    return line if len(line) <= longest else line[: longest - 1].rsplit(" ", 1)[0] + "…"


def page_html(text: str) -> str:
    """A page of the project (`site_src/*.md`) as HTML. Its author is trusted."""
    import markdown

    # The user's choice of library for the project's own pages; advisories need CommonMark and
    # speed.
    return markdown.markdown(text, extensions=["tables", "fenced_code", "toc", "sane_lists"])


def clean_line(text: str) -> str:
    """The text in one line, without what no surface can hold."""
    # A line end is not printable, so this also joins lines.
    return text if text.isprintable() else " ".join(without_controls(text).split())


def clean_status(status: SecurityStatus) -> SecurityStatus:
    """The status with its own texts cleaned; its findings stay as they are."""
    return replace(
        status,
        disagreements=tuple(map(_disagreement, status.disagreements)),
        missing=tuple(map(_evidence, status.missing)),
        past=tuple(map(_step, status.past)),
        reasons=tuple(map(_reason, status.reasons)),
        required=tuple(map(clean_line, status.required)),
        scans=tuple(map(_scan, status.scans)),
        schedule=tuple(map(_step, status.schedule)),
    )


def clean_history(history: History) -> History:
    """The history with the names of its scanners cleaned."""
    return replace(history, points=tuple(map(_point, history.points)))


def _disagreement(item: Disagreement) -> Disagreement:
    return Disagreement(clean_line(item.finding_id), clean_line(item.text))


def _evidence(item: Evidence) -> Evidence:
    return replace(item, scanner=clean_line(item.scanner), why=clean_line(item.why))


def _step(step: ScheduleStep) -> ScheduleStep:
    return replace(step, reason=clean_line(step.reason))


def _reason(reason: Reason) -> Reason:
    return replace(reason, text=clean_line(reason.text), detail=clean_line(reason.detail))


def _scan(scan: ScanRecord) -> ScanRecord:
    skipped = [
        SkippedRecord(name=clean_line(item.name), reason=clean_line(item.reason))
        for item in scan.skipped
    ]
    return scan.model_copy(
        update={
            "ecosystems": [clean_line(name) for name in scan.ecosystems],
            "problems": [clean_line(text) for text in scan.problems],
            "scanner": clean_line(scan.scanner),
            "skipped": skipped,
            "tool_version": clean_line(scan.tool_version),
            "unit": clean_line(scan.unit),
        }
    )


def _point(point: HistoryPoint) -> HistoryPoint:
    return replace(
        point, verdicts={clean_line(name): verdict for name, verdict in point.verdicts.items()}
    )

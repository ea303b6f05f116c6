"""Render an alert as a notice: Markdown for an issue, plain text for chats and mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from secstatus.monitoring.alerts.states import Alert, AlertState
from secstatus.monitoring.alerts.terms import AlertKind
from secstatus.package_data import Section, read_data
from secstatus.text.redaction import LONGEST, in_code, in_text, mask_line, shorten_line

# GitHub accepts 256 characters for the title of an issue.
LONGEST_TITLE, LONGEST_SUBJECT, LONGEST_PROJECT, MOST_PARTS = 200, 80, 60, 15
# Without query and user info: in such an address nothing needs masking, so it may stay a link.
_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
_ADDRESS = re.compile(rf"(?:certificate of |status of |deployment of )?{_LINK.pattern}")

# Titles are read in lists of issues and subjects of mail: the state comes first.
_PREFIXES = {
    AlertState.REMINDED: "still: ",
    AlertState.RECOVERED: "over: ",
    AlertState.UNWATCHED: "no longer probed: ",
}
_ABANDONED = "This address is no longer probed; whether the problem still exists is not known. "


@dataclass(frozen=True, slots=True)
class AlertExplanation:
    """Explains a kind of alert: `title` has no full stop, the others are whole sentences.

    `remedy` marks commands and settings with backticks, as Markdown does.
    """

    title: str
    meaning: str
    remedy: str


@lru_cache(maxsize=1)
def load_explanations() -> Mapping[AlertKind, AlertExplanation]:
    """The explanation of each kind, from `explanations.toml`; read once."""
    data = read_data("secstatus.monitoring.alerts", "explanations.toml")
    found = {kind: _explanation(data.table(kind)) for kind in AlertKind}
    data.close()
    return found


def _explanation(entry: Section) -> AlertExplanation:
    found = AlertExplanation(entry.text("title"), entry.text("meaning"), entry.text("remedy"))
    entry.close()
    return found


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """The project that a notice is about.

    `page`: the URL of the health page, or empty. It becomes a link if it has no query and no user
    info.
    """

    project: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """The texts of a notice. `title` is one line of plain text, of at most 200 characters.

    Untrusted text is escaped, and secrets in URLs are masked. `body_markdown` contains `marker`.
    """

    title: str
    body_markdown: str
    plain_text: str
    marker: str


def render_notice(alert: Alert, context: NoticeContext) -> Notice:
    """The notice of an alert, in all its forms."""
    words, marker = load_explanations()[alert.kind], make_marker(alert, context)
    body = "\n".join([marker, "", *_markdown(alert, context, words)])
    plain = "\n".join(_plain(alert, context, words))
    return Notice(_title(alert, context, words), f"{body}\n", f"{plain}\n", marker)


def make_marker(alert: Alert, context: NoticeContext) -> str:
    """An HTML comment with a digest of project, kind and subject, to find the issue again."""
    # One repository may hold several projects. The digest keeps `-->` of a subject out.
    named = "\0".join((context.project, alert.kind, alert.subject))
    # `surrogatepass`: the subject may come from a file name that is not UTF-8 (PEP 383).
    digest = sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"<!-- secstatus-alert: {digest} -->"


def describe_duration(time: timedelta) -> str:
    """A duration in its two largest units: `3 days 4 hours`."""
    minutes = max(0, int(time.total_seconds() // 60))
    units = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    parts = [f"{number} {unit}{'' if number == 1 else 's'}" for unit, number in units if number]
    return " ".join(parts[:2]) or "less than a minute"


def _title(alert: Alert, context: NoticeContext, words: AlertExplanation) -> str:
    project = in_text(context.project, LONGEST_PROJECT)
    subject = _subject(alert, LONGEST_SUBJECT)
    about = f" ({subject})" if subject else ""
    return shorten_line(f"{project}: {_prefix(alert)}{words.title}{about}", LONGEST_TITLE)


def _prefix(alert: Alert) -> str:
    return _PREFIXES.get(alert.state, "")


def _beginning(alert: Alert) -> str:
    match alert.state:
        case AlertState.RECOVERED:
            return "The problem has ended: "
        case AlertState.UNWATCHED:
            return _ABANDONED
        case _:
            return ""


def _when(alert: Alert) -> str:
    time = describe_duration(alert.at - alert.since)
    match alert.state:
        case AlertState.RECOVERED:
            return (
                f"The problem existed from {_minute(alert.since)} to {_minute(alert.at)}: {time}."
            )
        case AlertState.UNWATCHED:
            return f"The problem existed since {_minute(alert.since)}, as far as it was probed."
        case AlertState.REMINDED:
            return f"The problem has existed since {_minute(alert.since)}, {time} by now."
        case _:
            return f"The problem has existed since {_minute(alert.since)}."


def _minute(timestamp: datetime) -> str:
    return f"{timestamp.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _markdown(alert: Alert, context: NoticeContext, words: AlertExplanation) -> Iterator[str]:
    yield f"{_beginning(alert)}**{words.title}.** {_when(alert)}"
    yield ""
    yield f"- Project: {in_code(context.project, LONGEST_PROJECT)}"
    yield f"- Kind: `{alert.kind}`, about {in_code(alert.subject)}"
    yield from (f"- {_found(alert)}: {in_code(part)}" for part in _parts(alert))
    if alert.is_open:
        yield from ("", f"**What it means.** {words.meaning}")
        yield from ("", f"**What to do.** {words.remedy}")
    if link := _link(context):
        yield from ("", f"More: <{link}>")


def _plain(alert: Alert, context: NoticeContext, words: AlertExplanation) -> Iterator[str]:
    yield f"{_beginning(alert)}{words.title}. {_when(alert)}"
    yield ""
    yield f"Project: {in_text(context.project, LONGEST_PROJECT)}"
    yield f"About: {_subject(alert, LONGEST)}"
    yield from (f"{_found(alert)}: {in_text(part)}" for part in _parts(alert))
    if alert.is_open:
        yield from ("", f"What it means: {words.meaning}")
        yield f"What to do: {words.remedy.replace('`', '')}"
    if link := _link(context):
        yield from ("", f"More: {link}")


def _subject(alert: Alert, longest: int) -> str:
    """The subject as inert text, or as it is if it is a plain address."""
    # `in_text` breaks links; the address of the site should remain one that can be followed.
    words = mask_line(alert.subject)
    if _ADDRESS.fullmatch(words) and len(words) <= longest:
        return words
    return in_text(words, longest)


def _found(alert: Alert) -> str:
    return "Found" if alert.is_open else "Was found"


def _parts(alert: Alert) -> Iterator[str]:
    # `join_parts` separates them so; a journal of another tool may have any text.
    parts = [part for part in alert.text.split("; ") if part.strip()]
    yield from parts[:MOST_PARTS]
    if len(parts) > MOST_PARTS:
        yield f"and {len(parts) - MOST_PARTS} more"


def _link(context: NoticeContext) -> str:
    is_plain = _LINK.fullmatch(context.page) and mask_line(context.page) == context.page
    return context.page if is_plain else ""

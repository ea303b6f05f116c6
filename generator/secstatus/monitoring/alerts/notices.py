"""An alert as text: for an issue in Markdown, for chats and mail in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from secstatus.monitoring.alerts.explanations import AlertExplanation, load_explanations
from secstatus.monitoring.alerts.states import Alert, AlertState
from secstatus.text.redaction import LONGEST, in_code, in_text, mask_line, shorten_line

LONGEST_TITLE, LONGEST_SUBJECT, LONGEST_PROJECT, MOST_PARTS = 200, 80, 60, 15
_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
_ADDRESS = re.compile(rf"(?:certificate of |status of |deployment of )?{_LINK.pattern}")

_PREFIXES = {
    AlertState.REMINDED: "still: ",
    AlertState.RECOVERED: "over: ",
    AlertState.UNWATCHED: "no longer watched: ",
}
_UNWATCHED = "Nobody looks at this address any more; whether it is over is not known. "


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """Whom it is about. `page`: the address of the health page; empty for none.

    `page` becomes a link where it is a plain address, in which nothing has to be masked.
    """

    project: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told. `title` is one line of plain text, of at most 200 characters.

    Words of outside are inert in all of them, and no secret of an address is in any. `marker`
    stands in the Markdown; it is the same for all that is told of one thing, so that its issue is
    found again.
    """

    title: str
    body_markdown: str
    plain_text: str
    marker: str


def render_notice(alert: Alert, context: NoticeContext) -> Notice:
    """What people are told of an alert."""
    words, marker = load_explanations()[alert.kind], make_marker(alert, context)
    body = "\n".join([marker, "", *_markdown(alert, context, words)])
    plain = "\n".join(_plain(alert, context, words))
    return Notice(_title(alert, context, words), f"{body}\n", f"{plain}\n", marker)


def make_marker(alert: Alert, context: NoticeContext) -> str:
    """A comment of HTML that names the thing: project, kind and subject, as a digest.

    The project is part of it, since one repository may hold several.
    """
    named = "\0".join((context.project, alert.kind, alert.subject))
    digest = sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"<!-- secstatus-alert: {digest} -->"


def describe_duration(time: timedelta) -> str:
    """A time in its two largest units: `3 days 4 hours`."""
    minutes = max(0, int(time.total_seconds() // 60))
    units = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    told = [f"{number} {unit}{'' if number == 1 else 's'}" for unit, number in units if number]
    return " ".join(told[:2]) or "less than a minute"


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
            return "It is over: "
        case AlertState.UNWATCHED:
            return _UNWATCHED
        case _:
            return ""


def _when(alert: Alert) -> str:
    time = describe_duration(alert.at - alert.since)
    match alert.state:
        case AlertState.RECOVERED:
            return f"It was so from {_moment(alert.since)} to {_moment(alert.at)}: {time}."
        case AlertState.UNWATCHED:
            return f"It was so since {_moment(alert.since)}, as far as anybody has looked."
        case AlertState.REMINDED:
            return f"It has been so since {_moment(alert.since)}, {time} by now."
        case _:
            return f"It has been so since {_moment(alert.since)}."


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


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
    """The subject; where it is the plain address of a site, it stays one that can be followed."""
    words = mask_line(alert.subject)
    if _ADDRESS.fullmatch(words) and len(words) <= longest:
        return words
    return in_text(words, longest)


def _found(alert: Alert) -> str:
    return "Found" if alert.is_open else "Was found"


def _parts(alert: Alert) -> Iterator[str]:
    parts = [part for part in alert.text.split("; ") if part.strip()]
    yield from parts[:MOST_PARTS]
    if len(parts) > MOST_PARTS:
        yield f"and {len(parts) - MOST_PARTS} more"


def _link(context: NoticeContext) -> str:
    is_plain = _LINK.fullmatch(context.page) and mask_line(context.page) == context.page
    return context.page if is_plain else ""

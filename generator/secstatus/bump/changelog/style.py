"""How a change log names and dates its releases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from secstatus.bump.changelog.headings import Heading, Line

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_NAMES = "|".join(_MONTHS)
_SHORT = "|".join(name[:3] for name in _MONTHS)
# Day and month as two numbers before a year can be meant in two ways, except with points.
_FORMS = (
    (r"\d{4}-\d\d-\d\d", "{0.year:04}-{0.month:02}-{0.day:02}"),
    (r"\d{4}/\d\d/\d\d", "{0.year:04}/{0.month:02}/{0.day:02}"),
    (r"\d{4}\.\d\d\.\d\d", "{0.year:04}.{0.month:02}.{0.day:02}"),
    (r"\d\d\.\d\d\.\d{4}", "{0.day:02}.{0.month:02}.{0.year:04}"),
    (rf"(?:{_NAMES}) \d\d?, \d{{4}}", "{1} {0.day}, {0.year:04}"),
    (rf"(?:{_SHORT}) \d\d?, \d{{4}}", "{2} {0.day}, {0.year:04}"),
    (rf"\d\d? (?:{_NAMES}) \d{{4}}", "{0.day} {1} {0.year:04}"),
    (rf"\d\d? (?:{_SHORT}) \d{{4}}", "{0.day} {2} {0.year:04}"),
)
DATE_PATTERN = "(?:" + "|".join(rf"{pattern}(?!\w)" for pattern, _ in _FORMS) + ")"


def find_date(text: str) -> str:
    """The first date in the text, `""` where there is none."""
    found = re.search(rf"(?<!\w){DATE_PATTERN}", text)
    return found[0] if found else ""


def format_like(text: str, day: date) -> str:
    """The day in the form of another date; as 2026-11-25 where that form is not known."""
    form = next((form for pattern, form in _FORMS if re.fullmatch(pattern, text)), _FORMS[0][1])
    name = _MONTHS[day.month - 1]
    return form.format(day, name, name[:3])


_AFTER = re.compile(
    r"(?P<close>[\]`]?_{0,2})(?P<link>\([^()\s]*\))?(?P<gap>[\s(,:/–—-]{0,9})"
    rf"(?P<date>{DATE_PATTERN})(?P<end>[)\]]?)"
)
_COMPARE = re.compile(
    r"(?P<start>\S*/compare/)(?P<old>[^\s?#]+?)(?P<dots>\.{2,3})(?P<new>[^\s?#]+)"
)
_LINK = re.compile(r"(?P<label> {0,3}\[unreleased\]:[ \t]*)(?P<url>\S+)(?P<rest>.*)\Z", re.I)
_LONGEST_LINK = 2000
_LABEL = re.compile(r"\[([^\]]{1,200})\]")


@dataclass(frozen=True, slots=True)
class ReleaseHeading:
    """The release: its version, the previous one, and the day."""

    version: str
    previous: str
    day: date


def make_title(release: ReleaseHeading, headings: Sequence[Heading], bracketed: bool) -> str:
    """The title of the section. The newest release among the headings shows how it is written;
    where that cannot be seen it is `1.2.3 - 2026-11-25`, in brackets when `bracketed`.
    """
    for heading in headings:
        found = heading.release()
        if found and not find_unreleased(found["after"]):
            return _like(release, found)
    name = f"[{release.version}]" if bracketed else release.version
    return f"{name} - {release.day.isoformat()}"


def find_unreleased(after: str) -> re.Match[str] | None:
    """Find the mark `unreleased` in the text after a version; None when it is absent."""
    return re.search(r"\bunreleased\b", after, re.IGNORECASE)


def day_like(release: ReleaseHeading, headings: Sequence[Heading]) -> str:
    """The day, in the form of the newest date in the titles of releases."""
    dates = (find_date(heading.title) for heading in headings if heading.release())
    return format_like(next(filter(None, dates), ""), release.day)


def move_compare_link(release: ReleaseHeading, url: str) -> tuple[str, str] | None:
    """From the address that compares the last release with what came after it: the same for the
    new release, and the one that compares the two releases. None for an address of another form.
    """
    found = _COMPARE.fullmatch(url)
    tag = _next_tag(release, found["old"]) if found else None
    if not found or tag is None:
        return None
    start, dots = found["start"], found["dots"]
    return f"{start}{tag}{dots}{found['new']}", f"{start}{found['old']}{dots}{tag}"


def links_of(release: ReleaseHeading, line: Line, title: str) -> list[str] | None:
    """The lines that take the place of the link of Unreleased; None for another line."""
    skip = line.quiet or len(line.text) > _LONGEST_LINK
    found = None if skip else _LINK.match(line.text)
    both = move_compare_link(release, found["url"]) if found else None
    if not found or both is None:
        return None
    named = _LABEL.search(title)
    label = named[1] if named else release.version
    return [f"{found['label']}{both[0]}{found['rest']}", f"[{label}]: {both[1]}"]


def link_title(release: ReleaseHeading, title: str) -> str:
    """The title of Unreleased with the address in it, if any, brought to the new release."""
    found = re.search(r"\]\(([^()\s]+)\)\Z", title)
    both = move_compare_link(release, found[1]) if found else None
    return f"{title[: found.start(1)]}{both[0]})" if found and both else title


def _like(release: ReleaseHeading, other: re.Match[str]) -> str:
    name = other["before"] + release.version
    found = _AFTER.match(other["after"])
    if found:
        day = format_like(found["date"], release.day)
        link = _link_like(release, found["link"] or "", other["version"])
        return f"{name}{found['close']}{link}{found['gap']}{day}{found['end']}"
    close = re.match(r"[\]`]?_{0,2}", other["after"])
    return f"{name}{close[0] if close else ''} - {release.day.isoformat()}"


def _link_like(release: ReleaseHeading, link: str, version: str) -> str:
    """The link in a title, for the new release; none where that would lead to the old one."""
    found = _COMPARE.fullmatch(link[1:-1])
    tag = found["new"] if found else link
    new = tag.replace(version, release.version)
    if new == tag:
        return ""
    return f"({found['start']}{tag}{found['dots']}{new})" if found else new


def _next_tag(release: ReleaseHeading, tag: str) -> str | None:
    if release.previous in tag:
        return tag.replace(release.previous, release.version)
    found = re.fullmatch(r"(\D*)\d[\w.!+-]*", tag)
    return f"{found[1]}{release.version}" if found and "." in tag else None

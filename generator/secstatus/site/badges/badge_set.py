"""The six badges of a site, and the texts that embed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from secstatus.published.site_info import SiteInfo
from secstatus.site.api.documents import badge_path
from secstatus.site.api.metrics import UNKNOWN, find_measured_at
from secstatus.site.badges.drawing import Badge, BadgeColour
from secstatus.site.pages.verdict import grade_words, severe_accepted, severe_words
from secstatus.status.policy import Grade
from secstatus.status.security_status import SecurityStatus, VulnerabilitySummary
from secstatus.text.nouns import format_count
from secstatus.timestamps import format_day

_COLOURS = {
    Grade.A: BadgeColour.A,
    Grade.B: BadgeColour.B,
    Grade.C: BadgeColour.C,
    Grade.D: BadgeColour.D,
    Grade.F: BadgeColour.F,
    Grade.UNKNOWN: BadgeColour.UNKNOWN,
}
_SEVERITIES = {
    "critical": BadgeColour.F,
    "high": BadgeColour.D,
    "medium": BadgeColour.C,
    "unknown": BadgeColour.C,
    "low": BadgeColour.B,
    "info": BadgeColour.B,
}
_REMEDIATION = {
    "current": BadgeColour.A,
    "pending": BadgeColour.C,
    "overdue": BadgeColour.F,
    "unknown": BadgeColour.UNKNOWN,
}

_STATE_COLOURS = {
    "up": BadgeColour.A,
    "slow": BadgeColour.C,
    "stale": BadgeColour.F,
    "tampered": BadgeColour.F,
    "down": BadgeColour.F,
}


def badges_of(status: SecurityStatus, package: str, metrics: Mapping[str, Any]) -> list[Badge]:
    """Return the badges of `api.BADGES`, in order. `metrics`: the document `api/v1/metrics.json`.

    A badge without proof for its statement is grey and says so. No badge about the status is
    green while an accepted critical or high finding is open.
    """
    about = [
        _grade(status, package),
        _vulnerabilities(status, package),
        _last_scan(status, package),
        _days_since(status, package),
        _remediation(status, package),
    ]
    if status.accepts_severe:
        about = [_sobered(badge) for badge in about]
    return [*about, _status_api(metrics, package)]


def _sobered(badge: Badge) -> Badge:
    green = badge.colour in (BadgeColour.A, BadgeColour.B)
    return replace(badge, colour=BadgeColour.C) if green else badge


def _scanned(status: SecurityStatus) -> str:
    return format_day(status.scan_date)


def _badge(name: str, label: str, message: str, colour: BadgeColour, title: str) -> Badge:
    return Badge(name, label, message, colour, title, title)


def _grade(status: SecurityStatus, package: str) -> Badge:
    words = grade_words(status)
    title = f"Security grade of {package}: {words}, scanned {_scanned(status)}"
    message = f"{words} · {_scanned(status)}"
    return _badge("grade", "security", message, _COLOURS[status.security_grade], title)


def _vulnerabilities(status: SecurityStatus, package: str) -> Badge:
    words, colour = _known(status)
    title = f"Known open vulnerabilities of {package}: {words}, scanned {_scanned(status)}"
    message = f"{words} · {_scanned(status)}"
    return _badge("vulnerabilities", "vulnerabilities", message, colour, title)


def _known(status: SecurityStatus) -> tuple[str, BadgeColour]:
    summary = status.vulnerability_summary
    if not status.proved:
        known = f"{summary.total} or more" if summary.total else "unknown"
        return known, BadgeColour.UNKNOWN
    if summary.total:
        words, colour = _counted(summary)
        extra = f", {summary.accepted} accepted" if summary.accepted_severe else ""
        return words + extra, colour
    if status.accepts_severe:
        return _only_accepted(status), BadgeColour.C
    mild = f", {summary.accepted} accepted" if summary.accepted else ""
    return f"none known{mild}", BadgeColour.A if status.fresh else BadgeColour.C


def _counted(summary: VulnerabilitySummary) -> tuple[str, BadgeColour]:
    """The number and the worst severity, in its colour."""
    kinds = [(getattr(summary, name), name) for name in _SEVERITIES if getattr(summary, name)]
    number, worst = kinds[0]
    words = f"{number} {worst}" if len(kinds) == 1 else f"{summary.total} open, {number} {worst}"
    return words, _SEVERITIES[worst]


def _only_accepted(status: SecurityStatus) -> str:
    """`2 accepted critical`: none is open but those that are accepted."""
    accepted = severe_accepted(status)
    known = [item for item in accepted if item.section == "vulnerability"]
    if not known:
        return f"{len(accepted)} accepted in the code"
    kinds = {item.severity for item in known}
    if len(kinds) == 1 and len(known) == status.vulnerability_summary.accepted:
        return f"{len(known)} accepted {known[0].severity}"
    return f"{status.vulnerability_summary.accepted} accepted, {severe_words(known)}"


def _last_scan(status: SecurityStatus, package: str) -> Badge:
    if not status.proved:
        stale = any(
            r.rule.startswith("freshness") for r in status.reasons if r.ceiling is Grade.UNKNOWN
        )
        word = "too old" if stale else "incomplete"
        message, colour = f"{_scanned(status)}, {word}", BadgeColour.UNKNOWN
    elif not status.fresh:
        message, colour = f"{_scanned(status)}, overdue", BadgeColour.C
    else:
        message, colour = _scanned(status), BadgeColour.A
    return _badge("last-scan", "last scan", message, colour, f"Last scan of {package}: {message}")


def _days_since(status: SecurityStatus, package: str) -> Badge:
    days = status.days_since_last_vulnerability
    label = "days since vulnerability"
    when = format_day(status.as_of)
    if days is None:
        title = f"Days since the last vulnerability of {package}: unknown on {when}"
        return _badge("days-since", label, f"unknown · {when}", BadgeColour.UNKNOWN, title)
    colour = BadgeColour.A if days and status.fresh else BadgeColour.C
    if not status.proved:
        colour = BadgeColour.UNKNOWN
    title = f"Days since the last vulnerability of {package}: {format_count(days, 'day')} on {when}"
    return _badge("days-since", label, f"{days} · {when}", colour, title)


def _remediation(status: SecurityStatus, package: str) -> Badge:
    word = status.remediation_status
    colour = _REMEDIATION[word]
    if word == "current" and not status.proved:
        colour = BadgeColour.UNKNOWN
    elif word == "current" and not status.fresh:
        colour = BadgeColour.C
    title = f"Remediation of known vulnerabilities of {package}: {word}, scanned {_scanned(status)}"
    return _badge("remediation", "remediation", f"{word} · {_scanned(status)}", colour, title)


def _status_api(metrics: Mapping[str, Any], package: str) -> Badge:
    looked, state = find_measured_at(metrics), metrics["state"]
    if looked is None:
        words = "not measured"
    elif state == UNKNOWN:
        words = f"unknown · last probe {format_day(looked)}"
    else:
        words = f"{state} · {format_day(looked)}"
    title = f"Status API of {package}: {words}"
    colour = _STATE_COLOURS.get(state, BadgeColour.UNKNOWN)
    return _badge("status-api", "status api", words, colour, title)


# What a badge tells more about than the front page does.
_PAGES = {"status-api": "health.html"}


@dataclass(frozen=True, slots=True)
class BadgeLinks:
    """One badge that leads to the site, in four forms; `shields` is an address."""

    markdown: str
    rst: str
    html: str
    shields: str


def badge_links(place: SiteInfo, name: str, label: str) -> BadgeLinks:
    """Return the links of the badge `name` in its flat style. `label`: its left text."""
    image, target = place.url(badge_path(name, "flat")), place.url(_PAGES.get(name, ""))
    alt = "security status" if name == "grade" else f"{label} of {place.package}"
    endpoint = place.url(f"badges/{name}.json")
    return BadgeLinks(
        markdown=f"[![{alt}]({image})]({target})",
        rst=f".. image:: {image}\n   :target: {target}\n   :alt: {alt}",
        html=f'<a href="{target}"><img src="{image}" alt="{alt}" height="20"></a>',
        shields=f"https://img.shields.io/endpoint?url={endpoint}",
    )

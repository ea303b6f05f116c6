"""The six badges of a site: the same facts as its pages, in a few words and with their date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secstatus.site.badges import Badge, BadgeColour
from secstatus.site.dates import count, day_text
from secstatus.site.metrics import UNKNOWN, measured_at
from secstatus.status.assessment import SecurityStatus
from secstatus.status.grade import Letter

_COLOURS = {
    Letter.A: BadgeColour.A,
    Letter.B: BadgeColour.B,
    Letter.C: BadgeColour.C,
    Letter.D: BadgeColour.D,
    Letter.F: BadgeColour.F,
    Letter.UNKNOWN: BadgeColour.UNKNOWN,
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
    """The badges of `api.BADGES`, in this order. `metrics`: the document `api/v1/metrics.json`.

    A badge whose statement cannot be proved is grey and says so.
    """
    return [
        _grade(status, package),
        _vulnerabilities(status, package),
        _last_scan(status, package),
        _days_since(status, package),
        _remediation(status, package),
        _status_api(metrics, package),
    ]


def _scanned(status: SecurityStatus) -> str:
    return day_text(status.scan_date)


def _badge(name: str, label: str, message: str, colour: BadgeColour, title: str) -> Badge:
    return Badge(name, label, message, colour, title, title)


def _grade(status: SecurityStatus, package: str) -> Badge:
    letter = status.security_grade
    word = "unknown" if letter is Letter.UNKNOWN else letter.value
    accepted = status.vulnerability_summary.accepted
    extra = f", {accepted} accepted" if accepted and word != "unknown" else ""
    title = f"Security grade of {package}: {word}{extra}, scanned {_scanned(status)}"
    message = f"{word}{extra} · {_scanned(status)}"
    return _badge("grade", "security", message, _COLOURS[letter], title)


def _vulnerabilities(status: SecurityStatus, package: str) -> Badge:
    words, colour = _known(status)
    title = f"Known open vulnerabilities of {package}: {words}, scanned {_scanned(status)}"
    message = f"{words} · {_scanned(status)}"
    return _badge("vulnerabilities", "vulnerabilities", message, colour, title)


def _known(status: SecurityStatus) -> tuple[str, BadgeColour]:
    summary = status.vulnerability_summary
    if status.security_grade is Letter.UNKNOWN or not status.proved:
        known = f"{summary.total} or more" if summary.total else "unknown"
        return known, BadgeColour.UNKNOWN
    if not summary.total:
        return "none known", BadgeColour.A if status.fresh else BadgeColour.C
    colours = {
        "critical": BadgeColour.F,
        "high": BadgeColour.D,
        "medium": BadgeColour.C,
        "unknown": BadgeColour.C,
        "low": BadgeColour.B,
        "info": BadgeColour.B,
    }
    kinds = [(getattr(summary, name), name) for name in colours if getattr(summary, name)]
    number, worst = kinds[0]
    words = f"{number} {worst}" if len(kinds) == 1 else f"{summary.total} open, {number} {worst}"
    return words, colours[worst]


def _last_scan(status: SecurityStatus, package: str) -> Badge:
    if not status.proved:
        stale = any(
            r.rule.startswith("freshness") for r in status.reasons if r.ceiling is Letter.UNKNOWN
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
    when = day_text(status.as_of)
    if days is None:
        title = f"Days since the last vulnerability of {package}: unknown on {when}"
        return _badge("days-since", label, f"unknown · {when}", BadgeColour.UNKNOWN, title)
    colour = BadgeColour.A if days and status.fresh else BadgeColour.C
    if not status.proved:
        colour = BadgeColour.UNKNOWN
    title = f"Days since the last vulnerability of {package}: {count(days, 'day')} on {when}"
    return _badge("days-since", label, f"{days} · {when}", colour, title)


def _remediation(status: SecurityStatus, package: str) -> Badge:
    word = status.remediation_status
    colour = _REMEDIATION[word]
    if word == "current" and not status.fresh:
        colour = BadgeColour.C
    title = f"Remediation of known vulnerabilities of {package}: {word}, scanned {_scanned(status)}"
    return _badge("remediation", "remediation", f"{word} · {_scanned(status)}", colour, title)


def _status_api(metrics: Mapping[str, Any], package: str) -> Badge:
    looked, state = measured_at(metrics), metrics["state"]
    if looked is None:
        words = "not measured"
    elif state == UNKNOWN:
        words = f"unknown · last look {day_text(looked)}"
    else:
        words = f"{state} · {day_text(looked)}"
    title = f"Status API of {package}: {words}"
    colour = _STATE_COLOURS.get(state, BadgeColour.UNKNOWN)
    return _badge("status-api", "status api", words, colour, title)

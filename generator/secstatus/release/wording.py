"""A change in words: one line each, in which no text of a stranger can be markup or a command."""

from __future__ import annotations

import re

from secstatus.findings.escaping import JOINER, one_line, shorten
from secstatus.findings.finding import Finding
from secstatus.release.changes import ChangeType, SecurityChange
from secstatus.release.standing import SnapshotFinding

LONGEST = 300
# A backslash takes their meaning from these, and from what begins a list or a heading.
_ACTIVE = re.compile(r"[\\`*_\[\]<>#|!~&]|^[-+=](?=[-+= ]|$)")
_NUMBER = re.compile(r"^(\d{1,9})(?=[.)](?: |$))")
# GitHub makes links of bare addresses, and people of what follows an @; git reads trailers.
_ADDRESS = re.compile(
    r":(?=//)|(?<=www)\.|(?<=xmpp):|(?<=mailto):|(?<=^security-decision):", re.IGNORECASE
)


def plain(text: str, longest: int = LONGEST) -> str:
    """A stranger's text as one line of Markdown in which nothing is markup, at most so long."""
    line = _ACTIVE.sub(r"\\\g<0>", shorten(one_line(text), longest))
    line = _NUMBER.sub(r"\1\\", line)
    return _ADDRESS.sub(r"\\\g<0>", line).replace("@", f"@{JOINER}")


def name_finding(item: SecurityChange) -> str:
    """`CVE-2026-1 in urllib3`, on one line, without hidden characters."""
    package = f" in {one_line(item.package)}" if item.package else ""
    return f"{shorten(one_line(item.finding_id), 120)}{package}"


def sentence(change: SecurityChange) -> str:
    """What happened, in one line of plain text."""
    who, level = name_finding(change), change.impact_level
    match change.change_type:
        case ChangeType.DOUBT:
            return shorten(one_line(change.evidence))
        case ChangeType.GRADE:
            because = f" {change.evidence}" if change.evidence else ""
            return f"Grade {change.old_state} → {change.new_state[:1]}.{because}"
        case ChangeType.NEW | ChangeType.REOPENED:
            return _appeared(change)
        case ChangeType.RESOLVED:
            return f"Resolved: {who} ({level}){_how_long(change.item)}. {_evidence(change)}".strip()
        case ChangeType.SEVERITY:
            verb = "raised" if change.rises else "lowered"
            by = f" {_evidence(change)}" if change.evidence else ""
            return f"{who}: severity {verb}, {change.old_state} → {change.new_state}.{by}"
        case ChangeType.WITHDRAWN:
            return f"{who} was withdrawn. {_evidence(change)}".strip()
        case ChangeType.METADATA:
            return f"{shorten(one_line(change.old_state or ''))} is now {who}."
        case _:
            return _moved(change)


def _moved(change: SecurityChange) -> str:
    words = {
        ChangeType.SUPPRESSED: "is accepted, or a false positive, by people's word",
        ChangeType.COUNTED_AGAIN: "is no longer accepted and counts again",
        ChangeType.UNOBSERVED: "is not reported any more, and nothing proves that it is gone",
        ChangeType.OBSERVED_AGAIN: "is reported again",
        ChangeType.FIX_AVAILABLE: "has a fix now",
    }
    fixed = change.item.finding.fix_version if change.item and change.item.finding else ""
    if change.change_type is ChangeType.FIX_AVAILABLE and fixed:
        return f"{name_finding(change)}: {shorten(one_line(fixed), 60)} fixes it."
    return f"{name_finding(change)} {words[change.change_type]}. {_evidence(change)}".strip()


def _evidence(change: SecurityChange) -> str:
    return shorten(one_line(change.evidence))


def _appeared(change: SecurityChange) -> str:
    again = change.change_type is ChangeType.REOPENED
    level = change.impact_level
    finding = change.item.finding if change.item else None
    who = name_finding(change)
    head = f"{who} is back ({level})" if again else f"New: {who} ({level})"
    if "unknown" in change.new_state and change.item:
        head += f", its severity unknown since {change.item.opened}"
    title = shorten(one_line(finding.title), 160).rstrip(".") if finding else ""
    told = f"{head}: {title}" if title else head
    return f"{told}{'' if told.endswith('…') else '.'} {_fix(finding)}".strip()


def _fix(finding: Finding | None) -> str:
    if finding is None:
        return ""
    if finding.fix_version:
        return f"Fixed in {shorten(one_line(finding.fix_version), 60)}."
    return "No fix yet." if finding.fix_available is False else ""


def _how_long(item: SnapshotFinding | None) -> str:
    if item is None or item.closed is None:
        return ""
    days = max(0, (item.closed - item.opened).days)
    return f", open for {days} day{'' if days == 1 else 's'}"

"""Changes as text: sentences, Markdown items and JSON, with all untrusted text made harmless."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from secstatus.findings.finding import Finding
from secstatus.release.changes import ChangeType, SecurityChange
from secstatus.release.rules import RuledChange
from secstatus.release.snapshot import SnapshotFinding
from secstatus.text.escaping import JOINER, shorten, to_one_line

LONGEST = 300
# A backslash takes their meaning from these, and from what begins a list or a heading.
_ACTIVE = re.compile(r"[\\`*_\[\]<>#|!~&]|^[-+=](?=[-+= ]|$)")
_NUMBER = re.compile(r"^(\d{1,9})(?=[.)](?: |$))")
# GitHub makes links of bare addresses, and people of what follows an @; git reads trailers.
_ADDRESS = re.compile(
    r":(?=//)|(?<=www)\.|(?<=xmpp):|(?<=mailto):|(?<=^security-decision):", re.IGNORECASE
)


def escape_line(text: str, longest: int = LONGEST) -> str:
    """Untrusted text as one line of Markdown without markup, at most `longest` characters."""
    # Shortened first: a cut between a backslash and its character would free the character.
    line = _ACTIVE.sub(r"\\\g<0>", shorten(to_one_line(text), longest))
    line = _NUMBER.sub(r"\1\\", line)
    # A word joiner after @: GitHub notifies nobody, and the text looks the same.
    return _ADDRESS.sub(r"\\\g<0>", line).replace("@", f"@{JOINER}")


def name_finding(item: SecurityChange) -> str:
    """`CVE-2026-1 in urllib3`, on one line, without hidden characters."""
    package = f" in {to_one_line(item.package)}" if item.package else ""
    # Ids are a report's text: 120 characters hold each real one.
    return f"{shorten(to_one_line(item.finding_id), 120)}{package}"


def describe_change(change: SecurityChange) -> str:
    """What happened, in one line of plain text."""
    who, level = name_finding(change), change.impact_level
    match change.change_type:
        case ChangeType.DOUBT:
            return shorten(to_one_line(change.evidence))
        case ChangeType.GRADE:
            because = f" {change.evidence}" if change.evidence else ""
            # The first character: the state may continue with ", without evidence".
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
            return f"{shorten(to_one_line(change.old_state or ''))} is now {who}."
        case _:
            return _moved(change)


def _moved(change: SecurityChange) -> str:
    words = {
        ChangeType.SUPPRESSED: "is accepted, or declared a false positive",
        ChangeType.COUNTED_AGAIN: "is no longer accepted and counts again",
        ChangeType.UNOBSERVED: "is not reported any more, and nothing proves that it is gone",
        ChangeType.OBSERVED_AGAIN: "is reported again",
        ChangeType.FIX_AVAILABLE: "has a fix now",
    }
    fixed = change.item.finding.fix_version if change.item and change.item.finding else ""
    if change.change_type is ChangeType.FIX_AVAILABLE and fixed:
        return f"{name_finding(change)}: {shorten(to_one_line(fixed), 60)} fixes it."
    return f"{name_finding(change)} {words[change.change_type]}. {_evidence(change)}".strip()


def _evidence(change: SecurityChange) -> str:
    return shorten(to_one_line(change.evidence))


def _appeared(change: SecurityChange) -> str:
    again = change.change_type is ChangeType.REOPENED
    level = change.impact_level
    finding = change.item.finding if change.item else None
    who = name_finding(change)
    head = f"{who} is back ({level})" if again else f"New: {who} ({level})"
    if "unknown" in change.new_state and change.item:
        head += f", its severity unknown since {change.item.opened}"
    title = shorten(to_one_line(finding.title), 160).rstrip(".") if finding else ""
    told = f"{head}: {title}" if title else head
    return f"{told}{'' if told.endswith('…') else '.'} {_fix(finding)}".strip()


def _fix(finding: Finding | None) -> str:
    if finding is None:
        return ""
    if finding.fix_version:
        return f"Fixed in {shorten(to_one_line(finding.fix_version), 60)}."
    # None means that the report does not say: then neither do we.
    return "No fix yet." if finding.fix_available is False else ""


def _how_long(item: SnapshotFinding | None) -> str:
    if item is None or item.closed is None:
        return ""
    days = max(0, (item.closed - item.opened).days)
    return f", open for {days} day{'' if days == 1 else 's'}"


# What goes along with a release that something else has asked for.
NEWS = frozenset(
    {
        ChangeType.NEW,
        ChangeType.REOPENED,
        ChangeType.SEVERITY,
        ChangeType.WITHDRAWN,
        ChangeType.RESOLVED,
    }
)


def render_entry(change: SecurityChange, today: date) -> str:
    """One finding with everything that a reader needs to judge it."""
    item = change.item
    head = f"- **{escape_line(change.finding_id, 120)}** ({escape_line(change.impact_level)})"
    if item is None:
        return head
    facts = [f"also {', '.join(escape_line(name, 60) for name in item.aliases[:6])}"] * bool(
        item.aliases
    )
    facts += _facts(item, today)
    if change.change_type is ChangeType.SEVERITY:
        facts.insert(0, f"severity {change.old_state} → {change.new_state}")
    title = escape_line(item.finding.title.rstrip("."), 200) if item.finding else ""
    told = "; ".join(facts)
    # A backslash before the end of a line breaks it (CommonMark, section 6.7).
    return f"{head}{': ' + title if title else ''}\\\n  {told[:1].upper()}{told[1:]}."


def _facts(item: SnapshotFinding, today: date) -> list[str]:
    finding, facts = item.finding, []
    if item.package:
        version = f" {escape_line(finding.version, 60)}" if finding and finding.version else ""
        facts.append(f"in {escape_line(item.package, 100)}{version}")
    if finding and finding.cvss_score is not None:
        by = f", {escape_line(finding.severity_from, 80)}" if finding.severity_from else ""
        vector = f" ({escape_line(finding.cvss_vector, 120)}{by})" if finding.cvss_vector else ""
        facts.append(f"CVSS {finding.cvss_score:g}{vector}")
    if finding and finding.fix_version:
        facts.append(f"fixed in {escape_line(finding.fix_version, 60)}")
    elif finding and finding.fix_available is False:
        facts.append("no fix yet")
    days = max(0, ((item.closed or today) - item.opened).days)
    facts.append(f"known since {item.opened}, open for {days} day{'' if days == 1 else 's'}")
    if item.closed:
        facts += [escape_line(item.evidence.rstrip("."), 400)] if item.evidence else []
    elif finding and finding.plan and finding.plan.workaround:
        facts.append(f"workaround: {escape_line(finding.plan.workaround)}")
    return facts


def render_changes(judged: Sequence[RuledChange]) -> list[dict[str, Any]]:
    """The changes for JSON, each with the design's fields, its row and what follows."""
    return [
        {
            "action": item.action.value,
            "change_type": item.change.change_type.value,
            "event_key": item.change.event_key,
            "finding_id": item.change.finding_id,
            "impact_level": item.change.impact_level,
            "new_state": item.change.new_state,
            "old_state": item.change.old_state,
            "package": item.change.package or None,
            "row": item.rule.name,
            "settled": item.settled or None,
            "text": describe_change(item.change),
        }
        for item in judged
    ]


def render_section(changes: Sequence[Mapping[str, Any]]) -> str:
    """The items of a change log's Security section, from the changes of the release log."""
    kinds = {kind.value for kind in NEWS}
    told = [each for each in changes if each.get("change_type") in kinds]
    lines = [
        f"- {escape_line(str(each.get('text', '')), 600)}"
        for each in told
        if not each.get("settled")
    ]
    return "".join(f"{line}\n" for line in lines)

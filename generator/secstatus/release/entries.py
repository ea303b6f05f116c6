"""One change as an item of a list in Markdown, and all of them as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from secstatus.release.changes import ChangeType, SecurityChange
from secstatus.release.matrix import RuledChange
from secstatus.release.standing import SnapshotFinding
from secstatus.release.wording import plain, sentence

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


def entry(change: SecurityChange, today: date) -> str:
    """One finding with everything that a reader needs to judge it."""
    item = change.item
    head = f"- **{plain(change.finding_id, 120)}** ({plain(change.impact_level)})"
    if item is None:
        return head
    facts = [f"also {', '.join(plain(name, 60) for name in item.aliases[:6])}"] * bool(item.aliases)
    facts += _facts(item, today)
    if change.change_type is ChangeType.SEVERITY:
        facts.insert(0, f"severity {change.old_state} → {change.new_state}")
    title = plain(item.finding.title.rstrip("."), 200) if item.finding else ""
    told = "; ".join(facts)
    # A backslash before the end of a line breaks it (CommonMark, section 6.7).
    return f"{head}{': ' + title if title else ''}\\\n  {told[:1].upper()}{told[1:]}."


def _facts(item: SnapshotFinding, today: date) -> list[str]:
    finding, facts = item.finding, []
    if item.package:
        version = f" {plain(finding.version, 60)}" if finding and finding.version else ""
        facts.append(f"in {plain(item.package, 100)}{version}")
    if finding and finding.cvss_score is not None:
        by = f", {plain(finding.severity_from, 80)}" if finding.severity_from else ""
        vector = f" ({plain(finding.cvss_vector, 120)}{by})" if finding.cvss_vector else ""
        facts.append(f"CVSS {finding.cvss_score:g}{vector}")
    if finding and finding.fix_version:
        facts.append(f"fixed in {plain(finding.fix_version, 60)}")
    elif finding and finding.fix_available is False:
        facts.append("no fix yet")
    days = max(0, ((item.closed or today) - item.opened).days)
    facts.append(f"known since {item.opened}, open for {days} day{'' if days == 1 else 's'}")
    if item.closed:
        facts += [plain(item.evidence.rstrip("."), 400)] if item.evidence else []
    elif finding and finding.plan and finding.plan.workaround:
        facts.append(f"workaround: {plain(finding.plan.workaround)}")
    return facts


def as_json(judged: Sequence[RuledChange]) -> list[dict[str, Any]]:
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
            "row": item.row.name,
            "settled": item.settled or None,
            "text": sentence(item.change),
        }
        for item in judged
    ]


def section(changes: Sequence[Mapping[str, Any]]) -> str:
    """The items of a change log's Security section, out of the changes as the book keeps them."""
    kinds = {kind.value for kind in NEWS}
    told = [each for each in changes if each.get("change_type") in kinds]
    lines = [
        f"- {plain(str(each.get('text', '')), 600)}" for each in told if not each.get("settled")
    ]
    return "".join(f"{line}\n" for line in lines)

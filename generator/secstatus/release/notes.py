"""Why a release is made, and what users read about it: justification, change log, release body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from secstatus.findings.severity import Severity
from secstatus.release.changes import ChangeType, SecurityChange
from secstatus.release.decision import Before, ReleaseDecision, ReleaseRequest, Trigger, decide
from secstatus.release.policy import Audience, ReleasePolicy
from secstatus.release.rules import RuledChange
from secstatus.release.snapshot import Snapshot, SnapshotFinding
from secstatus.release.wording import NEWS, describe_change, escape_line, render_entry
from secstatus.text.escaping import shorten, to_one_line

# GitHub's release bodies end at 125,000 characters.
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class ReleaseJustification:
    """The texts of a decision, made from it, from its snapshot and the request.

    Day counts are those of the snapshot.
    """

    decision: ReleaseDecision
    standing: Snapshot
    request: ReleaseRequest
    audience: Audience

    def text(self) -> str:
        """The justification: a few plain sentences, each on one line."""
        decision = self.decision
        lines = []
        if decision.trigger_type is Trigger.MANUAL:
            note = shorten(to_one_line(self.request.note)).rstrip(".")
            asked = f"Asked for by hand ({self.request.kind})"
            lines.append(f"{asked}: {note}." if note else f"{asked}.")
        lines += [describe_change(item.change) for item in decision.deciding[:MOST_LISTED]]
        # What is cut off is counted: the notes must not claim to be complete.
        if more := len(decision.deciding) - MOST_LISTED:
            lines += [f"And {more} more."] if more > 0 else []
        if not decision.should_release:
            lines = [self._why_not(), *(lines if decision.held_until else [])]
        return "\n".join(lines)

    def _why_not(self) -> str:
        decision = self.decision
        if decision.is_first:
            return f"Baseline of {_findings(len(self.standing.there))} recorded; no release."
        if decision.deciding:
            # A release is due and held back: the last alert says until when.
            return f"{decision.alerts[-1]}."
        if not decision.judged:
            return "Nothing changed; no release."
        # By rule, so that a thousand changes of wording are one clause.
        rows = Counter(item.settled or item.rule.text for item in decision.judged)
        told = "; ".join(f"{text} ({number})" for text, number in rows.items())
        return f"No change asks for a release. {told}."

    def notes(self) -> str:
        """The body of the release, in Markdown; empty without a release."""
        decision = self.decision
        if not decision.should_release:
            return ""
        parts = [self._first(), self._asked(), *self._lists(), self._upgrade(), self._still_open()]
        if any(self._has_no_fix(item.change) for item in decision.deciding):
            text = (
                "Upgrading does not fix what has no fix yet: for that, this release only informs."
            )
            parts.insert(1, text)
        # A trailer, as git reads it: it leads from the release back to its decision.
        parts.append(f"Security-Decision: {decision.decision_id}")
        return "\n\n".join(part for part in parts if part) + "\n"

    def security_section(self) -> str:
        """The items of the `### Security` section of a change log (Keep a Changelog 1.1.0)."""
        items = [f"- {escape_line(describe_change(item.change), 600)}" for item in self._told()]
        # A feature release without news on security has no Security section.
        if self.decision.trigger_type is Trigger.MANUAL and not items:
            return ""
        return "\n".join(items[:MOST_LISTED]) + ("\n" if items else "")

    def _told(self) -> list[RuledChange]:
        """What the release is about: what decided, and the milder news that it takes along."""
        return [
            item
            for item in self.decision.judged
            if item.change.change_type in NEWS and not item.settled
        ]

    def _has_no_fix(self, change: SecurityChange) -> bool:
        finding = change.item.finding if change.item else None
        # A finding that appeared: a resolved one is fixed by this release.
        return change.rises and finding is not None and not finding.fix_version

    def _first(self) -> str:
        """Counts by severity word, in the first sentence."""
        told = [item.change for item in self._told()]
        fixed = _by_severity(c for c in told if c.change_type is ChangeType.RESOLVED)
        new = _by_severity(c for c in told if c.rises)
        halves = [f"fixes {fixed}" if fixed else "", f"reports {new}" if new else ""]
        what = " and ".join(half for half in halves if half)
        if not what:
            return ""
        return f"This release of {escape_line(self.audience.package, 100)} {what}."

    def _asked(self) -> str:
        if self.decision.trigger_type is not Trigger.MANUAL:
            return ""
        note = (
            escape_line(self.request.note, 2000)
            or f"A release was asked for ({self.request.kind})."
        )
        upgrade = "\n\n### Upgrade\n\nThis release changes behaviour; read the change log first."
        return note + (upgrade if str(self.request.kind) == "breaking" else "")

    def _lists(self) -> Iterator[str]:
        told = [item.change for item in self._told()]
        resolved = [c for c in told if c.change_type is ChangeType.RESOLVED]
        news = [c for c in told if c.rises]
        others = [c for c in told if c.change_type is not ChangeType.RESOLVED and not c.rises]
        for heading, changes in (("Fixed", resolved), ("New", news), ("Also changed", others)):
            if changes:
                more = len(changes) - MOST_LISTED
                lines = [
                    render_entry(change, self.standing.at.date())
                    for change in changes[:MOST_LISTED]
                ]
                lines += [f"- and {more} more"] if more > 0 else []
                yield f"### {heading}\n\n" + "\n".join(lines)

    def _upgrade(self) -> str:
        return f"### Upgrade\n\n    pip install --upgrade {_command_word(self.audience.package)}"

    def _still_open(self) -> str:
        counted = self.standing.counted
        link = f" The live status: <{self.audience.status_url}>" if self.audience.status_url else ""
        if not counted:
            # Never a false green, in the notes either.
            known = "No finding is open" if self.standing.proved else "No open finding is known"
            return f"### Still open\n\n{known}.{link}"
        names = ", ".join(escape_line(item.finding_id, 120) for item in counted[:10])
        more = f" and {len(counted) - 10} more" if len(counted) > 10 else ""
        words = _by_severity(counted)
        return f"### Still open\n\n{words[:1].upper()}{words[1:]}: {names}{more}.{link}"


def write_notes(
    changes: Sequence[SecurityChange],
    request: ReleaseRequest,
    policy: ReleasePolicy,
    before: Before,
    standing: Snapshot,
    audience: Audience,
) -> ReleaseDecision:
    """The decision of `decide`, with its justification and release notes."""
    request = replace(request, version=audience.version)
    found = decide(changes, request, policy, before)
    justification = ReleaseJustification(found, standing, request, audience)
    return replace(found, justification=justification.text(), release_notes=justification.notes())


def _findings(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"


def _by_severity(changes: Iterable[SecurityChange | SnapshotFinding]) -> str:
    """`1 critical and 2 medium findings`."""
    counted = Counter(
        c.impact_level if isinstance(c, SecurityChange) else c.severity.value for c in changes
    )
    words = [
        f"{counted[severity.value]} {'of unknown severity' if severity == 'unknown' else severity}"
        for severity in Severity
        if counted[severity.value]
    ]
    if not words:
        return ""
    joined = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"{joined} finding{'' if counted.total() == 1 else 's'}"


def _command_word(package: str) -> str:
    """The name, if it is one by PEP 508; nothing else may stand in a command line."""
    name = "".join(char for char in package if char.isascii() and (char.isalnum() or char in "-_."))
    return name or "PACKAGE"

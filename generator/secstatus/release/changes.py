"""What changed between two moments, by identity: never by text, order, line or clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256

from secstatus.findings.finding import make_identity
from secstatus.findings.severity import Severity
from secstatus.release.policy import ReleasePolicy
from secstatus.release.snapshot import Snapshot, SnapshotFinding, SnapshotPair, SnapshotState, pairs
from secstatus.status.policy import Grade


class ChangeType(StrEnum):
    """The first three are words of the design's model; the others name what it left out."""

    # The order is that of urgency: `_urgency` sorts by it.
    NEW = "new_vulnerability"
    RESOLVED = "resolved"
    SEVERITY = "severity_change"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"
    COUNTED_AGAIN = "counted_again"
    UNOBSERVED = "unobserved"
    OBSERVED_AGAIN = "observed_again"
    FIX_AVAILABLE = "fix_available"
    METADATA = "metadata"
    GRADE = "grade_change"
    DOUBT = "incomplete"


@dataclass(frozen=True, slots=True)
class SecurityChange:
    """One change. The names of the design's model are kept.

    `finding_id` is empty where the change is about the whole (the grade, a scan). `old_state` is
    None for what was not known before. `impact_level` is the severity that counts, or `none`.
    `rises`: it got worse than it was. `evidence` says what proves it, or what is missing. `item`
    has the details of the finding.
    """

    change_type: ChangeType
    finding_id: str
    old_state: str | None
    new_state: str
    impact_level: str
    package: str = ""
    episode: int = 0
    rises: bool = False
    evidence: str = ""
    # Not compared: a better title makes no other change of it.
    item: SnapshotFinding | None = field(default=None, compare=False)

    @property
    def about(self) -> str:
        """`own`: about the package itself; `other`: in a dependency that users do not install."""
        if self.item is None:
            return ""
        return "own" if self.item.own else "" if self.item.graded else "other"

    @property
    def event_key(self) -> str:
        """Names the event, the same in every run: 32 hex digits (half of a SHA-256)."""
        # Neither severity nor title is in the key: an event is released once, whatever is learnt
        # later.
        known = self.item.key if self.item else (self.finding_id.casefold(), self.package)
        # Where nobody counts the episodes, the first day of this one tells it from an earlier one.
        day = self.item.opened.isoformat() if self.item else ""
        time = str(self.episode or day)
        parts = (*known, time, self.change_type, self.old_state or "", self.new_state)
        # 128 bits: collisions cannot be made on purpose to hide an event.
        return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class SecurityChangeDetector:
    """Finds what changed. A severity that stays unknown for `unknown_days` counts as high."""

    unknown_days: int = ReleasePolicy().unknown_days

    def between(self, old: Snapshot, new: Snapshot, today: date) -> tuple[SecurityChange, ...]:
        """Every change from `old` to `new`, worst first. Pure, and in no way moved by order.

        What is closed and was closed before is no change, nor is what was never there. A finding
        of `old` that `new` does not know at all is in doubt and never resolved.
        """
        before = old.at.date()
        found = [
            change
            # By identity: ids come and go between scans, the transitive set of aliases stays.
            for pair in pairs(old.items, _comparable(new, old))
            for change in self._changes(pair, before, today)
        ]
        found += _grade_change(old, new, found)
        found += [
            SecurityChange(ChangeType.DOUBT, "", None, "incomplete", "none", evidence=text)
            for text in new.doubts
        ]
        return tuple(sorted(found, key=_urgency))

    def all_new(self, standing: Snapshot, today: date) -> tuple[SecurityChange, ...]:
        """Everything that is there, as a first run sees it, worst first."""
        found = [self._appeared(item, today) for item in standing.there]
        return tuple(sorted(found, key=_urgency))

    def _changes(self, pair: SnapshotPair, before: date, today: date) -> Iterator[SecurityChange]:
        old, new = next(iter(pair.old), None), next(iter(pair.new), None)
        if new is None:
            if old is not None and old.state.is_there:
                # A lost ledger or a status file without closed findings: silence is no resolution.
                text = "It is missing, and nothing says that it was resolved."
                yield _change(ChangeType.UNOBSERVED, old, old.state, "unobserved", evidence=text)
        elif not new.state.is_there:
            yield from self._ended(old, new, today)
        elif old is None or not old.state.is_there:
            yield self._appeared(new, today, was_there=old is not None)
        else:
            yield from self._stayed(pair, old, new, before, today)

    def _ended(
        self, old: SnapshotFinding | None, new: SnapshotFinding, today: date
    ) -> Iterator[SecurityChange]:
        # Closed before and closed now: only a further episode in between is an event.
        if old is not None and not old.state.is_there and old.episode >= new.episode:
            return
        kind = ChangeType.RESOLVED if new.state is SnapshotState.RESOLVED else ChangeType.WITHDRAWN
        # The worse of both: a severity that was lowered on the day of the fix hides nothing.
        worst = min((i for i in (old, new) if i), key=lambda i: i.severity.rank)
        impact = worst.weight(today, self.unknown_days)
        yield _change(kind, new, old.state if old else None, new.state, impact, new.evidence)

    def _appeared(
        self, new: SnapshotFinding, today: date, was_there: bool = False
    ) -> SecurityChange:
        impact = new.weight(today, self.unknown_days)
        if new.state is SnapshotState.ACCEPTED:
            return _change(ChangeType.SUPPRESSED, new, None, "accepted", impact)
        # An earlier episode means "back", also where the baseline has not seen it.
        again = was_there or new.episode > 1
        kind = ChangeType.REOPENED if again else ChangeType.NEW
        old_state = SnapshotState.RESOLVED if again else None
        # An event of its own: the same finding was recorded as unknown before, without a release.
        waited = new.severity is Severity.UNKNOWN and impact is Severity.HIGH
        state = "open, severity unknown for too long" if waited else "open"
        return _change(kind, new, old_state, state, impact, new.evidence, rises=True)

    def _stayed(
        self,
        pair: SnapshotPair,
        old: SnapshotFinding,
        new: SnapshotFinding,
        before: date,
        today: date,
    ) -> Iterator[SecurityChange]:
        was, now = old.weight(before, self.unknown_days), new.weight(today, self.unknown_days)
        # Resolved and back between two releases: nobody saw it closed, but it was.
        if 0 < old.episode < new.episode and new.state is not SnapshotState.ACCEPTED:
            text = "It was resolved and came back since."
            kind, before_it = ChangeType.REOPENED, SnapshotState.RESOLVED
            yield _change(kind, new, before_it, "open", now, text, rises=True)
        # The severities that count: unknown for too long is high, without any new report.
        elif was is not now:
            worse = now.rank < was.rank
            source = new.finding.severity_from if new.finding else ""
            text = f"By {source}." if source else ""
            yield _change(ChangeType.SEVERITY, new, was, now, now, text, rises=worse)
        yield from _moved(old, new, now)
        # A hint for maintainers; the release follows from the resolution, not from the possibility.
        if new.fixable and not old.fixable:
            yield _change(ChangeType.FIX_AVAILABLE, new, "no fix", "fix available", now)
        if len(pair.old) > len(pair.new) or old.finding_id.casefold() != new.key[0]:
            names = ", ".join(sorted({item.finding_id for item in pair.old}))
            yield _change(ChangeType.METADATA, new, names, new.finding_id, now)


def _moved(
    old: SnapshotFinding, new: SnapshotFinding, impact: Severity
) -> Iterator[SecurityChange]:
    """Changes of acceptance, and of whether the finding is observed."""
    accepted, seen = SnapshotState.ACCEPTED, SnapshotState.UNOBSERVED
    if (old.state is accepted) is not (new.state is accepted):
        kind = ChangeType.SUPPRESSED if new.state is accepted else ChangeType.COUNTED_AGAIN
        yield _change(kind, new, old.state, new.state, impact, rises=new.state is not accepted)
    elif (old.state is seen) is not (new.state is seen):
        kind = ChangeType.UNOBSERVED if new.state is seen else ChangeType.OBSERVED_AGAIN
        yield _change(kind, new, old.state, new.state, impact, new.evidence)


def _change(
    kind: ChangeType,
    item: SnapshotFinding,
    old_state: str | None,
    new_state: str,
    impact: Severity | None = None,
    evidence: str = "",
    rises: bool = False,
) -> SecurityChange:
    return SecurityChange(
        kind,
        item.finding_id,
        None if old_state is None else str(old_state),
        str(new_state),
        str(impact or item.severity),
        item.package,
        item.episode,
        rises,
        evidence,
        item,
    )


def _comparable(new: Snapshot, old: Snapshot) -> Iterator[SnapshotFinding]:
    """What is there, and what was closed since: a finding that was closed before is no news."""
    known = {make_identity(name, item.package) for item in old.there for name in item.ids}
    names = {name for name, _ in known}
    bare = {name for name, package in known if not package}
    for item in new.items:
        # On the day itself either could have been first, so it is compared.
        late = item.closed is None or item.closed >= old.at.date()
        keys = [make_identity(name, item.package) for name in item.ids]
        mine = any(key in known or key[0] in (bare if item.package else names) for key in keys)
        if item.state.is_there or late or mine:
            yield item


def _grade_change(
    old: Snapshot, new: Snapshot, found: Sequence[SecurityChange]
) -> Iterator[SecurityChange]:
    """A better grade counts if evidence explains it; a worse one is always a change."""
    if old.grade is new.grade:
        return
    # The order A, B, C, ?, D, F: from C to ? is worse, from ? to D too.
    worse = new.grade.rank > old.grade.rank
    text = "" if worse else _why_better(old, new, found)
    state = f"{new.grade}" if worse or not text else f"{new.grade}, without evidence"
    yield SecurityChange(
        ChangeType.GRADE, "", str(old.grade), state, "none", rises=worse, evidence=text
    )


def _why_better(old: Snapshot, new: Snapshot, found: Sequence[SecurityChange]) -> str:
    """Why the grade is better, if no resolved finding explains it; empty if one does."""
    # From `?` to A may only mean that a scanner ran again: nothing was fixed.
    if Grade.UNKNOWN in (old.grade, new.grade) or not (old.proved and new.proved):
        return "One of the two was not proved by complete and fresh scans."
    if any(each.change_type is ChangeType.RESOLVED and not each.about for each in found):
        return ""
    return "No finding was resolved: a severity, a plan, a date or the policy has changed."


def _urgency(change: SecurityChange) -> tuple[object, ...]:
    order = [*Severity]
    is_level = change.impact_level in order
    rank = order.index(Severity(change.impact_level)) if is_level else len(order)
    kinds = [*ChangeType]
    return (
        kinds.index(change.change_type),
        rank,
        change.finding_id.casefold(),
        change.package,
        change.evidence,
    )

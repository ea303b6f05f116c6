"""The release log: every decision with its state, and the snapshot that was last released.

Records are only ever added, and steps only ever added to them. A decision that is still planned is
brought up to date, since nothing has been done for it yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from secstatus.errors import UsageError
from secstatus.jsonio.records import Count, Extra, Identifier, JsonObject, Record, Timestamp
from secstatus.release.decision import Before, ReleaseDecision, Trigger
from secstatus.release.snapshot import Snapshot, SnapshotFinding
from secstatus.release.wording import render_changes
from secstatus.timestamps import format_timestamp, truncate_timestamp

SCHEMA_VERSION = "1.0"
MOST_CHANGES = 500


class ReleaseState(StrEnum):
    """How far a decision came. The first is no release; the last two end one without it.

    `failed`: publishing did not work; the release is still under way, and may come out yet.
    """

    NONE = "none"
    PLANNED = "planned"
    COMMITTED = "committed"
    PUSHED = "pushed"
    PUBLISHED = "published"
    ANNOUNCED = "announced"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    DECLINED = "declined"

    @property
    def is_under_way(self) -> bool:
        """Whether there is a commit of it, and it is not out."""
        return self in _UNDER_WAY

    @property
    def is_done(self) -> bool:
        """Whether what it covers is never released by itself again."""
        return self in (*_UNDER_WAY, *_OUT, ReleaseState.DECLINED)


_UNDER_WAY = (ReleaseState.COMMITTED, ReleaseState.PUSHED, ReleaseState.FAILED)
_OUT = (ReleaseState.PUBLISHED, ReleaseState.ANNOUNCED)
_FORWARD = (
    ReleaseState.PLANNED,
    ReleaseState.COMMITTED,
    ReleaseState.PUSHED,
    ReleaseState.PUBLISHED,
    ReleaseState.ANNOUNCED,
)


@dataclass(frozen=True, slots=True)
class ReleaseStep(Record):
    """A state that was reached, when, and what names it: version, commit, tag."""

    state: ReleaseState
    at: Timestamp
    version: str = ""
    commit: str = ""
    tag: str = ""
    note: str = ""
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecisionRecord(Record):
    """One recorded decision. `changes` are those that no earlier record contains, as JSON.

    `more` counts those that did not fit, `event_keys` are all that the release covers.
    """

    decision_id: Identifier
    decided_at: Timestamp
    scan_date: Timestamp
    trigger_type: Trigger
    justification: str
    steps: tuple[ReleaseStep, ...]
    grade: str = ""
    bump: str = ""
    release_notes: str = ""
    changes: tuple[JsonObject, ...] = ()
    more: Count = 0
    event_keys: tuple[Identifier, ...] = ()
    alerts: tuple[str, ...] = ()
    extra: Extra = field(default_factory=dict)

    @property
    def state(self) -> ReleaseState:
        return self.steps[-1].state

    @property
    def version(self) -> str:
        """The version that it became, empty while that is open."""
        return next((step.version for step in reversed(self.steps) if step.version), "")


@dataclass(frozen=True, slots=True)
class ReleaseLog(Record):
    """Decisions oldest first. `baseline` is the snapshot of the last release, or of the first run;
    `planned` that of the decision which is under way."""

    schema_version: str = SCHEMA_VERSION
    baseline: Snapshot | None = None
    planned: Snapshot | None = None
    decisions: tuple[DecisionRecord, ...] = ()
    extra: Extra = field(default_factory=dict)

    @property
    def open(self) -> DecisionRecord | None:
        """The decision for a release that is not out yet."""
        last = (ReleaseState.PLANNED, *_UNDER_WAY)
        return next((item for item in reversed(self.decisions) if item.state in last), None)

    @property
    def under_way(self) -> DecisionRecord | None:
        """A release that is committed: it is finished before anything else is decided."""
        found = self.open
        return found if found and found.state in _UNDER_WAY else None


def as_first(releases: ReleaseLog, standing: Snapshot) -> ReleaseLog:
    """An empty log, if its only decision is the first one, on this same snapshot.

    A first run that is done again says the same again.
    """
    is_same = len(releases.decisions) == 1 and releases.baseline == compact(standing)
    return ReleaseLog() if is_same else releases


def before(releases: ReleaseLog, standing: Snapshot, now: datetime) -> Before:
    """What a decision has to know of the earlier ones."""
    done = [item for item in releases.decisions if item.state.is_done]
    released = [item for item in done if item.state is not ReleaseState.DECLINED]
    baseline, backwards = releases.baseline, ""
    if baseline is not None and standing.at < baseline.at:
        backwards = (
            f"The status of {format_timestamp(standing.at)} is older than that of "
            f"{format_timestamp(baseline.at)}, with which it is compared"
        )
    return Before(
        now,
        is_first=baseline is None,
        settled=frozenset(key for item in done for key in item.event_keys),
        automatic=tuple(item.decided_at for item in released if item.trigger_type is Trigger.AUTO),
        cycle=done[-1].decision_id if done else "",
        scan=format_timestamp(standing.scanned_at),
        backwards=backwards,
    )


def record_decision(
    releases: ReleaseLog, decision: ReleaseDecision, standing: Snapshot, now: datetime
) -> ReleaseLog:
    """The log with this decision. The same decision on the same scan changes nothing."""
    kept = _kept(decision, standing, now, releases)
    last = releases.decisions[-1] if releases.decisions else None
    pending = releases.open
    if pending and pending.decision_id == kept.decision_id and decision.should_release:
        known = replace(kept, decided_at=pending.decided_at, steps=pending.steps)
        after = tuple(known if item is pending else item for item in releases.decisions)
        return replace(releases, decisions=after, planned=compact(standing))
    if (
        not decision.should_release
        and not pending
        and last
        and last.decision_id == kept.decision_id
    ):
        return releases
    decisions = tuple(_superseded(item, pending, kept, now) for item in releases.decisions)
    planned = compact(standing) if decision.should_release else None
    baseline = releases.baseline or compact(standing)
    return replace(releases, baseline=baseline, planned=planned, decisions=(*decisions, kept))


def _superseded(
    item: DecisionRecord, pending: DecisionRecord | None, by: DecisionRecord, now: datetime
) -> DecisionRecord:
    if item is not pending:
        return item
    step = ReleaseStep(
        ReleaseState.SUPERSEDED, truncate_timestamp(now), note=f"by {by.decision_id}"
    )
    return replace(item, steps=(*item.steps, step))


def _kept(
    decision: ReleaseDecision, standing: Snapshot, now: datetime, releases: ReleaseLog
) -> DecisionRecord:
    told = {
        change.get("event_key")
        for item in releases.decisions
        if item is not releases.open
        for change in item.changes
    }
    changes = render_changes(decision.judged)
    if not decision.should_release:
        changes = [change for change in changes if change["event_key"] not in told]
    at = truncate_timestamp(now)
    state = ReleaseState.PLANNED if decision.should_release else ReleaseState.NONE
    return DecisionRecord(
        decision.decision_id,
        at,
        truncate_timestamp(standing.scanned_at),
        decision.trigger_type,
        decision.justification,
        (ReleaseStep(state, at),),
        grade=standing.grade.value,
        bump=decision.bump,
        release_notes=decision.release_notes,
        changes=tuple(changes[:MOST_CHANGES]),
        more=max(0, len(changes) - MOST_CHANGES),
        event_keys=decision.event_keys if decision.should_release else (),
        alerts=decision.alerts,
    )


def compact(standing: Snapshot) -> Snapshot:
    """What a later comparison needs: what is there, and what was closed on that very day."""
    kept = (item for item in standing.items if item.state.is_there or _closed_late(item, standing))
    at, scanned_at = truncate_timestamp(standing.at), truncate_timestamp(standing.scanned_at)
    return replace(standing, at=at, scanned_at=scanned_at, items=tuple(_bare(kept)), doubts=())


def _closed_late(item: SnapshotFinding, standing: Snapshot) -> bool:
    return item.closed is not None and item.closed >= standing.at.date()


def _bare(items: Iterable[SnapshotFinding]) -> Iterable[SnapshotFinding]:
    return (replace(item, finding=None, evidence="") for item in items)


def advance_release(
    releases: ReleaseLog, step: ReleaseStep, decision_id: str = ""
) -> tuple[DecisionRecord, ReleaseLog]:
    """The decision and the log after its release has reached a state.

    The same step again changes nothing.
    `decision_id` empty: the decision that is open, else the last that was released. Raises
    UsageError for a step back, for another version, and where there is no such decision.
    """
    found = _target(releases, decision_id)
    same = found.state is step.state and step.version in ("", found.version)
    if same and (step.state is not ReleaseState.FAILED or step.note == found.steps[-1].note):
        return found, releases
    _check(found, step)
    after = replace(found, steps=(*found.steps, step))
    decisions = tuple(after if item is found else item for item in releases.decisions)
    releases = replace(releases, decisions=decisions)
    if releases.open is None and releases.planned is not None and step.state.is_done:
        releases = replace(releases, baseline=releases.planned, planned=None)
    return after, releases


def _target(releases: ReleaseLog, decision_id: str) -> DecisionRecord:
    if decision_id:
        named = [item for item in releases.decisions if item.decision_id == decision_id]
        found = named[-1] if named else None
    else:
        out = [item for item in releases.decisions if item.state in _OUT]
        found = releases.open or (out[-1] if out else None)
    if found is None:
        raise UsageError(
            f"no decision {decision_id or 'for a release'} in the release log",
            hint="Run `secstatus decide` first.",
        )
    return found


def _check(found: DecisionRecord, step: ReleaseStep) -> None:
    name = f"the decision {found.decision_id}"
    if found.version and step.version and step.version != found.version:
        raise UsageError(f"{name} became version {found.version}; found {step.version} for it")
    undone = (ReleaseState.PLANNED, ReleaseState.FAILED)
    declines = step.state is ReleaseState.DECLINED and found.state in undone
    fails = step.state is ReleaseState.FAILED and found.state in _UNDER_WAY
    mends = found.state is ReleaseState.FAILED and step.state in (ReleaseState.PUSHED, *_OUT)
    if declines or fails or mends:
        return
    if found.state not in _FORWARD or step.state not in _FORWARD:
        raise UsageError(f"{name} is {found.state}; it cannot become {step.state}")
    if _FORWARD.index(step.state) < _FORWARD.index(found.state):
        raise UsageError(f"{name} is {found.state} already; it cannot go back to {step.state}")

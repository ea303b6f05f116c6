"""decide: changes, a manual request and the policy in; one decision out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from secstatus.release.changes import SecurityChange
from secstatus.release.policy import ReleasePolicy
from secstatus.release.rules import Action, ReleaseDecisionMatrix, RuledChange
from secstatus.release.wording import describe_change
from secstatus.timestamps import format_timestamp


class Trigger(StrEnum):
    """Who asked for the release. The words are those of the design's model."""

    AUTO = "security_auto"
    MANUAL = "manual"
    NONE = "none"


class ManualRequest(StrEnum):
    """The kind of a manual request, with the part of the version that it raises."""

    FIX = "fix"
    DEPENDENCY = "dependency"
    FEATURE = "feature"
    BREAKING = "breaking"

    def bump(self, version: str) -> str:
        """A breaking change of a version below 1 raises the minor part, as is the custom."""
        if self is ManualRequest.BREAKING:
            # Semantic Versioning 2.0.0, item 4: below 1.0 anything may change at any time.
            return "minor" if version.lstrip("v").startswith("0.") else "major"
        return "minor" if self is ManualRequest.FEATURE else "patch"


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """The request of a run. `kind` None: no manual request. `version`: the current one, or ""."""

    kind: ManualRequest | None = None
    note: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """What was decided before.

    `is_first`: there is no baseline yet. `settled` are the event keys that a release has covered.
    `automatic` are the moments of the automatic releases. `cycle` names the last release, so that
    the same manual request is a new event after it. `scan` names what was looked at: each scan
    has a decision of its own. `backwards` says why the present status is
    no successor of the baseline: then nothing is decided by itself.
    """

    now: datetime
    is_first: bool = False
    settled: frozenset[str] = frozenset()
    automatic: tuple[datetime, ...] = ()
    cycle: str = ""
    scan: str = ""
    backwards: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseDecision:
    """The decision. The names of the design's model are kept; `release_notes` are filled in later.

    `bump` is the part of the version to raise, empty without a release. `judged` are the changes
    with the rule that each fell under. `held_until`: when a release that is due may be
    made. `alerts`: what the maintainers should know or do, a sentence each. `is_first`: there was
    nothing to compare with.
    """

    should_release: bool
    trigger_type: Trigger
    justification: str
    security_changes: tuple[SecurityChange, ...]
    release_notes: str = ""
    bump: str = ""
    decision_id: str = ""
    judged: tuple[RuledChange, ...] = ()
    alerts: tuple[str, ...] = ()
    held_until: datetime | None = None
    event_keys: tuple[str, ...] = ()
    is_first: bool = False

    @property
    def deciding(self) -> tuple[RuledChange, ...]:
        """The changes that ask for the release."""
        return tuple(item for item in self.judged if item.action is Action.AUTO)


def decide(
    changes: Sequence[SecurityChange],
    request: ReleaseRequest,
    policy: ReleasePolicy,
    before: Before,
    matrix: ReleaseDecisionMatrix | None = None,
) -> ReleaseDecision:
    """The strongest action of all changes. The same arguments give an equal decision.

    Every change is listed with its row. An event that a release has covered asks for no other one.
    """
    judged = (matrix or ReleaseDecisionMatrix()).judged(changes)
    if before.is_first:
        # SPEC 4: a first run records a baseline; years of old findings are no event of today.
        judged = tuple(_settled(item, "known from the beginning") for item in judged)
    else:
        judged = tuple(_unless_covered(item, before) for item in judged)
    # An older status was put back, say by a merge: its "changes" would be released twice.
    if before.backwards:
        judged = tuple(_settled(item, before.backwards) for item in judged)
    due = [item for item in judged if item.action is Action.AUTO]
    until, why = _held(due, policy, before)
    found = ReleaseDecision(
        False, Trigger.NONE, "", tuple(changes), judged=judged, is_first=before.is_first
    )
    found = replace(found, alerts=(*_alerts(judged, before), *([why] if why else [])))
    if request.kind is not None:
        keys = (_request_key(request, before), *_keys(due))
        return _released(found, Trigger.MANUAL, request.kind.bump(request.version), keys)
    if due and until is None and not why:
        return _released(found, Trigger.AUTO, "patch", _keys(due))
    keys = tuple(sorted({item.change.event_key for item in judged}))
    return replace(
        found,
        held_until=until,
        event_keys=keys,
        decision_id=_decision_id((*keys, before.scan), "none"),
    )


def _released(
    found: ReleaseDecision, trigger: Trigger, bump: str, keys: Sequence[str]
) -> ReleaseDecision:
    ordered = tuple(sorted(set(keys)))
    return replace(
        found,
        should_release=True,
        trigger_type=trigger,
        bump=bump,
        event_keys=ordered,
        decision_id=_decision_id(ordered, "release"),
    )


def _settled(item: RuledChange, why: str) -> RuledChange:
    if item.action is not Action.AUTO:
        return item
    return replace(item, action=Action.NONE, settled=why)


def _unless_covered(item: RuledChange, before: Before) -> RuledChange:
    covered = item.change.event_key in before.settled
    return _settled(item, "a release has covered it") if covered else item


def _held(
    due: Sequence[RuledChange], policy: ReleasePolicy, before: Before
) -> tuple[datetime | None, str]:
    """Until when, and why, an automatic release has to wait; (None, "") when it need not."""
    week = [moment for moment in before.automatic if before.now - moment < timedelta(days=7)]
    if due and len(week) >= policy.most_a_week:
        many = f"{len(week)} automatic release{'s' if len(week) != 1 else ''} in seven days"
        return None, f"{many}: the limit is reached, ask for the next one with --manual fix"
    if not due or not before.automatic:
        return None, ""
    until = max(before.automatic) + policy.cool_down
    critical = any(item.change.impact_level == "critical" and item.change.rises for item in due)
    if before.now >= until or critical:
        return None, ""
    return (
        until,
        f"A release is due; it waits until {format_timestamp(until)} for others to join it",
    )


def _alerts(judged: Sequence[RuledChange], before: Before) -> tuple[str, ...]:
    told = [describe_change(item.change) for item in judged if item.action is Action.ALERT]
    told += [before.backwards] if before.backwards else []
    severe = [item for item in judged if before.is_first and item.settled]
    if severe:
        many = f"{len(severe)} high or critical finding{'s are' if len(severe) != 1 else ' is'}"
        told.append(
            f"{many} known from the beginning; if a release should tell users, ask for it with"
            " --manual fix"
        )
    return tuple(told)


def _request_key(request: ReleaseRequest, before: Before) -> str:
    parts = ("manual", str(request.kind), request.note, before.cycle)
    return _digest("\0".join(parts))


def _keys(due: Sequence[RuledChange]) -> tuple[str, ...]:
    return tuple(sorted({item.change.event_key for item in due}))


def _decision_id(keys: Sequence[str], kind: str) -> str:
    return _digest("\0".join((kind, *keys)))[:16]


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]

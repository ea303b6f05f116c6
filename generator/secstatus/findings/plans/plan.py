"""A remediation plan as the user writes it; `reader` reads the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PlanState(StrEnum):
    """Every state that the format's descriptions name; `unknown` stands for any other word."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    AWAITING_UPSTREAM = "awaiting_upstream"
    COMPLETED = "completed"
    DEFERRED = "deferred"
    ACCEPTED_RISK = "accepted_risk"
    FALSE_POSITIVE = "false_positive"
    BLOCKED = "blocked"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


SUPPRESSING = (PlanState.ACCEPTED_RISK, PlanState.FALSE_POSITIVE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the maintainers intend to do about one finding. Empty text: not stated."""

    finding_id: str
    state: PlanState
    action: str = ""
    owner: str = ""
    notes: str = ""
    workaround: str = ""
    target: date | None = None
    priority: str = ""
    impact: str = ""
    reason: str = ""
    expires: date | None = None
    created: date | None = None
    updated: date | None = None

    def suppresses(self, day: date) -> bool:
        """Whether the finding is out of the grade on this day.

        Only an accepted risk or a false positive, only with a reason, and only up to and
        including the expiry date: without all three the finding counts.
        """
        if self.state not in SUPPRESSING or not self.reason.strip() or self.expires is None:
            return False
        return day <= self.expires

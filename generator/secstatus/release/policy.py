"""The policy of release decisions, and whom their notes are written for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """The figures of the decision.

    `cool_down_hours`: hours that an automatic release waits after the one before; it then covers
    everything that came meanwhile. A critical finding does not wait. `most_a_week`: automatic
    releases in seven days; further ones need a manual request. `unknown_days`: days after which a
    severity that is still unknown counts as high.
    """

    cool_down_hours: float = 24
    most_a_week: int = 3
    unknown_days: int = 7

    @property
    def cool_down(self) -> timedelta:
        return timedelta(hours=self.cool_down_hours)


@dataclass(frozen=True, slots=True)
class Audience:
    """The package that readers of the notes use, its version, and the URL of its live status.

    `version` and `status_url` are empty where they are not known.
    """

    package: str
    version: str = ""
    status_url: str = ""

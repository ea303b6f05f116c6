"""Severity: the closed scale, its order, and reading it from a label."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """The severities of a finding, worst first. `unknown` is graded like `medium`."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    # Between medium and low in order, graded with medium (SPEC 3).
    UNKNOWN = "unknown"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst; sorts findings worst first."""
        return _RANK[self]

    @property
    def label(self) -> str:
        return self.value.capitalize()


_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def severity_of(label: str) -> Severity | None:
    """The severity that a label names, in any case; None for a word that is not on the scale."""
    try:
        return Severity(label.strip().lower())
    except ValueError:
        return None

"""The rules of the release decision: the first one that fits a change says what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from secstatus.findings.severity import Severity
from secstatus.package_data import Section, read_data
from secstatus.release.changes import ChangeType, SecurityChange


class Action(StrEnum):
    """What a rule asks for, the strongest first. `alert`: no release, but a notice."""

    AUTO = "security_auto"
    ALERT = "alert"
    NONE = "none"


class ChangeSubject(StrEnum):
    """What the finding of a change is about, as in `SecurityChange.about`."""

    OWN = "own"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """One rule; `rules.toml` says what its fields mean.

    It fits a change that has one of its `types`, and meets the other conditions: an empty or None
    condition is met by every change.
    """

    name: str
    types: frozenset[ChangeType]
    action: Action
    text: str
    impacts: frozenset[Severity] = frozenset()
    rises: bool | None = None
    ends: str = ""
    about: ChangeSubject | None = None

    def fits(self, change: SecurityChange) -> bool:
        return (
            change.change_type in self.types
            and (not self.impacts or change.impact_level in self.impacts)
            and self.rises in (None, change.rises)
            and change.new_state.endswith(self.ends)
            and self.about in (None, change.about)
        )


# Changes of a single finding; the others are changes of the whole status.
_FINDINGS = frozenset(ChangeType) - {ChangeType.GRADE, ChangeType.DOUBT}


@lru_cache(maxsize=1)
def load_rules() -> tuple[ReleaseRule, ...]:
    """The rules in `rules.toml`, read once, in the order in which they are tried."""
    return parse_rules(read_data("secstatus.release", "rules.toml"))


def parse_rules(data: Section) -> tuple[ReleaseRule, ...]:
    """The rules in the data. Raises DataFileError, which names the rule that is wrong."""
    rules = data.entries("rule", _rule, "name")
    data.close()
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise data.error(f"rule {name}: occurs twice")
    return rules


def _rule(entry: Section) -> ReleaseRule:
    return ReleaseRule(
        name=entry.text("name"),
        types=entry.choices("types", ChangeType) or _FINDINGS,
        action=entry.choice("action", Action),
        text=entry.text("text"),
        impacts=entry.choices("impacts", Severity),
        rises=entry.optional_flag("rises"),
        ends=entry.text("ends", ""),
        about=entry.optional_choice("about", ChangeSubject),
    )


@dataclass(frozen=True, slots=True)
class RuledChange:
    """A change, the first rule that fits it, and what follows. `settled`: why nothing follows."""

    change: SecurityChange
    rule: ReleaseRule
    action: Action
    settled: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseDecisionMatrix:
    """Judges changes by the first rule that fits. Every change of a detector fits one."""

    rules: Sequence[ReleaseRule] = field(default_factory=load_rules)

    def judged(self, changes: Sequence[SecurityChange]) -> tuple[RuledChange, ...]:
        """Every change with its rule. Raises LookupError for a change without one."""
        return tuple(self._judged(change) for change in changes)

    def _judged(self, change: SecurityChange) -> RuledChange:
        rule = next((rule for rule in self.rules if rule.fits(change)), None)
        if rule is None:
            raise LookupError(f"no rule fits {change.change_type}")
        return RuledChange(change, rule, rule.action)

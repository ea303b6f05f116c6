"""The reports of one scanner in one run, taken together: parts of a scan, and formats of a part.

A project with two lock files has two reports of one format: together they are the scan. The same
run written as JSON and as SARIF is two formats: each says the same, one of them says more.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from secstatus.findings.finding import package_key
from secstatus.findings.observation import Observation, ScanKind, ScanReport, Verdict

# From the least to the most that a scan did.
WORK = (Verdict.FAILED, Verdict.PARTIAL, Verdict.UNSTATED, Verdict.COMPLETE)
NO_DEPENDENCIES = "The project declares no dependencies."
_KINDS = (ScanKind.DEPENDENCIES, ScanKind.CODE, ScanKind.SECRETS, ScanKind.OTHER)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One observation, and the scan that made it."""

    observation: Observation
    scanner: str
    verdict: Verdict
    scanned_at: datetime
    format: str = ""

    @property
    def kind(self) -> ScanKind:
        """What the finding is: its own kind, whatever the scanner looks at otherwise."""
        return self.observation.kind

    @property
    def newness(self) -> tuple[datetime, int, str]:
        """Sorts by time, then by how complete the scan was, then by scanner."""
        return self.scanned_at, WORK.index(self.verdict), self.scanner


@dataclass(frozen=True)
class ScanGroup:
    """Several reports as one scan. None, or nothing: no format says it for all of its parts."""

    reports: Sequence[ScanReport]

    @cached_property
    def formats(self) -> list[list[ScanReport]]:
        """The reports by format."""
        found: dict[str, list[ScanReport]] = {}
        for report in self.reports:
            found.setdefault(report.format, []).append(report)
        return [*found.values()]

    @property
    def parts(self) -> int:
        """How many parts the scan was delivered in."""
        return max(len(parts) for parts in self.formats)

    @property
    def verdict(self) -> Verdict:
        """The worst; a format that cannot say gives way to one that can."""
        verdicts = [min((r.verdict for r in parts), key=WORK.index) for parts in self.formats]
        # SARIF often says nothing of what was skipped; the tool's own JSON then speaks for both.
        stated = [each for each in verdicts if each is not Verdict.UNSTATED]
        worst = min(stated or verdicts, key=WORK.index)
        # Who looked at nothing has completed nothing, whatever the report says.
        return Verdict.FAILED if worst is Verdict.COMPLETE and self._is_empty else worst

    @property
    def _is_empty(self) -> bool:
        told = (report for report in self.reports if NO_DEPENDENCIES not in report.problems)
        return any(report.audited == 0 for report in told)

    @property
    def kind(self) -> ScanKind:
        kinds = [report.kind for report in self.reports]
        return min(kinds, key=lambda kind: _KINDS.index(kind) if kind in _KINDS else len(_KINDS))

    @property
    def audited(self) -> int | None:
        """How much was looked at: of the format that counts most."""
        sums = []
        for parts in self.formats:
            counts = [report.audited for report in parts]
            if None not in counts:
                sums.append(sum(count for count in counts if count is not None))
        # Two formats of one scan count the same work in different units; the larger one says more.
        # Two formats of one run count the same things; adding them would double the number.
        return max(sums, default=None)

    @property
    def unit(self) -> str:
        """What `audited` counts."""
        stated = [report.unit for report in self.reports if report.audited is not None]
        return min(stated or [report.unit for report in self.reports])

    @property
    def observed(self) -> int:
        return max(sum(len(r.observations) for r in parts) for parts in self.formats)

    @cached_property
    def inventory(self) -> dict[str, set[str]] | None:
        """Package key → versions."""
        listed = [
            report.inventory
            for parts in self.formats
            if all(report.inventory is not None for report in parts)
            for report in parts
            if report.inventory is not None
        ]
        return unite_inventories(listed) if listed else None

    @cached_property
    def files(self) -> frozenset[str]:
        """The files or folders that were looked at, relative to the checkout."""
        return frozenset(
            name
            for parts in self.formats
            if all(report.scope for report in parts)
            for report in parts
            for name in report.scope
        )

    @property
    def ecosystems(self) -> tuple[str, ...]:
        """The purl types that were looked at; empty where a report does not say."""
        # One part that does not say may have looked at anything.
        if not all(report.ecosystems for report in self.reports):
            return ()
        return tuple(sorted({each for report in self.reports for each in report.ecosystems}))

    @property
    def target(self) -> frozenset[str]:
        """Names of what was looked at: packages, or folders of code. Empty: not known."""
        if self.kind is ScanKind.DEPENDENCIES:
            return frozenset(self.inventory or ())
        return frozenset(posixpath.dirname(name) or "." for name in self.files)


def unite_inventories(inventories: Iterable[Mapping[str, Iterable[str]]]) -> dict[str, set[str]]:
    """All packages of the inventories with all their versions."""
    united: dict[str, set[str]] = {}
    for inventory in inventories:
        for package, versions in inventory.items():
            united.setdefault(package_key(package), set()).update(versions)
    return united

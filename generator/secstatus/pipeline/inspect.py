"""inspect: one report as it is understood. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secstatus.adapters.files import read_text
from secstatus.findings.finding import headline
from secstatus.findings.observation import Observation, ScanReport
from secstatus.findings.rating import rate
from secstatus.scanners import read_report
from secstatus.status.document import stamp


@dataclass(frozen=True, slots=True)
class Inspection:
    """A report, ready to be shown."""

    path: str
    report: ScanReport

    def document(self) -> dict[str, Any]:
        report = self.report
        return {
            "audited": report.audited,
            "kind": report.kind.value,
            "observations": [_observation(item) for item in report.observations],
            "problems": list(report.problems),
            "scanned_at": stamp(report.scanned_at) if report.scanned_at else None,
            "scanner": report.scanner,
            "skipped": [{"name": item.name, "reason": item.reason} for item in report.skipped],
            "tool_version": report.tool_version or None,
            "unit": report.unit,
            "verdict": report.verdict.value,
        }

    def text(self) -> str:
        """The same for people: what was looked at, what was not, and each observation."""
        report = self.report
        version = f" {report.tool_version}" if report.tool_version else ""
        when = stamp(report.scanned_at) if report.scanned_at else "the report does not say when"
        examined = "not stated" if report.audited is None else f"{report.audited:,} {report.unit}"
        lines = [
            f"{self.path}: {report.scanner}{version}, {when}",
            f"verdict   {report.verdict.value}",
            f"examined  {examined}",
        ]
        lines += [f"problem   {problem}" for problem in report.problems]
        lines += [f"skipped   {item.name}: {item.reason or 'no reason'}" for item in report.skipped]
        lines += [f"observed  {_line(item)}" for item in report.observations]
        return "\n".join(lines)


def inspect(path: Path, scanner: str | None) -> Inspection:
    """Read one report. Raises InputError with file and place, UsageError for an unknown scanner."""
    name = str(path)
    return Inspection(name, read_report(read_text(path, name), name, scanner))


def _observation(item: Observation) -> dict[str, Any]:
    rating = rate(item.severities)
    return {
        "aliases": list(item.aliases),
        "fix_versions": list(item.fix_versions),
        "id": item.id,
        "location": item.location or None,
        "package": item.package or None,
        "severity": rating.severity.value,
        "severity_from": rating.winner.source if rating.winner else None,
        "statement": item.statement or None,
        "suppressed": item.suppressed or None,
        "title": item.title or headline(item.description) or item.id,
        "version": item.version or None,
    }


def _line(item: Observation) -> str:
    where = item.location or f"{item.package} {item.version}".strip()
    fixed = f", fixed in {', '.join(item.fix_versions)}" if item.fix_versions else ""
    state = f", {item.statement}" if item.statement else ""
    suppressed = ", suppressed" if item.suppressed else ""
    return (
        f"{item.id} in {where or '?'}: {rate(item.severities).severity}{fixed}{state}{suppressed}"
    )

"""inspect: show how one report is read. Nothing is written."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secstatus.adapters.console import Output
from secstatus.adapters.files import read_bytes_if_there
from secstatus.errors import InputError
from secstatus.findings.finding import headline, split_package
from secstatus.findings.observation import Observation, ScanReport
from secstatus.findings.rating import rate
from secstatus.scanners import read_reports
from secstatus.scanners.report_text import decode_report
from secstatus.timestamps import format_timestamp

EXAMPLE = "secstatus inspect security/reports/latest/pip-audit.json"


@dataclass(frozen=True, slots=True)
class Inspection:
    """A report, ready to be shown."""

    path: str
    reports: tuple[ScanReport, ...]

    def document(self) -> dict[str, Any]:
        """The one scan of the report. Of several, as SARIF can have them, the first with all
        others in `runs`, itself included."""
        first, *others = map(_document, self.reports)
        # SARIF 2.1.0 allows several runs in a file. Readers of the other formats need no list.
        return {**first, "runs": [first, *others]} if others else first

    def text(self) -> str:
        """The same as text: what the scan examined, what it skipped, and each observation."""
        return "\n\n".join(_text(self.path, report) for report in self.reports)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", type=Path, metavar="FILE", help="the report")
    parser.add_argument(
        "--scanner",
        metavar="NAME",
        help="the scanner that wrote it (default: recognised by the content)",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    output.result(inspect_report(options.report, options.scanner))
    return 0


def inspect_report(path: Path, scanner: str | None) -> Inspection:
    """Read one report. Raises InputError with file and place, UsageError for an unknown scanner."""
    name = str(path)
    data = read_bytes_if_there(path, name)
    if data is None:
        raise InputError(name, "", "no file", "a scanner's report")
    return Inspection(name, read_reports(decode_report(data, name), name, scanner))


def _document(report: ScanReport) -> dict[str, Any]:
    return {
        "audited": report.audited,
        "kind": report.kind.value,
        "observations": [_observation(item) for item in report.observations],
        "problems": list(report.problems),
        "scanned_at": format_timestamp(report.scanned_at) if report.scanned_at else None,
        "scanner": report.scanner,
        "skipped": [{"name": item.name, "reason": item.reason} for item in report.skipped],
        "tool_version": report.tool_version or None,
        "unit": report.unit,
        "verdict": report.verdict.value,
    }


def _text(path: str, report: ScanReport) -> str:
    version = f" {report.tool_version}" if report.tool_version else ""
    when = (
        format_timestamp(report.scanned_at) if report.scanned_at else "the report does not say when"
    )
    # None: the format does not state it. 0: the scan has examined nothing.
    examined = "not stated" if report.audited is None else f"{report.audited:,} {report.unit}"
    lines = [
        f"{path}: {report.scanner}{version}, {when}",
        f"verdict   {report.verdict.value}",
        f"examined  {examined}",
    ]
    lines += [f"problem   {problem}" for problem in report.problems]
    lines += [f"skipped   {item.name}: {item.reason or 'no reason'}" for item in report.skipped]
    lines += [f"observed  {_line(item)}" for item in report.observations]
    return "\n".join(lines)


def _observation(item: Observation) -> dict[str, Any]:
    # Decision 0011: the severity is computed from all claims, and its source is named.
    rating = rate(item.severities, (item.id, *item.aliases))
    ecosystem, package = split_package(item.package)
    return {
        "aliases": list(item.aliases),
        # An empty text means "not stated", which JSON writes as null.
        "closed": item.closed or None,
        # A finding in code has no package, and so no ecosystem.
        "ecosystem": ecosystem if package else None,
        "fix_versions": list(item.fix_versions),
        "id": item.id,
        "kind": item.kind.value,
        "location": item.location or None,
        "package": package or None,
        "scope": item.scope or None,
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
    state = f", {item.closed or item.statement}" if item.closed or item.statement else ""
    suppressed = ", suppressed" if item.suppressed else ""
    severity = rate(item.severities, (item.id, *item.aliases)).severity
    return f"{item.id} in {where or '?'}: {severity}{fixed}{state}{suppressed}"

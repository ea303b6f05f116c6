"""enrich: look up the ids of the reports and of the ledger in the OSV database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.files import read_bytes_if_there
from secstatus.commands.enrich.osv import OSV_URL, EnrichResult, enrich
from secstatus.commands.report_files import list_reports
from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind
from secstatus.findings.rating import rate
from secstatus.project.project import Project
from secstatus.scanners import read_reports
from secstatus.scanners.report_text import decode_report

EXAMPLE = "secstatus enrich"
Wanted = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Enriched:
    """What is now known about the requested ids."""

    result: EnrichResult

    @property
    def problems(self) -> tuple[str, ...]:
        return self.result.problems

    @property
    def notes(self) -> tuple[str, ...]:
        return self.result.notes

    def document(self) -> dict[str, Any]:
        result = self.result
        return {
            "asked": list(result.asked),
            "from_cache": list(result.from_cache),
            "not_there": list(result.not_there),
            "problems": list(result.problems),
            "notes": list(result.notes),
            "severities": {
                advisory_id: rate(advisory.severities).severity.value
                for advisory_id, advisory in sorted(result.advisories.items())
            },
        }

    def text(self) -> str:
        result = self.result
        known = len(result.asked) + len(result.from_cache) - len(result.not_there)
        return (
            f"{known} records known: {len(result.asked)} asked for, "
            f"{len(result.from_cache)} from the cache, {len(result.not_there)} not there."
        )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--osv-url", default=None, metavar="URL", help="the URL of the API (default: that of OSV)"
    )
    parser.add_argument("--offline", action="store_true", help="use stored responses only")
    parser.add_argument(
        "--reports",
        type=Path,
        metavar="DIR",
        help="the reports whose findings are looked up (default: security/reports/latest)",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    result = enrich_reports(
        options.root, resolve_now(options.now), options.reports, options.osv_url, options.offline
    )
    output.warnings([*result.problems, *result.notes])
    output.result(result)
    # Offline, missing records are expected; online another run may succeed.
    return 3 if result.problems and not options.offline else 0


def enrich_reports(
    root: Path, now: datetime, reports: Path | None, osv_url: str | None, offline: bool
) -> Enriched:
    """Look up every id of the reports and of the open findings of the ledger.

    An unreadable report is skipped here; `ingest` reports it. Raises ExternalError when the
    cache cannot be written.
    """
    project = Project(root, now)
    ledger = project.files.ledger
    # Open findings too: an advisory may get a severity or be withdrawn after the last report.
    wanted = {
        (item.finding_id, item.package, item.version)
        for item in ledger.findings
        if item.state.counts and item.is_advisory
    }
    for _, path in list_reports(reports or root / project.config.reports):
        wanted |= set(_ids(path))
    url = osv_url or OSV_URL
    return Enriched(enrich(root, now, osv_url=url, offline=offline, wanted=sorted(wanted)))


def _ids(path: Path) -> Iterator[Wanted]:
    try:
        name = str(path)
        reports = read_reports(decode_report(read_bytes_if_there(path, name) or b"", name), name)
    except InputError:
        return
    for item in (item for report in reports for item in report.observations):
        # OSV knows advisories of packages; rules of code scanners have no record there.
        if item.kind is ScanKind.DEPENDENCIES and not item.closed:
            yield item.id, item.package, item.version

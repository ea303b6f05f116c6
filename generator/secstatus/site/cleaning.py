"""The status and its history with clean texts, as every surface shows them.

What a report or a file says about itself (problems, reasons, names of scanners) goes to pages,
JSON, feeds and exports. It is cleaned here, once, so that none of them has to think of it. Findings
are cleaned where their records are made: their keys must stay what the other rooms know.
"""

from __future__ import annotations

from dataclasses import replace

from secstatus.findings.ledger import HistoryPoint
from secstatus.site.markup import without_controls
from secstatus.status.document import ScanRecord, Skipped
from secstatus.status.grade import Evidence, Reason
from secstatus.status.history import History
from secstatus.status.plan_joining import Disagreement
from secstatus.status.schedule import ScheduleStep
from secstatus.status.security_status import SecurityStatus


def clean_line(text: str) -> str:
    """The text in one line, without what no surface can hold."""
    return text if text.isprintable() else " ".join(without_controls(text).split())


def clean_status(status: SecurityStatus) -> SecurityStatus:
    """The status with its own texts cleaned; its findings stay as they are."""
    return replace(
        status,
        disagreements=tuple(map(_disagreement, status.disagreements)),
        missing=tuple(map(_evidence, status.missing)),
        past=tuple(map(_step, status.past)),
        reasons=tuple(map(_reason, status.reasons)),
        required=tuple(map(clean_line, status.required)),
        scans=tuple(map(_scan, status.scans)),
        schedule=tuple(map(_step, status.schedule)),
    )


def clean_history(history: History) -> History:
    """The history with the names of its scanners cleaned."""
    return replace(history, points=tuple(map(_point, history.points)))


def _disagreement(item: Disagreement) -> Disagreement:
    return Disagreement(clean_line(item.finding_id), clean_line(item.text))


def _evidence(item: Evidence) -> Evidence:
    return replace(item, scanner=clean_line(item.scanner), why=clean_line(item.why))


def _step(step: ScheduleStep) -> ScheduleStep:
    return replace(step, reason=clean_line(step.reason))


def _reason(reason: Reason) -> Reason:
    return replace(reason, text=clean_line(reason.text), detail=clean_line(reason.detail))


def _scan(scan: ScanRecord) -> ScanRecord:
    skipped = [
        Skipped(name=clean_line(item.name), reason=clean_line(item.reason)) for item in scan.skipped
    ]
    return scan.model_copy(
        update={
            "ecosystems": [clean_line(name) for name in scan.ecosystems],
            "problems": [clean_line(text) for text in scan.problems],
            "scanner": clean_line(scan.scanner),
            "skipped": skipped,
            "tool_version": clean_line(scan.tool_version),
            "unit": clean_line(scan.unit),
        }
    )


def _point(point: HistoryPoint) -> HistoryPoint:
    return replace(
        point, verdicts={clean_line(name): verdict for name, verdict in point.verdicts.items()}
    )

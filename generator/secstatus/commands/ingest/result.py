"""The result of ingest, as JSON and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from secstatus.findings.reconcile import Reconciled
from secstatus.status.scan_coverage import describe_shortfall
from secstatus.status.status_document import ScanRecord, StatusDocument
from secstatus.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The result of an ingest. `written`: the changed files; empty if nothing is new."""

    status: StatusDocument
    learnt: Reconciled
    written: Sequence[str]
    warnings: Sequence[str]

    @property
    def incomplete(self) -> list[ScanRecord]:
        """Scans that are needed and not complete: required ones, and every one that failed."""
        scans = self.status.scans or []
        return [
            scan
            for scan in scans
            if (scan.required and scan.verdict != "complete")
            # Decision 0017: a failed report counts, whichever scanner wrote it, unless it is
            # optional.
            or (scan.verdict == "failed" and not scan.optional)
        ]

    def shortfalls(self) -> list[str]:
        """Why the scans are not enough: each required one that is not complete, or is not there."""
        told = [
            f"the scan of {scan.scanner} is {scan.verdict}. {describe_shortfall(scan)}".strip()
            for scan in self.incomplete
        ]
        # A `?` needs a reason even if each required scan is complete, for example their age.
        if told or self.status.security_grade != "?":
            return told
        reasons = [reason for reason in self.status.grade_reasons if reason["ceiling"] == "?"]
        return [f"{reason['text']}. {reason['detail'] or ''}".strip() for reason in reasons]

    def document(self) -> dict[str, Any]:
        learnt = self.learnt
        return {
            "new": list(learnt.new),
            "open": self.status.vulnerability_summary.total,
            "reopened": list(learnt.reopened),
            "resolved": list(learnt.resolved),
            "scans": [_scan(scan) for scan in self.status.scans or []],
            "security_grade": self.status.security_grade,
            "unobserved": list(learnt.unobserved),
            "warnings": list(self.warnings),
            "withdrawn": list(learnt.withdrawn),
            "written": list(self.written),
        }

    def _counts(self) -> str:
        """`2 open`, and what is counted apart."""
        status = self.status
        words = [f"{status.vulnerability_summary.total} open"]
        for summary, where in (
            (status.code_summary, "code"),
            (status.other_summary, "development"),
        ):
            # Development and code are shown apart and not graded as vulnerabilities (decision
            # 0017).
            if summary and summary.total:
                words.append(f"{summary.total} in {where}")
        return ", ".join(words)

    def text(self) -> str:
        """The result as text: the grade, the change of each finding, the written files."""
        letter = self.status.security_grade or "?"
        lines = [f"Grade {'unknown (?)' if letter == '?' else letter}, {self._counts()}."]
        # The order of urgency: what needs work comes first.
        for word in ("new", "reopened", "resolved", "unobserved", "withdrawn"):
            if names := getattr(self.learnt, word):
                more = f" and {len(names) - 20} more" if len(names) > 20 else ""
                lines.append(f"{word.capitalize()}: {', '.join(names[:20])}{more}")
        lines.append(f"Wrote {', '.join(self.written)}." if self.written else "Nothing changed.")
        return "\n".join(lines)


def _scan(scan: ScanRecord) -> dict[str, Any]:
    return {
        "audited": scan.audited,
        "problems": scan.problems,
        "required": scan.required,
        "scanned_at": format_timestamp(scan.scanned_at),
        "scanner": scan.scanner,
        "skipped": [{"name": item.name, "reason": item.reason} for item in scan.skipped],
        "verdict": scan.verdict,
    }

"""What a scan proves, once more is known than its report: the project, the last scan, the exit.

Every rule here can only take trust away, except one: that the project itself is skipped is normal,
because a version that is not published yet cannot be found anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

from secstatus.findings.observation import ScanReport, Verdict

MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known around a report.

    `own_package` is the project's own name. `exit_status` is None when nobody told it.
    `audited_before` is what the last complete scan of the same scanner looked at; None when there
    was none, or when somebody confirmed that the project has become so much smaller.
    `missing_reports` are those that the last complete scan consisted of and this one lacks.
    """

    own_package: str = ""
    exit_status: int | None = None
    audited_before: int | None = None
    missing_reports: int = 0


def judged(report: ScanReport, around: Circumstances) -> ScanReport:
    """The report with the verdict that it deserves, and a sentence for each reason."""
    report = _without_own_package(report, around.own_package)
    for rule in (_nothing_examined, _exit_status, _shrunk, _fewer_reports):
        if problem := rule(report, around):
            report = replace(
                report, verdict=problem.verdict, problems=(*report.problems, problem.text)
            )
    return replace(report, problems=report.problems[:MOST_REASONS])


@dataclass(frozen=True, slots=True)
class _Problem:
    verdict: Verdict
    text: str


def _without_own_package(report: ScanReport, own: str) -> ScanReport:
    """`partial` becomes `complete` when nothing but the project itself was skipped."""
    others = [item for item in report.skipped if not _is(item.name, own)]
    only_own = bool(report.skipped) and not others and not report.problems
    if report.verdict is Verdict.PARTIAL and only_own and report.audited:
        return replace(report, verdict=Verdict.COMPLETE)
    return report


def _is(name: str, own: str) -> bool:
    return bool(own) and canonicalize_name(name) == canonicalize_name(own)


def _nothing_examined(report: ScanReport, _: Circumstances) -> _Problem | None:
    if report.audited == 0 and report.verdict is not Verdict.FAILED:
        return _Problem(Verdict.FAILED, f"It examined 0 {report.unit}.")
    return None


def _shrunk(report: ScanReport, around: Circumstances) -> _Problem | None:
    before, now = around.audited_before, report.audited
    if before is None or now is None or now * 2 >= before or report.verdict is Verdict.FAILED:
        return None
    text = f"It examined {now:,} {report.unit}; its last complete scan had {before:,}."
    return _Problem(Verdict.PARTIAL, text)


def _fewer_reports(report: ScanReport, around: Circumstances) -> _Problem | None:
    if around.missing_reports <= 0 or report.verdict is Verdict.FAILED:
        return None
    text = f"Its last complete scan had {around.missing_reports} more reports."
    return _Problem(Verdict.PARTIAL, text)


def _exit_status(report: ScanReport, around: Circumstances) -> _Problem | None:
    status = around.exit_status
    if status is None or report.verdict is Verdict.FAILED:
        return None
    means = _MEANINGS.get(report.scanner, _anything)
    if means(status, len(report.observations)):
        return None
    text = f"It ended with status {status}, which does not go with its report."
    return _Problem(Verdict.FAILED, text)


def _found_means_one(status: int, found: int) -> bool:
    """0 and 1 only; 1 says “found” and also “failed”: with nothing in the file it has failed."""
    return status == 0 or (status == 1 and found > 0)


def _osv_scanner(status: int, found: int) -> bool:
    """1 to 126 are findings; 127 and up are errors, 128 means that no package was found."""
    return status == 0 or (status <= 126 and found > 0)


def _anything(status: int, found: int) -> bool:
    """An unknown tool: a status other than 0 is believed to be about findings if there are any."""
    return status == 0 or (0 < status < 126 and found > 0)


# https://github.com/pypa/pip-audit#exit-codes, bandit's and uv's `--help`, and osv-scanner's
# https://google.github.io/osv-scanner/output/#return-codes
_MEANINGS: dict[str, Callable[[int, int], bool]] = {
    "bandit": _found_means_one,
    "osv-scanner": _osv_scanner,
    "pip-audit": _found_means_one,
    "uv-audit": _found_means_one,
}

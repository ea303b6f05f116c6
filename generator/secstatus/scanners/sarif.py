"""SARIF 2.1.0, read leniently: real tools also emit its drafts, and words in the wrong case.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. Most files have no invocation and
cannot prove that the tool ran to its end. The tool's name only decides the name of the scanner, and
the kind of an empty run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from secstatus.findings.observation import ScanKind, ScanReport, Skipped, Verdict
from secstatus.scanners.bandit import Examined, read_metrics
from secstatus.scanners.code_findings import is_unreadable
from secstatus.scanners.packages import list_ecosystems
from secstatus.scanners.reading import ReportNode, distinct, read_line
from secstatus.scanners.registry import get_kind
from secstatus.scanners.sarif_results import Results, read_results
from secstatus.scanners.sarif_run import Places, find_driver

NAME = "sarif"
LONGEST_LIST = 20

_WORST_LAST = (Verdict.COMPLETE, Verdict.UNSTATED, Verdict.PARTIAL, Verdict.FAILED)
# Of the scan itself, and of its configuration: a rule that failed to load is in the second.
_NOTIFICATIONS = ("toolExecutionNotifications", "toolConfigurationNotifications")

# A sentence, and the best verdict that it allows.
_Doubt = tuple[Verdict, str]


def recognises(data: Any) -> bool:
    """By schema or version; a file without either by the first of its runs."""
    if not isinstance(data, dict) or not isinstance(data.get("runs"), list | None):
        return False
    root = ReportNode(data)
    is_named = "sarif" in root.text("$schema").lower() or root.text("version").startswith(
        ("1.", "2.")
    )
    return "runs" in root and (is_named or "results" in root.at("runs", 0))


def read(data: Any) -> tuple[ScanReport, ...]:
    """Return a report for each run; a failed one without runs."""
    root = ReportNode(data).expect_object()
    if "runs" not in root:
        raise root.at("runs").refuse("a list of runs")
    # 3.13.5: results may be moved out of a run to another part of the file.
    moved = any(each.value.get("results") for each in root.objects("inlineExternalProperties"))
    return tuple(_read_run(run, moved) for run in root.expect_objects("runs")) or (_report_none(),)


def _report_none() -> ScanReport:
    problem = "It has no runs: no scan took place."
    return ScanReport(NAME, ScanKind.OTHER, Verdict.FAILED, problems=(problem,))


def _read_run(run: ReportNode, moved: bool) -> ScanReport:
    driver, places = find_driver(run), Places(run)
    tool = driver.line("name")
    usual = get_kind(tool) or ScanKind.CODE
    results = read_results(run, places, usual)
    examined = _read_examined(run, results)
    # Without results nothing of what the invocations say could make the scan better or worse.
    is_scan = run.value.get("results") is not None
    invocations = run.expect_objects("invocations") if is_scan else []
    errors = [each for item in invocations for each in _list_errors(item, driver)]
    doubts = [*_judge_run(run, invocations, errors), *_judge_results(results, examined, moved)]
    hidden, files = (examined.hidden, examined.scope) if examined else ((), ())
    skipped = (*_list_unread(errors, places), *results.unread, *hidden)
    kind = _kind({each.kind for each in results.observations}, usual)
    unit = "packages" if kind is ScanKind.DEPENDENCIES else "files"
    return ScanReport(
        scanner=tool or NAME,
        kind=kind,
        verdict=max((each for each, _ in doubts), key=_WORST_LAST.index, default=Verdict.COMPLETE),
        observations=results.observations,
        audited=examined.lines if examined else None,
        unit="lines of code" if examined else unit,
        skipped=skipped,
        problems=distinct(text for _, text in doubts),
        scope=distinct((*places.scope(), *files), *{each.name for each in skipped}),
        tool_version=read_line(driver.text("version") or driver.text("semanticVersion")),
        scanned_at=find_start(run),
        ecosystems=list_ecosystems(each.package for each in results.observations),
        root=places.root,
    )


def _kind(kinds: set[ScanKind], usual: ScanKind) -> ScanKind:
    """That of the findings, dependencies first; of none, what the tool is known for."""
    order = (ScanKind.DEPENDENCIES, ScanKind.CODE, ScanKind.SECRETS)
    known = ScanKind.CODE if usual is ScanKind.OTHER else usual
    return next((kind for kind in order if kind in kinds), known)


def _read_examined(run: ReportNode, results: Results) -> Examined | None:
    # bandit's SARIF has the metrics of its JSON in the property bag; no other tool is known to.
    metrics = run.at("properties", "metrics")
    if "_totals" not in metrics or run.value.get("results") is None:
        return None
    return read_metrics(metrics, results.listed)


def _judge_run(
    run: ReportNode, invocations: list[ReportNode], errors: list[ReportNode]
) -> Iterator[_Doubt]:
    """What the run reports about itself."""
    # 3.14.23: a run without `results` did not scan; one that found nothing has an empty list.
    if run.value.get("results") is None:
        yield Verdict.FAILED, "It has no results: no scan took place."
        return
    sentences = [_describe_error(each) for each in errors]
    # 3.14.2: a run may keep its results in other files.
    if run.at("externalPropertyFileReferences", "results").value:
        sentences.append("Results are kept in other files, which were not read.")
    success = [each.value.get("executionSuccessful") for each in invocations]
    # The text "false" is not valid SARIF, but it must not pass as a success.
    if any(value is False or str(value).lower() == "false" for value in success):
        yield Verdict.FAILED, "The tool says that it did not run to its end."
    elif not sentences and not (success and all(value is True for value in success)):
        yield Verdict.UNSTATED, "The file does not say whether the tool ran to its end."
    yield from ((Verdict.PARTIAL, text) for text in sentences[:LONGEST_LIST])


def _judge_results(results: Results, examined: Examined | None, moved: bool) -> Iterator[_Doubt]:
    """Verdicts that lower the run's, from its results and counts."""
    if moved:
        yield Verdict.UNSTATED, "Results in inlineExternalProperties were not read."
    if results.unread:
        yield Verdict.PARTIAL, f"{len(results.unread):,} files could not be parsed."
    if examined:
        verdict = examined.decide(has_skipped=False)
        yield from ((verdict, text) for text in (*examined.failures(), *examined.doubts()))


def _list_errors(invocation: ReportNode, driver: ReportNode) -> Iterator[ReportNode]:
    """Every notification of level error, with an exception, or of a file that was not parsed."""
    for key in _NOTIFICATIONS:
        for each in invocation.objects(key):
            is_error = _find_level(each, driver) == "error" or each.value.get("exception")
            # semgrep reports a file with a syntax error at level `warning`.
            if is_error or is_unreadable(each.text("descriptor", "id"), _message(each)):
                yield each


def _message(notification: ReportNode) -> str:
    return notification.text("message", "text")


def _list_unread(errors: list[ReportNode], places: Places) -> Iterator[Skipped]:
    for each in errors:
        location = each.at("locations", 0, "physicalLocation", "artifactLocation")
        if path := places.path(location):
            yield Skipped(path, read_line(_message(each)))


def _find_level(notification: ReportNode, driver: ReportNode) -> str:
    # Without a level that of the descriptor counts, which the driver lists.
    stated = notification.text("level").lower()
    index = notification.count("descriptor", "index")
    if stated or index is None:
        return stated
    return driver.text("notifications", index, "defaultConfiguration", "level").lower()


def _describe_error(notification: ReportNode) -> str:
    text = _message(notification) or notification.text("descriptor", "id")
    return read_line(f"The tool reports an error: {text or 'it does not say which'}")


def find_start(run: ReportNode) -> datetime | None:
    """When the run began, else when it ended; of several invocations the earliest."""
    # The earliest is the safe choice: a scan must not look younger than it is.
    timestamps = [
        each.timestamp("startTimeUtc") or each.timestamp("endTimeUtc")
        for each in run.objects("invocations")
    ]
    return min((each for each in timestamps if each), default=None)

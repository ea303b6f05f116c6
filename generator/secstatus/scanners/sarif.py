"""SARIF 2.1.0, read leniently: real tools also emit its drafts, and words in the wrong case.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. Most files carry no invocation and
can therefore not prove that the tool ran to its end. The tool's name decides nothing but what it is
called, and what an empty run looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from secstatus.findings.observation import ScanKind, ScanReport, Skipped, Verdict
from secstatus.scanners.bandit import Examined, read_metrics
from secstatus.scanners.code_findings import is_unreadable
from secstatus.scanners.packages import ecosystems_of
from secstatus.scanners.reading import (
    NotThisReport,
    at,
    distinct,
    find_text,
    first_text,
    list_objects,
    objects_at,
    read_count,
    read_line,
    read_mapping,
    read_timestamp,
)
from secstatus.scanners.registry import get_kind
from secstatus.scanners.sarif_locations import Places
from secstatus.scanners.sarif_results import Results, read_results
from secstatus.scanners.sarif_rules import driver_of

NAME = "sarif"


def recognises(data: Any) -> bool:
    """By schema or version; a file without either by the first of its runs."""
    if not isinstance(data, dict) or not isinstance(data.get("runs"), list | None):
        return False
    schema, version = find_text(data, "$schema"), find_text(data, "version")
    named = "sarif" in schema.lower() or version.startswith(("1.", "2."))
    first = at(data, "runs", 0)
    return "runs" in data and (named or (isinstance(first, dict) and "results" in first))


def read(data: Any) -> tuple[ScanReport, ...]:
    """A report for each run; one that failed when there is none."""
    document = read_mapping(data, "$")
    if "runs" not in document:
        raise NotThisReport("$.runs", "nothing", "a list of runs")
    elsewhere = _elsewhere(document)
    runs = list_objects(document["runs"], "$.runs")
    return tuple(_read_run(run, place, elsewhere) for place, run in runs) or (_no_runs(),)


def _no_runs() -> ScanReport:
    problem = "It has no runs: no scan took place."
    return ScanReport(NAME, ScanKind.OTHER, Verdict.FAILED, problems=(problem,))


def _elsewhere(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Results may be moved out of a run to another part of the file: then it is not whole."""
    moved = [
        each for each in objects_at(document, "inlineExternalProperties") if each.get("results")
    ]
    return ("Results in inlineExternalProperties were not read.",) if moved else ()


def _read_run(run: Mapping[str, Any], place: str, elsewhere: tuple[str, ...]) -> ScanReport:
    driver, places = driver_of(run), Places(run)
    tool = read_line(driver.get("name"))
    usual = get_kind(tool) or ScanKind.CODE
    results = read_results(run, place, places, usual)
    examined = _examined(run, place, results)
    judged = _judged(outcome(run, place, places), results, examined, elsewhere)
    kinds = {each.kind for each in results.observations}
    unread = {each.name for each in judged.skipped}
    scope = (*places.scope(), *(examined.scope if examined else ()))
    packages = [each.package for each in results.observations]
    return ScanReport(
        scanner=tool or NAME,
        kind=_kind(kinds, usual),
        verdict=judged.verdict,
        observations=results.observations,
        audited=examined.lines if examined else None,
        unit="lines of code" if examined else _unit(kinds, usual),
        skipped=judged.skipped,
        problems=distinct(judged.problems),
        scope=distinct(scope, *unread),
        tool_version=read_line(first_text(driver.get("version"), driver.get("semanticVersion"))),
        scanned_at=find_start(run),
        ecosystems=ecosystems_of(packages),
        root=places.root,
    )


def _kind(kinds: set[ScanKind], usual: ScanKind) -> ScanKind:
    """That of the findings, dependencies first; of none, what the tool is known for."""
    order = (ScanKind.DEPENDENCIES, ScanKind.CODE, ScanKind.SECRETS)
    known = ScanKind.CODE if usual is ScanKind.OTHER else usual
    return next((kind for kind in order if kind in kinds), known)


def _unit(kinds: set[ScanKind], usual: ScanKind) -> str:
    return "packages" if _kind(kinds, usual) is ScanKind.DEPENDENCIES else "files"


def _examined(run: Mapping[str, Any], place: str, results: Results) -> Examined | None:
    """bandit's metrics, which hold the files and the counts."""
    metrics = at(run, "properties", "metrics")
    if not isinstance(metrics, dict) or "_totals" not in metrics or run.get("results") is None:
        return None
    return read_metrics(metrics, results.listed, f"{place}.properties.metrics")


def _judged(
    own: RunOutcome, results: Results, examined: Examined | None, elsewhere: tuple[str, ...]
) -> RunOutcome:
    """What the run says of itself, and what its results and counts say against it."""
    unread: tuple[Skipped, ...] = results.unread
    if elsewhere:
        own = own.worsened(Verdict.UNSTATED, *elsewhere)
    if unread:
        own = own.worsened(Verdict.PARTIAL, f"{len(unread):,} files could not be parsed.")
    if examined:
        own = own.worsened(examined.verdict(False), *examined.failures(), *examined.doubts())
    hidden = examined.hidden if examined else ()
    return RunOutcome(own.verdict, own.problems, (*own.skipped, *unread, *hidden))


_WORST_LAST = (Verdict.COMPLETE, Verdict.UNSTATED, Verdict.PARTIAL, Verdict.FAILED)
_NOTIFICATIONS = ("toolExecutionNotifications", "toolConfigurationNotifications")
LONGEST_LIST = 20


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run says of itself: how much it did, why it is not complete, files it did not read."""

    verdict: Verdict
    problems: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def worsened(self, verdict: Verdict, *problems: str) -> RunOutcome:
        """The worse of the two verdicts, and more problems."""
        worse = max(self.verdict, verdict, key=_WORST_LAST.index)
        return RunOutcome(worse, (*self.problems, *problems), self.skipped)


def outcome(run: Mapping[str, Any], place: str, places: Places) -> RunOutcome:
    """What one run did. `results` left out says that no scan took place."""
    if run.get("results") is None:
        return RunOutcome(Verdict.FAILED, ("It has no results: no scan took place.",))
    invocations = [each for _, each in list_objects(run.get("invocations"), f"{place}.invocations")]
    notifications = [each for item in invocations for each in _errors(item, driver_of(run))]
    errors = [_sentence(each) for each in notifications]
    skipped = tuple(_unread(notifications, places))
    if at(run, "externalPropertyFileReferences", "results"):
        errors.append("Results are kept in other files, which were not read.")
    success = [each.get("executionSuccessful") for each in invocations]
    if any(value is False or str(value).lower() == "false" for value in success):
        problems = ("The tool says that it did not run to its end.", *errors[:LONGEST_LIST])
        return RunOutcome(Verdict.FAILED, problems, skipped)
    if errors:
        return RunOutcome(Verdict.PARTIAL, tuple(errors[:LONGEST_LIST]), skipped)
    if success and all(value is True for value in success):
        return RunOutcome(Verdict.COMPLETE)
    unstated = "The file does not say whether the tool ran to its end."
    return RunOutcome(Verdict.UNSTATED, (unstated,))


def _errors(
    invocation: Mapping[str, Any], driver: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Every notification of level error, with an exception, or of a file that was not parsed."""
    for key in _NOTIFICATIONS:
        for notification in objects_at(invocation, key):
            level = _level(notification, driver)
            if level == "error" or notification.get("exception") or _is_unread(notification):
                yield notification


def _is_unread(notification: Mapping[str, Any]) -> bool:
    name = find_text(notification, "descriptor", "id")
    return is_unreadable(name, find_text(notification, "message", "text"))


def _unread(notifications: list[Mapping[str, Any]], places: Places) -> Iterator[Skipped]:
    for notification in notifications:
        location = at(notification, "locations", 0, "physicalLocation", "artifactLocation")
        if path := places.path(location):
            yield Skipped(path, read_line(find_text(notification, "message", "text")))


def _level(notification: Mapping[str, Any], driver: Mapping[str, Any]) -> str:
    stated = find_text(notification, "level").lower()
    index = read_count(at(notification, "descriptor", "index"))
    if stated or index is None:
        return stated
    return find_text(driver, "notifications", index, "defaultConfiguration", "level").lower()


def _sentence(notification: Mapping[str, Any]) -> str:
    text = find_text(notification, "message", "text") or find_text(notification, "descriptor", "id")
    return read_line(f"The tool reports an error: {text or 'it does not say which'}")


def find_start(run: Mapping[str, Any]) -> datetime | None:
    """When the run began, else when it ended; of several invocations the earliest."""
    moments = [
        read_timestamp(each.get("startTimeUtc")) or read_timestamp(each.get("endTimeUtc"))
        for each in objects_at(run, "invocations")
    ]
    return min((moment for moment in moments if moment), default=None)

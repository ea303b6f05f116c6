"""SARIF 2.1.0, read leniently: real tools also emit its drafts, and words in the wrong case.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. Most files carry no invocation and
can therefore not prove that the tool ran to its end. The tool's name decides nothing but what it is
called, and what an empty run looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secstatus.findings.observation import ScanKind, ScanReport, Skipped, Verdict
from secstatus.scanners.bandit_metrics import Examined, read_metrics
from secstatus.scanners.ecosystems import ecosystems_of
from secstatus.scanners.lookup import at, distinct, first_text, objects_at, text_at
from secstatus.scanners.reading import NotThisReport, line_of, mapping, objects
from secstatus.scanners.registry import get_kind
from secstatus.scanners.sarif_places import Places
from secstatus.scanners.sarif_results import Results, read_results
from secstatus.scanners.sarif_rules import driver_of
from secstatus.scanners.sarif_runs import RunOutcome, find_start, outcome

NAME = "sarif"


def recognises(data: Any) -> bool:
    """By schema or version; a file without either by the first of its runs."""
    if not isinstance(data, dict) or not isinstance(data.get("runs"), list | None):
        return False
    schema, version = text_at(data, "$schema"), text_at(data, "version")
    named = "sarif" in schema.lower() or version.startswith(("1.", "2."))
    first = at(data, "runs", 0)
    return "runs" in data and (named or (isinstance(first, dict) and "results" in first))


def read(data: Any) -> tuple[ScanReport, ...]:
    """A report for each run; one that failed when there is none."""
    document = mapping(data, "$")
    if "runs" not in document:
        raise NotThisReport("$.runs", "nothing", "a list of runs")
    elsewhere = _elsewhere(document)
    runs = objects(document["runs"], "$.runs")
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
    tool = line_of(driver.get("name"))
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
        tool_version=line_of(first_text(driver.get("version"), driver.get("semanticVersion"))),
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

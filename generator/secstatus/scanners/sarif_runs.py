"""How much one run of a SARIF file did: its verdict, and why it is not `complete`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from secstatus.findings.observation import Verdict
from secstatus.scanners.lookup import at, objects_at, text_at
from secstatus.scanners.reading import count_of, line_of, moment_of, objects
from secstatus.scanners.sarif_rules import driver_of

_BEST_FIRST = (Verdict.COMPLETE, Verdict.UNSTATED, Verdict.PARTIAL, Verdict.FAILED)
_NOTIFICATIONS = ("toolExecutionNotifications", "toolConfigurationNotifications")
LONGEST_LIST = 20


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several; `failed` when there is none."""
    return max(verdicts, key=_BEST_FIRST.index, default=Verdict.FAILED)


def outcome(run: Mapping[str, Any], place: str) -> tuple[Verdict, tuple[str, ...]]:
    """Verdict and problems of one run. `results` left out says that no scan took place."""
    if run.get("results") is None:
        return Verdict.FAILED, ("A run has no results: no scan took place.",)
    invocations = [each for _, each in objects(run.get("invocations"), f"{place}.invocations")]
    errors = [text for each in invocations for text in _errors(each, driver_of(run))]
    if at(run, "externalPropertyFileReferences", "results"):
        errors.append("Results are kept in other files, which were not read.")
    success = [each.get("executionSuccessful") for each in invocations]
    if any(value is False or str(value).lower() == "false" for value in success):
        return Verdict.FAILED, ("The tool says that it did not run to its end.", *errors)
    if errors:
        return Verdict.PARTIAL, tuple(errors[:LONGEST_LIST])
    if success and all(value is True for value in success):
        return Verdict.COMPLETE, ()
    return Verdict.UNSTATED, ("The file does not say whether the tool ran to its end.",)


def _errors(invocation: Mapping[str, Any], driver: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each notification of level error or with an exception."""
    for key in _NOTIFICATIONS:
        for notification in objects_at(invocation, key):
            if _level(notification, driver) == "error" or notification.get("exception"):
                yield _sentence(notification)


def _level(notification: Mapping[str, Any], driver: Mapping[str, Any]) -> str:
    stated = text_at(notification, "level").lower()
    index = count_of(at(notification, "descriptor", "index"))
    if stated or index is None:
        return stated
    return text_at(driver, "notifications", index, "defaultConfiguration", "level").lower()


def _sentence(notification: Mapping[str, Any]) -> str:
    text = text_at(notification, "message", "text") or text_at(notification, "descriptor", "id")
    location = at(notification, "locations", 0, "physicalLocation", "artifactLocation", "uri")
    said = f"The tool reports an error: {text or 'it does not say which'}"
    return line_of(f"{said} ({location})" if isinstance(location, str) else said)


def started(run: Mapping[str, Any]) -> datetime | None:
    """When the run began, else when it ended; of several invocations the earliest."""
    moments = [
        moment_of(each.get("startTimeUtc")) or moment_of(each.get("endTimeUtc"))
        for each in objects_at(run, "invocations")
    ]
    return min((moment for moment in moments if moment), default=None)

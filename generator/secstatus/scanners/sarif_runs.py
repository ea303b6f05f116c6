"""How much one run of a SARIF file did: its verdict, and why it is not `complete`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from secstatus.findings.observation import Skipped, Verdict
from secstatus.scanners.code_findings import is_unreadable
from secstatus.scanners.lookup import at, objects_at, text_at
from secstatus.scanners.reading import count_of, line_of, objects, read_moment
from secstatus.scanners.sarif_places import Places
from secstatus.scanners.sarif_rules import driver_of

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
    invocations = [each for _, each in objects(run.get("invocations"), f"{place}.invocations")]
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
    name = text_at(notification, "descriptor", "id")
    return is_unreadable(name, text_at(notification, "message", "text"))


def _unread(notifications: list[Mapping[str, Any]], places: Places) -> Iterator[Skipped]:
    for notification in notifications:
        location = at(notification, "locations", 0, "physicalLocation", "artifactLocation")
        if path := places.path(location):
            yield Skipped(path, line_of(text_at(notification, "message", "text")))


def _level(notification: Mapping[str, Any], driver: Mapping[str, Any]) -> str:
    stated = text_at(notification, "level").lower()
    index = count_of(at(notification, "descriptor", "index"))
    if stated or index is None:
        return stated
    return text_at(driver, "notifications", index, "defaultConfiguration", "level").lower()


def _sentence(notification: Mapping[str, Any]) -> str:
    text = text_at(notification, "message", "text") or text_at(notification, "descriptor", "id")
    return line_of(f"The tool reports an error: {text or 'it does not say which'}")


def find_start(run: Mapping[str, Any]) -> datetime | None:
    """When the run began, else when it ended; of several invocations the earliest."""
    moments = [
        read_moment(each.get("startTimeUtc")) or read_moment(each.get("endTimeUtc"))
        for each in objects_at(run, "invocations")
    ]
    return min((moment for moment in moments if moment), default=None)

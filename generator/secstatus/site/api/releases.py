"""The release log as `api/v1/releases.json`: every decision with its reasons, newest first.

It has timestamps and no ages, so that only a decision, or a step of one, changes the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from secstatus.findings.finding import make_identity
from secstatus.published.site_info import SiteInfo
from secstatus.release.log import DecisionRecord, ReleaseLog, ReleaseState, ReleaseStep
from secstatus.site.api import documents
from secstatus.site.inputs import Event, make_event
from secstatus.site.pages.html import clip
from secstatus.site.records import Record, json_path, page_path
from secstatus.site.untrusted_text import without_controls
from secstatus.status.policy import Grade
from secstatus.text.nouns import format_count
from secstatus.timestamps import format_timestamp

PAGE = "releases.html"
Decision = Mapping[str, Any]
Links = Mapping[str, str]

_OUT = (ReleaseState.PUBLISHED, ReleaseState.ANNOUNCED)
_GRADES = frozenset(letter.value for letter in Grade)


def releases_document(
    releases: ReleaseLog, records: Iterable[Record], place: SiteInfo, otherwise: datetime
) -> dict[str, Any]:
    """Return the document, its keys sorted. `otherwise` dates a log without decisions.

    `records`: everything that has a page. Fields of the log that the schema does not
    name are left out. A value that is not a string counts as missing.
    """
    # Most projects decide rarely; without decisions 5,000 records need no search.
    linked = _linked(releases, records, place) if releases.decisions else {}
    decisions = [_decision(item, linked) for item in reversed(releases.decisions)]
    # A step can be recorded long after its decision, by another job.
    moments = [step.at for item in releases.decisions for step in item.steps]
    moments += [item.decided_at for item in releases.decisions]
    head = documents.list_header(
        place, "releases", format_timestamp(max(moments, default=otherwise))
    )
    document = {**head, "decisions": decisions, "latest_release": latest_release(releases)}
    return dict(sorted(document.items()))


def find_published_at(item: DecisionRecord) -> str:
    """Return the timestamp of publication; empty while the release is not published."""
    return next((format_timestamp(step.at) for step in item.steps if step.state in _OUT), "")


def latest_release(releases: ReleaseLog) -> dict[str, Any] | None:
    """The last release that is out."""
    # The log is in the order of decisions; the newest that is out is what users can install.
    for item in reversed(releases.decisions):
        if at := find_published_at(item):
            return {
                "decision_id": strip_markup(item.decision_id),
                "published_at": at,
                "version": strip_markup(item.version) or None,
            }
    return None


def strip_markup(value: object) -> str:
    """Return a text of the log on one line, without control and bidirectional characters."""
    return " ".join(without_controls(value).split()) if isinstance(value, str) else ""


def _decision(item: DecisionRecord, linked: Mapping[tuple[str, str], Links]) -> dict[str, Any]:
    return {
        "alerts": [strip_markup(text) for text in item.alerts],
        "bump": strip_markup(item.bump) or None,
        "commit": _last(item, "commit"),
        "decided_at": format_timestamp(item.decided_at),
        "decision_id": strip_markup(item.decision_id),
        # The log is a file that users can edit: a grade that is none is not passed on.
        "grade": item.grade if item.grade in _GRADES else None,
        "justification": without_controls(item.justification),
        "more": item.more,
        "release_notes": without_controls(item.release_notes) or None,
        "scan_date": format_timestamp(item.scan_date),
        "security_changes": [_change(change, linked) for change in item.changes],
        # The first step is the decision; later ones say what came of it, failures included.
        "should_release": item.steps[0].state is not ReleaseState.NONE,
        "state": item.state.value,
        "steps": [_step(step) for step in item.steps],
        "tag": _last(item, "tag"),
        "trigger_type": item.trigger_type.value,
        "version": _last(item, "version"),
    }


def _last(item: DecisionRecord, name: str) -> str | None:
    """Return the value in the last step that has one."""
    said = (strip_markup(getattr(step, name)) for step in reversed(item.steps))
    return next((text for text in said if text), None)


def _step(step: ReleaseStep) -> dict[str, Any]:
    return {
        "at": format_timestamp(step.at),
        "commit": strip_markup(step.commit) or None,
        "note": strip_markup(step.note) or None,
        "state": step.state.value,
        "tag": strip_markup(step.tag) or None,
        "version": strip_markup(step.version) or None,
    }


_ALWAYS = ("action", "change_type", "event_key", "row", "text")
_AT_TIMES = ("finding_id", "impact_level", "new_state", "old_state", "package", "settled")


def _change(change: Mapping[str, Any], linked: Mapping[tuple[str, str], Links]) -> dict[str, Any]:
    told: dict[str, Any] = {name: strip_markup(change.get(name)) for name in _ALWAYS}
    told |= {name: strip_markup(change.get(name)) or None for name in _AT_TIMES}
    told["links"] = linked.get(_key(change))
    return dict(sorted(told.items()))


def _key(change: Mapping[str, Any]) -> tuple[str, str]:
    return make_identity(
        strip_markup(change.get("finding_id")), strip_markup(change.get("package"))
    )


def _linked(
    releases: ReleaseLog, records: Iterable[Record], place: SiteInfo
) -> dict[tuple[str, str], Links]:
    """Return the page and the file of each finding that a change refers to, if any.

    A finding's own id takes precedence over another's alias. A change without a package is linked
    by its id alone.
    """
    wanted = {_key(change) for item in releases.decisions for change in item.changes}
    # The ids first, since most records are about none of them.
    ids = {name for name, _ in wanted if name}
    own: dict[tuple[str, str], Links] = {}
    others: dict[tuple[str, str], Links] = {}
    for record in records:
        for name in (record["finding_id"], *record["aliases"]):
            if name.casefold() in ids:
                found = own if name == record["finding_id"] else others
                paths = {"html": page_path(record["name"]), "json": json_path(record["name"])}
                links = {kind: place.base_url + path for kind, path in paths.items()}
                # Changes recorded before schema 1.1 name no package.
                for package in (record["package"] or "", ""):
                    found.setdefault(make_identity(name, package), links)
    return {**others, **own}


_OUTCOMES = {
    "none": "No release",
    "planned": "Release planned",
    "committed": "Release{} committed",
    "pushed": "Release{} pushed",
    "published": "Released{}",
    "announced": "Released{}",
    "failed": "Publishing{} failed",
    "superseded": "Superseded",
    "declined": "Declined",
}


def outcome_of(decision: Decision) -> str:
    """What came of a decision of the document, in two or three words: `Released 1.4.1`."""
    if is_held(decision):
        return "No release yet"
    words = _OUTCOMES[decision["state"]]
    return words.format(f" {decision['version']}" if decision["version"] else "")


def is_held(decision: Decision) -> bool:
    """Whether a release is due and waits: then its last alert is the justification."""
    if decision["state"] != "none" or not decision["alerts"]:
        return False
    return (
        strip_markup(decision["justification"].partition("\n")[0]) == f"{decision['alerts'][-1]}."
    )


def releases_told(releases: ReleaseLog) -> list[Event]:
    """The releases that are out, in no particular order."""
    # A decision is no event: only what is on the index is a release to a reader of the feed.
    return [_released(item) for item in releases.decisions if find_published_at(item)]


LONGEST_REASON = 500


def _released(item: DecisionRecord) -> Event:
    version = f" {strip_markup(item.version)}" if item.version else ""
    # The page has the newest decisions only: an anchor would end one day.
    return make_event(
        "release",
        strip_markup(item.decision_id),
        find_published_at(item),
        f"Released{version} because {_because(item)}",
        clip(item.justification, LONGEST_REASON),
        PAGE,
    )


_BECAUSE = {
    "new_vulnerability": "{} is new",
    "resolved": "{} is resolved",
    "severity_change": "the severity of {} was raised",
    "reopened": "{} is back",
    "grade_change": "the grade is better",
}


def _because(item: DecisionRecord) -> str:
    """The first of the reasons, and how many others there are."""
    # A decision also lists changes that asked for nothing; they are no reason.
    asking = [change for change in item.changes if change.get("action") == "security_auto"]
    if item.trigger_type == "manual" or not asking:
        return "it was requested" if item.trigger_type == "manual" else "of the security status"
    first = asking[0]
    words = _BECAUSE.get(strip_markup(first.get("change_type")), "of {}")
    more = f", and {format_count(len(asking) - 1, 'other change')}" if len(asking) > 1 else ""
    return words.format(clip(strip_markup(first.get("finding_id")), 120)) + more

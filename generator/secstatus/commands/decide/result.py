"""The result of decide as JSON and as text: a new decision or one of the release log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from secstatus.adapters.files import make_disk_error, replace_file
from secstatus.adapters.github_output import add_summary, set_outputs, temporary_file
from secstatus.release.decision import ReleaseDecision
from secstatus.release.log import DecisionRecord, ReleaseState
from secstatus.release.snapshot import Snapshot
from secstatus.release.wording import escape_line, render_changes
from secstatus.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class DecideResult:
    """The decision as JSON and as texts. `written`: whether the release log changed.

    `warnings` are about the journal and no part of the decision.
    """

    data: Mapping[str, Any]
    alerts: Sequence[str]
    written: bool = False
    warnings: Sequence[str] = ()

    @property
    def should_release(self) -> bool:
        return bool(self.data["should_release"])

    @property
    def notes(self) -> str:
        return str(self.data["release_notes"])

    def document(self) -> dict[str, Any]:
        return dict(self.data)

    def text(self) -> str:
        """The decision as readable text."""
        data = self.data
        head = "No release."
        if data["state"] in ("published", "announced"):
            head = f"Released as {data['version'] or 'an unknown version'} ({data['state']})."
        elif data["should_release"]:
            version = f" as {data['version']}" if data.get("version") else ""
            head = f"Release{version}: {data['trigger_type']}, {data['bump']} ({data['state']})."
        lines = [head, str(data["justification"])]
        changes = data["security_changes"]
        # Fifty fill a terminal; the JSON result has them all.
        lines += [f"- {each['text']} [{each['action']}: {each['row']}]" for each in changes[:50]]
        lines += [f"- and {len(changes) - 50} more"] if len(changes) > 50 else []
        return "\n".join([*lines, f"Decision {data['decision_id']}."])


def fresh(found: ReleaseDecision, standing: Snapshot) -> DecideResult:
    """The result of a decision that was just taken."""
    data = {
        "alerts": list(found.alerts),
        "bump": found.bump or None,
        "decision_id": found.decision_id,
        "grade": standing.grade.value,
        "held_until": format_timestamp(found.held_until) if found.held_until else None,
        "justification": found.justification,
        "release_notes": found.release_notes,
        "scan_date": format_timestamp(standing.scanned_at),
        "security_changes": render_changes(found.judged),
        "should_release": found.should_release,
        "state": ReleaseState.PLANNED.value if found.should_release else ReleaseState.NONE.value,
        "trigger_type": found.trigger_type.value,
        "version": None,
    }
    return DecideResult(data, found.alerts)


def make_resumed(item: DecisionRecord) -> DecideResult:
    """The result while a release is under way: it is completed before anything new is decided."""
    alert = f"The release of decision {item.decision_id} is {item.state}; it is finished first"
    return replace(kept(item), alerts=[alert])


def kept(item: DecisionRecord) -> DecideResult:
    """The result of a recorded decision, with the state that it has reached since."""
    last = item.steps[-1]
    data = {
        "alerts": list(item.alerts),
        "bump": item.bump or None,
        "commit": last.commit or None,
        "decision_id": item.decision_id,
        "grade": item.grade or None,
        "held_until": None,
        "justification": item.justification,
        "release_notes": item.release_notes,
        "scan_date": format_timestamp(item.scan_date),
        "security_changes": [dict(change) for change in item.changes],
        # A release that is out, or was declined, must not be started a second time.
        "should_release": item.state.is_under_way,
        "state": item.state.value,
        "trigger_type": item.trigger_type.value,
        "version": item.version or None,
    }
    return DecideResult(data, ())


def write_notes_file(path: Path | None, notes: str) -> Path | None:
    """Write the notes to the path; without one, in GitHub Actions, into the folder of the job."""
    # GitHub empties RUNNER_TEMP at the beginning and at the end of each job.
    path = path or (temporary_file("secstatus-release-notes.md") if notes else None)
    if path is None:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # UTF-8 cannot encode lone surrogates, which JSON of a third party may contain.
        replace_file(str(path), notes.encode("utf-8", "replace"))
    except OSError as error:
        raise make_disk_error(error, "writing the release notes") from None
    return path


def write_decision_outputs(data: Mapping[str, Any], notes: Path | None) -> None:
    """Write the decision as outputs and as a summary of the workflow step."""
    set_outputs(
        {
            # Outputs are text: workflows compare with 'true', and Python would write `True`.
            "should_release": "true" if data["should_release"] else "false",
            "trigger_type": str(data["trigger_type"]),
            "bump": data["bump"] or "",
            "decision_id": str(data["decision_id"]),
            "release_state": str(data["state"]),
            "notes_file": str(notes) if notes else "",
            "justification": str(data["justification"]),
        }
    )
    add_summary(_summary(data))


def _summary(data: Mapping[str, Any]) -> str:
    verdict = "No release"
    if data["should_release"]:
        verdict = f"Release: {data['trigger_type']}, {data['bump']}"
    lines = [
        f"## {verdict}",
        "",
        # Titles of advisories are untrusted input: Markdown in them must not become a link or an
        # image.
        *(escape_line(line) for line in str(data["justification"]).split("\n")),
    ]
    changes: Sequence[Mapping[str, Any]] = data["security_changes"]
    if changes:
        lines += ["", "| change | what follows | rule |", "| --- | --- | --- |"]
        lines += [
            f"| {' | '.join(escape_line(str(c[key])) for key in ('text', 'action', 'row'))} |"
            # GitHub limits the summary of a step to 1 MiB.
            for c in changes[:200]
        ]
    lines += [""] + [f"- {escape_line(alert)}" for alert in data["alerts"]]
    return "\n".join(lines) + "\n\n"

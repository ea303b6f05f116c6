"""The change log: what is unreleased becomes the section of a version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from secstatus.bump.changelog.file import NO_NOTES, ChangelogFile, safe_path
from secstatus.bump.changelog.notes import FRAGMENT_FOLDERS, classify_fragment, notes_for
from secstatus.bump.changelog.style import ReleaseHeading
from secstatus.bump.number import version_info
from secstatus.bump.reference import Edit
from secstatus.text.toml import PYPROJECT, decode_text, find_table, parse_toml

__all__ = ["FRAGMENT_FOLDERS", "NO_NOTES", "Changelog", "candidates", "move_unreleased"]

_TOWNCRIER = "towncrier.toml"
_LOG = re.compile(r"(docs/)?(changelog|changes|history|news)\.(md|rst)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Changelog:
    """Edits of change logs, in the order of their files and places, and fragments to remove.

    `reasons` say what was left as it is, and why; without edits there is at least one.
    """

    edits: tuple[Edit, ...] = ()
    removed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def candidates(paths: Iterable[str]) -> tuple[str, ...]:
    """Of all tracked paths those that `released` has to see."""
    return tuple(
        path
        for path in paths
        if path in (PYPROJECT, _TOWNCRIER) or _is_log(path) or classify_fragment(path)
    )


def move_unreleased(
    files: Mapping[str, bytes], version: str, day: date, previous: str, security_notes: str = ""
) -> Changelog:
    """The change that makes a section of `version` from what is unreleased.

    `files` are those that `candidates` names. The section gets the content of the heading
    Unreleased, which stays, empty; the fragments of the log's own markup; and the notes on
    security, Markdown, under Security. A section without content states so. A log without that
    heading is only changed when there are fragments or notes. With towncrier nothing is changed.

    Raises DocumentUpdateError when the version has a section already, Unreleased is there twice,
    or a code block is never closed; InputError for a file that cannot be read.
    """
    release = ReleaseHeading(version_info(version).current_version, previous, day)
    if _has_towncrier(files):
        return Changelog(reasons=(_leave_to_towncrier(version, security_notes),))
    logs = [
        ChangelogFile(path, files[path], release)
        for path in sorted(files, key=_rank)
        if _is_log(path)
    ]
    for log in logs:
        log.refuse_present()
    found = [_change(log, files, security_notes) for log in _changing(logs)]
    removed = dict.fromkeys(name for each in found for name in each.removed)
    reasons = [reason for each in found for reason in each.reasons]
    left = [path for path in sorted(files) if classify_fragment(path) and path not in removed]
    if not logs:
        reasons.append("the project keeps no change log")
    if left:
        reasons.append(f"no change log takes these fragments: {', '.join(map(safe_path, left))}")
    edits = tuple(edit for each in found for edit in each.edits)
    return Changelog(edits, tuple(removed), tuple(reasons))


def _rank(path: str) -> tuple[bool, str]:
    return "/" in path, path.lower()


def _changing(logs: Sequence[ChangelogFile]) -> Sequence[ChangelogFile]:
    """Those with an unreleased section; without any, the first one that has releases at all.

    Others beside them are old ones, or hold something else.
    """
    is_open = [log for log in logs if log.unreleased() or log.named_unreleased()]
    kept = [log for log in logs if log.newest()]
    return is_open or kept[:1] or logs[:1]


def _is_log(path: str) -> bool:
    return bool(_LOG.fullmatch(path))


def _has_towncrier(files: Mapping[str, bytes]) -> bool:
    if _TOWNCRIER in files:
        return True
    pyproject = parse_toml(decode_text(files.get(PYPROJECT, b""), PYPROJECT), PYPROJECT)
    return "towncrier" in find_table(pyproject, "tool")


def _leave_to_towncrier(version: str, security_notes: str) -> str:
    reason = f"towncrier builds it: add `towncrier build --yes --version {version}` to the hooks"
    lost = "; the notes on security are not in it, so write a fragment for them"
    return reason + (lost if security_notes.strip() else "")


def _change(log: ChangelogFile, files: Mapping[str, bytes], security_notes: str) -> Changelog:
    notes = notes_for(log.path, files, security_notes)
    log.refuse_mixed_encoding(notes)
    heading, named, newest = log.unreleased(), log.named_unreleased(), log.newest()
    path = safe_path(log.path)
    if heading or named or notes.parts:
        log.refuse_open()
    if heading:
        return Changelog(log.turned(heading, notes), notes.fragments)
    if named and log.is_of_release(named):
        return Changelog(log.dated(named, notes), notes.fragments)
    if named:
        return Changelog(reasons=(f"{log.place(named)} announces another version",))
    if not notes.parts:
        return Changelog(reasons=(f"{path} has no heading Unreleased",))
    if newest is None:
        return Changelog(reasons=(f"{path} has no heading of a release",))
    return Changelog((log.inserted(newest, notes),), notes.fragments)

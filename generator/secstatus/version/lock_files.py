"""Lock files: only the entry of the project itself is ours, and only its own version line."""

from __future__ import annotations

import re

from secstatus.version.place import ContextJudgement, MatchContext, others, ours, text, unclear

_LONGEST = 20_000
# `[[package]]` of most, `[[packages]]` of pylock.
_ENTRY = b"\n[[package"
_NAME = re.compile(rb"^name\s*=\s*[\"']([^\"'\n]+)[\"']", re.MULTILINE)
_VERSION_LINE = re.compile(rb"\s{0,2}version\s*=\s*[\"']\Z")
# The project itself lies on the disk: uv, poetry, pdm and cargo each in their own words.
_ON_DISK = re.compile(
    rb"^source\s*=\s*\{\s*(?:editable|virtual|directory)\s*="
    rb"|^type\s*=\s*[\"']directory[\"']|^editable\s*=\s*true|^path\s*=\s*[\"']\."
    rb"|^directory\s*=|^\[packages?\.directory\]",
    re.MULTILINE,
)
_SOURCE = re.compile(rb"^source\s*=", re.MULTILINE)


def lock_judgement(place: MatchContext) -> ContextJudgement:
    """Whose entry of the lock file it is. Whatever is no entry of ours belongs to others."""
    if place.name in {"package-lock.json", "npm-shrinkwrap.json"}:
        return others("lock entry", "an entry of another package")
    entry = _entry(place)
    name = _NAME.search(entry)
    if name is None or not _VERSION_LINE.fullmatch(place.before):
        return others("lock entry", "it is not the version line of an entry")
    if not place.names.mean_us(text(name[1])):
        return others("lock entry", "an entry of another package")
    if _ON_DISK.search(entry):
        return ours("lock entry", "our own entry")
    if place.name == "Cargo.lock" and not _SOURCE.search(entry):
        return ours("lock entry", "our own entry")
    return unclear("lock entry", "our name, but not from this folder")


def _entry(place: MatchContext) -> bytes:
    """The entry around the version, from its heading to the next one."""
    start = place.content.rfind(_ENTRY, 0, place.token.start)
    if start < 0 and not place.content.startswith(_ENTRY[1:]):
        return b""
    end = place.content.find(_ENTRY, place.token.end)
    end = end if end >= 0 else len(place.content)
    return place.content[max(0, start) : min(end, max(0, start) + _LONGEST)]

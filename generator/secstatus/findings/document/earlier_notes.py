"""Own text about findings that are no longer listed: it moves to a section of its own, once.

There it is user text like any other, and the user may move or delete it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from secstatus.findings.document.preserved_text import Key, OwnText, TextPlace
from secstatus.findings.document.reader import TITLE
from secstatus.findings.document.sections import heading_of
from secstatus.findings.finding import Finding
from secstatus.findings.severity import Severity

NOTES = "## Notes on earlier findings"
_NAME = NOTES.removeprefix("## ").lower()
_AT_THE_END = TextPlace("after", None, 3)


def keep_notes(own: OwnText, findings: Sequence[Finding]) -> None:
    """Moves the text at every entry and severity section that these findings do not fill."""
    _follow_entries_without_package(own, findings)
    listed: set[object] = {finding.key for finding in findings}
    listed |= {finding.severity for finding in findings}
    gone = [
        place
        for place in sorted(_places(own), key=lambda place: place.line)
        if place.key not in listed
    ]
    for key in dict.fromkeys(place.key for place in gone):
        if key is None:
            continue
        lines = [line for place in gone if place.key == key for line in own.lines.pop(place)]
        _add(own, _heading(own, key), lines)


def _places(own: OwnText) -> Iterator[TextPlace]:
    return (place for place in own.lines if place.part in ("entry", "section"))


def _follow_entries_without_package(own: OwnText, findings: Sequence[Finding]) -> None:
    """An entry that names no package belongs to the one finding with its id."""
    keys = [finding.key for finding in findings]
    for place in [*_places(own)]:
        if not isinstance(place.key, tuple) or place.key[1] or place.key in keys:
            continue
        same = [key for key in keys if key[0] == place.key[0]]
        if len(same) == 1:
            own.lines[place._replace(key=same[0])] += own.lines.pop(place)


def _heading(own: OwnText, key: Key | Severity) -> str:
    return f"{key.label} Severity" if isinstance(key, Severity) else own.headings[key]


def _add(own: OwnText, heading: str, lines: list[str]) -> None:
    end = own.line_end
    note = [f"### {heading}{end}", end, *_trimmed(lines)]
    place, at = _section_end(own)
    if place is None:
        place, at = _AT_THE_END, len(own.lines[_AT_THE_END])
        note = [f"{NOTES}{end}", end, *note]
    text = own.lines[place]
    above = _trimmed_end(text[:at])
    below = [end, *text[at:]] if at < len(text) else []
    own.lines[place] = [*above, *([end] if above else []), *note, *below]


def _section_end(own: OwnText) -> tuple[TextPlace | None, int]:
    """Where the section of earlier notes ends, when the document has one."""
    for place, lines in own.lines.items():
        inside = False
        for number, line in enumerate(lines):
            level, heading = heading_of(line, TITLE)
            if level in (1, 2) and inside:
                return place, number
            inside = inside or (level == 2 and heading.lower() == _NAME)
        if inside:
            return place, len(lines)
    return None, 0


def _trimmed(lines: list[str]) -> list[str]:
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    return _trimmed_end(lines[first:])


def _trimmed_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines

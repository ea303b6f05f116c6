"""User text in a findings document: its lines, and the part of the document beside them.

Own text is whatever the reader of the document passes over. Lines are kept as they are, line ends
included; blank lines between own lines and beside them are own too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from secstatus.findings.document.reader import (
    BREAKDOWN,
    ENTRY_LABELS,
    FINDINGS,
    NO_FINDINGS,
    NO_PLANS,
    PLAN_TOTAL,
    SUMMARY,
    TITLE,
    TOTAL,
    UPDATED,
    id_and_title,
    package_and_version,
    section_name,
)
from secstatus.findings.document.sections import BULLETS, heading_of, split_label
from secstatus.findings.finding import make_identity
from secstatus.findings.severity import Severity, severity_of

DAYS = "days since last scan"
PRIORITIES = ("critical", "high", "medium", "low")
LISTED_STATES = ("new", "in progress", "awaiting upstream", "completed", "on hold", "cancelled")
PRIORITY_BREAKDOWN = "priority breakdown"
OVERDUE = "⚠️ overdue plans"
# Behind everything that is generated in the same part.
END = 99

Key = tuple[str, str]
# Which generated line each line is; None for own ones.
Classify = Callable[[list[str]], Iterator[int | None]]


class TextPlace(NamedTuple):
    """Where own text stands: the part, whose part it is, and after which of its generated lines.

    `top`, `header`, `intro`, `summary` are the generated parts, `section` the lines under the
    heading of a severity, `entry` those of a finding. `beside` are own sections after the
    severity of that rank, `after` those after the part of that number (1 header, 2 findings, 3
    summary).
    """

    part: str
    key: Key | Severity | None = None
    line: int = 0


@dataclass(slots=True)
class OwnText:
    """Own lines by place, and how the document ends its lines and itself."""

    lines: defaultdict[TextPlace, list[str]] = field(default_factory=lambda: defaultdict(list))
    headings: dict[Key, str] = field(default_factory=dict)
    has_title: bool = False
    bom: str = ""
    line_end: str = ""
    tail: tuple[str, ...] = ("",)
    bare_end: bool = False


@dataclass(slots=True)
class _TextBlock:
    level: int
    heading: str
    lines: list[str]


def own_text(old: str | None) -> OwnText:
    """The user text of the document. None and a blank text hold nothing."""
    text = OwnText()
    if not old or not old.removeprefix("\ufeff").strip():
        text.bom = "\ufeff" if (old or "").startswith("\ufeff") else ""
        return text
    text.bom = "\ufeff" if old.startswith("\ufeff") else ""
    lines = old.removeprefix("\ufeff").split("\n")
    text.line_end = _line_end(lines)
    content = _without_blank_end(lines)
    text.tail = tuple(lines[len(content) :])
    text.bare_end = not text.tail and not content[-1].endswith("\r")
    if text.bare_end:
        content[-1] += text.line_end
    sorter = _Sorter(text)
    for block in _blocks(content):
        sorter.take(block)
    return text


def _line_end(lines: list[str]) -> str:
    """`\\r` when the title ends in CRLF, or without a title the first line does."""
    ended = lines[:-1]
    title = next((line for line in ended if heading_of(line, TITLE)[0] == 1), None)
    first = title if title is not None else (ended or [""])[0]
    return "\r" if first.endswith("\r") else ""


def _without_blank_end(lines: list[str]) -> list[str]:
    count = len(lines)
    while count and not lines[count - 1].strip():
        count -= 1
    return lines[:count]


def _blocks(lines: list[str]) -> Iterator[_TextBlock]:
    """As `outline.blocks_of` cuts, with all lines; the heading is the first of them."""
    block = _TextBlock(0, "", [])
    for line in lines:
        level, heading = heading_of(line, TITLE)
        if level:
            yield block
            block = _TextBlock(level, heading, [line])
        else:
            block.lines.append(line)
    yield block


class _Sorter:
    """Puts the own lines of each block at their place; knows which part it is in."""

    def __init__(self, text: OwnText) -> None:
        self._text = text
        self._zone = 0
        self._rank = -1
        self._in_findings = False
        self._under_title = False
        self._severity: Severity | None = None

    def take(self, block: _TextBlock) -> None:
        name, body = block.heading.lower(), block.lines[1:]
        if block.level == 3:
            self._severity = self._section_of(block)
        elif block.level in (1, 2):
            self._severity, self._in_findings = None, False
            self._under_title = block.level == 1
        if block.level == 1:
            self._text.has_title = True
            self._part(1, "header", body, _header_kinds)
        elif (block.level, name) == (2, FINDINGS):
            self._in_findings = True
            self._part(2, "intro", body, _intro_kinds)
        elif (block.level, name) == (2, SUMMARY):
            self._part(3, "summary", body, _summary_kinds)
        elif self._severity and block.level == 3:
            self._put(TextPlace("section", self._severity), body)
        elif self._severity and block.level == 4:
            self._entry(block)
        else:
            self._put(self._own_place(), block.lines)

    def _section_of(self, block: _TextBlock) -> Severity | None:
        severity = severity_of(section_name(block.heading) or "") if self._in_findings else None
        self._rank = max(self._rank, severity.rank if severity else -1)
        return severity

    def _own_place(self) -> TextPlace:
        if self._in_findings:
            return TextPlace("beside", None, self._rank)
        # Not behind the findings, also when they stand first: it would become one of their parts.
        if self._under_title:
            return TextPlace("after", None, 1)
        return TextPlace("after", None, self._zone)

    def _entry(self, block: _TextBlock) -> None:
        body = block.lines[1:]
        key = _key(block.heading, body)
        self._text.headings.setdefault(key, block.heading)
        self._runs(TextPlace("entry", key), body, _entry_kinds)

    def _part(self, zone: int, name: str, body: list[str], kinds: Classify) -> None:
        self._zone = max(self._zone, zone)
        self._runs(TextPlace(name), body, kinds)

    def _runs(self, place: TextPlace, body: list[str], kinds: Classify) -> None:
        """Cuts the body at its generated lines; what follows the last of them is at the END."""
        at, run = 0, list[str]()
        for line, kind in zip(body, kinds(body), strict=True):
            if kind is None:
                run.append(line)
                continue
            self._put(place._replace(line=at), run)
            at, run = max(at, kind), []
        self._put(place._replace(line=END), run)

    def _put(self, place: TextPlace, lines: list[str]) -> None:
        if any(line.strip() for line in lines):
            self._text.lines[place] += lines


def _key(heading: str, body: list[str]) -> Key:
    said = (split_label(line.rstrip(), BULLETS) for line in body)
    package = next((value for label, value in said if label == "package"), "")
    return make_identity(id_and_title(heading)[0], package_and_version(package)[0])


def _header_kinds(body: list[str]) -> Iterator[int | None]:
    order = {UPDATED: 1, TOTAL: 2, DAYS: 3, BREAKDOWN: 4}
    counting = False
    for line in body:
        text = line.rstrip()
        label, _ = split_label(text, ("",))
        counted, value = split_label(text, BULLETS)
        if label in order:
            counting = label == BREAKDOWN
            yield order[label]
        elif counting and severity_of(counted) and _is_count(value):
            yield order[BREAKDOWN]
        else:
            counting = counting and not text
            yield None


def _intro_kinds(body: list[str]) -> Iterator[int | None]:
    return (1 if line.rstrip() == NO_FINDINGS else None for line in body)


def _entry_kinds(body: list[str]) -> Iterator[int | None]:
    order = {label: number for number, label in enumerate(ENTRY_LABELS, 1)}
    return (order.get(split_label(line.rstrip(), BULLETS)[0]) for line in body)


def _summary_kinds(body: list[str]) -> Iterator[int | None]:
    counts = dict.fromkeys(LISTED_STATES, 2) | dict.fromkeys(PRIORITIES, 4) | {OVERDUE: 5}
    for line in body:
        label, value = split_label(line.rstrip(), ("",))
        if label == PLAN_TOTAL or line.rstrip() == NO_PLANS:
            yield 1
        elif label == PRIORITY_BREAKDOWN and not value:
            yield 3
        else:
            yield counts.get(label) if _is_count(value) else None


def _is_count(value: str) -> bool:
    return value.isascii() and value.isdigit()

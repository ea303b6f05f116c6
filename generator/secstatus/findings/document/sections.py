"""Markdown that a program wrote: headings, `**Label**: value` lines and their values.

Everything keeps its line, and whatever cannot be read is an InputError that names it (without a
path: the caller knows that). Each function looks at a line a fixed number of times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from secstatus.errors import InputError, shown
from secstatus.timestamps import EARLIEST_YEAR, parse_day, parse_timestamp

BULLETS = ("- ", "* ")
LONGEST_NUMBER = 9


def unreadable(line: int, found: str, expected: str, hint: str = "") -> InputError:
    """The error to raise; `read` functions add the path."""
    return InputError("", f"line {line}", found, expected, hint=hint)


Lines = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and the lines under it that are not blank, up to the next heading."""

    level: int
    heading: str
    line: int
    body: Lines


@dataclass(frozen=True, slots=True)
class LabelledValue:
    """What a line says after its label."""

    text: str
    line: int


def blocks_of(text: str, title: str) -> Iterator[Block]:
    """The text cut at `title` and the headings of level 2 to 4; first what stands before them.

    Other headings are text: the `# comment` of a shell example ends nothing.
    """
    block = Block(0, "", 1, [])
    # Not splitlines(): a form feed or U+2028 in a description does not end its line.
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip()
        level, heading = heading_of(line, title)
        if level:
            yield block
            block = Block(level, heading, number, [])
        elif line:
            block.body.append((number, line))
    yield block


def heading_of(line: str, title: str) -> tuple[int, str]:
    """Level and text of a line that starts a block; level 0 for any other line."""
    line = line.rstrip()
    level = _level(line)
    heading = line.lstrip(" ")[level:].strip()
    starts = level in (2, 3, 4) or (level == 1 and heading.lower() == title)
    return (level, heading) if starts else (0, "")


def _level(line: str) -> int:
    """The level of a Markdown heading; 0 for any other line."""
    bare = line.lstrip(" ")
    level = len(bare) - len(bare.lstrip("#"))
    is_heading = len(line) - len(bare) < 4 and bare[level : level + 1] in ("", " ", "\t")
    return level if is_heading else 0


def only_block(blocks: list[Block], mark: str, heading: str, hint: str) -> Block:
    """The one block with this heading (lower case; `mark` is `# ` and so on)."""
    level = len(mark.strip())
    found = [block for block in blocks if (block.level, block.heading.lower()) == (level, heading)]
    if not found:
        raise unreadable(1, "a text without this heading", f"`{mark}{heading.title()}`", hint)
    if len(found) > 1:
        again = f"`{mark}{heading.title()}` again, after line {found[0].line}"
        raise unreadable(found[1].line, again, "it once", "Were two versions of the file merged?")
    return found[0]


def split_label(line: str, marks: tuple[str, ...]) -> tuple[str, str]:
    """Label (lower case) and value of `**Label**: value` after one of `marks`; else no label."""
    mark, _, rest = line.partition("**")
    label, colon, value = rest.partition("**:")
    return (label.strip().lower(), value.strip()) if colon and mark in marks else ("", "")


def read_labels(
    body: Lines, labels: tuple[str, ...], marks: tuple[str, ...] = ("",)
) -> dict[str, LabelledValue]:
    """The values of those labels (lower case) that the lines give; one given twice is an error."""
    values: dict[str, LabelledValue] = {}
    for number, line in body:
        label, text = split_label(line, marks)
        if label in values:
            found = f"`{label.title()}` again, after line {values[label].line}"
            raise unreadable(number, found, "it once", "Remove the one that is wrong.")
        if label in labels:
            values[label] = LabelledValue(text, number)
    return values


def parse_document_day(value: LabelledValue | None, text: str) -> date | None:
    """The day that `text`, a part of the value, names; None without a value."""
    if value is None:
        return None
    try:
        day = parse_day(text)
    except ValueError:
        day = date.min
    if day.year < EARLIEST_YEAR:
        hint = "Without a date, leave the line out."
        raise unreadable(value.line, shown(value.text), "a date such as 2025-01-21", hint)
    return day


def parse_document_time(value: LabelledValue) -> datetime:
    """The time that the value states as `YYYY-MM-DD HH:MM:SS UTC`. InputError for anything else."""
    refused = unreadable(value.line, shown(value.text), "a time such as 2025-01-21 10:30:00 UTC")
    day, _, rest = value.text.partition(" ")
    time, _, zone = rest.partition(" ")
    if zone != "UTC":
        raise refused
    try:
        return parse_timestamp(f"{day}T{time}Z", exact=True)
    except ValueError:
        raise refused from None


def parse_count(value: LabelledValue) -> int:
    """A number in plain digits."""
    text = value.text
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER:
        return int(text)
    raise unreadable(value.line, shown(text), "a number such as 3")

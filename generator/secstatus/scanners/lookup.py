"""Looking things up in parsed JSON that nobody promised: what is not there is None, no error.

For what a report says beside its findings. A finding itself is read with `reading`, strictly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secstatus.scanners.reading import count_of, line_of, one_line, text_of


def at(value: Any, *steps: str | int) -> Any:
    """The value behind keys and list positions; None when a step leads nowhere."""
    for step in steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and 0 <= step < len(value) else None
    return value


def text_at(value: Any, *steps: str | int) -> str:
    return text_of(at(value, *steps))


def line_at(value: Any, *steps: str | int) -> str:
    """The text behind the steps as one line."""
    return line_of(at(value, *steps))


def list_at(value: Any, *steps: str | int) -> list[Any]:
    """The list behind the steps; an empty one for anything else."""
    found = at(value, *steps)
    return found if isinstance(found, list) else []


def objects_at(value: Any, *steps: str | int) -> list[Mapping[str, Any]]:
    """The objects of the list behind the steps."""
    return [item for item in list_at(value, *steps) if isinstance(item, dict)]


def first_text(*values: object) -> str:
    """The first value that is a text which is not empty."""
    return next((text for value in values if (text := text_of(value))), "")


def distinct(values: list[str] | tuple[str, ...], *without: str) -> tuple[str, ...]:
    """The values once each, on one line, in their order, without empty ones and those named."""
    lines = map(one_line, values)
    return tuple(dict.fromkeys(line for line in lines if line and line not in without))


def format_location(path: str, line: object) -> str:
    """A location: `src/a.py:12`, the path alone without a line."""
    number = count_of(line)
    return f"{path}:{number}" if path and number else path

"""Dates for people: absolute, UTC, unambiguous in every country."""

from __future__ import annotations

from datetime import UTC, date, datetime

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def day_text(day: date) -> str:
    """`27 Oct 2025`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: datetime) -> str:
    """`27 Oct 2025, 02:58 UTC`."""
    moment = moment.astimezone(UTC)
    return f"{day_text(moment)}, {moment:%H:%M} UTC"


def stamp(moment: datetime) -> str:
    """`2025-10-27T02:58:37Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def count(number: int, one: str, many: str = "") -> str:
    """`1 finding`, `2 findings`."""
    return f"{number} {one if number == 1 else many or one + 's'}"

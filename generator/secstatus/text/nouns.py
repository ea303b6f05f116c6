"""Numbers together with the noun that they count."""

from __future__ import annotations


def format_count(number: int, one: str, many: str = "") -> str:
    """`1 finding`, `2 findings`; `many` for a plural that is not formed with `s`."""
    # English uses the plural for 0.
    return f"{number} {one if number == 1 else many or one + 's'}"

"""Dates as change logs write them: the form of one is recognised, and another day written so."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_NAMES = "|".join(_MONTHS)
_SHORT = "|".join(name[:3] for name in _MONTHS)
# Day and month as two numbers before a year can be meant in two ways, except with points.
_FORMS = (
    (r"\d{4}-\d\d-\d\d", "{0.year:04}-{0.month:02}-{0.day:02}"),
    (r"\d{4}/\d\d/\d\d", "{0.year:04}/{0.month:02}/{0.day:02}"),
    (r"\d{4}\.\d\d\.\d\d", "{0.year:04}.{0.month:02}.{0.day:02}"),
    (r"\d\d\.\d\d\.\d{4}", "{0.day:02}.{0.month:02}.{0.year:04}"),
    (rf"(?:{_NAMES}) \d\d?, \d{{4}}", "{1} {0.day}, {0.year:04}"),
    (rf"(?:{_SHORT}) \d\d?, \d{{4}}", "{2} {0.day}, {0.year:04}"),
    (rf"\d\d? (?:{_NAMES}) \d{{4}}", "{0.day} {1} {0.year:04}"),
    (rf"\d\d? (?:{_SHORT}) \d{{4}}", "{0.day} {2} {0.year:04}"),
)
DATE_PATTERN = "(?:" + "|".join(rf"{pattern}(?!\w)" for pattern, _ in _FORMS) + ")"


def find_date(text: str) -> str:
    """The first date in the text, `""` where there is none."""
    found = re.search(rf"(?<!\w){DATE_PATTERN}", text)
    return found[0] if found else ""


def format_like(text: str, day: date) -> str:
    """The day in the form of another date; as 2026-11-25 where that form is not known."""
    form = next((form for pattern, form in _FORMS if re.fullmatch(pattern, text)), _FORMS[0][1])
    name = _MONTHS[day.month - 1]
    return form.format(day, name, name[:3])

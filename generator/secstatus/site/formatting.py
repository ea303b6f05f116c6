"""Figures and grades for readers. Rounding never improves a figure."""

from __future__ import annotations

import math

from secstatus.status.policy import Grade

NOTHING = "–"
# 0.9998 * 10,000 is 9997.999…: without this, floor would take away a hundredth.
_ALMOST = 1e-9


def share_down(share: float | None) -> str:
    """`99.98 %`, rounded down: `100 %` only where it was all."""
    if share is None:
        return NOTHING
    return _percent(math.floor(share * 10_000 + _ALMOST))


def share_up(share: float | None) -> str:
    """`0.02 %`, rounded up: `0 %` only where it was nothing."""
    if share is None:
        return NOTHING
    return _percent(math.ceil(share * 10_000 - _ALMOST) if share > 0 else 0)


def _percent(hundredths: int) -> str:
    return f"{hundredths / 100:g} %"


def milliseconds(value: float | None) -> str:
    """`84 ms`, `1.2 s` from a second on."""
    if value is None:
        return NOTHING
    if value < 1:
        return f"{value:.1f} ms"
    # From 999.5 on `round` would print "1000 ms".
    return f"{round(value)} ms" if value < 999.5 else f"{value / 1000:.3g} s"


def size_text(value: int | None) -> str:
    """`812 bytes`, `14.2 kB`, with a kB of 1000 bytes."""
    if value is None:
        return NOTHING
    # SI units, as browsers show transfers.
    for unit, bytes_of in (("MB", 1_000_000), ("kB", 1_000)):
        if value >= bytes_of:
            return f"{value / bytes_of:.1f} {unit}"
    return "1 byte" if value == 1 else f"{value} bytes"


def days_of(value: float | None) -> str:
    """`61 days`, rounded down; `ended` when no days are left."""
    if value is None:
        return NOTHING
    if value < 0:
        return "ended"
    # Down: a certificate with 0.9 days left has no whole day left.
    whole = math.floor(value)
    return "1 day" if whole == 1 else f"{whole} days"


def hours_text(value: float | None) -> str:
    """`26 h`, and `3.5 days` from two days on, rounded up."""
    if value is None:
        return NOTHING
    if value < 48:
        return f"{math.ceil(value * 10 - _ALMOST) / 10:g} h"
    # 24 hours in tenths of a day: 2.4.
    return f"{math.ceil(value / 2.4 - _ALMOST) / 10:g} days"


# `?` is no name that CSS allows without an escape.
_CLASSES = {"A": "a", "B": "b", "C": "c", "?": "u", "D": "d", "F": "f"}


_GREEN = (Grade.A, Grade.B)


def grade_class(letter: str) -> str:
    """Return the class of a grade in the style sheet."""
    return _CLASSES[str(letter)]


def tone_of(letter: Grade, *, accepts_severe: bool) -> Grade:
    """Return the grade for the colour: no green while an accepted severe finding is open."""
    # SPEC 2: nothing is green while an accepted critical or high finding is open. C is the best
    # grade that is not.
    return Grade.C if accepts_severe and letter in _GREEN else letter


def grade_word(letter: Grade) -> str:
    return "unknown" if letter is Grade.UNKNOWN else letter.value


def name_grade(letter: Grade, accepted: int, without: Grade) -> str:
    """`A, 2 accepted; F without`: the grade, what it leaves out, and what it would be."""
    if not accepted:
        return grade_word(letter)
    # Without the better grade beside it, "A, 2 accepted" would be read as A.
    words = f"{grade_word(letter)}, {accepted} accepted"
    return words if without is letter else f"{words}; {grade_word(without)} without"

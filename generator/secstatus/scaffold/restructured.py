"""As much of reStructuredText as it takes to find the first heading, and what is indented.

https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNDERLINE = re.compile(r"([!-/:-@[-`{-~])\1+")


def find_rst_code(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that belong to a block: a comment there is text, or in a list."""
    return {number for number, line in enumerate(lines) if line.startswith((" ", "\t"))}


def find_rst_place(lines: Sequence[str]) -> int:
    """The number of the line after the first heading; without one, of the first line."""
    for number in range(1, len(lines)):
        title, under = lines[number - 1].rstrip(), lines[number].rstrip()
        plain = title and not _UNDERLINE.fullmatch(title) and not title.startswith("..")
        # A heading with an overline may be indented; any other text that is indented is a block.
        over = number > 1 and lines[number - 2].rstrip() == under
        if plain and (over or not title[0].isspace()) and _is_under(title.strip(), under):
            return number + 1
    return 0


def _is_under(title: str, under: str) -> bool:
    # docutils accepts an underline that is too short from four characters on, with a warning.
    return bool(_UNDERLINE.fullmatch(under)) and len(under) >= min(len(title), 4)

"""`api/v1/findings.csv`: the findings as a table (RFC 4180) that a spreadsheet does not run.

https://owasp.org/www-community/attacks/CSV_Injection. A cell that a program could interpret
as a formula is prefixed with an apostrophe.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from string import ascii_letters, digits

from secstatus.site.exports.subject import Facts, get_page_url, get_plan, get_score, list_aliases

TABLE = "api/v1/findings.csv"
COLUMNS = (
    "finding_id",
    "package",
    "version",
    "severity",
    "status",
    "title",
    "cvss_score",
    "cvss_vector",
    "aliases",
    "fix_available",
    "fix_version",
    "source",
    "discovered_date",
    "due_date",
    "published",
    "resolved_date",
    "unlisted_since",
    "plan_state",
    "plan_action",
    "plan_owner",
    "plan_target_date",
    "plan_expires",
    "plan_reason",
    "reference_url",
    "page",
    "ecosystem",
    "kind",
    "scope",
    "location",
    "section",
)
# OWASP's list, and U+2212, which spreadsheets also read as a minus.
_STARTERS = frozenset("=+-@−")
_HARMLESS = frozenset(ascii_letters + digits)
# Where the list separator is a semicolon, a semicolon in a cell begins another cell.
_NEXT_CELL = re.compile(r"(?<=;)(\s*)(?=(\S))")


def table_file(records: Sequence[Facts]) -> str:
    """Return the table: the columns, then a line for each record in the given order, with CRLF.

    Columns keep their names and order; new ones come at the end.
    """
    return "".join([f"{','.join(COLUMNS)}\r\n", *map(_line, records)])


def _line(record: Facts) -> str:
    cells = ["" if value is None else cell(value) for value in _values(record)]
    line = ",".join(cells)
    # Quoting is rare: one look at the whole line replaces thirty at its cells.
    if '"' in line or line.count(",") >= len(cells):
        line = ",".join(map(_quoted, cells))
    return f"{line}\r\n"


def _quoted(text: str) -> str:
    if "," not in text and '"' not in text:
        return text
    return '"' + text.replace('"', '""') + '"'


def _values(record: Facts) -> Iterable[object]:
    """Return the value of the record for each column."""
    facts = {
        **record,
        **{f"plan_{key}": value for key, value in get_plan(record).items()},
        "aliases": " ".join(list_aliases(record)),
        "cvss_score": get_score(record),
        "page": get_page_url(record),
    }
    return map(facts.get, COLUMNS)


def cell(value: object) -> str:
    """A value as a cell: in one line, and nothing that a spreadsheet would run."""
    if isinstance(value, str):
        return _text_cell(value)
    # Before int: True is an int in Python.
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | float) else ""


@lru_cache(maxsize=16384)  # most columns hold the same few texts again and again
def _text_cell(value: str) -> str:
    shown = value if value.isprintable() else "".join(map(_shown, value))
    text = " ".join(shown.split())
    if ";" in text:
        text = _NEXT_CELL.sub(_guarded, text)
    if text[:1] in _HARMLESS:
        return text
    return f"'{text}" if text and _starts_formula(text[0]) else text


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    # Format characters have no width and hide what follows them; others part words.
    return "" if unicodedata.category(character) == "Cf" else " "


def _starts_formula(character: str) -> bool:
    """Whether a formula may begin so: `=`, `+`, `-`, `@`, and their wide and small forms."""
    return unicodedata.normalize("NFKC", character)[:1] in _STARTERS


def _guarded(match: re.Match[str]) -> str:
    return f"'{match[1]}" if _starts_formula(match[2]) else match[1]

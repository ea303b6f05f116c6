"""What usage found as one page that needs nothing else: no script, no other file or host."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from secstatus import __version__
from secstatus.adapters import files
from secstatus.adapters.templates import make_environment
from secstatus.commands.usage.result import DAY_KINDS, KIND_WORDS, SHOWN_DAYS, Rows, UsageResult
from secstatus.usage.tally import DayUse

# The JSON result lists 200 paths; a page is read by people.
LISTED_PATHS = 50
# Days of the chart, at most and at least; how high and wide a day is in its own units.
CHART_DAYS, FEWEST_DAYS, HEIGHT, STEP = 90, 14, 100, 10
_OWN_STYLE = """
.use svg { display: block; width: 100%; min-width: 5rem; height: .8rem; margin-top: .4rem; }
.use svg { fill: var(--link); }
.use .days { height: 8.5rem; border-bottom: 1px solid var(--strong); margin: 0; }
.use .n { text-align: end; }
.use .day { white-space: nowrap; min-width: 0; }
.use table { max-width: 46rem; }
.use th, .use td { padding-block: .35rem; }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a table with a bar, `width` of 100."""

    word: str
    number: str
    width: float


@dataclass(frozen=True, slots=True)
class Column:
    """A day of the chart, `height` of 100, from `x` on."""

    x: int
    height: float
    title: str


def write_page(path: Path, result: UsageResult) -> None:
    """Write the page in one step. Raises ExternalError where the disk refuses."""
    # A path of a log may hold bytes that are not UTF-8, kept as lone surrogates.
    content = render_usage_page(result).encode("utf-8", "replace")
    try:
        files.replace_file(str(path), content)
    except OSError as error:
        raise files.make_disk_error(error, "the page of usage cannot be written") from None


def render_usage_page(result: UsageResult) -> str:
    """The page. Every text in it is escaped."""
    style = (files.find_bundled_folder("site_src") / "style.css").read_text(
        encoding="utf-8"
    ) + _OWN_STYLE
    template = make_environment([files.find_bundled_folder("templates")]).get_template("usage.html")
    return template.render(
        style=style,
        # The Content-Security-Policy allows this one style by its hash, and no script at all.
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        tool_version=__version__,
        **_told(result),
    )


def _told(result: UsageResult) -> dict[str, Any]:
    use = result.usage
    listed, other = result.paths(LISTED_PATHS)
    columns = list(_columns(use.days))
    return {
        "headline": result.headline,
        "place": result.place,
        "problems": result.problems,
        "kinds": _bars(result.kinds()),
        "clients": _bars(result.clients()),
        "columns": columns,
        # With few days the bars would become as wide as the page.
        "chart_width": max(FEWEST_DAYS * STEP, columns[-1].x + STEP if columns else 0),
        "chart_days": CHART_DAYS,
        "day_heads": [KIND_WORDS[kind] for kind in DAY_KINDS],
        "days": [_day(day) for day in reversed(use.days[-SHOWN_DAYS:])],
        "paths": [(row.path, f"{row.requests:,}", f"{row.failed:,}") for row in listed],
        "others": (f"{other.requests:,}", f"{other.failed:,}"),
        "not_counted": [(word, f"{number:,}") for word, number in result.not_counted()],
    }


def _bars(rows: Rows) -> list[Bar]:
    # `or 1`: with nothing but zeros every bar has the width 0.
    most = max((number for _, number in rows), default=0) or 1
    return [Bar(word, f"{number:,}", round(100 * number / most, 2)) for word, number in rows]


def _columns(days: Sequence[DayUse]) -> Iterator[Column]:
    """The last days of the calendar; a day without a line in the logs is a gap."""
    if not days:
        return
    end = days[-1].day
    # A log may have a line with a wrong clock: the chart ends at the newest day and is bounded.
    start = max(days[0].day, end - timedelta(days=CHART_DAYS - 1))
    drawn = [day for day in days if day.day >= start]
    most = max(day.requests for day in drawn) or 1
    for day in drawn:
        title = f"{day.day.isoformat()}: {day.requests:,}"
        yield Column((day.day - start).days * STEP, round(HEIGHT * day.requests / most, 2), title)


def _day(day: DayUse) -> tuple[str, list[str]]:
    numbers = (day.requests, *(day.kinds.get(kind, 0) for kind in DAY_KINDS))
    return day.day.isoformat(), [f"{number:,}" for number in numbers]

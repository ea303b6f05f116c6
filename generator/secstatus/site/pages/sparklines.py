"""Ninety days of the site's health as shapes: the share of correct responses, and their duration.

A day without probes is a gap in both. The same figures are beside them as a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from secstatus.site.formatting import milliseconds, share_down
from secstatus.site.pages.html import day_html
from secstatus.text.nouns import format_count
from secstatus.timestamps import format_day

DAYS = 90
# In user units, as in `charts`; ROOF keeps the line at 100 % inside the picture.
STEP, HEIGHT, ROOF = 10, 100, 4
# A day with any wrong answer shows it, however few they were.
LEAST_BAD = 12
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Day = Mapping[str, Any]
Slots = Mapping[int, Day]


def days_shown(days: Iterable[Day], end: date) -> list[Day]:
    """The days of the charts: the last ninety up to `end`, oldest first."""
    start = (end - timedelta(days=DAYS - 1)).isoformat()
    return sorted(
        (day for day in days if start <= day["date"] <= end.isoformat()),
        key=lambda day: str(day["date"]),
    )


def availability_chart(days: Sequence[Day], end: date) -> Markup:
    """A column for each day: the share of responses that matched the published content."""
    slots = {place: day for place, day in _slots(days, end).items() if _is_known(day)}
    good, bad = [], []
    for place, day in slots.items():
        tall = HEIGHT - ROOF
        wrong = (
            # Exactly 1, not rounded: 99.99 % still had a wrong response.
            0.0 if day["availability"] == 1 else max((1 - day["availability"]) * tall, LEAST_BAD)
        )
        if tall > wrong:
            good.append(f"M{place * STEP} {HEIGHT}v-{tall - wrong:.4g}h8v{tall - wrong:.4g}z")
        if wrong:
            bad.append(f"M{place * STEP} {ROOF}h8v{wrong:.4g}h-8z")
    shapes = _shapes({"clean": good, "critical": bad, "gap": _frames(slots)})
    return _figure(_availability_title(list(slots.values())), shapes, end, "", Markup())


def latency_chart(days: Sequence[Day], end: date) -> Markup:
    """Two lines: the time that half of the responses took at most, and 95 of 100."""
    slots = {place: day for place, day in _slots(days, end).items() if _is_timed(day)}
    top = _top(max((float(day["p95_ms"]) for day in slots.values()), default=0))
    paths = {name: [_line(slots, f"{name}_ms", top)] for name in ("p95", "p50")}
    shapes = _grid() + _shapes({**paths, "gap": _frames(slots)})
    key = Markup('<ul class="key"><li class="p95">p95</li><li class="p50">p50</li></ul>')
    scale = f"The top line stands at {milliseconds(top)}."
    return _figure(_latency_title(list(slots.values())), shapes, end, scale, key)


def _is_timed(day: Day) -> bool:
    return None not in (day["p50_ms"], day["p95_ms"])


def _is_known(day: Day) -> bool:
    return day["availability"] is not None


def _slots(days: Sequence[Day], end: date) -> dict[int, Day]:
    """Place in the chart, 0 to 89, → day."""
    first = end - timedelta(days=DAYS - 1)
    return {(date.fromisoformat(day["date"]) - first).days: day for day in days_shown(days, end)}


def _top(most: float) -> int:
    """The next round number: 1, 2 or 5 with zeros."""
    top = 1
    while top < most:
        # 1, 2, 5, 10, …: from 2 to 5 is a factor of 2.5, the others double.
        top = top * 5 // 2 if str(top).startswith("2") else top * 2
    # Below 10 ms the noise of a runner would fill the chart.
    return max(top, 10)


def _line(slots: Slots, name: str, top: int) -> str:
    """A line through the days that follow each other; a day on its own is a dash."""
    parts = []
    for start, length in _runs(slots):
        heights = [_y(slots[place][name], top) for place in range(start, start + length)]
        # A path of one point draws nothing.
        if length == 1:
            parts.append(f"M{start * STEP + 1} {heights[0]}h7")
            continue
        points = [f"{(start + place) * STEP + 4} {y}" for place, y in enumerate(heights)]
        parts.append("M" + "L".join(points))
    return "".join(parts)


def _y(value: float, top: int) -> str:
    # Four digits: a tenth of a unit is less than a pixel, and the bytes are the same everywhere.
    return f"{HEIGHT - min(value / top, 1) * (HEIGHT - ROOF):.4g}"


def _runs(places: Iterable[int]) -> list[tuple[int, int]]:
    """Places in a row: where each row begins and how long it is."""
    runs: list[tuple[int, int]] = []
    for place in sorted(places):
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


def _frames(slots: Slots) -> list[str]:
    """A frame around each row of days without probes."""
    return [
        f"M{start * STEP + 1} {ROOF}h{length * STEP - 3}v{HEIGHT - ROOF}h-{length * STEP - 3}z"
        for start, length in _runs(set(range(DAYS)) - set(slots))
    ]


def _grid() -> Markup:
    lines = "".join(f"M0 {_y(part, 4)}h{DAYS * STEP}v.4h-{DAYS * STEP}z" for part in (1, 2, 3, 4))
    return Markup('<path class="grid" d="{}"/>').format(lines)


def _shapes(paths: Mapping[str, Sequence[str]]) -> Markup:
    # The stretched chart would draw strokes thicker across than along.
    extra = Markup(' vector-effect="non-scaling-stroke"')
    return Markup("").join(
        Markup('<path class="{}"{} d="{}"/>').format(
            name, extra if name in ("gap", "p50", "p95") else "", "".join(parts)
        )
        for name, parts in paths.items()
        if any(parts)
    )


def _figure(title: str, shapes: Markup, end: date, scale: str, key: Markup) -> Markup:
    marks = [end - timedelta(days=back) for back in (DAYS - 1, DAYS // 2, 0)]
    axis = Markup("").join(
        Markup('<time datetime="{}">{}</time>').format(day.isoformat(), format_day(day))
        for day in marks
    )
    words = Markup(_ISO_DAY.sub(lambda found: day_html(found[0]), title))  # noqa: S704 - our words
    title = _ISO_DAY.sub(lambda found: format_day(date.fromisoformat(found[0])), title)
    return Markup(
        '<figure><svg class="chart spark" role="img" aria-label="{t}" viewBox="0 0 {w} {h}" '
        'preserveAspectRatio="none"><title>{t}</title>{shapes}</svg>'
        '<p class="axis">{axis}</p>{key}'
        "<figcaption><small>{words} {scale}</small></figcaption></figure>"
    ).format(
        t=title,
        w=DAYS * STEP,
        h=HEIGHT,
        shapes=shapes,
        axis=axis,
        key=key,
        words=words,
        scale=scale,
    )


def _availability_title(days: Sequence[Day]) -> str:
    silent = format_count(DAYS - len(days), "day")
    if not days:
        return f"Availability: no probes in the last {DAYS} days."
    wrong = [day for day in days if day["availability"] < 1]
    if not wrong:
        return f"Availability: 100 % on {format_count(len(days), 'day')}; no probes on {silent}."
    worst = min(wrong, key=lambda day: float(day["availability"]))
    return (
        f"Availability: below 100 % on {len(wrong)} of {format_count(len(days), 'day')}, the worst "
        f"was {worst['date']} with {share_down(worst['availability'])}; no probes on {silent}."
    )


def _latency_title(days: Sequence[Day]) -> str:
    if not days:
        return f"Response time: no response in the last {DAYS} days."
    last = days[-1]
    worst = max(days, key=lambda day: float(day["p95_ms"]))
    return (
        f"Response time: on {last['date']} half of the answers took"
        f" {milliseconds(last['p50_ms'])} at most, 95 of 100 {milliseconds(last['p95_ms'])};"
        f" the slowest day was {worst['date']} with {milliseconds(worst['p95_ms'])}."
    )

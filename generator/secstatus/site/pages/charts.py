"""Charts as shapes: no text, no size of their own, coloured by the page's style sheet.

The same content is in their title, and beside them in words or as a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from secstatus.status.grade_schedule import ScheduleStep
from secstatus.text.nouns import format_count
from secstatus.timestamps import format_day

WEEKS = 52
STACK = ("critical", "high", "medium", "unknown", "low")
# In user units: `preserveAspectRatio="none"` stretches the chart to its figure.
HEIGHT = 100


@dataclass(frozen=True, slots=True)
class Week:
    """The last recorded scan of a week; `counts` None when no complete scan is recorded.

    `accepted` are the severe findings that were open and accepted, which no count has.
    """

    start: date
    grade: str
    counts: Mapping[str, int] | None
    accepted: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values()) if self.counts else 0

    @property
    def numbers(self) -> list[object]:
        order = ("critical", "high", "medium", "low", "unknown")
        return [self.counts[name] if self.counts else "–" for name in order]


def monday(day: date) -> date:
    # ISO 8601 weeks begin on Monday.
    return day - timedelta(days=day.weekday())


def weeks_until(today: date, events: Iterable[Mapping[str, Any]]) -> list[Week]:
    """The 52 weeks that end with the week of `today`, oldest first, from the `scan` events."""
    last: dict[date, Mapping[str, Any]] = {}
    for event in events:
        if event["kind"] == "scan":
            start = monday(date.fromisoformat(event["at"][:10]))
            # Several scans a week show as the last one: its state is how the week ended.
            if start not in last or event["at"] > last[start]["at"]:
                last[start] = event
    starts = [monday(today) - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    return [_week(start, last.get(start)) for start in starts]


def _week(start: date, event: Mapping[str, Any] | None) -> Week:
    if event is None:
        return Week(start, "–", None)
    # An incomplete scan is a gap, never a column: its zeros would be a false green.
    counts = event["counts"] if event["complete"] else None
    return Week(start, event["grade"], counts, event.get("accepted") or 0)


def weeks_chart(weeks: Sequence[Week]) -> Markup:
    """Open vulnerabilities by severity, a column a week; weeks without a scan are framed."""
    # At least 4, so that one finding does not fill the chart and a quiet year looks quiet.
    top = max([4, *(week.total for week in weeks)])
    paths: dict[str, list[str]] = {name: [] for name in (*STACK, "kept", "clean", "gap")}
    for number, week in enumerate(weeks):
        _column(paths, number * 10, week, top)
    paths["gap"] = [
        f"M{start * 10 + 1} 4h{length * 10 - 3}v{HEIGHT - 4}h-{length * 10 - 3}z"
        for start, length in _silences(weeks)
    ]
    grid = "".join(f"M0 {_y(top * part / 4, top)}h520v.4h-520z" for part in (1, 2, 3, 4))
    shapes = [Markup('<path class="grid" d="{}"/>').format(grid)]
    for name, parts in paths.items():
        if parts:
            extra = Markup(' vector-effect="non-scaling-stroke"') if name == "gap" else ""
            shapes.append(Markup('<path class="{}"{} d="{}"/>').format(name, extra, "".join(parts)))
    title = _weeks_title(weeks)
    return Markup(
        '<figure><svg class="chart" role="img" aria-label="{title}" viewBox="0 0 520 {height}" '
        'preserveAspectRatio="none"><title>{title}</title>{shapes}</svg>{axis}{key}'
        "<figcaption><small>{scale}</small></figcaption></figure>"
    ).format(
        title=title,
        height=HEIGHT,
        shapes=Markup("").join(shapes),
        axis=_axis(weeks),
        key=_key(paths),
        scale=f"The top line stands at {top}.",
    )


def _silences(weeks: Sequence[Week]) -> list[tuple[int, int]]:
    """Runs of weeks without a complete scan: where each begins and how long it is."""
    runs: list[tuple[int, int]] = []
    for number, week in enumerate(weeks):
        if week.counts is not None:
            continue
        if runs and sum(runs[-1]) == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs


def _y(value: float, top: int) -> str:
    return f"{HEIGHT - value / top * (HEIGHT - 4):.4g}"


def _column(paths: dict[str, list[str]], x: int, week: Week, top: int) -> None:
    if week.counts is None:
        return
    # A complete scan that found nothing is drawn: an empty column would look like no scan.
    if not week.total:
        paths["kept" if week.accepted else "clean"].append(f"M{x} {HEIGHT - 4}h8v4h-8z")
    below = 0
    # Low at the bottom, critical on top, where a reader looks first.
    for name in reversed(STACK):
        if found := week.counts.get(name, 0):
            below += found
            tall = float(_y(below - found, top)) - float(_y(below, top))
            paths[name].append(f"M{x} {_y(below, top)}h8v{tall:.4g}h-8z")


def _weeks_title(weeks: Sequence[Week]) -> str:
    known = [week for week in weeks if week.counts is not None]
    silent = len(weeks) - len(known)
    if not known:
        return f"No complete scan is recorded in the last {len(weeks)} weeks."
    latest = known[-1]
    return (
        f"Open vulnerabilities in {format_count(len(known), 'week')} with a complete scan; the "
        f"last one, in the week of {format_day(latest.start)}, had {latest.total}. "
        f"{format_count(silent, 'week')} without."
    )


def _axis(weeks: Sequence[Week]) -> Markup:
    marks = [weeks[index].start for index in (0, len(weeks) // 2, len(weeks) - 1)]
    items = [
        Markup('<time datetime="{}">{}</time>').format(day.isoformat(), format_day(day))
        for day in marks
    ]
    return Markup('<p class="axis">{}</p>').format(Markup("").join(items))


def _key(paths: Mapping[str, Sequence[str]]) -> Markup:
    words = {
        "clean": "Nothing open, complete scan",
        "kept": "Accepted ones only",
        "gap": "No complete scan recorded",
    }
    css = {"clean": "complete", "kept": "accepted"}
    items = [
        Markup('<li class="{}">{}</li>').format(
            css.get(name, name), words.get(name, name.capitalize())
        )
        for name, parts in paths.items()
        if parts
    ]
    return Markup('<ul class="key">{}</ul>').format(Markup("").join(items))


def schedule_strip(steps: Sequence[ScheduleStep], as_of: datetime, grade_class: Any) -> Markup:
    """The steps as a band drawn to scale, from today to some days behind the last step."""
    last = steps[-1].start
    # 30 % behind the last step, so that it is visible; two weeks at least for a schedule of one
    # step.
    span = max((last - as_of).total_seconds() * 1.3, 14 * 86400.0)
    parts = []
    for number, step in enumerate(steps):
        start = max(0.0, (step.start - as_of).total_seconds()) / span * 1000
        after = steps[number + 1].start if number + 1 < len(steps) else None
        end = (after - as_of).total_seconds() / span * 1000 if after else 1000.0
        parts.append(
            Markup('<rect class="{}" x="{:.1f}" y="6" width="{:.1f}" height="8"/>').format(
                # Steps a few minutes apart would be invisible to scale.
                grade_class(step.grade),
                start,
                max(2.0, end - start - 3),
            )
        )
    words = "; ".join(f"{step.grade} from {format_day(step.start)}" for step in steps[1:])
    title = f"{steps[0].grade} now" + (f"; {words}" if words else ", with no change in sight")
    return Markup(
        '<svg class="strip" role="img" aria-label="{t}" viewBox="0 0 1000 20" '
        'preserveAspectRatio="none"><title>{t}</title>{rects}'
        '<path class="now" d="M0 0h3v20h-3z"/></svg>'
    ).format(t=title, rects=Markup("").join(parts))

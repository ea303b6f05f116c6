"""What the front page is filled with, gathered in one place for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from secstatus.site.formatting import grade_class, tone_of
from secstatus.site.pages import front, verdict
from secstatus.site.pages.charts import Week, schedule_strip, weeks_chart
from secstatus.site.pages.coverage import scan_row
from secstatus.site.pages.finding_page import upgrade_command
from secstatus.site.pages.front import Pair
from secstatus.site.pages.html import Pages, clip_before
from secstatus.site.records import Record, is_own, package_words
from secstatus.status.due_dates import utc_day
from secstatus.status.grade_schedule import ScheduleStep
from secstatus.status.policy import Grade, GradePolicy
from secstatus.status.security_status import SecurityStatus


@dataclass(frozen=True, slots=True)
class Shown:
    """The subject of the front page: a status, its grade policy, and the package."""

    status: SecurityStatus
    policy: GradePolicy
    package: str


def front_view(
    shown: Shown,
    pairs: Sequence[Pair],
    records: Sequence[Record],
    weeks: Sequence[Week],
    release: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The variables of the front page other than the status. `release`: an unpublished one."""
    status = shown.status
    return {
        **front.notes(status),
        **_findings(shown, pairs, records),
        **_contradictions(status, records),
        "banners": front.banners(status),
        "chart": weeks_chart(weeks),
        "counts": front.counts(status),
        "explanation": verdict.explanation(status),
        "grade_class": _tone_class(status.security_grade, accepts_severe=status.accepts_severe),
        "grade_name": f"Grade {verdict.grade_words(status)}",
        "release": release,
        "scans": [scan_row(scan, status) for scan in status.scans],
        "sentence": verdict.describe_open(status),
        "stale_from": verdict.stale_from(status, shown.policy),
        "steps": [_step(shown, step) for step in status.schedule],
        "strip": schedule_strip(status.schedule, status.as_of, grade_class),
    }


def _tone_class(letter: Grade, *, accepts_severe: bool) -> str:
    return grade_class(tone_of(letter, accepts_severe=accepts_severe))


def _findings(shown: Shown, pairs: Sequence[Pair], records: Sequence[Record]) -> dict[str, Any]:
    """The findings by section, the accepted ones last, and what to do about the worst."""
    status = shown.status
    parts: dict[str, list[Pair]] = {"vulnerability": [], "code": [], "other": []}
    for item, record in pairs:
        if not item.accepted:
            parts[item.section].append((item, record))
    # A linter can report one rule a hundred times: by rule the section stays readable.
    groups = front.code_groups(parts["code"])
    # What to do for a better grade never names a development dependency: it would not help.
    rows, graded = parts["vulnerability"], [*parts["vulnerability"], *parts["code"]]
    own = [record for _, record in rows if is_own(record, shown.package)]
    return {
        "accepted": front.make_accepted_rows(pairs),
        "all_rows": len(records),
        "code": groups[: front.FRONT_RULES],
        "more_code": len(groups) - len(groups[: front.FRONT_RULES]),
        "more_other": len(parts["other"]) - len(parts["other"][: front.FRONT_ROWS]),
        "more_rows": len(rows) - len(rows[: front.FRONT_ROWS]),
        "other": _rows(status, parts["other"]),
        "own": own,
        "rows": _rows(status, rows),
        "todo": front.todo(status, graded, own),
        "worst": _worst(shown, rows),
    }


def _rows(status: SecurityStatus, pairs: Sequence[Pair]) -> list[tuple[Record, front.Ages]]:
    some = pairs[: front.FRONT_ROWS]
    return [(record, front.ages_of(item, status.today)) for item, record in some]


def _worst(shown: Shown, pairs: Sequence[Pair]) -> dict[str, str] | None:
    """The most urgent vulnerability and the command that fixes it, if there is one."""
    if not pairs:
        return None
    record = pairs[0][1]
    package = f"{package_words(record)} {record['version'] or ''}".strip()
    return {
        "name": record["name"],
        "severity": record["severity"],
        "title": record["title"],
        "upgrade": upgrade_command(record, shown.package),
        "where": package,
    }


def _contradictions(status: SecurityStatus, records: Sequence[Record]) -> dict[str, Any]:
    # A source can contradict itself about a finding that has no page; then the id is plain text.
    names = {record["finding_id"]: record["name"] for record in records}
    listed = status.disagreements[: front.FRONT_DISAGREEMENTS]
    return {
        "disagreements": [
            {"finding_id": d.finding_id, "name": names.get(d.finding_id), "text": d.text}
            for d in listed
        ],
        "more_disagreements": len(status.disagreements) - len(listed),
    }


def _step(shown: Shown, step: ScheduleStep) -> dict[str, Any]:
    # The colour is of the step's own day: an acceptance that ends turns the band from C to F.
    severe = verdict.has_severe(verdict.list_accepted_on(shown.status, utc_day(step.start)))
    return {
        "css": _tone_class(step.grade, accepts_severe=severe),
        "grade": step.grade.value,
        "name": f"Grade {verdict.step_words(shown.status, step, shown.policy)}",
        "reason": step.reason,
        "remediation": step.remediation_status,
        "start": step.start,
    }


def front_page(pages: Pages, status: SecurityStatus, view: Mapping[str, Any]) -> str:
    package, words = pages.place.package, verdict.title_words(status)
    return pages.page(
        "index.html",
        "index.html",
        clip_before(package, f" security status: {words}"),
        f"{view['grade_name']} for {package}: {view['sentence']} {view['explanation']}",
        banners=view["banners"],
        # The template prints no check mark and no green favicon where there is doubt.
        doubt=not status.proved or status.accepts_severe,
        scripted=True,
        status=status,
        view=view,
    )

"""`SECURITY_FINDINGS.md` as text: the generated parts are new, user text stays in its place.

The form is that of `document`, which reads it back. Advisory text is an attacker's: see `escaping`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby

from secstatus.errors import InputError
from secstatus.findings.document.earlier_notes import keep_notes
from secstatus.findings.document.preserved_text import (
    END,
    LISTED_STATES,
    PRIORITIES,
    Key,
    OwnText,
    TextPlace,
    own_text,
)
from secstatus.findings.document.reader import NO_FINDINGS, NO_PLANS, read_findings_document
from secstatus.findings.document.sections import BULLETS, split_label
from secstatus.findings.finding import Finding
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.severity import Severity
from secstatus.text.escaping import (
    JOINER,
    shorten,
    to_markdown,
    to_one_line,
    to_plain,
    to_plain_id,
    to_plain_word,
)

LONGEST_TITLE = 60
NO_WORKAROUND = "None identified"
# A hard line break of Markdown, as the format has it behind counts.
BREAK = "  "
DONE = (PlanState.COMPLETED, PlanState.CANCELLED)

Owner = Key | Severity | None

_HINT = "Own text can have headings of any level but the fourth, and no labels of the document."


def written_document(
    findings: Sequence[Finding],
    updated: datetime,
    scanned: datetime,
    old: str | None,
    path: str = "SECURITY_FINDINGS.md",
) -> str:
    """The document that lists these findings, with all own text of the `old` one.

    Reads back as the same findings, and the same input gives the same bytes: also when what was
    written is the `old` of the next call. A finding that `findings` lacks is no longer listed;
    own text about it moves to a section at the end. Moments without a zone are taken as UTC.
    Raises InputError when the result would not be read as these findings: an id that is empty or
    too long, the same finding twice, own text that looks like a finding.
    """
    updated, scanned = _utc(updated), _utc(scanned)
    ordered = sorted(findings, key=lambda f: (f.severity.rank, f.finding_id, f.package))
    own = own_text(old)
    keep_notes(own, ordered)
    page = _Page(own)
    page.own("after")
    page.gap(not own.has_title)
    _write_header(page, ordered, updated, scanned)
    page.section("after", 1)
    _write_findings(page, ordered, updated.date())
    page.section("after", 2)
    _write_summary(page, [finding.plan for finding in ordered if finding.plan], updated.date())
    page.section("after", 3)
    text = page.text()
    # Own text may look like a finding or a label. What would be read back otherwise is not written.
    _check(text, ordered, path)
    return text


def document_description(text: str) -> str:
    """A description as the document has it: on one line, at most 500 characters and `...`."""
    return shorten(to_one_line(text))


def _utc(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def _check(text: str, findings: Sequence[Finding], path: str) -> None:
    try:
        found = [entry.finding for entry in read_findings_document(text, path).entries]
    except InputError as error:
        place = f"{error.place} of the text to be written"
        hint = error.hint or _HINT
        raise InputError(path, place, error.found, error.expected, hint=hint) from None
    listed = [(each.finding_id, each.severity, each.package) for each in found]
    if listed != [(each.finding_id, each.severity, each.package) for each in findings]:
        changed = "own text that changes what the document says about findings"
        raise InputError(path, "", changed, "own text beside them", hint=_HINT)


class _Page:
    """The lines of the new document; own ones come out of `own` as they are."""

    def __init__(self, own: OwnText) -> None:
        self._own = own
        self._lines: list[str] = []

    def put(self, *lines: str) -> None:
        self._lines += [line + self._own.line_end for line in lines]

    def gap(self, wanted: bool = True) -> None:
        """A blank line, unless there is one or nothing stands above."""
        if wanted and self._lines and self._lines[-1].strip():
            self.put("")

    def headed(self, heading: str) -> None:
        self.gap()
        self.put(heading)

    def own_lines(self, part: str, line: int = 0, key: Owner = None) -> list[str]:
        return self._own.lines.get(TextPlace(part, key, line), [])

    def own(self, part: str, line: int = 0, key: Owner = None) -> None:
        self._lines += self.own_lines(part, line, key)

    def section(self, part: str, number: int) -> None:
        """Own sections: they begin with a heading."""
        self.gap(bool(self.own_lines(part, number)))
        self.own(part, number)

    def text(self) -> str:
        lines = self._lines
        while lines and not lines[-1].strip():
            lines.pop()
        if self._own.bare_end and self._own.line_end:
            lines[-1] = lines[-1].removesuffix(self._own.line_end)
        return self._own.bom + "\n".join([*lines, *self._own.tail])


def _write_header(
    page: _Page, findings: Sequence[Finding], updated: datetime, scanned: datetime
) -> None:
    page.put("# Security Findings Summary")
    page.own("header")
    page.gap()
    days = max(0, (updated.date() - scanned.date()).days)
    lines = (
        f"**Last Updated**: {updated:%Y-%m-%d %H:%M:%S} UTC",
        f"**Total Active Findings**: {len(findings)}",
        f"**Days Since Last Scan**: {days}",
    )
    for number, line in enumerate(lines, 1):
        page.put(line)
        page.own("header", number)
    below = page.own_lines("header", 4) + page.own_lines("header", END)
    # Bullets below the breakdown would be read as counts: such text comes above it.
    is_first = not _begins_with_label(below)
    _write_breakdown(page, findings if is_first else ())
    page.own("header", 4)
    page.own("header", END)
    _write_breakdown(page, () if is_first else findings)


def _begins_with_label(lines: list[str]) -> bool:
    first = next((line.rstrip() for line in lines if line.strip()), "")
    return bool(split_label(first, BULLETS)[0])


def _write_breakdown(page: _Page, findings: Sequence[Finding]) -> None:
    counts = Counter(finding.severity for finding in findings)
    if counts:
        page.headed(f"**Severity Breakdown**:{BREAK}")
        listed = [severity for severity in Severity if counts[severity]]
        page.put(*(f"- **{severity.label}**: {counts[severity]}{BREAK}" for severity in listed))


def _write_findings(page: _Page, findings: Sequence[Finding], today: date) -> None:
    page.headed("## Current Findings")
    page.own("intro")
    if not findings:
        page.headed(NO_FINDINGS)
    page.own("intro", END)
    page.section("beside", -1)
    groups = {severity: list(group) for severity, group in groupby(findings, _severity)}
    for severity in Severity:
        if severity in groups:
            page.headed(f"### {severity.label} Severity")
            page.own("section", key=severity)
        for finding in groups.get(severity, ()):
            _write_entry(page, finding, today)
        page.section("beside", severity.rank)


def _severity(finding: Finding) -> Severity:
    return finding.severity


def _write_entry(page: _Page, finding: Finding, today: date) -> None:
    title = _title(finding)
    heading = f"#### {to_plain_id(finding.finding_id)}"
    page.headed(f"{heading} - {to_markdown(title)}" if title else heading)
    page.own("entry", key=finding.key)
    for number, line in enumerate(_bullets(finding, today), 1):
        if line:
            page.put(line)
        page.own("entry", number, finding.key)
    page.own("entry", END, finding.key)


def _title(finding: Finding) -> str:
    """The first sentence of the description, and without one the finding's title."""
    sentence = to_one_line(finding.description).partition(".")[0].strip()
    title = sentence or to_one_line(finding.title)
    return title if len(title) <= LONGEST_TITLE else shorten(title, LONGEST_TITLE - 3)


def _bullets(finding: Finding, today: date) -> Iterator[str]:
    """A line for each of ENTRY_LABELS; an empty one where there is nothing to say."""
    yield _bullet("Package", _package(finding))
    yield _bullet("Source", to_plain(finding.source))
    age = max(0, (today - finding.discovered_date).days)
    yield _bullet("Discovered", f"{finding.discovered_date} ({age} days active)")
    description = to_markdown(document_description(finding.description))
    yield f"- **Description**: {description}".rstrip()
    yield _bullet("Impact", _prose(finding.impact))
    yield _bullet("Reference", to_plain(finding.reference_url))
    yield _bullet("Fix Available", _fix(finding))
    yield from _plan_bullets(finding.plan)


def _plan_bullets(plan: Plan | None) -> Iterator[str]:
    plan = plan or Plan("", PlanState.UNKNOWN)
    unknown = plan.workaround == NO_WORKAROUND
    yield _bullet("Remediation", _prose(plan.action))
    yield _bullet("Planned Fix Date", str(plan.target or ""))
    yield _bullet("Assigned To", to_plain(plan.owner))
    yield _bullet("Workaround", "" if unknown else _prose(plan.workaround))


def _bullet(label: str, value: str) -> str:
    return f"- **{label}**: {value}" if value else ""


def _prose(text: str) -> str:
    return to_markdown(document_description(text))


def _package(finding: Finding) -> str:
    """`NAME VERSION`: the last blank is the one between them."""
    if not finding.version:
        return to_plain_word(finding.package)
    return f"{to_plain(finding.package) or JOINER} {to_plain_word(finding.version)}"


def _fix(finding: Finding) -> str:
    if finding.fix_version:
        return f"Yes ({to_plain(finding.fix_version)})"
    return "" if finding.fix_available is None else "Yes" if finding.fix_available else "No"


def _write_summary(page: _Page, plans: Iterable[Plan], today: date) -> None:
    page.headed("## Remediation Summary")
    page.own("summary")
    page.gap()
    each = list({plan.finding_id.casefold(): plan for plan in plans}.values())
    page.put(f"**Total Plans**: {len(each)}{BREAK}" if each else NO_PLANS)
    page.own("summary", 1)
    states = Counter(plan.state.replace("_", " ") for plan in each)
    _write_counts(page, [(word, states[word]) for word in LISTED_STATES])
    page.own("summary", 2)
    priorities = Counter(plan.priority for plan in each)
    counts = [(word, priorities[word]) for word in PRIORITIES]
    if any(count for _, count in counts):
        page.headed(f"**Priority Breakdown**:{BREAK}")
    page.own("summary", 3)
    _write_counts(page, counts)
    page.own("summary", 4)
    if overdue := sum(_is_overdue(plan, today) for plan in each):
        page.headed(f"**⚠️ Overdue Plans**: {overdue}{BREAK}")
    page.own("summary", 5)
    page.own("summary", END)


def _write_counts(page: _Page, counts: Iterable[tuple[str, int]]) -> None:
    page.put(*(f"**{word.title()}**: {count}{BREAK}" for word, count in counts if count))


def _is_overdue(plan: Plan, today: date) -> bool:
    return plan.target is not None and plan.target < today and plan.state not in DONE

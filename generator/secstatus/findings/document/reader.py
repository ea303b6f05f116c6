"""`SECURITY_FINDINGS.md` from text: what its generated parts say, checked against one another.

User text in the document is skipped. Whatever could hide a finding (a count that
disagrees, a finding under no severity or listed twice) is an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from secstatus.errors import InputError, shown
from secstatus.findings.document.sections import (
    BULLETS,
    Block,
    LabelledValue,
    Lines,
    blocks_of,
    only_block,
    parse_count,
    parse_document_day,
    parse_document_time,
    read_labels,
    split_label,
    unreadable,
)
from secstatus.findings.finding import Finding
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.severity import Severity, severity_of
from secstatus.jsonio.values import AN_IDENTIFIER, LONGEST_ID
from secstatus.text.escaping import JOINER, from_markdown, from_plain, from_plain_id

TITLE = "security findings summary"
FINDINGS = "current findings"
SUMMARY = "remediation summary"
NO_FINDINGS = "No active security findings detected."
NO_PLANS = "No remediation plans available."

HEADER_LABELS = ("last updated", "total active findings", "severity breakdown")
UPDATED, TOTAL, BREAKDOWN = HEADER_LABELS
PLAN_TOTAL = "total plans"
ENTRY_LABELS = ("package", "source", "discovered", "description", "impact", "reference",
                "fix available", "remediation", "planned fix date", "assigned to",
                "workaround")  # fmt: skip


# A finding without a date counts as found on no later day than any other: it is due at once.
LONG_AGO = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """One finding as the document lists it. Empty text and None: the document does not say.

    A code finding's package is its file name, with the version `local`. A fix without a stated
    version has an empty `fix_version`. `discovered` is None for an entry without a date, whose
    finding is dated LONG_AGO. `line` is where the heading of the finding stands.
    """

    finding: Finding
    discovered: date | None
    line: int


@dataclass(frozen=True, slots=True)
class FindingsDocument:
    """What the document says. The counts are as stated, and agree with the entries.

    Except that `total` may be the larger one: findings of severity `unknown` are counted and not
    listed. `problems` then says so; like everything odd, in a sentence.
    """

    last_updated: datetime | None
    total: int | None
    breakdown: Mapping[Severity, int]
    entries: tuple[DocumentEntry, ...]
    plan_total: int | None
    problems: tuple[str, ...]


def read_findings_document(text: str, path: str) -> FindingsDocument:
    """What the document in `text` says; `path` names it in errors.

    Raises InputError with the line, for a text that is not a findings document and for one that
    cannot be read without the danger of losing a finding.
    """
    try:
        return _document(text.removeprefix("\ufeff"))
    except InputError as error:
        place, found, expected = error.place, error.found, error.expected
        raise InputError(path, place, found, expected, hint=error.hint) from None


def _document(text: str) -> FindingsDocument:
    blocks = list(blocks_of(text, TITLE))
    if len(blocks) == 1 and not blocks[0].body:
        raise unreadable(1, "an empty file", "a findings document")
    title = only_block(blocks, "# ", TITLE, "Is this the path of a findings document?")
    current = only_block(blocks, "## ", FINDINGS, "Is the file cut short?")
    header = read_labels(title.body, HEADER_LABELS)
    problems: list[str] = []
    entries = tuple(_entries(blocks, problems))
    _check_each_once(entries)
    breakdown: dict[Severity, int] = {}
    if BREAKDOWN in header:
        breakdown = _breakdown(title.body, header[BREAKDOWN].line)
        _check_breakdown(breakdown, entries, header[BREAKDOWN].line)
    total = parse_count(header[TOTAL]) if TOTAL in header else None
    problems += _check_total(total, header.get(TOTAL, LabelledValue("", title.line)).line, entries)
    problems += _check_empty(total, current, entries)
    updated = parse_document_time(header[UPDATED]) if UPDATED in header else None
    plans = _plan_total(blocks)
    return FindingsDocument(updated, total, breakdown, entries, plans, tuple(problems))


def _breakdown(body: Lines, start: int) -> dict[Severity, int]:
    """The counts in the bullets that follow line `start`, up to the first line that is none."""
    counts: dict[Severity, int] = {}
    for number, line in body:
        if number <= start:
            continue
        label, text = split_label(line, BULLETS)
        if not label:
            break
        severity = _severity(label, number)
        if severity in counts:
            raise unreadable(number, f"{severity.label} again in the breakdown", "it once")
        counts[severity] = parse_count(LabelledValue(text, number))
    return counts


def _entries(blocks: list[Block], problems: list[str]) -> Iterator[DocumentEntry]:
    part = ""
    severity: Severity | None = None
    for block in blocks:
        if block.level <= 2:
            part, severity = block.heading.lower(), None
        elif block.level == 3:
            name = section_name(block.heading) if part == FINDINGS else None
            severity = None if name is None else _severity(name, block.line)
        elif severity is None:
            found = f"the finding {shown(block.heading)} in no severity section"
            hint = "Own text can have headings of any other level."
            raise unreadable(block.line, found, "a heading such as `### High Severity` above", hint)
        else:
            yield _entry(block, severity, problems)


def section_name(heading: str) -> str | None:
    """`High` of `High Severity`; None for a heading that is not of this form."""
    name, _, word = heading.rpartition(" ")
    return name if word.lower() == "severity" else None


def _severity(label: str, line: int) -> Severity:
    severity = severity_of(label)
    if severity is None:
        words = ", ".join(severity.label for severity in Severity)
        raise unreadable(line, f"the severity {shown(label)}", f"one of {words}")
    return severity


def _entry(block: Block, severity: Severity, problems: list[str]) -> DocumentEntry:
    finding_id, title = _id_and_title(block)
    values = read_labels(block.body, ENTRY_LABELS, BULLETS)
    said = dict.fromkeys(ENTRY_LABELS, "") | {label: value.text for label, value in values.items()}
    package, version = package_and_version(said["package"])
    fix_available, fix_version = _fix(values.get("fix available"), problems)
    # The age in brackets is that of the day of writing.
    stated = said["discovered"].partition(" (")[0]
    discovered = parse_document_day(values.get("discovered"), stated)
    target = parse_document_day(values.get("planned fix date"), said["planned fix date"])
    finding = Finding(
        finding_id=finding_id,
        severity=severity,
        discovered_date=discovered or LONG_AGO,
        package=package,
        version=version,
        title=title,
        description=from_markdown(said["description"]),
        source=from_plain(said["source"]),
        fix_available=fix_available,
        fix_version=fix_version,
        reference_url=from_plain(said["reference"]),
        impact=from_markdown(said["impact"]),
        plan=_plan(finding_id, said, target),
    )
    return DocumentEntry(finding, discovered, block.line)


def _plan(finding_id: str, said: Mapping[str, str], target: date | None) -> Plan | None:
    """The plan that the entry repeats; an owner alone is none."""
    action, workaround = from_markdown(said["remediation"]), from_markdown(said["workaround"])
    if not (action or target or workaround):
        return None
    owner = from_plain(said["assigned to"])
    return Plan(
        finding_id,
        PlanState.UNKNOWN,
        action=action,
        owner=owner,
        workaround=workaround,
        target=target,
    )


def _id_and_title(block: Block) -> tuple[str, str]:
    finding_id, title = id_and_title(block.heading)
    if not finding_id or len(finding_id) > LONGEST_ID:
        expected = f"{AN_IDENTIFIER}, then ` - ` and a title"
        raise unreadable(block.line, f"the heading {shown(block.heading)}", expected)
    return finding_id, title


def id_and_title(heading: str) -> tuple[str, str]:
    """Both parts of a finding's heading; either may be empty."""
    # With blanks around it, for an empty title leaves `ID -` behind.
    finding_id, _, title = f" {heading} ".partition(" - ")
    return from_plain_id(finding_id.strip()), from_markdown(title.strip())


def package_and_version(text: str) -> tuple[str, str]:
    """Both parts of what `Package` says: the last blank separates them."""
    name, blank, version = text.rpartition(" ")
    if not blank:
        return from_plain(version), ""
    # A joiner stands for the package when only the version is known.
    return from_plain(name.strip().removeprefix(JOINER)), from_plain(version)


def _fix(value: LabelledValue | None, problems: list[str]) -> tuple[bool | None, str]:
    if value is None:
        return None, ""
    word, _, version = value.text.lower().partition(" ")
    if word in ("yes", "no") and not version:
        return word == "yes", ""
    if word == "yes" and version.startswith("(") and version.endswith(")"):
        return True, from_plain(value.text[len("yes (") : -1].strip())
    problems.append(f"line {value.line}: Fix Available says {shown(value.text)}: read as unknown")
    return None, ""


def _plan_total(blocks: list[Block]) -> int | None:
    summaries = [b.body for b in blocks if b.level == 2 and b.heading.lower() == SUMMARY]
    body = [line for summary in summaries for line in summary]
    values = read_labels(body, (PLAN_TOTAL,))
    if PLAN_TOTAL in values:
        return parse_count(values[PLAN_TOTAL])
    return 0 if any(line == NO_PLANS for _, line in body) else None


Entries = tuple[DocumentEntry, ...]


def _check_each_once(entries: Entries) -> None:
    seen: dict[tuple[str, str], int] = {}
    for entry in entries:
        first = seen.setdefault(entry.finding.key, entry.line)
        if first != entry.line:
            found = f"the finding {shown(entry.finding.finding_id)} again, after line {first}"
            raise unreadable(entry.line, found, "each finding once")


def _check_breakdown(stated: Mapping[Severity, int], entries: Entries, line: int) -> None:
    listed = Counter(entry.finding.severity for entry in entries)
    for severity in Severity:
        said, count = stated.get(severity, 0), listed[severity]
        # Findings of unknown severity have no line in the breakdown; the total covers them.
        if severity is not Severity.UNKNOWN and said != count:
            found = f"{said} {severity.label} in the severity breakdown"
            raise unreadable(line, found, f"{count}, as many as the document lists")


def _check_total(total: int | None, line: int, entries: Entries) -> Iterator[str]:
    listed = len(entries)
    if total is not None and total < listed:
        expected = f"{listed}, the number of findings in the document"
        raise unreadable(line, f"{total} active findings", expected)
    if total is not None and total > listed:
        yield (
            f"says {total} active findings, lists {listed}: "
            "those of severity unknown are counted without being listed"
        )


def _check_empty(total: int | None, current: Block, entries: Entries) -> Iterator[str]:
    line = next((number for number, text in current.body if text == NO_FINDINGS), None)
    if line is not None and (entries or total):
        found = f"{shown(NO_FINDINGS)} beside findings"
        raise unreadable(line, found, "this sentence only in a document without findings")
    if line is None and total is None and not entries:
        yield "lists no findings, but does not state their absence"

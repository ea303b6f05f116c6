"""Reading `SECURITY_FINDINGS.md`: every variant of the format, and everything that could hide."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.document.reader import (
    LONG_AGO,
    DocumentEntry,
    FindingsDocument,
    read_findings_document,
)
from secstatus.findings.finding import Finding
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.severity import Severity

PATH = "security/findings/SECURITY_FINDINGS.md"

SAMPLE = """\
# Security Findings Summary

**Last Updated**: 2031-03-04 05:06:07 UTC
**Total Active Findings**: 3
**Days Since Last Scan**: 0

**Severity Breakdown**:  \n\
- **High**: 1  \n\
- **Low**: 2  \n\

## Current Findings

### High Severity

#### XY-2031-0001 - ### Summary  Reads past - and over - the end
- **Package**: vögel 1.2.3
- **Source**: pip-audit
- **Discovered**: 2031-03-01 (3 days active)
- **Description**: ### Summary  Reads past `x` - **Impact**: "none"
- **Impact**: Vulnerability in vögel package
- **Reference**: https://example.org/XY-2031-0001
- **Fix Available**: Yes (1.2.4)
- **Remediation**: Upgrade soon
- **Planned Fix Date**: 2031-04-01
- **Assigned To**: bird-team
- **Workaround**: Feed by hand

### Low Severity

#### BANDIT-B105-core.py-42 - Possible hardcoded password
- **Package**: core.py local
- **Source**: bandit
- **Discovered**: 2031-03-02 (2 days active)
- **Description**: Possible hardcoded password.
- **Impact**: Weak secret
- **Reference**: https://example.org/b105
- **Fix Available**: No

#### SECRET-unknown-unknown-0
- **Package**: unknown local
- **Source**: secrets
- **Discovered**: 2031-03-02 (2 days active)
- **Description**:
- **Impact**: A key in the open
- **Fix Available**: Yes

## Remediation Summary

**Total Plans**: 4  \n\
**New**: 1  \n\

**Priority Breakdown**:  \n\
**High**: 1  \n\
"""

EMPTY = """\
# Security Findings Summary

**Last Updated**: 2031-03-04 05:06:07 UTC
**Total Active Findings**: 0
**Days Since Last Scan**: 0

## Current Findings

No active security findings detected.

## Remediation Summary

No remediation plans available.
"""


def read(text: str) -> FindingsDocument:
    return read_findings_document(text, PATH)


def changed(old: str, new: str, text: str = SAMPLE) -> str:
    assert old in text
    return text.replace(old, new, 1)


def error_of(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value


def test_the_whole_document() -> None:
    document = read(SAMPLE)
    assert document.last_updated == datetime(2031, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert document.total == 3
    assert document.breakdown == {Severity.HIGH: 1, Severity.LOW: 2}
    assert document.plan_total == 4
    assert document.problems == ()
    assert [entry.line for entry in document.entries] == [15, 30, 39]


def test_an_entry_with_everything() -> None:
    assert read(SAMPLE).entries[0] == made(
        finding_id="XY-2031-0001",
        severity=Severity.HIGH,
        title="### Summary  Reads past - and over - the end",
        package="vögel",
        version="1.2.3",
        source="pip-audit",
        discovered=date(2031, 3, 1),
        description='### Summary  Reads past `x` - **Impact**: "none"',
        impact="Vulnerability in vögel package",
        reference_url="https://example.org/XY-2031-0001",
        fix_available=True,
        fix_version="1.2.4",
        action="Upgrade soon",
        target=date(2031, 4, 1),
        owner="bird-team",
        workaround="Feed by hand",
        line=15,
    )


def test_entries_without_a_plan_a_fix_or_a_title() -> None:
    _, code, secret = [entry.finding for entry in read(SAMPLE).entries]
    assert (code.package, code.version, code.fix_available) == ("core.py", "local", False)
    assert code.plan is None
    assert (secret.finding_id, secret.title, secret.description) == (
        "SECRET-unknown-unknown-0",
        "",
        "",
    )
    assert (secret.reference_url, secret.fix_available, secret.fix_version) == ("", True, "")


def test_a_finding_that_says_nothing() -> None:
    text = "# Security Findings Summary\n## Current Findings\n### Info Severity\n#### X-1"
    document = read(text)
    assert document.entries == (
        DocumentEntry(Finding("X-1", Severity.INFO, LONG_AGO), discovered=None, line=4),
    )
    assert (document.last_updated, document.total, document.plan_total) == (None, None, None)
    assert (document.breakdown, document.problems) == ({}, ())


def test_the_empty_state() -> None:
    document = read(EMPTY)
    assert (document.total, document.entries, document.breakdown) == (0, (), {})
    assert (document.plan_total, document.problems) == (0, ())


OWN_TEXT = "\n**Impact**: ours\n\n  - **Source**: nested\n\n# a comment\n##### deep\n"

SAME_AS_SAMPLE = {
    "first generation": changed("Findings**: 3", "Findings**: 3  ", changed(" UTC", " UTC  ")),
    "no trailing blanks": SAMPLE.replace("  \n", "\n"),
    "CRLF": SAMPLE.replace("\n", "\r\n"),
    "BOM": "\ufeff" + SAMPLE,
    "no newline at the end": SAMPLE.rstrip(),
    "text before the end": changed("## Rem", "## Notes\n\n- **Package**: ours\n\n## Rem"),
    "text at the end": SAMPLE + "\n## Policy\n\n### Urgent Severity\n\nCall us.\n",
    "text in an entry": changed("by hand\n", "by hand\n" + OWN_TEXT),
    "own label": changed("- **Workaround**", "- **Ticket**: 17\n- **Workaround**"),
    "days are not trusted": changed("Last Scan**: 0", "Last Scan**: several"),
    "other case": changed("### High Severity", "### high severity"),
    "other bullets": SAMPLE.replace("\n- **", "\n* **"),
}


@pytest.mark.parametrize("text", SAME_AS_SAMPLE.values(), ids=SAME_AS_SAMPLE)
def test_differences_that_mean_nothing(text: str) -> None:
    document, sample = read(text), read(SAMPLE)
    entries = zip(document.entries, sample.entries, strict=True)
    assert all(replace(entry, line=0) == replace(same, line=0) for entry, same in entries)
    assert replace(document, entries=()) == replace(sample, entries=())


def test_form_feeds_and_line_separators_stay_in_the_description() -> None:
    text = changed("password.", "pass\u2028#### word\x0c.")
    assert (
        read(text).entries[1].finding.description == "Possible hardcoded pass\u2028#### word\x0c."
    )


@pytest.mark.parametrize(
    ("heading", "finding_id", "title"),
    [
        ("X-1 - a - b", "X-1", "a - b"),
        ("X-1 - ", "X-1", ""),
        ("X-1", "X-1", ""),
        ("X-1-2 - t -", "X-1-2", "t -"),
        ("path/to x - t", "path/to x", "t"),
        ("  X-1 -  t", "X-1", "t"),
    ],
)
def test_the_id_ends_at_the_first_dash_between_blanks(
    heading: str, finding_id: str, title: str
) -> None:
    finding = read(changed("SECRET-unknown-unknown-0", heading)).entries[2].finding
    assert (finding.finding_id, finding.title) == (finding_id, title)


@pytest.mark.parametrize(
    ("value", "package", "version"),
    [
        ("pip 25.2", "pip", "25.2"),
        ("my own package 1.0", "my own package", "1.0"),
        ("pip", "pip", ""),
        ("", "", ""),
    ],
)
def test_the_last_blank_separates_package_and_version(
    value: str, package: str, version: str
) -> None:
    finding = read(changed("unknown local", value)).entries[2].finding
    assert (finding.package, finding.version) == (package, version)


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("Yes (1.2.4)", (True, "1.2.4")),
        ("Yes (2.0 (or 1.9))", (True, "2.0 (or 1.9)")),
        ("yes", (True, "")),
        ("NO", (False, "")),
    ],
)
def test_fix_available(value: str, fix: tuple[bool, str]) -> None:
    document = read(changed("Yes (1.2.4)", value))
    assert (
        document.entries[0].finding.fix_available,
        document.entries[0].finding.fix_version,
    ) == fix
    assert document.problems == ()


@pytest.mark.parametrize("value", ["Perhaps", "Yes, later", "No (won't)", ""])
def test_a_fix_statement_that_is_not_understood_is_told(value: str) -> None:
    document = read(changed("Yes (1.2.4)", value))
    assert document.entries[0].finding.fix_available is None
    assert document.problems == (f"line 22: Fix Available says {value!r}: read as unknown",)


def test_unknown_severity_is_counted_without_being_listed() -> None:
    document = read(changed("Findings**: 3", "Findings**: 4"))
    assert (document.total, len(document.entries)) == (4, 3)
    assert document.problems == (
        "says 4 active findings, lists 3: "
        "those of severity unknown are counted without being listed",
    )


def test_unknown_severity_may_have_a_section() -> None:
    extra = "### Unknown Severity\n\n#### Z-1\n\n## Remediation Summary"
    text = changed("## Remediation Summary", extra, changed("Findings**: 3", "Findings**: 4"))
    document = read(text)
    assert document.entries[-1].finding.severity is Severity.UNKNOWN
    assert document.problems == ()


def test_a_list_of_nothing_that_does_not_say_so_is_told() -> None:
    text = "# Security Findings Summary\n## Current Findings\n"
    assert read(text).problems == ("lists no findings, but does not state their absence",)


def test_the_same_id_in_two_packages_is_two_findings() -> None:
    text = changed("SECRET-unknown-unknown-0", "XY-2031-0001")
    assert [entry.finding.finding_id for entry in read(text).entries].count("XY-2031-0001") == 2


TWINS = changed("unknown local", "VÖGEL 1", changed("SECRET-unknown-unknown-0", "xy-2031-0001"))
LOST = "#### LOST-1 - in no section\n\n"
DATE = "expected a date such as 2025-01-21"
TIME = "expected a time such as 2025-01-21 10:30:00 UTC"

ERRORS = {
    "empty": ("", 1, "found an empty file, expected a findings document"),
    "blank": ("\ufeff \r\n\n", 1, "found an empty file"),
    "other text": ("# Notes\n", 1, "without this heading, expected `# Security Findings Summary`"),
    "cut short": (SAMPLE[: SAMPLE.index("## Current")], 1, "expected `## Current Findings`"),
    "cut in the list": (
        SAMPLE[: SAMPLE.index("#### SECRET")],
        7,
        "found 2 Low in the severity breakdown, expected 1",
    ),
    "two documents": (SAMPLE + SAMPLE, 54, "`# Security Findings Summary` again, after line 1"),
    "two lists": (
        SAMPLE + "\n## Current Findings\n",
        55,
        "`## Current Findings` again, after line 11",
    ),
    "finding in the header": (
        changed("## Current", LOST + "## Current"),
        11,
        "'LOST-1 - in no section' in no severity section",
    ),
    "finding before a section": (
        changed("### High", LOST + "### High"),
        13,
        "in no severity section, expected a heading such as",
    ),
    "finding after own heading": (
        changed("#### BANDIT", "### Notes\n#### BANDIT"),
        31,
        "in no severity section",
    ),
    "finding at the end": (SAMPLE + LOST, 54, "in no severity section"),
    "indented finding": (SAMPLE + "   " + LOST, 54, "in no severity section"),
    "finding without an id": (
        changed("SECRET-unknown-unknown-0", " - a title"),
        39,
        "the heading '- a title', expected an id",
    ),
    "finding without a heading": (
        changed(" SECRET-unknown-unknown-0", ""),
        39,
        "the heading '', expected an id",
    ),
    "endless id": (
        changed("SECRET-unknown-unknown-0", "x" * 301),
        39,
        "an id of at most 300 characters",
    ),
    "the same twice": (
        TWINS,
        39,
        "the finding 'xy-2031-0001' again, after line 15, expected each finding once",
    ),
    "a label twice": (
        changed("**Impact**: Weak", "**Package**: b"),
        35,
        "`Package` again, after line 31",
    ),
    "a count twice": (
        changed("**Days Since Last Scan**: 0", "**Total Active Findings**: 9"),
        5,
        "`Total Active Findings` again",
    ),
    "unknown section": (
        changed("### Low", "### Urgent"),
        28,
        "the severity 'Urgent', expected one of Critical, High,",
    ),
    "unknown in the breakdown": (
        changed("- **Low**", "- **Urgent**"),
        9,
        "the severity 'urgent', expected one of",
    ),
    "twice in the breakdown": (
        changed("- **Low**", "- **High**"),
        9,
        "High again in the breakdown",
    ),
    "breakdown too small": (
        changed("- **Low**: 2", "- **Low**: 1"),
        7,
        "found 1 Low in the severity breakdown, expected 2, as many as",
    ),
    "breakdown too large": (
        changed("- **Low**: 2", "- **Low**: 3"),
        7,
        "found 3 Low in the severity breakdown, expected 2",
    ),
    "breakdown without one": (
        changed("- **Low**: 2", ""),
        7,
        "found 0 Low in the severity breakdown, expected 2",
    ),
    "total too small": (
        changed("Findings**: 3", "Findings**: 2"),
        4,
        "found 2 active findings, expected 3, the number",
    ),
    "empty with findings": (
        changed("### High", "No active security findings detected.\n\n### High"),
        13,
        "beside findings",
    ),
    "empty with findings and no total": (
        "# Security Findings Summary\n## Current Findings\n"
        "No active security findings detected.\n### Low Severity\n#### X-1\n",
        3,
        "beside findings",
    ),
    "empty with a total": (changed("Findings**: 0", "Findings**: 1", EMPTY), 9, "beside findings"),
    "total in words": (
        changed("Findings**: 3", "Findings**: three"),
        4,
        "found 'three', expected a number such as 3",
    ),
    "total empty": (changed("Findings**: 3", "Findings**:"), 4, "found '', expected a number"),
    "total negative": (
        changed("Findings**: 3", "Findings**: -3"),
        4,
        "found '-3', expected a number",
    ),
    "total in other digits": (changed("Findings**: 3", "Findings**: ３"), 4, "expected a number"),
    "total without end": (
        changed("Findings**: 3", "Findings**: " + "3" * 5000),
        4,
        "expected a number",
    ),
    "breakdown in words": (
        changed("- **Low**: 2", "- **Low**: two"),
        9,
        "found 'two', expected a number",
    ),
    "plans in words": (
        changed("Plans**: 4", "Plans**: four"),
        49,
        "found 'four', expected a number",
    ),
    "time without zone": (changed(" UTC", ""), 3, TIME),
    "time with another zone": (changed(" UTC", " CET"), 3, TIME),
    "time that is none": (changed("05:06:07", "25:06:07"), 3, TIME),
    "time of another shape": (changed("2031-03-04 05:06:07", "20310304T0506+02:00"), 3, TIME),
    "time long ago": (changed("2031-03-04", "1031-03-04"), 3, TIME),
    "discovered on no day": (
        changed("2031-03-01 (", "2031-02-30 ("),
        18,
        f"found '2031-02-30 (3 days active)', {DATE}",
    ),
    "discovered with words": (changed("2031-03-01 (", "2031-03-01 or so ("), 18, DATE),
    "discovered in a week": (changed("2031-03-01", "2031-W09-6"), 18, DATE),
    "planned soon": (changed("2031-04-01", "soon"), 24, f"found 'soon', {DATE}"),
    "planned long ago": (changed("2031-04-01", "1031-04-01"), 24, DATE),
}


@pytest.mark.parametrize(("text", "line", "message"), ERRORS.values(), ids=ERRORS)
def test_what_could_hide_a_finding_is_an_error(text: str, line: int, message: str) -> None:
    error = error_of(text)
    assert (error.path, error.place) == (PATH, f"line {line}")
    assert error.message.startswith(f"{PATH}: at line {line}: found ")
    assert message in error.message


@pytest.mark.parametrize(
    "name",
    ["cut short", "two documents", "finding at the end", "a label twice", "planned soon"],
)
def test_errors_with_a_usual_cause_say_what_to_do(name: str) -> None:
    assert error_of(ERRORS[name][0]).hint.endswith((".", "?"))


def test_control_characters_do_not_reach_the_message() -> None:
    assert "\x1b" not in error_of(changed("#### SECRET", "### x\n#### \x1b[2J")).message


@pytest.mark.parametrize("piece", ["#", "# ", "#\n", "**", "####", "- **a**: "])
def test_a_huge_text_ends(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert "expected" in error_of(text).message
    assert read(SAMPLE + "\n## Notes\n- " + text.replace("\n", "")).total == 3


line = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])).map(str.strip)
days = st.dates(min_value=date(1990, 1, 1))
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
words = st.from_regex(r"[A-Za-z0-9._-]{0,12}", fullmatch=True)


def made(
    discovered: date | None,
    action: str,
    target: date | None,
    owner: str,
    workaround: str,
    line: int,
    **stated: Any,
) -> DocumentEntry:
    """An entry with the plan that its texts are: an owner alone is none."""
    plan = None
    if action or target or workaround:
        plan = Plan(
            stated["finding_id"],
            PlanState.UNKNOWN,
            action=action,
            owner=owner,
            workaround=workaround,
            target=target,
        )
    finding = Finding(discovered_date=discovered or LONG_AGO, plan=plan, **stated)
    return DocumentEntry(finding, discovered, line)


entries = st.builds(
    made,
    finding_id=ids,
    severity=st.sampled_from(Severity),
    title=line,
    package=st.from_regex(r"[a-z][a-z .-]{0,10}[a-z]", fullmatch=True),
    version=words.filter(bool),
    source=words,
    discovered=st.none() | days,
    description=line,
    impact=line,
    reference_url=line,
    fix_available=st.just(True),
    fix_version=words,
    action=line,
    target=st.none() | days,
    owner=line,
    workaround=line,
    line=st.just(0),
)


def written(found: list[DocumentEntry], updated: datetime) -> str:
    """A document as the format describes it; texts that are empty may be left out or written."""
    lines = [
        "# Security Findings Summary",
        "",
        f"**Last Updated**: {updated:%Y-%m-%d %H:%M:%S} UTC",
    ]
    lines += [f"**Total Active Findings**: {len(found)}", "**Severity Breakdown**:  "]
    counts = Counter(entry.finding.severity for entry in found)
    lines += [f"- **{severity.label}**: {count}  " for severity, count in counts.items()]
    lines += ["", "## Current Findings", ""]
    for severity in Severity:
        lines += [f"### {severity.label} Severity", ""]
        for entry in found:
            lines += written_entry(entry) if entry.finding.severity is severity else []
    return "\n".join(lines)


def written_entry(entry: DocumentEntry) -> list[str]:
    finding, plan = entry.finding, entry.finding.plan or Plan("", PlanState.UNKNOWN)
    fix = f"Yes ({finding.fix_version})" if finding.fix_version else "Yes"
    values = {
        "Package": f"{finding.package} {finding.version}",
        "Source": finding.source,
        "Discovered": f"{entry.discovered} (0 days active)" if entry.discovered else None,
        "Description": finding.description,
        "Impact": finding.impact,
        "Reference": finding.reference_url or None,
        "Fix Available": fix,
        "Remediation": plan.action,
        "Planned Fix Date": plan.target,
        "Assigned To": plan.owner,
        "Workaround": plan.workaround or None,
    }
    title = f" - {finding.title}" if finding.title else ""
    bullets = [f"- **{label}**: {value}" for label, value in values.items() if value is not None]
    return [f"#### {finding.finding_id}{title}", *bullets, ""]


@given(
    st.lists(entries, max_size=6, unique_by=lambda entry: entry.finding.finding_id.casefold()),
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(9000, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
)
def test_what_is_written_is_read(found: list[DocumentEntry], updated: datetime) -> None:
    document = read(written(found, updated))
    in_order = sorted(found, key=lambda entry: entry.finding.severity.rank)
    assert [replace(entry, line=0) for entry in document.entries] == in_order
    assert document.breakdown == Counter(entry.finding.severity for entry in found)
    assert (document.total, document.last_updated) == (len(found), updated.replace(tzinfo=UTC))


pieces = st.sampled_from([*SAMPLE.splitlines(keepends=True), "#", "\r\n", "\n", " - ", "**", ": "])


@given(st.text() | st.lists(pieces | st.text(max_size=5)).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    for attempt in (text, SAMPLE + text, SAMPLE[:400] + text + SAMPLE[400:]):
        with suppress(InputError):
            read(attempt)

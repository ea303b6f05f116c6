"""Writing `SECURITY_FINDINGS.md`: its exact form, hostile text, and people's text, which survives."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import cmarkgfm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.document.reader import DocumentEntry, read_findings_document
from secstatus.findings.document.writer import document_description, written_document
from secstatus.findings.finding import Finding
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.severity import Severity
from secstatus.text.escaping import (
    from_markdown,
    from_plain,
    from_plain_id,
    to_markdown,
    to_one_line,
    to_plain,
    to_plain_id,
    to_plain_word,
)

UPDATED = datetime(2031, 3, 4, 5, 6, 7, tzinfo=UTC)
SCANNED = datetime(2031, 3, 2, 23, 0, tzinfo=UTC)

BIRD = Finding(
    finding_id="XY-2031-0001",
    severity=Severity.HIGH,
    discovered_date=date(2031, 3, 1),
    package="vögel",
    version="1.2.3",
    description="### Summary\n\nReads past the end of `nest<T>` in versions <2.0. Upgrade.",
    source="pip-audit",
    fix_available=True,
    fix_version="1.2.4",
    reference_url="https://example.org/XY-2031-0001",
    impact="Vulnerability in vögel package",
    plan=Plan(
        "XY-2031-0001",
        PlanState.IN_PROGRESS,
        action="Upgrade soon",
        owner="bird-team",
        workaround="Feed by hand",
        target=date(2031, 3, 3),
        priority="high",
    ),
)
CODE = Finding(
    finding_id="BANDIT-B105-core.py-42",
    severity=Severity.UNKNOWN,
    discovered_date=date(2031, 3, 4),
    package="core.py",
    version="local",
    description="Possible hardcoded password",
    source="bandit",
    fix_available=False,
)

DOCUMENT = """\
# Security Findings Summary

**Last Updated**: 2031-03-04 05:06:07 UTC
**Total Active Findings**: 2
**Days Since Last Scan**: 2

**Severity Breakdown**:  \n\
- **High**: 1  \n\
- **Unknown**: 1  \n\

## Current Findings

### High Severity

#### XY-2031-0001 - ### Summary  Reads past the end of `nest<T>` in versions <2
- **Package**: vögel 1.2.3
- **Source**: pip-audit
- **Discovered**: 2031-03-01 (3 days active)
- **Description**: ### Summary  Reads past the end of `nest<T>` in versions <2.0. Upgrade.
- **Impact**: Vulnerability in vögel package
- **Reference**: https://example.org/XY-2031-0001
- **Fix Available**: Yes (1.2.4)
- **Remediation**: Upgrade soon
- **Planned Fix Date**: 2031-03-03
- **Assigned To**: bird-team
- **Workaround**: Feed by hand

### Unknown Severity

#### BANDIT-B105-core.py-42 - Possible hardcoded password
- **Package**: core.py local
- **Source**: bandit
- **Discovered**: 2031-03-04 (0 days active)
- **Description**: Possible hardcoded password
- **Fix Available**: No

## Remediation Summary

**Total Plans**: 1  \n\
**In Progress**: 1  \n\

**Priority Breakdown**:  \n\
**High**: 1  \n\

**⚠️ Overdue Plans**: 1  \n\
"""

EMPTY = """\
# Security Findings Summary

**Last Updated**: 2031-03-04 05:06:07 UTC
**Total Active Findings**: 0
**Days Since Last Scan**: 2

## Current Findings

No active security findings detected.

## Remediation Summary

No remediation plans available.
"""


def write(findings: list[Finding], old: str | None = None) -> str:
    return written_document(findings, UPDATED, SCANNED, old)


def entries_of(text: str) -> tuple[DocumentEntry, ...]:
    return read_findings_document(text, "SECURITY_FINDINGS.md").entries


def changed(old: str, new: str, text: str = DOCUMENT) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_the_whole_document() -> None:
    assert write([CODE, BIRD]) == DOCUMENT


def test_the_document_of_no_findings() -> None:
    assert write([]) == EMPTY


def test_a_scan_of_tomorrow_is_no_negative_age() -> None:
    later = UPDATED + timedelta(days=3)
    text = written_document([replace(CODE, discovered_date=later.date())], UPDATED, later, None)
    assert "**Days Since Last Scan**: 0\n" in text
    assert "2031-03-07 (0 days active)" in text


def test_moments_are_written_in_utc() -> None:
    zone = datetime(2031, 3, 4, 5, 6, 7, 8).astimezone(UTC).replace(hour=5, day=4)
    assert written_document([], UPDATED.replace(tzinfo=None), SCANNED, None) == EMPTY
    assert written_document([], zone, SCANNED, None) == EMPTY


def test_a_default_workaround_is_left_out() -> None:
    assert BIRD.plan
    plan = replace(BIRD.plan, workaround="None identified")
    assert "Workaround" not in write([replace(BIRD, plan=plan)])


def test_a_plan_that_two_findings_share_counts_once() -> None:
    text = write([BIRD, replace(BIRD, package="eier")])
    assert "**Total Plans**: 1  \n**In Progress**: 1  \n" in text


@pytest.mark.parametrize(
    ("state", "target", "overdue"),
    [
        (PlanState.NEW, date(2031, 3, 3), True),
        (PlanState.NEW, date(2031, 3, 4), False),
        (PlanState.NEW, None, False),
        (PlanState.COMPLETED, date(2031, 3, 3), False),
        (PlanState.CANCELLED, date(2031, 3, 3), False),
        (PlanState.ACCEPTED_RISK, date(2031, 3, 3), True),
    ],
)
def test_plans_behind_their_date(state: PlanState, target: date | None, overdue: bool) -> None:
    text = write([replace(CODE, plan=Plan(CODE.finding_id, state, target=target))])
    assert ("**⚠️ Overdue Plans**: 1  \n" in text) is overdue
    assert "**Total Plans**: 1  \n" in text
    assert "**Priority Breakdown**" not in text


def test_a_long_title_and_description_are_cut() -> None:
    text = write([replace(CODE, description="x" * 501)])
    assert f"-42 - {'x' * 57}...\n" in text
    assert f"Description**: {'x' * 500}...\n" in text


def test_without_a_description_the_title_stands_for_it() -> None:
    assert "-42 - Weak\n" in write([replace(CODE, description="", title="Weak")])
    assert "#### BANDIT-B105-core.py-42\n" in write([replace(CODE, description="")])
    assert "- **Description**:\n" in write([replace(CODE, description="")])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("versions <2.0 & >1, a < b, x_y*z, [a](https://x.org), mail@x.org", None),
        ("`<script>` ``a`<b>`` and `![x](y)`", None),
        ("<script>", r"\<script>"),
        ("</p><!-- x --><?php <https://x.org>", r"\</p>\<!-- x -->\<?php \<https://x.org>"),
        ("<![CDATA[", r"\<\![CDATA["),
        ("![x](https://x.org/y.png)", r"\![x](https://x.org/y.png)"),
        (r"\<b", r"\\\<b"),
        (r"a\`<b>`", r"a\`\<b>`"),
        ("``<b>`", r"``\<b>`"),
        ("ask @bird, not a@bird", "ask @\u2060bird, not a@bird"),
    ],
)
def test_prose_is_escaped_as_little_as_possible(text: str, written: str | None) -> None:
    assert to_markdown(text) == (text if written is None else written)


def test_hidden_characters_go_and_line_breaks_become_blanks() -> None:
    assert to_one_line("a\r\nb\rc\u2028d\x1b\u202ee\x00\u200b 👩\u200d💻 ") == "a b c de 👩\u200d💻"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("BANDIT-B105-__init__.py-42", None),
        ("path\\to x", None),
        ("a - b", r"a \- b"),
        ("- a -", r"\- a \-"),
        ("a\n## b", r"a\u000a## b"),
        (" a\u202e", r"\u0020a\u202e"),
        (r"\u0020", r"\\u0020"),
        ("`<b>`", r"\`\<b>\`"),
        ("[a](b)", r"[a\](b)"),
    ],
)
def test_ids_come_back_whatever_they_hold(text: str, written: str | None) -> None:
    assert to_plain_id(text) == (text if written is None else written)
    assert from_plain_id(to_plain_id(text)) == text


hostile_pieces = st.sampled_from(
    [
        "\n",
        "\r",
        "\r\n",
        "\u2028",
        "\u202e",
        "\x00",
        "\x1b[2J",
        "\ud800",
        "\ufeff",
        " ",
        "  ",
        "\t",
        "\xa0",
        " - ",
        "-",
        "#",
        "#### X-1 - y",
        "\n## Current Findings\n",
        "\n- **Package**: evil 1.0",
        "\n**Total Active Findings**: 0\n",
        "\nNo active security findings detected.\n",
        "**",
        "`",
        "``",
        "\\",
        "\\\\",
        "<",
        "<img src=x>",
        "<!--",
        "!",
        "![",
        "[a](b)",
        "]",
        "(",
        "@bird",
        "@",
        "\u2060",
        "u0020",
        "\\u200b",
        "👩\u200d💻",
        "é",
        "x",
        ".",
        "Yes (",
        ")",
    ]
)
hostile = st.lists(hostile_pieces, max_size=8).map("".join) | st.text(max_size=20)
ids = hostile.filter(bool)
plans = st.builds(
    Plan,
    finding_id=hostile,
    state=st.sampled_from(PlanState),
    action=hostile,
    owner=hostile,
    workaround=hostile,
    target=st.none() | st.dates(date(2030, 1, 1), date(2032, 1, 1)),
    priority=st.sampled_from(["", "critical", "high", "odd\nword"]),
)
single = st.builds(
    Finding,
    finding_id=ids,
    severity=st.sampled_from(Severity),
    discovered_date=st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    package=hostile,
    version=hostile,
    title=hostile,
    description=hostile | st.text(min_size=480, max_size=520),
    source=hostile,
    fix_available=st.just(True),
    fix_version=hostile,
    reference_url=hostile,
    impact=hostile,
    plan=st.none() | plans,
) | st.builds(
    Finding,
    finding_id=ids,
    severity=st.sampled_from(Severity),
    discovered_date=st.just(date(2031, 1, 1)),
    fix_available=st.sampled_from([None, False]),
)
many = st.lists(single, max_size=5, unique_by=lambda finding: finding.key)


def facts(findings: list[Finding]) -> list[tuple[object, ...]]:
    ordered = sorted(findings, key=lambda f: (f.severity.rank, f.finding_id, f.package))
    return [
        (f.finding_id, f.severity, f.package, f.version, f.source, f.discovered_date,
         f.fix_available, f.fix_version, document_description(f.description), f.reference_url,
         document_description(f.impact))
        for f in ordered
    ]  # fmt: skip


def facts_read(text: str) -> list[tuple[object, ...]]:
    return [
        (f.finding_id, f.severity, f.package, f.version, f.source, f.discovered_date,
         f.fix_available, f.fix_version, f.description, f.reference_url, f.impact)
        for f in (entry.finding for entry in entries_of(text))
    ]  # fmt: skip


@given(many)
def test_what_is_written_is_read_whatever_it_holds(findings: list[Finding]) -> None:
    text = write(findings)
    assert facts_read(text) == facts(findings)
    document = read_findings_document(text, "x")
    assert document.total == len(findings)
    assert document.breakdown == Counter(finding.severity for finding in findings)
    assert document.problems == ()
    assert write(findings, text) == text
    text.encode()


@given(hostile)
def test_escapes_are_undone(text: str) -> None:
    assert from_plain(to_plain(text)) == text
    assert from_plain(to_plain_word(text)) == text
    assert from_plain_id(to_plain_id(text)) == text
    assert from_markdown(to_markdown(to_one_line(text))) == to_one_line(text)


RENDERED = re.compile(r"<(?!/?(?:a|code|em|strong|del|h[1-4]|ul|li|p|br)\b|br />)")


@given(many)
def test_the_rendered_document_holds_nothing_active(findings: list[Finding]) -> None:
    html = cmarkgfm.cmark.markdown_to_html_with_extensions(
        write(findings),
        options=cmarkgfm.Options.CMARK_OPT_UNSAFE,
        extensions=["autolink", "strikethrough", "table"],
    )
    assert not RENDERED.search(html)
    assert html.count("<h4>") == len(findings)
    outside_code = re.sub(r"<code>.*?</code>|<a .*?</a>", "…", html, flags=re.S)
    assert not re.search(r"(?<![A-Za-z0-9/])@[A-Za-z0-9]", outside_code)


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        ([replace(CODE, finding_id="")], "expected an id of at most 300 characters"),
        ([replace(CODE, finding_id="x" * 301)], "expected an id of at most 300 characters"),
        ([BIRD, replace(BIRD, finding_id="xy-2031-0001")], "expected each finding once"),
        ([replace(CODE, discovered_date=date(1989, 1, 1))], "expected a date"),
    ],
)
def test_what_could_not_be_read_is_refused(findings: list[Finding], message: str) -> None:
    with pytest.raises(InputError) as caught:
        write(findings)
    assert message in caught.value.message
    assert "of the text to be written" in caught.value.place


def test_own_text_that_looks_like_a_finding_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        write([], EMPTY + "\n## Ours\n\n#### LOST-1 - a finding?\n")
    assert "in no severity section" in caught.value.message
    assert caught.value.hint


OWNED = """\
<!-- kept by the team -->
# Security Findings Summary
Our words first.

**Last Updated**: 2031-01-01 00:00:00 UTC
**Total Active Findings**: 2
**Contact**: birds@example.org
**Days Since Last Scan**: 0

**Severity Breakdown**:  \n\
- **High**: 1  \n\
- **Unknown**: 1  \n\

A word below the counts.


With two blank lines above.

## Scope

- **Package**: ours
##### deep

## Current Findings

Sorted by us.\t\n\

### Our Words

Before everything.

### High Severity

High ones first.

#### XY-2031-0001 - an old title
Right below.
- **Package**: vögel 1.0
- **Ticket**: 17
- **Source**: pip-audit
- **Fix Available**: No

Waiting for the release.

    code of ours

### Between

Own section.

### Unknown Severity

#### BANDIT-B105-core.py-42 - Possible hardcoded password
- **Package**: core.py local

Look at `core.py`.

## Remediation Summary

Ask the birds.

**Total Plans**: 1  \n\
**New**: 1  \n\
**High**: ask first

The end of it.

## Policy

### Urgent Severity

Call us.
"""
OWN_LINES = [
    "<!-- kept by the team -->",
    "Our words first.",
    "**Contact**: birds@example.org",
    "A word below the counts.",
    "",
    "",
    "With two blank lines above.",
    "## Scope",
    "- **Package**: ours",
    "##### deep",
    "Sorted by us.\t",
    "### Our Words",
    "Before everything.",
    "High ones first.",
    "Right below.",
    "- **Ticket**: 17",
    "Waiting for the release.",
    "    code of ours",
    "### Between",
    "Own section.",
    "Look at `core.py`.",
    "Ask the birds.",
    "**High**: ask first",
    "The end of it.",
    "## Policy",
    "### Urgent Severity",
    "Call us.",
]


def is_in_order(lines: list[str], text: str) -> bool:
    rest = iter(text.split("\n"))
    return all(line in rest for line in lines)


def test_own_text_stays_at_its_place() -> None:
    text = write([BIRD, CODE], OWNED)
    assert is_in_order(OWN_LINES, text)
    generated = set(DOCUMENT.split("\n"))
    left = [line for line in text.split("\n") if line and line not in generated]
    assert left == [line for line in OWN_LINES if line]
    assert "\nRight below.\n- **Package**: vögel 1.2.3\n- **Ticket**: 17\n- **Source**" in text
    assert text.endswith("\nCall us.\n")
    assert write([BIRD, CODE], text) == text


def test_nothing_comes_between_the_first_line_and_the_title() -> None:
    assert write([], OWNED).startswith("<!-- kept by the team -->\n# Security Findings Summary\n")


def test_own_text_between_labels_in_another_order_stays_in_its_order() -> None:
    entry = "\n- **Source**: bandit\nfirst\n- **Package**: core.py local\nsecond\n- **Fix Available**: No\n"
    text = write([BIRD, CODE], changed("\n- **Package**: core.py local\n", entry, OWNED))
    assert is_in_order(["first", "second", "Look at `core.py`."], text)
    assert write([BIRD, CODE], text) == text


def test_a_blank_line_above_the_counts_is_no_own_text() -> None:
    assert write([BIRD, CODE], changed("Breakdown**:  \n", "Breakdown**:  \n\n")) == DOCUMENT


def test_parts_in_another_order_are_put_in_order() -> None:
    old = (
        "## Remediation Summary\n\nsums\n\n## A\n\n## Current Findings\n\n## B\n\n"
        "# Security Findings Summary\n\n## C\n\n**Total Plans**: 1\n"
    )
    text = write([], old)
    assert is_in_order(["sums", "## A", "## B", "## C", "**Total Plans**: 1"], text)
    assert write([], text) == text
    cut = write(
        [], "# Security Findings Summary\n## Remediation Summary\n\nsums\n\n## Current Findings\n"
    )
    assert cut.endswith("\nsums\n")


def test_an_own_heading_under_the_title_does_not_move_behind_the_findings() -> None:
    text = write([], "## Current Findings\n# Security Findings Summary\n### Low Severity\n")
    assert text.index("### Low Severity") < text.index("## Current Findings")
    assert write([], text) == text


def test_the_title_says_how_lines_end() -> None:
    text = write([], "<!-- a -->\n" + EMPTY.replace("\n", "\r\n"))
    assert text == "<!-- a -->\n" + EMPTY.replace("\n", "\r\n")


def test_text_about_a_finding_goes_with_it() -> None:
    text = write([replace(BIRD, severity=Severity.CRITICAL), CODE], OWNED)
    before, _, after = text.partition("Waiting for the release.")
    assert "### Critical Severity" in before
    assert "### Unknown Severity" in after


def test_text_about_a_finding_that_is_gone_is_kept_once() -> None:
    text = write([BIRD], OWNED)
    notes = (
        "\n## Notes on earlier findings\n"
        "\n### BANDIT-B105-core.py-42 - Possible hardcoded password\n"
        "\nLook at `core.py`.\n"
    )
    assert text.endswith(f"Call us.\n{notes}")
    assert write([BIRD], text) == text
    without = write([], text)
    assert without.count("## Notes on earlier findings") == 1
    assert without.startswith(text[: text.index("A word")].split("**Last")[0])
    heading = "### XY-2031-0001 - ### Summary  Reads past the end of `nest<T>` in versions <2"
    for line in (*OWN_LINES, heading, "### High Severity"):
        assert line in without.split("\n")
    assert write([], without) == without
    again = write([BIRD, CODE], without)
    assert again.count("Waiting for the release.") == 1
    assert write([BIRD, CODE], again) == again


def test_notes_join_the_section_that_is_there() -> None:
    old = changed(
        "## Policy", "## Notes on Earlier Findings\n\n### A-1\n\nOld.\n\n## Policy", OWNED
    )
    text = write([BIRD], old)
    assert is_in_order(["Old.", "### BANDIT-B105-core.py-42 - Possible hardcoded password",
                        "Look at `core.py`.", "## Policy"], text)  # fmt: skip
    assert write([BIRD], text) == text


def test_an_entry_without_a_package_is_found_by_its_id() -> None:
    text = write([BIRD, CODE], changed("- **Package**: core.py local\n", "", OWNED))
    assert "Notes on earlier" not in text
    assert text.index("Look at") < text.index("## Remediation")


def test_a_note_does_not_move_to_another_package() -> None:
    text = write([BIRD, replace(CODE, package="other.py")], OWNED)
    assert text.index("Look at") > text.index("## Notes on earlier findings")


def test_own_bullets_are_not_read_as_counts() -> None:
    old = changed(
        "**Days Since Last Scan**: 2\n", "**Days Since Last Scan**: 2\n- **Low**: x\n", EMPTY
    )
    text = write([BIRD, CODE], old)
    assert len(entries_of(text)) == 2
    assert "\n- **Low**: x\n" in text
    assert write([BIRD, CODE], text) == text


@pytest.mark.parametrize("tail", ["", "\n", "\n\n\n", "\n  \n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("text", [DOCUMENT, OWNED, EMPTY])
def test_line_ends_bom_and_end_of_the_old_document_are_kept(text: str, bom: str, tail: str) -> None:
    for end in ("\n", "\r\n"):
        old = bom + (text.rstrip("\n") + tail).replace("\n", end)
        for findings in ([BIRD, CODE], [BIRD], []):
            new = write(findings, old)
            assert new.startswith(bom + "<!" if text is OWNED else bom + "#")
            assert new.count("\r\n") == (new.count("\n") if end == "\r\n" else 0)
            assert new[len(new.rstrip()) :].endswith(tail.replace("\n", end))
            assert write(findings, new) == new


@pytest.mark.parametrize("old", ["", "\n\n", "\ufeff"])
def test_a_blank_document_is_none(old: str) -> None:
    assert write([], old).removeprefix("\ufeff") == EMPTY


def test_a_document_of_another_kind_keeps_its_text() -> None:
    assert write([], "# Ours\n\nText.") == f"# Ours\n\nText.\n\n{EMPTY}".rstrip("\n")


def test_two_documents_become_one() -> None:
    text = write([BIRD, CODE], OWNED + DOCUMENT + OWNED)
    assert text.count("# Security Findings Summary") == 1
    assert text.count("\n#### ") == 2
    assert text.count("Waiting for the release.") == 2
    assert write([BIRD, CODE], text) == text


own = st.sampled_from(
    ["ours", "> quote", "* item", "    code", "##### five", "# one", "- **Ticket**: 1", "ours\r",
     "<!-- x -->", "\u2028", "**Note**: a", "- **Low**: some", "ours  ", "###### six", "|a|b|"]
)  # fmt: skip
own_headings = st.sampled_from(["## Ours", "### Ours", "## Notes on earlier findings"])
skeleton = st.sampled_from([DOCUMENT, OWNED, EMPTY]).map(lambda text: text.split("\n"))


@st.composite
def mixed(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A document with own lines thrown in, each with a number; and those lines."""
    lines, added = draw(skeleton), []
    for number in range(draw(st.integers(0, 12))):
        line = f"{draw(own)}{number}x" if draw(st.integers(0, 4)) else draw(own_headings)
        at = draw(st.integers(0, len(lines)))
        lines = [*lines[:at], *draw(st.sampled_from([[], [""]])), line, *lines[at:]]
        added.append(line)
    present = Counter(added)
    return "\n".join(lines), [line for line in lines if line in present]


some = st.sampled_from([[], [BIRD], [CODE], [BIRD, CODE], [replace(CODE, severity=Severity.LOW)]])


@given(mixed(), some)
def test_every_own_line_stays_and_writing_twice_changes_nothing(
    old_and_own: tuple[str, list[str]], findings: list[Finding]
) -> None:
    old, added = old_and_own
    try:
        text = write(findings, old)
    except InputError as error:
        # An own heading can cut entries off from their section: that is told, and nothing lost.
        assert "in no severity section" in error.message  # noqa: PT017
        return
    lines = Counter(text.split("\n"))
    assert not Counter(added) - lines
    assert write(findings, text) == text
    assert [entry.finding.finding_id for entry in entries_of(text)] == [
        finding.finding_id for finding in sorted(findings, key=lambda f: f.severity.rank)
    ]


@given(mixed())
def test_own_lines_stay_in_order_while_the_findings_stay(
    old_and_own: tuple[str, list[str]],
) -> None:
    old, added = old_and_own
    try:
        text = write([BIRD, CODE], old)
    except InputError:
        return
    if "Notes on earlier" not in text.replace(old, ""):
        assert is_in_order(added, text)


@given(
    st.lists(st.sampled_from([*OWNED.splitlines(keepends=True), "\r\n", "\n", "x"])).map("".join),
    some,
)
def test_any_old_document_is_written_anew_or_refused(old: str, findings: list[Finding]) -> None:
    try:
        text = write(findings, old)
    except InputError:
        return
    assert write(findings, text) == text
    assert [entry.finding.finding_id for entry in entries_of(text)] == [
        finding.finding_id for finding in findings
    ]

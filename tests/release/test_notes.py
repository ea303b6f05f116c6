"""What people read: complete, in order, and safe whatever stands in an advisory."""

import re
from dataclasses import replace
from datetime import date

import cmarkgfm
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.finding import Finding
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.findings.severity import Severity
from secstatus.release.changes import SecurityChangeDetector
from secstatus.release.decision import Before, ManualRequest, ReleaseRequest
from secstatus.release.notes import ReleaseJustification, write_notes
from secstatus.release.policy import Audience, ReleasePolicy
from secstatus.release.snapshot import SnapshotFinding, SnapshotState
from tests.release.made import MONDAY, WEEK, item, standing

NEXT = MONDAY + WEEK
AUDIENCE = Audience("lanternfish", "1.2.0", "https://example.org/status/")
HOSTILE = (
    "<img src=x onerror=alert(1)> @maintainers [x](javascript:a) ![y](https://evil.example/p.png) "
    "`$(rm -rf /)` ::error::x\r\n::set-output name=a::b \x1b[31mred\x1b[0m \u202eevil --> <!-- | # "
)


def told(old, new, request=None, audience=AUDIENCE):
    changes = SecurityChangeDetector().between(old, new, new.at.date())
    request = request or ReleaseRequest()
    return write_notes(changes, request, ReleasePolicy(), Before(new.at), new, audience)


def detailed(**more):
    finding = Finding(
        "GHSA-1",
        Severity.HIGH,
        date(2026, 11, 9),
        "kelp",
        "2.0.0",
        title="Kelp follows links",
        fix_available=True,
        fix_version="2.0.1",
        cvss_score=8.1,
        cvss_vector="CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H",
        severity_from="OSV:GHSA-1",
        **more,
    )
    return SnapshotFinding(
        "GHSA-1",
        Severity.HIGH,
        SnapshotState.OPEN,
        date(2026, 11, 9),
        "kelp",
        ("CVE-2026-1111",),
        episode=1,
        fixable=True,
        finding=finding,
    )


def test_the_notes_of_a_new_finding_have_everything_a_reader_needs():
    found = told(standing(), standing(detailed(), at=NEXT))

    assert found.justification == (
        "New: GHSA-1 in kelp (high): Kelp follows links. Fixed in 2.0.1."
    )
    assert (
        found.release_notes
        == f"""\
This release of lanternfish reports 1 high finding.

### New

- **GHSA-1** (high): Kelp follows links\\
  Also CVE-2026-1111; in kelp 2.0.0; CVSS 8.1 (CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H, \
OSV:GHSA-1); fixed in 2.0.1; known since 2026-11-09, open for 0 days.

### Upgrade

    pip install --upgrade lanternfish

### Still open

1 high finding: GHSA-1. The live status: <https://example.org/status/>

Security-Decision: {found.decision_id}
"""
    )


def test_a_release_that_fixes_nothing_says_so():
    bare = replace(
        detailed(), finding=replace(detailed().finding, fix_version="", fix_available=False)
    )
    found = told(standing(), standing(bare, at=NEXT))

    assert "Upgrading does not fix what has no fix yet" in found.release_notes
    assert "o fix yet; known since" in found.release_notes


def test_a_workaround_is_told():
    plan = Plan("GHSA-1", PlanState.NEW, workaround="Do not unpack archives of strangers")
    found = told(
        standing(),
        standing(replace(detailed(), finding=replace(detailed().finding, plan=plan)), at=NEXT),
    )

    assert "workaround: Do not unpack archives of strangers" in found.release_notes


def test_the_notes_of_what_was_resolved():
    old = replace(detailed(), opened=date(2026, 10, 10))
    gone = replace(
        old, state=SnapshotState.RESOLVED, closed=NEXT.date(), evidence="It has kelp at 2.0.1."
    )
    mild = item("CVE-2026-5", "low", episode=1)
    found = told(standing(old), standing(gone, mild, at=NEXT))

    assert found.release_notes.startswith(
        "This release of lanternfish fixes 1 high finding and reports 1 low finding."
    )
    assert "open for 30 days; It has kelp at 2.0.1" in found.release_notes
    assert found.justification == (
        "Resolved: GHSA-1 in kelp (high), open for 30 days. It has kelp at 2.0.1."
    )


def test_the_section_of_a_change_log():
    new = standing(detailed(), item("CVE-2026-5", "low", episode=1), at=NEXT)
    found = told(standing(), new)
    text = ReleaseJustification(found, new, ReleaseRequest(), AUDIENCE).security_section()

    assert text.splitlines() == [
        "- New: GHSA-1 in kelp (high): Kelp follows links. Fixed in 2.0.1.",
        "- New: CVE-2026-5 in kelp (low): A flaw.",
    ]


def test_what_people_wrote_comes_first_and_a_breaking_change_says_upgrade():
    same = standing()
    ask = ReleaseRequest(ManualRequest.BREAKING, "The old names are gone.")
    found = told(same, replace(same, at=NEXT), ask)

    assert found.release_notes.startswith("The old names are gone.\n\n### Upgrade")
    assert found.justification == "Asked for by hand (breaking): The old names are gone."


def test_without_a_release_there_are_no_notes():
    found = told(standing(), standing(item(severity="low", episode=1), at=NEXT))

    assert found.release_notes == ""
    assert found.justification == (
        "No change asks for a release. New or back, and not high: it goes into the next release (1)."
    )


def test_thousands_are_cut_to_a_page():
    many = [item(f"CVE-2026-{n}", episode=1) for n in range(3000)]
    found = told(standing(), standing(*many, at=NEXT))

    assert "- and 2900 more" in found.release_notes
    assert "3000 high findings" in found.release_notes
    assert len(found.release_notes) < 40_000
    assert "And 2900 more." in found.justification


def _hostile(text):
    finding = Finding(
        text, Severity.HIGH, date(2026, 11, 9), text, text, text, text, (text,),
        fix_version=text, severity_from=text, cvss_score=9.0, cvss_vector=text,
        plan=Plan(text, PlanState.NEW, workaround=text),
    )  # fmt: skip
    new = SnapshotFinding(
        text, Severity.HIGH, SnapshotState.OPEN, date(2026, 11, 9), text, (text,), 1,
        evidence=text, finding=finding,
    )  # fmt: skip
    gone = replace(
        new, finding_id=f"{text}2", aliases=(), state=SnapshotState.RESOLVED, closed=NEXT.date()
    )
    old = replace(gone, state=SnapshotState.OPEN, closed=None)
    return told(
        standing(old),
        standing(new, gone, at=NEXT, doubts=(text,)),
        ReleaseRequest(ManualRequest.FIX, text),
        Audience(text or "x", "1", "https://example.org/"),
    )


def _is_safe(found):
    html = BeautifulSoup(
        cmarkgfm.github_flavored_markdown_to_html(found.release_notes), "html.parser"
    )
    allowed = {"p", "h3", "ul", "li", "strong", "pre", "code", "a", "br"}
    assert {tag.name for tag in html.find_all(True)} <= allowed
    assert all(a["href"].startswith("https://example.org/") for a in html.find_all("a"))
    assert not re.search(r"(?<![A-Za-z0-9/])@[A-Za-z0-9]", found.release_notes)
    assert found.release_notes.replace("\n", "").replace("\u2060", "").isprintable()
    for line in [*found.justification.split("\n"), *found.alerts]:
        assert line.splitlines() in ([line], [])
    assert found.release_notes.count("\nSecurity-Decision: ") == 1
    command = html.find_all("code")[-1].text.strip()
    assert re.fullmatch(r"pip install --upgrade [A-Za-z0-9._-]+", command)


def test_hostile_text_is_text():
    found = _hostile(HOSTILE)
    _is_safe(found)
    assert "\x1b" not in found.justification


PIECES = st.lists(
    st.sampled_from(
        ["<", ">", "!", "[x](y)", "@a", "`", "\n", "\r", "# ", "- ", "|", "*", "_", "\\", "\x1b[1m",
         "::", "%0A", "https://evil.example", "www.evil.example", "&lt;", "~~", "a", " ", "\u2028",
         "\u202e", "Security-Decision: ", "    ", "1. ", "==="]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(PIECES)
def test_any_text_is_text(text):
    _is_safe(_hostile(text))


@pytest.mark.parametrize("note", ["https://evil.example/x", "a@b.example", "see www.evil.example"])
def test_a_note_makes_no_links(note):
    same = standing()
    found = told(same, replace(same, at=NEXT), ReleaseRequest(ManualRequest.FIX, note))
    _is_safe(found)

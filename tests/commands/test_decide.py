"""The decision on real scans: a release for what is proved to have changed, once, and never else."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from bs4 import BeautifulSoup

from secstatus.commands.build import build_site
from secstatus.commands.decide import DecideOptions, decide_release, record_release_step
from secstatus.commands.ingest import IngestOptions as Scanned
from secstatus.commands.ingest import ingest_reports
from secstatus.errors import ExternalError, InputError, SecurityStatusError, UsageError
from secstatus.release.log import ReleaseState, ReleaseStep
from tests.commands.scanned import (
    FIRST,
    KELP,
    LEDGER,
    REPORTS,
    STATUS,
    WEEK,
    bandit,
    both,
    pip_audit,
)
from tests.conftest import STATES, tree
from tests.support.kills import is_killed

RELEASES = "security/status/releases.json"
HIGH = {"id": "GHSA-high-0000-0001", "aliases": ["CVE-2026-9"], "fix_versions": ["3.0"]}
LATER = timedelta(minutes=30)


def osv(vulnerability, word):
    """A database record that gives the vulnerability a severity."""
    return {
        "id": vulnerability["id"],
        "aliases": vulnerability["aliases"],
        "modified": "2026-10-01T00:00:00Z",
        "database_specific": {"severity": word},
        "affected": [{"package": {"ecosystem": "PyPI", "name": "kelp"}}],
    }


@pytest.fixture
def severity(root):
    """`severity(KELP, "HIGH")` keeps such a record, as `enrich` does."""

    def keep(vulnerability, word):
        folder = root / "security/reports/osv"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{vulnerability['id']}.json"
        path.write_text(json.dumps(osv(vulnerability, word)))

    return keep


@pytest.fixture
def week(root, scan):
    """`week(3, *vulnerable)`: the scan of that week and the decision on it."""

    def run(number, *vulnerable, ask=None, **reports):
        at = FIRST + number * WEEK
        scan(at, **(reports or both(at, *vulnerable)))
        return decide_release(root, at + LATER, ask or DecideOptions())

    return run


def book(root):
    return json.loads((root / RELEASES).read_text())


def released(root, at, version="1.0.1"):
    for state in ("committed", "pushed", "published"):
        record_release_step(root, ReleaseStep(ReleaseState(state), at, version=version))


def test_a_year_of_a_project(root, week, severity):
    severity(KELP, "MODERATE")
    severity(HIGH, "HIGH")
    first = week(0, ("kelp", [KELP]))
    assert first.data["justification"] == "Baseline of 1 finding recorded; no release."
    assert not week(1, ("kelp", [KELP])).should_release

    found = week(2, ("kelp", [KELP, HIGH]))
    assert (found.data["trigger_type"], found.data["bump"]) == ("security_auto", "patch")
    assert [(c["finding_id"], c["row"]) for c in found.data["security_changes"]] == [
        ("GHSA-high-0000-0001", "new-severe"),
        ("", "grade-down"),
    ]
    assert "New: GHSA-high-0000-0001 in kelp (high)" in found.data["justification"]
    released(root, FIRST + 2 * WEEK + 2 * LATER)

    assert week(3, ("kelp", [KELP, HIGH])).data["justification"] == "Nothing changed; no release."

    fixed = pip_audit()
    fixed["dependencies"][1]["version"] = "3.0"
    gone = week(4, pip_audit=fixed, bandit=bandit(FIRST + 4 * WEEK))
    kinds = [(c["change_type"], c["row"]) for c in gone.data["security_changes"]]
    assert gone.data["trigger_type"] == "security_auto"
    assert kinds.count(("resolved", "resolved")) == 2
    assert "### Fixed" in gone.notes
    assert "No finding is open" in gone.notes
    released(root, FIRST + 4 * WEEK + 2 * LATER, "1.0.2")
    again = decide_release(root, FIRST + 4 * WEEK + 3 * LATER, DecideOptions())
    assert not again.should_release

    decisions = book(root)["decisions"]
    assert [each["steps"][-1]["state"] for each in decisions] == [
        "none", "none", "published", "none", "published", "none",
    ]  # fmt: skip
    assert [each["steps"][-1].get("version") for each in decisions if len(each["steps"]) > 1] == [
        "1.0.1",
        "1.0.2",
    ]


FAULTS = {
    "no report at all": {},
    "an empty file": {"pip_audit": "", "bandit": bandit(FIRST + WEEK)},
    "a broken file": {"pip_audit": '{"dependencies": [', "bandit": bandit(FIRST + WEEK)},
    "nothing audited": {"pip_audit": {"dependencies": []}, "bandit": bandit(FIRST + WEEK)},
    "all skipped": {
        "pip_audit": pip_audit(packages=(), skipped=("coral", "kelp", "urchin")),
        "bandit": bandit(FIRST + WEEK),
    },
    "the package left out": {
        "pip_audit": pip_audit(packages=("coral",)),
        "bandit": bandit(FIRST + WEEK),
    },
    "a scanner lost": {"bandit": bandit(FIRST + WEEK)},
    "same version, not reported": both(FIRST + WEEK),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_vanishes_is_never_resolved(root, week, severity, fault):
    severity(HIGH, "HIGH")
    week(0, ("kelp", [HIGH]))
    reports = FAULTS[fault]
    if reports:
        found = week(1, **reports)
    else:
        shutil.rmtree(root / REPORTS)
        (root / REPORTS).mkdir()
        ingest_reports(root, FIRST + WEEK, Scanned(scan_date=FIRST + WEEK))
        found = decide_release(root, FIRST + WEEK + LATER, DecideOptions())

    assert found.data["trigger_type"] == "none"
    assert found.alerts
    assert "resolved" not in {c["change_type"] for c in found.data["security_changes"]}


def test_an_outage_and_its_end_release_nothing(root, week, severity):
    severity(KELP, "LOW")
    week(0, ("kelp", [KELP]))
    dark = week(1, pip_audit="", bandit=bandit(FIRST + WEEK))
    back = week(2, ("kelp", [KELP]))

    assert dark.data["grade"] == "?"
    assert {c["row"] for c in dark.data["security_changes"]} >= {"incomplete", "unobserved"}
    assert (back.data["grade"], back.data["security_changes"]) == ("A", [])


def test_a_new_name_and_another_order_are_no_events(root, week, severity):
    severity(KELP, "HIGH")
    severity(HIGH, "HIGH")
    week(0, ("kelp", [KELP, HIGH]))
    renamed = {**KELP, "id": "CVE-2026-1111", "aliases": ["PYSEC-2026-11", "GHSA-2222-3333-4444"]}
    found = week(1, ("kelp", [HIGH, renamed]))

    assert found.data["security_changes"] == []


def test_a_severity_that_is_raised_and_lowered(root, week, severity):
    severity(KELP, "LOW")
    week(0, ("kelp", [KELP]))
    severity(KELP, "CRITICAL")
    raised = week(1, ("kelp", [KELP]))
    assert [c["row"] for c in raised.data["security_changes"] if c["finding_id"]] == [
        "raised-to-severe"
    ]
    assert raised.should_release
    released(root, FIRST + WEEK + 2 * LATER)
    severity(KELP, "LOW")
    lowered = week(2, ("kelp", [KELP]))
    assert not lowered.should_release
    assert "lowered" in {c["row"] for c in lowered.data["security_changes"]}


def test_a_severity_that_stays_unknown_for_a_week_counts_as_high(root, week):
    week(0)
    assert not week(1, ("kelp", [KELP])).should_release
    found = week(2, ("kelp", [KELP]))

    assert found.should_release
    assert "its severity unknown since 2026-11-09" in found.data["justification"]


def test_accepted_by_people_is_not_resolved(root, week, severity):
    severity(KELP, "HIGH")
    week(0, ("kelp", [KELP]))
    (root / "security/findings/remediation-plans.yml").write_text(
        "findings:\n  PYSEC-2026-11:\n    status: accepted_risk\n"
        "    reason: Never called.\n    expires: '2027-05-01'\n"
    )
    found = week(1, ("kelp", [KELP]))

    assert found.data["grade"] == "A"
    assert not found.should_release
    assert "suppressed" in {c["row"] for c in found.data["security_changes"]}


def test_the_same_files_give_the_same_bytes(root, week, severity):
    severity(HIGH, "HIGH")
    week(0)
    first = week(1, ("kelp", [HIGH]))
    before = tree(root)
    second = decide_release(root, FIRST + WEEK + 2 * LATER, DecideOptions())

    assert json.dumps(first.document()) == json.dumps(second.document())
    assert first.written
    assert not second.written
    assert tree(root) == before


def test_new_events_join_a_release_that_nobody_has_made_yet(root, week, severity):
    severity(HIGH, "HIGH")
    severity(KELP, "CRITICAL")
    week(0)
    first = week(1, ("kelp", [HIGH]))
    second = week(2, ("kelp", [HIGH, KELP]))

    assert first.data["decision_id"] != second.data["decision_id"]
    assert len(second.data["security_changes"]) >= 2
    states = [each["steps"][-1]["state"] for each in book(root)["decisions"]]
    assert states == ["none", "superseded", "planned"]


def test_a_release_under_way_is_finished_first(root, week, severity):
    severity(HIGH, "HIGH")
    severity(KELP, "CRITICAL")
    week(0)
    first = week(1, ("kelp", [HIGH]))
    record_release_step(
        root, ReleaseStep(ReleaseState.COMMITTED, FIRST + WEEK + LATER, version="1.0.1")
    )
    resumed = week(2, ("kelp", [HIGH, KELP]))

    assert resumed.data["decision_id"] == first.data["decision_id"]
    assert (resumed.should_release, resumed.data["state"]) == (True, "committed")
    assert resumed.data["version"] == "1.0.1"
    released(root, FIRST + 2 * WEEK + LATER)
    after = decide_release(root, FIRST + 2 * WEEK + 2 * LATER, DecideOptions())
    assert [c["finding_id"] for c in after.data["security_changes"] if c["finding_id"]] == [
        "PYSEC-2026-11"
    ]
    assert after.should_release


def test_declined_by_people_is_not_asked_again(root, week, severity):
    severity(HIGH, "HIGH")
    week(0)
    week(1, ("kelp", [HIGH]))
    record_release_step(
        root, ReleaseStep(ReleaseState.DECLINED, FIRST + WEEK + LATER, note="not affected")
    )

    assert not week(2, ("kelp", [HIGH])).should_release


def test_publishing_that_failed_is_told_and_can_still_succeed(root, week, severity):
    severity(HIGH, "HIGH")
    week(0)
    week(1, ("kelp", [HIGH]))
    at = FIRST + WEEK + LATER
    record_release_step(root, ReleaseStep(ReleaseState.COMMITTED, at, version="1.0.1"))
    failed = ReleaseStep(ReleaseState.FAILED, at, note="invalid-publisher <b>x</b>")
    assert record_release_step(root, failed).data["state"] == "failed"
    assert not record_release_step(root, failed).written
    resumed = decide_release(root, at, DecideOptions())
    assert (resumed.should_release, resumed.data["version"]) == (True, "1.0.1")

    build_site(root, root / "_site", at)
    front = BeautifulSoup((root / "_site/index.html").read_text(), "html.parser")
    line = front.find("p", class_="coming").text
    assert line.startswith(
        "Publishing 1.0.1 failed: on 2026-11-09 04:30 UTC. invalid-publisher <b>"
    )
    with pytest.raises(UsageError, match="cannot become committed"):
        record_release_step(root, ReleaseStep(ReleaseState.COMMITTED, at, version="1.0.1"))
    assert record_release_step(
        root, ReleaseStep(ReleaseState.PUBLISHED, at, version="1.0.1")
    ).written
    assert not decide_release(root, at + WEEK, DecideOptions()).should_release


def test_a_manual_request_decides_a_release(root, week):
    week(0)
    asked = week(1, ask=DecideOptions(manual="breaking", note="Old names are gone"))
    assert (asked.data["trigger_type"], asked.data["bump"]) == ("manual", "major")
    assert "Old names are gone" in asked.notes
    again = decide_release(
        root, FIRST + WEEK + 2 * LATER, DecideOptions(manual="breaking", note="Old names are gone")
    )
    assert again.data == asked.data
    released(root, FIRST + WEEK + 3 * LATER, "2.0.0")
    assert not decide_release(root, FIRST + WEEK + 4 * LATER, DecideOptions()).should_release
    with pytest.raises(UsageError, match="--note goes with --manual"):
        decide_release(root, FIRST + WEEK, DecideOptions(note="alone"))


@pytest.mark.parametrize(
    ("state", "version", "message"),
    [
        ("committed", "9.9", "became version 1.0.1"),
        ("committed", "1.0.1", "published already"),
        ("declined", "", "cannot become declined"),
    ],
)
def test_a_release_never_goes_back(root, week, severity, state, version, message):
    severity(HIGH, "HIGH")
    week(0)
    found = week(1, ("kelp", [HIGH]))
    released(root, FIRST + WEEK)
    released_at = FIRST + 2 * WEEK
    before = tree(root)
    with pytest.raises(UsageError, match=message):
        record_release_step(
            root,
            ReleaseStep(ReleaseState(state), released_at, version=version),
            found.data["decision_id"],
        )
    assert tree(root) == before
    assert not record_release_step(
        root, ReleaseStep(ReleaseState.PUBLISHED, released_at, version="1.0.1")
    ).written


def test_without_a_decision_nothing_can_be_recorded(root, week):
    with pytest.raises(UsageError, match="no decision for a release"):
        record_release_step(root, ReleaseStep(ReleaseState.PUBLISHED, FIRST, version="1"))


BROKEN = {
    "cut": "{",
    "a list": "[]",
    "newer": '{"schema_version": "2.0", "decisions": []}',
    "a state of another world": '{"schema_version": "1.0", "decisions": [{"decision_id": "a", '
    '"decided_at": "2026-11-02T04:00:00Z", "scan_date": "2026-11-02T04:00:00Z", '
    '"trigger_type": "none", "justification": "", "steps": [{"state": "eaten", '
    '"at": "2026-11-02T04:00:00Z"}]}]}',
    "no steps": '{"schema_version": "1.0", "decisions": [{"decision_id": "a", '
    '"decided_at": "2026-11-02T04:00:00Z", "scan_date": "2026-11-02T04:00:00Z", '
    '"trigger_type": "none", "justification": "", "steps": []}]}',
    "a baseline that is a text": '{"schema_version": "1.0", "baseline": "A", "decisions": []}',
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_book_that_cannot_be_read_is_refused_and_left(root, week, what):
    week(0)
    (root / RELEASES).write_text(BROKEN[what])
    before = tree(root)
    with pytest.raises(InputError, match=r"releases\.json"):
        decide_release(root, FIRST + WEEK, DecideOptions())
    assert tree(root) == before


def test_a_status_that_cannot_be_read_decides_nothing(root, week):
    week(0)
    (root / STATUS).write_text("{")
    before = tree(root)
    with pytest.raises(SecurityStatusError):
        decide_release(root, FIRST + WEEK, DecideOptions())
    assert tree(root) == before


def test_an_older_status_put_back_decides_nothing(root, week, severity):
    severity(HIGH, "HIGH")
    week(0)
    old = {name: (root / name).read_bytes() for name in (STATUS, LEDGER)}
    week(1, ("kelp", [HIGH]))
    released(root, FIRST + WEEK)
    for name, content in old.items():
        (root / name).write_bytes(content)
    found = decide_release(root, FIRST + WEEK + LATER, DecideOptions())

    assert not found.should_release
    assert any("is older than" in alert for alert in found.alerts)


def test_killed_at_every_write_the_next_run_decides_once(root, week, severity, tmp_path):
    severity(HIGH, "HIGH")
    week(0)
    at = FIRST + WEEK
    week_one = both(at, ("kelp", [HIGH]))
    for name, report in week_one.items():
        (root / REPORTS / f"{name.replace('_', '-')}.json").write_text(json.dumps(report))
    ingest_reports(root, at, Scanned(scan_date=at))
    expected = None
    for number in range(60):
        place = tmp_path.parent / f"{tmp_path.name}-killed-{number}"
        shutil.copytree(root, place)
        killed = is_killed(number, partial(decide_release, place, at + LATER, DecideOptions()))
        found = decide_release(place, at + 2 * LATER, DecideOptions())
        expected = expected or found.data
        assert found.data == expected
        states = [each["steps"][-1]["state"] for each in book(place)["decisions"]]
        assert states == ["none", "planned"]
        if not killed:
            break
    assert not killed
    assert number > 5


def test_a_second_run_at_the_same_time_is_refused(root, week):
    from secstatus.adapters.files import lock_folder

    week(0)
    with lock_folder(root / "security/status"), pytest.raises(ExternalError, match="another run"):
        decide_release(root, FIRST + WEEK, DecideOptions())


# Two status files


def compared(root, old, new, now=datetime(2026, 11, 24, tzinfo=UTC)):
    paths = []
    for name, data in (("old.json", old), ("new.json", new)):
        (root / name).write_text(json.dumps(data))
        paths.append(root / name)
    return decide_release(root, now, DecideOptions(old=paths[0], new=paths[1]))


@pytest.fixture
def statuses(root, week, severity):
    """Status files of weeks: 0 nothing, 1 one high, 2 not observed, 3 resolved."""
    severity(HIGH, "HIGH")
    files = []
    fixed = pip_audit()
    fixed["dependencies"][1]["version"] = "3.0"
    for number, reports in enumerate(
        [both(FIRST), both(FIRST + WEEK, ("kelp", [HIGH])), both(FIRST + 2 * WEEK), None]
    ):
        at = FIRST + number * WEEK
        week(number, **(reports or {"pip_audit": fixed, "bandit": bandit(at)}))
        files.append(json.loads((root / STATUS).read_text()))
    return files


@pytest.mark.parametrize(
    ("old", "new", "trigger", "rows"),
    [
        (0, 1, "security_auto", {"new-severe", "grade-down"}),
        (1, 1, "none", set()),
        (1, 2, "none", {"unobserved"}),
        (1, 3, "security_auto", {"resolved", "grade-up"}),
        (0, 3, "security_auto", {"resolved"}),
        (3, 1, "none", {"reopened-severe", "grade-down"}),
    ],
)
def test_two_status_files(root, statuses, old, new, trigger, rows):
    before = (root / RELEASES).read_bytes()
    found = compared(root, statuses[old], statuses[new])

    assert found.data["trigger_type"] == trigger
    assert {c["row"] for c in found.data["security_changes"]} == rows
    assert (root / RELEASES).read_bytes() == before


def test_a_finding_that_is_cut_out_of_the_file_is_not_resolved(root, statuses):
    new = statuses[2]
    cut = {
        **new,
        "findings": [],
        "vulnerability_summary": dict.fromkeys(new["vulnerability_summary"], 0),
    }
    found = compared(root, statuses[1], cut)

    assert found.data["trigger_type"] == "none"
    assert "unobserved" in {c["row"] for c in found.data["security_changes"]}


def design(day, *findings, grade="A"):
    counts = dict.fromkeys(("high", "medium", "low", "critical"), 0)
    for finding in findings:
        counts[finding["severity"]] += 1
    return {
        "last_updated": f"2026-11-{day:02}T10:30:00Z",
        "scan_date": f"2026-11-{day:02}T09:00:00Z",
        "vulnerability_summary": {"total": len(findings), **counts},
        "findings": list(findings),
        "security_grade": grade,
        "days_since_last_vulnerability": 0,
        "remediation_status": "current",
    }


def of_design(name, severity="high"):
    return {
        "finding_id": name,
        "severity": severity,
        "discovered_date": "2026-11-01",
        "description": "A flaw",
    }


@pytest.mark.parametrize(
    ("old", "new", "trigger"),
    [
        (design(2), design(9, of_design("CVE-1")), "security_auto"),
        (design(2), design(9, of_design("CVE-1", "low")), "none"),
        (design(2, of_design("CVE-1", "low")), design(9), "security_auto"),
        (design(2, of_design("CVE-1")), design(2), "none"),
        (design(2, of_design("CVE-1", "low")), design(9, of_design("cve-1")), "security_auto"),
        (design(2, of_design("CVE-1")), design(9, of_design("CVE-1", "low")), "none"),
        (design(9), design(2, of_design("CVE-1")), "none"),
    ],
)
def test_two_files_of_the_design(root, old, new, trigger):
    assert compared(root, old, new).data["trigger_type"] == trigger


def scanned_design(day, verdict, audited, *findings):
    scans = [
        {
            "scanner": "pip-audit",
            "verdict": verdict,
            "scanned_at": f"2026-11-{day:02}T09:00:00Z",
            "audited": audited,
        }
    ]
    return {**design(day, *findings), "schema_version": "1.0", "scans": scans}


@pytest.mark.parametrize(
    ("verdict", "day", "audited", "trigger"),
    [
        ("complete", 9, 40, "security_auto"),
        ("complete", 9, 21, "security_auto"),
        ("complete", 9, 19, "none"),
        ("complete", 9, 0, "none"),
        ("complete", 2, 40, "none"),
        ("partial", 9, 40, "none"),
        ("failed", 9, 40, "none"),
        ("unstated", 9, 40, "none"),
    ],
)
def test_scans_prove_what_the_file_does_not_say(root, verdict, day, audited, trigger):
    old = scanned_design(2, "complete", 40, of_design("CVE-1"))
    new = scanned_design(day, verdict, audited)
    new["last_updated"] = "2026-11-10T10:30:00Z"

    assert compared(root, old, new).data["trigger_type"] == trigger


def test_one_file_alone(root):
    with pytest.raises(UsageError, match="go together"):
        decide_release(root, FIRST, DecideOptions(old=root / "a.json"))
    with pytest.raises(InputError, match="no file"):
        decide_release(root, FIRST, DecideOptions(old=root / "a.json", new=root / "b.json"))


def test_the_states_of_the_tests_all_decide(tmp_path):
    for state in sorted(path.name for path in STATES.iterdir()):
        place = tmp_path / state
        shutil.copytree(STATES / state, place)
        (place / RELEASES).unlink(missing_ok=True)
        found = decide_release(place, datetime(2026, 11, 24, 9, tzinfo=UTC), DecideOptions())
        assert "Baseline" in found.data["justification"]

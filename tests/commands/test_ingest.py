"""Reports in; status, ledger, document and plans out, or nothing. Nothing failed ever looks clean."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from secstatus.commands.build import build_site
from secstatus.commands.ingest import IngestOptions, ingest_reports
from secstatus.errors import InputError, UsageError
from tests.commands.scanned import (
    DOCUMENT,
    FIRST,
    KELP,
    LEDGER,
    PLANS,
    REPORTS,
    STATUS,
    WEEK,
    bandit,
    both,
    pip_audit,
)
from tests.conftest import tree
from tests.support.kills import is_killed

JOURNAL = "security/status/journal.jsonl"


def status_of(root):
    return json.loads((root / STATUS).read_text())


def test_a_clean_and_complete_scan_is_an_a(root, scan):
    result = scan(FIRST, **both(FIRST))
    assert result.status.security_grade == "A"
    assert not result.incomplete
    assert sorted(result.written) == [DOCUMENT, LEDGER, STATUS]


def test_a_finding_is_dated_by_the_scan_that_first_saw_it(root, scan):
    result = scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    assert result.learnt.new == ("PYSEC-2026-11",)
    (finding,) = status_of(root)["findings"]
    assert finding["discovered_date"] == "2026-11-02"
    assert finding["aliases"] == ["CVE-2026-1111", "GHSA-2222-3333-4444"]
    assert finding["severity"] == "unknown"
    assert "PYSEC-2026-11" in (root / DOCUMENT).read_text()
    assert "PYSEC-2026-11" in (root / PLANS).read_text()


def test_the_same_reports_change_no_byte_on_any_day(root, scan):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    before = tree(root)
    again = ingest_reports(root, FIRST + 3 * WEEK, IngestOptions(scan_date=FIRST))
    assert not again.written
    assert tree(root) == before


def test_a_year_of_weeks_and_the_date_of_discovery_has_not_moved(root, scan):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    for week in range(1, 53):
        at = FIRST + week * WEEK
        swapped = {**KELP, "aliases": KELP["aliases"][::-1]} if week % 2 else KELP
        result = scan(at, **both(at, ("kelp", [swapped])))
        assert (result.learnt.new, result.learnt.resolved) == ((), ())
    (finding,) = status_of(root)["findings"]
    assert finding["discovered_date"] == "2026-11-02"
    assert len(json.loads((root / LEDGER).read_text())["points"]) == 53


def test_a_new_primary_id_is_the_same_finding(root, scan):
    """pip-audit's first id changes when an alias is added upstream."""
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    renamed = {**KELP, "id": "CVE-2026-1111", "aliases": ["PYSEC-2026-11", "GHSA-9999-3333-4444"]}
    result = scan(FIRST + WEEK, **both(FIRST + WEEK, ("kelp", [renamed])))
    assert (result.learnt.new, result.learnt.seen) == ((), ("PYSEC-2026-11",))


def upgraded(report):
    for item in report["dependencies"]:
        if item["name"] == "kelp":
            item.update(version="2.0.1", vulns=[])
    return report


def test_resolved_needs_the_package_at_another_version(root, scan):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    at = FIRST + WEEK
    result = scan(at, pip_audit=upgraded(pip_audit()), bandit=bandit(at))
    assert result.learnt.resolved == ("PYSEC-2026-11",)
    assert result.status.security_grade == "A"
    assert result.status.findings == []
    back = scan(at + WEEK, **both(at + WEEK, ("kelp", [KELP])))
    assert back.learnt.reopened == ("PYSEC-2026-11",)
    assert status_of(root)["findings"][0]["discovered_date"] == "2026-11-02"


def test_days_since_are_counted_from_the_day_it_was_resolved(root, scan):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    for week in (1, 2):
        at = FIRST + week * WEEK
        scan(at, pip_audit=upgraded(pip_audit()), bandit=bandit(at))
    assert status_of(root)["days_since_last_vulnerability"] == 7


def test_a_package_that_left_a_complete_inventory_is_gone(root, scan):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    at = FIRST + WEEK
    result = scan(at, **both(at, packages=("coral", "urchin")))
    assert result.learnt.resolved == ("PYSEC-2026-11",)


def test_not_reported_at_the_same_version_is_no_evidence(root, scan, tmp_path):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    at = FIRST + WEEK
    result = scan(at, **both(at))
    assert result.learnt.unobserved == ("PYSEC-2026-11",)
    assert status_of(root)["vulnerability_summary"]["total"] == 1
    build_site(root, tmp_path / "site", at + timedelta(hours=1))
    front = (tmp_path / "site/index.html").read_text("utf-8")
    assert "PYSEC-2026-11 · not seen in the last scan" in front
    page = (tmp_path / "site/findings/PYSEC-2026-11.html").read_text("utf-8")
    assert "kelp is still at 2.0.0" in page


HTML = "<!DOCTYPE html><title>502 Bad Gateway</title>"
FAULTS = {
    "every dependency skipped": {"pip_audit": pip_audit(packages=(), skipped=("coral", "kelp"))},
    "no dependencies": {"pip_audit": pip_audit(packages=())},
    "a list that says nothing": {"pip_audit": []},
    "cut": {"pip_audit": json.dumps(pip_audit(("kelp", [KELP])))[:90]},
    "empty": {"pip_audit": ""},
    "an error object": {"pip_audit": {"message": "Bad credentials"}},
    "a web page": {"pip_audit": HTML},
    "null": {"pip_audit": None},
    "some skipped": {"pip_audit": pip_audit(skipped=("nautilus",))},
    "a smaller inventory": {"pip_audit": pip_audit(packages=("coral",))},
    "a missing folder": {"bandit": bandit(FIRST + WEEK, loc=0)},
    "a cut code scan": {"bandit": "{"},
    "SARIF without results": {
        "bandit": {
            "version": "2.1.0",
            "runs": [{"tool": {"driver": {"name": "Bandit"}}}],
        }
    },
}
LOST = {"pip_audit": "the dependency scanner", "bandit": "the code scanner"}


def good(at):
    return both(at, ("kelp", [KELP]))


@pytest.mark.parametrize("fault", FAULTS)
def test_what_proves_nothing_is_never_a_letter_above_d(root, scan, fault, tmp_path_factory):
    scan(FIRST, **good(FIRST))
    at = FIRST + WEEK
    result = scan(at, **{**good(at), **FAULTS[fault]})
    assert result.status.security_grade == "?"
    assert result.incomplete
    assert status_of(root)["vulnerability_summary"]["total"] == 1
    (scanner,) = FAULTS[fault]
    assert_said(root, at, scanner.replace("_", "-"), tmp_path_factory.mktemp("site"))


@pytest.mark.parametrize("scanner", LOST)
def test_a_lost_scanner_is_missed_at_once(root, scan, scanner, tmp_path_factory):
    scan(FIRST, **good(FIRST))
    at = FIRST + WEEK
    reports = good(at)
    del reports[scanner]
    result = scan(at, **reports)
    assert result.status.security_grade == "?"
    assert status_of(root)["vulnerability_summary"]["total"] == 1
    assert_said(root, at, scanner.replace("_", "-"), tmp_path_factory.mktemp("site"))
    before = tree(root)
    assert not ingest_reports(root, at + timedelta(hours=1), IngestOptions(scan_date=at)).written
    assert tree(root) == before


def test_all_of_them_lost_is_no_error_but_a_question_mark(root, scan):
    scan(FIRST, **good(FIRST))
    result = scan(FIRST + WEEK)
    assert result.status.security_grade == "?"
    assert {item.scanner for item in result.incomplete} == {"pip-audit", "bandit"}


def assert_said(root, at, scanner, out):
    """The reason stands on the page and in the badge."""
    build_site(root, out, at + timedelta(minutes=10))
    page = BeautifulSoup((out / "index.html").read_text("utf-8"), "html.parser")
    assert page.select_one(".mark").get_text() == "?"
    assert scanner in page.select_one(".banner").get_text()
    badge = json.loads((out / "badges/grade.json").read_text())
    assert badge["message"].startswith("unknown")
    assert badge["isError"] is True
    index = json.loads((out / "index.json").read_text())
    assert index["security_grade"] == "?"
    assert index["vulnerability_summary"]["total"] == 1


def test_the_first_scan_of_all_may_fail_too(root, scan):
    result = scan(FIRST, pip_audit=pip_audit(packages=(), skipped=("coral",)), bandit=bandit(FIRST))
    assert result.status.security_grade == "?"
    assert status_of(root)["days_since_last_vulnerability"] is None


def test_a_scan_of_code_alone_is_not_enough(root, scan):
    assert scan(FIRST, bandit=bandit(FIRST)).status.security_grade == "?"


@pytest.mark.parametrize(
    ("option", "grade"), [("pip-audit=0", "A"), ("pip-audit=1", "?"), ("pip-audit=2", "?")]
)
def test_the_exit_status_has_to_go_with_the_report(root, scan, option, grade):
    assert scan(FIRST, exits=[option], **both(FIRST)).status.security_grade == grade


def test_a_scanner_that_failed_and_left_its_old_report_has_failed(root, scan):
    """bandit's report has a time of its own, so that the file is known already."""
    scan(FIRST, **both(FIRST))
    at = FIRST + timedelta(days=1)
    again = IngestOptions(scan_date=FIRST, scan_exit=["bandit=2"])
    result = ingest_reports(root, at, again)
    assert result.status.security_grade == "?"
    assert "left its last report behind" in result.incomplete[0].problems[0]
    before = tree(root)
    assert not ingest_reports(root, at + timedelta(hours=1), again).written
    assert tree(root) == before


def test_an_older_status_that_was_put_back_proves_nothing(root, scan, tmp_path):
    scan(FIRST, **both(FIRST))
    old = (root / STATUS).read_text()
    at = FIRST + WEEK
    scan(at, **{**both(at), "pip_audit": pip_audit(packages=())})
    (root / STATUS).write_text(old)
    assert build_site(root, tmp_path / "site", at + timedelta(hours=1)).grade == "?"
    page = (tmp_path / "site/index.html").read_text("utf-8")
    assert "The status file is older than the ledger" in page


def test_a_document_without_a_status_is_not_lost(root, scan):
    (root / DOCUMENT).parent.mkdir(parents=True)
    text = "# Security Findings Summary\n\n**Total Active Findings**: 1\n\n## Current Findings\n"
    (root / DOCUMENT).write_text(text + BY_HAND)
    result = scan(FIRST, **both(FIRST))
    assert [item.finding_id for item in result.status.findings] == ["GHSA-aaaa-bbbb-cccc"]


def test_a_smaller_inventory_can_be_confirmed(root, scan):
    scan(FIRST, **both(FIRST))
    at = FIRST + WEEK
    fewer = both(at, packages=("coral",))
    assert scan(at, **fewer).status.security_grade == "?"
    at += WEEK
    assert scan(at, accept=["pip-audit"], **fewer).status.security_grade == "A"


def test_a_second_report_that_is_lost_is_missed(root, scan):
    """Two lock files, two reports of one scanner: what only the lost one saw stays open."""
    other = pip_audit(("kelp", [KELP]), packages=("kelp",))
    scan(FIRST, pip_audit=pip_audit(packages=("coral", "urchin")), pip_audit_extra=other)
    at = FIRST + WEEK
    result = scan(at, pip_audit=pip_audit(packages=("coral", "urchin")))
    assert result.status.security_grade == "?"
    assert "1 more report" in result.incomplete[0].problems[0]
    assert [item.finding_id for item in result.status.findings] == ["PYSEC-2026-11"]


CODE = {
    "code": "7 eval(x)\n",
    "filename": "src/a.py",
    "issue_confidence": "HIGH",
    "issue_severity": "MEDIUM",
    "issue_text": "Use of eval.",
    "line_number": 7,
    "line_range": [7],
    "test_id": "B307",
    "test_name": "blacklist",
}


def test_a_code_finding_of_an_old_status_keeps_id_and_date(root, scan):
    """An old file knows rule, file name and line; the ledger learns the rest."""
    (root / STATUS).parent.mkdir(parents=True)
    old = {
        "last_updated": "2026-10-01T00:00:00Z",
        "scan_date": "2026-10-01T00:00:00Z",
        "vulnerability_summary": {"total": 1, "high": 0, "medium": 1, "low": 0},
        "findings": [
            {
                "finding_id": "BANDIT-B307-a.py-7",
                "severity": "medium",
                "discovered_date": "2026-09-01",
                "package": "a.py",
                "version": "local",
                "source": "bandit",
            }
        ],
        "security_grade": "B",
        "days_since_last_vulnerability": 0,
        "remediation_status": "pending",
    }
    (root / STATUS).write_text(json.dumps(old))
    shifted = {**CODE, "code": "8 eval(x)\n", "line_number": 8, "line_range": [8]}
    result = scan(FIRST, pip_audit=pip_audit(), bandit=bandit(FIRST, shifted))
    assert (result.learnt.new, result.learnt.seen) == ((), ("BANDIT-B307-a.py-7",))
    moved = {**CODE, "code": "9 eval(x)\n", "line_number": 9, "line_range": [9]}
    at = FIRST + WEEK
    result = scan(at, pip_audit=pip_audit(), bandit=bandit(at, moved))
    assert (result.learnt.new, result.learnt.seen) == ((), ("BANDIT-B307-a.py-7",))
    (finding,) = status_of(root)["findings"]
    assert finding["discovered_date"] == "2026-09-01"


def test_an_older_report_is_refused_and_nothing_changes(root, scan):
    scan(FIRST + WEEK, **both(FIRST + WEEK))
    before = tree(root / "security/status")
    with pytest.raises(InputError, match="older than"):
        scan(FIRST, now=FIRST + 2 * WEEK, **both(FIRST, ("kelp", [KELP])))
    assert tree(root / "security/status") == before


def test_a_stated_time_in_the_future_is_refused(root, scan):
    with pytest.raises(UsageError, match="in the future"):
        scan(FIRST + WEEK, now=FIRST, **both(FIRST + WEEK))


def test_a_file_that_is_newer_than_the_moment_of_the_run_is_of_that_moment(root):
    """A replay: the file was written now, the run is told to be in the past."""
    (root / REPORTS / "pip-audit.json").write_text(json.dumps(pip_audit()))
    result = ingest_reports(root, FIRST, IngestOptions())
    assert (result.status.scans or [])[0].scanned_at == FIRST
    assert any("the time of this run" in warning for warning in result.warnings)
    assert not ingest_reports(root, FIRST + WEEK, IngestOptions()).written


def test_one_report_leaves_the_other_scanners_alone(root, scan):
    scan(FIRST, **good(FIRST))
    at = FIRST + WEEK
    path = root / "new.json"
    path.write_text(json.dumps(bandit(at)))
    result = ingest_reports(root, at, IngestOptions(report=[f"bandit={path}"]))
    assert result.status.security_grade == "B"
    assert not result.incomplete


def test_a_file_that_nobody_can_read_is_told_and_shown(root, scan):
    result = scan(FIRST, **both(FIRST), notes="hello")
    assert any(
        warning.startswith("security/reports/latest/notes.json: ") for warning in result.warnings
    )
    assert {item.scanner: item.verdict for item in result.status.scans}["notes"] == "failed"
    assert result.status.security_grade == "?"


def test_an_unknown_scanner_is_wrong_use(root, scan):
    (root / "x.json").write_text("{}")
    with pytest.raises(UsageError, match="pip-audit"):
        ingest_reports(root, FIRST, IngestOptions(report=[f"pip-adit={root / 'x.json'}"]))


def test_no_report_at_all_is_wrong_use(root):
    with pytest.raises(InputError, match="no report"):
        ingest_reports(root, FIRST, IngestOptions())


def test_what_people_wrote_survives_to_the_byte(root, scan):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    plans = (root / PLANS).read_text()
    mine = plans.replace("Under evaluation", "Upgrade  # with the next release").rstrip("\n")
    mine += "\n# a last word\n"
    (root / PLANS).write_text(mine)
    document = (root / DOCUMENT).read_text() + "\n## Our own words\n\nWritten *by hand*.\n"
    (root / DOCUMENT).write_text(document)
    second = {**KELP, "id": "PYSEC-2026-12", "aliases": []}
    scan(FIRST + WEEK, **both(FIRST + WEEK, ("kelp", [KELP, second])))
    kept = (root / PLANS).read_text()
    assert all(line in kept.splitlines() for line in mine.splitlines())
    assert "PYSEC-2026-12" in kept
    assert "\n## Our own words\n\nWritten *by hand*.\n" in (root / DOCUMENT).read_text()


def test_a_plan_that_people_changed_reaches_the_status(root, scan):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    plans = (root / PLANS).read_text().replace("status: new", "status: accepted_risk")
    (root / PLANS).write_text(plans + "    reason: Never unpacked.\n    expires: 2027-01-31\n")
    result = ingest_reports(root, FIRST + WEEK, IngestOptions(scan_date=FIRST))
    assert sorted(result.written) == [DOCUMENT, STATUS]
    assert status_of(root)["findings"][0]["status"] == "accepted"
    assert status_of(root)["vulnerability_summary"]["total"] == 0
    assert not ingest_reports(root, FIRST + WEEK, IngestOptions(scan_date=FIRST)).written


def test_an_accepted_finding_that_is_resolved_is_no_contradiction(root, scan, tmp_path):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    plans = (root / PLANS).read_text().replace("status: new", "status: accepted_risk")
    (root / PLANS).write_text(plans + "    reason: Never unpacked.\n    expires: 2027-01-31\n")
    at = FIRST + WEEK
    scan(at, pip_audit=upgraded(pip_audit()), bandit=bandit(at))
    assert build_site(root, tmp_path / "site", at + timedelta(minutes=10)).warnings == ()


def test_a_thousand_plan_stubs_are_enough_and_the_worst_have_them(root, scan):
    path = [{**KELP, "id": f"PYSEC-2026-{number}", "aliases": []} for number in range(1000, 2003)]
    result = scan(FIRST, **both(FIRST, ("kelp", path)))
    stubs = (root / PLANS).read_text().count("finding_id:")
    assert (len(result.status.findings), stubs) == (1003, 1000)
    assert any("3 milder findings" in warning for warning in result.warnings)
    before = tree(root)
    ingest_reports(root, FIRST + WEEK, IngestOptions(scan_date=FIRST))
    assert tree(root) == before


def test_a_field_of_a_newer_version_survives(root, scan):
    scan(FIRST, **both(FIRST))
    data = status_of(root)
    data["signed_by"] = {"somebody": 1}
    (root / STATUS).write_text(json.dumps(data))
    scan(FIRST + WEEK, **both(FIRST + WEEK))
    assert status_of(root)["signed_by"] == {"somebody": 1}


def test_an_old_status_gives_its_dates_to_the_ledger(project):
    root = project("open")
    old = status_of(root)
    (root / REPORTS).mkdir(parents=True)
    names = [(item["finding_id"], item["package"], item["version"]) for item in old["findings"]]
    report = {
        "dependencies": [
            {"name": package, "version": version, "vulns": [{"id": name, "fix_versions": []}]}
            for name, package, version in names
        ]
    }
    (root / REPORTS / "pip-audit.json").write_text(json.dumps(report))
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    result = ingest_reports(root, at, IngestOptions(scan_date=at))
    assert not result.learnt.new
    before = {item["finding_id"]: item["discovered_date"] for item in old["findings"]}
    after = {item["finding_id"]: item["discovered_date"] for item in status_of(root)["findings"]}
    assert after == before


BY_HAND = """
### High Severity

#### GHSA-aaaa-bbbb-cccc - Written by hand
- **Package**: nautilus 1.0
- **Source**: a mail
- **Discovered**: 2026-10-01 (0 days active)
- **Impact**: Everybody who opens it.
"""


def test_a_finding_that_somebody_wrote_into_the_document_is_not_lost(root, scan):
    scan(FIRST, **both(FIRST))
    text = (root / DOCUMENT).read_text()
    text = text.replace("**Total Active Findings**: 0", "**Total Active Findings**: 1")
    text = text.replace("No active security findings detected.\n", BY_HAND)
    (root / DOCUMENT).write_text(text)
    result = scan(FIRST + WEEK, **both(FIRST + WEEK))
    (finding,) = result.status.findings
    assert (finding.finding_id, finding.severity) == ("GHSA-aaaa-bbbb-cccc", "high")
    assert finding.discovered_date.isoformat() == "2026-10-01"
    assert "- **Impact**: Everybody who opens it." in (root / DOCUMENT).read_text()


def test_a_finding_that_somebody_took_out_of_the_status_comes_back(root, scan, tmp_path):
    scan(FIRST, **both(FIRST, ("kelp", [KELP])))
    data = status_of(root)
    data["findings"], data["security_grade"] = [], "A"
    data["vulnerability_summary"] = dict.fromkeys(data["vulnerability_summary"], 0)
    (root / STATUS).write_text(json.dumps(data))
    (root / DOCUMENT).unlink()
    out = tmp_path / "site"
    result = build_site(root, out, FIRST + timedelta(hours=1))
    assert result.grade == "B"
    assert any("ledger" in warning for warning in result.warnings)
    assert [
        f.finding_id
        for f in ingest_reports(root, FIRST + WEEK, IngestOptions(scan_date=FIRST)).status.findings
    ]


def test_killed_at_every_write_the_next_run_finds_one_truth(root, scan, tmp_path, monkeypatch):
    scan(FIRST, **both(FIRST))
    at = FIRST + WEEK
    for name, report in both(at, ("kelp", [KELP])).items():
        (root / REPORTS / f"{name.replace('_', '-')}.json").write_text(json.dumps(report))
    expected = None
    for number in range(200):
        place = tmp_path.parent / f"{tmp_path.name}-killed-{number}"
        shutil.copytree(root, place)

        def work(place=place):
            return ingest_reports(place, at + timedelta(minutes=5), IngestOptions(scan_date=at))

        killed = is_killed(number, work, ("write", "replace", "unlink", "mkdir"))
        result = work()
        assert [item.finding_id for item in result.status.findings] == ["PYSEC-2026-11"]
        found = tree(place)
        # A kill after the books are written loses the line about it, and nothing else.
        lines = found.pop(JOURNAL).splitlines()
        expected = expected or (found, lines)
        assert found == expected[0], number
        assert lines == expected[1][: len(lines)]
        if not killed:
            assert number > 10
            return
    pytest.fail("the run never came to its end")

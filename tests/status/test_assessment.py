"""From documents to the status of a day."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.document.reader import read_findings_document
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.status.assessment import assess
from secstatus.status.policy import AssessmentPolicy, Grade
from secstatus.status.status_file import read_status

DESIGN = {
    "last_updated": "2025-01-21T10:30:00Z",
    "scan_date": "2025-01-21T09:00:00Z",
    "vulnerability_summary": {"total": 0, "high": 0, "medium": 0, "low": 0},
    "findings": [],
    "security_grade": "A",
    "days_since_last_vulnerability": 45,
    "remediation_status": "current",
}
POLICY = AssessmentPolicy()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def one(severity="medium", **changes):
    return {
        "finding_id": "GHSA-aaaa-bbbb-cccc",
        "severity": severity,
        "discovered_date": "2025-01-20",
        "package": "pip",
        "version": "25.2",
        **changes,
    }


def status(now, findings=(), policy=POLICY, document=None, plans=None, **changes):
    data = {**DESIGN, **changes, "findings": list(findings)}
    severities = [item["severity"] for item in findings if item.get("status") != "accepted"]
    counts = {name: severities.count(name) for name in ("critical", "high", "medium", "low")}
    data["vulnerability_summary"] = {"total": len(severities), **counts}
    if findings and "security_grade" not in changes:
        data["security_grade"] = "A"
    read, _ = read_status(json.dumps(data), "s.json", now)
    return assess(read, now, policy, document, plans)


def test_the_designs_example_on_the_day_after_its_scan():
    found = status(at("2025-01-22T09:00:00"))
    assert found.security_grade == "A"
    assert found.days_since_last_vulnerability == 46
    assert found.remediation_status == "current"
    assert not found.coverage_stated


def test_the_designs_example_when_nobody_scans_any_more():
    found = status(at("2026-11-24T09:00:00"))
    assert found.security_grade == "?"
    assert found.days_since_last_vulnerability is None
    assert found.remediation_status == "unknown"
    assert found.valid_until is None
    assert not found.proved


@pytest.mark.parametrize(
    ("now", "grade"),
    [
        ("2025-01-31T21:00:00", "A"),
        ("2025-01-31T21:00:01", "B"),
        ("2025-02-04T09:00:00", "B"),
        ("2025-02-04T09:00:01", "C"),
        ("2025-02-11T09:00:00", "C"),
        ("2025-02-11T09:00:01", "?"),
    ],
)
def test_the_age_of_the_scan(now, grade):
    assert status(at(now)).security_grade == grade


def test_the_schedule_of_the_designs_example():
    steps = status(at("2025-01-22T09:00:00")).schedule
    assert [(step.start.isoformat(), step.grade.value) for step in steps] == [
        ("2025-01-21T10:30:00+00:00", "A"),
        ("2025-01-31T21:00:01+00:00", "B"),
        ("2025-02-04T09:00:01+00:00", "C"),
        ("2025-02-11T09:00:01+00:00", "?"),
    ]


def test_a_statement_is_valid_until_its_next_change():
    assert status(at("2025-01-22T09:00:00")).valid_until == at("2025-01-31T21:00:01")
    worst = status(at("2025-01-22T09:00:00"), [one("critical")])
    assert worst.security_grade == "F"
    assert worst.valid_until == at("2025-01-28T00:00:00")


def test_days_count_from_zero_while_something_is_open():
    found = status(at("2025-01-22T09:00:00"), [one()])
    assert found.days_since_last_vulnerability == 0
    assert found.remediation_status == "pending"
    assert found.findings[0].days_since_discovery == 2
    assert found.findings[0].due_date == date(2025, 4, 20)


def test_a_plan_with_an_earlier_date_counts_instead():
    plan = Plan("GHSA-aaaa-bbbb-cccc", PlanState.IN_PROGRESS, target=date(2025, 1, 21))
    found = status(at("2025-01-22T09:00:00"), [one()], plans={plan.finding_id: plan})
    assert (found.findings[0].due_by, found.findings[0].overdue) == ("plan", True)
    assert found.security_grade == "C"
    assert found.remediation_status == "overdue"
    later = Plan(plan.finding_id, PlanState.IN_PROGRESS, target=date(2026, 1, 21))
    found = status(at("2025-01-22T09:00:00"), [one()], plans={plan.finding_id: later})
    assert found.findings[0].due_by == "policy"


def test_a_plan_is_found_whatever_the_case_of_its_id():
    plan = Plan("ghsa-aaaa-bbbb-cccc", PlanState.IN_PROGRESS, target=date(2025, 1, 21))
    found = status(at("2025-01-22T09:00:00"), [one()], plans={plan.finding_id: plan})
    assert found.findings[0].due_by == "plan"


ACCEPTED = Plan(
    "GHSA-aaaa-bbbb-cccc",
    PlanState.ACCEPTED_RISK,
    reason="Not reachable",
    expires=date(2025, 1, 25),
)


def test_an_accepted_finding_is_out_of_the_grade_until_its_date():
    plans = {ACCEPTED.finding_id: ACCEPTED}
    found = status(at("2025-01-22T09:00:00"), [one("high")], plans=plans)
    assert found.security_grade == "A"
    assert (found.vulnerability_summary.total, found.vulnerability_summary.accepted) == (0, 1)
    assert found.findings[0].accepted
    steps = [(step.start.date(), step.grade) for step in found.schedule]
    assert (date(2025, 1, 26), Grade.C) in steps
    found = status(at("2025-01-26T00:00:00"), [one("high")], plans=plans)
    assert found.security_grade == "C"


@pytest.mark.parametrize(
    "plan",
    [
        Plan("GHSA-aaaa-bbbb-cccc", PlanState.ACCEPTED_RISK, reason="Not reachable"),
        Plan("GHSA-aaaa-bbbb-cccc", PlanState.ACCEPTED_RISK, expires=date(2025, 12, 1)),
        Plan(
            "GHSA-aaaa-bbbb-cccc", PlanState.FALSE_POSITIVE, reason=" ", expires=date(2025, 12, 1)
        ),
        Plan("GHSA-aaaa-bbbb-cccc", PlanState.DEFERRED, reason="x", expires=date(2025, 12, 1)),
        Plan("GHSA-aaaa-bbbb-cccc", PlanState.COMPLETED, reason="x", expires=date(2025, 12, 1)),
    ],
)
def test_without_reason_and_date_nothing_is_accepted(plan):
    found = status(at("2025-01-22T09:00:00"), [one("high")], plans={plan.finding_id: plan})
    assert found.security_grade == "C"


def test_accepted_in_the_file_alone_counts_and_is_told():
    found = status(at("2025-01-22T09:00:00"), [one("high", status="accepted")])
    assert found.security_grade == "C"
    assert "no plan says why" in found.disagreements[0].text


def test_a_worse_grade_of_the_file_itself_counts():
    found = status(at("2025-01-22T09:00:00"), security_grade="D")
    assert found.security_grade == "D"
    assert found.reasons[0].rule == "claim"
    assert status(at("2025-01-22T09:00:00"), security_grade=None).security_grade == "?"


def test_a_better_grade_of_the_file_is_not_believed():
    assert status(at("2025-01-22T09:00:00"), [one("critical")]).security_grade == "F"


def own(verdict="complete", kind="dependencies", required=True, scanner="pip-audit", **more):
    return {
        "scanner": scanner,
        "kind": kind,
        "verdict": verdict,
        "required": required,
        "scanned_at": "2025-01-21T09:00:00Z",
        **more,
    }


def with_scans(*scans, policy=POLICY):
    return status(at("2025-01-22T09:00:00"), policy=policy, schema_version="1.0", scans=list(scans))


def test_complete_scans_give_an_a():
    assert with_scans(own(), own(kind="code", scanner="bandit")).security_grade == "A"


@pytest.mark.parametrize("verdict", ["partial", "failed", "unstated"])
def test_a_required_scan_that_is_not_complete(verdict):
    found = with_scans(own(), own(verdict, scanner="bandit", problems=["No answer"]))
    assert found.security_grade == "?"
    assert "No answer" in found.reasons[0].detail


def test_one_incomplete_scan_of_a_scanner_that_ran_twice():
    assert with_scans(own(), own("failed")).security_grade == "?"


def test_a_report_that_failed_counts_whoever_it_is_from():
    failed = own("failed", scanner="extra", required=False)
    assert with_scans(own(), failed).security_grade == "?"
    optional = AssessmentPolicy(optional_scanners=("Extra",))
    assert with_scans(own(), failed, policy=optional).security_grade == "A"
    partial = own("partial", scanner="extra", required=False)
    assert with_scans(own(), partial).security_grade == "A"


def test_without_a_dependency_scanner_nobody_knows():
    found = with_scans(own(kind="code", scanner="bandit"))
    assert found.security_grade == "?"
    assert "a dependency scanner" in found.reasons[0].text
    assert with_scans().security_grade == "?"


@pytest.mark.parametrize(
    ("scanner", "grade"),
    [("pip-audit", "A"), ("OSV_Scanner", "A"), ("uv audit", "A"), ("bandit", "?"), ("mine", "?")],
)
def test_what_a_scan_looks_at_follows_from_a_known_name(scanner, grade):
    assert with_scans(own(scanner=scanner, kind=None)).security_grade == grade


def test_a_complete_scan_of_nothing_is_none():
    found = with_scans(own(audited=0))
    assert found.security_grade == "?"
    assert "examined nothing" in found.reasons[0].detail
    assert with_scans(own(audited=1)).security_grade == "A"


def test_the_configuration_can_name_the_required_scanners():
    needs = AssessmentPolicy(required_scanners=("pip_audit", "trivy"))
    assert with_scans(own(), policy=needs).security_grade == "?"
    assert with_scans(own(), own(scanner="Trivy"), policy=needs).security_grade == "A"
    assert status(at("2025-01-22T09:00:00"), policy=needs).security_grade == "?"
    nobody = AssessmentPolicy(required_scanners=())
    assert with_scans(own(), policy=nobody).security_grade == "?"


DOCUMENT = """# Security Findings Summary

**Last Updated**: {updated}
**Total Active Findings**: {total}

## Current Findings

### {severity} Severity

#### {id} - A title
- **Package**: pip 25.2
- **Source**: pip-audit
- **Discovered**: {found} (0 days active)
- **Description**: A text.
- **Fix Available**: Yes (25.3)
"""


def document(**changes):
    facts = {
        "updated": "2025-01-21 12:00:00 UTC",
        "total": 1,
        "severity": "Medium",
        "id": "GHSA-aaaa-bbbb-cccc",
        "found": "2025-01-20",
    }
    return read_findings_document(DOCUMENT.format(**{**facts, **changes}), "d.md")


def texts(found, about_the_grade=False):
    return [
        item.text
        for item in found.disagreements
        if about_the_grade or item.finding_id != "security_grade"
    ]


def test_documents_that_agree():
    found = status(at("2025-01-22T09:00:00"), [one()], document=document())
    assert texts(found) == []
    assert found.findings[0].finding.fix_version == "25.3"


def test_a_status_without_packages_joins_by_the_id():
    bare = {key: value for key, value in one().items() if key not in ("package", "version")}
    found = status(at("2025-01-22T09:00:00"), [bare], document=document())
    assert texts(found) == []
    assert [item.finding.package for item in found.findings] == ["pip"]


def test_the_worse_severity_and_the_earlier_date_count():
    found = status(
        at("2025-01-22T09:00:00"), [one()], document=document(severity="High", found="2025-01-02")
    )
    assert found.security_grade == "C"
    assert found.findings[0].discovered_date == date(2025, 1, 2)
    assert len(texts(found)) == 2
    assert "the worse one counts" in texts(found)[0]


def test_a_finding_that_only_a_newer_document_lists_counts():
    found = status(at("2025-01-22T09:00:00"), document=document())
    assert found.vulnerability_summary.medium == 1
    assert "counted as open" in texts(found)[0]


def test_a_finding_that_only_an_older_document_lists_does_not_count():
    older = document(updated="2025-01-19 12:00:00 UTC", found="2025-01-18")
    found = status(at("2025-01-22T09:00:00"), document=older)
    assert found.security_grade == "A"
    assert "not counted" in texts(found)[0]


def test_a_finding_that_the_document_misses_is_told():
    found = status(at("2025-01-22T09:00:00"), [one()], document=document(id="GHSA-x"))
    assert any("not in the findings document" in text for text in texts(found))


def test_a_completed_plan_of_an_open_finding_is_told():
    plan = Plan("GHSA-aaaa-bbbb-cccc", PlanState.COMPLETED)
    found = status(at("2025-01-22T09:00:00"), [one()], plans={plan.finding_id: plan})
    assert "marked completed" in texts(found)[0]


def test_worst_first():
    findings = [
        one("low", finding_id="a"),
        one("high", finding_id="b"),
        one("high", finding_id="c", discovered_date="2024-12-01"),
        one("critical", finding_id="d"),
    ]
    found = status(at("2025-01-22T09:00:00"), findings)
    assert [item.finding_id for item in found.findings] == ["d", "c", "b", "a"]


@given(st.timedeltas(timedelta(0), timedelta(days=60)), st.integers(0, 500))
def test_as_of_holds_until_changes_at(later, seconds):
    now = at("2025-01-21T10:30:00") + later
    found = status(now, [one()])
    assert found.as_of <= now < found.changes_at
    middle = found.as_of + (found.changes_at - found.as_of) * seconds / 500
    again = status(min(middle, found.changes_at - timedelta(seconds=1)), [one()])
    assert again == found


@given(st.timedeltas(timedelta(0), timedelta(days=900)))
def test_counts_of_days_are_never_negative(later):
    found = status(at("2025-01-21T10:30:00") + later, [one()])
    assert found.days_since_last_vulnerability >= 0
    assert all(item.days_since_discovery >= 0 for item in found.findings)


def two_packages(plans):
    findings = [one("critical", package="a"), one("critical", package="b")]
    return status(at("2025-01-22T09:00:00"), findings, plans=plans)


def test_a_plan_that_accepts_an_id_of_two_packages_accepts_neither():
    found = two_packages({ACCEPTED.finding_id: ACCEPTED})
    assert found.security_grade == "F"
    assert found.vulnerability_summary.critical == 2
    assert "GHSA-aaaa-bbbb-cccc@a" in texts(found)[0]


def test_a_plan_can_name_the_package():
    found = two_packages({"GHSA-aaaa-bbbb-cccc@A": ACCEPTED})
    assert found.vulnerability_summary.critical == 1
    assert [item.finding.package for item in found.findings if item.accepted] == ["a"]
    assert texts(found) == []


def test_a_plan_that_accepts_what_nobody_reports_is_told():
    found = status(at("2025-01-22T09:00:00"), plans={"GHSA-typo": replace(ACCEPTED, finding_id="GHSA-typo")})  # fmt: skip
    assert "is the id right?" in texts(found)[0]


def test_an_acceptance_lifts_a_file_that_graded_itself_honestly():
    plans = {ACCEPTED.finding_id: ACCEPTED}
    found = status(at("2025-01-22T09:00:00"), [one("high")], plans=plans, security_grade="C")
    assert found.security_grade == "A"


def test_a_file_that_boasts_is_told():
    found = status(at("2025-01-22T09:00:00"), [one("high")], security_grade="A")
    assert texts(found, True) == ["the status file says A; its findings and scans give C"]
    assert found.security_grade == "C"

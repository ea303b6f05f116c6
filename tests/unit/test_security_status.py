"""The design's unit tests of the security status: the status file, the grade, the API."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.commands.scanned import FIRST, KELP, WEEK, both
from tests.conftest import STATES
from tests.unit.conftest import stamp

TODAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
HIGH = {"id": "GHSA-high-0000-0001", "aliases": ["CVE-2026-9"], "fix_versions": ["3.0"]}
# Each week's vulnerabilities in kelp, and how many findings of which severity are open at the end.
SCENARIOS = {
    "nothing found": ([[]], {}),
    "two found": ([[KELP, HIGH]], {"medium": 1, "high": 1}),
    "one more found": ([[KELP], [KELP, HIGH]], {"medium": 1, "high": 1}),
    "found again": ([[KELP], [KELP]], {"medium": 1}),
    "no longer reported at the same version": ([[KELP], []], {"medium": 1}),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_security_status_update(scanned, scenario):
    """The status file follows the scans: findings, counts by severity, and dates."""
    weeks, expected = SCENARIOS[scenario]
    scanned.rate(KELP, "MODERATE")
    scanned.rate(HIGH, "HIGH")
    for week, vulnerabilities in enumerate(weeks):
        exit_status, result, _ = scanned.ingest(week, ("kelp", vulnerabilities))
        assert exit_status == 0

    status = scanned.status()
    summary = status["vulnerability_summary"]
    assert {word: n for word, n in summary.items() if n and word != "total"} == expected
    assert summary["total"] == result["open"] == len(status["findings"]) == sum(expected.values())
    assert status["scan_date"] == f"2026-11-{2 + 7 * (len(weeks) - 1):02}T04:00:00Z"
    assert status["last_updated"] > status["scan_date"]
    assert status["remediation_status"] == ("pending" if expected else "current")
    for finding in status["findings"]:
        assert {"finding_id", "severity", "description", "discovered_date"} <= finding.keys()
        assert {"days_since_discovery", "remediation_plan"} <= finding.keys()


def test_security_status_update_resolves_what_was_upgraded(scanned):
    scanned.rate(KELP, "MODERATE")
    scanned.ingest(0, ("kelp", [KELP]))
    reports = both(FIRST + WEEK)
    reports["pip_audit"]["dependencies"][1]["version"] = "2.0.1"
    exit_status, result, _ = scanned.ingest_reports(1, **reports)

    assert (exit_status, result["resolved"]) == (0, ["PYSEC-2026-11"])
    status = scanned.status()
    assert status["findings"] == []
    assert [each["finding_id"] for each in status["closed"]] == ["PYSEC-2026-11"]
    assert status["security_grade"] == "A"


# The severities of the findings, the days since their discovery, and the grade of that.
GRADES = [
    ((), 0, "A"),
    (("low",), 1, "A"),
    (("low",) * 11, 1, "B"),
    (("low",), 181, "B"),
    (("medium",), 1, "B"),
    (("medium",) * 6, 1, "C"),
    (("medium",), 91, "C"),
    (("high",), 1, "C"),
    (("high",) * 3, 1, "D"),
    (("high",), 31, "D"),
    (("critical",), 0, "F"),
    (("low", "medium", "high", "critical"), 1, "F"),
]


@pytest.mark.parametrize(("severities", "days", "grade"), GRADES)
def test_vulnerability_grade_calculation(scanned, severities, days, grade):
    """The grade follows from severities and days, whatever better grade the file declares."""
    write_status(scanned.root, severities, days, scanned_before=timedelta(hours=1))
    assert scanned.call("check", TODAY)[1]["grade"] == grade


@pytest.mark.parametrize(("days", "grade"), [(10, "A"), (11, "B"), (15, "C"), (22, "?")])
def test_the_grade_falls_with_the_age_of_the_scan(scanned, days, grade):
    write_status(scanned.root, (), 0, scanned_before=timedelta(days=days))
    assert scanned.call("check", TODAY)[1]["grade"] == grade


def write_status(root, severities, days, scanned_before):
    at = TODAY - scanned_before
    found = (at - timedelta(days=days)).date().isoformat()
    findings = [
        {
            "finding_id": f"CVE-2026-{number}",
            "severity": severity,
            "description": "It follows links.",
            "discovered_date": found,
            "days_since_discovery": days,
            "remediation_plan": None,
        }
        for number, severity in enumerate(severities)
    ]
    counts = {word: severities.count(word) for word in ("critical", "high", "medium", "low")}
    status = {
        "last_updated": stamp(at),
        "scan_date": stamp(at),
        "vulnerability_summary": {"total": len(severities), **counts},
        "findings": findings,
        "security_grade": "A",
        "days_since_last_vulnerability": 0,
        "remediation_status": "current",
    }
    folder = root / "security/status"
    folder.mkdir(parents=True)
    (folder / "live-status.json").write_text(json.dumps(status))


DESIGN_KEYS = {
    "last_updated": str,
    "scan_date": str,
    "vulnerability_summary": dict,
    "findings": list,
    "security_grade": str,
    "days_since_last_vulnerability": int,
    "remediation_status": str,
}


@pytest.mark.parametrize("state", ["design", "open", "accepted"])
def test_status_api_response_format(program, tmp_path, state):
    """The API has every key of the design's data schema and is valid by its own schemas."""
    import jsonschema  # takes a second: it compiles the grammars of its formats
    from referencing import Registry, Resource

    out = tmp_path / "site"
    now = "2025-01-22T09:00:00Z" if state == "design" else "2026-11-24T09:00:00Z"
    arguments = ("--root", STATES / state, "--out", out, "--now", now)
    assert program("build", *arguments)[0] == 0

    index = json.loads((out / "index.json").read_text())
    for key, kind in DESIGN_KEYS.items():
        assert isinstance(index[key], kind), key
    assert {"total", "high", "medium", "low"} <= index["vulnerability_summary"].keys()
    schemas = {
        schema["$id"]: schema
        for path in (out / "api/v1/schemas").iterdir()
        for schema in [json.loads(path.read_text())]
    }
    registry = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    for path in ("index.json", "api/v1/status.json", "api/v1/findings.json", "api/v1/events.json"):
        document = json.loads((out / path).read_text())
        schema = schemas[document["$schema"]]
        jsonschema.Draft202012Validator(schema, registry=registry).validate(document)
    # The design asks for JSON and HTML views of the same endpoint.
    assert f"Grade {index['security_grade']}" in (out / "index.html").read_text()

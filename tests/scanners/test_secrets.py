"""Reports of secrets: nothing found is nothing, and what was found is never told."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.observation import ScanKind, SeverityClaim, Verdict
from secstatus.scanners import FORMATS, secrets
from secstatus.scanners.reading import NotThisReport
from tests.scanners.single import reader_of

read = reader_of(secrets)

DATA = Path(__file__).parent.parent / "data/reports/secrets"
NOTHING = json.loads((DATA / "nothing.json").read_text("utf-8"))
BASELINE = json.loads((DATA / "baseline.json").read_text("utf-8"))
GITLEAKS = json.loads((DATA / "gitleaks.json").read_text("utf-8"))
ONE = {"type": "Private Key", "file": "./deploy/key.pem", "line": 1}


def test_an_object_without_findings_is_no_finding():
    report = read(NOTHING)
    assert (report.scanner, report.kind) == ("secret-sweep", ScanKind.SECRETS)
    assert (report.observations, report.problems) == ((), ())
    assert (report.verdict, report.audited, report.unit) == (Verdict.COMPLETE, 64, "files")
    assert report.tool_version == "2.1.0"
    assert report.scanned_at == datetime(2026, 11, 20, 8, 9, 10, tzinfo=UTC)


def test_an_empty_list_is_no_finding_and_no_proof():
    report = read([])
    assert (report.scanner, report.verdict) == ("secrets", Verdict.UNSTATED)
    assert (report.observations, report.audited) == ((), None)


def test_findings_are_read_from_an_object():
    report = read({**NOTHING, "findings": [ONE, {**ONE, "line": 9, "severity": "low"}]})
    first, second = report.observations
    assert (first.id, first.location) == ("Private Key", "deploy/key.pem:1")
    assert first.severities == (SeverityClaim("word", "secstatus", "high"),)
    assert second.severities == (SeverityClaim("word", "secrets", "low"),)
    assert second.location == "deploy/key.pem:9"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.COMPLETE),
        ({"files_scanned": None}, Verdict.UNSTATED),
        ({"files_scanned": 0}, Verdict.FAILED),
        ({"files_scanned": ["a.py"]}, Verdict.COMPLETE),
        ({"files_scanned": []}, Verdict.FAILED),
        ({"status": "failed"}, Verdict.FAILED),
        ({"status": "SKIPPED: tool not available"}, Verdict.FAILED),
        ({"status": "no idea"}, Verdict.UNSTATED),
        ({"success": False}, Verdict.FAILED),
        ({"error": "no such file"}, Verdict.FAILED),
        ({"error": {"code": 1}}, Verdict.FAILED),
        ({"errors": ["a.py: unreadable"]}, Verdict.PARTIAL),
        ({"total_findings": 2}, Verdict.FAILED),
        ({"summary": {"total_findings": 2}}, Verdict.FAILED),
        ({"summary": {"total_findings": 0}}, Verdict.COMPLETE),
    ],
)
def test_the_verdict_follows_from_what_the_tool_says_of_itself(changes, verdict):
    report = read({**NOTHING, **changes})
    assert report.verdict is verdict
    assert bool(report.problems) is (verdict is not Verdict.COMPLETE)


@pytest.mark.parametrize("name", FORMATS)
def test_it_never_answers_for_the_scanner_of_another_format(name):
    tool = name.replace("_", "-")
    assert read({**NOTHING, "tool": tool}).scanner == "secrets"
    assert read({**NOTHING, "tool": {"name": tool.upper()}}).scanner == "secrets"


def test_a_tool_may_be_an_object():
    report = read({**NOTHING, "tool": {"name": "Whis Pers!", "version": "9"}})
    assert (report.scanner, report.tool_version) == ("whis-pers", "9")


def test_the_baseline_of_detect_secrets():
    report = read(BASELINE)
    assert (report.scanner, report.tool_version) == ("detect-secrets", "1.5.0")
    assert report.verdict is Verdict.UNSTATED
    found, audited = report.observations
    assert (found.id, found.location) == ("AWS Access Key", "deploy/settings.py:7")
    assert (found.suppressed, audited.suppressed) == ("", "audited as no secret")


def test_without_plugins_nothing_was_looked_for():
    assert read({**BASELINE, "plugins_used": []}).verdict is Verdict.FAILED


def test_the_list_of_gitleaks():
    (found,) = read(GITLEAKS).observations
    assert (found.id, found.location) == ("generic-api-key", "deploy/keys.env:20")
    assert found.title == "generic-api-key in deploy/keys.env"
    assert found.description == "Found …, an API key"


@given(st.text(st.characters(categories=["Lu", "Nd"]), min_size=12, max_size=30))
def test_the_secret_is_in_no_part_of_what_is_passed_on(secret):
    item = {
        **GITLEAKS[0],
        "Secret": secret,
        "Match": f"key={secret}",
        "Description": f"Saw key={secret} and {secret}",
    }
    assert secret not in repr(read([item]))
    other = {**item, "Secret": "another", "Match": "key=another", "Description": "x"}
    assert read([item]).observations[0].fingerprint == read([other]).observations[0].fingerprint


@given(st.sets(st.integers(1, 500), min_size=2, max_size=5))
def test_two_of_a_kind_in_a_file_are_two_findings(lines):
    found = read([{**ONE, "line": line} for line in sorted(lines)]).observations
    assert len({each.location for each in found}) == len(lines)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({}, "$.findings"),
        ({"tool": "x", "findings": None}, "$.findings"),
        ({"tool": "x", "findings": {}}, "$.findings"),
        ({"tool": "x", "findings": [{"file": "a"}]}, "$.findings[0].type"),
        ([{"File": "a"}], "$[0].RuleID"),
        (["a"], "$[0]"),
        ({**BASELINE, "results": {"a.py": None}}, "$.results['a.py']"),
        ({**BASELINE, "results": {"a.py": [{}]}}, "$.results['a.py'][0].type"),
        ("none", "$"),
    ],
)
def test_what_could_hide_a_finding_is_refused_with_its_place(data, place):
    with pytest.raises(NotThisReport) as caught:
        read(data)
    assert caught.value.place == place


def test_what_it_does_not_take_for_its_own():
    assert not secrets.recognises([])
    assert not secrets.recognises([ONE])
    assert not secrets.recognises({"findings": []})
    assert not secrets.recognises({"security_grade": "A", "findings": []})


@pytest.mark.parametrize("key", ["Verified", "is_verified"])
def test_a_secret_that_the_tool_has_tried_is_critical(key):
    item = {"DetectorName": "AWS", "file": "src/a.py", "line": 3, key: True}
    live, asleep = secrets.read({"tool": "x", "findings": [item, {**item, "line": 4, key: False}]})[
        0
    ].observations
    assert live.severities == (secrets.LIVE,)
    assert asleep.severities == (secrets.SEVERITY,)

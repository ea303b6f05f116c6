"""uv audit's JSON, which has counts instead of an inventory."""

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from secstatus.findings.observation import Observation, SeverityClaim, Verdict
from secstatus.scanners import uv_audit
from secstatus.scanners.reading import NotThisReport
from tests.scanners.single import reader_of

read = reader_of(uv_audit)

FOUND = json.loads(
    (Path(__file__).parent.parent / "data/reports/uv_audit/found.json").read_text("utf-8")
)


def changed(**summary):
    data = copy.deepcopy(FOUND)
    data["summary"].update(summary)
    return data


def test_a_report_is_understood():
    report = read(FOUND)
    assert (report.scanner, report.verdict, report.audited) == ("uv-audit", Verdict.COMPLETE, 14)
    assert report.inventory is None
    assert report.observations == (
        Observation(
            id="PYSEC-2026-11",
            aliases=("CVE-2026-1111", "GHSA-2222-3333-4444"),
            package="kelp",
            version="1.2.0",
            fix_versions=("1.2.4",),
            description="A crafted tide table reads past the end of the buffer.",
            references=("https://advisories.example/PYSEC-2026-11",),
            published=date(2026, 3, 2),
        ),
    )


def test_an_adverse_status_is_a_problem_and_no_vulnerability():
    assert read(FOUND).problems == ("old-net is archived: Use new-net",)


def test_an_audit_of_no_packages_has_failed():
    report = read(changed(audited_packages=0))
    assert report.verdict is Verdict.FAILED
    assert "It audited 0 packages." in report.problems


@pytest.mark.parametrize(
    "counts", [{"vulnerabilities": 2}, {"vulnerabilities": 0}, {"adverse_statuses": 3}]
)
def test_counts_that_contradict_the_entries_are_a_failed_scan(counts):
    report = read(changed(**counts))
    assert report.verdict is Verdict.FAILED
    assert "contradicts itself" in report.problems[0]
    assert len(report.observations) == 1


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("summary", None, "$.summary"),
        ("summary", {}, "$.summary.audited_packages"),
        ("summary", {"audited_packages": "14"}, "$.summary.audited_packages"),
        ("vulnerabilities", None, "$.vulnerabilities"),
        ("vulnerabilities", {}, "$.vulnerabilities"),
        ("vulnerabilities", [{"dependency": {"name": "a"}}], "$.vulnerabilities[0].id"),
        ("adverse_statuses", None, "$.adverse_statuses"),
        ("tools", [], "$.tools"),
    ],
)
def test_what_could_hide_a_finding_is_refused_with_its_place(key, value, place):
    with pytest.raises(NotThisReport) as caught:
        read({**FOUND, key: value})
    assert caught.value.place == place


def test_a_quarantined_package_is_a_critical_finding():
    data = {
        "schema": {"version": "v1"},
        "summary": {"audited_packages": 2, "adverse_statuses": 2},
        "vulnerabilities": [],
        "adverse_statuses": [
            {"name": "jinjja2", "status": "quarantined", "reason": "malware"},
            {"name": "old", "status": "archived"},
        ],
    }
    report = read(data)
    (found,) = report.observations
    assert (found.id, found.package) == ("QUARANTINED-jinjja2", "jinjja2")
    assert found.title == "Quarantined by the package index"
    assert found.severities == (SeverityClaim("word", "package index", "critical"),)
    assert (report.verdict, len(report.problems)) == (Verdict.COMPLETE, 2)

"""safety's JSON: what was scanned, what was found, what it was told to ignore."""

import copy
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from secstatus.findings.observation import Observation, SeverityClaim, Skipped, Verdict
from secstatus.scanners import safety
from secstatus.scanners.reading import NotThisReport
from tests.scanners.single import reader_of

read = reader_of(safety)

MIXED = json.loads(
    (Path(__file__).parent.parent / "data/reports/safety/mixed.json").read_text("utf-8")
)


def changed(meta=None, **keys):
    data = {**copy.deepcopy(MIXED), **keys}
    data["report_meta"].update(meta or {})
    return data


def without_packages(**meta):
    data = changed(meta)
    del data["scanned_packages"]
    return data


def test_a_report_is_understood():
    report = read(MIXED)
    assert (report.scanner, report.verdict, report.audited) == ("safety", Verdict.COMPLETE, 2)
    assert report.inventory == {"kelp": ("1.2.0",), "tide-pool": ("0.9",)}
    assert (report.tool_version, report.scope) == ("3.2.0", ("requirements.txt",))
    assert report.scanned_at == datetime(2026, 11, 20, 8, 9, 10, tzinfo=UTC)
    assert report.problems == ()
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
    assert report.observations[0] == Observation(
        id="70001",
        aliases=("CVE-2026-1111",),
        package="kelp",
        version="1.2.0",
        severities=(
            SeverityClaim("vector", "CVE-2026-1111", vector),
            SeverityClaim("word", "CVE-2026-1111", "HIGH"),
        ),
        fix_versions=("1.2.4",),
        description="A crafted tide table reads past the end of the buffer.",
        references=("https://advisories.example/70001", "https://advisories.example/kelp"),
        published=date(2026, 3, 2),
    )


def test_what_was_ignored_is_kept_and_said_to_be_suppressed():
    ignored = read(MIXED).observations[1]
    assert (ignored.id, ignored.aliases) == ("70002", ("CVE-2026-2222",))
    assert ignored.suppressed == "We do not read tide tables (until 2027-01-01)"


def test_an_ignored_one_among_the_others_is_suppressed_too_also_without_a_reason():
    one = {**MIXED["vulnerabilities"][0], "ignored": True}
    (found, _) = read(changed(vulnerabilities=[one])).observations
    assert found.suppressed == "ignored without a reason"


@pytest.mark.parametrize(
    "data",
    [
        changed({"packages_found": 0}),
        changed(scanned_packages={}),
        changed({"packages_found": 0, "vulnerabilities_found": 0}, vulnerabilities=[]),
    ],
)
def test_who_scanned_nothing_has_failed(data):
    report = read(data)
    assert (report.verdict, report.audited) == (Verdict.FAILED, 0)


@pytest.mark.parametrize(
    "data",
    [
        changed({"vulnerabilities_found": 3}),
        changed({"vulnerabilities_found": 0}, vulnerabilities=[], ignored_vulnerabilities=[]),
    ],
)
def test_findings_that_are_counted_or_named_but_not_listed_are_a_failed_scan(data):
    assert read(data).verdict is Verdict.FAILED


def test_who_does_not_say_what_was_scanned_proves_nothing():
    data = without_packages()
    del data["report_meta"]["packages_found"]
    assert read(data).verdict is Verdict.UNSTATED


def test_there_is_no_inventory_when_not_every_package_is_listed():
    assert read(changed({"packages_found": 50})).inventory is None
    assert read(without_packages()).audited == 2


@pytest.mark.parametrize("severity", [None, "high"])
def test_a_severity_may_be_a_word_or_missing(severity):
    one = {**MIXED["vulnerabilities"][0], "severity": severity}
    found = read(changed(vulnerabilities=[one])).observations[0]
    assert found.severities == ((SeverityClaim("word", "safety", "high"),) if severity else ())


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("vulnerabilities", None, "$.vulnerabilities"),
        ("vulnerabilities", {}, "$.vulnerabilities"),
        ("vulnerabilities", [{"package_name": "a"}], "$.vulnerabilities[0].vulnerability_id"),
        ("ignored_vulnerabilities", {}, "$.ignored_vulnerabilities"),
        ("report_meta", None, "$.report_meta"),
        ("scanned_packages", [1], "$.scanned_packages"),
    ],
)
def test_what_could_hide_a_finding_is_refused_with_its_place(key, value, place):
    with pytest.raises(NotThisReport) as caught:
        read({**MIXED, key: value})
    assert caught.value.place == place


def with_packages(**packages):
    meta = {"packages_found": len(packages), "vulnerabilities_found": 0}
    return read({"report_meta": meta, "scanned_packages": packages, "vulnerabilities": []})


def test_a_package_without_a_version_was_not_checked():
    report = with_packages(
        jinja2={"version": None, "requirements": [{"specifier": ">=2"}]},
        idna={"version": "3.7"},
        click={"version": None, "requirements": [{"specifier": "==8.1"}]},
    )
    assert report.verdict is Verdict.PARTIAL
    assert report.skipped == (Skipped("jinja2", "not pinned: not checked"),)
    assert report.inventory == {"idna": ("3.7",), "click": ("8.1",)}
    assert with_packages(jinja2={"version": None}).verdict is Verdict.FAILED


def test_packages_that_are_counted_and_not_listed_are_a_gap():
    data = {
        "report_meta": {"packages_found": 3},
        "scanned_packages": {"idna": {"version": "3.7"}},
        "vulnerabilities": [],
    }
    report = read(data)
    assert (report.verdict, report.inventory) == (Verdict.PARTIAL, None)


def specification(raw, *known, found=None, **ignored):
    return {
        "raw": raw,
        "vulnerabilities": {
            "known_vulnerabilities": list(known),
            "remediation": {"recommended": "3.1.5", "vulnerabilities_found": found},
        },
    }


def scan(*specifications):
    dependencies = [{"name": "jinja2", "specifications": [each]} for each in specifications]
    file = {"location": "/builds/requirements.txt", "results": {"dependencies": dependencies}}
    meta = {"timestamp": "2026-11-30T09:00:00", "telemetry": {"safety_version": "3.8.1"}}
    return {"meta": meta, "scan_results": {"projects": [{"files": [file]}], "files": []}}


KNOWN = {"id": "71064", "ignored": None, "vulnerable_spec": "<3.1.5"}
IGNORED = {"id": "70000", "ignored": {"reason": "not used", "expires": "2027-01-01"}}


def test_a_scan_of_version_3():
    report = read(scan(specification("jinja2==3.1.4", KNOWN, IGNORED, found=2)))
    assert (report.scanner, report.tool_version) == ("safety", "3.8.1")
    assert (report.verdict, report.audited) == (Verdict.UNSTATED, 1)
    assert report.inventory == {"jinja2": ("3.1.4",)}
    assert report.scanned_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    found, ignored = report.observations
    assert (found.id, found.package, found.version) == ("71064", "jinja2", "3.1.4")
    assert (found.fix_versions, found.suppressed) == (("3.1.5",), "")
    assert ignored.suppressed == "not used (until 2027-01-01)"


@pytest.mark.parametrize("raw", ["jinja2>=2", "jinja2", "jinja2==3.*", "jinja2==3,<4", ""])
def test_what_is_not_pinned_was_not_checked(raw):
    report = read(scan(specification(raw)))
    assert (report.verdict, report.inventory) == (Verdict.FAILED, {})
    both = read(scan(specification(raw), specification("jinja2[x]==3.1 ; python_version>'3'")))
    assert (both.verdict, both.inventory) == (Verdict.PARTIAL, {"jinja2": ("3.1",)})


def test_a_scan_that_counts_more_than_it_lists_is_partial():
    report = read(scan(specification("jinja2==3.1.4", KNOWN, found=3)))
    assert report.verdict is Verdict.PARTIAL
    assert "counts 3 vulnerabilities in jinja2 and lists 1" in report.problems[-1]

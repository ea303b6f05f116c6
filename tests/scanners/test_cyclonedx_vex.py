"""CycloneDX: statements, packages behind references, ratings, and files that prove nothing."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind, SeverityClaim, Verdict
from secstatus.scanners import cyclonedx_vex
from secstatus.scanners.packages import parse_package_url
from tests.scanners.single import read_report, reader_of

read, recognises = reader_of(cyclonedx_vex), cyclonedx_vex.recognises

DATA = Path(__file__).parents[1] / "data" / "reports" / "cyclonedx_vex"


def bom(**more):
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", **more}


def test_a_document_of_findings_and_statements():
    report = read_report((DATA / "statements.json").read_text(), "statements.json")
    assert (report.scanner, report.tool_version) == ("cyclonedx-vex", "bomwright 3.1")
    assert (report.kind, report.verdict) == (ScanKind.DEPENDENCIES, Verdict.UNSTATED)
    assert report.scanned_at == datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    assert (report.audited, bool(report.problems)) == (1, True)
    jinja, inner, zope, unresolved = report.observations
    assert (jinja.id, jinja.aliases) == ("CVE-2026-50001", ("GHSA-aaaa-bbbb-cc01",))
    assert (jinja.package, jinja.version) == ("jinja2", "3.1.2")
    assert (jinja.statement, jinja.published) == ("not_affected", date(2026, 10, 1))
    assert jinja.description == (
        "A template can read files.\n\ncode_not_reachable\n\nNo template comes from outside."
    )
    assert jinja.closed == "not_affected: code_not_reachable"
    assert jinja.references == ("https://example.org/CVE-2026-50001",)
    assert jinja.severities == (
        SeverityClaim("word", "NVD", "high"),
        SeverityClaim("vector", "NVD", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"),
        SeverityClaim("score", "NVD", "7.5"),
    )
    assert (inner.package, inner.version) == ("acme/inner", "0.9")
    assert (zope.package, zope.version) == ("zope-event", "5.0")
    assert zope.statement == "exploitable"
    assert (unresolved.package, unresolved.location) == ("", "somewhere-else")
    assert unresolved.statement == ""


def test_neither_components_nor_vulnerabilities_failed():
    report = read(bom(metadata={"timestamp": "2026-11-22T13:33:25Z"}))
    assert (report.verdict, report.observations) == (Verdict.FAILED, ())
    assert report.problems
    assert read(bom(components=[], vulnerabilities=[])).verdict is Verdict.FAILED


def test_components_without_vulnerabilities_prove_nothing():
    report = read(bom(components=[{"name": "six", "version": "1.16.0"}]))
    assert (report.verdict, report.audited) == (Verdict.UNSTATED, 1)
    assert report.inventory is None


def test_a_scanners_list_without_states_is_one_of_findings():
    listed = bom(vulnerabilities=[{"id": "CVE-2026-1"}])
    assert read(listed).kind is ScanKind.DEPENDENCIES
    listed["vulnerabilities"].append({"id": "CVE-2026-2", "analysis": {"state": "IN_TRIAGE"}})
    report = read(listed)
    assert report.kind is ScanKind.DEPENDENCIES
    assert [each.statement for each in report.observations] == ["", "in_triage"]
    del listed["vulnerabilities"][0]
    assert read(listed).kind is ScanKind.STATEMENTS


@pytest.mark.parametrize(
    ("rating", "claims"),
    [
        ({"method": "CVSSv4", "vector": "AV:N"}, [("vector", "CVSS:4.0/AV:N")]),
        ({"method": "CVSSv3", "vector": "AV:N"}, [("vector", "CVSS:3.0/AV:N")]),
        ({"method": "CVSSv2", "vector": "AV:N", "score": 9.9}, [("vector", "AV:N")]),
        ({"vector": "CVSS:3.1/AV:N"}, [("vector", "CVSS:3.1/AV:N")]),
        ({"method": "CVSSv31", "vector": "CVSS:3.1/AV:N"}, [("vector", "CVSS:3.1/AV:N")]),
        ({"method": "OWASP", "vector": "SL:1", "score": 9}, []),
        ({"method": "other", "score": 0.9}, []),
        ({"score": 9}, []),
        ({"severity": "critical"}, [("word", "critical")]),
    ],
)
def test_a_rating_is_claimed_only_when_its_method_is_known(rating, claims):
    (found,) = read(bom(vulnerabilities=[{"id": "X", "ratings": [rating]}])).observations
    assert [(claim.kind, claim.value) for claim in found.severities] == claims


def test_the_tools_of_old_versions():
    tools = [{"vendor": "v", "name": "jakewright", "version": "1"}, {"name": "other"}]
    assert read(bom(components=[{}], metadata={"tools": tools})).tool_version == (
        "jakewright 1, other"
    )


def test_a_rejected_one_is_withdrawn():
    (found,) = read(bom(vulnerabilities=[{"id": "X", "rejected": "2026-01-01"}])).observations
    assert found.withdrawn


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("pkg:pypi/Foo_Bar.baz@1.0", ("foo-bar-baz", "1.0")),
        ("PKG:PyPI/foo", ("foo", "")),
        ("pkg://pypi/foo@1", ("foo", "1")),
        ("pkg:pypi/foo@1%2Blocal?extension=tar.gz#sub/dir", ("foo", "1+local")),
        ("pkg:npm/%40scope/name@2", ("npm:@scope/name", "2")),
        ("pkg:npm/@scope/name", ("npm:@scope/name", "")),
        ("pkg:maven/org.x/lib@1", ("maven:org.x/lib", "1")),
        ("pkg:pypi/", None),
        ("pkg:pypi", None),
        ("pkg:pypi/a%0Ab@1", None),
        ("pkg:pypi/a@1%0A", None),
        ("pkg:pypi/%ff%00@1", None),
        ("npm:left-pad", None),
        ("", None),
    ],
)
def test_package_urls(url, package):
    assert parse_package_url(url) == package


def test_an_error_names_file_and_place():
    wrong = bom(vulnerabilities=[{"id": "X"}, {"description": "no id"}])
    with pytest.raises(InputError, match=r"^v\.json: at \$\.vulnerabilities\[1\]\.id: found nothi"):
        read_report(json.dumps(wrong), "v.json")
    with pytest.raises(InputError, match=r"\$\.vulnerabilities: found 'none', expected a list"):
        read_report(json.dumps(bom(vulnerabilities="none")), "v.json")
    with pytest.raises(InputError, match=r"\$\.bomFormat"):
        read_report("{}", "v.json", "cyclonedx-vex")


def test_recognition():
    assert recognises(bom())
    assert not recognises({"bomFormat": "SPDX"})
    assert not recognises([bom()])


@pytest.mark.parametrize(
    ("analysis", "closed"),
    [
        (
            {"state": "not_affected", "justification": "code_not_present"},
            "not_affected: code_not_present",
        ),
        ({"state": "false_positive", "detail": "other code"}, "false_positive: other code"),
        ({"state": "not_affected"}, ""),
        ({"state": "resolved"}, "resolved"),
        ({"state": "resolved_with_pedigree"}, "resolved_with_pedigree"),
        ({"state": "exploitable", "detail": "reached"}, ""),
        ({"state": "in_triage", "justification": "code_not_present"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_what_an_analysis_closes(analysis, closed):
    item = {"id": "CVE-2026-1", "analysis": analysis, "affects": [{"ref": "pkg:pypi/a@1"}]}
    (found,) = read({"bomFormat": "CycloneDX", "vulnerabilities": [item]}).observations
    assert (found.closed, found.suppressed, found.kind) == (closed, "", ScanKind.DEPENDENCIES)
    assert found.statement == ((analysis or {}).get("state", ""))


def test_a_word_counts_whatever_its_method():
    rating = {"method": "OWASP", "score": 5.0, "severity": "critical", "vector": "x"}
    item = {"id": "CVE-2026-1", "ratings": [rating]}
    (found,) = read({"bomFormat": "CycloneDX", "vulnerabilities": [item]}).observations
    assert found.severities == (SeverityClaim("word", "cyclonedx-vex", "critical"),)

"""Trivy: what counts as a finding, claims of many sources, and files without a target."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind, SeverityClaim, Verdict
from secstatus.scanners import trivy
from tests.scanners.single import read_report, reader_of

read, recognises = reader_of(trivy), trivy.recognises

DATA = Path(__file__).parents[1] / "data" / "reports" / "trivy"


def report_of(*targets, **more):
    return {"SchemaVersion": 2, "ArtifactName": "x", "Results": list(targets), **more}


def vulnerability(**more):
    return {"VulnerabilityID": "CVE-2026-1", "PkgName": "lib", **more}


@pytest.fixture
def repository():
    return read_report((DATA / "repository.json").read_text(), "repository.json")


def test_what_was_looked_at(repository):
    assert (repository.scanner, repository.tool_version) == ("trivy", "0.58.1")
    assert (repository.kind, repository.verdict) == (ScanKind.DEPENDENCIES, Verdict.UNSTATED)
    assert repository.scanned_at == datetime(2026, 11, 21, 4, 10, 11, tzinfo=UTC)
    assert repository.audited == 2
    assert repository.inventory == {"requests": ("2.19.0",), "certifi": ("2026.1.1",)}
    assert repository.scope == ("requirements.txt", "Dockerfile", "deploy/settings.env")
    assert "alpine 3.11.12 gets no security updates" in repository.problems[-1]


def test_a_vulnerability(repository):
    found = repository.observations[0]
    assert (found.id, found.package, found.version) == ("CVE-2026-60001", "requests", "2.19.0")
    assert found.fix_versions == ("2.19.9", "2.20.0")
    assert found.title == "requests: sends credentials to another host"
    assert (found.location, found.published) == ("requirements.txt", date(2026, 9, 9))
    assert found.references == ("https://example.org/CVE-2026-60001", "https://example.org/fix")
    assert found.severities == (
        SeverityClaim("word", "ghsa", "HIGH"),
        SeverityClaim("word", "nvd", "CRITICAL"),
        SeverityClaim("word", "ubuntu", "LOW"),
        SeverityClaim("vector", "nvd", "AV:N/AC:L/Au:N/C:P/I:N/A:N"),
        SeverityClaim("vector", "nvd", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        SeverityClaim("score", "redhat", "7.5"),
    )


def test_what_is_open_and_what_is_suppressed(repository):
    assert [(each.id, each.suppressed) for each in repository.observations] == [
        ("CVE-2026-60001", ""),
        ("CVE-2026-60002", "not_affected: vulnerable_code_not_in_execute_path: shop.openvex.json"),
        ("DS-0002", ""),
        ("DS-0026", "EXCEPTION"),
        ("aws-access-key-id", ""),
        ("aws-access-key-id", ""),
    ]


def test_two_secrets_of_a_kind_stay_two_and_stay_secret(repository):
    first, second = repository.observations[-2:]
    assert (first.location, second.location) == ("deploy/settings.env:7", "deploy/settings.env:19")
    assert {first.kind, second.kind} == {ScanKind.SECRETS}
    assert "KEY=" not in repr(repository)


@pytest.mark.parametrize("status", ["FAIL", "fail", "", "a new word"])
def test_a_misconfiguration_counts_unless_it_passed(status):
    failed = {"ID": "DS-1", "Status": status}
    passed = {"ID": "DS-2", "Status": "PASS"}
    target = {"Target": "Dockerfile", "Class": "config", "Misconfigurations": [failed, passed]}
    report = read(report_of(target))
    assert [(each.id, each.suppressed) for each in report.observations] == [("DS-1", "")]
    assert report.kind is ScanKind.CODE


@pytest.mark.parametrize(
    "data", [None, [], report_of(), report_of(Results=None), {"ClusterName": "c", "Resources": []}]
)
def test_without_a_target_it_failed(data):
    report = read(data)
    assert (report.verdict, report.observations) == (Verdict.FAILED, ())
    assert report.problems


def test_a_file_without_the_key_results_failed():
    report = read_report('{"SchemaVersion": 2, "ArtifactName": "chart"}', "t.json")
    assert report.verdict is Verdict.FAILED


def test_null_is_what_an_old_trivy_writes_and_others_when_they_miss():
    assert read_report("null", "trivy.json").scanner == "trivy"
    for name in ("t.json", "pip-audit.json"):
        with pytest.raises(InputError):
            read_report("null", name)


def test_a_summary_of_ids_failed():
    report = read_report('{"vulnerabilities": ["CVE-1"], "misconfigurations": []}', "t.json")
    assert report.verdict is Verdict.FAILED
    assert "summary" in report.problems[0]


def test_the_list_of_old_versions():
    old = [{"Target": "a"}, {"Target": "b", "Vulnerabilities": [vulnerability(Severity="LOW")]}]
    report = read_report(json.dumps(old), "t.json")
    (found,) = report.observations
    assert (report.verdict, found.package) == (Verdict.UNSTATED, "lib")
    assert found.severities == (SeverityClaim("word", "trivy", "LOW"),)


@pytest.mark.parametrize("key", ["Resources", "Vulnerabilities", "Misconfigurations", "Findings"])
def test_a_cluster_with_a_resource_that_could_not_be_scanned(key):
    resource = {"Kind": "Pod", "Name": "p", "Results": [{"Vulnerabilities": [vulnerability()]}]}
    cluster = {"ClusterName": "c", key: [resource]}
    report = read_report(json.dumps(cluster), "t.json")
    assert (report.verdict, len(report.observations)) == (Verdict.UNSTATED, 1)
    cluster[key].append({"Kind": "Pod", "Name": "q", "Error": "no such image"})
    report = read_report(json.dumps(cluster), "t.json")
    assert report.verdict is Verdict.PARTIAL
    assert "Pod q: no such image" in report.problems


def test_a_secret_of_another_shape_is_not_lost():
    target = {"Target": "t", "Class": "secret", "Secrets": [{"VulnerabilityID": "s-1"}]}
    report = read(report_of(target))
    assert [each.id for each in report.observations] == ["s-1"]
    assert report.kind is ScanKind.SECRETS


@pytest.mark.parametrize("level", [5, -1, True, "3", None, 2.0, [3]])
def test_a_vendors_level_off_the_scale_claims_nothing(level):
    odd = vulnerability(VendorSeverity={"nvd": level})
    (found,) = read(report_of({"Vulnerabilities": [odd]})).observations
    assert found.severities == ()


def test_an_error_names_file_and_place():
    cases = {
        r"Results\[0\]\.Vulnerabilities\[0\]\.VulnerabilityID": {"Vulnerabilities": [{}]},
        r"Results\[0\]\.Vulnerabilities: found 'x'": {"Vulnerabilities": "x"},
        r"Results\[0\]\.Misconfigurations\[0\]\.ID": {"Misconfigurations": [{}]},
        r"Results\[0\]\.Secrets\[0\]\.RuleID": {"Secrets": [{}]},
        r"Results\[0\]\.ExperimentalModifiedFindings\[0\]\.Finding": {
            "ExperimentalModifiedFindings": [{"Type": "secret"}]
        },
    }
    for message, target in cases.items():
        with pytest.raises(InputError, match=r"^t\.json: at \$\." + message):
            read_report(json.dumps(report_of(target)), "t.json")
    with pytest.raises(InputError, match=r"expected Trivy's JSON with Results"):
        read_report('{"Results": []}', "t.json", "trivy")


def test_recognition():
    assert recognises(report_of())
    assert not recognises([])
    assert not recognises([{"name": "x"}])
    assert not recognises({"Results": []})
    assert not recognises({"vulnerabilities": [{"id": "X"}], "misconfigurations": []})


def test_the_ids_of_vendors_are_aliases():
    found = {"VulnerabilityID": "CVE-2026-1", "PkgName": "a"}
    ids = ["GHSA-aaaa-bbbb-cc01", "DSA-1-1", "CVE-2026-1"]
    target = {"Target": "x", "Type": "pip", "Vulnerabilities": [{**found, "VendorIDs": ids}]}
    assert read(report_of(target)).observations[0].aliases == ("GHSA-aaaa-bbbb-cc01",)


@pytest.mark.parametrize(
    ("kind", "identifier", "package"),
    [
        ("npm", {}, "npm:Lib"),
        ("pip", {}, "Lib"),
        ("debian", {}, "deb:debian/Lib"),
        ("pip", {"PURL": "pkg:pypi/lib@1"}, "Lib"),
        ("alpine", {"PURL": "pkg:apk/alpine/lib@1?distro=3"}, "apk:alpine/lib"),
    ],
)
def test_a_package_of_another_ecosystem(kind, identifier, package):
    found = {"VulnerabilityID": "CVE-2026-1", "PkgName": "Lib", "PkgIdentifier": identifier}
    target = {"Target": "x", "Type": kind, "Vulnerabilities": [found]}
    report = read(report_of(target))
    assert report.observations[0].package == package


def test_an_inventory_only_when_every_target_lists_its_packages():
    listing = {"Target": "a", "Class": "lang-pkgs", "Type": "pip"}
    listing["Packages"] = [{"Name": "A", "Version": "1"}]
    config = {"Target": "Dockerfile", "Class": "config"}
    silent = {"Target": "b", "Class": "lang-pkgs", "Type": "npm"}
    assert read(report_of(listing, config)).inventory == {"a": ("1",)}
    assert read(report_of(listing, silent)).inventory is None
    assert read(report_of(config)).inventory is None


def test_every_finding_has_its_own_kind(repository):
    kinds = {each.id: each.kind for each in repository.observations}
    assert kinds["CVE-2026-60001"] is ScanKind.DEPENDENCIES
    assert kinds["DS-0002"] is ScanKind.CODE
    assert kinds["aws-access-key-id"] is ScanKind.SECRETS

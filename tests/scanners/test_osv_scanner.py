"""osv-scanner's JSON: a group is one problem, and silence is no proof."""

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from secstatus.errors import InputError
from secstatus.findings.observation import SeverityClaim, Verdict
from secstatus.scanners import osv_scanner
from secstatus.scanners.reading import NotThisReport
from tests.scanners.single import read_report, reader_of

read = reader_of(osv_scanner)

GROUPED = json.loads(
    (Path(__file__).parent.parent / "data/reports/osv_scanner/grouped.json").read_text("utf-8")
)


def entry(vulnerabilities=(), groups=(), **package):
    named = {"name": "kelp", "version": "1.2.0", "ecosystem": "PyPI", **package}
    return {"package": named, "vulnerabilities": list(vulnerabilities), "groups": list(groups)}


def observations(*entries):
    report = read({"results": [{"source": {"path": "a"}, "packages": list(entries)}]})
    return report.observations


def test_a_report_is_understood():
    report = read(GROUPED)
    assert (report.scanner, report.verdict, report.audited) == (
        "osv-scanner",
        Verdict.UNSTATED,
        2,
    )
    assert report.scope == ("/home/ci/lantern/uv.lock",)
    found, bare = report.observations
    assert found.id == "GHSA-2222-3333-4444"
    assert found.aliases == ("CVE-2026-1111", "PYSEC-2026-11")
    assert (found.package, found.version) == ("kelp", "1.2.0")
    assert found.fix_versions == ("1.2.4", "1.3.2")
    assert found.title == "Kelp reads past the end"
    assert found.published == date(2026, 3, 2)
    assert found.references == ("https://advisories.example/kelp",)
    assert not found.withdrawn
    assert (bare.id, bare.aliases, bare.severities) == ("PYSEC-2026-12", (), ())


def test_all_that_the_records_claim_about_the_severity_is_kept():
    claims = read(GROUPED).observations[0].severities
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
    assert {
        SeverityClaim("score", "osv-scanner", "7.5"),
        SeverityClaim("vector", "OSV:GHSA-2222-3333-4444", vector),
        SeverityClaim("word", "OSV:GHSA-2222-3333-4444", "HIGH"),
    } <= set(claims)
    # A number without a type is of nobody knows which version.
    assert not any(claim.kind == "score" and claim.value == "1" for claim in claims)


def test_records_outside_of_every_group_are_findings_too():
    found = observations(entry([{"id": "PYSEC-1"}, {"id": "PYSEC-2"}], [{"ids": ["PYSEC-2"]}]))
    assert sorted(each.id for each in found) == ["PYSEC-1", "PYSEC-2"]


def test_a_group_without_its_records_is_a_finding_too():
    (found,) = observations(entry(groups=[{"ids": ["CVE-1", "GHSA-1"], "max_severity": "9.8"}]))
    assert (found.id, found.aliases) == ("CVE-1", ("GHSA-1",))
    assert found.severities == (SeverityClaim("score", "osv-scanner", "9.8"),)


def test_a_group_under_an_alias_of_its_record_is_one_finding():
    record = {"id": "GO-1", "aliases": ["GHSA-1", "CVE-1"], "withdrawn": "2026-01-01T00:00:00Z"}
    (found,) = observations(entry([record], [{"ids": ["GHSA-1"]}]))
    assert (found.id, found.aliases) == ("GO-1", ("CVE-1", "GHSA-1"))
    assert not found.withdrawn


@pytest.mark.parametrize(
    ("days", "withdrawn"), [((1, 2), True), ((1, None), False), ((None, None), False)]
)
def test_withdrawn_is_what_every_record_of_the_group_says(days, withdrawn):
    records = [
        {"id": f"X-{n}", **({"withdrawn": f"2026-01-0{day}T00:00:00Z"} if day else {})}
        for n, day in enumerate(days)
    ]
    (found,) = observations(entry(records, [{"ids": ["X-0", "X-1"]}]))
    assert found.withdrawn is withdrawn


def test_the_same_problem_in_two_packages_is_two_findings():
    record, group = {"id": "X-1"}, {"ids": ["X-1"]}
    found = observations(entry([record], [group]), entry([record], [group], name="tide"))
    assert [each.package for each in found] == ["kelp", "tide"]


def test_fixes_of_another_ecosystem_are_none():
    affected = [
        {"package": {"ecosystem": "npm", "name": "kelp"}, "ranges": [{"events": [{"fixed": "2"}]}]}
    ]
    (found,) = observations(entry([{"id": "X-1", "affected": affected}], [{"ids": ["X-1"]}]))
    assert found.fix_versions == ()


@pytest.mark.parametrize("results", [[], [{"source": {"path": "uv.lock"}, "packages": []}]])
def test_silence_proves_nothing(results):
    report = read({"results": results})
    assert (report.verdict, report.observations) == (Verdict.UNSTATED, ())
    assert report.problems


def test_an_empty_file_is_no_clean_report():
    with pytest.raises(InputError, match="found an empty file"):
        read_report("", "osv-scanner.json")


@pytest.mark.parametrize(
    ("packages", "place"),
    [
        ("none", "$.results[0].packages"),
        ([None], "$.results[0].packages[0]"),
        ([{"package": "kelp"}], "$.results[0].packages[0].package"),
        ([entry([{"summary": "x"}])], "$.results[0].packages[0].vulnerabilities[0].id"),
        (
            [entry([{"id": "X", "aliases": "Y"}])],
            "$.results[0].packages[0].vulnerabilities[0].aliases",
        ),
        ([entry([], [{"aliases": ["X"]}])], "$.results[0].packages[0].groups[0].ids"),
        ([entry([], [{"ids": [""]}])], "$.results[0].packages[0].groups[0].ids[0]"),
    ],
)
def test_what_could_hide_a_finding_is_refused_with_its_place(packages, place):
    with pytest.raises(NotThisReport) as caught:
        read({"results": [{"packages": packages}]})
    assert caught.value.place == place


def test_an_empty_report_of_semgrep_is_not_taken_for_its_own():
    assert osv_scanner.recognises({"results": [], "experimental_config": {}})
    assert not osv_scanner.recognises({"results": [], "errors": []})
    assert not osv_scanner.recognises({**copy.deepcopy(GROUPED), "results": [{}]})


@pytest.mark.parametrize(
    ("groups", "scope"),
    [
        (["dev"], "development"),
        (["Test", "docs"], "development"),
        (["dev", "postgres"], "extra"),
        (["postgres"], "extra"),
        ([], ""),
        (None, ""),
    ],
)
def test_the_scope_of_a_package_in_groups(groups, scope):
    data = copy.deepcopy(GROUPED)
    data["results"][0]["packages"][0]["dependency_groups"] = groups
    assert read(data).observations[0].scope == scope


def package_entry(name, ecosystem="PyPI", **more):
    return {"package": {"name": name, "version": "1.0", "ecosystem": ecosystem}, **more}


BAD = {"vulnerabilities": [{"id": "GHSA-1", "modified": "2026-01-01T00:00:00Z"}]}


def test_an_inventory_only_of_all_packages():
    def of(*packages):
        return read({"results": [{"source": {"path": "a"}, "packages": list(packages)}]})

    assert of(package_entry("a", **BAD)).inventory is None
    report = of(package_entry("A_b", **BAD), package_entry("ajv", "npm"))
    assert report.inventory == {"a-b": ("1.0",), "npm:ajv": ("1.0",)}
    assert (report.ecosystems, report.verdict) == (("npm", "pypi"), Verdict.UNSTATED)

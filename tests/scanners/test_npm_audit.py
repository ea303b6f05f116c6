"""npm audit's JSON in both of its shapes."""

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from secstatus.findings.observation import Observation, SeverityClaim, Verdict
from secstatus.scanners import npm_audit
from secstatus.scanners.reading import NotThisReport
from tests.scanners.single import reader_of

read = reader_of(npm_audit)

DATA = Path(__file__).parent.parent / "data/reports/npm_audit"
PACKAGES = json.loads((DATA / "packages.json").read_text("utf-8"))
ADVISORIES = json.loads((DATA / "advisories.json").read_text("utf-8"))


def changed(data, **metadata):
    data = copy.deepcopy(data)
    data["metadata"].update(metadata)
    return data


def test_an_entry_of_npm_7_is_a_package():
    report = read(PACKAGES)
    assert (report.scanner, report.verdict, report.audited) == ("npm-audit", Verdict.COMPLETE, 98)
    kelp, tide = report.observations
    assert (kelp.id, kelp.package, kelp.aliases) == ("kelp-js", "npm:kelp-js", ())
    assert kelp.severities == (
        SeverityClaim("vector", "npm-audit", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"),
        SeverityClaim("word", "npm-audit", "high"),
        SeverityClaim("word", "npm-audit", "moderate"),
    )
    assert kelp.fix_versions == ("2.7.0",)
    assert kelp.title == "Slow expression; Wrong merge"
    assert "Affected versions: <=2.6.8." in kelp.description
    assert kelp.references == (
        "https://advisories.example/GHSA-5555-6666-7777",
        "https://advisories.example/GHSA-8888-9999-aaaa",
    )
    assert "It depends on kelp-js." in tide.description


def test_the_version_of_a_package_above_is_no_fix_of_this_one():
    assert read(PACKAGES).observations[1].fix_versions == ()


def test_an_entry_of_npm_6_is_an_advisory():
    report = read(ADVISORIES)
    assert (report.verdict, report.audited) == (Verdict.COMPLETE, 159)
    assert report.observations == (
        Observation(
            id="535",
            aliases=("CVE-2026-3333",),
            package="npm:kelp-js",
            version="1.2.11, 1.3.4",
            severities=(SeverityClaim("word", "npm-audit", "moderate"),),
            fix_versions=("1.4.1", "2.0.3"),
            title="Slow expression",
            description="Tide tables of many lines take for ever.",
            references=("https://advisories.example/535",),
            published=date(2026, 2, 3),
        ),
    )


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (changed(PACKAGES, dependencies={"total": 0}), Verdict.FAILED),
        (changed(PACKAGES, dependencies={}), Verdict.UNSTATED),
        (changed(PACKAGES, dependencies=None), Verdict.UNSTATED),
        (changed(PACKAGES, vulnerabilities={"total": 3}), Verdict.FAILED),
        ({**PACKAGES, "vulnerabilities": {}}, Verdict.FAILED),
        (changed(ADVISORIES, totalDependencies=0), Verdict.FAILED),
        (changed(ADVISORIES, totalDependencies=None), Verdict.UNSTATED),
        ({**ADVISORIES, "advisories": {}}, Verdict.FAILED),
        (changed({**ADVISORIES, "advisories": {}}, vulnerabilities={}), Verdict.COMPLETE),
    ],
)
def test_the_verdict_follows_from_the_counts(data, verdict):
    report = read(data)
    assert report.verdict is verdict
    assert bool(report.problems) is (verdict is not Verdict.COMPLETE)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({}, "$.vulnerabilities"),
        ({"vulnerabilities": []}, "$.vulnerabilities"),
        ({"vulnerabilities": {"a": None}}, "$.vulnerabilities['a']"),
        ({"vulnerabilities": {"a": {"name": ""}}}, "$.vulnerabilities['a'].name"),
        ({"vulnerabilities": {"a": {"via": "b"}}}, "$.vulnerabilities['a'].via"),
        ({"vulnerabilities": {"a": {"via": [3]}}}, "$.vulnerabilities['a'].via[0]"),
        ({"advisories": None}, "$.advisories"),
        ({"advisories": {"1": {"id": None}}}, "$.advisories['1'].id"),
        ({"advisories": {}, "metadata": []}, None),
        ({"advisories": {}, "metadata": 7}, "$.metadata"),
    ],
)
def test_what_could_hide_a_finding_is_refused_with_its_place(data, place):
    if place is None:
        assert read(data).verdict is Verdict.UNSTATED
        return
    with pytest.raises(NotThisReport) as caught:
        read(data)
    assert caught.value.place == place


@pytest.mark.parametrize(("dev", "scope"), [(True, "development"), (False, ""), (None, "")])
def test_what_only_development_needs(dev, scope):
    package = {"name": "ajv", "dev": dev, "via": []}
    data = {"auditReportVersion": 2, "vulnerabilities": {"ajv": package}}
    assert read(data).observations[0].scope == scope
    advisory = {"id": 1, "module_name": "ajv", "findings": [{"version": "1", "dev": dev}]}
    old = read({"advisories": {"1": advisory}, "metadata": {}})
    assert (old.observations[0].scope, old.ecosystems) == (scope, ("npm",))

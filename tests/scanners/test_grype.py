"""Grype: aliases, claims, fixes, and matches that a rule took out."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind, SeverityClaim, Verdict
from secstatus.scanners import grype
from tests.scanners.single import read_report, reader_of

read, recognises = reader_of(grype), grype.recognises

DATA = Path(__file__).parents[1] / "data" / "reports" / "grype"


def match(found_id="CVE-2026-1", related=(), **more):
    return {
        "vulnerability": {"id": found_id, **more},
        "relatedVulnerabilities": [{"id": each} for each in related],
        "artifact": {"name": "lib", "version": "1.0"},
    }


def grype(*matches, **more):
    return {"matches": list(matches), "descriptor": {"name": "grype"}, **more}


def only(*matches, **more):
    (found,) = read(grype(*matches, **more)).observations
    return found


def test_a_report():
    report = read_report((DATA / "directory.json").read_text(), "directory.json")
    assert (report.scanner, report.tool_version) == ("grype", "0.86.1")
    assert (report.kind, report.verdict) == (ScanKind.DEPENDENCIES, Verdict.UNSTATED)
    assert report.scanned_at == datetime(2026, 11, 21, 6, tzinfo=UTC)
    assert report.scope == ("shop",)
    assert report.problems[-1] == "debian 9 gets no updates any more"
    jinja, libc, pip = report.observations
    assert (jinja.id, jinja.aliases) == ("GHSA-aaaa-bbbb-cc01", ("CVE-2026-50001",))
    assert (jinja.package, jinja.version) == ("Jinja2", "3.1.2")
    assert (jinja.fix_versions, jinja.location) == (("3.1.3",), "/requirements.txt")
    assert jinja.references == ("https://example.org/GHSA-aaaa-bbbb-cc01",)
    assert jinja.severities == (
        SeverityClaim("word", "github:language:python", "High"),
        SeverityClaim(
            "vector",
            "github:language:python",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
        ),
        SeverityClaim("word", "nvd:cpe", "Critical"),
    )
    assert libc.severities == (SeverityClaim("word", "debian:distro:debian:12", "info"),)
    assert (libc.fix_versions, libc.suppressed) == ((), "")
    assert (pip.id, pip.suppressed) == ("CVE-2026-50009", "only at build time")


def test_no_matches_is_no_proof():
    assert read(grype()).verdict is Verdict.UNSTATED
    assert read({"matches": None, "source": {}}).verdict is Verdict.UNSTATED


@pytest.mark.parametrize(
    ("found_id", "related", "aliases"),
    [
        ("CVE-2026-1", ["CVE-2026-1"], ()),
        ("GHSA-aaaa-bbbb-cc01", ["CVE-2026-1", "CVE-2026-1"], ("CVE-2026-1",)),
        ("CVE-2026-1", ["GHSA-aaaa-bbbb-cc01"], ("GHSA-aaaa-bbbb-cc01",)),
        ("ALAS-2026-1", ["CVE-2026-1", "CVE-2026-2"], ()),
        ("CVE-2026-1", ["CVE-2026-2"], ()),
    ],
)
def test_several_cves_are_never_aliases_of_each_other(found_id, related, aliases):
    assert only(match(found_id, related)).aliases == aliases


@pytest.mark.parametrize(
    ("cvss", "claims"),
    [
        ({"version": "4.0", "vector": "CVSS:4.0/AV:N"}, [("vector", "CVSS:4.0/AV:N")]),
        ({"version": "3.1", "metrics": {"baseScore": 9.8}}, [("score", "9.8")]),
        ({"version": "2.0", "metrics": {"baseScore": 9.8}}, []),
    ],
)
def test_a_score_stands_in_for_a_vector_except_in_version_2(cvss, claims):
    found = only(match(cvss=[cvss])).severities
    assert [(claim.kind, claim.value) for claim in found] == claims


def test_the_fix_of_old_versions():
    assert only(match(fixedInVersion="1.1")).fix_versions == ("1.1",)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ([], "ignored by a rule"),
        ([{"vulnerability": "X"}], "ignored by a rule"),
        ([{"reason": "a"}, {"reason": "b"}, {"reason": "a"}], "a; b"),
        ([{"vex-status": "not_affected"}], "not_affected"),
    ],
)
def test_an_ignored_match_is_kept_with_its_reason(rules, reason):
    ignored = {**match(), "appliedIgnoreRules": rules}
    assert only(ignoredMatches=[ignored]).suppressed == reason


def test_an_error_names_file_and_place():
    cases = {
        r"matches\[0\]\.vulnerability\.id": {"vulnerability": {}},
        r"matches\[0\]\.vulnerability: found nothing": {},
        r"matches\[0\]: found 'x'": "x",
    }
    for message, wrong in cases.items():
        with pytest.raises(InputError, match=r"^g\.json: at \$\." + message):
            read_report(json.dumps(grype(wrong)), "g.json")
    with pytest.raises(InputError, match=r"\$\.ignoredMatches: found 7"):
        read_report(json.dumps(grype(ignoredMatches=7)), "g.json")
    with pytest.raises(InputError, match=r"\$\.matches: found nothing"):
        read_report('{"descriptor": {}}', "g.json", "grype")


def test_recognition():
    assert recognises(grype())
    assert not recognises({"descriptor": {"name": "syft"}})
    assert not recognises({"matches": "x", "source": {}})
    assert not recognises([])

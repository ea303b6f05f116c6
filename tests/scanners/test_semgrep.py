"""semgrep's JSON: what was scanned, what was left out and why."""

import copy
import json
from pathlib import Path

import pytest

from secstatus.findings.observation import ScanKind, SeverityClaim, Skipped, Verdict
from secstatus.scanners import semgrep
from secstatus.scanners.reading import NotThisReport
from tests.scanners.single import reader_of

read = reader_of(semgrep)

MIXED = json.loads(
    (Path(__file__).parent.parent / "data/reports/semgrep/mixed.json").read_text("utf-8")
)


def paths(scanned=("a.py",), *skipped):
    listed = [{"path": "b.py", "reason": reason} for reason in skipped]
    return {**MIXED, "paths": {"scanned": list(scanned), "skipped": listed}}


def with_code(first, second):
    data = copy.deepcopy(MIXED)
    for item, code in zip(data["results"], (first, second), strict=True):
        item["extra"]["lines"] = code
    return [each.fingerprint for each in read(data).observations]


def test_a_report_is_understood():
    report = read(MIXED)
    assert (report.scanner, report.kind, report.tool_version) == (
        "semgrep",
        ScanKind.CODE,
        "1.179.0",
    )
    assert (report.verdict, report.audited, report.unit) == (Verdict.COMPLETE, 2, "files")
    assert report.scope == ("src/lantern/__init__.py", "src/lantern/light.py")
    found, ignored = report.observations
    assert found.id == "python.lang.security.audit.eval-detected"
    assert found.location == "src/lantern/light.py:12"
    assert found.severities == (SeverityClaim("word", "semgrep", "WARNING"),)
    assert found.references == ("https://rules.example/eval",)
    assert (found.suppressed, ignored.suppressed) == ("", "a nosemgrep comment")


def test_the_same_rule_twice_in_a_file_is_two_findings_also_without_code():
    first, second = read(MIXED).observations
    assert first.location != second.location
    assert with_code("eval(a)", "eval(b)")[0] != with_code("eval(b)", "eval(a)")[0]


def test_withheld_code_does_not_make_a_fingerprint():
    def found(mark):
        data = copy.deepcopy(MIXED)
        data["results"][0]["extra"]["fingerprint"] = mark
        return read(data).observations[0].fingerprint

    assert found("0a1b") != found("2c3d")
    assert found("requires login") == found("")


def test_white_space_does_not_make_a_finding_new():
    assert with_code("eval(a)", "eval(b)") == with_code("    eval( a )\n", "eval(b)")


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (paths(), Verdict.COMPLETE),
        (paths([]), Verdict.FAILED),
        (paths(["a.py"], "cli_exclude_flags_match"), Verdict.COMPLETE),
        (paths(["a.py"], "exceeded_size_limit"), Verdict.PARTIAL),
        (paths(["a.py"], "a reason of tomorrow"), Verdict.PARTIAL),
        ({"results": [], "errors": []}, Verdict.UNSTATED),
        ({"results": [], "errors": [{"level": "warn"}]}, Verdict.PARTIAL),
        ({**paths(), "errors": [{"message": "Syntax error"}]}, Verdict.PARTIAL),
        ({**paths([]), "errors": [{"message": "Syntax error"}]}, Verdict.FAILED),
    ],
)
def test_the_verdict_follows_from_paths_and_errors(data, verdict):
    report = read(data)
    assert report.verdict is verdict
    assert bool(report.problems) is (verdict is not Verdict.COMPLETE)


def test_what_was_left_out_is_named():
    report = read(paths(["a.py"], "exceeded_size_limit"))
    assert report.skipped == (Skipped("b.py", "exceeded_size_limit"),)


def test_an_error_is_quoted():
    report = read({**paths(), "errors": [{"message": "Syntax error\nin a.py"}, {}]})
    assert report.problems == ("It reports 2 errors, the first: Syntax error in a.py",)


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("results", None, "$.results"),
        ("results", [{"path": "a.py"}], "$.results[0].check_id"),
        ("errors", {}, "$.errors"),
        ("paths", [], "$.paths"),
        ("paths", {"scanned": "a.py"}, "$.paths.scanned"),
        ("paths", {}, "$.paths.scanned"),
    ],
)
def test_what_could_hide_a_finding_is_refused_with_its_place(key, value, place):
    with pytest.raises(NotThisReport) as caught:
        read({**MIXED, key: value})
    assert caught.value.place == place


def supply_chain(**metadata):
    match = {
        "found_dependency": {"package": "Jinja2", "version": "3.1.4", "ecosystem": "pypi"},
        "lockfile": "uv.lock",
    }
    said = {
        "sca-vuln-database-identifier": "CVE-2026-40001",
        "sca-severity": "HIGH",
        "sca-fix-versions": [{"jinja2": "3.1.5"}, {"other": "9"}],
    }
    extra = {
        "message": "jinja2 breaks out",
        "severity": "INFO",
        "metadata": {**said, **metadata},
        "sca_info": {"reachable": False, "dependency_match": match},
    }
    result = {"check_id": "ssc-1", "path": "requirements.txt", "extra": extra}
    return read({"results": [result], "errors": []})


def test_a_finding_of_the_supply_chain_is_in_a_package():
    report = supply_chain()
    (found,) = report.observations
    assert (found.kind, found.id) == (ScanKind.DEPENDENCIES, "CVE-2026-40001")
    assert (found.package, found.version, found.location) == ("Jinja2", "3.1.4", "uv.lock")
    assert (found.fix_versions, found.fingerprint) == (("3.1.5",), "")
    assert found.severities == (SeverityClaim("word", "semgrep", "HIGH"),)
    assert report.ecosystems == ("pypi",)
    unnamed = supply_chain(**{"sca-vuln-database-identifier": None}).observations[0]
    assert (unnamed.id, unnamed.kind) == ("ssc-1", ScanKind.DEPENDENCIES)


def test_a_file_with_an_error_was_not_examined():
    error = {"type": "Syntax error", "path": "src/old.py", "message": "x"}
    data = {"results": [], "errors": [error], "paths": {"scanned": ["src/old.py", "src/a.py"]}}
    report = read(data)
    assert report.verdict is Verdict.PARTIAL
    assert report.skipped == (Skipped("src/old.py", "Syntax error"),)
    assert report.scope == ("src/a.py",)


def test_low_confidence_counts_as_low_severity():
    extra = {"severity": "ERROR", "metadata": {"confidence": "LOW"}}
    result = {"check_id": "r", "path": "a.py", "extra": extra}
    (found,) = read({"results": [result], "errors": []}).observations
    assert [claim.value for claim in found.severities] == ["low"]

"""SARIF: verdicts, rules, suppressions, fingerprints, and what dependency scanners put into it."""

import copy
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind, SeverityClaim, Verdict
from secstatus.scanners import read_report
from secstatus.scanners.fingerprints import fingerprint
from secstatus.scanners.reading import NotThisReport
from secstatus.scanners.sarif import read, recognises
from secstatus.scanners.sarif_packages import is_dependency_scanner

DATA = Path(__file__).parents[1] / "data" / "reports" / "sarif"


def document(*runs):
    return {"version": "2.1.0", "runs": list(runs)}


def run(*results, name="Some Tool", **more):
    return {"tool": {"driver": {"name": name}}, "results": list(results), **more}


def result(**more):
    return {"ruleId": "R1", "message": {"text": "Something is wrong."}, **more}


def ran(**more):
    return {"executionSuccessful": True, **more}


def only(report):
    (observation,) = report.observations
    return observation


def test_a_report_of_codeql():
    report = read_report((DATA / "codeql.sarif").read_text(), "codeql.sarif")
    injection, unused = report.observations
    assert (report.scanner, report.tool_version) == ("codeql", "2.19.3")
    assert (report.kind, report.verdict) == (ScanKind.CODE, Verdict.COMPLETE)
    assert report.scanned_at == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert report.problems == ()
    assert injection.id == "py/sql-injection"
    assert injection.title == "SQL query built from user-controlled sources"
    assert injection.description == "This query depends on a user-provided value."
    assert injection.location == "src/shop/db.py:41"
    assert injection.references == ("https://example.org/py-sql-injection",)
    assert injection.severities == (
        SeverityClaim("score", "codeql", "8.8"),
        SeverityClaim("word", "level", "high"),
    )
    assert not injection.suppressed
    assert unused.suppressed == "kept for a plug-in"
    assert unused.severities == (SeverityClaim("word", "level", "low"),)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Verdict.UNSTATED),
        ({"invocations": []}, Verdict.UNSTATED),
        ({"invocations": [{}]}, Verdict.UNSTATED),
        ({"invocations": [ran(), {}]}, Verdict.UNSTATED),
        ({"invocations": [{"executionSuccessful": "yes"}]}, Verdict.UNSTATED),
        ({"invocations": [ran()]}, Verdict.COMPLETE),
        ({"invocations": [ran(), {"executionSuccessful": False}]}, Verdict.FAILED),
        ({"invocations": [{"executionSuccessful": "false"}]}, Verdict.FAILED),
        ({"results": None, "invocations": [ran()]}, Verdict.FAILED),
        (
            {"invocations": [ran(toolExecutionNotifications=[{"level": "error"}])]},
            Verdict.PARTIAL,
        ),
        (
            {"invocations": [ran(toolConfigurationNotifications=[{"level": "ERROR"}])]},
            Verdict.PARTIAL,
        ),
        (
            {"invocations": [ran(toolExecutionNotifications=[{"exception": {"kind": "E"}}])]},
            Verdict.PARTIAL,
        ),
        (
            {"invocations": [ran(toolExecutionNotifications=[{"level": "warning"}])]},
            Verdict.COMPLETE,
        ),
        (
            {
                "invocations": [ran()],
                "externalPropertyFileReferences": {"results": [{"location": {"uri": "r.json"}}]},
            },
            Verdict.PARTIAL,
        ),
    ],
)
def test_the_verdict_of_a_run(change, verdict):
    report = read(document({**run(), **change}))
    assert report.verdict is verdict
    assert bool(report.problems) == (verdict is not Verdict.COMPLETE)


def test_a_run_without_the_key_results_is_no_scan():
    given_up = run(invocations=[ran()])
    del given_up["results"]
    assert read(document(given_up)).verdict is Verdict.FAILED


def test_a_notification_may_take_its_level_from_its_descriptor():
    descriptor = {"id": "N1", "defaultConfiguration": {"level": "error"}}
    notification = {"descriptor": {"id": "N1", "index": 0}}
    one = run(invocations=[ran(toolExecutionNotifications=[notification])])
    one["tool"]["driver"]["notifications"] = [descriptor]
    report = read(document(one))
    assert report.verdict is Verdict.PARTIAL
    assert "N1" in report.problems[0]


@pytest.mark.parametrize("runs", [None, []])
def test_without_runs_it_failed(runs):
    report = read({"version": "2.1.0", "runs": runs})
    assert (report.verdict, report.observations) == (Verdict.FAILED, ())
    assert report.problems


GOOD = run(invocations=[ran()])
RUNS = {
    Verdict.COMPLETE: GOOD,
    Verdict.UNSTATED: run(),
    Verdict.PARTIAL: run(invocations=[ran(toolExecutionNotifications=[{"level": "error"}])]),
    Verdict.FAILED: run(invocations=[{"executionSuccessful": False}]),
}


@given(st.lists(st.sampled_from(sorted(RUNS)), min_size=1, max_size=4))
def test_several_runs_are_as_good_as_the_worst(verdicts):
    order = [Verdict.COMPLETE, Verdict.UNSTATED, Verdict.PARTIAL, Verdict.FAILED]
    report = read(document(*(RUNS[verdict] for verdict in verdicts)))
    assert report.verdict is max(verdicts, key=order.index)


def test_results_that_stand_elsewhere_in_the_file_are_not_complete():
    data = {**document(GOOD), "inlineExternalProperties": [{"results": [result()]}]}
    report = read(data)
    assert report.verdict is Verdict.UNSTATED
    assert "inlineExternalProperties" in report.problems[0]


def test_several_tools_are_joined_and_one_is_named_once():
    two = read(document(run(result(), name="Tool B"), run(result(), name="tool a!")))
    assert (two.scanner, len(two.observations)) == ("tool-b+tool-a", 2)
    assert read(document(run(), run())).scanner == "some-tool"
    assert read(document(run(name=""))).scanner == "sarif"


@pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational", "PASS"])
def test_kinds_that_are_no_findings(kind):
    assert read(document(run(result(kind=kind)))).observations == ()


@pytest.mark.parametrize("kind", ["fail", "FAIL", "review", "open", "", "new in SARIF 3"])
def test_kinds_that_are_findings(kind):
    assert len(read(document(run(result(kind=kind)))).observations) == 1


def test_what_a_baseline_says_is_gone_is_no_finding():
    states = ("absent", "new", "unchanged", "updated")
    report = read(document(run(*(result(baselineState=state) for state in states))))
    assert len(report.observations) == 3


@pytest.mark.parametrize(
    ("suppressions", "reason"),
    [
        (None, ""),
        ([], ""),
        ([{"kind": "inSource"}], "suppressed in the source"),
        ([{"kind": "external"}], "suppressed"),
        ([{"status": "accepted", "justification": "known"}], "known"),
        ([{"state": "accepted", "justification": "of a draft"}], "of a draft"),
        ([{"status": "rejected"}], ""),
        ([{"status": "underReview"}], ""),
        ([{"status": "accepted"}, {"status": "rejected"}], ""),
        ([{"status": "agreed by nobody"}], ""),
    ],
)
def test_suppressions(suppressions, reason):
    assert only(read(document(run(result(suppressions=suppressions))))).suppressed == reason


def with_rules(one, rules, extensions=()):
    one = copy.deepcopy(one)
    one["tool"]["driver"]["rules"] = rules
    one["tool"]["extensions"] = [{"rules": listed} for listed in extensions]
    return one


def scored(rule_id, score):
    return {"id": rule_id, "properties": {"security-severity": score}}


def scores(one):
    return [claim.value for claim in only(read(document(one))).severities if claim.kind == "score"]


@pytest.mark.parametrize(
    ("found", "rules", "extensions"),
    [
        ({"ruleId": "A"}, [scored("B", "1"), scored("A", "9.1")], []),
        ({"ruleId": "A", "ruleIndex": 1}, [scored("B", "1"), scored("A", "9.1")], []),
        ({"ruleId": "A", "ruleIndex": 0}, [scored("B", "1"), scored("A", "9.1")], []),
        ({"ruleId": "A", "ruleIndex": 99}, [scored("A", "9.1")], []),
        ({"ruleId": "A", "ruleIndex": -1}, [scored("A", "9.1")], []),
        ({"ruleId": None, "ruleIndex": 1}, [scored("B", "1"), scored("A", "9.1")], []),
        ({"ruleId": "A/1/2"}, [scored("B", "1"), scored("A", "9.1")], []),
        ({"ruleId": "A/1", "ruleIndex": 0}, [scored("A", "9.1")], []),
        ({"ruleId": "a/b"}, [scored("a", "1"), scored("a/b", "9.1")], []),
        ({"ruleId": "A"}, [], [[scored("B", "1")], [scored("A", "9.1")]]),
        ({"ruleId": None, "rule": {"id": "A"}}, [scored("A", "9.1")], []),
        (
            {"ruleId": "A", "rule": {"index": 0, "toolComponent": {"index": 1}}},
            [scored("B", "1")],
            [[scored("B", "2")], [scored("A", "9.1")]],
        ),
        ({"ruleId": "A"}, [scored("A", 9.1)], []),
    ],
)
def test_a_rule_is_found_by_id_index_hierarchy_and_in_extensions(found, rules, extensions):
    assert scores(with_rules(run({**result(), **found}), rules, extensions)) == ["9.1"]


@pytest.mark.parametrize("score", ["high", "", None, "NaN", "inf", "11", "-1", [9], "1e999"])
def test_a_security_severity_that_is_no_score_claims_nothing(score):
    assert scores(with_rules(run(result()), [scored("R1", score)])) == []


@pytest.mark.parametrize(
    ("found", "default", "word"),
    [
        ({}, None, "medium"),
        ({}, "error", "high"),
        ({"level": "note"}, "error", "low"),
        ({"level": "ERROR"}, None, "high"),
        ({"level": "critical"}, None, "critical"),
        ({"level": "none"}, None, None),
        ({"kind": "review"}, "error", None),
    ],
)
def test_the_level_is_a_word_on_our_scale(found, default, word):
    rule = {"id": "R1", "defaultConfiguration": {"level": default}}
    claims = only(read(document(with_rules(run(result(**found)), [rule])))).severities
    assert claims == ((SeverityClaim("word", "level", word),) if word else ())


def test_a_result_without_any_rule_id_keeps_a_name_that_stays():
    nameless = {"message": {"text": "A key was found"}}
    first, again = (only(read(document(run(nameless, name="Keys")))) for _ in range(2))
    other = only(read(document(run({"message": {"text": "Another"}}, name="Keys"))))
    assert first.id == again.id != other.id
    assert first.id.startswith("keys-")


def test_a_message_may_be_one_of_the_rules_with_arguments():
    rule = {"id": "R1", "messageStrings": {"m": {"text": "'{0}' calls {1} and {9}"}}}
    found = result(message={"id": "m", "arguments": ["f", "{0}"]})
    observation = only(read(document(with_rules(run(found), [rule]))))
    assert observation.description == "'f' calls {0} and {9}"


def located(line, *, uri="src/a.py", code="eval(x)", **more):
    region = {"startLine": line, "snippet": {"text": code}}
    physical = {"artifactLocation": {"uri": uri}, "region": region}
    return result(locations=[{"physicalLocation": physical}], **more)


def prints(*results):
    return [each.fingerprint for each in read(document(run(*results))).observations]


def test_a_fingerprint_stays_when_lines_and_blanks_move():
    assert prints(located(3)) == prints(located(90)) == prints(located(3, code="  eval(x)\n"))
    assert prints(located(3)) != prints(located(3, code="eval(y)"))
    assert prints(located(3)) != prints(located(3, uri="src/b.py"))


def test_a_fingerprint_of_any_text():
    assert fingerprint("\ud800") != fingerprint("\udfff")
    assert fingerprint("a", "b") != fingerprint("ab") != fingerprint("a b")


def test_the_code_around_a_secret_is_not_in_its_fingerprint():
    first, second = (run(located(3, code=code), name="gitleaks") for code in ("a=1", "a=2"))
    assert only(read(document(first))).fingerprint == only(read(document(second))).fingerprint


def test_a_tools_own_fingerprint_is_used():
    own = {"partialFingerprints": {"primaryLocationLineHash": "abc:1"}}
    other = {"partialFingerprints": {"primaryLocationLineHash": "def:1"}}
    assert prints(located(3, **own)) == prints(located(9, code="else", **own))
    assert prints(located(3, **own)) != prints(located(3, **other))
    assert prints(located(3, partialFingerprints={})) == prints(located(3))


def test_the_same_code_twice_in_a_file_is_two_findings():
    assert len(set(prints(located(3), located(9)))) == 2
    assert len(set(prints(located(3), located(3)))) == 1
    assert prints(located(3), located(9))[0] == prints(located(5))[0]


def test_a_location_from_the_list_of_artifacts():
    physical = {"artifactLocation": {"index": 0}, "region": {"startLine": 2.0}}
    one = run(result(locations=[{"physicalLocation": physical}]))
    one["artifacts"] = [{"location": {"uri": "src/a%20b.py"}}]
    assert only(read(document(one))).location == "src/a b.py:2"


def test_a_location_never_breaks_a_line():
    assert only(read(document(run(located(1, uri="a%0A.py"))))).location == "a%0A.py:1"


@pytest.mark.parametrize(
    "name", ["uv", "Grype", "Trivy", "Snyk Open Source", "Snyk Container", "osv-scanner"]
)
def test_tools_that_look_at_dependencies(name):
    assert read(document(run(name=name))).kind is ScanKind.DEPENDENCIES


@pytest.mark.parametrize("name", ["CodeQL", "SnykCode", "Snyk Code", "uvicorn-lint", "bandit"])
def test_tools_that_look_at_code(name):
    assert read(document(run(name=name))).kind is ScanKind.CODE


def test_a_file_of_both_proves_nothing_about_dependencies():
    assert read(document(run(name="uv"), run(name="bandit"))).kind is ScanKind.CODE
    assert read(document(run(name="gitleaks"))).kind is ScanKind.SECRETS
    assert not is_dependency_scanner("sarif")


def package(name, found, rule=None):
    one = with_rules(run(found, name=name), [rule] if rule else [])
    each = only(read(document(one)))
    return each.id, each.package, each.version, each.aliases, each.fix_versions


def test_the_package_in_a_report_of_uv():
    found = result(
        ruleId="PYSEC-2026-1",
        properties={
            "uv/package": "shop-lib",
            "uv/version": "5.1",
            "uv/aliases": ["GHSA-aaaa-bbbb-cc01", "CVE-2026-50001"],
            "uv/fixVersions": ["5.2"],
            "uv/published": "2026-02-19T04:15:00Z",
        },
    )
    each = only(read(document(run(found, name="uv"))))
    assert (each.package, each.version, each.fix_versions) == ("shop-lib", "5.1", ("5.2",))
    assert each.aliases == ("CVE-2026-50001", "GHSA-aaaa-bbbb-cc01")
    assert each.published == date(2026, 2, 19)
    assert each.fingerprint == ""


def test_the_package_in_reports_of_others():
    logical = {"kind": "package", "name": "lib", "fullyQualifiedName": "lib@1.0"}
    assert package("uv", result(locations=[{"logicalLocations": [logical]}]))[1:3] == ("lib", "1.0")
    rule = {
        "id": "CVE-2026-50001-jinja2",
        "help": {"text": "Package: jinja2\nVersion: 3.1.2\nFix Version: 3.1.3,3.2.0\n"},
    }
    assert package("grype", result(ruleId="CVE-2026-50001-jinja2"), rule) == (
        "CVE-2026-50001-jinja2",
        "jinja2",
        "3.1.2",
        ("CVE-2026-50001",),
        ("3.1.3", "3.2.0"),
    )
    rule = {"id": "X", "properties": {"purls": ["pkg:pypi/Zope.Event@5.0"]}}
    assert package("grype", result(ruleId="X"), rule)[1:3] == ("zope-event", "5.0")
    text = "Package: requests\nInstalled Version: 2.19\nVulnerability X\nFixed Version: 2.20"
    assert package("Trivy", result(message={"text": text}))[1:] == (
        "requests",
        "2.19",
        (),
        ("2.20",),
    )
    rule = {"id": "SNYK-1", "fullDescription": {"text": "(CVE-2026-60001) requests@2.19.1"}}
    assert package("Snyk Open Source", result(ruleId="SNYK-1"), rule)[1:4] == (
        "requests",
        "2.19.1",
        ("CVE-2026-60001",),
    )
    text = "Package 'lib@1.0' is vulnerable to 'CVE-2026-1000' (also known as 'PYSEC-2026-7')."
    assert package("osv-scanner", result(ruleId="CVE-2026-1000", message={"text": text}))[1:4] == (
        "lib",
        "1.0",
        ("PYSEC-2026-7",),
    )


def test_an_error_names_file_and_place():
    with pytest.raises(InputError, match=r"^x\.sarif: at \$\.runs\[0\]\.results: found 42"):
        read_report(json.dumps(document({**run(), "results": 42})), "x.sarif")
    with pytest.raises(InputError, match=r"\$\.runs\[0\]\.results\[0\]: found 'text'"):
        read_report(json.dumps(document(run("text"))), "x.sarif")
    with pytest.raises(InputError, match=r"results\[0\]\.ruleId"):
        read_report(json.dumps(document(run(result(ruleId="x" * 301)))), "x.sarif")


def test_recognition():
    assert recognises({"version": "2.1.0", "runs": None})
    assert recognises({"$schema": "https://example.org/SARIF-2.1.0.json", "runs": []})
    assert recognises({"runs": [run()]})
    assert not recognises({"runs": [{"id": 7}]})
    assert not recognises({"version": "2.1.0"})
    assert not recognises([run()])
    with pytest.raises(NotThisReport):
        read({"version": "2.1.0"})

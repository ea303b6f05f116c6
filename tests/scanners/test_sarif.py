"""SARIF: verdicts, rules, suppressions, fingerprints, and what dependency scanners put into it."""

import copy
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind, SeverityClaim, Verdict
from secstatus.scanners import read_reports, sarif
from secstatus.scanners.code_findings import fingerprint
from secstatus.scanners.reading import NotThisReport
from secstatus.scanners.registry import get_kind
from tests.scanners.single import read_report, reader_of

read, recognises = reader_of(sarif), sarif.recognises

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
        SeverityClaim("score", "security-severity", "8.8"),
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
def test_several_runs_are_several_reports(verdicts):
    reports = sarif.read(document(*(RUNS[verdict] for verdict in verdicts)))
    assert [report.verdict for report in reports] == verdicts


def test_results_that_stand_elsewhere_in_the_file_are_not_complete():
    data = {**document(GOOD), "inlineExternalProperties": [{"results": [result()]}]}
    report = read(data)
    assert report.verdict is Verdict.UNSTATED
    assert "inlineExternalProperties" in report.problems[0]


def test_each_run_is_named_by_its_tool():
    runs = document(run(result(), name="Tool B"), run(result(), name="tool a!"), run(name=""))
    names = [report.scanner for report in read_reports(json.dumps(runs), "x.sarif")]
    assert names == ["tool-b", "tool-a", "sarif"]


@pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational", "PASS"])
def test_kinds_that_are_no_findings(kind):
    assert read(document(run(result(kind=kind)))).observations == ()


@pytest.mark.parametrize("kind", ["fail", "FAIL", "review", "open", "", "new in SARIF 3"])
def test_kinds_that_are_findings(kind):
    assert len(read(document(run(result(kind=kind)))).observations) == 1


def test_what_a_baseline_says_is_gone_is_no_finding():
    states = ("absent", "new", "unchanged", "updated")
    report = read(
        document(run(*(located(line, baselineState=each) for line, each in enumerate(states, 1))))
    )
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
    first, again = (only(read(document(run(nameless, name=name)))) for name in ("Keys", "Locks"))
    other = only(read(document(run({"message": {"text": "Another"}}, name="Keys"))))
    assert first.id == again.id != other.id
    assert first.id.startswith("unnamed-")


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
    assert prints(located(3)) == prints(located(3, uri="src/b.py"))


def test_a_fingerprint_of_any_text():
    assert fingerprint("\ud800") != fingerprint("\udfff")
    assert fingerprint("a", "b") != fingerprint("ab") != fingerprint("a b")


def test_the_code_around_a_secret_is_not_in_its_fingerprint():
    first, second = (run(located(3, code=code), name="gitleaks") for code in ("a=1", "a=2"))
    assert only(read(document(first))).fingerprint == only(read(document(second))).fingerprint


def test_a_tools_own_fingerprint_is_used():
    own = {"partialFingerprints": {"primaryLocationLineHash": "abc:1"}}
    other = {"partialFingerprints": {"primaryLocationLineHash": "def:1"}}
    assert prints(located(3, code="", **own)) == prints(located(9, code="", **own))
    assert prints(located(3, code="", **own)) != prints(located(3, code="", **other))
    assert prints(located(3, **own)) == prints(located(3, **other)) == prints(located(3))


def test_the_same_place_twice_is_one_finding_and_two_lines_are_two():
    assert len(prints(located(3), located(9))) == 2
    assert len(prints(located(3), located(3))) == 1


def test_an_open_result_wins_over_a_suppressed_one_at_the_same_place():
    suppressed = located(3, suppressions=[{"kind": "inSource"}])
    assert not only(read(document(run(suppressed, located(3))))).suppressed
    assert not only(read(document(run(located(3), suppressed)))).suppressed


@pytest.mark.parametrize(
    "value", ["requires login", "Unknown", "", "  ", "0000000000000000", "n/a", "17", None, "0:1"]
)
def test_a_placeholder_is_no_fingerprint(value):
    one = located(3, code="", message={"text": "first"}, fingerprints={"id/v1": value})
    other = located(9, code="", message={"text": "second"}, fingerprints={"id/v1": value})
    assert len(set(prints(one, other))) == 2
    assert prints(one) == prints({**one, "fingerprints": {}})


def test_a_fingerprint_that_different_findings_share_is_none():
    same = {"partialFingerprints": {"hash": "5f5f5f5f5f5f5f5f"}}
    one = located(3, code="", message={"text": "first"}, **same)
    other = located(9, code="", message={"text": "second"}, **same)
    assert len(set(prints(one, other))) == 2
    assert len(set(prints(one, {**other, "message": {"text": "first"}}))) == 1


def test_a_message_counts_without_its_figures():
    def of(text):
        return prints(located(3, code="", message={"text": text}))

    assert of("'f' is 12 lines long, of 10") == of("'gg' is 31 lines long, of 10")
    assert of("at 0x7f3a") == of("at 0xffee01") != of("elsewhere")


def test_a_location_from_the_list_of_artifacts():
    physical = {"artifactLocation": {"index": 0}, "region": {"startLine": 2.0}}
    one = run(result(locations=[{"physicalLocation": physical}]))
    one["artifacts"] = [{"location": {"uri": "src/a%20b.py"}}]
    assert only(read(document(one))).location == "src/a b.py:2"


def test_a_location_never_breaks_a_line():
    assert only(read(document(run(located(1, uri="a%0A.py"))))).location == "a%0A.py:1"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *[(name, ScanKind.DEPENDENCIES) for name in ("uv", "Grype", "Trivy", "Snyk Open Source")],
        *[(name, ScanKind.CODE) for name in ("CodeQL", "SnykCode", "bandit", "no list knows it")],
        ("gitleaks", ScanKind.SECRETS),
    ],
)
def test_an_empty_run_is_of_the_kind_that_its_tool_is_known_for(name, kind):
    report = read(document(run(name=name)))
    assert (report.kind, report.inventory) == (kind, None)


ADVISORY = {"kind": "package", "fullyQualifiedName": "lib@1.0"}
RESULTS = [
    located(3),
    located(4, code="", fingerprints={"id": "requires login"}),
    result(ruleId="CVE-2026-50001", locations=[{"logicalLocations": [ADVISORY]}]),
    result(ruleId="CVE-2026-50002", message={"text": "Package: lib\nInstalled Version: 1"}),
    result(ruleId="key", properties={"tags": ["secret"]}),
    result(ruleId="invalid-syntax"),
    {"message": {"text": "without a rule"}},
]


@given(
    st.text(max_size=30).filter(lambda name: get_kind(name) is None),
    st.lists(st.sampled_from(RESULTS), max_size=6),
)
def test_the_name_of_a_tool_decides_nothing(name, results):
    plain = read(document(run(*results, name="Some Tool")))
    named = read(document(run(*results, name=name)))
    assert replace(named, scanner="") == replace(plain, scanner="")


def test_the_kind_of_a_run_is_that_of_its_findings():
    def kinds(*results, name="Some Tool"):
        report = read(document(run(*results, name=name)))
        return report.kind, [each.kind for each in report.observations]

    dependency, code, secret = ScanKind.DEPENDENCIES, ScanKind.CODE, ScanKind.SECRETS
    assert kinds(RESULTS[2], RESULTS[0]) == (dependency, [dependency, code])
    assert kinds(RESULTS[0], name="Trivy") == (code, [code])
    assert kinds(RESULTS[4]) == (secret, [secret])
    assert kinds(result(ruleId="R1"), name="gitleaks") == (secret, [secret])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("invalid-syntax", "Expected an expression"),
        ("E999", "SyntaxError"),
        ("pylint/syntax-error", "x"),
        (None, "SyntaxError: Expected an expression"),
        (None, "Parsing error: unexpected token"),
    ],
)
def test_a_syntax_error_is_a_file_that_was_not_examined(rule, message):
    bad = located(7, uri="src/old.py", ruleId=rule, message={"text": message})
    report = read(document(run(bad, located(3), invocations=[ran()])))
    assert report.verdict is Verdict.PARTIAL
    assert [each.name for each in report.skipped] == ["src/old.py"]
    assert [each.id for each in report.observations] == ["R1"]


def with_artifacts(*artifacts, **more):
    return read(document(run(artifacts=list(artifacts), **more)))


def test_the_scope_are_the_targets_of_the_analysis():
    def artifact(uri, *roles):
        return {"location": {"uri": uri}, **({"roles": list(roles)} if roles else {})}

    assert with_artifacts(artifact("a.py"), artifact("b.py")).scope == ("a.py", "b.py")
    targets = artifact("a.py", "analysisTarget"), artifact("b.py", "resultFile"), artifact("c.py")
    assert with_artifacts(*targets).scope == ("a.py",)
    assert with_artifacts().scope == ()


SOURCE = {"%SRCROOT%": {"uri": "file:///home/ci/shop/"}, "SUB": {"uri": "src/"}}
SOURCE["SUB"]["uriBaseId"] = "%SRCROOT%"


@pytest.mark.parametrize(
    ("artifact", "location"),
    [
        ({"uri": "file:///home/ci/a%20b.py"}, "/home/ci/a b.py"),
        ({"uri": "file:///D:/shop/a.py"}, "D:/shop/a.py"),
        ({"uri": "D:\\shop\\a.py"}, "D:/shop/a.py"),
        ({"uri": "/home/ci/a.py"}, "/home/ci/a.py"),
        ({"uri": "src/a.py", "uriBaseId": "%SRCROOT%"}, "src/a.py"),
        ({"uri": "a.py", "uriBaseId": "SUB"}, "src/a.py"),
        ({"uri": "a.py", "uriBaseId": "NOWHERE"}, "a.py"),
        ({"uri": "a.py", "uriBaseId": "OTHER"}, "/elsewhere/a.py"),
        ({"uri": "a.py", "uriBaseId": "LOOP"}, "a.py"),
    ],
)
def test_a_path_is_relative_to_the_checkout_that_the_run_names(artifact, location):
    bases = {**SOURCE, "OTHER": {"uri": "file:///elsewhere/"}, "LOOP": {"uriBaseId": "LOOP"}}
    found = result(locations=[{"physicalLocation": {"artifactLocation": artifact}}])
    report = read(document(run(found, originalUriBaseIds=bases)))
    assert only(report).location == location
    assert report.root == "/home/ci/shop"


@pytest.mark.parametrize(
    ("more", "root"),
    [
        ({}, ""),
        ({"originalUriBaseIds": {"ROOT": {"uri": "src/"}}}, ""),
        ({"originalUriBaseIds": {"ROOT": {"uri": "file:///"}}}, ""),
        (
            {"invocations": [{"workingDirectory": {"uri": "file:///home/ci/shop/"}}]},
            "/home/ci/shop",
        ),
        ({"versionControlProvenance": [{"mappedTo": {"uri": "file:///co"}}]}, "/co"),
        (
            {
                "originalUriBaseIds": {"R": {"uri": "file:///base/"}},
                "versionControlProvenance": [{"mappedTo": {"uriBaseId": "R"}}],
            },
            "/base",
        ),
    ],
)
def test_the_checkout_that_a_run_names(more, root):
    assert read(document(run(**more))).root == root


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
    found = result(ruleId="CVE-2026-50001", message={"text": text})
    assert package("Trivy", found)[1:] == (
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


def logical(*purls, rule="CVE-2026-40001", text="CVE-2026-40001 - sandbox breakout", **more):
    places = [{"logicalLocations": [{"fullyQualifiedName": purl} for purl in purls]}]
    return result(ruleId=rule, message={"text": text}, locations=places, **more)


def test_packages_in_logical_locations():
    rule = {
        "id": "CVE-2026-40001",
        "shortDescription": {"text": "High severity - CVE-2026-40001 vulnerability"},
        "fullDescription": {"text": "A library for templates."},
    }
    found = logical("pkg:pypi/jinja2@3.1.4", "x.tgz: pkg:npm/%40a/ajv@6.0.0 (shaded)")
    one = with_rules(run(found, found, name="dependency-check"), [rule])
    jinja, ajv = read(document(one)).observations
    assert (jinja.package, jinja.version, jinja.title) == ("jinja2", "3.1.4", "sandbox breakout")
    assert (ajv.package, ajv.version) == ("npm:@a/ajv", "6.0.0")
    assert read(document(one)).ecosystems == ("npm", "pypi")
    assert jinja.kind is ScanKind.DEPENDENCIES


@pytest.mark.parametrize(
    "found",
    [
        result(locations=[{"logicalLocations": [{"kind": "package", "name": "com.shop"}]}]),
        result(message={"text": "Package: com.shop\nVersion: 3"}),
        result(ruleId="R1", message={"text": "Package 'a@1' is vulnerable to R1"}),
    ],
)
def test_a_package_of_code_is_no_dependency(found):
    assert only(read(document(run(found)))).kind is ScanKind.CODE


@pytest.mark.parametrize(
    ("uri", "package"), [("package-lock.json", "npm:lib"), ("go.mod", "golang:lib"), ("a", "lib")]
)
def test_the_lock_file_tells_the_ecosystem(uri, package):
    place = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    text = "Package: lib\nInstalled Version: 1.0"
    found = result(ruleId="GHSA-aaaa-bbbb-cc01", message={"text": text}, locations=[place])
    assert only(read(document(run(found)))).package == package


@pytest.mark.parametrize(
    "properties", [{"issue_confidence": "LOW"}, {"some/confidence": "Low"}, {"confidence": "low"}]
)
def test_low_confidence_counts_as_low_severity(properties):
    found = located(3, level="error", properties={**properties, "security-severity": "9.8"})
    words = {claim.value for claim in only(read(document(run(found)))).severities}
    assert words == {"low"}


@pytest.mark.parametrize(
    "message", ["Hardcoded password: 'hunter2hunter2'", "hunter2hunter2 is a hardcoded password"]
)
def test_a_quoted_secret_is_masked(message):
    found = located(3, code='KEY = "hunter2hunter2"', message={"text": message})
    each = only(read(document(run(found))))
    assert "hunter2" not in repr(each)
    other = located(3, code='KEY = "another"', message={"text": "Hardcoded password: 'another'"})
    assert only(read(document(run(other)))).fingerprint == each.fingerprint

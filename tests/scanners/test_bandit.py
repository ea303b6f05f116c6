"""bandit's JSON: what was examined, and findings that keep their identity when lines move."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.observation import ScanKind, SeverityClaim, Skipped, Verdict
from secstatus.scanners import bandit, sarif
from secstatus.scanners.reading import NotThisReport
from tests.scanners.single import reader_of

read = reader_of(bandit)

MIXED = json.loads(
    (Path(__file__).parent.parent / "data/reports/bandit/mixed.json").read_text("utf-8")
)
LIGHT = "./src/lantern/light.py"


def changed(**keys):
    return {**copy.deepcopy(MIXED), **keys}


def result(line=12, before="def light(name):", code="    run(name, shell=True)", **keys):
    excerpt = f"{line - 1} {before}\n{line} {code}\n{line + 1} \n"
    return {
        **MIXED["results"][0],
        "code": excerpt,
        "line_number": line,
        "line_range": [line],
        **keys,
    }


def report_of(*results):
    metrics = {LIGHT: {"SEVERITY.HIGH": len(results), "loc": 100}}
    return read(changed(results=list(results), metrics=metrics))


def fingerprints(*results):
    return [each.fingerprint for each in report_of(*results).observations]


def test_a_report_is_understood():
    report = read(MIXED)
    assert (report.scanner, report.kind) == ("bandit", ScanKind.CODE)
    assert (report.verdict, report.audited, report.unit) == (Verdict.COMPLETE, 120, "lines of code")
    assert report.scope == ("src/lantern/__init__.py", "src/lantern/light.py")
    assert report.scanned_at == datetime(2026, 11, 20, 8, 9, 10, tzinfo=UTC)
    assert report.problems == ()
    shell, asserted = report.observations
    assert (shell.id, shell.location) == ("B602", "src/lantern/light.py:12")
    assert shell.severities == (SeverityClaim("word", "bandit", "HIGH"),)
    assert shell.title == "subprocess call with shell=True identified, security issue."
    assert shell.description.endswith("Confidence of bandit: high. CWE-78.")
    assert shell.references[0] == "https://bandit.readthedocs.io/en/1.9.4/plugins/b602.html"
    assert (asserted.id, asserted.location) == ("B101", "src/lantern/light.py:31")
    assert "CWE" not in asserted.description


NOTHING = {"SEVERITY.HIGH": 0, "loc": 0, "nosec": 0}


@pytest.mark.parametrize(
    "metrics", [{}, {"_totals": NOTHING}, {"_totals": {"loc": 400}}, {"a.py": NOTHING}]
)
def test_no_line_of_code_is_a_failed_scan_whatever_the_totals_say(metrics):
    report = read(changed(metrics=metrics, results=[]))
    assert (report.verdict, report.audited) == (Verdict.FAILED, 0)
    assert "0 lines of code" in report.problems[0]


def test_a_target_that_is_not_there_is_a_failed_scan_with_the_reason():
    errors = [{"filename": "srx", "reason": "No such file or directory"}]
    report = read(changed(errors=errors, metrics={"_totals": NOTHING}, results=[]))
    assert report.verdict is Verdict.FAILED
    assert report.skipped == (Skipped("srx", "No such file or directory"),)


def test_a_file_that_could_not_be_examined_makes_the_scan_partial():
    errors = [{"filename": "./src/old.py", "reason": "syntax error while parsing AST"}]
    report = read(changed(errors=errors))
    assert report.verdict is Verdict.PARTIAL
    assert report.skipped == (Skipped("src/old.py", "syntax error while parsing AST"),)
    assert report.problems == ("1 files could not be examined.",)


def test_results_that_were_filtered_out_are_noted_and_their_file_is_skipped():
    report = read(changed(results=[MIXED["results"][0]]))
    assert report.verdict is Verdict.PARTIAL
    (skipped,) = report.skipped
    assert skipped == Skipped("src/lantern/light.py", "not every result in it is listed")
    assert report.problems == ("It counts 1 results that it does not list (-l, -i or a baseline).",)
    assert report.scope == ("src/lantern/__init__.py",)


@pytest.mark.parametrize(
    "results", [[*MIXED["results"], result()], [result(filename="src/elsewhere.py")]]
)
def test_results_that_the_metrics_do_not_have_are_a_failed_scan(results):
    report = read(changed(results=results))
    assert report.verdict is Verdict.FAILED
    assert len(report.observations) == len(results)


def test_silenced_lines_are_said():
    metrics = {"a.py": {"SEVERITY.LOW": 0, "loc": 10, "nosec": 2.0}}
    (problem,) = read(changed(metrics=metrics, results=[])).problems
    assert problem.startswith("2 lines are marked `nosec`")


@given(st.integers(2, 900), st.sampled_from(["", "x = 1", "# a note"]), st.integers(0, 8))
def test_a_finding_stays_the_same_when_lines_move_and_neighbours_change(line, before, indent):
    moved = result(line, before, " " * indent + "run(name,  shell=True)")
    assert fingerprints(moved) == fingerprints(result())


@pytest.mark.parametrize(
    "other",
    [
        result(code="    run(path, shell=True)"),
        result(test_id="B603"),
    ],
)
def test_other_code_or_another_rule_is_another_finding(other):
    assert fingerprints(other) != fingerprints(result())


@given(st.sets(st.integers(2, 900), min_size=2, max_size=5))
def test_the_same_code_twice_in_a_file_is_two_findings_of_one_fingerprint(lines):
    found = report_of(*(result(line) for line in sorted(lines))).observations
    assert len({each.location for each in found}) == len(lines)
    assert len({each.fingerprint for each in found}) == 1


def test_the_paths_do_not_depend_on_how_bandit_was_started():
    plain = copy.deepcopy(MIXED)
    plain["metrics"] = {name.removeprefix("./"): item for name, item in plain["metrics"].items()}
    for item in plain["results"]:
        item["filename"] = item["filename"].removeprefix("./")
    assert read(plain) == read(MIXED)


def test_code_without_line_numbers_still_tells_findings_apart():
    found = fingerprints(result(code="").copy() | {"code": "a()"}, result() | {"code": "b()"})
    assert len(set(found)) == 2


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("results", None, "$.results"),
        ("results", {}, "$.results"),
        ("results", [None], "$.results[0]"),
        ("results", [{"filename": LIGHT}], "$.results[0].test_id"),
        ("metrics", None, "$.metrics"),
        ("metrics", {"a.py": 3}, "$.metrics['a.py']"),
        ("errors", {}, "$.errors"),
    ],
)
def test_what_could_hide_a_finding_is_refused_with_its_place(key, value, place):
    with pytest.raises(NotThisReport) as caught:
        read({**MIXED, key: value})
    assert caught.value.place == place
    assert not bandit.recognises({"results": [], "errors": []})


CALL = """import subprocess


def light(name):
    subprocess.call(
        name,
        shell=True,
        cwd="/tmp",
    )
    connect(
        user="keeper",
        password="hunter2hunter2",
    )
"""
# What bandit 1.9.4 writes of it: rule, line_number, line_range, first and last line of the excerpt.
FOUND = [
    ("B404", 1, [1], 1, 3, "Consider possible implications of the subprocess module.", "HIGH"),
    ("B602", 7, [5, 6, 7, 8, 9], 6, 12, "subprocess call with shell=True identified.", "HIGH"),
    ("B108", 8, [8], 7, 9, "Probable insecure usage of temp file/directory.", "MEDIUM"),
    ("B106", 12, [10, 11, 12, 13], 11, 13, "Possible hardcoded password: 'hunter2hunter2'", "LOW"),
]
LINES = CALL.splitlines()


def in_json(rule, line, span, first, last, text, confidence):
    excerpt = "".join(f"{number} {LINES[number - 1]}\n" for number in range(first, last + 1))
    return {
        "test_id": rule,
        "test_name": "a_test",
        "filename": "./src/light.py",
        "issue_text": text,
        "issue_severity": "HIGH",
        "issue_confidence": confidence,
        "line_number": line,
        "line_range": span,
        "code": excerpt,
    }


def in_sarif(rule, line, span, first, last, text, confidence):
    """Its formatter takes the snippet by the position of the first line, which may be before."""
    shown = LINES[first - 1 : last]
    region = {
        "startLine": span[0],
        "endLine": span[1] if len(span) > 1 else span[0],
        "snippet": {"text": shown[span[0] - first] + "\n"},
    }
    around = {"startLine": first, "endLine": last, "snippet": {"text": "\n".join(shown) + "\n"}}
    physical = {
        "artifactLocation": {"uri": "src/light.py"},
        "region": region,
        "contextRegion": around,
    }
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": text},
        "locations": [{"physicalLocation": physical}],
        "properties": {"issue_confidence": confidence, "issue_severity": "HIGH"},
    }


COUNTED = {"./src/light.py": {"SEVERITY.HIGH": 4, "loc": 12}, "_totals": {"loc": 12}}


def both(listed=FOUND, metrics=COUNTED):
    plain = {"results": [in_json(*each) for each in listed], "metrics": metrics}
    run = {
        "tool": {"driver": {"name": "Bandit"}},
        "invocations": [{"executionSuccessful": True}],
        "results": [in_sarif(*each) for each in listed],
        "properties": {"metrics": metrics},
    }
    return read(plain), reader_of(sarif)({"version": "2.1.0", "runs": [run]})


def test_one_run_in_two_formats_gives_the_same_findings():
    one, other = both()
    assert [identity(each) for each in one.observations] == [
        identity(each) for each in other.observations
    ]
    assert len({each.fingerprint for each in one.observations}) == 4
    assert "hunter2" not in repr((one, other))
    for each in (one, other):
        assert (each.verdict, each.audited, each.scope) == (
            Verdict.COMPLETE,
            12,
            ("src/light.py",),
        )


def identity(each):
    return each.kind, each.id, each.location, each.fingerprint, each.title


@pytest.mark.parametrize("metrics", [{"_totals": {"loc": 9}}, {"./a.py": {"loc": 0}}])
def test_no_line_of_code_is_a_failed_scan_in_both_formats(metrics):
    metrics = {"_totals": {"loc": 0}, **metrics}
    assert [each.verdict for each in both([], metrics)] == [Verdict.FAILED] * 2


def test_results_that_are_counted_and_not_listed_are_partial_in_both_formats():
    for report in both(FOUND[:2]):
        assert report.verdict is Verdict.PARTIAL
        assert [each.name for each in report.skipped] == ["src/light.py"]
        assert report.scope == ()


@pytest.mark.parametrize(
    ("severity", "confidence", "word"),
    [
        ("HIGH", "LOW", "low"),
        ("MEDIUM", "low", "low"),
        ("LOW", "LOW", "low"),
        ("HIGH", "MEDIUM", "HIGH"),
        ("UNDEFINED", "LOW", "UNDEFINED"),
    ],
)
def test_low_confidence_counts_as_low_severity(severity, confidence, word):
    found = result(issue_severity=severity, issue_confidence=confidence)
    (claim,) = report_of(found).observations[0].severities
    assert claim.value.lower() == word.lower()


def test_a_file_that_was_not_examined_is_not_in_the_scope():
    report = read(changed(errors=[{"filename": LIGHT, "reason": "syntax error"}]))
    assert report.scope == ("src/lantern/__init__.py",)


def test_what_is_counted_and_not_listed_at_all_is_no_clean_scan():
    report = read(changed(results=[]))
    assert report.verdict is Verdict.FAILED
    assert report.problems[0].startswith("It counts 2 results and lists none")

"""bandit's JSON: what was examined, and findings that keep their identity when lines move."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.observation import ScanKind, SeverityClaim, Skipped, Verdict
from secstatus.scanners import bandit
from secstatus.scanners.reading import NotThisReport

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
    return bandit.read(changed(results=list(results), metrics=metrics))


def fingerprints(*results):
    return [each.fingerprint for each in report_of(*results).observations]


def test_a_report_is_understood():
    report = bandit.read(MIXED)
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
    report = bandit.read(changed(metrics=metrics, results=[]))
    assert (report.verdict, report.audited) == (Verdict.FAILED, 0)
    assert "0 lines of code" in report.problems[0]


def test_a_target_that_is_not_there_is_a_failed_scan_with_the_reason():
    errors = [{"filename": "srx", "reason": "No such file or directory"}]
    report = bandit.read(changed(errors=errors, metrics={"_totals": NOTHING}, results=[]))
    assert report.verdict is Verdict.FAILED
    assert report.skipped == (Skipped("srx", "No such file or directory"),)


def test_a_file_that_could_not_be_examined_makes_the_scan_partial():
    errors = [{"filename": "./src/old.py", "reason": "syntax error while parsing AST"}]
    report = bandit.read(changed(errors=errors))
    assert report.verdict is Verdict.PARTIAL
    assert report.skipped == (Skipped("src/old.py", "syntax error while parsing AST"),)
    assert report.problems == ("1 files could not be examined.",)


def test_results_that_were_filtered_out_are_noted_and_their_file_is_skipped():
    report = bandit.read(changed(results=[MIXED["results"][0]]))
    assert report.verdict is Verdict.COMPLETE
    (skipped,) = report.skipped
    assert skipped == Skipped("src/lantern/light.py", "not every result in it is listed")
    assert report.problems == ("It counts 1 results that it does not list (-l, -i or a baseline).",)
    assert report.scope == ("src/lantern/__init__.py",)


@pytest.mark.parametrize(
    "results", [[*MIXED["results"], result()], [result(filename="src/elsewhere.py")]]
)
def test_results_that_the_metrics_do_not_have_are_a_failed_scan(results):
    report = bandit.read(changed(results=results))
    assert report.verdict is Verdict.FAILED
    assert len(report.observations) == len(results)


def test_silenced_lines_are_said():
    metrics = {"a.py": {"SEVERITY.LOW": 0, "loc": 10, "nosec": 2.0}}
    (problem,) = bandit.read(changed(metrics=metrics, results=[])).problems
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
        result(filename="./src/lantern/other.py"),
    ],
)
def test_other_code_rule_or_file_is_another_finding(other):
    assert fingerprints(other) != fingerprints(result())


@given(st.sets(st.integers(2, 900), min_size=2, max_size=5))
def test_the_same_code_twice_in_a_file_is_two_findings(lines):
    found = fingerprints(*(result(line) for line in sorted(lines)))
    assert len(set(found)) == len(lines)


def test_the_paths_do_not_depend_on_how_bandit_was_started():
    plain = copy.deepcopy(MIXED)
    plain["metrics"] = {name.removeprefix("./"): item for name, item in plain["metrics"].items()}
    for item in plain["results"]:
        item["filename"] = item["filename"].removeprefix("./")
    assert bandit.read(plain) == bandit.read(MIXED)


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
        bandit.read({**MIXED, key: value})
    assert caught.value.place == place
    assert not bandit.recognises({"results": [], "errors": []})

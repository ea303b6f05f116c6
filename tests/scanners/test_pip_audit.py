"""pip-audit's JSON: what was audited, what was skipped, what was found."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.observation import Observation, ScanKind, Skipped, Verdict
from secstatus.scanners import pip_audit
from secstatus.scanners.reading import NotThisReport
from tests.scanners.single import reader_of

read = reader_of(pip_audit)

MIXED = json.loads(
    (Path(__file__).parent.parent / "data/reports/pip_audit/mixed.json").read_text("utf-8")
)


def clean(name="kelp"):
    return {"name": name, "version": "1.0", "vulns": []}


def skipped(name="lantern"):
    return {"name": name, "skip_reason": "no version specified"}


def test_a_report_is_understood():
    report = read(MIXED)
    assert (report.scanner, report.kind) == ("pip-audit", ScanKind.DEPENDENCIES)
    assert (report.verdict, report.audited) == (Verdict.PARTIAL, 2)
    assert report.inventory == {"kelp": ("1.2.0",), "tide-pool": ("0.9",)}
    assert [item.name for item in report.skipped] == ["lantern"]
    assert report.scanned_at is None
    assert report.observations == (
        Observation(
            id="PYSEC-2026-11",
            aliases=("CVE-2026-1111", "GHSA-2222-3333-4444"),
            package="kelp",
            version="1.2.0",
            fix_versions=("1.2.4", "1.3.0"),
            description="A crafted tide table reads past the end of the buffer.",
        ),
    )


def test_partial_has_no_problem_of_its_own_so_that_the_project_itself_may_be_skipped():
    assert read(MIXED).problems == ()


def test_before_version_2_it_was_the_list_alone():
    old = read([clean(), skipped()])
    assert old == read({"dependencies": [clean(), skipped()], "fixes": []})
    assert pip_audit.recognises([clean()])


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        ([], "It lists no dependency: nothing was audited."),
        ([skipped("a"), skipped("b")], "It audited 0 of 2 packages: every one was skipped."),
    ],
)
@pytest.mark.parametrize("shape", [list, lambda listed: {"dependencies": listed}])
def test_an_audit_of_no_packages_has_failed(listed, problem, shape):
    report = read(shape(listed))
    assert (report.verdict, report.audited) == (Verdict.FAILED, 0)
    assert report.problems == (problem,)


@given(st.lists(st.booleans(), max_size=6))
def test_the_verdict_follows_from_what_was_audited(audited):
    listed = [clean(f"a{n}") if each else skipped(f"a{n}") for n, each in enumerate(audited)]
    report = read({"dependencies": listed})
    expected = Verdict.COMPLETE if all(audited) else Verdict.PARTIAL
    assert report.verdict is (expected if any(audited) else Verdict.FAILED)
    assert report.audited == sum(audited)
    assert len(report.skipped) == len(audited) - sum(audited)


@pytest.mark.parametrize(
    "order", [["CVE-2", "GHSA-1"], ["GHSA-1", "CVE-2"], ["CVE-2", "GHSA-1", "X"]]
)
def test_the_order_of_aliases_says_nothing(order):
    listed = [{"name": "a", "version": "1", "vulns": [{"id": "X", "aliases": order}]}]
    assert read(listed).observations[0].aliases == ("CVE-2", "GHSA-1")


def test_one_package_in_two_versions_is_one_entry_of_the_inventory():
    listed = [clean("PyYAML"), {**clean("pyyaml"), "version": "2.0"}, clean("pyyaml")]
    assert read(listed).inventory == {"pyyaml": ("1.0", "2.0")}


def test_a_skipped_entry_with_findings_keeps_them_and_is_not_audited():
    item = {"name": "a", "version": "1", "vulns": [{"id": "X"}], "skip_reason": "half done"}
    report = read([clean(), item])
    assert [each.id for each in report.observations] == ["X"]
    assert (report.audited, report.skipped) == (1, (Skipped("a", "half done"),))
    assert report.verdict is Verdict.PARTIAL


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({}, "$.dependencies"),
        ({"dependencies": None}, "$.dependencies"),
        ({"dependencies": {"a": 1}}, "$.dependencies"),
        ("none", "$"),
        ([clean(), "b"], "$[1]"),
        ([{"name": "a", "version": "1"}], "$[0].vulns"),
        ([{"name": "a", "version": "1", "vulns": None}], "$[0].vulns"),
        ([{"name": "a", "version": "1", "vulns": {}}], "$[0].vulns"),
        ([{"name": "a", "version": "1", "vulns": ["X"]}], "$[0].vulns[0]"),
        ([{"name": "a", "version": "1", "vulns": [{"aliases": ["X"]}]}], "$[0].vulns[0].id"),
        ([{"version": "1", "vulns": []}], "$[0].name"),
    ],
)
def test_what_could_hide_a_finding_is_refused_with_its_place(data, place):
    with pytest.raises(NotThisReport) as caught:
        read(data)
    assert caught.value.place == place


@pytest.mark.parametrize("data", [[], {}, None, {"dependencies": [{"fileName": "a.jar"}]}, [{}]])
def test_what_it_does_not_take_for_its_own(data):
    assert not pip_audit.recognises(data)


def report_of(*dependencies, **more):
    return read({"dependencies": [{"vulns": [], **each} for each in dependencies], **more})


def test_extras_are_not_in_the_inventory():
    report = report_of({"name": "Jinja2[async]", "version": "3.1"})
    assert report.inventory == {"jinja2": ("3.1",)}
    assert report.ecosystems == ("pypi",)


@pytest.mark.parametrize("name", ["UNKNOWN", "unknown"])
def test_a_project_whose_metadata_could_not_be_built_is_a_gap(name):
    report = report_of({"name": name, "version": "0.0.0"}, {"name": "idna", "version": "3.7"})
    assert report.verdict is Verdict.PARTIAL
    assert "named UNKNOWN" in report.problems[-1]


def test_without_any_dependency_it_failed_with_an_empty_inventory():
    report = read({"dependencies": [], "fixes": []})
    assert (report.verdict, report.audited, report.inventory) == (Verdict.FAILED, 0, {})
    assert report.problems == ("It lists no dependency: nothing was audited.",)


def test_the_version_of_the_tool_where_it_says_so():
    report = report_of({"name": "a", "version": "1"}, tool={"name": "pip-audit", "version": "3.0"})
    assert report.tool_version == "3.0"

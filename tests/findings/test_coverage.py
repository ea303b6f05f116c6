"""What a scan proves once the project, the last scan and the exit status are known."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.dependencies import ProjectDependencies
from secstatus.findings.coverage import ScanContext, assess_scan
from secstatus.findings.ledger import CompleteScan
from secstatus.findings.observation import Observation, ScanKind, ScanReport, Skipped, Verdict
from secstatus.findings.project_facts import ProjectFacts
from secstatus.findings.scan_group import NO_DEPENDENCIES, ScanGroup

TRUST = [Verdict.FAILED, Verdict.PARTIAL, Verdict.UNSTATED, Verdict.COMPLETE]
AT = datetime(2026, 11, 20, tzinfo=UTC)
NEEDS = ProjectDependencies(runtime=frozenset({"kelp", "coral"}), source="pyproject.toml")


def report(verdict="complete", found=0, scanner="pip-audit", **keys):
    observations = tuple(Observation(f"PYSEC-2026-{n}", package="a") for n in range(found))
    return ScanReport(
        scanner, ScanKind.DEPENDENCIES, Verdict(verdict), observations, **{"audited": 40, **keys}
    )


def listing(*names, **keys):
    inventory = dict.fromkeys(names, ("1.0",))
    return report(inventory=inventory, **{"audited": len(names), **keys})


def code(*files, loc=100, **keys):
    return ScanReport("bandit", ScanKind.CODE, Verdict.COMPLETE, audited=loc, scope=files, **keys)


def project(dependencies=None, package="lantern-fish", **keys):
    return ProjectFacts(package, dependencies=dependencies, **keys)


def before(**keys):
    return CompleteScan(AT, **keys)


def assessed(*reports, **around):
    """The verdict of the whole, and the sentences."""
    found = assess_scan(reports, ScanContext(**around))
    return ScanGroup(found).verdict.value, " ".join(found[0].problems)


def verdict(*reports, **around):
    return assessed(*reports, **around)[0]


def test_the_project_itself_may_be_skipped():
    own = report("partial", skipped=(Skipped("Lantern_Fish", "not on the index"),))
    assert verdict(own, project=project()) == "complete"
    assert verdict(own, project=project(package="other")) == "partial"
    assert verdict(own) == "partial"


def test_a_second_skipped_package_is_not_excused():
    both = report("partial", skipped=(Skipped("lantern-fish"), Skipped("kelp")))
    assert verdict(both, project=project()) == "partial"


def test_the_excuse_needs_something_that_was_audited():
    own = report("partial", audited=0, skipped=(Skipped("lantern-fish"),))
    assert verdict(own, project=project()) == "failed"


def test_who_examined_nothing_has_failed():
    assert assessed(report(audited=0)) == ("failed", "It examined 0 packages.")


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [(100, 50, "complete"), (100, 49, "partial"), (3, 1, "partial"), (None, 1, "complete")],
)
def test_a_target_that_shrinks_by_more_than_half_is_partial(was, now, expected):
    assert verdict(report(audited=now), before=before(audited=was)) == expected


def test_a_scan_that_lacks_a_part_is_partial():
    assert verdict(report(), before=before(reports=2)) == "partial"
    assert verdict(report(), report(audited=1), before=before(reports=2)) == "complete"


def accept_zero(status, found):
    return status == 0


def test_the_exit_status_has_to_go_with_the_report():
    assert verdict(report(), exit_status=0, accepts_exit=accept_zero) == "complete"
    assert verdict(report(), exit_status=2, accepts_exit=accept_zero) == "failed"
    assert verdict(report(), accepts_exit=accept_zero) == "complete"


# What was looked at.


@pytest.mark.parametrize(
    ("names", "expected", "word"),
    [
        (("kelp", "coral"), "complete", ""),
        (("kelp", "coral", "pip", "sphinx"), "complete", ""),
        (("kelp", "sphinx"), "partial", "coral"),
        (("pip", "pip-audit", "rich"), "partial", "coral, kelp"),
        ((), "failed", "coral, kelp"),
    ],
)
def test_an_inventory_has_to_hold_every_declared_dependency(names, expected, word):
    keys = {} if names else {"audited": None}
    found, text = assessed(listing(*names, **keys), project=project(NEEDS))
    assert found == expected
    assert word in text


def test_the_parts_of_a_scan_are_taken_together():
    both = listing("kelp"), listing("coral", "sphinx")
    assert verdict(*both, project=project(NEEDS)) == "complete"


def test_packages_of_another_ecosystem_are_another_target():
    npm = listing("npm:ajv", ecosystems=("npm",))
    assert verdict(npm, project=project(NEEDS)) == "complete"


@pytest.mark.parametrize(
    ("names", "skipped", "expected"),
    [
        (("lantern-fish", "kelp"), (), "complete"),
        (("kelp",), (Skipped("lantern-fish"),), "complete"),
        (("kelp", "sphinx"), (), "partial"),
    ],
)
def test_where_nothing_is_declared_the_list_must_hold_the_project(names, skipped, expected):
    dynamic = ProjectDependencies(runtime=None, problems=("`dependencies` are dynamic",))
    assert verdict(listing(*names, skipped=skipped), project=project(dynamic)) == expected


def test_a_lock_file_that_cannot_be_read_leaves_doubt():
    doubtful = ProjectDependencies(runtime=frozenset(), problems=("uv.lock: not TOML.",))
    found, text = assessed(listing("kelp"), project=project(doubtful))
    assert (found, "uv.lock: not TOML" in text) == ("partial", True)


NONE = ProjectDependencies(runtime=frozenset(), source="pyproject.toml")


@pytest.mark.parametrize("skipped", [(), (Skipped("lantern-fish"),)])
def test_an_empty_list_is_the_truth_of_a_project_without_dependencies(skipped):
    empty = report("failed", audited=0, inventory={}, skipped=skipped, problems=("0 packages.",))
    assert assessed(empty, project=project(NONE)) == ("complete", NO_DEPENDENCIES)
    assert verdict(empty, project=project(NEEDS)) == "failed"
    assert verdict(empty, project=project(ProjectDependencies(runtime=None))) == "failed"
    status = {"exit_status": 2, "accepts_exit": accept_zero}
    assert verdict(empty, project=project(NONE), **status) == "failed"


@pytest.mark.parametrize("name", ["kelp", "pip"])
def test_a_package_that_was_skipped_is_no_empty_list(name):
    """pip too: every source knows it, so that none was asked (pip-audit without its index)."""
    other = report("failed", audited=0, inventory={}, skipped=(Skipped(name),))
    assert verdict(other, project=project(NONE)) == "failed"


def test_a_report_that_lists_nothing_proves_no_absence_of_dependencies():
    assert verdict(report(audited=None), project=project(NONE)) == "unstated"


def test_a_scanner_of_the_lock_file_audits_what_the_lock_file_has():
    locked = ProjectDependencies(
        frozenset({"kelp", "coral"}),
        locked={"kelp": frozenset({"1"}), "coral": frozenset({"2"}), "sphinx": frozenset({"3"})},
        source="uv.lock",
    )
    (found,) = assess_scan([report(audited=3)], ScanContext(project(locked), audits_lock=True))
    assert found.verdict is Verdict.COMPLETE
    assert found.inventory == {"kelp": ("1",), "coral": ("2",), "sphinx": ("3",)}
    few = {"project": project(locked), "audits_lock": True}
    assert verdict(report(audited=1), **few) == "partial"
    assert verdict(report(audited=1), project=project(NEEDS)) == "partial"
    assert verdict(report(audited=2), project=project(NEEDS)) == "complete"


def test_a_scan_of_another_folder_is_partial():
    was = before(target=("src/lantern", "tests"))
    assert verdict(code("src/lantern/a.py"), before=was) == "complete"
    found, text = assessed(code("tools/release.py"), before=was)
    assert found == "partial"
    assert "src/lantern" in text


def test_folders_that_the_project_no_longer_has_are_not_missed():
    was = before(target=("src/lantern", "src/lantern/old", "src/lantern/older"))
    tree = frozenset({"src/lantern/a.py", "tools/b.py"})
    here = project(files=tree)
    assert verdict(code("src/lantern/a.py"), before=was, project=here) == "complete"
    assert verdict(code("tools/b.py"), before=was, project=here) == "partial"


def test_other_packages_than_last_time_are_another_target():
    was = before(target=("kelp", "coral", "urchin"))
    docs = listing("sphinx", "furo", "docutils")
    assert verdict(docs, before=was, project=project(NONE)) == "partial"
    assert (
        verdict(listing("kelp", "coral", "wrasse"), before=was, project=project(NONE)) == "complete"
    )
    # Where the project names its dependencies, it may exchange all the others.
    moved = listing("kelp", "coral", "wrasse", "angler", "medusa")
    was = before(target=("kelp", "coral", "u", "v", "w", "x", "y", "z"))
    assert verdict(moved, before=was, project=project(NEEDS)) == "complete"


# Two formats of one run.


def test_what_one_format_cannot_say_the_other_does():
    detailed = code("src/a.py", format="bandit")
    brief = ScanReport("bandit", ScanKind.CODE, Verdict.UNSTATED, format="sarif")
    group = ScanGroup(assess_scan([brief, detailed], ScanContext(before=before(audited=100))))
    assert (group.verdict, group.audited, group.parts) == (Verdict.COMPLETE, 100, 1)
    assert group.files == {"src/a.py"}
    broken = ScanReport("bandit", ScanKind.CODE, Verdict.FAILED)
    assert ScanGroup([detailed, broken]).verdict is Verdict.FAILED


reports = st.builds(
    report,
    verdict=st.sampled_from(["complete", "partial", "failed", "unstated"]),
    found=st.integers(0, 3),
    scanner=st.sampled_from(["pip-audit", "bandit", "osv-scanner", "another"]),
    audited=st.none() | st.integers(0, 100),
    skipped=st.lists(st.sampled_from([Skipped("me"), Skipped("you")]), max_size=2).map(tuple),
    inventory=st.none()
    | st.dictionaries(st.sampled_from(["kelp", "coral", "pip"]), st.just(("1",)), max_size=3),
)
dependencies = st.sampled_from([None, NEEDS, ProjectDependencies(runtime=None)])
arounds = st.builds(
    ScanContext,
    project=st.builds(ProjectFacts, st.sampled_from(["", "me"]), dependencies=dependencies),
    exit_status=st.none() | st.integers(-20, 260),
    accepts_exit=st.sampled_from([accept_zero, lambda status, found: True]),
    before=st.none()
    | st.builds(
        CompleteScan,
        st.just(AT),
        reports=st.integers(1, 3),
        audited=st.none() | st.integers(0, 300),
        target=st.sampled_from([(), ("kelp",), ("a", "b", "c")]),
    ),
)


@given(reports, arounds)
def test_context_only_takes_trust_away_but_for_the_project_itself(given_report, around):
    (found,) = assess_scan([given_report], around)
    gained = TRUST.index(found.verdict) > TRUST.index(given_report.verdict)
    assert not gained or {item.name for item in given_report.skipped} == {"me"}
    assert found.observations == given_report.observations
    assert (
        found.verdict != given_report.verdict
        or found.problems[: len(given_report.problems)] == given_report.problems
    )


@given(reports, arounds)
def test_assessing_twice_changes_nothing_more(given_report, around):
    once = assess_scan([given_report], around)
    assert assess_scan(once, around)[0].verdict is once[0].verdict


@given(reports, arounds)
def test_an_inventory_without_a_declared_dependency_is_never_complete(given_report, around):
    (found,) = assess_scan([given_report], around)
    facts = around.project.dependencies
    if facts is NEEDS and given_report.inventory is not None:
        skipped = {item.name for item in given_report.skipped}
        whole = {"kelp", "coral"} <= {*given_report.inventory, *skipped}
        assert whole or found.verdict is not Verdict.COMPLETE


@given(st.lists(reports, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_reports_is_nothing(given_reports, chance):
    shuffled = [*given_reports]
    chance.shuffle(shuffled)
    one, other = ScanGroup(given_reports), ScanGroup(shuffled)
    assert (one.verdict, one.audited, one.inventory) == (
        other.verdict,
        other.audited,
        other.inventory,
    )

"""The judge of the year: it accuses whatever is greener than the truth, and nothing that is not."""

from datetime import date, timedelta

import pytest

from tests.second_day.seen import Flaw
from tests.world.judge import Judge
from tests.world.scanning import Report
from tests.world.truth import Known, World

DAY = date(2026, 3, 2)
KNOWN = Known(0, "runtime", "anchorlib", 3, "high", 0, ((0, "GHSA-0000-2000-x000"),))
ADVISORY, FLAW = ("package", 0), ("code", "src/lantern/part_01.py")
OPEN = {"finding_id": KNOWN.ids[0][1], "package": "anchorlib", "aliases": [], "state": "open"}
OPEN |= {"discovered": "2026-03-02"}
IN_CODE = {"finding_id": "B602", "rule": "B602", "location": f"{FLAW[1]}:12", "state": "open"}
IN_CODE |= {"discovered": "2026-03-02"}


@pytest.fixture
def world():
    """anchorlib is affected, and so is one file; both are told by grype and bandit."""
    made = World(1, locked=False)
    made.week = 0
    made.advisories = [KNOWN]
    made.packages["runtime"]["anchorlib"] = 2
    made.flaws = {FLAW[1]: ("bandit", Flaw(FLAW[1], 12, "exec(text)", severity="medium"))}
    return made


@pytest.fixture
def accused(world):
    """`accused(grade, *findings, faults)`: the rules that a week breaks."""
    judge = Judge(world)
    judge.hear([Report("grype", "grype.json", "", keys=frozenset([ADVISORY]))], DAY)
    judge.hear([Report("bandit", "bandit.json", "", keys=frozenset([FLAW]))], DAY)

    def rules(grade, *findings, faults=(), later=0):
        delivered = [("pip-audit", "", Report("pip-audit", "pip-audit.json", ""))]
        delivered += [(name, fault, Report(name, "", "", fault)) for name, fault in faults]
        judge.wrong.clear()
        judge.judge(1, DAY + timedelta(days=later), grade, findings, delivered)
        return {each.split(": ")[1] for each in judge.wrong}

    return rules


def test_an_honest_week_breaks_no_rule(accused):
    assert accused("C", OPEN, IN_CODE) == set()
    assert accused("D", OPEN, IN_CODE, later=40) == set()
    assert accused("?", OPEN, IN_CODE, faults=[("grype", "cut")]) == set()


def test_a_better_grade_than_the_findings_allow(accused):
    assert accused("B", OPEN, IN_CODE) == {"grade"}
    assert accused("C", OPEN, IN_CODE, later=40) == {"grade"}


def test_a_letter_beside_a_failed_report(accused):
    assert accused("C", OPEN, IN_CODE, faults=[("grype", "crash")]) == {"failed"}
    assert accused("C", OPEN, IN_CODE, faults=[("pip-audit", "skip")]) == {"failed"}
    assert accused("C", OPEN, IN_CODE, faults=[("grype", "missed")]) == set()


def test_resolved_while_it_is_true(accused):
    assert accused("C", {**OPEN, "state": "resolved"}, IN_CODE) == {"resolved", "hidden"}
    assert accused("C", OPEN, {**IN_CODE, "state": "resolved"}) == {"resolved", "hidden"}


def test_resolved_without_a_known_fix(world, accused):
    world.advisories = [Known(0, "runtime", "anchorlib", 3, "high", 0, KNOWN.ids, fixed=False)]
    world.packages["runtime"]["anchorlib"] = 4
    assert accused("B", {**OPEN, "state": "unobserved"}, IN_CODE) == set()
    assert accused("B", {**OPEN, "state": "resolved"}, IN_CODE) == {"resolved"}
    del world.packages["runtime"]["anchorlib"]
    assert accused("B", {**OPEN, "state": "resolved"}, IN_CODE) == set()


def test_a_finding_that_is_nowhere_or_twice(accused):
    assert accused("C", IN_CODE) == {"hidden"}
    assert accused("C", OPEN, IN_CODE, {**IN_CODE, "finding_id": "B602-2"}) == {"twice"}


def test_a_finding_that_nothing_explains(accused):
    stranger = {**OPEN, "finding_id": "CVE-2020-1", "package": "nobody"}
    assert accused("C", OPEN, IN_CODE, stranger) == {"stranger"}


def test_a_date_that_moves_and_a_finding_that_goes(accused):
    assert accused("C", OPEN, IN_CODE) == set()
    assert accused("C", {**OPEN, "discovered": "2026-03-09"}, IN_CODE) == {"date"}
    assert accused("C", OPEN) == {"hidden", "lost"}


def test_a_red_one_that_is_proved_gone(world, accused):
    world.flaws.clear()
    assert accused("C", OPEN, IN_CODE) == {"red"}
    assert accused("C", OPEN, IN_CODE, faults=[("bandit", "missed")]) == set()


def test_no_letter_in_a_quiet_week(accused):
    assert accused("?", OPEN, IN_CODE) == {"quiet"}


def test_malware_is_critical(world, accused):
    world.advisories = [Known(0, "runtime", "anchorlib", 3, "low", 0, KNOWN.ids, malware=True)]
    assert accused("D", OPEN, IN_CODE) == {"grade"}
    assert accused("F", OPEN, IN_CODE) == set()

"""The design's unit tests of the release decision: `ingest` and `decide` of a weekly scan."""

import json
from dataclasses import dataclass

import pytest

from tests.commands.scanned import FIRST, KELP, WEEK, both

HIGH = {
    "id": "GHSA-high-0000-0001",
    "aliases": ["CVE-2026-9"],
    "fix_versions": ["3.0"],
    "description": "Kelp runs what it reads.",
}


@dataclass
class Scenario:
    """What this week's scan changes, and the decision that the design asks for.

    `before` and `after` are the severities of KELP, an empty one where it is not found; `upgraded`:
    kelp has another version after. `row` is the rule that decides.
    """

    before: str
    after: str
    should_release: bool
    row: str
    upgraded: bool = False
    change_type: str = "new_vulnerability"


SCENARIOS = {
    "new high": Scenario("", "HIGH", True, "new-severe"),
    "new critical": Scenario("", "CRITICAL", True, "new-severe"),
    "new medium": Scenario("", "MODERATE", False, "new-mild"),
    "new low": Scenario("", "LOW", False, "new-mild"),
    "resolved high": Scenario("HIGH", "", True, "resolved", True, "resolved"),
    "resolved low": Scenario("LOW", "", True, "resolved", True, "resolved"),
    "raised to high": Scenario("LOW", "HIGH", True, "raised-to-severe", False, "severity_change"),
    "raised to medium": Scenario("LOW", "MODERATE", False, "raised-mild", False, "severity_change"),
    "lowered": Scenario("HIGH", "LOW", False, "lowered", False, "severity_change"),
}


def scan(scanned, week, severity, upgraded=False):
    if severity:
        scanned.rate(KELP, severity)
    reports = both(FIRST + week * WEEK, ("kelp", [KELP] if severity else []))
    if upgraded:
        reports["pip_audit"]["dependencies"][1]["version"] = "3.0"
    scanned.ingest_reports(week, **reports)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_release_decision_matrix(scanned, scenario):
    """Severe news and every resolved finding release by themselves; nothing else does."""
    given = SCENARIOS[scenario]
    scan(scanned, 0, given.before)
    assert scanned.decide(0)["should_release"] is False, "the first scan is the baseline"
    scan(scanned, 1, given.after, given.upgraded)
    decision = scanned.decide(1)

    changes = {change["row"]: change for change in decision["security_changes"]}
    assert changes[given.row]["change_type"] == given.change_type
    assert changes[given.row]["finding_id"] == "PYSEC-2026-11"
    assert decision["should_release"] is given.should_release
    expected = ("security_auto", "patch") if given.should_release else ("none", None)
    assert (decision["trigger_type"], decision["bump"]) == expected


def test_a_weekly_scan_without_a_change_releases_nothing(scanned):
    scan(scanned, 0, "HIGH")
    scanned.decide(0)
    scan(scanned, 1, "HIGH")
    decision = scanned.decide(1)

    assert decision["security_changes"] == []
    assert decision["justification"] == "Nothing changed; no release."


@pytest.mark.parametrize(
    ("kind", "version", "part"),
    [
        ("fix", "1.0", "patch"),
        ("dependency", "1.0", "patch"),
        ("feature", "1.0", "minor"),
        ("breaking", "1.0", "major"),
        ("breaking", "0.4", "minor"),
    ],
)
def test_manual_release_triggers(scanned, kind, version, part):
    """A request by hand plans one release, whatever the scan says."""
    pyproject = scanned.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"1.0"', f'"{version}"'))
    scan(scanned, 0, "LOW")
    scanned.decide(0)
    scan(scanned, 1, "LOW")
    decision = scanned.decide(1, "--manual", kind, "--note", "Reads empty files.")

    assert (decision["should_release"], decision["trigger_type"]) == (True, "manual")
    assert (decision["bump"], decision["state"]) == (part, "planned")
    assert "Reads empty files." in decision["justification"]
    assert decision["release_notes"].startswith("Reads empty files.")
    again = scanned.decide(1, "--manual", kind, "--note", "Reads empty files.")
    assert again == decision
    kept = json.loads((scanned.root / "security/status/releases.json").read_text())
    assert [each["decision_id"] for each in kept["decisions"]].count(decision["decision_id"]) == 1


def test_release_justification_generation(scanned, tmp_path):
    """Reasons and notes name each change, what to do, and what is still open."""
    scan(scanned, 0, "LOW")
    scanned.decide(0)
    scanned.rate(HIGH, "HIGH")
    scanned.ingest(1, ("kelp", [KELP, HIGH]))
    decision = scanned.decide(1, "--notes-file", tmp_path / "notes.md")

    assert decision["justification"].startswith("New: GHSA-high-0000-0001 in kelp (high)")
    notes = (tmp_path / "notes.md").read_text()
    assert notes == decision["release_notes"]
    headings = [line for line in notes.splitlines() if line.startswith("### ")]
    assert headings == ["### New", "### Upgrade", "### Still open"]
    new, _, still_open = notes.partition("### Still open")
    assert "**GHSA-high-0000-0001** (high): Kelp runs what it reads" in new
    assert "fixed in 3.0" in new
    assert "PYSEC-2026-11" in still_open
    assert f"Security-Decision: {decision['decision_id']}" in notes


def test_hostile_text_in_a_justification_stays_text(scanned):
    scanned.ingest(0)
    scanned.decide(0)
    evil = {**HIGH, "description": "<script>x</script> @all\x1b[2J\n::error::x"}
    scanned.rate(evil, "HIGH")
    scanned.ingest(1, ("kelp", [evil]))
    decision = scanned.decide(1)

    assert decision["should_release"] is True
    assert "\x1b" not in decision["justification"] + decision["release_notes"]
    assert "<script>" not in decision["release_notes"]
    assert not [x for x in decision["justification"].splitlines() if x.startswith("::")]

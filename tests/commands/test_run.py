"""ingest, decide and build in one process, and what is left behind where one of them fails."""

import gzip
import json
from datetime import timedelta

import pytest

from secstatus.commands import decide as deciding
from secstatus.commands import ingest as ingesting
from secstatus.commands.run import RunOptions, run_pipeline
from tests.commands.scanned import FIRST, KELP, REPORTS, STATUS, WEEK, bandit, both, pip_audit
from tests.conftest import tree

RELEASES = "security/status/releases.json"


@pytest.fixture
def pipeline(root):
    """`pipeline(at, name=report, …)` puts the reports there and runs everything."""

    def go(at, precompress=False, **reports):
        for path in (root / REPORTS).iterdir():
            path.unlink()
        for name, report in reports.items():
            text = report if isinstance(report, str) else json.dumps(report)
            (root / REPORTS / f"{name.replace('_', '-')}.json").write_text(text)
        asked = (ingesting.IngestOptions(scan_date=at), deciding.DecideOptions(), root / "_site")
        ask = RunOptions(*asked, precompress=precompress)
        return run_pipeline(root, at + timedelta(minutes=5), ask)

    return go


def index(root):
    return json.loads((root / "_site/index.json").read_text())


def test_run_ingests_decides_and_builds(root, pipeline):
    result = pipeline(FIRST, **both(FIRST, ("kelp", [KELP])))

    assert result.exit_status == 0
    assert [step.name for step in result.steps] == ["ingest", "decide", "build"]
    assert (result.grade, result.vulnerabilities) == ("B", "1")
    assert result.decision["justification"] == "Baseline of 1 finding recorded; no release."
    assert index(root)["security_grade"] == "B"
    told = result.document()
    assert told["steps"]["ingest"]["result"]["new"] == ["PYSEC-2026-11"]
    assert told["steps"]["build"]["exit_status"] == 0
    assert json.loads(json.dumps(told)) == told


def test_the_twins_of_a_build_stay(root, pipeline):
    """Where a server sends them, the weekly run must not take away what the daily build made."""
    result = pipeline(FIRST, precompress=True, **both(FIRST))
    assert result.exit_status == 0
    twin = gzip.decompress((root / "_site/index.html.gz").read_bytes())
    assert twin == (root / "_site/index.html").read_bytes()
    pipeline(FIRST + WEEK, **both(FIRST + WEEK))
    assert not [path for path in tree(root / "_site") if path.endswith(".gz")]


def test_an_incomplete_scan_says_so_and_goes_on(root, pipeline):
    pipeline(FIRST, **both(FIRST))
    result = pipeline(FIRST + WEEK, pip_audit="", bandit=bandit(FIRST + WEEK))

    assert result.exit_status == 1
    assert [step.exit_status for step in result.steps] == [1, 0, 0]
    assert result.grade == index(root)["security_grade"] == "?"
    assert result.decision["trigger_type"] == "none"


def test_an_ingest_that_fails_leaves_the_books_and_decides_nothing(root, pipeline):
    pipeline(FIRST, **both(FIRST, ("kelp", [KELP])))
    before = {name: (root / name).read_bytes() for name in (STATUS, RELEASES)}
    late = FIRST + 52 * WEEK
    (root / "security/status/ledger.json").write_text("{")
    result = pipeline(late, **both(late))

    ingest, decide, build = result.steps
    assert (ingest.exit_status, result.exit_status) == (2, 2)
    assert "ledger.json" in ingest.error.message
    assert "ingest failed" in decide.skipped
    assert build.error is not None
    assert {name: (root / name).read_bytes() for name in before} == before
    assert index(root)["security_grade"] == "B"
    assert result.grade == "?"
    assert result.vulnerabilities == ""
    assert "ingest: failed. security/status/ledger.json" in result.text()


def test_no_reports_at_all_and_the_site_ages_truly(root, pipeline):
    pipeline(FIRST, **both(FIRST))
    (root / "pyproject.toml").write_text('[project]\nname = "lanternfish"\nversion = "1.0"\n')
    late = FIRST + 4 * WEEK
    result = pipeline(late)

    assert result.exit_status == 1
    assert result.grade == index(root)["security_grade"] == "?"


def test_a_book_of_releases_that_is_broken_stops_the_decision_only(root, pipeline):
    pipeline(FIRST, **both(FIRST))
    (root / RELEASES).write_text("{")
    at = FIRST + WEEK
    result = pipeline(at, **both(at, ("kelp", [KELP])))

    assert result.exit_status == 2
    assert result.steps[0].exit_status == 0
    assert result.decision is None
    assert "releases.json" in result.steps[1].error.message
    assert json.loads((root / STATUS).read_text())["vulnerability_summary"]["total"] == 1
    assert (root / RELEASES).read_text() == "{"


def test_twice_changes_nothing(root, pipeline):
    reports = both(FIRST, ("kelp", [KELP]))
    first = pipeline(FIRST, **reports)
    before = tree(root)
    second = pipeline(FIRST, **reports)

    assert tree(root) == before
    assert first.decision == second.decision
    assert second.steps[0].data["written"] == second.steps[2].data["written"] == []


def test_the_disk_that_is_full_is_an_outside_failure(root, pipeline, monkeypatch):
    from secstatus.adapters import transaction

    def full(path, content, **_options):
        raise OSError(28, "No space left on device", path)

    pipeline(FIRST, **both(FIRST))
    before = (root / STATUS).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(transaction, "create_file", full)
        at = FIRST + WEEK
        result = pipeline(at, **both(at, ("kelp", [KELP])))

    assert result.exit_status == 3
    assert "No space left" in result.steps[0].error.message
    assert (root / STATUS).read_bytes() == before


def test_a_resolved_finding_asks_for_a_release(root, pipeline):
    pipeline(FIRST, **both(FIRST, ("kelp", [KELP])))
    at = FIRST + WEEK
    fixed = pip_audit()
    fixed["dependencies"][1]["version"] = "2.0.1"
    result = pipeline(at, pip_audit=fixed, bandit=bandit(at))

    assert result.decision["should_release"]
    assert result.decision["trigger_type"] == "security_auto"
    assert result.exit_status == 0

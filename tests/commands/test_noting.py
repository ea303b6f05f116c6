"""What each step tells the journal; and that doing the same again tells nothing."""

import json
from datetime import timedelta

import pytest

from secstatus.commands import run as running
from secstatus.commands.build import build_site
from secstatus.commands.decide import DecideOptions as DecideAsk
from secstatus.commands.decide import decide_release, record_release_step
from secstatus.commands.ingest import IngestOptions, ingest_reports
from secstatus.release.log import ReleaseState, ReleaseStep
from tests.commands.scanned import FIRST, KELP, WEEK, both
from tests.conftest import tree

JOURNAL = "security/status/journal.jsonl"
HOUR = timedelta(hours=1)


def told(root, kind=None):
    lines = [json.loads(line) for line in (root / JOURNAL).read_text().splitlines()]
    return [each for each in lines if kind in (None, each["kind"])]


def test_an_ingest_tells_what_it_learnt(root, scan):
    scan(FIRST, **both(FIRST))
    scan(FIRST + WEEK, **both(FIRST + WEEK, ("kelp", [KELP])))
    first, second = told(root, "ingest")
    assert first == {
        "at": "2026-11-02T04:05:00Z",
        "grade": "A",
        "kind": "ingest",
        "new": 0,
        "open": 0,
        "outcome": "complete",
        "reopened": 0,
        "resolved": 0,
        "scans": {"bandit": "complete", "pip-audit": "complete"},
    }
    assert (second["grade"], second["new"], second["open"]) == ("B", 1, 1)


def test_a_scan_that_failed_is_no_complete_ingest(root, scan):
    scan(FIRST, **both(FIRST))
    broken = both(FIRST + WEEK) | {"pip_audit": '{"dependencies": ['}
    scan(FIRST + WEEK, **broken)
    assert [each["outcome"] for each in told(root, "ingest")] == ["complete", "incomplete"]
    assert told(root, "ingest")[1]["scans"]["pip-audit"] == "failed"


def test_without_any_required_scan_nothing_is_complete(root, scan):
    (root / "pyproject.toml").write_text(
        '[project]\nname = "lanternfish"\n[tool.secstatus]\nrequired_scanners = []\n'
    )
    scan(FIRST, bandit=both(FIRST)["bandit"])
    assert told(root, "ingest")[0]["outcome"] == "incomplete"


def test_the_same_again_changes_no_byte_of_the_journal(root, scan):
    scan(FIRST, **both(FIRST))
    decide_release(root, FIRST + HOUR, DecideAsk())
    before = tree(root)
    ingest_reports(root, FIRST + 2 * HOUR, IngestOptions(scan_date=FIRST))
    decide_release(root, FIRST + 2 * HOUR, DecideAsk())
    assert tree(root) == before
    assert [each["kind"] for each in told(root)] == ["ingest", "decide"]


def test_a_journal_that_cannot_be_written_is_a_warning_and_the_books_are_kept(root, scan):
    scan(FIRST, **both(FIRST))
    (root / JOURNAL).unlink()
    (root / JOURNAL).mkdir()
    result = scan(FIRST + WEEK, **both(FIRST + WEEK, ("kelp", [KELP])))
    assert [each for each in result.warnings if "journal was not written" in each]
    assert result.written
    assert result.status.security_grade == "B"


def published(root, version, state=ReleaseState.PUBLISHED, note=""):
    return record_release_step(
        root, ReleaseStep(state, FIRST + WEEK + 2 * HOUR, version, "c0ffee", "v1.1", note)
    )


@pytest.fixture
def planned(root, scan):
    """A decision for a release, by hand."""
    scan(FIRST, **both(FIRST))
    decide_release(root, FIRST + HOUR, DecideAsk())
    decide_release(root, FIRST + WEEK, DecideAsk(manual="fix"))
    return root


def test_a_decision_and_what_a_workflow_published(planned):
    result = published(planned, "1.0.1")
    assert result.warnings == ()
    decided, event = told(planned)[-2:]
    assert (decided["kind"], decided["outcome"]) == ("decide", "manual")
    assert event == {
        "at": "2026-11-09T06:00:00Z",
        "decision_id": decided["decision_id"],
        "kind": "publish",
        "outcome": "published",
        "package": "lanternfish",
        "trigger_type": "manual",
        "version": "1.0.1",
    }


def test_a_failure_is_told_with_its_note_and_then_the_success(planned):
    published(planned, "1.0.1", ReleaseState.PUSHED)
    published(planned, "1.0.1", ReleaseState.FAILED, "The publishing job failed")
    published(planned, "1.0.1")
    outcomes = [(each["outcome"], each.get("reason")) for each in told(planned, "publish")]
    assert outcomes == [("failed", "The publishing job failed"), ("published", None)]


def test_what_the_upload_has_told_is_not_told_again(planned):
    with (planned / JOURNAL).open("a") as file:
        line = {"at": "2026-11-09T05:00:00Z", "kind": "publish", "outcome": "published"}
        file.write(json.dumps({**line, "version": "1.0.1", "files": ["a.whl"]}) + "\n")
    published(planned, "1.0.1")
    assert len(told(planned, "publish")) == 1


def test_steps_before_the_publishing_are_not_told(planned):
    before = len(told(planned))
    published(planned, "1.0.1", ReleaseState.COMMITTED)
    assert len(told(planned)) == before


def test_a_run_tells_of_its_build_and_the_site_stays_as_it_is(root, scan, tmp_path):
    scan(FIRST, **both(FIRST))
    ask = running.RunOptions(IngestOptions(scan_date=FIRST), DecideAsk(), tmp_path / "site")
    running.run_pipeline(root, FIRST + HOUR, ask)
    (event,) = told(root, "build")
    assert (event["outcome"], event["grade"], event["removed"]) == ("built", "A", 0)
    assert event["written"] > 20
    again = build_site(root, tmp_path / "site", FIRST + HOUR + HOUR)
    assert (again.written, again.removed) == ((), ())
    running.run_pipeline(root, FIRST + HOUR + HOUR, ask)
    assert len(told(root, "build")) == 1

"""From a decision to a published package, by the workflows themselves."""

import hashlib
import io
import tarfile
import zipfile

import pytest

from tests.workflows.conftest import BOOK, FIRST, HIGH, VALUES, WEEK, World, found_once

RELEASE, PUBLISH = "security-release.yml", "pypi-publish.yml"
FOUND = FIRST + WEEK


def released(here, **inputs):
    """Run the release, and what it starts; the runs."""
    run = here.run(RELEASE, inputs=inputs)
    runs = [run]
    for workflow, ref in here.runner.started():
        runs.append(here.run(workflow, ref=f"refs/tags/{ref}"))
    return runs


def state(here):
    """The last state of every decision in the book of the default branch."""
    decisions = here.hub.json("main", BOOK)["decisions"]
    return [decision["steps"][-1]["state"] for decision in decisions]


def test_a_new_high_finding_is_released_and_published_once(found):
    runs = released(found)

    assert [run.result for run in runs] == ["success", "success"], "\n".join(r.log for r in runs)
    assert found.hub.git("tag") == "v2.4.2"
    assert b'__version__ = "2.4.2"' in found.hub.file("main", "src/lanternfish/__init__.py")
    bump = found.hub.git("log", "-1", "--format=%B", "v2.4.2")
    decision = found.hub.json("main", BOOK)["decisions"][-1]
    assert bump.startswith("chore(release): bump version 2.4.1 → 2.4.2\n")
    assert f"Security-Decision: {decision['decision_id']}" in bump
    (files,) = found.runner.published
    assert sorted(files) == ["lanternfish-2.4.2-py3-none-any.whl", "lanternfish-2.4.2.tar.gz"]
    wheel = zipfile.ZipFile(io.BytesIO(files["lanternfish-2.4.2-py3-none-any.whl"]))
    assert wheel.read("lanternfish/__init__.py") == b'__version__ = "2.4.2"\n'
    assert state(found)[-1] == "published"
    assert [(step["state"], step.get("tag")) for step in decision["steps"]][-1] == (
        "published",
        "v2.4.2",
    )
    assert found.hub.json("gh-pages", "security-status/api/v1/releases.json")
    assert found.runner.published == [files]


@pytest.fixture
def announced(world, kept):
    """The release has pushed the tag v2.4.2, and nothing is published yet."""

    def make(place):
        here = World(place, VALUES, found_once(kept))
        run = here.run(RELEASE)
        assert run.result == "success", run.log
        assert here.runner.started() == [(PUBLISH, "v2.4.2")]
        return here

    return world(kept("announced", make))


def test_the_notes_are_attached_to_the_tag_and_the_sums_are_those_of_the_files(announced):
    run = announced.run(PUBLISH, ref="refs/tags/v2.4.2")
    assert run.result == "success", run.log
    (create,) = [call for call in announced.asked("gh") if call[:2] == ["release", "create"]]
    assert create[2:4] == ["v2.4.2", "--verify-tag"]
    ((notes,),) = announced.asked("notes")
    assert "PYSEC-2026-77" in notes
    (files,) = announced.runner.published
    sums = dict(reversed(line.split("  ")) for line in run.of("build").outputs["sums"].splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}

    again = announced.run(PUBLISH, event="workflow_dispatch", ref="refs/tags/v2.4.2")
    assert again.result == "success", again.log
    assert announced.runner.published == [files, files], "the same tag gives the same bytes"


def test_after_it_is_published_nothing_is_released_again(found):
    released(found)
    found.runner.started()
    before = found.hub.git("rev-parse", "main")
    (run,) = released(found)
    assert run.result == "success", run.log
    assert run.of("prepare").outputs["should_release"] == "false"
    assert run.of("push").result == run.of("publish").result == "skipped"
    assert found.hub.git("rev-parse", "main") == before
    assert len(found.runner.published) == 1


@pytest.mark.parametrize(("manual", "version"), [("feature", "2.5.0"), ("breaking", "3.0.0")])
def test_people_ask_for_a_release(scanned, manual, version):
    run = scanned.run(RELEASE, inputs={"manual": manual, "note": "Lights that blink"})
    assert run.result == "success", run.log
    assert scanned.runner.started() == [(PUBLISH, f"v{version}")]
    assert scanned.hub.git("tag") == f"v{version}"
    assert "Lights that blink" in scanned.hub.git("log", "-1", "--format=%B", f"v{version}")
    assert "Lights that blink" in scanned.hub.json("main", BOOK)["decisions"][-1]["release_notes"]


def test_without_a_reason_nothing_is_released(scanned):
    before = scanned.refs()
    (run,) = released(scanned)
    assert run.result == "success", run.log
    assert run.of("publish").result == "skipped"
    assert scanned.refs() == before


def test_a_note_without_a_request_is_refused(scanned):
    before = scanned.refs()
    (run,) = released(scanned, note="because")
    assert run.result == "failure"
    assert scanned.refs() == before


def test_a_gate_that_fails_leaves_everything_as_it_was(found):
    found.commit("stricter", {"checks.py": "raise SystemExit('the lights are out')\n"})
    before = found.hub.git("rev-parse", "main"), found.hub.git("tag")
    (run,) = released(found)
    assert run.result == "failure"
    assert "the lights are out" in run.of("prepare").log
    assert (found.hub.git("rev-parse", "main"), found.hub.git("tag")) == before


def test_an_incomplete_scan_releases_nothing(scanned):
    scanned.scans(FOUND, ("urchin", [HIGH]), code_exit=7)
    before = scanned.refs()
    (run,) = released(scanned, manual="fix")
    assert run.result == "failure"
    assert run.of("prepare").steps["Ingest"] == "failure"
    assert scanned.refs() == before


def test_who_pushes_meanwhile_wins_and_the_release_can_be_started_again(found):
    found.runner.meanwhile["push"] = lambda _: found.commit("quicker", {"notes.txt": "mine\n"})
    (run,) = released(found)
    assert run.result == "failure"
    assert found.hub.git("tag") == ""
    assert found.hub.commits("main")[0] == "quicker"

    runs = released(found)
    assert [each.result for each in runs] == ["success", "success"], runs[-1].log
    assert found.hub.git("tag") == "v2.4.2"


def test_a_bundle_that_was_exchanged_is_not_pushed(found):
    def exchange(artifacts):
        found.git("fetch", "-q", "origin", "main")
        found.git("checkout", "-q", "-B", "main", "FETCH_HEAD")
        (found.clone / "evil.txt").write_text("x")
        found.git("add", "-A")
        found.git("commit", "-q", "-m", "evil")
        found.git("tag", "v2.4.2")
        bundle = artifacts["release"] / "release.bundle"
        found.git("bundle", "create", "-q", str(bundle), "refs/heads/main", "refs/tags/v2.4.2")

    found.runner.meanwhile["push"] = exchange
    before = found.refs()
    (run,) = released(found)
    assert run.result == "failure"
    assert "does not contain the expected commit" in run.of("push").log
    assert found.refs() == before


# Publishing


def test_a_release_that_did_not_get_out_is_finished_by_the_next_run(found):
    found.runner.index_is_down = True
    first, second = released(found)
    assert (first.result, second.result) == ("success", "failure")
    assert state(found)[-1] == "failed"
    note = found.hub.json("main", BOOK)["decisions"][-1]["steps"][-1]["note"]
    assert note.startswith("The publishing job failed: http")
    front = found.hub.file("gh-pages", "security-status/index.html").decode()
    assert "Publishing 2.4.2 failed" in front
    (issue,) = [call for call in found.asked("gh") if call[:2] == ["issue", "create"]]
    assert issue[issue.index("--title") + 1] == "Publishing 2.4.2 failed"
    assert found.runner.published == []

    found.runner.index_is_down = False
    runs = released(found)
    assert [run.result for run in runs] == ["success", "success"], runs[-1].log
    assert runs[0].of("push").result == "skipped"
    assert found.hub.git("tag") == "v2.4.2"
    assert len(found.runner.published) == 1
    assert state(found)[-1] == "published"


def test_files_that_were_exchanged_are_not_published(announced):
    def exchange(artifacts):
        for path in artifacts["dist"].glob("*.tar.gz"):
            path.write_bytes(path.read_bytes() + b"\n")

    announced.runner.meanwhile["publish"] = exchange
    run = announced.run(PUBLISH, ref="refs/tags/v2.4.2")
    assert run.result == "failure"
    assert run.of("publish").steps["Check that these are the files that were built"] == "failure"
    assert announced.runner.published == []


def test_a_file_that_was_added_is_not_published(announced):
    announced.runner.meanwhile["publish"] = lambda artifacts: (
        artifacts["dist"] / "lanternfish-9.9.9-py3-none-any.whl"
    ).write_bytes(b"")
    assert announced.run(PUBLISH, ref="refs/tags/v2.4.2").result == "failure"
    assert announced.runner.published == []


def tagged(here, name):
    here.git("fetch", "-q", "origin", "main")
    here.git("checkout", "-q", "-B", "main", "FETCH_HEAD")
    here.git("tag", name)
    here.git("push", "-q", "origin", name)


def test_a_tag_of_people_is_published_and_belongs_to_no_decision(scanned):
    tagged(scanned, "v2.4.1")
    run = scanned.run(PUBLISH, event="push", ref="refs/tags/v2.4.1")
    assert run.result == "success", run.log
    (files,) = scanned.runner.published
    with tarfile.open(fileobj=io.BytesIO(files["lanternfish-2.4.1.tar.gz"])) as archive:
        assert "lanternfish-2.4.1/pyproject.toml" in archive.getnames()
    assert state(scanned) == ["none"]


@pytest.mark.parametrize("tag", ["v12.4.1", "2.4.1.1"])
def test_a_tag_of_another_version_is_not_published(scanned, tag):
    tagged(scanned, tag)
    run = scanned.run(PUBLISH, ref=f"refs/tags/{tag}")
    assert run.of("build").result == "failure"
    assert scanned.runner.published == []


def test_a_branch_is_not_published(scanned):
    run = scanned.run(PUBLISH)
    assert run.of("build").result == "failure"
    assert scanned.runner.published == []


def test_without_a_fresh_scan_nothing_is_published(scanned):
    tagged(scanned, "v2.4.1")
    scanned.runner.at(FIRST + 4 * WEEK)
    run = scanned.run(PUBLISH, ref="refs/tags/v2.4.1")
    assert run.of("security").result == "failure"
    assert run.of("publish").result == "skipped"


def test_a_gate_that_fails_publishes_nothing(scanned):
    scanned.commit("stricter", {"checks.py": "raise SystemExit(1)\n"})
    tagged(scanned, "v2.4.1")
    run = scanned.run(PUBLISH, ref="refs/tags/v2.4.1")
    assert run.of("quality").result == "failure"
    assert scanned.runner.published == []


# The cache


def test_a_release_of_what_was_scanned_today_scans_nothing(found):
    calls = len(found.asked("pip-audit"))
    assert found.run(RELEASE).result == "success"
    assert len(found.asked("pip-audit")) == calls


@pytest.mark.parametrize("later", [WEEK / 7, None])
def test_another_day_or_other_files_are_scanned(found, later):
    calls = len(found.asked("pip-audit"))
    if later is None:
        found.commit("more lights", {"src/lanternfish/more.py": "lights = 2\n"})
    found.scans(FOUND + (later or WEEK / 100), ("urchin", [HIGH]))
    run = found.run(RELEASE)
    assert run.result == "success", run.log
    assert len(found.asked("pip-audit")) == calls + 1


def test_the_weekly_scan_takes_nothing_from_the_cache(found):
    calls = len(found.asked("pip-audit"))
    assert found.run("security-status.yml").result == "success"
    assert len(found.asked("pip-audit")) == calls + 1


def test_a_scan_that_crashed_is_not_kept_for_the_release(scanned):
    scanned.runner.caches.clear()
    scanned.scans(FOUND, audit="", audit_exit=1)
    scanned.run("security-status.yml")
    assert scanned.runner.caches == {}

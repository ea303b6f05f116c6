"""From a scan to the published page, by the workflows themselves, in a repository of the tests."""

import pytest

from tests.workflows.conftest import BOOK, FIRST, HIGH, SITE, STATUS, WEEK

DAY = WEEK / 7
RED_AT_MAIN = (
    '#!/bin/sh\nwhile read old new ref; do [ "$ref" != refs/heads/main ] || exit 1; done\n'
)


def test_the_first_run_publishes_everything(world):
    here = world()
    here.scans(FIRST)
    run = here.run("security-status.yml", event="schedule")

    assert run.result == "success", run.log
    wanted = ("index.html", "index.json", "badges/grade.svg", "api/v1/manifest.json", "feed.atom")
    assert {f"{SITE}/{name}" for name in wanted} <= {*here.hub.paths("gh-pages")}
    assert ".nojekyll" in here.hub.paths("gh-pages")
    assert here.page()["security_grade"] == here.hub.json("main", STATUS)["security_grade"] == "A"
    assert here.hub.json("main", BOOK)["decisions"][0]["steps"][-1]["state"] == "none"
    assert "security/reports/latest/pip-audit.json" in here.hub.paths("main")
    assert run.jobs["update"].outputs == {
        "security_grade": "A",
        "vulnerabilities": "0",
        "should_release": "false",
    }
    assert run.jobs["release"].result == "skipped"
    assert here.runner.started() == []
    only_the_job_that_publishes_has_pushed(here)


def only_the_job_that_publishes_has_pushed(here):
    rights = {"contents": "write"}
    assert here.hub.pushes
    assert all(here.hub.tokens[token] == rights for token in here.hub.pushes)
    assert [each for each in here.hub.tokens.values() if "write" in each.values()] == [rights]


def test_the_page_names_the_commit_that_it_was_made_of(scanned):
    message = scanned.hub.git("log", "-1", "--format=%B", "gh-pages")
    source = message.partition("Source-Commit: ")[2].split()[0]
    assert scanned.hub.git("branch", "--contains", source, "main")
    assert "Source-State" not in message


def test_the_second_run_of_the_same_commits_nothing(scanned):
    before = scanned.refs()
    run = scanned.run("security-status.yml")
    assert run.result == "success", run.log
    assert scanned.refs() == before


def test_a_week_later_the_new_scan_is_published_and_nothing_released(scanned):
    scanned.scans(FIRST + WEEK)
    run = scanned.run("security-status.yml", event="schedule")
    assert run.result == "success", run.log
    assert scanned.page()["scan_date"].startswith("2026-11-09")
    assert len(scanned.hub.commits("gh-pages")) == 2
    assert scanned.runner.started() == []


@pytest.mark.parametrize("said", [{"audit": "", "audit_exit": 1}, {"audit": '{"dependencies": ['}])
def test_a_scanner_that_crashes_is_published_as_unknown_and_the_run_is_red(scanned, said):
    scanned.scans(FIRST + WEEK, **said)
    run = scanned.run("security-status.yml", event="schedule")

    assert run.result == "failure"
    assert run.of("update/status").result == "success"
    assert run.of("update/publish").steps["Deploy"] == "success"
    assert run.of("update/publish").steps["Report the result"] == "failure"
    assert (
        scanned.page()["security_grade"]
        == scanned.hub.json("main", STATUS)["security_grade"]
        == "?"
    )
    assert run.jobs["update"].outputs["security_grade"] == "?"
    assert scanned.runner.started() == []


def test_a_scanner_that_fails_beside_its_old_report_is_not_believed(scanned):
    """pip-audit leaves the file of the last time where it was, and ends with 1."""
    scanned.scans(FIRST + WEEK, audit_exit=1)
    assert scanned.run("security-status.yml").result == "failure"
    assert scanned.page()["security_grade"] == "?"


def test_a_project_that_cannot_be_installed_is_unknown(world):
    here = world(install="python -m pip install broken")
    here.scans(FIRST)
    run = here.run("security-status.yml")
    assert run.result == "failure"
    assert "installing the project ended with status 1" in run.of("update/publish").log
    assert not here.asked("pip-audit")
    assert here.page()["security_grade"] == "?"


def test_a_new_high_finding_starts_a_release(scanned):
    scanned.scans(FIRST + WEEK, ("urchin", [HIGH]))
    run = scanned.run("security-status.yml", event="schedule")
    assert run.result == "success", run.log
    assert run.jobs["update"].outputs["should_release"] == "true"
    assert scanned.page()["security_grade"] == "C"
    assert scanned.runner.started() == [("security-release.yml", "main")]


def test_a_database_that_does_not_answer_is_said_at_the_end(scanned):
    (scanned.runner.desk / "osv").write_text("http://127.0.0.1:1")
    scanned.scans(FIRST + WEEK, ("urchin", [HIGH]))
    run = scanned.run("security-status.yml")
    assert run.result == "failure"
    assert "enrich ended with status 3" in run.of("update/publish").log
    assert scanned.page()["vulnerability_summary"]["unknown"] == 1


def test_who_was_quicker_stays_and_the_books_go_on_top(world):
    here = world()
    here.scans(FIRST)
    here.runner.meanwhile["publish"] = lambda _: here.commit("quicker", {"notes.txt": "mine\n"})
    run = here.run("security-status.yml")
    assert run.result == "success", run.log
    assert here.hub.file("main", "notes.txt") == b"mine\n"
    assert here.hub.commits("main")[-2:] == ["quicker", "first"]
    assert here.hub.json("main", STATUS)["security_grade"] == "A"


def test_a_branch_that_takes_no_push_gives_a_page_and_a_red_run(world):
    here = world()
    here.scans(FIRST)
    hook = here.hub.bare / "hooks/pre-receive"
    hook.write_text(RED_AT_MAIN)
    hook.chmod(0o755)
    run = here.run("security-status.yml")
    assert run.result == "failure"
    assert "is the branch protected?" in run.of("update/publish").log
    assert here.page()["security_grade"] == "A"
    assert here.hub.commits("main") == ["first"]


def test_neighbours_on_the_pages_branch_stay(scanned):
    scanned.git("fetch", "-q", "origin", "gh-pages")
    scanned.git("checkout", "-q", "FETCH_HEAD")
    (scanned.clone / "index.html").write_text("the documentation")
    scanned.git("add", "-A")
    scanned.git("commit", "-q", "-m", "docs")
    scanned.git("push", "-q", "origin", "HEAD:gh-pages")
    scanned.scans(FIRST + WEEK)
    assert scanned.run("security-status.yml").result == "success"
    assert scanned.hub.file("gh-pages", "index.html") == b"the documentation"


# Every day


def test_the_rebuild_renews_the_page_and_leaves_the_default_branch_alone(scanned):
    main = scanned.hub.git("rev-parse", "main")
    scanned.runner.at(FIRST + DAY)
    run = scanned.run("status-rebuild.yml", event="schedule")
    assert run.result == "success", run.log
    assert scanned.hub.git("rev-parse", "main") == main
    assert scanned.hub.json("gh-pages", f"{SITE}/api/v1/manifest.json")["as_of"].startswith(
        "2026-11-03"
    )


def test_the_rebuild_of_the_same_day_commits_nothing(scanned):
    before = scanned.refs()
    assert scanned.run("status-rebuild.yml").result == "success"
    assert scanned.refs() == before


def test_without_scans_the_rebuild_lets_the_grade_fall(scanned):
    scanned.runner.at(FIRST + 4 * WEEK)
    assert scanned.run("status-rebuild.yml").result == "success"
    assert scanned.page()["security_grade"] == "?"


def test_a_status_that_cannot_be_read_is_said_on_the_page_and_the_run_is_red(scanned):
    scanned.commit("oops", {STATUS: "{"})
    run = scanned.run("status-rebuild.yml")
    assert run.result == "failure"
    assert scanned.page()["security_grade"] == "?"

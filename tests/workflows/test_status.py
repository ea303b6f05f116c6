"""From a scan to the published page, by the workflows themselves, in a repository of the tests."""

import json

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
    assert {f"{SITE}/{name}" for name in wanted} <= {*here.hub.files("gh-pages")}
    assert ".nojekyll" in here.hub.files("gh-pages")
    assert here.page()["security_grade"] == here.hub.json("main", STATUS)["security_grade"] == "A"
    assert here.hub.json("main", BOOK)["decisions"][0]["steps"][-1]["state"] == "none"
    assert "security/reports/latest/pip-audit.json" in here.hub.files("main")
    assert run.jobs["update"].outputs == {
        "security_grade": "A",
        "vulnerabilities": "0",
        "should_release": "false",
    }
    assert run.jobs["release"].result == "skipped"
    assert here.runner.started() == []


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
    assert run.of("update/publish").steps["Say how it went"] == "failure"
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
    assert "is it protected?" in run.of("update/publish").log
    assert here.page()["security_grade"] == "A"
    assert here.hub.commits("main") == ["first"]


def test_only_the_job_that_publishes_has_pushed(world):
    here = world()
    here.scans(FIRST)
    here.run("security-status.yml")
    assert here.hub.pushes
    assert {tuple(here.hub.tokens[token].items()) for token in here.hub.pushes} == {
        (("contents", "write"),)
    }
    rights = list(here.hub.tokens.values())
    assert [each for each in rights if "write" in each.values()] == [{"contents": "write"}]


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


# The watchdog

SERVED = "The served page is the published one, and everybody is at work"
JOURNAL = "security/status/journal.jsonl"


def watch(here, **more):
    return here.run("status-watchdog.yml", event="schedule", **more)


def looks(here):
    lines = here.hub.file("main", JOURNAL).decode().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == "probe"]


def publish(here, path, content):
    """Somebody changes a file of the published branch by hand."""
    here.git("fetch", "-q", "origin", "gh-pages")
    here.git("checkout", "-q", "FETCH_HEAD")
    old = (here.clone / SITE / path).read_bytes()
    (here.clone / SITE / path).write_bytes(content)
    here.git("commit", "-q", "-a", "-m", "by hand")
    here.git("push", "-q", "origin", "HEAD:gh-pages")
    here.git("checkout", "-q", "main")
    return old


def test_the_watchdog_is_quiet_about_a_fresh_page_and_remembers_it(scanned):
    scanned.runner.at(FIRST + DAY / 2)
    run = watch(scanned)
    assert run.result == "success", run.log
    assert scanned.hub.api.issues == []
    assert [each["outcome"] for each in looks(scanned)] == ["up"] * 3
    assert scanned.hub.commits("main")[0] == "chore(security): note how the page was served"
    author = scanned.hub.git("log", "-1", "--format=%an", "main")
    assert author == "github-actions[bot]"


def test_a_page_that_somebody_has_changed_is_an_issue_once_and_closed_once(scanned):
    scanned.runner.at(FIRST + DAY / 4)
    old = publish(scanned, "badges/grade.svg", b"<svg>A+</svg>")
    first = watch(scanned)
    scanned.runner.at(FIRST + DAY / 3)
    again = watch(scanned)
    assert first.of("watch").steps["The published site is whole"] == "failure"
    assert (first.result, again.result) == ("failure", "failure")
    assert first.of("watch").steps[SERVED] == "failure"
    (issue,) = scanned.hub.api.issues
    assert issue["state"] == "open"
    assert "badges/grade.svg" in issue["body"]
    assert [each["name"] for each in issue["labels"]] == ["secstatus-alert"]
    assert scanned.hub.api.comments == {}
    publish(scanned, "badges/grade.svg", old)
    scanned.runner.at(FIRST + DAY / 2)
    over = watch(scanned)
    assert over.result == "success", over.log
    (issue,) = scanned.hub.api.issues
    assert issue["state"] == "closed"
    assert len(scanned.hub.api.comments[issue["number"]]) == 1


def test_the_watchdog_notices_that_nobody_scans(scanned):
    scanned.runner.at(FIRST + 3 * WEEK)
    assert scanned.run("status-rebuild.yml").result == "success"
    run = watch(scanned)
    assert run.result == "failure"
    assert run.of("watch").steps["The status rests on complete and fresh scans"] == "failure"
    assert run.of("watch").steps["The published site is renewed"] == "success"
    assert any("scan" in each["title"] for each in scanned.hub.api.issues)


def test_the_watchdog_notices_that_nobody_rebuilds(scanned):
    scanned.runner.at(FIRST + 4 * DAY)
    run = watch(scanned)
    assert run.result == "failure"
    assert run.of("watch").steps["The status rests on complete and fresh scans"] == "success"
    assert run.of("watch").steps["The published site is renewed"] == "failure"
    assert run.of("watch").steps[SERVED] == "failure"


def test_the_watchdog_notices_that_nothing_is_published(world):
    here = world()
    here.scans(FIRST)
    run = watch(here)
    assert run.of("watch").steps["The published site is renewed"] == "failure"
    assert run.of("watch").steps[SERVED] == "failure"
    assert [each["outcome"] for each in looks(here)] == ["down"] * 3


def test_lines_of_the_journal_that_were_added_meanwhile_are_kept(scanned):
    scanned.runner.at(FIRST + DAY / 4)

    def meanwhile(artifacts):
        line = '{"at": "2026-11-02T08:00:00Z", "kind": "verify", "outcome": "verified"}'
        text = scanned.hub.file("main", JOURNAL).decode()
        scanned.commit("meanwhile", {JOURNAL: f"{text}{line}\n"})

    tick = scanned.runner.hub.git("rev-parse", "main")
    scanned.runner.meanwhile["watch"] = meanwhile
    run = watch(scanned)
    assert run.result == "success", run.log
    text = scanned.hub.file("main", JOURNAL).decode()
    assert '"verified"' in text
    assert len(looks(scanned)) == 3
    assert scanned.hub.git("rev-list", "--count", f"{tick}..main") == "2"

"""The watchdog: quiet where all is well, and one issue for what is not, as its workflow does it."""

import json
from hashlib import sha256

import pytest

from secstatus.published.manifest import compute_revision
from tests.support.github import run as a_run
from tests.support.github import workflow
from tests.workflows.conftest import FIRST, SITE, WEEK

DAY = WEEK / 7
WATCHDOG = "status-watchdog.yml"
FILE = f".github/workflows/{WATCHDOG}"
SERVED = "Probe the site and check the workflows"
KEPT = "Push the journal"
JOURNAL = "security/status/journal.jsonl"
NOTED = "chore(security): note how the page was served"
BADGE = "badges/grade.svg"
MANIFEST = "api/v1/manifest.json"


def watch(here, at=None, **more):
    if at is not None:
        here.runner.at(FIRST + at)
    return here.run(WATCHDOG, event="schedule", **more)


def lines(here, kind):
    """The lines of the journal of that kind, on the default branch."""
    text = here.hub.file("main", JOURNAL).decode()
    return [line for line in map(json.loads, text.splitlines()) if line["kind"] == kind]


def looks(here):
    return [line["outcome"] for line in lines(here, "probe")]


def publish(here, path, content):
    """Somebody changes a file of the published branch by hand; what it was before."""
    here.git("fetch", "-q", "origin", "gh-pages")
    here.git("checkout", "-q", "FETCH_HEAD")
    file = here.clone / SITE / path
    old = file.read_bytes()
    file.write_bytes(content)
    here.git("commit", "-q", "-a", "-m", "by hand")
    here.git("push", "-q", "origin", "HEAD:gh-pages")
    here.git("checkout", "-q", "main")
    return old


def without(here, right):
    """The job of the watchdog no longer has this right; its workflow as it was."""
    text = here.hub.file("main", FILE).decode()
    assert text.count(right) == 1
    here.commit("less", {FILE: text.replace(right, "")})
    return text


def issue(here):
    (only,) = here.hub.api.issues
    return only


def told(here):
    """What was written to issues: posts and changes."""
    return [each[0] for each in here.hub.api.seen if each[0] != "GET"]


def test_it_is_quiet_about_a_fresh_page_and_remembers_it(scanned):
    run = watch(scanned, DAY / 2)
    assert run.result == "success", run.log
    assert told(scanned) == []
    assert looks(scanned) == ["up"] * 3
    assert scanned.hub.commits("main")[0] == NOTED
    assert scanned.hub.git("log", "-1", "--format=%an", "main") == "github-actions[bot]"


def test_a_page_that_somebody_has_changed_is_an_issue_once_and_closed_once(scanned):
    old = publish(scanned, BADGE, b"<svg>A+</svg>")
    first = watch(scanned, DAY / 4)
    assert first.result == "failure"
    assert first.of("watch").steps["Check the published site"] == "failure"
    assert first.of("watch").steps[SERVED] == "failure"
    assert first.of("watch").steps[KEPT] == "success"
    assert issue(scanned)["state"] == "open"
    assert issue(scanned)["body"].startswith("<!-- secstatus-alert: ")
    assert BADGE in issue(scanned)["body"]
    assert [each["name"] for each in issue(scanned)["labels"]] == ["secstatus-alert"]

    written = told(scanned)
    again = watch(scanned, DAY / 3)
    assert again.result == "failure"
    assert again.of("watch").steps[SERVED] == "failure"
    assert told(scanned) == written
    assert [line["outcome"] for line in lines(scanned, "notice")] == ["sent"]

    publish(scanned, BADGE, old)
    over = watch(scanned, DAY / 2)
    assert over.result == "success", over.log
    assert issue(scanned)["state"] == "closed"
    assert len(scanned.hub.api.comments[issue(scanned)["number"]]) == 1


def serve_instead(here, files):
    """The host serves these files, whatever the branch holds, until the result is called."""
    here.hub.pages = {f"{SITE}/{name}": content for name, content in files.items()}
    return lambda: setattr(here.hub, "pages", None)


def forged(here):
    """Another site of the same moment, which is in accord with itself."""
    names = [each for each in here.hub.paths("gh-pages") if each.startswith(f"{SITE}/")]
    files = {each.removeprefix(f"{SITE}/"): here.hub.file("gh-pages", each) for each in names}
    files[BADGE] = b"<svg>A+</svg>"
    manifest = json.loads(files[MANIFEST])
    manifest["files"][BADGE] |= {"sha256": sha256(files[BADGE]).hexdigest(), "size": 13}
    manifest["revision"] = compute_revision(manifest["files"])
    return {**files, MANIFEST: json.dumps(manifest).encode()}


def test_a_site_that_was_replaced_as_a_whole_is_an_issue_once_and_closed_once(scanned):
    """The branch is good, and so is what is served, by itself."""
    over = serve_instead(scanned, forged(scanned))
    first, again = watch(scanned, DAY / 4), watch(scanned, DAY / 3)
    for run in (first, again):
        assert run.of("watch").steps["Check the published site"] == "success", run.log
        assert run.of("watch").steps[SERVED] == "failure"
        assert run.of("watch").steps[KEPT] == "success"
    assert looks(scanned) == ["tampered"] * 6
    assert "deployment of" in issue(scanned)["body"]
    assert "deployed is revision" in issue(scanned)["body"]
    assert [line["outcome"] for line in lines(scanned, "notice")] == ["sent"]

    over()
    assert watch(scanned, DAY / 2).result == "success"
    assert issue(scanned)["state"] == "closed"


def test_without_the_right_to_read_the_branch_it_says_so_and_does_not_end_well(scanned):
    """The page is there for everybody; what was deployed is not."""
    text = scanned.hub.file("main", FILE).decode()
    step = text.index(SERVED)
    blind = text[step:].replace('"AUTHORIZATION: basic $header"', '"X-Nothing: 1"', 1)
    scanned.commit("blind", {FILE: text[:step] + blind})
    run = watch(scanned, DAY / 4)
    assert run.of("watch").steps["Check the published site"] == "success", run.log
    assert run.of("watch").steps[SERVED] == "failure"
    assert "what was deployed cannot be read" in run.of("watch").log
    assert "[status 3]" in run.of("watch").log
    assert looks(scanned) == ["up"] * 3
    assert told(scanned) == []


def test_it_notices_that_nobody_scans(scanned):
    scanned.runner.at(FIRST + 3 * WEEK)
    assert scanned.run("status-rebuild.yml").result == "success"
    run = watch(scanned)
    assert run.result == "failure"
    assert run.of("watch").steps["Check that the scans are complete and current"] == "failure"
    assert run.of("watch").steps["Check that the published site is current"] == "success"
    assert [line["alert"] for line in lines(scanned, "alert")].count("silence") == 1
    assert any("scan" in each["title"] for each in scanned.hub.api.issues)


def test_it_notices_a_schedule_that_is_switched_off(scanned):
    """Of others it hears by the API only: their pages are still good."""
    off = workflow(1, "security-status.yml", state="disabled_inactivity")
    scanned.hub.api.workflows = [off, workflow(2, WATCHDOG)]
    scanned.hub.api.about |= {"pushed_at": "2026-11-01T10:00:00Z"}
    scanned.hub.api.runs = [a_run(7, WATCHDOG, at="2026-11-02T06:00:00Z")]
    run = watch(scanned, DAY / 4)
    assert run.result == "failure"
    assert looks(scanned) == ["up"] * 3
    assert "security-status.yml" in issue(scanned)["body"]
    assert "status-watchdog.yml" not in issue(scanned)["body"]


def test_it_notices_that_nobody_rebuilds(scanned):
    run = watch(scanned, 4 * DAY)
    assert run.result == "failure"
    assert run.of("watch").steps["Check that the scans are complete and current"] == "success"
    assert run.of("watch").steps["Check that the published site is current"] == "failure"
    assert run.of("watch").steps[SERVED] == "failure"


def test_it_notices_that_nothing_is_published(world):
    here = world()
    here.scans(FIRST)
    run = watch(here)
    assert run.of("watch").steps["Check that the published site is current"] == "failure"
    assert run.of("watch").steps[SERVED] == "failure"
    assert looks(here) == ["down"] * 3


def test_without_the_right_to_issues_it_says_so_and_the_next_run_tells(scanned):
    before = without(scanned, "      issues: write\n")
    publish(scanned, BADGE, b"<svg>A+</svg>")
    run = watch(scanned, DAY / 4)
    assert run.result == "failure"
    assert run.of("watch").steps[SERVED] == "failure"
    assert "[status 3]" in run.of("watch").log
    assert "issues: write" in run.of("watch").log
    assert scanned.hub.api.issues == []
    assert [line["outcome"] for line in lines(scanned, "notice")] == ["failed"]

    scanned.commit("more", {FILE: before})
    assert watch(scanned, DAY / 3).result == "failure"
    assert BADGE in issue(scanned)["body"]
    assert [line["outcome"] for line in lines(scanned, "notice")] == ["failed", "sent"]
    assert len(lines(scanned, "alert")) == 1


def test_without_the_right_to_actions_it_says_so_and_looks_all_the_same(scanned):
    without(scanned, "      actions: read\n")
    run = watch(scanned, DAY / 4)
    assert "actions: read" in run.of("watch").log
    assert looks(scanned) == ["up"] * 3
    assert lines(scanned, "workflows") == []


@pytest.mark.parametrize("attributes", [True, False])
def test_two_at_the_same_time_keep_the_lines_of_both(scanned, attributes):
    """The other one looks, notes and pushes after this one has looked. Without the .gitattributes
    that `init` writes the lines collide, and nothing is lost in silence."""
    if not attributes:
        scanned.commit("plain", {"security/status/.gitattributes": ""})
    before, others = scanned.hub.git("rev-parse", "main"), []
    place = f"watch/{KEPT}"
    scanned.runner.meanwhile[place] = lambda _: others.append(watch(scanned, DAY / 3))
    run = watch(scanned, DAY / 4)
    assert [each.result for each in others] == ["success"], others[0].log
    subjects = scanned.hub.git("log", "--format=%s", f"{before}..main").splitlines()
    if attributes:
        assert run.result == "success", run.log
        assert looks(scanned) == ["up"] * 6
        assert subjects == [NOTED, NOTED]
    else:
        assert run.of("watch").steps[KEPT] == "failure"
        assert looks(scanned) == ["up"] * 3
        assert subjects == [NOTED]

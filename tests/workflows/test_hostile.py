"""Text of strangers on its way through the workflows: no output, no command, no file of theirs."""

import json
import re

import pytest

from tests.commands.scanned import pip_audit
from tests.workflows.conftest import BOOK, FIRST, HIGH, WEEK

BAIT = "caught"
# A shell, a workflow command, an output file, Markdown and a terminal, each with its own hook.
EVIL = (
    f'x\'; touch {BAIT}; echo "$(touch {BAIT})" `touch {BAIT}` ${{{{ github.token }}}}\n'
    "::error file=setup.py::of a stranger\n"
    "::add-mask::e\n"
    "should_release=true\n"
    f"evil<<EOF\n{BAIT}\nEOF\n"
    f"../../{BAIT} %0A::warning::of a stranger \x1b[31m @everyone <script>alert(1)</script>"
)
OURS = re.compile(r"::(add-mask::[A-Za-z0-9+/=]{20,}|(error|warning) title=secstatus::.*)")
# The names that a step of ours may give.
NAMES = {
    "bump", "cache-hit", "cache-matched-key", "commit", "complete", "decision", "decision_id",
    "deployed_commit", "enrich", "epoch", "install", "justification", "key", "notes_file",
    "pushes", "release_state", "run", "security_grade", "sha", "should_release", "status",
    "sums", "tag", "trigger_type", "version", "vulnerabilities",
}  # fmt: skip


@pytest.fixture
def watched(monkeypatch):
    """The outputs of every step, by name."""
    from tests.workflows import runner

    seen, real = [], runner.assignments

    def assignments(text):
        found = real(text)
        seen.append(found)
        return found

    monkeypatch.setattr(runner, "assignments", assignments)
    return seen


def harmless(here, runs, outputs):
    """Nothing that the text asked for has happened."""
    for run in runs:
        for line in run.log.splitlines():
            # The runner obeys a line that begins so, blanks before it or not.
            assert not line.lstrip().startswith("::") or OURS.fullmatch(line.strip()), line
    assert {name for each in outputs for name in each} <= NAMES
    assert not [path for path in here.place.rglob("*") if path.name == BAIT]
    assert not [path for path in here.place.parent.iterdir() if path.name == BAIT]
    assert not [
        name for ref in ("main", "gh-pages") for name in here.hub.paths(ref) if BAIT in name
    ]


def test_an_advisory_releases_no_more_than_itself(scanned, watched):
    evil = HIGH | {"description": EVIL, "aliases": [*HIGH["aliases"], EVIL], "fix_versions": [EVIL]}
    scanned.scans(FIRST + WEEK, ("urchin", [evil]))
    runs = [scanned.run("security-status.yml")]
    assert scanned.runner.started() == [("security-release.yml", "main")]
    runs.append(scanned.run("security-release.yml"))
    runs += [scanned.run(name, ref=f"refs/tags/{ref}") for name, ref in scanned.runner.started()]

    assert [run.result for run in runs][1:] == ["success", "success"], runs[-1].log
    harmless(scanned, runs, watched)
    assert scanned.hub.git("tag") == "v2.4.2"
    assert "\x1b" not in scanned.hub.git("log", "--all", "--format=%B")
    ((notes,),) = scanned.asked("notes")
    assert "<script>" not in notes
    assert "\x1b" not in notes


def test_an_advisory_of_no_weight_cannot_ask_for_a_release(scanned, watched):
    mild = {"id": "PYSEC-2026-5", "fix_versions": [], "aliases": [], "description": EVIL}
    scanned.hub.records["PYSEC-2026-5"] = {
        "id": "PYSEC-2026-5",
        "modified": "2026-11-01T00:00:00Z",
        "summary": EVIL,
        "details": EVIL,
        "database_specific": {"severity": "LOW"},
    }
    scanned.scans(FIRST + WEEK, ("urchin", [mild]))
    run = scanned.run("security-status.yml")
    harmless(scanned, [run], watched)
    assert run.jobs["update"].outputs["should_release"] == "false"
    assert scanned.runner.started() == []


def test_a_report_may_name_packages_as_it_likes(scanned, watched):
    evil = (EVIL, f"urchin\n::error::{BAIT}", f"$(touch {BAIT})")
    found = [(package, [HIGH]) for package in evil]
    report = json.dumps(pip_audit(*found, packages=("coral", "kelp", "urchin", *evil)))
    scanned.scans(FIRST + WEEK, audit=report, audit_exit=1)
    run = scanned.run("security-status.yml")
    harmless(scanned, [run], watched)


def test_a_note_is_a_note(scanned, watched):
    runs = [scanned.run("security-release.yml", inputs={"manual": "fix", "note": EVIL})]
    runs += [scanned.run(name, ref=f"refs/tags/{ref}") for name, ref in scanned.runner.started()]
    assert [run.result for run in runs] == ["success", "success"], runs[-1].log
    harmless(scanned, runs, watched)
    assert scanned.hub.git("tag") == "v2.4.2"
    assert len(scanned.runner.published) == 1
    assert "\x1b" not in scanned.hub.git("log", "--all", "--format=%B")


@pytest.mark.parametrize("note", ["--record=published", "-x"])
def test_a_note_is_no_option(scanned, note):
    run = scanned.run("security-release.yml", inputs={"manual": "fix", "note": note})
    assert run.result == "success", run.log
    decision = scanned.hub.json("main", BOOK)["decisions"][-1]
    assert decision["steps"][-1]["state"] == "committed"


@pytest.mark.parametrize("manual", [f"fix; touch {BAIT}", "none\nfix", "--record", ""])
def test_a_request_that_is_none_of_ours_is_refused(scanned, watched, manual):
    before = scanned.refs()
    run = scanned.run("security-release.yml", inputs={"manual": manual})
    assert run.result == "failure"
    harmless(scanned, [run], watched)
    assert scanned.refs() == before


@pytest.mark.parametrize(
    "tag",
    [f"v;touch${{IFS}}{BAIT};2.4.1", f"v$(touch${{IFS}}{BAIT})2.4.1", "v`id`2.4.1", "v'\"2.4.1"],
)
def test_a_tag_with_a_command_in_its_name_is_not_published(scanned, watched, tag):
    scanned.git("pull", "-q", "--rebase", "origin", "main")
    scanned.git("tag", tag)
    scanned.git("push", "-q", "origin", f"refs/tags/{tag}")
    run = scanned.run("pypi-publish.yml", event="push", ref=f"refs/tags/{tag}")
    assert run.of("build").result == "failure"
    assert scanned.runner.published == []
    harmless(scanned, [run], watched)


def test_a_commit_message_names_no_decision_of_a_stranger(scanned, watched):
    """The trailer of the tag's commit decides what the release log says."""
    scanned.git("pull", "-q", "--rebase", "origin", "main")
    scanned.git("commit", "-q", "--allow-empty", "-m", f"x\n\nSecurity-Decision: $(touch {BAIT})")
    scanned.git("tag", "v2.4.1")
    scanned.git("push", "-q", "origin", "HEAD:main", "v2.4.1")
    run = scanned.run("pypi-publish.yml", event="push", ref="refs/tags/v2.4.1")
    assert run.result == "success", run.log
    assert run.of("build").outputs["decision"] == ""
    harmless(scanned, [run], watched)


def test_a_file_with_a_name_of_a_stranger_is_a_file(world, watched):
    here = world()
    name = f"src/$(touch {BAIT})\n::error::{BAIT}x.py"
    here.commit("odd", {name: "lights = 1\n"})
    here.scans(FIRST)
    run = here.run("security-status.yml")
    assert run.result == "success", run.log
    assert not [path for path in here.place.rglob("*") if path.name == BAIT]
    assert not [line for line in run.log.splitlines() if line.startswith("::error::")]

"""The action as another project uses it, and the workflows that have the same steps."""

from pathlib import Path

import pytest
import yaml

from scripts.workflows import ours
from tests.workflows.conftest import BOOK, FIRST, HIGH, WEEK

ROOT = Path(__file__).parent.parent.parent
ACTION = (ROOT / "action.yml").read_text("utf-8")
USING = """\
name: One line
on:
  workflow_dispatch:
permissions: {{}}
defaults:
  run:
    shell: bash
jobs:
  status:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: {right}
    outputs:
      grade: ${{{{ steps.security.outputs.security_grade }}}}
      release: ${{{{ steps.security.outputs.should_release }}}}
      bump: ${{{{ steps.security.outputs.bump }}}}
      vulnerabilities: ${{{{ steps.security.outputs.vulnerabilities }}}}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - id: security
        uses: ./action
        with: {given}
      - name: Afterwards
        run: echo reached
"""


@pytest.fixture
def using(world):
    """`using(right, **inputs)` is a project whose own workflow uses the action."""

    def make(right="read", **given):
        here = world()
        text = USING.format(right=right, given=given or "{}")
        files = {"action/action.yml": ACTION, ".github/workflows/one-line.yml": text}
        here.commit("use the action", files)
        here.scans(FIRST)
        return here

    return make


def test_one_line_gives_the_grade_and_writes_nothing(using):
    here = using()
    before = here.refs()
    run = here.run("one-line.yml")
    assert run.result == "success", run.log
    assert run.of("status").outputs == {
        "grade": "A",
        "release": "false",
        "bump": "",
        "vulnerabilities": "0",
    }
    assert here.refs() == before


def test_with_deploy_and_commit_everything_is_published(using):
    here = using("write", deploy=True, commit=True)
    run = here.run("one-line.yml")
    assert run.result == "success", run.log
    assert here.page()["security_grade"] == "A"
    assert BOOK in here.hub.paths("main")

    before = here.refs()
    assert here.run("one-line.yml").result == "success"
    assert here.refs() == before

    here.scans(FIRST + WEEK, ("urchin", [HIGH]))
    run = here.run("one-line.yml")
    assert run.of("status").outputs["release"] == "true"
    assert run.of("status").outputs["bump"] == "patch"
    assert here.page()["security_grade"] == "C"


def test_a_scan_that_failed_ends_it_red_after_the_page_is_out(using):
    here = using("write", deploy=True, commit=True)
    here.scans(FIRST, audit="", audit_exit=1)
    run = here.run("one-line.yml")
    assert run.result == "failure"
    assert run.of("status").outputs["grade"] == here.page()["security_grade"] == "?"
    assert run.of("status").steps["Afterwards"] == "skipped"


def test_without_the_right_to_write_it_is_red(using):
    here = using("read", deploy=True, commit=True)
    before = here.refs()
    assert here.run("one-line.yml").result == "failure"
    assert here.refs() == before


def test_a_manual_run_requests_a_release(using):
    here = using(manual="feature", note="Lights that blink")
    run = here.run("one-line.yml")
    assert run.result == "success", run.log
    assert run.of("status").outputs["bump"] == "minor"


def steps_of(text):
    found = yaml.safe_load(text)
    jobs = [*found.get("jobs", {}).values(), found.get("runs", {})]
    return [step for job in jobs for step in job.get("steps", [])]


# What differs for a reason: the action knows neither artifacts nor the scan of today.
OF_ITS_OWN = {
    "Ingest, decide, build",
    "Commit the security files",
    "Fetch the published site",
    "Deploy",
}


def test_the_action_does_what_the_workflows_do():
    """A mend in one place is a mend in both."""
    files = ours()
    called = files["workflows/security-scan.yml"], files["workflows/security-update.yml"]
    theirs = {
        step["name"]: step["run"] for text in called for step in steps_of(text) if "run" in step
    }
    own = {step["name"]: step["run"] for step in steps_of(ACTION) if "run" in step}
    assert own.keys() <= theirs.keys()
    assert [name for name in own if own[name] != theirs[name] and name not in OF_ITS_OWN] == []


@pytest.mark.parametrize("name", ["Install secstatus", "Push the security files"])
def test_a_step_that_many_have_is_one_text(name):
    texts = [
        step["run"]
        for text in ours().values()
        for step in steps_of(text)
        if step.get("name") == name
    ]
    assert len(texts) > 1
    assert len(set(texts)) == 1


def test_every_pin_of_one_action_is_the_same():
    pins = {}
    for text in (ACTION, *ours().values()):
        for step in steps_of(text):
            name, at, commit = step.get("uses", "").partition("@")
            if at:
                pins.setdefault(name, set()).add(commit)
    assert pins
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def test_the_scanners_are_pinned_alike():
    scan = yaml.safe_load(ours()["workflows/security-scan.yml"])
    wanted = scan[True]["workflow_call"]["inputs"]["scanners"]["default"]
    assert yaml.safe_load(ACTION)["inputs"]["scanners"]["default"] == wanted
    assert all("==" in word for word in wanted.split())

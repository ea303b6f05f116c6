"""What holds for every workflow, of this project and of any that `init` sets up."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts.workflows import ours, rendered
from tests.workflows.conftest import VALUES

BIN = Path(sys.executable).parent
PIN = re.compile(r"uses: (\./\S+|[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+(?:\.\d+)*)(?: #.*)?$")
HOSTILE = VALUES | {
    "package": "a.b-c_d",
    "branch": "release/1.x",
    "source": "src/it's here",
    "install": "python -m pip install '.[all]' && echo \"${HOME}\" # `date`: $(id)",
    "audit": "--requirement 'a b.txt'",
    "gates": ["echo ${{ github.token }}", "test \"$(printf '%s' \\\\)\" != ''", "true: yes"],
    "tool": "secstatus[publish]>=0.1,<1",
}
SETS = {
    "this project": ours(),
    "another": rendered(VALUES),
    "no gates": rendered(VALUES | {"gates": []}),
    "hostile": rendered(HOSTILE),
}
FILES = [(name, path) for name, files in SETS.items() for path in files]


def workflow(text):
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return found


def steps(found):
    for job in found.get("jobs", {}).values():
        yield from job.get("steps", [])


@pytest.mark.parametrize(("name", "path"), FILES)
def test_the_rules_hold(name, path):
    text = SETS[name][path]
    assert "\r" not in text
    assert "\t" not in text
    assert text.endswith("\n")
    found = workflow(text)
    if "jobs" not in found:
        return
    assert found["permissions"] == {}
    for line in text.splitlines():
        if (stripped := line.strip().removeprefix("- ")).startswith("uses:"):
            assert PIN.fullmatch(stripped), stripped
    for job in found["jobs"].values():
        assert "uses" in job or 0 < job["timeout-minutes"] <= 60
        assert "permissions" in job
    for step in steps(found):
        assert "${{" not in step.get("run", "")
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", SETS)
def test_no_secret_is_stored(name):
    assert "secrets." not in "".join(SETS[name].values())


@pytest.mark.parametrize("name", SETS)
def test_only_the_publishing_job_has_an_identity(name):
    having = [
        (path, job)
        for path, text in SETS[name].items()
        for job, told in workflow(text).get("jobs", {}).items()
        if "id-token" in (told.get("permissions") or {})
    ]
    assert [path for path, _ in having] == ["workflows/pypi-publish.yml"]
    job = workflow(SETS[name]["workflows/pypi-publish.yml"])["jobs"][having[0][1]]
    assert job["environment"] == "pypi-publishing"
    assert not [step for step in job["steps"] if "checkout" in step.get("uses", "")]


def test_text_of_people_reaches_a_command_as_it_is():
    """A command lands in the environment, where nothing of it is an expression or YAML."""
    gates = [
        step["env"]["GATE"]
        for step in steps(workflow(SETS["hostile"]["workflows/quality-gate.yml"]))
        if "GATE" in step.get("env", {})
    ]
    literal = [gate.replace("${{ '${{' }}", "${{") for gate in gates]
    assert literal == HOSTILE["gates"]


def audited(*words):
    done = subprocess.run([BIN / words[0], *words[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_zizmor_and_the_schema_find_nothing(tmp_path):
    """One call for all of them: each has a repository of its own."""
    roots = []
    for number, files in enumerate(SETS.values()):
        roots.append(tmp_path / str(number) / ".github")
        for path, text in files.items():
            target = roots[-1] / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    audited("zizmor", "--offline", "--no-progress", "--color", "never", *roots)
    for schema, pattern in (
        ("github-workflows", "*/.github/workflows/*.yml"),
        ("dependabot", "*/.github/dependabot.yml"),
    ):
        files = sorted(tmp_path.glob(pattern))
        assert len(files) >= len(SETS)
        audited("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


@pytest.mark.parametrize("name", SETS)
def test_shellcheck_finds_nothing(tmp_path, name):
    scripts = []
    for path, text in SETS[name].items():
        for number, step in enumerate(steps(workflow(text))):
            if run := step.get("run"):
                script = tmp_path / f"{Path(path).stem}-{number}.sh"
                script.write_text(f"#!/bin/bash\nset -eo pipefail\n{run}", "utf-8")
                scripts.append(script)
    words = [BIN / "shellcheck", "--severity=warning", *scripts]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_action_is_held_against_its_schema():
    root = Path(__file__).parent.parent.parent
    words = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    told = yaml.safe_load((root / "action.yml").read_text("utf-8"))
    assert {"security_grade", "should_release", "vulnerabilities"} <= set(told["outputs"])
    assert all(each["description"] for each in told["inputs"].values())
    for step in told["runs"]["steps"]:
        assert "${{" not in step.get("run", "")

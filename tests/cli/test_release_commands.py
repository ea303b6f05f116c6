"""decide and run, through the real entry point; what GitHub Actions gets from them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import STATES, tree

GENERATOR = Path(__file__).parent.parent.parent / "generator"
NOW = "2026-11-24T09:00:00Z"
EVIL = "CVE-1%0A::set-output name=x::y\nshould_release=true\r\n::error::boo\x1b[2J @all <b> |"


def run(*arguments, **extra):
    env = {"PYTHONPATH": str(GENERATOR), "PATH": os.environ["PATH"], **extra}
    command = [sys.executable, "-m", "secstatus", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


@pytest.fixture
def actions(tmp_path):
    """The variables of a runner, and what it would understand of its files."""
    folder = tmp_path / "runner"
    folder.mkdir()
    names = {"GITHUB_OUTPUT": folder / "output", "GITHUB_STEP_SUMMARY": folder / "summary"}

    def understood():
        """As the runner reads it: `name=value`, or `name<<frame` up to that frame."""
        found = {}
        path = names["GITHUB_OUTPUT"]
        lines = iter(path.read_text().split("\n") if path.exists() else [])
        for line in lines:
            head, equals, value = line.partition("=")
            if "<<" in head or (not equals and "<<" in line):
                name, _, frame = line.partition("<<")
                inner = []
                for each in lines:
                    if each == frame:
                        break
                    inner.append(each)
                value, head = "\n".join(inner), name
            if head:
                found.setdefault(head, []).append(value)
        return found

    env = {name: str(path) for name, path in names.items()}
    env |= {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(folder)}
    return env, understood, names["GITHUB_STEP_SUMMARY"]


@pytest.fixture
def evil(tmp_path):
    """Two status files of the design; the newer one has a finding whose every text is hostile."""
    old = json.loads((STATES / "design/security/status/live-status.json").read_text())
    finding = {
        "finding_id": EVIL,
        "severity": "high",
        "discovered_date": "2025-01-25",
        "description": EVIL,
        "title": EVIL,
        "package": EVIL,
    }
    new = {
        **old,
        "last_updated": "2025-01-28T10:30:00Z",
        "scan_date": "2025-01-28T09:00:00Z",
        "findings": [finding],
        "vulnerability_summary": {"total": 1, "high": 1, "medium": 0, "low": 0},
        "security_grade": "C",
        "days_since_last_vulnerability": 0,
    }
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "new.json").write_text(json.dumps(new))
    return ["--old", str(tmp_path / "old.json"), "--new", str(tmp_path / "new.json")]


def test_the_decision_as_json_has_the_fields_of_the_design(evil, tmp_path):
    done = run("decide", "--root", str(tmp_path), *evil, "--format", "json")
    result = json.loads(done.stdout)

    assert done.returncode == 0
    assert result["should_release"] is True
    assert result["trigger_type"] == "security_auto"
    assert result["bump"] == "patch"
    (change, grade) = result["security_changes"]
    assert {"change_type", "finding_id", "old_state", "new_state", "impact_level"} <= set(change)
    assert (change["change_type"], change["impact_level"]) == ("new_vulnerability", "high")
    assert grade["change_type"] == "grade_change"
    assert change["finding_id"] == EVIL


def test_no_text_of_a_stranger_becomes_an_output_or_a_command(evil, tmp_path, actions):
    env, understood, summary = actions
    done = run("decide", "--root", str(tmp_path), *evil, **env)

    found = understood()
    assert {name: len(values) for name, values in found.items()} == dict.fromkeys(
        ["should_release", "trigger_type", "bump", "decision_id", "release_state", "notes_file",
         "justification"], 1,
    )  # fmt: skip
    assert found["should_release"] == ["true"]
    assert "\x1b" not in found["justification"][0]
    for line in (done.stdout + done.stderr).splitlines():
        assert not line.lstrip().startswith("::") or line.startswith("::warning title=secstatus::")
    assert "\x1b" not in done.stdout + done.stderr
    rows = [line for line in summary.read_text().splitlines() if line.startswith("| ")]
    assert len(rows) == 4
    assert all(line.replace("\\|", "").count("|") == 4 for line in rows)
    notes = Path(found["notes_file"][0]).read_text()
    assert notes.startswith("This release of ")
    assert "Security-Decision: " in notes


def test_a_note_of_several_lines_is_one_output(tmp_path, actions):
    env, understood, _ = actions
    root = tmp_path / "p"
    shutil.copytree(STATES / "open", root)
    note = "x\nshould_release=false\nEOF\nend-0\nevil=1"
    run("decide", "--root", str(root), "--now", NOW, "--manual", "fix", "--note", note, **env)

    found = understood()
    assert found["should_release"] == ["true"]
    assert "evil" not in found


def test_a_failure_tells_the_workflow_not_to_release(tmp_path, actions):
    env, understood, _ = actions
    root = tmp_path / "p"
    shutil.copytree(STATES / "open", root)
    (root / "security/status/live-status.json").write_text("{")
    done = run("decide", "--root", str(root), "--now", NOW, **env)

    assert done.returncode == 2
    assert "::error title=secstatus::" in done.stderr
    assert understood() == {"should_release": ["false"], "trigger_type": ["none"]}
    assert done.stdout == ""


def test_the_notes_as_a_file(evil, tmp_path):
    path = tmp_path / "deep/notes.md"
    done = run("decide", "--root", str(tmp_path), *evil, "--notes-file", str(path))
    assert done.returncode == 0
    assert path.read_text().startswith("This release of")


def test_recorded_step_by_step(tmp_path):
    root = tmp_path / "p"
    shutil.copytree(STATES / "open", root)
    base = ["decide", "--root", str(root), "--now", NOW]
    asked = json.loads(run(*base, "--manual", "fix", "--format=json").stdout)
    for state in ("committed", "pushed", "published", "announced"):
        done = run(*base, "--record", state, "--version", "1.4.1", "--format=json")
        assert json.loads(done.stdout)["state"] == state
    back = run(*base, "--record", "committed", "--decision", asked["decision_id"])
    assert back.returncode == 2
    assert "is announced already; it cannot go back" in back.stderr
    alone = run(*base, "--version", "2")
    assert alone.returncode == 2
    assert "go with --record" in alone.stderr


def test_run_as_json(tmp_path, actions):
    env, understood, _ = actions
    root = tmp_path / "p"
    shutil.copytree(STATES / "history", root)
    (root / "security/status/releases.json").unlink(missing_ok=True)
    reports = root / "security/reports/latest"
    reports.mkdir(parents=True)
    done = run(
        "run",
        "--root",
        str(root),
        "--now",
        NOW,
        "--out",
        str(tmp_path / "s"),
        "--format=json",
        **env,
    )

    result = json.loads(done.stdout)
    assert set(result["steps"]) == {"ingest", "decide", "build"}
    assert done.returncode == result["exit_status"]
    assert (tmp_path / "s/index.html").exists()
    found = understood()
    assert found["security_grade"] == [result["security_grade"]]
    assert found["vulnerabilities"] == ["1"]
    assert found["should_release"] == ["false"]


def test_nothing_is_written_by_help_or_wrong_use(tmp_path):
    before = tree(tmp_path)
    assert run("decide", "--root", str(tmp_path), "--manual", "wish").returncode == 2
    assert run("run", "--help").returncode == 0
    assert tree(tmp_path) == before

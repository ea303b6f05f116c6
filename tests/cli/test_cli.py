"""The command line, through its real entry point."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from secstatus import __version__
from secstatus.cli import main
from secstatus.commands import COMMANDS
from tests.conftest import STATES, tree

GENERATOR = Path(__file__).parent.parent.parent / "generator"
NOW = "2026-11-24T09:00:00Z"
OPEN = str(STATES / "open")


def run(*arguments, **extra):
    """The command in a process of its own, with a clean environment and a pipe for a terminal."""
    env = {"PYTHONPATH": str(GENERATOR), "PATH": os.environ["PATH"], **extra}
    command = [sys.executable, "-m", "secstatus", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


def test_version():
    assert run("--version").stdout == f"secstatus {__version__}\n"


def test_build_as_text(tmp_path):
    done = run("build", "--root", OPEN, "--out", str(tmp_path / "o"), "--now", NOW)
    assert done.returncode == 0
    assert done.stdout.startswith("Grade B as of 2026-11-24T00:00:00Z. ")
    assert str(tmp_path / "o" / "index.html") in done.stdout
    assert done.stderr == ""
    again = run("build", "--root", OPEN, "--out", str(tmp_path / "o"), "--now", NOW)
    assert "nothing changed" in again.stdout


def test_build_as_json_has_json_alone_on_stdout(tmp_path):
    done = run("build", "--root", OPEN, "--out", str(tmp_path / "o"), "--now", NOW, "--format=json")
    result = json.loads(done.stdout)
    assert result["grade"] == "B"
    assert result["files"] == len(tree(tmp_path / "o"))
    assert result["warnings"] == []


def test_the_moment_from_the_environment(tmp_path):
    done = run(
        "build", "--root", OPEN, "--out", str(tmp_path / "o"), SOURCE_DATE_EPOCH="1795510800"
    )
    assert "as of 2026-11-24" in done.stdout
    done = run("build", "--root", OPEN, SOURCE_DATE_EPOCH="soon")
    assert done.returncode == 2
    assert "SOURCE_DATE_EPOCH: found 'soon', expected whole seconds" in done.stderr


@pytest.mark.parametrize("now", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", ""])
def test_a_moment_that_cannot_be_read(now, capsys):
    assert main(["build", "--root", OPEN, "--now", now]) == 2
    assert "--now" in capsys.readouterr().err


def test_an_unreadable_status_is_2_and_says_where(project, tmp_path, capsys):
    root = project("open")
    (root / "security/status/live-status.json").write_text('{"findings": [', "utf-8")
    assert main(["build", "--root", str(root), "--out", str(tmp_path / "o"), "--now", NOW]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: security/status/live-status.json: at line 1 column ")
    assert "Is the file cut short?" in said.err


def test_strict_is_1(tmp_path, capsys):
    arguments = ["--root", str(STATES / "hostile"), "--now", NOW]
    root = tmp_path / "p"
    root.mkdir()
    assert main(["check", "--strict", *arguments]) == 0
    text = (STATES / "design/security/status/live-status.json").read_text("utf-8")
    (root / "security/status").mkdir(parents=True)
    (root / "security/status/live-status.json").write_text(text, "utf-8")
    assert main(["check", "--root", str(root), "--now", NOW]) == 0
    assert main(["check", "--strict", "--root", str(root), "--now", NOW]) == 1
    out = str(tmp_path / "o")
    assert main(["build", "--strict", "--root", str(root), "--now", NOW, "--out", out]) == 1
    assert not (tmp_path / "o").exists()
    assert "address of the site is not known" in capsys.readouterr().err


def test_an_unknown_key_of_the_configuration_has_a_suggestion(project, capsys):
    root = project("open")
    with (root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("[tool.secstatus.sla_days]\nhihg = 3\n")
    assert main(["check", "--root", str(root), "--now", NOW]) == 2
    said = capsys.readouterr().err
    assert "tool.secstatus.sla_days: found the unknown key 'hihg', expected one of" in said
    assert "Did you mean high?" in said


def test_no_such_folder(capsys):
    assert main(["build", "--root", "/no/such/folder"]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_check_site(built, tmp_path, capsys):
    assert main(["check-site", str(built("open"))]) == 0
    assert ", 0 problems" in capsys.readouterr().out
    assert main(["check-site", str(tmp_path)]) == 1
    assert main(["check-site", str(tmp_path / "nothing")]) == 2


def test_schema_names_and_texts(capsys):
    assert main(["schema"]) == 0
    names = capsys.readouterr().out.split()
    assert "live-status" in names
    for name in names:
        assert main(["schema", name]) == 0
        assert json.loads(capsys.readouterr().out)["type"] == "object"
    assert main(["schema", "nonsense"]) == 2
    assert "expected one of" in capsys.readouterr().err


def test_wrong_use_is_2():
    assert run("nonsense").returncode == 2
    assert run().returncode == 2
    assert run("build", "--format", "xml").returncode == 2


def test_quiet_and_verbose(tmp_path):
    out = str(tmp_path / "o")
    assert run("build", "--root", OPEN, "--out", out, "--now", NOW, "-q").stdout == ""
    done = run("build", "--root", OPEN, "--out", str(tmp_path / "p"), "--now", NOW, "-v")
    assert "wrote index.html" in done.stderr


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    env = {"PYTHONPATH": str(GENERATOR), "PATH": os.environ["PATH"]}
    command = f"{sys.executable} -m secstatus schema status | head -c 1 >/dev/null"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=env)
    assert "Traceback" not in done.stderr


def test_a_message_cannot_command_the_terminal_or_the_workflow(project, tmp_path):
    root = project("open")
    path = root / "security/status/live-status.json"
    data = json.loads(path.read_text("utf-8"))
    data["findings"][0]["finding_id"] = "x\n::set-output name=a::b\x1b[31m\u202e"
    path.write_text(json.dumps(data), "utf-8")
    out = str(tmp_path / "o")
    done = run("build", "--root", str(root), "--out", out, "--now", NOW, GITHUB_ACTIONS="true")
    assert done.returncode == 0
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr
    commands = [line for line in done.stderr.splitlines() if line.startswith("::")]
    assert commands
    assert all(line.startswith("::warning title=secstatus::") for line in commands)


def test_in_actions_the_grade_is_a_step_output(tmp_path):
    target = tmp_path / "output"
    arguments = ("build", "--root", OPEN, "--out", str(tmp_path / "o"), "--now", NOW, "-q")
    run(*arguments, GITHUB_OUTPUT=str(target))
    assert target.read_text("utf-8") == "security_grade=B\n"


def test_no_traceback_for_a_mistake_of_ours(monkeypatch, capsys):
    monkeypatch.setattr("secstatus.commands.build.run", lambda options, output: 1 / 0)
    assert main(["build", "--root", OPEN, "--now", NOW]) == 3
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "-vv" in said


@pytest.mark.parametrize(
    ("state", "now", "status"),
    [
        ("open", NOW, 0),
        ("overdue", NOW, 0),
        ("failed", NOW, 1),
        ("partial", NOW, 1),
        ("stale", NOW, 1),
        ("open", "2026-12-24T00:00:00Z", 1),
    ],
)
def test_a_letter_that_is_proved(state, now, status, capsys):
    assert main(["check", "--proved", "--root", str(STATES / state), "--now", now]) == status
    assert ("cadences old" in capsys.readouterr().err) == (state == "stale" or now != NOW)


def imported_by(*arguments):
    """The modules of the package that a start with these arguments imports."""
    code = (
        "import atexit, sys; from secstatus.cli import main\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "main(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(GENERATOR), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    return {name for name in done.stderr.split() if name.startswith("secstatus.commands.")}


def test_the_help_imports_no_command():
    assert imported_by("--help") == set()


def test_a_command_imports_no_other_command(tmp_path):
    assert imported_by("schema", "--help") == {"secstatus.commands.schema"}
    found = imported_by("build", "--root", OPEN, "--out", str(tmp_path / "o"), "--now", NOW)
    assert {name.split(".")[2] for name in found} == {"build"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_describes_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command.name, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert f"usage: secstatus {command.name} " in text
    assert f"  {command.load().EXAMPLE}" in text

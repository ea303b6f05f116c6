"""Programs that stand in the place of others on the runner's PATH, and why.

- `python`: a virtual environment and a download from an index take long and need a network. Here
  `-m venv` makes a folder with a `python` of the same kind, `-m pip install` notes what was asked
  for and puts the programs of it there, and `-m build` builds without an environment of its own.
  Everything else is done by the real interpreter.
- `pip-audit`, `bandit`: they need a network or a long time. They write the report that the test has
  prepared and end as the real ones do; without one they write nothing.
- `secstatus`: the real program of this checkout (`warm.py`), which asks the test's own OSV server,
  looks at the test's own pages, and does not wait before it asks again.
- `gh`: notes what it was asked for. `date`, `sleep`: the test's clock, and no waiting.

They start often, so they take nothing but the standard library.
"""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("python", "gh", "date")


def install(folder, desk):
    """Put the programs into a folder. `desk` is where they find and leave things."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        _wrapper(folder / name, name, desk)
    _script(folder / "sleep", "exit 0")
    return folder


def _wrapper(path, name, desk, venv=""):
    """A program `path` that is this file, called as `name`."""
    here = str(Path(__file__).resolve())
    words = [sys.executable, "-I", "-S", here, name, str(desk), str(venv)]
    _script(path, f'exec {shlex.join(words)} "$@"')


def _script(path, line):
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def noted(desk, name):
    """What a program was asked for: a list of its calls."""
    path = Path(desk) / f"{name}.calls"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _note(desk, name, words):
    with (Path(desk) / f"{name}.calls").open("a") as file:
        file.write(json.dumps(list(words)) + "\n")


def python(desk, venv, words):
    if words[:2] == ["-m", "venv"]:
        made = Path(words[-1]) / "bin"
        made.mkdir(parents=True)
        return _wrapper(made / "python", "python", desk, Path(words[-1]))
    if words[:3] == ["-m", "pip", "install"]:
        return _pip(desk, venv, words[3:])
    if words[:2] == ["-m", "build"]:
        words = ["-m", "build", "--no-isolation", *words[2:]]
    return subprocess.run([sys.executable, *words], check=False).returncode


def _pip(desk, venv, words):
    _note(desk, "pip", words)
    if "broken" in words:
        return 1
    wanted = [word.partition("=")[0] for word in words if not word.startswith("-")]
    for name in wanted if venv else ():
        program = "secstatus" if name == "." or os.sep in name else name
        if program in ("secstatus", "pip-audit", "bandit"):
            _wrapper(Path(venv) / "bin" / program, program, desk)
    return 0


def secstatus(desk, venv, words):
    if words[:1] == ["enrich"]:
        words = [*words, "--osv-url", (Path(desk) / "osv").read_text()]
    if words[:1] == ["monitor"]:
        words = [*words, "--base-url", (Path(desk) / "pages").read_text()]
    asked = {"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect((Path(desk) / "program").read_text())
        socket.send_fds(connection, [json.dumps(asked).encode()], [0, 1, 2])
        return int(connection.recv(64) or b"70")


def scanner(desk, name, words):
    _note(desk, name, words)
    report, ending = Path(desk) / f"{name}.json", Path(desk) / f"{name}.exit"
    if report.exists():
        shutil.copy(report, words[words.index("--output") + 1])
    return int(ending.read_text()) if ending.exists() else 0


def gh(desk, venv, words):
    _note(desk, "gh", words)
    if words[:2] == ["release", "create"]:
        _note(desk, "notes", [Path(words[words.index("--notes-file") + 1]).read_text("utf-8")])
    return 1 if words[:2] == ["release", "view"] else 0


def date(desk, venv, words):
    """`date -u +FORMAT`, `date -u --date='2 days ago' +FORMAT`: by the clock of the test."""
    clock = int((Path(desk) / "clock").read_text())
    ago = 2 * 86400 if "--date=2 days ago" in words else 0
    rest = [word for word in words if word != "--date=2 days ago"]
    return subprocess.run(["/bin/date", f"--date=@{clock - ago}", *rest], check=False).returncode


def main(name, desk, venv, *words):
    words = list(words)
    if name in ("pip-audit", "bandit"):
        return scanner(desk, name, words)
    return {"python": python, "secstatus": secstatus, "gh": gh, "date": date}[name](
        desk, venv, words
    )


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]) or 0)

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

They start often, a hundred times in a release, so they are scripts of a shell: an interpreter takes
ten times as long to begin.
"""

import shlex
import sys
from pathlib import Path

ON_THE_PATH = ("python", "gh", "date", "sleep")
IN_A_VENV = ("python", "secstatus", "pip-audit", "bandit")
# Each call is the number of its words and the words, each with a NUL behind it.
_HEAD = """\
#!/bin/sh
desk={desk} programs={programs} real={real} path={path}
note() {{ name=$1; shift; printf '%s\\0' "$#" "$@" >> "$desk/$name.calls"; }}
# `after --output "$@"` prints the word that follows this one.
after() {{
  wanted=$1
  while shift; [ "$#" -gt 1 ]; do
    [ "$1" != "$wanted" ] || {{ printf '%s' "$2"; return; }}
  done
  echo "no $wanted" >&2
  exit 70
}}
"""
_PYTHON = """\
case "$1 $2 $3" in
"-m venv "*)
  for place; do :; done
  mkdir "$place" "$place/bin" || exit
  exec cp "$programs/python" "$place/bin/python" ;;
"-m pip install")
  shift 3
  note pip "$@"
  for word; do [ "$word" != broken ] || exit 1; done
  [ "${0%/*}" != "$path" ] || exit 0
  for word; do
    case "$word" in -*) continue ;; esac
    name=${word%%=*}
    case "$name" in . | */*) name=secstatus ;; esac
    case "$name" in
    secstatus | pip-audit | bandit) cp "$programs/$name" "${0%/*}/$name" || exit ;;
    esac
  done
  exit 0 ;;
"-m build "*)
  shift 2
  exec "$real" -m build --no-isolation "$@" ;;
esac
exec "$real" "$@"
"""
_SCANNER = """\
note {name} "$@"
if [ -e "$desk/{name}.json" ]; then
  report=$(after --output "$@") || exit
  cp "$desk/{name}.json" "$report" || exit
fi
[ ! -e "$desk/{name}.exit" ] || exit "$(cat "$desk/{name}.exit")"
"""
_GH = """\
note gh "$@"
case "$1 $2" in
"release view") exit 1 ;;
"release create")
  notes=$(after --notes-file "$@") || exit
  [ -r "$notes" ] || exit
  { printf '1\\0'; cat "$notes"; printf '\\0'; } >> "$desk/notes.calls" ;;
esac
"""
# `date -u +FORMAT`, `date -u --date='2 days ago' +FORMAT`: by the clock of the test.
_DATE = """\
clock=$(cat "$desk/clock") || exit
for word; do
  shift
  case "$word" in
  "--date=2 days ago") clock=$((clock - 2 * 86400)) ;;
  *) set -- "$@" "$word" ;;
  esac
done
exec /bin/date --date="@$clock" "$@"
"""
_SCRIPTS = {
    "python": _PYTHON,
    "gh": _GH,
    "date": _DATE,
    "sleep": "exit 0\n",
    "pip-audit": _SCANNER.format(name="pip-audit"),
    "bandit": _SCANNER.format(name="bandit"),
    "secstatus": 'exec "$real" -I -S {asking} "$desk" "$@"\n'.format(
        asking=shlex.quote(str(Path(__file__).resolve().parent / "asking.py"))
    ),
}


def install(folder, desk):
    """Put the programs into a folder. `desk` is where they find and leave things."""
    programs = desk / "programs"
    head = _HEAD.format(
        desk=shlex.quote(str(desk)),
        programs=shlex.quote(str(programs)),
        real=shlex.quote(sys.executable),
        path=shlex.quote(str(folder)),
    )
    for place, names in ((folder, ON_THE_PATH), (programs, IN_A_VENV)):
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            (place / name).write_text(head + _SCRIPTS[name])
            (place / name).chmod(0o755)
    return folder


def noted(desk, name):
    """What a program was asked for: a list of its calls."""
    path = Path(desk) / f"{name}.calls"
    words = path.read_bytes().decode("utf-8").split("\0")[:-1] if path.exists() else []
    calls = []
    while words:
        number = int(words[0])
        assert number < len(words), f"{path} ends in the middle of a call"
        calls.append(words[1 : 1 + number])
        words = words[1 + number :]
    return calls

"""Measure `secstatus bump` beside bump-my-version and tbump, on a small tree and on a large one.

python bench/bump.py                 262 and 13,000 files
python bench/bump.py --repeat 1 --large 3000

Each figure is of a whole process with commit and tag, without gates and without a push. The peers
are given a list of every file that names the version, which they cannot find by themselves; `right`
counts the references that each of them changed, out of those that should, and `wrong` the lines of
others that it changed too. The bare loop beside them runs `git ls-files` and reads every file.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

from ingest import MEMORY, median
from process import CouldNotRun, Measured, clean_environment, run

ROOT = Path(__file__).resolve().parent.parent
OLD, NEW = "0.2.6", "0.2.7"
WORDS = ("reader", "writer", "frame", "signal", "buffer", "channel", "filter", "record", "value")
ROW = "{:<28}{:>9}{:>9}{:>10}{:>8}{:>8}{:>9}  {}"
LIMITS = {"small": 0.3, "large": 1.5}
FLOOR = (
    "import subprocess as s\n"
    "names = s.run(['git', 'ls-files', '-z'], capture_output=True).stdout.split(b'\\0')\n"
    "[open(name, 'rb').read() for name in names if name]"
)


def write_tree(root: Path, files: int) -> None:
    """The project of the tests, and as many other files as are missing, in a repository."""
    sys.path[:0] = [str(ROOT), str(ROOT / "generator")]
    from tests.bump.tree import project

    contents = project(OLD)
    dice = Random(262)
    for number in range(max(0, files - len(contents))):
        words = " ".join(dice.choices(WORDS, k=1200))
        text = f'"""{words[:300]}"""\n\nNUMBER = {number}\nVERSIONS = ["0.2.60", "1.0.2.6"]\n'
        text += "\n".join(f"# {words[n : n + 90]}" for n in range(0, len(words), 90))
        contents[f"lib/part{number % 40}/module{number}.py"] = text.encode()
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    git(root, "init", "-q", "-b", "main")
    configure_peers(root, contents)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")


def configure_peers(root: Path, contents: dict[str, bytes]) -> None:
    """Their configuration, with every file that names the version."""
    named = [path for path, content in contents.items() if OLD.encode() in content]
    named = [path for path in named if not path.startswith("lib/") and path.isprintable()]
    text = [path for path in named if b"\0" not in contents[path]]
    lines = [
        "[tool.bumpversion]", f'current_version = "{OLD}"', "commit = true", "tag = true",
        *(f'[[tool.bumpversion.files]]\nfilename = "{path}"' for path in text),
    ]  # fmt: skip
    (root / ".bumpversion.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    regex = r"(?P<major>\d+)\.(?P<minor>\d+)\.(?P<patch>\d+)"
    lines = [
        "[version]", f'current = "{OLD}"', f"regex = '''{regex}'''",
        '[git]\nmessage_template = "Bump to {new_version}"\ntag_template = "v{new_version}"',
        *(f'[[file]]\nsrc = "{path}"' for path in text),
    ]  # fmt: skip
    (root / "tbump.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def git(root: Path, *words: str) -> str:
    said = ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0"]
    done = subprocess.run(["git", *said, *words], cwd=root, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def commands() -> dict[str, list[str]]:
    scripts = Path(sys.executable).parent
    ours = [sys.executable, "-m", "secstatus", "bump", NEW, "--yes", "--tag", "--no-push"]
    found = {"secstatus": [*ours, "--gate", "", "--quiet"]}
    if (scripts / "bump-my-version").exists():
        words = ["bump", "--new-version", NEW, "patch", "--config-file", ".bumpversion.toml"]
        found["bump-my-version"] = [str(scripts / "bump-my-version"), *words]
    if (scripts / "tbump").exists():
        words = ["--non-interactive", "--no-push", NEW]
        found["tbump"] = [str(scripts / "tbump"), *words]
    found["bare loop"] = [sys.executable, "-c", FLOOR]
    return found


def once(root: Path, argv: list[str]) -> tuple[Measured | None, int, int]:
    """One bump of a fresh tree: figures, references right, lines of others changed."""
    env = clean_environment(root.parent, PYTHONPATH=str(ROOT / "generator"))
    env |= {f"GIT_{who}_{what.upper()}": f"bench@{who}" for who in ("AUTHOR", "COMMITTER")
            for what in ("name", "email")}  # fmt: skip
    log = root.parent / "log.txt"
    try:
        measured = run(argv, env, root, log)
    except CouldNotRun as error:
        print(f"  {Path(argv[0]).name}: {str(error).splitlines()[-1][:90]}")
        measured = None
    right, wrong = judged(root)
    git(root, "tag", "-d", f"v{NEW}") if f"v{NEW}" in git(root, "tag") else None
    if has_commit(root):
        git(root, "reset", "-q", "--hard", "HEAD~1")
    git(root, "checkout", "-q", "--", ".")
    return measured, right, wrong


def judged(root: Path) -> tuple[int, int]:
    """Lines of the commit that are references of the project, and lines that are not."""
    from tests.bump.tree import THIRD_PARTY_FILES

    if not has_commit(root):
        return 0, 0
    path, right, wrong, locked = "", 0, 0, 0
    for line in git(root, "diff", "-U0", "--no-color", "HEAD~1", "HEAD").splitlines():
        if line.startswith("+++ b/"):
            path = line[6:]
        elif line.startswith("+") and NEW in line and "bump" not in path:
            locked += path == "uv.lock"
            third_party = (
                path in THIRD_PARTY_FILES or "oddpin" in line or "1.0.2.7" in line or locked > 1
            )
            locked = min(locked, 1)
            wrong += third_party
            right += not third_party
    return right, wrong


def has_commit(root: Path) -> bool:
    return git(root, "rev-list", "--count", "HEAD").strip() == "2"


def show(size: str, title: str, root: Path, repeat: int) -> None:
    print("\n" + ROW.format(title, "wall s", "cpu s", "peak MiB", "right", "wrong", "limit", ""))
    for name, argv in commands().items():
        results = [once(root, argv) for _ in range(repeat)]
        done = [measured for measured, _, _ in results if measured]
        if not done:
            continue
        wall, cpu = median([one.wall for one in done]), median([one.cpu for one in done])
        limit = LIMITS[size] if name == "secstatus" else None
        held = "" if limit is None else "ok" if wall <= limit else "over"
        counts = ("", "") if name == "bare loop" else (results[0][1], results[0][2])
        cells = (f"{wall:.3f}", f"{cpu:.3f}", f"{max(one.rss for one in done):.0f}", *counts)
        print(ROW.format(f"  {name}", *cells, f"{limit:g} s" if limit else "", held).rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--large", type=int, default=13_000, metavar="N")
    options = parser.parse_args()
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    for size, files in (("small", 262), ("large", options.large)):
        with tempfile.TemporaryDirectory(prefix="secstatus-bench-", dir=place) as name:
            root = Path(name) / "tree"
            root.mkdir()
            write_tree(root, files)
            show(size, f"{files:,} files", root, options.repeat)
            shutil.rmtree(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure `secstatus deploy` beside ghp-import: 10,000 files to a bare repository on this machine.

python bench/deploy.py                    about a minute
python bench/deploy.py --repeat 1 --findings 200

Each figure is of a whole process. `first` finds no branch, `unchanged` finds the same site, for
`three changed` two pages and the manifest are others. Each step of one tool runs directly before
the same step of the other, each with a repository of its own. ghp-import runs as `ghp-import -n -p
-x PREFIX`; it commits and pushes also when nothing has changed, checks no file against a
manifest, and tries once.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import data
from ingest import MEMORY, median
from process import CouldNotRun, Measured, clean_environment, run

FINDINGS = 2000
MANIFEST = "api/v1/manifest.json"
PREFIX = "security-status"
GENERATOR = Path(__file__).resolve().parent.parent / "generator"
STEPS = {"first": 8.0, "unchanged": 3.0, "three changed": 2.5}
ROW = "{:<28}{:>9}{:>9}{:>10}{:>14}{:>9}  {}"
WHO = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")


def git(folder: Path, *words: str) -> str:
    command = ["git", *WHO, *words]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def make_site(place: Path, number: int) -> Path:
    project, out = place / "project", place / "site"
    data.write_project(project, number)
    command = [sys.executable, "-m", "secstatus", "build", "--root", str(project), "--quiet"]
    command += ["--out", str(out), "--now", data.NOW, "--base-url", data.BASE_URL]
    run(command, clean_environment(place, PYTHONPATH=str(GENERATOR)), place, place / "log.txt")
    return out


def change_two(site: Path, marker: str) -> None:
    """Change two pages, and the manifest so that the site is whole."""
    manifest = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    files = manifest["files"]
    for path in [path for path in files if path.startswith("findings/GHSA-")][:2]:
        content = (site / path).read_bytes() + f"<!-- {marker} -->\n".encode()
        (site / path).write_bytes(content)
        files[path] |= {"sha256": sha256(content).hexdigest(), "size": len(content)}
    lines = "".join(f"{path}\0{files[path]['sha256']}\n" for path in sorted(files))
    manifest["revision"] = sha256(lines.encode()).hexdigest()
    (site / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


class World:
    """A clone with a bare remote beside it."""

    def __init__(self, place: Path) -> None:
        self.clone, self.remote = place / "clone", place / "remote.git"
        self.clone.mkdir(parents=True)
        git(place, "init", "-q", "--bare", str(self.remote))
        git(self.clone, "init", "-q", "-b", "main")
        (self.clone / "pyproject.toml").write_text('[project]\nname = "benchmark"\n')
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", "first")
        git(self.clone, "remote", "add", "origin", str(self.remote))
        for name in ("user.name", "user.email"):
            git(self.clone, "config", name, "bench@example.org")

    def commits(self) -> int:
        return int(git(self.remote, "rev-list", "--count", "gh-pages"))

    def holds(self, site: Path) -> bool:
        """Whether the branch has every file of the site below the prefix."""
        listed = git(self.remote, "ls-tree", "-r", "--name-only", f"gh-pages:{PREFIX}")
        there = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
        return set(listed.splitlines()) == there


def deploy_command(world: World, site: Path) -> list[str]:
    command = [sys.executable, "-m", "secstatus", "deploy", "--root", str(world.clone)]
    return [*command, "--site", str(site), "--prefix", PREFIX, "--now", data.NOW]


def peer_command(world: World, site: Path) -> list[str]:
    program = shutil.which("ghp-import", path=f"{Path(sys.executable).parent}:{os.defpath}")
    program = os.environ.get("GHP_IMPORT") or program
    if program is None:
        raise CouldNotRun("there is no ghp-import: `make bench` installs it")
    return [program, "-n", "-p", "-x", PREFIX, str(site)]


TOOLS = {"secstatus": deploy_command, "ghp-import": peer_command}


def rounds(place: Path, number: int, repeat: int) -> dict[tuple[str, str], list[Measured]]:
    site = make_site(place, number)
    found: dict[tuple[str, str], list[Measured]] = {}
    for turn in range(repeat):
        worlds = {tool: World(place / f"{tool}-{turn}") for tool in TOOLS}
        for step in STEPS:
            if step == "three changed":
                change_two(site, f"round {turn}")
            for tool, command in TOOLS.items():
                world = worlds[tool]
                # What a deployment keeps for its own length goes to the same disk.
                more = {"PYTHONPATH": str(GENERATOR), "TMPDIR": str(place)}
                environment = clean_environment(place, **more)
                argv = command(world, site)
                measured = run(argv, environment, world.clone, place / "log.txt")
                found.setdefault((step, tool), []).append(measured)
                check(world, site, tool, step)
    return found


def check(world: World, site: Path, tool: str, step: str) -> None:
    """That the work was done, and no more than that."""
    if not world.holds(site):
        raise CouldNotRun(f"{tool}, {step}: the branch does not hold the site")
    wanted = {"first": 1, "unchanged": 1, "three changed": 2}[step]
    if tool == "secstatus" and world.commits() != wanted:
        raise CouldNotRun(f"{step}: {world.commits()} commits, expected {wanted}")


def show(found: dict[tuple[str, str], list[Measured]], files: int) -> None:
    title = f"{files:,} files"
    print("\n" + ROW.format(title, "wall s", "cpu s", "peak MiB", "x ghp-import", "limit", ""))
    for (step, tool), measured in found.items():
        wall = median([one.wall for one in measured])
        peer = median([one.wall for one in found[step, "ghp-import"]])
        own = tool == "secstatus"
        cells = (
            f"{wall:.3f}",
            f"{median([one.cpu for one in measured]):.3f}",
            f"{max(one.rss for one in measured):.0f}",
            f"{peer / wall:.1f}" if own else "",
            f"{STEPS[step]:g} s" if own else "",
        )
        word = ("ok" if wall <= STEPS[step] else "over") if own else ""
        print(ROW.format(f"  {tool} {step}", *cells, word).rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--findings", type=int, default=FINDINGS, metavar="N")
    options = parser.parse_args()
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="secstatus-bench-", dir=place) as name:
        found = rounds(Path(name), options.findings, options.repeat)
        files = sum(path.is_file() for path in (Path(name) / "site").rglob("*"))
    show(found, files)
    return 0


if __name__ == "__main__":
    sys.exit(main())

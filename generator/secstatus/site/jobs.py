"""Pieces of work that make files, each on its own, so that two processors can share them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

File = tuple[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Job:
    """`make()` gives the files of `paths`. `weight`: its cost, in pages of findings."""

    paths: tuple[str, ...]
    make: Callable[[], list[File]]
    weight: float = 1.0


def total_weight(jobs: Sequence[Job]) -> float:
    return sum(job.weight for job in jobs)


def two_halves(jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    """The jobs in two parts of about the same cost, heaviest first."""
    parts: tuple[list[Job], list[Job]] = ([], [])
    loads = [0.0, 0.0]
    for job in sorted(jobs, key=lambda job: -job.weight):
        lighter = 0 if loads[0] <= loads[1] else 1
        parts[lighter].append(job)
        loads[lighter] += job.weight
    return parts

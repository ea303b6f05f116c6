"""bandit's metrics: what it examined, and whether it lists every result that it counts.

The same object stands in its JSON and in its SARIF (`properties.metrics` of a run).
https://github.com/PyCQA/bandit/blob/main/bandit/core/metrics.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.errors import shown
from secstatus.findings.observation import Skipped, Verdict
from secstatus.scanners.reading import count_of, mapping, path_of

# Its SARIF knows no more than the first two lines of a result (`region.endLine`): a fingerprint of
# more would tell the two formats of one run apart.
OWN_LINES = 2
NOT_LISTED = "not every result in it is listed"


@dataclass(frozen=True, slots=True)
class _BanditFile:
    """What the metrics say of one file: lines of code, results counted and listed, nosec lines."""

    path: str
    lines: int
    counted: int
    listed: int
    silenced: int


@dataclass(frozen=True, slots=True)
class Examined:
    """The files of the metrics, held against the results that the report lists."""

    files: tuple[_BanditFile, ...]
    listed: Counter[str]

    @property
    def lines(self) -> int:
        return sum(each.lines for each in self.files)

    @property
    def scope(self) -> tuple[str, ...]:
        """The files of which every result that was counted is listed."""
        return tuple(each.path for each in self.files if each.counted <= each.listed)

    @property
    def hidden(self) -> tuple[Skipped, ...]:
        """The other files: a result that is not listed is not one that is gone."""
        partly = (each.path for each in self.files if each.counted > each.listed)
        return tuple(Skipped(path, NOT_LISTED) for path in partly)

    def verdict(self, skipped: bool) -> Verdict:
        """`failed` without a line of code, with a contradiction, or with nothing listed of what is
        counted; `partial` with a gap."""
        if any(self.failures()):
            return Verdict.FAILED
        return Verdict.PARTIAL if skipped or self.hidden else Verdict.COMPLETE

    def failures(self) -> Iterator[str]:
        """Why nobody can say what was looked at."""
        if not self.lines:
            yield f"It examined 0 lines of code in {len(self.files):,} files."
        if strangers := self.listed.keys() - {each.path for each in self.files}:
            yield f"It lists results for {len(strangers):,} files that its metrics do not have."
        if surplus := sum(max(0, each.listed - each.counted) for each in self.files):
            yield f"It lists {surplus:,} results that its metrics do not count."
        if self.unlisted and not self.listed.total():
            yield f"It counts {self.unlisted:,} results and lists none (-l, -i or a baseline)."

    @property
    def unlisted(self) -> int:
        """How many results are counted and not listed."""
        return sum(max(0, each.counted - each.listed) for each in self.files)

    def doubts(self) -> Iterator[str]:
        """What else the reader of the report should know."""
        if self.unlisted and self.listed.total():
            text = f"It counts {self.unlisted:,} results that it does not list"
            yield f"{text} (-l, -i or a baseline)."
        if silenced := sum(each.silenced for each in self.files):
            yield f"{silenced:,} lines are marked `nosec`: results there are not in the report."


def read_metrics(metrics: object, listed: Counter[str], place: str) -> Examined:
    """`listed` counts the results of each path. Raises NotThisReport for what is no metrics."""
    files = tuple(
        _file(path_of(name), mapping(values, f"{place}[{shown(name)}]"), listed)
        for name, values in mapping(metrics, place).items()
        if name != "_totals"
    )
    return Examined(files, listed)


def _file(path: str, values: Mapping[str, Any], listed: Counter[str]) -> _BanditFile:
    counts = [count_of(value) or 0 for key, value in values.items() if key.startswith("SEVERITY.")]
    lines, silenced = count_of(values.get("loc")) or 0, count_of(values.get("nosec")) or 0
    return _BanditFile(path, lines, sum(counts) if counts else listed[path], listed[path], silenced)

"""bandit's JSON: errors, metrics for each file, results.

https://bandit.readthedocs.io/en/latest/formatters/json.html. A target that is not there, an empty
folder and code that it cannot parse all end with status 0 and no result: the metrics and the errors
show it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    SeverityClaim,
    Skipped,
    Verdict,
)
from secstatus.scanners.code_findings import (
    Flaw,
    cap_by_confidence,
    drop_repeated,
    finish_observation,
    format_location,
)
from secstatus.scanners.reading import ReportNode, decide_verdict, list_texts, read_count, read_path

NAME = "bandit"

_NUMBERED = re.compile(r"^(\d{1,9})(?:\s(.*))?$")


def recognises(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    return isinstance(data.get("metrics"), dict) and isinstance(data.get("results"), list)


def read(data: Any) -> tuple[ScanReport, ...]:
    """Parse the report. `scope`: the files for which every counted result is listed."""
    root = ReportNode(data).expect_object()
    results = root.require_objects("results")
    listed = Counter(item.path("filename") for item in results)
    examined = read_metrics(root.at("metrics"), listed)
    skipped = tuple(
        Skipped(item.path("filename"), item.line("reason"))
        for item in root.expect_objects("errors")
    )
    unread = {each.name for each in skipped}
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=examined.decide(bool(skipped)),
        observations=drop_repeated(map(_observation, results)),
        audited=examined.lines,
        unit="lines of code",
        skipped=(*skipped, *examined.hidden),
        problems=tuple(_list_problems(examined, len(skipped))),
        scope=tuple(path for path in examined.scope if path not in unread),
        scanned_at=root.timestamp("generated_at"),
    )
    return (report,)


def _list_problems(examined: Examined, skipped: int) -> Iterator[str]:
    yield from examined.failures()
    if skipped:
        yield f"{skipped:,} files could not be examined."
    yield from examined.doubts()


def _observation(item: ReportNode) -> Observation:
    test_id, name = item.identifier("test_id"), item.line("test_name")
    numbers = map(read_count, item.values("line_range"))
    first = next(filter(None, numbers), 0)
    word, weakness = item.text("issue_severity"), item.text("issue_cwe", "link")
    claims = (SeverityClaim("word", NAME, word),) if word else ()
    observation = Observation(
        id=test_id,
        severities=cap_by_confidence(claims, item.text("issue_confidence")),
        title=item.line("issue_text") or name,
        description=_describe(item),
        # Of a call of several lines `line_number` may be any line of it; SARIF has the first one.
        location=format_location(item.path("filename"), first or item.count("line_number")),
        references=list_texts([item.value.get("more_info"), weakness]),
        kind=ScanKind.CODE,
    )
    return finish_observation(observation, _flaw(item, first, name))


def _describe(item: ReportNode) -> str:
    sentences = [item.text("issue_text")]
    if confidence := item.line("issue_confidence").lower():
        sentences.append(f"Confidence of bandit: {confidence}.")
    if weakness := item.text("issue_cwe", "id"):
        sentences.append(f"CWE-{weakness}.")
    return " ".join(filter(None, sentences))


def _flaw(item: ReportNode, first: int, name: str) -> Flaw:
    # `code` is an excerpt with numbered lines around the result: a change of its neighbours must
    # not make the result a new one.
    excerpt = item.text("code")
    lines = [match for line in excerpt.splitlines() if (match := _NUMBERED.match(line))]
    numbered = {int(match[1]): match[2] or "" for match in lines}
    own = set(map(read_count, item.values("line_range")))
    wanted = [number for number in range(first, first + OWN_LINES) if number in own]
    code = "\n".join(numbered.get(number, "") for number in wanted)
    return Flaw(
        code=code if numbered and wanted else "\n".join(numbered.values()) or excerpt,
        message=item.text("issue_text"),
        around=excerpt,
        about=(name, f"CWE-{item.text('issue_cwe', 'id')}"),
    )


# Its SARIF knows no more than the first two lines of a result (`region.endLine`): a fingerprint of
# more would tell the two formats of one run apart.
OWN_LINES = 2
NOT_LISTED = "not every result in it is listed"


@dataclass(frozen=True, slots=True)
class _BanditFile:
    """Metrics of one file: lines of code, results counted and listed, nosec lines."""

    path: str
    lines: int
    counted: int
    listed: int
    silenced: int


@dataclass(frozen=True, slots=True)
class Examined:
    """The files of the metrics, compared with the results that the report lists."""

    files: tuple[_BanditFile, ...]
    listed: Counter[str]

    @property
    def lines(self) -> int:
        return sum(each.lines for each in self.files)

    @property
    def scope(self) -> tuple[str, ...]:
        """The files for which every counted result is listed."""
        return tuple(each.path for each in self.files if each.counted <= each.listed)

    @property
    def hidden(self) -> tuple[Skipped, ...]:
        """The other files, as skipped."""
        # With -l, -i or a baseline bandit counts more than it lists: a result that is not listed
        # must not be taken for one that is gone.
        partly = (each.path for each in self.files if each.counted > each.listed)
        return tuple(Skipped(path, NOT_LISTED) for path in partly)

    @property
    def unlisted(self) -> int:
        """How many results are counted and not listed."""
        return sum(max(0, each.counted - each.listed) for each in self.files)

    def decide(self, has_skipped: bool) -> Verdict:
        """The verdict; `failed` as well when nothing of what is counted is listed."""
        return decide_verdict(any(self.failures()), has_skipped or self.hidden)

    def failures(self) -> Iterator[str]:
        """Why the report does not show what was examined."""
        if not self.lines:
            yield f"It examined 0 lines of code in {len(self.files):,} files."
        if unknown := self.listed.keys() - {each.path for each in self.files}:
            yield f"It lists results for {len(unknown):,} files that its metrics do not have."
        if surplus := sum(max(0, each.listed - each.counted) for each in self.files):
            yield f"It lists {surplus:,} results that its metrics do not count."
        if self.unlisted and not self.listed.total():
            yield f"It counts {self.unlisted:,} results and lists none (-l, -i or a baseline)."

    def doubts(self) -> Iterator[str]:
        """What else the reader of the report should know."""
        if self.unlisted and self.listed.total():
            text = f"It counts {self.unlisted:,} results that it does not list"
            yield f"{text} (-l, -i or a baseline)."
        if silenced := sum(each.silenced for each in self.files):
            yield f"{silenced:,} lines are marked `nosec`: results there are not in the report."


def read_metrics(metrics: ReportNode, listed: Counter[str]) -> Examined:
    """`listed` counts the results of each path. Raises NotThisReport for what is no metrics."""
    files = tuple(
        _read_file(read_path(name), values.expect_object(), listed)
        for name, values in metrics.expect_entries()
        # The sum of all files, and no file itself.
        if name != "_totals"
    )
    return Examined(files, listed)


def _read_file(path: str, values: ReportNode, listed: Counter[str]) -> _BanditFile:
    # Every result is counted once by severity and once by confidence.
    severities = [key for key in values.value if key.startswith("SEVERITY.")]
    counted = sum(values.count(key) or 0 for key in severities) if severities else listed[path]
    lines, silenced = values.count("loc") or 0, values.count("nosec") or 0
    return _BanditFile(path, lines, counted, listed[path], silenced)

"""bandit's JSON: errors, metrics for each file, results.

https://bandit.readthedocs.io/en/latest/formatters/json.html. A target that is not there, an empty
folder and code that it cannot parse all end with status 0 and no result: metrics and errors tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.errors import shown
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
    each_place_once,
    finish_observation,
    with_confidence,
)
from secstatus.scanners.reading import (
    find_text,
    format_location,
    list_at,
    list_entries,
    list_objects,
    list_texts,
    read_count,
    read_identifier,
    read_line,
    read_mapping,
    read_path,
    read_timestamp,
    to_text,
)

NAME = "bandit"

_NUMBERED = re.compile(r"^(\d{1,9})(?:\s(.*))?$")


def recognises(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    return isinstance(data.get("metrics"), dict) and isinstance(data.get("results"), list)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report. `scope` are the files of which it lists every result that it counted.

    With `-l`, `-i` or a baseline it counts more than it lists. Such a file is named as skipped, so
    that a result which is not listed is not taken for one that is gone.
    """
    root = read_mapping(data, "$")
    results = list_entries(root, "results")
    listed = Counter(read_path(item.get("filename")) for _, item in results)
    examined = read_metrics(root.get("metrics"), listed, "$.metrics")
    skipped = tuple(
        Skipped(read_path(item.get("filename")), read_line(item.get("reason")))
        for _, item in list_objects(root.get("errors"), "$.errors")
    )
    unread = {each.name for each in skipped}
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=examined.verdict(bool(skipped)),
        observations=each_place_once(_observation(item, place) for place, item in results),
        audited=examined.lines,
        unit="lines of code",
        skipped=(*skipped, *examined.hidden),
        problems=tuple(_problems(examined, len(skipped))),
        scope=tuple(path for path in examined.scope if path not in unread),
        scanned_at=read_timestamp(root.get("generated_at")),
    )
    return (report,)


def _problems(examined: Examined, skipped: int) -> Iterator[str]:
    yield from examined.failures()
    if skipped:
        yield f"{skipped:,} files could not be examined."
    yield from examined.doubts()


def _observation(item: Mapping[str, Any], place: str) -> Observation:
    test_id = read_identifier(item.get("test_id"), f"{place}.test_id")
    path, name = read_path(item.get("filename")), read_line(item.get("test_name"))
    first = next(
        (number for each in list_at(item, "line_range") if (number := read_count(each))), 0
    )
    observation = Observation(
        id=test_id,
        severities=_claims(item),
        title=read_line(item.get("issue_text")) or name,
        description=_description(item),
        # Of a call of several lines `line_number` is any; SARIF has the first one.
        location=format_location(path, first or read_count(item.get("line_number"))),
        references=list_texts([item.get("more_info"), find_text(item, "issue_cwe", "link")]),
        kind=ScanKind.CODE,
    )
    return finish_observation(observation, _flaw(item, first, name))


def _claims(item: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    word = to_text(item.get("issue_severity"))
    claims = (SeverityClaim("word", NAME, word),) if word else ()
    return with_confidence(claims, to_text(item.get("issue_confidence")))


def _description(item: Mapping[str, Any]) -> str:
    said = [to_text(item.get("issue_text"))]
    if confidence := read_line(item.get("issue_confidence")).lower():
        said.append(f"Confidence of bandit: {confidence}.")
    if weakness := find_text(item, "issue_cwe", "id"):
        said.append(f"CWE-{weakness}.")
    return " ".join(filter(None, said))


def _flaw(item: Mapping[str, Any], first: int, name: str) -> Flaw:
    """The first lines of the result itself; a change of its neighbours does not make it new."""
    excerpt = to_text(item.get("code"))
    lines = [match for line in excerpt.splitlines() if (match := _NUMBERED.match(line))]
    numbered = {int(match[1]): match[2] or "" for match in lines}
    own = {read_count(each) for each in list_at(item, "line_range")}
    wanted = [number for number in range(first, first + OWN_LINES) if number in own]
    code = "\n".join(numbered.get(number, "") for number in wanted)
    return Flaw(
        code=code if numbered and wanted else "\n".join(numbered.values()) or excerpt,
        message=to_text(item.get("issue_text")),
        around=excerpt,
        about=(name, f"CWE-{find_text(item, 'issue_cwe', 'id')}"),
    )


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
        _file(read_path(name), read_mapping(values, f"{place}[{shown(name)}]"), listed)
        for name, values in read_mapping(metrics, place).items()
        if name != "_totals"
    )
    return Examined(files, listed)


def _file(path: str, values: Mapping[str, Any], listed: Counter[str]) -> _BanditFile:
    counts = [
        read_count(value) or 0 for key, value in values.items() if key.startswith("SEVERITY.")
    ]
    lines, silenced = read_count(values.get("loc")) or 0, read_count(values.get("nosec")) or 0
    return _BanditFile(path, lines, sum(counts) if counts else listed[path], listed[path], silenced)

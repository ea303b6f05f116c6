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
from secstatus.scanners.fingerprints import fingerprint, told_apart
from secstatus.scanners.lookup import list_at, placed, text_at
from secstatus.scanners.reading import (
    count_of,
    entries,
    identifier,
    line_of,
    mapping,
    moment_of,
    objects,
    path_of,
    text_of,
    texts_of,
)

NAME = "bandit"

_NUMBERED = re.compile(r"^(\d+)(?:\s(.*))?$")
_DIGITS = 9


def recognises(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    return isinstance(data.get("metrics"), dict) and isinstance(data.get("results"), list)


@dataclass(frozen=True, slots=True)
class _File:
    """What the metrics say of one file: lines of code, results counted and listed, nosec lines."""

    path: str
    lines: int
    counted: int
    listed: int
    silenced: int


def read(data: Any) -> ScanReport:
    """The report. `scope` are the files of which it lists every result that it counted.

    With `-l`, `-i` or a baseline it counts more than it lists. Such a file is named as skipped, so
    that a result which is not listed is not taken for one that is gone.
    """
    root = mapping(data, "$")
    results = entries(root, "results")
    listed = Counter(path_of(item.get("filename")) for _, item in results)
    files = _files(mapping(root.get("metrics"), "$.metrics"), listed)
    skipped = tuple(
        Skipped(path_of(item.get("filename")), line_of(item.get("reason")))
        for _, item in objects(root.get("errors"), "$.errors")
    )
    silent = tuple(
        Skipped(each.path, "not every result in it is listed")
        for each in files
        if each.counted > each.listed
    )
    wrong = (*_nothing(files), *_contradictions(files, listed))
    return ScanReport(
        scanner=NAME,
        kind=ScanKind.CODE,
        verdict=_verdict(bool(wrong), bool(skipped)),
        observations=told_apart(_observation(item, place) for place, item in results),
        audited=sum(each.lines for each in files),
        unit="lines of code",
        skipped=(*skipped, *silent),
        problems=(*wrong, *_problems(files, len(skipped))),
        scope=tuple(each.path for each in files if each.counted <= each.listed),
        scanned_at=moment_of(root.get("generated_at")),
    )


def _files(metrics: Mapping[str, Any], listed: Counter[str]) -> list[_File]:
    return [
        _file(path_of(name), mapping(values, f"$.metrics[{shown(name)}]"), listed)
        for name, values in metrics.items()
        if name != "_totals"
    ]


def _file(path: str, values: Mapping[str, Any], listed: Counter[str]) -> _File:
    counts = [count_of(value) or 0 for key, value in values.items() if key.startswith("SEVERITY.")]
    lines, silenced = count_of(values.get("loc")) or 0, count_of(values.get("nosec")) or 0
    return _File(path, lines, sum(counts) if counts else listed[path], listed[path], silenced)


def _nothing(files: list[_File]) -> Iterator[str]:
    if not any(each.lines for each in files):
        yield f"It examined 0 lines of code in {len(files):,} files."


def _contradictions(files: list[_File], listed: Counter[str]) -> Iterator[str]:
    """Results where the metrics have none: nobody can say then what was looked at."""
    if strangers := listed.keys() - {each.path for each in files}:
        yield f"It lists results for {len(strangers):,} files that its metrics do not have."
    if surplus := sum(max(0, each.listed - each.counted) for each in files):
        yield f"It lists {surplus:,} results that its metrics do not count."


def _verdict(wrong: bool, skipped: bool) -> Verdict:
    if wrong:
        return Verdict.FAILED
    return Verdict.PARTIAL if skipped else Verdict.COMPLETE


def _problems(files: list[_File], skipped: int) -> Iterator[str]:
    if skipped:
        yield f"{skipped:,} files could not be examined."
    if hidden := sum(max(0, each.counted - each.listed) for each in files):
        yield f"It counts {hidden:,} results that it does not list (-l, -i or a baseline)."
    if silenced := sum(each.silenced for each in files):
        yield f"{silenced:,} lines are marked `nosec`: what it found there is not in the report."


def _observation(item: Mapping[str, Any], place: str) -> Observation:
    test_id = identifier(item.get("test_id"), f"{place}.test_id")
    path, word = path_of(item.get("filename")), text_of(item.get("issue_severity"))
    return Observation(
        id=test_id,
        severities=(SeverityClaim("word", NAME, word),) if word else (),
        title=line_of(item.get("issue_text")) or line_of(item.get("test_name")),
        description=_description(item),
        location=placed(path, count_of(item.get("line_number"))),
        fingerprint=fingerprint(test_id, path, _code(item)),
        references=texts_of([item.get("more_info"), text_at(item, "issue_cwe", "link")]),
    )


def _description(item: Mapping[str, Any]) -> str:
    said = [text_of(item.get("issue_text"))]
    if confidence := line_of(item.get("issue_confidence")).lower():
        said.append(f"Confidence of bandit: {confidence}.")
    if weakness := text_at(item, "issue_cwe", "id"):
        said.append(f"CWE-{weakness}.")
    return " ".join(filter(None, said))


def _code(item: Mapping[str, Any]) -> str:
    """The lines of the result itself, without numbers and white space.

    Its neighbours are in the excerpt too: with them a change next to it would make it new.
    """
    own = {count_of(number) for number in list_at(item, "line_range")}
    matches = [_NUMBERED.match(line) for line in text_of(item.get("code")).splitlines()]
    numbered = [(match[1], match[2] or "") for match in matches if match]
    lines = [text for number, text in numbered if len(number) < _DIGITS and int(number) in own]
    chosen = "".join(lines) or "".join(text for _, text in numbered) or text_of(item.get("code"))
    return "".join(chosen.split())

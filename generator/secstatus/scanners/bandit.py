"""bandit's JSON: errors, metrics for each file, results.

https://bandit.readthedocs.io/en/latest/formatters/json.html. A target that is not there, an empty
folder and code that it cannot parse all end with status 0 and no result: metrics and errors tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    SeverityClaim,
    Skipped,
)
from secstatus.scanners.bandit_metrics import OWN_LINES, Examined, read_metrics
from secstatus.scanners.code_findings import Flaw, finish_observation, with_confidence
from secstatus.scanners.fingerprints import each_place_once
from secstatus.scanners.lookup import format_location, list_at, text_at
from secstatus.scanners.reading import (
    count_of,
    entries,
    identifier,
    line_of,
    mapping,
    objects,
    path_of,
    read_moment,
    text_of,
    texts_of,
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
    root = mapping(data, "$")
    results = entries(root, "results")
    listed = Counter(path_of(item.get("filename")) for _, item in results)
    examined = read_metrics(root.get("metrics"), listed, "$.metrics")
    skipped = tuple(
        Skipped(path_of(item.get("filename")), line_of(item.get("reason")))
        for _, item in objects(root.get("errors"), "$.errors")
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
        scanned_at=read_moment(root.get("generated_at")),
    )
    return (report,)


def _problems(examined: Examined, skipped: int) -> Iterator[str]:
    yield from examined.failures()
    if skipped:
        yield f"{skipped:,} files could not be examined."
    yield from examined.doubts()


def _observation(item: Mapping[str, Any], place: str) -> Observation:
    test_id = identifier(item.get("test_id"), f"{place}.test_id")
    path, name = path_of(item.get("filename")), line_of(item.get("test_name"))
    first = next((number for each in list_at(item, "line_range") if (number := count_of(each))), 0)
    observation = Observation(
        id=test_id,
        severities=_claims(item),
        title=line_of(item.get("issue_text")) or name,
        description=_description(item),
        # Of a call of several lines `line_number` is any; SARIF has the first one.
        location=format_location(path, first or count_of(item.get("line_number"))),
        references=texts_of([item.get("more_info"), text_at(item, "issue_cwe", "link")]),
        kind=ScanKind.CODE,
    )
    return finish_observation(observation, _flaw(item, first, name))


def _claims(item: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    word = text_of(item.get("issue_severity"))
    claims = (SeverityClaim("word", NAME, word),) if word else ()
    return with_confidence(claims, text_of(item.get("issue_confidence")))


def _description(item: Mapping[str, Any]) -> str:
    said = [text_of(item.get("issue_text"))]
    if confidence := line_of(item.get("issue_confidence")).lower():
        said.append(f"Confidence of bandit: {confidence}.")
    if weakness := text_at(item, "issue_cwe", "id"):
        said.append(f"CWE-{weakness}.")
    return " ".join(filter(None, said))


def _flaw(item: Mapping[str, Any], first: int, name: str) -> Flaw:
    """The first lines of the result itself; a change of its neighbours does not make it new."""
    excerpt = text_of(item.get("code"))
    lines = [match for line in excerpt.splitlines() if (match := _NUMBERED.match(line))]
    numbered = {int(match[1]): match[2] or "" for match in lines}
    own = {count_of(each) for each in list_at(item, "line_range")}
    wanted = [number for number in range(first, first + OWN_LINES) if number in own]
    code = "\n".join(numbered.get(number, "") for number in wanted)
    return Flaw(
        code=code if numbered and wanted else "\n".join(numbered.values()) or excerpt,
        message=text_of(item.get("issue_text")),
        around=excerpt,
        about=(name, f"CWE-{text_at(item, 'issue_cwe', 'id')}"),
    )

"""`ledger.json` from text and back.

Reading is strict: a contradiction is an error, because either half of it could be the lie. Writing
is canonical: equal ledgers give equal bytes, and one field stands on a line, so that a scan that
changes little makes a small diff.
"""

from __future__ import annotations

from collections.abc import Iterator

from secstatus.errors import InputError, shown
from secstatus.findings.ledger import (
    SCHEMA_VERSION,
    FindingState,
    LatestScan,
    Ledger,
    LedgerFinding,
)
from secstatus.findings.texts import replace_surrogates
from secstatus.jsonio.records import (
    ONLY_WE_WRITE,
    check_schema_version,
    dump_line,
    dump_lines,
    dump_members,
    get_fields,
    read_record,
)
from secstatus.jsonio.strict import parse_json
from secstatus.jsonio.values import name_input

SUPPORTED_MAJOR = SCHEMA_VERSION.partition(".")[0]
OUTCOMES = (FindingState.RESOLVED.value, FindingState.WITHDRAWN.value)
_NEEDED = ("schema_version", "revision", "findings", "scans")


def read_ledger(text: str, path: str) -> Ledger:
    """The ledger in `text`; `path` names it in errors.

    Raises InputError with the JSON path, what was found and what was expected. A file that a newer
    major version wrote is refused; what a newer minor version added is kept.
    """
    value = parse_json(text, path, "a ledger")
    with name_input(path, ONLY_WE_WRITE):
        check_schema_version(value, SUPPORTED_MAJOR, "a ledger", _NEEDED)
        ledger = read_record(Ledger, value)
        _check_each_once(ledger)
        for number, finding in enumerate(ledger.findings):
            _check_story(finding, f"$.findings[{number}]")
    return ledger


def write_ledger(ledger: Ledger) -> str:
    """The ledger as JSON text: keys, findings and scans sorted, times in UTC with `Z`."""
    # By identity: a finding keeps its place in the file, and a diff shows what changed.
    findings = sorted(ledger.findings, key=lambda each: (each.key, each.finding_id))
    scans = sorted(ledger.scans, key=lambda each: each.key)
    points = sorted(ledger.points, key=lambda each: each.at)
    parts = {name: dump_line(value) for name, value in ledger.extra.items()}
    parts |= {
        "schema_version": dump_line(ledger.schema_version),
        "revision": dump_line(ledger.revision),
        "findings": dump_lines([_spread(each) for each in findings]),
        "scans": dump_lines([_spread(each) for each in scans]),
        "points": dump_lines([dump_line(each) for each in points]),
    }
    return replace_surrogates(dump_members(parts, edge="\n") + "\n")


def _spread(record: LedgerFinding | LatestScan) -> str:
    members = {name: dump_line(value) for name, value in get_fields(record).items()}
    return dump_members(members, separator=",\n ")


def _check_each_once(ledger: Ledger) -> None:
    seen: dict[tuple[bool, tuple[str, str]], int] = {}
    for number, finding in enumerate(ledger.findings):
        first = seen.setdefault((finding.is_advisory, finding.key), number)
        if first != number:
            found = f"{shown(finding.finding_id)}, which $.findings[{first}] has already"
            raise InputError("", f"$.findings[{number}].finding_id", found, "each finding once")
    scans: dict[tuple[str, bool], int] = {}
    for number, scan in enumerate(ledger.scans):
        if scans.setdefault(scan.key, number) != number:
            found = f"{shown(scan.scanner)} again"
            raise InputError("", f"$.scans[{number}].scanner", found, "each scanner once")


def _check_story(finding: LedgerFinding, place: str) -> None:
    """The state, the episodes and the dates must tell one story."""
    for problem in _contradictions(finding, place):
        raise InputError("", *problem)


def _contradictions(finding: LedgerFinding, place: str) -> Iterator[tuple[str, str, str]]:
    episodes = finding.episodes
    if not finding.scanners:
        yield f"{place}.scanners", "an empty list", "at least one scanner that saw the finding"
    if not episodes:
        yield f"{place}.episodes", "an empty list", "at least one episode"
        return
    for number, episode in enumerate(episodes):
        where = f"{place}.episodes[{number}]"
        is_open = episode.closed is None
        if is_open != (finding.state.counts and number == len(episodes) - 1):
            found = f"an episode that is {'open' if is_open else 'closed'}"
            yield where, found, f"one that goes with the state {finding.state}"
        if episode.closed and episode.closed < episode.opened:
            yield f"{where}.closed", str(episode.closed), f"{episode.opened} or later"
        if episode.outcome not in (("",) if is_open else OUTCOMES):
            yield f"{where}.outcome", shown(episode.outcome), "resolved or withdrawn, once closed"
    if finding.discovered > episodes[0].opened:
        expected = f"at most {episodes[0].opened}, when its first episode begins"
        yield f"{place}.discovered", str(finding.discovered), expected
    if not finding.state.counts and episodes[-1].outcome != finding.state.value:
        found = f"{shown(episodes[-1].outcome)} in a finding that is {finding.state}"
        yield f"{place}.episodes[{len(episodes) - 1}].outcome", found, finding.state.value

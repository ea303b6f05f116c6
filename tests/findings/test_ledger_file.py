"""`ledger.json`: strict reading, canonical writing, and how large it gets."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.ledger import (
    FindingState,
    HistoryPoint,
    Ledger,
    Scan,
    set_grades,
    with_point,
)
from secstatus.findings.ledger_file import read_ledger, write_ledger
from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Verdict
from secstatus.findings.reconcile import reconcile

START = datetime(2031, 3, 3, 9, tzinfo=UTC)
PATH = "security/status/ledger.json"

SAMPLE = """\
{
"findings": [
{"aliases": ["CVE-2031-1"],
 "description": "Vögel can fly \\"away\\".",
 "discovered": "2031-03-03",
 "episodes": [{"closed": "2031-03-10", "evidence": "It is gone.", "opened": "2031-03-03", "outcome": "resolved"}, {"opened": "2031-03-17"}],
 "finding_id": "PYSEC-2031-1",
 "kind": "dependencies",
 "last_seen": "2031-03-17T09:00:00Z",
 "mood": {"a": [1, 2.5]},
 "package": "vogel",
 "published": "2031-02-01",
 "scanners": ["pip-audit"],
 "severities": [["word", "GHSA", "HIGH"]],
 "state": "open"}
],
"weather": ["fine"],
"points": [
{"at": "2031-03-17T09:00:00Z", "counts": {"high": 1}, "grade": "C", "verdicts": {"pip-audit": "complete"}}
],
"revision": 7,
"scans": [
{"audited": 12,
 "digests": ["d"],
 "kind": "dependencies",
 "last_complete": {"grade": "C", "scanned_at": "2031-03-17T09:00:00Z"},
 "scanned_at": "2031-03-17T09:00:00Z",
 "scanner": "pip-audit",
 "skipped": [["nest", "private"]],
 "verdict": "partial"}
],
"schema_version": "1.4"
}
"""


def data() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(SAMPLE)
    return value


def error_of(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        read_ledger(text, PATH)
    assert caught.value.path == PATH
    return caught.value


def changed(*steps: str | int, to: object) -> str:
    """The sample with the value at these steps changed; `...` takes it away."""
    value: Any = data()
    inner = value
    for step in steps[:-1]:
        inner = inner[step]
    if to is ...:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = to
    return json.dumps(value)


def test_the_whole_file() -> None:
    ledger = read_ledger(SAMPLE, PATH)
    (finding,) = ledger.findings
    assert (ledger.schema_version, ledger.revision) == ("1.4", 7)
    assert (finding.kind, finding.state) == (ScanKind.DEPENDENCIES, FindingState.OPEN)
    assert finding.severities == (SeverityClaim("word", "GHSA", "HIGH"),)
    assert finding.published == date(2031, 2, 1)
    assert [episode.closed for episode in finding.episodes] == [date(2031, 3, 10), None]
    assert ledger.scans[0].skipped[0].reason == "private"
    assert ledger.scans[0].last_complete is not None
    assert ledger.points[0].at == START + timedelta(days=14)


def test_unknown_fields_are_kept_and_keys_are_sorted() -> None:
    ledger = read_ledger(SAMPLE, PATH)
    assert ledger.extra == {"weather": ["fine"]}
    assert ledger.findings[0].extra == {"mood": {"a": [1, 2.5]}}
    lines = SAMPLE.splitlines()
    lines.remove('"weather": ["fine"],')
    lines[-2] += ","
    lines.insert(-1, '"weather": ["fine"]')
    assert write_ledger(ledger) == "\n".join(lines) + "\n"


def test_what_a_newer_version_wrote_survives_a_run() -> None:
    report = ScanReport("pip-audit", ScanKind.DEPENDENCIES, Verdict.PARTIAL)
    scan = Scan(report, START + timedelta(days=20), "e")
    text = changed("scans", 0, "novel", to=1)
    ledger = reconcile(read_ledger(text, PATH), [scan], scan.scanned_at).ledger
    assert ledger.schema_version == "1.4"
    assert ledger.extra == {"weather": ["fine"]}
    assert ledger.findings[0].extra == {"mood": {"a": [1, 2.5]}}
    assert ledger.scans[0].extra == {"novel": 1}


def test_an_empty_ledger() -> None:
    text = write_ledger(Ledger())
    assert read_ledger(text, PATH) == Ledger()
    assert json.loads(text)["findings"] == []


FINDING = ("findings", 0)
EPISODE = (*FINDING, "episodes", 0)


@pytest.mark.parametrize(
    ("steps", "to", "place", "found"),
    [
        (("schema_version",), ..., "$.schema_version", "nothing"),
        (("schema_version",), "2.0", "$.schema_version", "'2.0'"),
        (("schema_version",), 1, "$.schema_version", "1"),
        (("revision",), -1, "$.revision", "-1"),
        (("revision",), True, "$.revision", "True"),
        (("findings",), ..., "$.findings", "nothing"),
        (("findings",), {}, "$.findings", "an object"),
        (("scans",), ..., "$.scans", "nothing"),
        (("findings", 0), [], "$.findings[0]", "a list"),
        ((*FINDING, "finding_id"), ..., "$.findings[0].finding_id", "nothing"),
        ((*FINDING, "finding_id"), "a\nb", "$.findings[0].finding_id", "'a\\nb'"),
        ((*FINDING, "finding_id"), "x" * 301, "$.findings[0].finding_id", "'xxxxxxx"),
        ((*FINDING, "state"), "fixed", "$.findings[0].state", "'fixed'"),
        ((*FINDING, "state"), [], "$.findings[0].state", "a list"),
        ((*FINDING, "discovered"), "2031-02-30", "$.findings[0].discovered", "'2031-02-30'"),
        ((*FINDING, "discovered"), "2031-03-04", "$.findings[0].discovered", "2031-03-04"),
        ((*FINDING, "last_seen"), "2031-03-03", "$.findings[0].last_seen", "'2031-03-03'"),
        ((*FINDING, "last_seen"), "2031-03-03T25:00:00Z", "$.findings[0].last_seen", "'2031-"),
        ((*FINDING, "aliases"), "CVE", "$.findings[0].aliases", "'CVE'"),
        ((*FINDING, "aliases"), [1], "$.findings[0].aliases[0]", "1"),
        ((*FINDING, "scanners"), [], "$.findings[0].scanners", "an empty list"),
        ((*FINDING, "severities"), [["word"]], "$.findings[0].severities[0]", "a list"),
        ((*FINDING, "published"), 3, "$.findings[0].published", "3"),
        ((*FINDING, "title"), None, "$.findings[0].title", "null"),
        ((*FINDING, "episodes"), [], "$.findings[0].episodes", "an empty list"),
        ((*FINDING, "state"), "resolved", "$.findings[0].episodes[1]", "an episode that is open"),
        ((*EPISODE, "closed"), None, "$.findings[0].episodes[0]", "an episode that is open"),
        ((*EPISODE, "closed"), "2031-03-02", "$.findings[0].episodes[0].closed", "2031-03-02"),
        ((*EPISODE, "outcome"), "", "$.findings[0].episodes[0].outcome", "''"),
        (("scans", 0, "verdict"), "clean", "$.scans[0].verdict", "'clean'"),
        (("scans", 0, "last_complete"), 1, "$.scans[0].last_complete", "1"),
        (("points", 0, "counts"), {"high": "1"}, "$.points[0].counts.high", "'1'"),
    ],
)
def test_what_is_refused(steps: tuple[str | int, ...], to: object, place: str, found: str) -> None:
    error = error_of(changed(*steps, to=to))
    assert error.place == place
    assert error.found.startswith(found)


def test_a_closed_finding_ends_as_its_state_says() -> None:
    value = data()
    value["findings"][0]["state"] = "withdrawn"
    value["findings"][0]["episodes"].pop()
    assert error_of(json.dumps(value)).place == "$.findings[0].episodes[0].outcome"


def test_twice_is_refused() -> None:
    value = data()
    value["findings"].append({**value["findings"][0], "finding_id": "pysec-2031-1"})
    error = error_of(json.dumps(value))
    assert (error.place, error.expected) == ("$.findings[1].finding_id", "each finding once")
    value = data()
    value["scans"] *= 2
    assert error_of(json.dumps(value)).place == "$.scans[1].scanner"


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("", "line 1 column 1", "the end"),
        (SAMPLE[:200], "line 6", "the end"),
        ("\ufeff" + SAMPLE, "line 1", "a byte order mark"),
        ("[]", "$", "no object"),
        (
            SAMPLE.replace('"revision": 7', '"revision": 7, "revision": 8'),
            "$",
            "the key 'revision'",
        ),
        (SAMPLE.replace("2.5", "NaN"), "$", "NaN"),
        (SAMPLE.replace("2.5", "1e999"), "$", "'1e999'"),
        (SAMPLE.replace("2.5", "9" * 5000), "$", "'Exceeds"),
        (SAMPLE.replace("ö", "\\ud800"), "$", "the half character"),
        (SAMPLE.replace("2.5", "[" * 200 + "]" * 200), "$", "very deep nesting"),
        (SAMPLE.replace("2.5", "[" * 99999 + "]" * 99999), "$", "very deep nesting"),
    ],
)
def test_text_that_is_no_ledger(text: str, place: str, found: str) -> None:
    error = error_of(text)
    assert error.place.startswith(place)
    assert error.found.startswith(found)


def test_a_merge_conflict_is_named() -> None:
    assert "merge" in error_of(SAMPLE.replace('"revision"', '<<<<<<< HEAD\n"revision"')).hint


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.data())
def test_any_damage_is_an_input_error_or_a_ledger(chosen: st.DataObject) -> None:
    value: Any = data()
    inner = value
    while isinstance(inner, dict | list) and inner:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = chosen.draw(st.sampled_from(keys))
        if chosen.draw(st.booleans()):
            inner[key] = chosen.draw(json_values)
            break
        inner = inner[key]
    text = json.dumps(value)
    with suppress(InputError):
        ledger = read_ledger(text, PATH)
        written = write_ledger(ledger)
        assert write_ledger(read_ledger(written, PATH)) == written


def test_a_point_takes_the_place_of_one_of_the_same_moment() -> None:
    first = HistoryPoint(START, {"high": 1}, "C", {"bandit": "complete"})
    later = HistoryPoint(START + timedelta(days=7, microseconds=9), {"high": 0}, "A", {})
    ledger = with_point(with_point(Ledger(), later), first)
    assert [point.grade for point in ledger.points] == ["C", "A"]
    again = with_point(ledger, HistoryPoint(START, {}, "?", {}))
    assert [point.grade for point in again.points] == ["?", "A"]
    assert read_ledger(write_ledger(again), PATH) == again


def test_only_complete_scans_remember_the_grade() -> None:
    def scan(scanner: str, verdict: Verdict) -> Scan:
        report = ScanReport(scanner, ScanKind.DEPENDENCIES, verdict, audited=1)
        return Scan(report, START, scanner)

    run = [scan("pip-audit", Verdict.COMPLETE), scan("trivy", Verdict.PARTIAL)]
    ledger = set_grades(reconcile(Ledger(), run, START).ledger, "B")
    first, second = ledger.scans
    assert first.last_complete is not None
    assert first.last_complete.grade == "B"
    assert second.last_complete is None
    later = Scan(scan("pip-audit", Verdict.FAILED).report, START + timedelta(days=1), "x")
    after = set_grades(reconcile(ledger, [later], later.scanned_at).ledger, "?")
    assert after.scans[0].last_complete == first.last_complete


SENTENCE = "A crafted feather lets a bird escape. "


def observation(number: int) -> Observation:
    return Observation(
        id=f"PYSEC-2031-{number}",
        aliases=(f"CVE-2031-{number}", f"GHSA-{number:04}"),
        package=f"bird-{number % 30}",
        version="1.0",
        severities=(
            SeverityClaim("vector", "GHSA", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        ),
        fix_versions=("1.1", "2.0"),
        title=f"Problem {number}",
        description=f"{number}: " + SENTENCE * 16,
        references=(f"https://example.org/{number}", f"https://example.org/fix/{number}"),
    )


def test_a_year_of_weekly_scans_stays_small() -> None:
    ledger = Ledger()
    for week in range(52):
        at = START + timedelta(weeks=week)
        # Every week some are away, and come back the week after.
        listed = [number for number in range(100) if number % 10 != week % 10]
        away = {f"bird-{number % 30}": ("2.0",) for number in range(100)}
        report = ScanReport(
            "pip-audit", ScanKind.DEPENDENCIES, Verdict.COMPLETE,
            tuple(map(observation, listed)), audited=30, inventory=away,
        )  # fmt: skip
        ledger = reconcile(ledger, [Scan(report, at, f"{week:064}")], at).ledger
        point = HistoryPoint(at, {"high": 90, "low": 0}, "D", {"pip-audit": "complete"})
        ledger = with_point(ledger, point)
    text = write_ledger(ledger)
    assert len(ledger.findings) == 100
    assert sum(len(finding.episodes) for finding in ledger.findings) > 500
    assert len(text.encode()) < 1_000_000


def test_a_scan_that_finds_the_same_changes_few_lines() -> None:
    def run(ledger: Ledger, day: int) -> Ledger:
        seen = tuple(map(observation, range(5)))
        report = ScanReport("pip-audit", ScanKind.DEPENDENCIES, Verdict.COMPLETE, seen, audited=5)
        at = START + timedelta(days=day)
        return reconcile(ledger, [Scan(report, at, str(day))], at).ledger

    first = run(Ledger(), 0)
    before, after = (set(write_ledger(each).splitlines()) for each in (first, run(first, 7)))
    assert {line.split(":")[0].strip() for line in after - before} == {
        '"last_seen"',
        '"digests"',
        '"last_complete"',
        '"scanned_at"',
        '"revision"',
    }

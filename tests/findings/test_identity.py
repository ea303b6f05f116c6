"""Which observations are one finding, and which id it keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.ledger import FindingState, Ledger, LedgerFinding, Scan
from secstatus.findings.merging import preference
from secstatus.findings.observation import Observation, ScanKind, ScanReport, Verdict
from secstatus.findings.reconcile import reconcile
from secstatus.findings.texts import normalize_version, split_place

START = datetime(2031, 3, 3, 9, tzinfo=UTC)


def scan(
    at: int, *seen: Observation, scanner: str = "pip-audit", kind: ScanKind = ScanKind.DEPENDENCIES
) -> Scan:
    report = ScanReport(scanner, kind, Verdict.UNSTATED, seen)
    return Scan(report, START + timedelta(days=at), f"{scanner}{at}")


def ledger_of(*runs: Scan) -> Ledger:
    ledger = Ledger()
    for run in runs:
        ledger = reconcile(ledger, [run], run.scanned_at).ledger
    return ledger


def names(ledger: Ledger) -> list[str]:
    return [finding.finding_id for finding in ledger.findings]


def seen(found_id: str, *aliases: str, package: str = "vogel") -> Observation:
    return Observation(found_id, aliases, package, "1", fix_versions=("2",))


def test_ids_meet_through_others_and_without_case() -> None:
    ledger = ledger_of(
        scan(0, seen("a-1", "CVE-1"), seen("B-2", "cve-1", "GHSA-2"), seen("ghsa-2"))
    )
    (finding,) = ledger.findings
    assert {name.lower() for name in finding.ids} == {"a-1", "b-2", "cve-1", "ghsa-2"}


def test_across_scanners_and_spellings_of_the_package() -> None:
    first = scan(0, seen("PYSEC-1", "CVE-1", package="Nest.Box"))
    second = scan(1, seen("CVE-1", package="nest_box"), scanner="trivy")
    (finding,) = ledger_of(first, second).findings
    assert (finding.finding_id, finding.package) == ("PYSEC-1", "Nest.Box")
    assert finding.scanners == ("pip-audit", "trivy")


def test_the_same_id_in_two_packages_is_two_findings() -> None:
    ledger = ledger_of(scan(0, seen("CVE-1"), seen("CVE-1", package="nest")))
    assert [(each.finding_id, each.package) for each in ledger.findings] == [
        ("CVE-1", "nest"),
        ("CVE-1", "vogel"),
    ]


def test_the_id_first_seen_stays() -> None:
    ledger = ledger_of(scan(0, seen("CVE-1")), scan(1, seen("PYSEC-1", "CVE-1")))
    assert names(ledger) == ["CVE-1"]
    assert ledger.findings[0].aliases == ("PYSEC-1",)


def test_of_several_new_ids_one_is_preferred() -> None:
    ids = ["XY-1", "CVE-1", "GHSA-1", "PYSEC-2", "PYSEC-1"]
    assert sorted(ids, key=preference) == ["PYSEC-1", "PYSEC-2", "GHSA-1", "CVE-1", "XY-1"]
    for left in range(len(ids)):
        ring = [seen(each, "shared") for each in ids[left:] + ids[:left]]
        assert names(ledger_of(scan(0, *ring))) == ["PYSEC-1"]


def test_a_bridge_makes_two_findings_one() -> None:
    first, second = scan(0, seen("GHSA-1")), scan(2, seen("CVE-1"), scanner="trivy")
    apart = ledger_of(first, second)
    assert names(apart) == ["CVE-1", "GHSA-1"]
    result = reconcile(apart, [scan(5, seen("PYSEC-1", "GHSA-1", "CVE-1"))], START + timedelta(5))
    (finding,) = result.ledger.findings
    assert (finding.finding_id, finding.aliases) == ("GHSA-1", ("CVE-1", "PYSEC-1"))
    assert finding.discovered == START.date()
    assert finding.scanners == ("pip-audit", "trivy")
    assert [episode.opened for episode in finding.episodes] == [START.date()]
    assert (result.new, result.seen) == ((), ("GHSA-1",))


def test_a_bridge_keeps_what_is_over_and_what_is_open() -> None:
    def complete(at: int, *observations: Observation) -> Scan:
        report = ScanReport(
            "pip-audit", ScanKind.DEPENDENCIES, Verdict.COMPLETE, observations,
            audited=1, inventory={"vogel": ("1" if observations else "2",)},
        )  # fmt: skip
        return Scan(report, START + timedelta(days=at), str(at))

    ledger = ledger_of(complete(0, seen("CVE-1")), complete(3), complete(6, seen("GHSA-1")))
    assert [each.state for each in ledger.findings] == [FindingState.RESOLVED, FindingState.OPEN]
    joined = reconcile(ledger, [complete(8, seen("CVE-1", "GHSA-1"))], START + timedelta(8)).ledger
    (finding,) = joined.findings
    assert (finding.finding_id, finding.state) == ("CVE-1", FindingState.OPEN)
    assert [(each.opened.day, each.outcome) for each in finding.episodes] == [
        (3, "resolved"),
        (9, ""),
    ]


def code(rule: str, location: str, fingerprint: str = "f") -> Observation:
    return Observation(rule, location=location, fingerprint=fingerprint, kind=ScanKind.CODE)


def code_ledger(*observations: Observation, kind: ScanKind = ScanKind.CODE) -> Ledger:
    told = [replace(each, kind=kind) for each in observations]
    return ledger_of(scan(0, *told, scanner="bandit", kind=kind))


@pytest.mark.parametrize(
    ("rule", "location", "kind", "name"),
    [
        ("B105", "src/app/core.py:42", ScanKind.CODE, "BANDIT-B105-core.py-42"),
        ("B105", "src\\core.py:42:7", ScanKind.CODE, "BANDIT-B105-core.py-42"),
        ("B105", "core.py", ScanKind.CODE, "BANDIT-B105-core.py"),
        ("a/b c", "my file - x.py:1", ScanKind.CODE, "BANDIT-a_b_c-my_file_-_x.py-1"),
        ("aws-key", "deploy/.env:3", ScanKind.SECRETS, "SECRET-aws-key-.env-3"),
    ],
)
def test_ids_of_code_and_secrets(rule: str, location: str, kind: ScanKind, name: str) -> None:
    assert names(code_ledger(code(rule, location), kind=kind)) == [name]


def test_an_id_that_is_taken_gets_a_number() -> None:
    same = [code("B105", f"{folder}/core.py:42") for folder in "cab"]
    ledger = code_ledger(*same)
    by_place = {each.location: each.finding_id for each in ledger.findings}
    assert by_place == {
        "a/core.py:42": "BANDIT-B105-core.py-42",
        "b/core.py:42": "BANDIT-B105-core.py-42-2",
        "c/core.py:42": "BANDIT-B105-core.py-42-3",
    }
    later = scan(1, code("B105", "0/core.py:42"), *same, scanner="bandit", kind=ScanKind.CODE)
    after = reconcile(ledger, [later], later.scanned_at)
    assert after.new == ("BANDIT-B105-core.py-42-4",)


def test_long_ids_stay_apart_and_in_bounds() -> None:
    ledger = code_ledger(*(code("B" * 299, f"{'x' * 299}{end}.py:1") for end in "ab"))
    assert len(set(names(ledger))) == 2
    assert max(map(len, names(ledger))) <= 300


def test_other_things_that_a_dependency_scanner_reports_go_by_their_place() -> None:
    first = Observation("DS002", location="Dockerfile", kind=ScanKind.CODE)
    second = Observation("DS002", location="web/Dockerfile", kind=ScanKind.CODE)
    listed = Observation("CVE-2031-1", location="requirements.txt:1")
    ledger = ledger_of(scan(0, first, second, listed, scanner="trivy"))
    assert names(ledger) == ["CVE-2031-1", "TRIVY-DS002-Dockerfile", "TRIVY-DS002-Dockerfile-2"]
    assert [each.kind.value for each in ledger.findings] == ["dependencies", "code", "code"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.0", "1", True),
        ("v1.0.0", "1", True),
        ("1.0+cu118", "1.0", True),
        ("1.0rc1", "1.0.0-rc.1", True),
        ("1.0rc1", "1.0", False),
        ("1!1.0", "1.0", False),
        ("10", "1", False),
        ("1.1.1k-r0", "1.1.1K-R0", True),
    ],
)
def test_versions_that_are_one(one: str, other: str, same: bool) -> None:
    assert (normalize_version(one) == normalize_version(other)) is same


@given(st.text(max_size=60))
def test_any_location_and_version_is_read(text: str) -> None:
    path, line = split_place(text)
    assert line >= 0
    assert split_place(path)[0] in path
    assert isinstance(normalize_version(text), str)


LINES = st.lists(st.integers(1, 30), min_size=1, max_size=5, unique=True)


@given(LINES, LINES)
def test_equal_code_is_matched_one_to_one(before: list[int], now: list[int]) -> None:
    def observed(lines: list[int]) -> list[Observation]:
        return [code("B101", f"a.py:{line}") for line in lines]

    first = code_ledger(*observed(before))
    later = scan(1, *observed(now), scanner="bandit", kind=ScanKind.CODE)
    after = reconcile(first, [later], later.scanned_at)
    seen_now = {each.location for each in after.ledger.findings if each.state is FindingState.OPEN}
    assert seen_now == {f"a.py:{line}" for line in now}
    assert len(after.seen) == min(len(before), len(now))
    assert len(after.ledger.findings) == max(len(before), len(now))
    stayed = {each.finding_id: each for each in after.ledger.findings}
    for line in set(before) & set(now):
        finding: LedgerFinding = stayed[f"BANDIT-B101-a.py-{line}"]
        assert finding.location == f"a.py:{line}"

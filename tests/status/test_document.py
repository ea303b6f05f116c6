"""Reading and writing live-status.json."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import SecurityStatusError
from secstatus.findings.severity import Severity
from secstatus.status.status_file import read_status, write_status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATES = Path(__file__).parent.parent / "data" / "states"


def minimal(**changes):
    document = {
        "last_updated": "2026-02-28T10:30:00Z",
        "scan_date": "2026-02-28T09:00:00Z",
        "vulnerability_summary": {"total": 0, "high": 0, "medium": 0, "low": 0},
        "findings": [],
        "security_grade": "A",
        "days_since_last_vulnerability": 45,
        "remediation_status": "current",
    }
    return {**document, **changes}


def finding(**changes):
    one = {
        "finding_id": "PYSEC-2026-1",
        "severity": "medium",
        "description": "x",
        "discovered_date": "2026-02-01",
        "days_since_discovery": 3,
    }
    return {**one, **changes}


ONE_MEDIUM = {"total": 1, "high": 0, "medium": 1, "low": 0}


def with_finding(**changes):
    return minimal(findings=[finding(**changes)], vulnerability_summary=ONE_MEDIUM)


def read(document):
    text = document if isinstance(document, str) else json.dumps(document)
    return read_status(text, "s.json", NOW)


def test_the_minimal_example_of_the_design():
    document, odd = read(minimal())
    assert document.scans is None
    assert document.days_since_last_vulnerability == 45
    assert odd == ()


def test_the_columns_of_mypyloggers_generator():
    text = """{
      "last_updated": "2026-02-27T02:58:37.819468+00:00",
      "scan_date": "2026-02-27T02:58:37.819468+00:00",
      "vulnerability_summary":
        {"total": 1, "critical": 0, "high": 0, "medium": 1, "low": 0, "info": 0},
      "findings": [{"finding_id": "GHSA-aaaa-bbbb-cccc", "package": "pip", "version": "25.2",
        "severity": "medium", "discovered_date": "2026-02-27", "days_since_discovery": 0,
        "description": "d", "fix_available": false, "fix_version": null,
        "reference_url": "https://example.org"}],
      "security_grade": "B", "days_since_last_vulnerability": 0, "remediation_status": "outdated"
    }"""
    document, _ = read(text)
    assert document.findings[0].package == "pip"
    assert document.last_updated.microsecond == 819468


def test_a_finding_of_the_designs_model():
    document, _ = read(
        with_finding(discovered_date="2026-02-01T23:30:00-02:00", remediation_plan="Upgrade")
    )
    assert document.findings[0].discovered_date == date(2026, 2, 2)
    assert document.findings[0].remediation_plan == "Upgrade"


def test_a_time_without_a_zone_is_utc_and_is_told():
    document, odd = read(minimal(scan_date="2026-02-28T09:00:00"))
    assert document.scan_date == datetime(2026, 2, 28, 9, tzinfo=UTC)
    assert odd == ("scan_date has no time zone; read as UTC",)


def test_a_scan_after_the_update_is_told():
    _, odd = read(minimal(scan_date="2026-02-28T11:00:00Z"))
    assert "the earlier of the two is used" in odd[0]


def own(**changes):
    return minimal(schema_version="1.0", scans=[], revision=1, **changes)


BAD = {
    "wrong type": (with_finding(severity=3), "$.findings[0].severity", "3", "one of critical"),
    "unknown word": (with_finding(severity="medum"), "severity", "'medum'", "one of critical"),
    "missing key": (
        {k: v for k, v in minimal().items() if k != "findings"}, "$.findings", "nothing", "this key",
    ),
    "a number as text": (
        minimal(days_since_last_vulnerability="45"),
        "$.days_since_last_vulnerability", "'45'", "integer",
    ),
    "a negative count": (minimal(days_since_last_vulnerability=-1), "days_since", "-1", "0"),
    "a truth value as number": (minimal(days_since_last_vulnerability=True), "$.days", "True", "int"),
    "a grade of another alphabet": (minimal(security_grade="G"), "$.security_grade", "'G'", "'A'"),
    "no date": (minimal(scan_date="yesterday"), "$.scan_date", "'yesterday'", "a date and time"),
    "a day for a moment": (minimal(scan_date="2026-02-28"), "$.scan_date", "2026-02-28", "a date and"),
    "an impossible day": (with_finding(discovered_date="2026-02-30"), "discovered", "02-30", "a date"),
    "a very old moment": (minimal(scan_date="0001-01-01T00:00:00+14:00"), "$.scan_date", "0001", ""),
    "total disagrees": (
        minimal(vulnerability_summary={"total": 2, "high": 0, "medium": 0, "low": 0}),
        "$.vulnerability_summary.total", "2", "0, the number",
    ),
    "a severity disagrees": (
        minimal(findings=[finding(severity="high")], vulnerability_summary=ONE_MEDIUM),
        "$.vulnerability_summary.high", "0", "1, as many",
    ),
    "twice the same id": (
        minimal(
            findings=[finding(), finding(finding_id="pysec-2026-1")],
            vulnerability_summary={"total": 2, "high": 0, "medium": 2, "low": 0},
        ),
        "$.findings[1].finding_id", "$.findings[0] has", "each finding once",
    ),
    "a scan of the future": (minimal(last_updated="2026-03-02T00:00:00Z"), "$.last_updated", "future", ""),
    "a finding of the future": (with_finding(discovered_date="2026-03-02"), "discovered", "future", ""),
    "a newer schema": (own() | {"schema_version": "2.0"}, "$.schema_version", "'2.0'", "1.x"),
    "own schema without scans": (minimal(schema_version="1.0"), "$.scans", "nothing", "coverage"),
    "a key twice": ('{"findings": [1], "findings": []}', "$", "'findings' twice", "each key once"),
    "not a number": ('{"a": Infinity}', "$", "Infinity", "a number"),
    "cut": ('{"a": 1', "line 1 column", "the end", "JSON"),
    "a byte order mark": ("\ufeff{}", "line 1", "byte order mark", "plain UTF-8"),
    "not an object": ("[]", "$", "a list", "an object"),
    "a huge number": ('{"a": ' + "9" * 5000 + "}", "$", "", ""),
    "deep": ("[" * 100_000, "$", "deep", ""),
    "half a character": ('{"a": "\\ud800"}', "$", "half character", "whole characters"),
    "half a key": ('{"\\uDFFF": 1}', "$", "half character", "whole characters"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_names_place_found_and_expected(name):
    text, place, found, expected = BAD[name]
    with pytest.raises(SecurityStatusError) as caught:
        read(text)
    error = caught.value
    assert place in error.place
    assert found in error.found
    assert expected in error.expected
    assert len(error.message) < 400
    assert error.message.isprintable()


def test_the_same_id_in_two_packages_is_two_findings():
    two = [finding(package="one"), finding(package="two")]
    counts = {"total": 2, "high": 0, "medium": 2, "low": 0}
    document, _ = read(minimal(findings=two, vulnerability_summary=counts))
    assert len(document.findings) == 2


@pytest.mark.parametrize("state", sorted(path.name for path in STATES.iterdir()))
def test_read_and_write_keeps_every_value(state):
    text = (STATES / state / "security/status/live-status.json").read_text("utf-8")
    late = datetime(2026, 12, 1, tzinfo=UTC)
    document, _ = read_status(text, "s.json", late)
    again, _ = read_status(write_status(document), "s.json", late)
    assert again == document
    assert write_status(again) == write_status(document)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
new_keys = st.dictionaries(st.from_regex(r"x_[a-z]{1,8}", fullmatch=True), json_values, max_size=4)


@given(new_keys, new_keys, new_keys)
def test_fields_of_a_newer_version_survive(top, inside, counts):
    scan = {"scanner": "s", "verdict": "complete", "scanned_at": "2026-02-28T09:00:00Z", **inside}
    document = with_finding(**inside) | {"schema_version": "1.7", "scans": [scan]} | top
    document["vulnerability_summary"] = {**ONE_MEDIUM, **counts}
    written = json.loads(write_status(read(document)[0]))
    assert written == document


@given(
    st.text() | st.binary().map(lambda data: data.decode("latin-1")) | json_values.map(json.dumps)
)
def test_any_text_is_read_or_refused(text):
    with suppress(SecurityStatusError):
        read(text)


@given(st.sampled_from(list(Severity)), st.sampled_from([str.upper, str.title, str.lower]))
def test_severities_are_read_in_any_case(severity, spelling):
    counts = {"total": 1, "high": 0, "medium": 0, "low": 0, severity.value: 1}
    document = minimal(
        findings=[finding(severity=spelling(severity))], vulnerability_summary=counts
    )
    assert read(document)[0].findings[0].severity is severity

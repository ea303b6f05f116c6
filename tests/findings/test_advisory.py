"""OSV records: read leniently, ids strictly; whether a version is affected; what a record adds."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from secstatus.errors import InputError
from secstatus.findings.observation import Observation, SeverityClaim
from secstatus.findings.osv_ranges import Affected, Range, affects, list_fixes
from secstatus.findings.osv_record import Advisories, Advisory, enrich_observation, read_advisory
from secstatus.findings.rating import rate

V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"


def entry(*events, name="Sample_Pkg", kind="ECOSYSTEM", versions=(), **more):
    return {
        "package": {"ecosystem": "PyPI", "name": name},
        "ranges": [{"type": kind, "events": [dict([event]) for event in events]}],
        "versions": list(versions),
        **more,
    }


FULL = {
    "schema_version": "1.6.0",
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["PYSEC-2026-1", "CVE-2026-1111"],
    "related": ["CVE-2026-2222"],
    "summary": "Sample reads too much",
    "details": "### Impact\nReads too much.",
    "severity": [{"type": "CVSS_V3", "score": V31}],
    "published": "2026-02-03T04:05:06.123456789Z",
    "modified": "2026-03-01T00:00:00Z",
    "affected": [entry(("introduced", "0"), ("fixed", "2.0"))],
    "references": [{"type": "WEB", "url": "https://example.org/a"}, {"url": "javascript:x"}, 7],
    "database_specific": {"severity": "MODERATE"},
}


def record(record_id, *aliases, **more):
    return read_advisory({"id": record_id, "aliases": list(aliases), **more}, "x.json")


def test_a_whole_record():
    found = read_advisory(FULL, "x.json")
    assert found.id == "GHSA-aaaa-bbbb-cccc"
    assert found.aliases == ("CVE-2026-1111", "PYSEC-2026-1")
    assert found.related == ("CVE-2026-2222",)
    assert found.word == "MODERATE"
    assert found.published == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert found.withdrawn is None
    assert found.references == ("https://example.org/a",)
    assert found.claims("sample.pkg") == (
        SeverityClaim("vector", "OSV:GHSA-aaaa-bbbb-cccc", V31),
        SeverityClaim("word", "OSV:GHSA-aaaa-bbbb-cccc", "MODERATE"),
    )
    assert found.fixed("SAMPLE-pkg") == ("2.0",)
    assert found.affects("sample-pkg", "1.9") is True
    assert found.affects("sample-pkg", "2.0") is False
    assert found.affects("other", "1.9") is None


def test_an_id_is_enough():
    assert read_advisory({"id": "PYSEC-1"}, "x.json") == Advisory("PYSEC-1")


@pytest.mark.parametrize("key", ["aliases", "related", "severity", "affected", "references"])
def test_null_is_an_empty_list_and_anything_else_is_refused(key):
    assert read_advisory({"id": "PYSEC-1", key: None}, "x.json") == Advisory("PYSEC-1")
    with pytest.raises(InputError, match=rf"x\.json: at \$\.{key}: found .*, expected a list"):
        read_advisory({"id": "PYSEC-1", key: "text"}, "x.json")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], r"\$"),
        (None, r"\$"),
        ({}, r"\$\.id"),
        ({"id": 7}, r"\$\.id"),
        ({"id": " "}, r"\$\.id"),
        ({"id": "a\nb"}, r"\$\.id"),
        ({"id": "\ud800"}, r"\$\.id"),
        ({"id": "x" * 301}, r"\$\.id"),
        ({"id": "a", "aliases": ["b", None]}, r"\$\.aliases\[1\]"),
        ({"id": "a", "affected": [7]}, r"\$\.affected\[0\]"),
        ({"id": "a", "affected": [entry(ranges=[7])]}, r"\$\.affected\[0\]\.ranges\[0\]"),
    ],
)
def test_what_is_no_record_is_refused_with_its_place(data, place):
    with pytest.raises(InputError, match=rf"^x\.json: at {place}: found "):
        read_advisory(data, "x.json")


@pytest.mark.parametrize(
    ("item", "kind", "severity"),
    [
        ({"type": "CVSS_V3", "score": V31}, "vector", "high"),
        ({"score": V31}, "vector", "high"),
        ({"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}, "vector", "high"),
        ({"type": "CVSS_V3", "score": "9.8"}, "score", "critical"),
        ({"type": "CVSS_V2", "score": "9.8"}, "vector", "unknown"),
        ({"score": "9.8"}, "vector", "unknown"),
        ({"score": 1}, "vector", "unknown"),
        ({"type": "Ubuntu", "score": "negligible"}, "word", "info"),
    ],
)
def test_severity_entries_of_all_ages(item, kind, severity):
    claims = record("PYSEC-1", severity=[item]).claims("sample")
    assert [claim.kind for claim in claims] == [kind]
    assert rate(claims).severity == severity


@pytest.mark.parametrize("item", [7, None, {}, {"type": "CVSS_V3"}, {"score": ""}, {"score": []}])
def test_severity_entries_that_say_nothing(item):
    assert record("PYSEC-1", severity=[item, {"score": V31}]).claims("x") == (
        SeverityClaim("vector", "OSV:PYSEC-1", V31),
    )


def test_a_severity_of_one_package_is_not_that_of_another():
    item = entry(severity=[{"type": "CVSS_V3", "score": V31}])
    found = record("PYSEC-1", affected=[item])
    assert (len(found.claims("sample-pkg")), found.claims("other")) == (1, ())


@pytest.mark.parametrize("value", ["yes", "", 0, True, "2026-13-01", "0001-01-01", []])
def test_a_withdrawal_that_cannot_be_read_is_none(value):
    assert record("PYSEC-1", withdrawn=value, published=value).withdrawn is None


def test_other_ecosystems_are_left_out():
    found = record("X-1", affected=[{"package": {"ecosystem": "npm", "name": "sample"}}, {}])
    assert found.affected == {}


RANGES = [
    # events, version, answer
    ([("introduced", "0"), ("fixed", "2.0")], "1.9", True),
    ([("introduced", "0"), ("fixed", "2.0")], "2.0", False),
    ([("introduced", "0"), ("fixed", "2.0")], "2.0rc1", True),
    ([("introduced", "0")], "0.dev0", True),
    ([("introduced", "1.0"), ("fixed", "2.0")], "0.9", False),
    ([("fixed", "2.0"), ("introduced", "1.0")], "1.5", True),
    ([("introduced", "0"), ("last_affected", "2.0")], "2.0", True),
    ([("introduced", "0"), ("last_affected", "2.0")], "2.0.1", False),
    ([("introduced", "0"), ("last_affected", "2.0")], "2.0+cu118", True),
    ([("introduced", "0"), ("fixed", "2.0+p1")], "2.0+p1", False),
    ([("introduced", "2.0"), ("last_affected", "2.0")], "2.0", True),
    ([("introduced", "2.0"), ("last_affected", "2.0")], "2.1", False),
    (
        [("introduced", "0"), ("fixed", "1.2"), ("introduced", "2.0"), ("fixed", "2.3")],
        "1.5",
        False,
    ),
    ([("introduced", "0"), ("fixed", "1.2"), ("introduced", "2.0"), ("fixed", "2.3")], "2.2", True),
    ([("introduced", "0"), ("fixed", "2.0"), ("introduced", "2.0")], "2.1", True),
    ([("introduced", "0"), ("limit", "2.0")], "2.0", False),
    ([("introduced", "0"), ("limit", "2.0")], "1.0", True),
    ([("introduced", "0"), ("limit", "*")], "9.0", True),
    ([("fixed", "2.0")], "1.0", None),
    ([("introduced", "0"), ("fixed", "two")], "3.0", None),
    ([("introduced", "0"), ("sealed", "2.0")], "3.0", None),
    ([], "1.0", None),
]


@pytest.mark.parametrize(("events", "version", "answer"), RANGES)
def test_ranges(events, version, answer):
    assert record("P-1", affected=[entry(*events)]).affects("sample-pkg", version) is answer


@pytest.mark.parametrize(
    ("item", "version", "answer"),
    [
        (Affected("p", ("1.0", "1.1")), "1.1.0", True),
        (Affected("p", ("1.0", "1.1")), "1.0+local", True),
        (Affected("p", ("1.0", "1.1")), "1.2", False),
        (Affected("p", ("1.0-odd-one",)), "1.0-odd-one", True),
        (Affected("p", ("1.0",)), "2.0-odd-one", None),
        (Affected("p", ("1.0",)), "", None),
        (Affected("p", ("1.0",)), "9" * 5000, None),
        (Affected("p"), "1.0", None),
        (Affected("p", (), (Range("GIT", (("introduced", "abc"),)),)), "1.0", None),
        (Affected("p", ("1.0",), (Range("GIT", (("introduced", "abc"),)),)), "2.0", False),
        (Affected("p", ("1.0",), (Range("SEMVER", (("introduced", "0"),)),)), "2.0", None),
        (Affected("p", ("3.0",), (Range("ECOSYSTEM", (("introduced", "9"),)),)), "3.0", True),
    ],
)
def test_lists_of_versions_and_other_ranges(item, version, answer):
    assert affects([item], version) is answer


def test_one_doubtful_entry_leaves_doubt_unless_another_is_sure():
    sure = Affected("p", ("1.0",))
    doubtful = Affected("p")
    assert affects([sure, doubtful], "2.0") is None
    assert affects([doubtful, sure], "1.0") is True
    assert affects([], "1.0") is None


plain_versions = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(
    lambda pair: f"{pair[0]}.{pair[1]}"
)


@given(st.lists(plain_versions, min_size=2, max_size=6, unique=True), plain_versions, st.randoms())
def test_events_are_intervals_whatever_their_order(bounds, version, chance):
    """Alternating introduced and fixed, sorted, are half-open intervals."""
    ordered = sorted(bounds, key=Version)
    events = [(["introduced", "fixed"][n % 2], bound) for n, bound in enumerate(ordered)]
    inside = sum(Version(bound) <= Version(version) for bound in ordered) % 2 == 1
    chance.shuffle(events)
    assert affects([Affected("p", (), (Range("ECOSYSTEM", tuple(events)),))], version) is inside


@given(st.lists(st.tuples(st.sampled_from(["introduced", "fixed", "last_affected", "limit", "x"]), plain_versions | st.text(max_size=5)), max_size=5), st.text(max_size=8) | plain_versions)  # fmt: skip
def test_no_events_break_it(events, version):
    assert affects([Affected("p", (), (Range("ECOSYSTEM", tuple(events)),))], version) in (
        True,
        False,
        None,
    )


json_keys = st.sampled_from([*FULL, "type", "events", "package", "name", "ranges", "score"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(json_keys, inner, max_size=4),
    max_leaves=12,
)


@given(json_values, json_values, st.sampled_from(sorted(FULL)))
def test_any_json_is_read_or_refused_with_a_message(whole, part, key):
    for data in (whole, {**FULL, key: part}):
        message = ""
        try:
            found = read_advisory(data, "x.json")
            found.affects("sample-pkg", "1.0")
            enrich_observation(
                Observation("PYSEC-2026-1", package="sample-pkg"), Advisories([found])
            )
        except InputError as error:
            message = error.message
        assert not message or message.startswith("x.json: at $")


def test_fixed_versions_are_sorted_and_above_the_version():
    ranges = (
        Range("ECOSYSTEM", (("fixed", "10.0"), ("fixed", "2.1"), ("fixed", "2.1.0"))),
        Range("GIT", (("fixed", "abcdef"),)),
        Range("ECOSYSTEM", (("fixed", "1.0-odd-one"), ("fixed", ""))),
    )
    item = [Affected("p", (), ranges)]
    assert list_fixes(item) == ("2.1", "10.0", "1.0-odd-one")
    assert list_fixes(item, "2.1") == ("10.0", "1.0-odd-one")


OBSERVED = Observation("PYSEC-2026-1", package="Sample.Pkg", version="1.0")


def test_a_record_fills_what_the_report_left_empty():
    found = enrich_observation(OBSERVED, Advisories([read_advisory(FULL, "x.json")]))
    assert found == Observation(
        id="PYSEC-2026-1",
        aliases=("CVE-2026-1111", "GHSA-aaaa-bbbb-cccc"),
        package="Sample.Pkg",
        version="1.0",
        severities=read_advisory(FULL, "x.json").claims("sample-pkg"),
        fix_versions=("2.0",),
        title="Sample reads too much",
        description="### Impact\nReads too much.",
        references=("https://example.org/a",),
        published=date(2026, 2, 3),
    )


SAID = Observation(
    "pysec-2026-1",
    ("X-9",),
    "sample-pkg",
    "1.0",
    (SeverityClaim("word", "scanner", "LOW"),),
    ("1.5",),
    "Own title",
    "Own text",
    references=("https://example.org/own",),
    published=date(2026, 1, 1),
    withdrawn=True,
    suppressed="because",
)


def test_what_the_report_said_stays():
    found = enrich_observation(SAID, Advisories([read_advisory(FULL, "x.json")]))
    for name in (
        "id",
        "version",
        "fix_versions",
        "title",
        "description",
        "published",
        "suppressed",
    ):
        assert getattr(found, name) == getattr(SAID, name)
    assert found.withdrawn
    for name in ("aliases", "severities", "references"):
        kept = getattr(SAID, name)
        assert getattr(found, name)[: len(kept)] == kept
        assert len(getattr(found, name)) > len(kept)


def test_an_alias_in_another_case_is_not_a_new_one():
    found = enrich_observation(SAID, Advisories([read_advisory(FULL, "x.json")]))
    assert found.aliases == ("X-9", "CVE-2026-1111", "GHSA-aaaa-bbbb-cccc")


def test_without_a_record_nothing_changes():
    assert enrich_observation(OBSERVED, Advisories([record("PYSEC-2026-2")])) is OBSERVED


def test_enriching_twice_changes_nothing_more():
    advisories = Advisories([read_advisory(FULL, "x.json"), record("CVE-2026-1111", "Z-1")])
    once = enrich_observation(OBSERVED, advisories)
    assert enrich_observation(once, advisories) == once


GONE = {"withdrawn": "2026-05-05T00:00:00Z"}


@pytest.mark.parametrize(
    ("records", "unanswered", "withdrawn"),
    [
        ([record("PYSEC-2026-1", **GONE)], [], True),
        ([record("PYSEC-2026-1", "CVE-1", **GONE), record("CVE-1", **GONE)], [], True),
        ([record("PYSEC-2026-1", "CVE-1", **GONE), record("CVE-1")], [], False),
        ([record("PYSEC-2026-1"), record("CVE-1", "PYSEC-2026-1", **GONE)], [], False),
        ([record("PYSEC-2026-1", "CVE-1", **GONE)], ["cve-1"], False),
        ([record("CVE-1", "PYSEC-2026-1", **GONE)], ["PYSEC-2026-1"], False),
        ([record("PYSEC-2026-1", **GONE)], ["CVE-7"], True),
        ([], [], False),
    ],
)
def test_withdrawn_only_when_every_record_is(records, unanswered, withdrawn):
    assert enrich_observation(OBSERVED, Advisories(records, unanswered)).withdrawn is withdrawn


def test_a_withdrawn_record_does_not_outvote_one_that_stands():
    low = record("PYSEC-2026-1", "CVE-1", database_specific={"severity": "LOW"}, **GONE)
    high = record("CVE-1", severity=[{"type": "CVSS_V3", "score": V31}])
    assert rate(enrich_observation(OBSERVED, Advisories([low, high])).severities).severity == "high"
    silent = record("CVE-1")
    assert (
        rate(enrich_observation(OBSERVED, Advisories([low, silent])).severities).severity == "low"
    )


def test_one_cve_of_two_packages_does_not_join_their_records():
    ours = record("PYSEC-2026-1", "CVE-1", affected=[entry(("introduced", "0"))])
    theirs = record(
        "PYSEC-2026-2",
        "CVE-1",
        affected=[entry(name="sample-pkg-gpu")],
        database_specific={"severity": "CRITICAL"},
    )
    found = enrich_observation(OBSERVED, Advisories([ours, theirs]))
    assert (found.aliases, found.severities) == (("CVE-1",), ())


def test_advisories_are_found_whatever_the_case_of_an_id():
    advisories = Advisories([record("GHSA-aaaa", "CVE-1")])
    assert advisories["ghsa-AAAA"].id == "GHSA-aaaa"
    assert list(advisories) == ["GHSA-aaaa"]
    assert [r.id for r in advisories.about(["cve-1"], "x")] == ["GHSA-aaaa"]

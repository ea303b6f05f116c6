"""OSV records keep to the published schema, and say no more than is known."""

import json
from itertools import pairwise

import pytest
from hypothesis import given

from secstatus.site.exports.osv import osv_applies, osv_document, osv_file, osv_id, osv_path
from secstatus.site.exports.subject import Subject
from tests.site.exports.samples import CODE, EVERY_KIND, has_controls, hostile, problems_of, record


def problems(document):
    return problems_of(document, "osv.schema.json")


@pytest.mark.parametrize("item", EVERY_KIND, ids=lambda item: item["finding_id"])
def test_keeps_to_the_schema(item):
    if osv_applies(item):
        assert problems(osv_document(item)) == []


@given(hostile)
def test_keeps_to_the_schema_whatever_the_text(item):
    if not osv_applies(item):
        return
    document = osv_document(item)
    found = problems(document)
    # The schema lists the databases that it knows; ours is not one of them.
    if document["id"].startswith("SECSTATUS-"):
        found = [text for text in found if not text.startswith("$.id: ")]
    assert found == []
    assert not has_controls(document)
    assert json.loads(osv_file(item)) == document


def test_the_schema_can_fail():
    document = osv_document(record())
    assert problems(document | {"modified": "yesterday"})
    assert problems(document | {"affected": [{"package": {"name": "a"}}]})
    assert problems(document | {"references": [{"type": "BLOG", "url": "https://a.example"}]})
    assert problems(document | {"severity": [{"type": "CVSS_V3", "score": "7.5"}]})


def test_an_open_finding():
    assert osv_document(record()) == {
        "affected": [
            {
                "package": {
                    "ecosystem": "PyPI",
                    "name": "sponge-http",
                    "purl": "pkg:pypi/sponge-http",
                },
                "ranges": [
                    {"events": [{"introduced": "0"}, {"fixed": "1.9.3"}], "type": "ECOSYSTEM"}
                ],
                "versions": ["1.9.1"],
            }
        ],
        "aliases": ["CVE-2026-41877"],
        "database_specific": {
            "discovered_date": "2026-11-09",
            "due_date": "2026-12-09",
            "finding_id": "GHSA-7q2w-4fjm-x9cp",
            "severity": "high",
            "status": "open",
        },
        "details": "A long line ends the parser.\n\nUse a newer one.",
        "id": "GHSA-7q2w-4fjm-x9cp",
        "modified": "2026-11-09T00:00:00Z",
        "published": "2026-11-02T00:00:00Z",
        "references": [
            {"type": "ADVISORY", "url": "https://github.com/advisories/GHSA-7q2w-4fjm-x9cp"},
            {
                "type": "WEB",
                "url": "https://reef.example/lanternfish/security-status/findings/GHSA-7q2w-4fjm-x9cp.html",
            },
        ],
        "schema_version": "1.7.0",
        "severity": [{"score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "type": "CVSS_V3"}],
        "summary": "A long line ends the parser",
    }


@pytest.mark.parametrize(
    ("version", "fix", "expected"),
    [
        ("1.9.1", "1.9.3", {"fixed": "1.9.3", "versions": ["1.9.1"]}),
        ("1.9.1", None, {"versions": ["1.9.1"]}),
        # A fix in an older line, a version that is none: only the installed one is known.
        ("1.9.1", "1.8.7", {"versions": ["1.9.1"]}),
        ("1.9.1", "1.9.1", {"versions": ["1.9.1"]}),
        ("1.9.1", "1'; rm -rf /", {"versions": ["1.9.1"]}),
        ("1.9.1", "9" * 5000, {"versions": ["1.9.1"]}),
        ("not a version", "1.9.3", {"versions": ["not a version"]}),
        (None, "1.9.3", {"fixed": "1.9.3"}),
        (None, None, {}),
    ],
)
def test_what_is_affected(version, fix, expected):
    (affected,) = osv_document(record(version=version, fix_version=fix))["affected"]
    events = affected.get("ranges", [{"events": []}])[0]["events"]
    found = {key: value for event in events for key, value in event.items()}
    if "versions" in affected:
        found["versions"] = affected["versions"]
    assert found.pop("introduced", "0") == "0"
    assert found == expected
    # Something is always affected, or every reader would call the package clean.
    assert events or affected["versions"]


@pytest.mark.parametrize(
    ("finding_id", "expected"),
    [
        ("PYSEC-2026-295", "PYSEC-2026-295"),
        ("CVE-2026-1", "CVE-2026-1"),
        ("OSV-2026-1", "OSV-2026-1"),
        ("SNYK-PYTHON-X-1", "SECSTATUS-SNYK-PYTHON-X-1"),
        ("ghsa-7q2w-4fjm-x9cp", "SECSTATUS-ghsa-7q2w-4fjm-x9cp"),
        ("CVE-2026-1/../x", "SECSTATUS-page-7"),
    ],
)
def test_an_id_that_osv_does_not_allow_is_replaced(finding_id, expected):
    item = record(finding_id, name=None if expected.endswith(finding_id) else "page-7")
    assert osv_id(Subject(item)) == expected
    document = osv_document(item)
    assert document["database_specific"]["finding_id"] == finding_id
    assert (finding_id in document["aliases"]) is (document["id"] != finding_id)
    assert document["id"] not in document["aliases"]


def test_modified_moves_with_the_record_or_as_told():
    days = [
        record(published=None),
        record(published="2026-11-10"),
        record(unlisted_since="2026-11-11", status="unlisted"),
        record(resolved_date="2026-11-12", status="resolved"),
    ]
    moments = [osv_document(item)["modified"] for item in days]
    assert all(one < two for one, two in pairwise(moments))
    told = osv_document(record(), "2026-11-23T04:15:02Z")
    assert told["modified"] == "2026-11-23T04:15:02Z"
    assert problems(told) == []


def test_code_has_no_record():
    assert not osv_applies(CODE)
    assert osv_path("GHSA-1") == "api/v1/osv/GHSA-1.json"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/a/b/security/advisories/GHSA-1", "ADVISORY"),
        ("https://osv.dev/vulnerability/PYSEC-1", "ADVISORY"),
        ("https://nvd.nist.gov/vuln/detail/CVE-1", "ADVISORY"),
        ("https://blog.example/osv.dev/vulnerability/", "WEB"),
        ("https://github.com/a/b/issues/1", "WEB"),
    ],
)
def test_kinds_of_references(url, kind):
    assert osv_document(record(reference_url=url))["references"][0] == {"type": kind, "url": url}

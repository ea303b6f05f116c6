"""CycloneDX VEX: valid in its own library's eyes, and every reference has its target."""

import dataclasses
import json
import re
from functools import cache

import pytest
from hypothesis import given, settings
from packageurl import PackageURL

from secstatus.site.exports.cyclonedx import cyclonedx_file
from secstatus.site.exports.position import position_of
from secstatus.site.exports.subject import Subject, is_dependency
from tests.site.exports.samples import (
    ACCEPTED_RISK,
    CODE,
    EVERY_KIND,
    FALSE_POSITIVE,
    MOMENT,
    PLACE,
    RESOLVED,
    UNLISTED,
    has_controls,
    many_hostile,
    plan,
    record,
)


@cache
def validator():
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator  # takes a second

    return JsonStrictValidator(SchemaVersion.V1_6)


def document(*records):
    return json.loads(cyclonedx_file(records, PLACE, MOMENT))


def only(item):
    (found,) = document(item)["vulnerabilities"]
    return found


def test_valid_and_readable():
    from cyclonedx.model.bom import Bom

    text = cyclonedx_file(EVERY_KIND, PLACE, MOMENT)
    assert validator().validate_str(text.decode()) is None
    read = Bom.from_json(json.loads(text))
    assert {item.id for item in read.vulnerabilities} == {
        item["finding_id"] if item is not CODE else CODE["name"] for item in EVERY_KIND
    }
    assert str(read.metadata.component.purl) == "pkg:pypi/lanternfish@2.4.0"


@settings(max_examples=30)  # a validation takes a tenth of a second
@given(many_hostile)
def test_valid_whatever_the_text(records):
    text = cyclonedx_file(records, PLACE, MOMENT)
    assert validator().validate_str(text.decode()) is None
    made = json.loads(text)
    assert not has_controls(made)
    assert len(made["vulnerabilities"]) == len(records)
    refs = [item["bom-ref"] for item in [*made["components"], made["metadata"]["component"]]]
    assert len(refs) == len(set(refs))
    targets = [affected["ref"] for item in made["vulnerabilities"] for affected in item["affects"]]
    assert set(targets) <= set(refs)
    for component in made["components"]:
        parsed = PackageURL.from_string(component["purl"])
        assert parsed.type == "pypi"
        assert parsed.name == component["name"].lower().replace("_", "-")


@given(many_hostile)
def test_only_what_is_not_affected_is_called_so(records):
    states = {
        "not_affected": {"false_positive", "not_affected"},
        "fixed": {"resolved"},
        "under_investigation": {"in_triage"},
        "affected": {"exploitable"},
    }
    found = {
        item["bom-ref"]: item["analysis"]["state"] for item in document(*records)["vulnerabilities"]
    }
    for item in records:
        assert found[f"finding/{item['name']}"] in states[position_of(Subject(item))]


def test_the_validator_can_fail():
    made = document(record())
    made["vulnerabilities"][0]["analysis"]["state"] = "fine"
    assert validator().validate_str(json.dumps(made)) is not None


def test_an_open_finding():
    assert only(record()) == {
        "advisories": [
            {"url": "https://github.com/advisories/GHSA-7q2w-4fjm-x9cp"},
            {
                "url": "https://reef.example/lanternfish/security-status/findings/GHSA-7q2w-4fjm-x9cp.html"
            },
        ],
        "affects": [
            {
                "ref": "pkg:pypi/sponge-http@1.9.1",
                "versions": [{"status": "affected", "version": "1.9.1"}],
            }
        ],
        "analysis": {
            "detail": "Upgrade Sponge_HTTP to 1.9.3.",
            "response": ["update"],
            "state": "exploitable",
        },
        "bom-ref": "finding/GHSA-7q2w-4fjm-x9cp",
        "created": "2026-11-09T00:00:00Z",
        "description": "A long line ends the parser",
        "detail": "A long line ends the parser.\n\nUse a newer one.",
        "id": "GHSA-7q2w-4fjm-x9cp",
        "properties": [
            {"name": "secstatus:due_date", "value": "2026-12-09"},
            {"name": "secstatus:status", "value": "open"},
        ],
        "published": "2026-11-02T00:00:00Z",
        "ratings": [
            {
                "method": "CVSSv31",
                "score": 7.5,
                "severity": "high",
                "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
            }
        ],
        "recommendation": "Upgrade Sponge_HTTP to 1.9.3.",
        "references": [
            {"id": "CVE-2026-41877", "source": {"name": "NVD", "url": "https://nvd.nist.gov/"}}
        ],
        "source": {"name": "GITHUB", "url": "https://github.com/advisories"},
    }


def test_analysis_of_the_others():
    assert only(FALSE_POSITIVE)["analysis"] == {
        "detail": "Only safe_load is called. (Accepted until 2027-01-31.)",
        "state": "false_positive",
    }
    risk = only(ACCEPTED_RISK)["analysis"]
    assert (risk["state"], risk["response"]) == ("exploitable", ["will_not_fix"])
    assert only(UNLISTED)["analysis"]["state"] == "in_triage"
    assert only(UNLISTED)["affects"][0]["versions"][0]["status"] == "unknown"
    assert only(CODE)["affects"] == [{"ref": "pkg:pypi/lanternfish@2.4.0"}]


def test_a_resolved_finding_does_not_clear_the_affected_version():
    made = document(RESOLVED)
    assert made["vulnerabilities"][0]["analysis"]["state"] == "resolved"
    assert "krill@1.9.1" not in json.dumps(made)


def test_a_label_of_the_plan():
    said = plan("false_positive", reason="No.", justification="vulnerable_code_not_in_execute_path")
    analysis = only(record(status="accepted", plan=said))["analysis"]
    assert (analysis["state"], analysis["justification"]) == ("not_affected", "code_not_reachable")
    open_one = only(record(status="open", plan=said))["analysis"]
    assert open_one["state"] == "exploitable"
    assert "justification" not in open_one


def test_the_package_as_its_own_dependency_is_there_once():
    made = document(record(package="Lanternfish", version="2.4.0"))
    assert made["components"] == []
    assert (
        made["vulnerabilities"][0]["affects"][0]["ref"] == made["metadata"]["component"]["bom-ref"]
    )
    assert validator().validate_str(json.dumps(made)) is None


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -1, 11, None])
def test_a_score_that_is_none_is_left_out(score):
    assert "score" not in only(record(cvss_score=score))["ratings"][0]


def test_the_serial_number_names_the_content():
    made = document(*EVERY_KIND)
    assert made == document(*reversed(EVERY_KIND))
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made["serialNumber"])  # fmt: skip
    elsewhere = dataclasses.replace(PLACE, base_url="https://b.example/")
    others = [document(record()), json.loads(cyclonedx_file(EVERY_KIND, elsewhere, MOMENT))]
    assert made["serialNumber"] not in [other["serialNumber"] for other in others]
    assert all(map(is_dependency, EVERY_KIND[:-1]))

"""SARIF: open and accepted findings, where they are, and a run that does not boast."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.site.exports.sarif import sarif_file
from tests.site.exports.samples import (
    CODE,
    EVERY_KIND,
    FALSE_POSITIVE,
    MOMENT,
    PLACE,
    has_controls,
    many_hostile,
    problems_of,
    record,
    texts,
)


def document(records, complete=True, problems=()):
    return json.loads(sarif_file(records, PLACE, MOMENT, complete, problems))


def run(*records, complete=True, problems=()):
    (only,) = document(records, complete, problems)["runs"]
    return only


def problems(made):
    return problems_of(made, "sarif-2.1.0.schema.json", "Draft4Validator")


def only(item):
    (found,) = run(item)["results"]
    return found


def place_of(item):
    physical = only(item)["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_keeps_to_the_schema():
    assert problems(document(EVERY_KIND)) == []


@given(many_hostile, st.booleans(), st.lists(texts, max_size=2))
def test_keeps_to_the_schema_whatever_the_text(records, complete, told):
    log = document(records, complete, told)
    assert problems(log) == []
    assert not has_controls(log)
    (made,) = log["runs"]
    shown = [item for item in records if item["status"] not in ("unlisted", "resolved")]
    assert len(made["results"]) == len(shown)
    rules = made["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in made["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not uri.startswith("/")
        assert ".." not in uri.split("/")


def test_the_schema_can_fail():
    log = document(EVERY_KIND)
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert problems(log)


def test_an_open_finding():
    page = "https://reef.example/lanternfish/security-status/findings/GHSA-7q2w-4fjm-x9cp.html"
    made = run(record())
    (result,) = made["results"]
    assert len(result.pop("partialFingerprints")["secstatusFinding/v1"]) == 32
    assert result == {
        "hostedViewerUri": page,
        "level": "error",
        "locations": [
            {
                "logicalLocations": [
                    {
                        "fullyQualifiedName": "pkg:pypi/sponge-http@1.9.1",
                        "kind": "package",
                        "name": "Sponge_HTTP",
                    }
                ],
                "physicalLocation": {
                    "artifactLocation": {"uri": "pyproject.toml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 1},
                },
            }
        ],
        "message": {
            "text": "GHSA-7q2w-4fjm-x9cp in Sponge_HTTP 1.9.1: A long line ends the parser. "
            "Upgrade Sponge_HTTP to 1.9.3."
        },
        "properties": {"security-severity": "7.5"},
        "ruleId": "GHSA-7q2w-4fjm-x9cp",
        "ruleIndex": 0,
        "suppressions": [],
    }
    assert made["tool"]["driver"] == {
        "name": "secstatus",
        "rules": [
            {
                "defaultConfiguration": {"level": "error"},
                "fullDescription": {"text": "A long line ends the parser. Use a newer one."},
                "helpUri": page,
                "id": "GHSA-7q2w-4fjm-x9cp",
                "properties": {"security-severity": "7.5", "tags": ["security"]},
                "shortDescription": {"text": "A long line ends the parser"},
            }
        ],
        "version": "9.9.9",
    }


def test_an_accepted_finding_is_suppressed_with_its_reason():
    assert only(FALSE_POSITIVE)["suppressions"] == [
        {
            "justification": "Only safe_load is called. (Accepted until 2027-01-31.)",
            "kind": "external",
            "status": "accepted",
        }
    ]


@given(many_hostile)
def test_only_accepted_findings_are_suppressed(records):
    made = run(*records)
    shown = sorted(
        (item for item in records if item["status"] not in ("unlisted", "resolved")),
        key=lambda item: item["name"],
    )
    found = [bool(result["suppressions"]) for result in made["results"]]
    assert found == [item["status"].strip() == "accepted" for item in shown]


@pytest.mark.parametrize(
    ("severity", "score", "level", "expected"),
    [
        ("critical", 9.8, "error", "9.8"),
        ("critical", None, "error", "9.5"),
        ("high", 9.8, "error", "8.0"),
        ("high", 0, "error", "8.0"),
        ("medium", 4, "warning", "4.0"),
        ("unknown", None, "warning", "5.5"),
        ("some later word", 9.9, "warning", "5.5"),
        ("low", None, "note", "2.0"),
        ("info", None, "note", "0.0"),
        ("high", float("nan"), "error", "8.0"),
    ],
)
def test_levels_and_scores(severity, score, level, expected):
    result = only(record(severity=severity, cvss_score=score))
    assert result["level"] == level
    assert result["properties"]["security-severity"] == expected


def test_a_rule_is_as_bad_as_its_worst_finding():
    low = record("CVE-1", name="CVE-1--a", severity="low", cvss_score=2.1)
    high = record("CVE-1", name="CVE-1--b", package="other", severity="high", cvss_score=8.8)
    (rule,) = run(low, high)["tool"]["driver"]["rules"]
    assert rule["properties"]["security-severity"] == "8.8"
    assert rule["defaultConfiguration"]["level"] == "error"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ("core.py", 42)),
        ({"location": "src/lantern fish/core.py:7"}, ("src/lantern%20fish/core.py", 7)),
        ({"location": "src\\core.py"}, ("src/core.py", 1)),
        ({"location": "/../../etc/passwd:0"}, ("etc/passwd", 1)),
        ({"finding_id": "some-rule-3"}, ("core.py", 1)),
        ({"finding_id": "B105"}, ("core.py", 1)),
        ({"package": None}, ("pyproject.toml", 1)),
        ({"location": "https://evil.example/x.py:3"}, ("https%3A/evil.example/x.py", 3)),
    ],
)
def test_where_a_code_finding_is(facts, expected):
    assert place_of(CODE | facts) == expected


def test_the_rule_of_a_code_finding():
    assert only(CODE)["ruleId"] == "B105"
    assert only(CODE | {"finding_id": "B105"})["ruleId"] == "B105"
    assert only(CODE | {"finding_id": "python.lang.x"})["ruleId"] == "python.lang.x"
    assert only(record("BANDIT-B105-core.py-42"))["ruleId"] == "BANDIT-B105-core.py-42"


def test_fingerprints_stay_and_differ():
    def print_of(**facts):
        return only(record(**facts))["partialFingerprints"]["secstatusFinding/v1"]

    assert print_of() == print_of(title="Another", severity="low", version="2")
    assert print_of() != print_of(package="another")
    assert print_of() != print_of(finding_id="CVE-2026-9")


def test_a_message_holds_no_link_and_no_placeholder():
    text = only(record(title="[x](https://evil.example) {0}"))["message"]["text"]
    assert "(x)(https://evil.example) (0)" in text


def test_a_run_that_is_not_complete_says_so():
    (whole,) = run(complete=True)["invocations"]
    assert whole == {"endTimeUtc": "2026-11-23T04:15:02Z", "executionSuccessful": True}
    (partial,) = run(complete=False, problems=["pip-audit: it audited nothing"])["invocations"]
    assert partial["executionSuccessful"] is False
    assert partial["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": "pip-audit: it audited nothing"}}
    ]
    (silent,) = run(complete=False, problems=[" "])["invocations"]
    assert silent["toolExecutionNotifications"][0]["message"]["text"]

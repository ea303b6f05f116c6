"""OpenVEX statements: the right state, what it rests on, and nothing that silences too much."""

import dataclasses
import json
from datetime import timedelta

import pytest
from hypothesis import given

from secstatus.site.exports.openvex import openvex_file
from secstatus.site.exports.position import position_of
from secstatus.site.exports.subject import Subject
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
    problems_of,
    record,
)


def document(*records):
    return json.loads(openvex_file(records, PLACE, MOMENT))


def problems(made):
    return problems_of(made, "openvex-0.2.0.rules.json")


def only(item):
    made = document(item)
    assert problems(made) == []
    (statement,) = made["statements"]
    return statement


def test_keeps_to_the_rules():
    made = document(*EVERY_KIND)
    assert problems(made) == []
    assert made["timestamp"] == "2026-11-23T04:15:02Z"
    assert made["author"] == "https://github.com/deepsea-tools/lanternfish"
    assert len(made["statements"]) == len(EVERY_KIND)


@given(many_hostile)
def test_keeps_to_the_rules_whatever_the_text(records):
    made = document(*records)
    found = problems(made)
    if not records:
        assert found.pop().startswith("$.statements: [] ")
    assert found == []
    assert not has_controls(made)
    # Nothing is lost, and nothing is said to be better than it is.
    assert sorted(each["status"] for each in made["statements"]) == sorted(
        position_of(Subject(item)) for item in records
    )


def test_the_rules_can_fail():
    made = document(FALSE_POSITIVE)
    for change in ({"status": "affected"}, {"justification": "x"}, {"impact_statement": ""}):
        assert problems(made | {"statements": [made["statements"][0] | change]})


def test_an_open_finding():
    assert only(record()) == {
        "action_statement": "Upgrade Sponge_HTTP to 1.9.3.",
        "products": [
            {
                "@id": "pkg:pypi/lanternfish@2.4.0",
                "identifiers": {"purl": "pkg:pypi/lanternfish@2.4.0"},
                "subcomponents": [
                    {
                        "@id": "pkg:pypi/sponge-http@1.9.1",
                        "identifiers": {"purl": "pkg:pypi/sponge-http@1.9.1"},
                    }
                ],
            }
        ],
        "status": "affected",
        "vulnerability": {
            "@id": "https://reef.example/lanternfish/security-status/findings/GHSA-7q2w-4fjm-x9cp.html",
            "aliases": ["CVE-2026-41877"],
            "description": "A long line ends the parser",
            "name": "GHSA-7q2w-4fjm-x9cp",
        },
    }


def test_accepted_findings():
    refuted = only(FALSE_POSITIVE)
    assert refuted["status"] == "not_affected"
    assert refuted["impact_statement"] == "Only safe_load is called. (Accepted until 2027-01-31.)"
    risk = only(ACCEPTED_RISK)
    assert risk["status"] == "affected"
    assert "Only typed dates are parsed. (Accepted until 2027-03-31.)" in risk["action_statement"]


def test_a_label_in_the_plan_is_the_justification():
    label = "vulnerable_code_not_in_execute_path"
    said = plan("false_positive", reason="Not called.", justification=label)
    statement = only(record(status="accepted", plan=said))
    assert statement["justification"] == label
    assert statement["status_notes"] == "Not called."
    assert "impact_statement" not in statement


def test_unlisted_and_resolved_findings():
    unlisted = only(UNLISTED)
    assert unlisted["status"] == "under_investigation"
    assert unlisted["status_notes"].startswith("Not listed since 2026-11-20; nothing proves")
    resolved = only(RESOLVED)
    assert resolved["status"] == "fixed"
    assert resolved["status_notes"] == "Resolved on 2026-11-21."
    # The affected version is not the one that is fixed.
    assert "krill@1.9.1" not in json.dumps(resolved)


def test_a_code_finding_is_one_of_the_product():
    statement = only(CODE)
    assert statement["vulnerability"]["name"] == CODE["name"]
    assert "subcomponents" not in statement["products"][0]


@given(many_hostile)
def test_what_hides_nothing_comes_last(records):
    order = ["not_affected", "fixed", "under_investigation", "affected"]
    ranks = [order.index(each["status"]) for each in document(*records)["statements"]]
    assert ranks == sorted(ranks)


def test_the_id_names_the_content():
    made = document(*EVERY_KIND)
    assert made == document(*reversed(EVERY_KIND))
    assert made["@id"].startswith(f"{PLACE.base_url}api/v1/openvex.json#")
    others = [
        document(*EVERY_KIND[1:]),
        json.loads(openvex_file(EVERY_KIND, PLACE, MOMENT + timedelta(seconds=1))),
        json.loads(
            openvex_file(
                EVERY_KIND, dataclasses.replace(PLACE, base_url="https://b.example/"), MOMENT
            )
        ),
    ]
    assert len({made["@id"], *(other["@id"] for other in others)}) == 4


@pytest.mark.parametrize(("repository", "version"), [("", "2.4.0"), ("a/b", "")])
def test_without_repository_or_version(repository, version):
    place = dataclasses.replace(PLACE, repository=repository, package_version=version)
    made = json.loads(openvex_file(EVERY_KIND, place, MOMENT))
    assert problems(made) == []
    assert made["author"] == (
        "https://github.com/a/b" if repository else "The maintainers of lanternfish"
    )

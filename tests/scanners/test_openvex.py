"""OpenVEX: both shapes, and which of several statements holds."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind, Verdict
from secstatus.scanners import openvex
from tests.scanners.single import read_report, reader_of

read, recognises = reader_of(openvex), openvex.recognises

DATA = Path(__file__).parents[1] / "data" / "reports" / "openvex"


def vex(*statements, **more):
    return {"@context": "https://openvex.dev/ns/v0.2.0", "statements": list(statements), **more}


def says(status, moment=None, product="pkg:pypi/lib@1.0"):
    statement = {"vulnerability": {"name": "CVE-2026-1"}, "status": status}
    return {**statement, "products": [{"@id": product}], "timestamp": moment}


def statuses(*statements, **more):
    return [each.statement for each in read(vex(*statements, **more)).observations]


def test_a_document():
    report = read_report((DATA / "statements.json").read_text(), "statements.json")
    assert (report.scanner, report.kind) == ("openvex", ScanKind.STATEMENTS)
    assert (report.verdict, report.tool_version) == (Verdict.UNSTATED, "vexwright 1.0")
    assert report.scanned_at == datetime(2026, 11, 10, 8, tzinfo=UTC)
    jinja, zope = report.observations
    assert (jinja.id, jinja.package, jinja.version) == ("CVE-2026-50001", "jinja2", "3.1.2")
    assert (jinja.statement, jinja.description) == ("affected", "Upgrade to 3.1.3.")
    assert (zope.package, zope.version) == ("zope-event", "5.0")
    assert zope.statement == "under_investigation"


def test_the_shape_of_version_0_0_1():
    old = {
        "@context": "https://openvex.dev/ns",
        "statements": [
            {
                "vulnerability": "CVE-2026-1",
                "products": ["pkg:apk/wolfi/bash@1.0.0", "pkg:pypi/My_Lib@2", "a product"],
                "status": "fixed",
            }
        ],
    }
    report = read_report(json.dumps(old), "old.json")
    assert [(each.package, each.version) for each in report.observations] == [
        ("apk:wolfi/bash", "1.0.0"),
        ("my-lib", "2"),
        ("a product", ""),
    ]
    assert {each.statement for each in report.observations} == {"fixed"}


EARLY, LATE = "2026-11-01T00:00:00Z", "2026-11-01T01:30:00+01:00"


@pytest.mark.parametrize("swapped", [False, True])
def test_the_later_statement_holds_wherever_it_stands(swapped):
    pair = [says("affected", EARLY), says("fixed", LATE)]
    assert statuses(*(reversed(pair) if swapped else pair)) == ["fixed"]
    pair = [says("not_affected", EARLY), says("affected", LATE)]
    assert statuses(*(reversed(pair) if swapped else pair)) == ["affected"]


def test_a_statement_without_a_time_has_that_of_its_document():
    assert statuses(says("affected"), says("fixed", LATE), timestamp=EARLY) == ["fixed"]
    assert statuses(says("affected"), says("fixed", EARLY), timestamp=LATE) == ["affected"]


KNOWN = ("affected", "under_investigation", "fixed", "not_affected")


@given(st.permutations([*KNOWN, "surely fine"]), st.sampled_from([None, EARLY]))
def test_the_worst_holds_when_times_do_not_decide(order, moment):
    assert statuses(*(says(status, moment) for status in order)) == ["surely fine"]
    known = [status for status in order if status in KNOWN]
    assert statuses(*(says(status, moment) for status in known)) == ["affected"]


def test_one_statement_without_a_time_makes_the_order_unknown():
    assert statuses(says("affected"), says("not_affected", LATE)) == ["affected"]


def test_products_are_told_apart():
    other = says("not_affected", LATE, product="pkg:pypi/other@1.0")
    assert statuses(says("affected", EARLY), other) == ["affected", "not_affected"]


def test_a_statement_without_a_product_is_kept():
    (found,) = read(vex({"vulnerability": "CVE-1", "status": "affected"})).observations
    assert (found.package, found.statement) == ("", "affected")


def test_no_statements_is_no_proof():
    assert read(vex()).verdict is Verdict.UNSTATED


def test_an_error_names_file_and_place():
    cases = {
        r"statements\[0\]\.vulnerability: found nothing": {"status": "fixed"},
        r"statements\[0\]\.vulnerability\.name": {"vulnerability": {"aliases": ["X"]}},
        r"statements\[0\]\.products\[0\]: found 7": {"vulnerability": "X", "products": [7]},
        r"statements\[0\]: found 'x'": "x",
    }
    for message, statement in cases.items():
        with pytest.raises(InputError, match=r"^v\.json: at \$\." + message):
            read_report(json.dumps(vex(statement)), "v.json")
    with pytest.raises(InputError, match="found a list, expected an object"):
        read_report('["not", "a", "document"]', "v.json", "openvex")
    with pytest.raises(InputError, match="of no known format"):
        read_report('["not", "a", "document"]', "v.json")
    with pytest.raises(InputError, match=r"\$\.statements: found nothing"):
        read_report('{"@context": "https://openvex.dev/ns"}', "v.json")


def test_recognition():
    assert recognises(vex())
    assert not recognises({"@context": "https://schema.org", "statements": []})
    assert not recognises([vex()])


@pytest.mark.parametrize(
    ("said", "closed"),
    [
        (
            {"status": "not_affected", "justification": "vulnerable_code_not_present"},
            "not_affected: vulnerable_code_not_present",
        ),
        ({"status": "not_affected", "impact_statement": "unused"}, "not_affected: unused"),
        ({"status": "not_affected", "action_statement": "update"}, ""),
        ({"status": "fixed"}, "fixed"),
        ({"status": "affected", "impact_statement": "all of it"}, ""),
        ({"status": "under_investigation"}, ""),
    ],
)
def test_what_a_statement_closes(said, closed):
    statement = {"vulnerability": "CVE-2026-1", "products": ["pkg:pypi/a@1"], **said}
    (found,) = read({"@context": "https://openvex.dev/ns", "statements": [statement]}).observations
    assert (found.closed, found.suppressed, found.statement) == (closed, "", said["status"])
    assert all(text in found.description for key, text in said.items() if key != "status")

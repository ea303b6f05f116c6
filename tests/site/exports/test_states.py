"""The exports of the small example projects, from the records that their sites publish."""

import json

import pytest

from secstatus.site.exports.csv import table_file
from secstatus.site.exports.cyclonedx import cyclonedx_file
from secstatus.site.exports.openvex import openvex_file
from secstatus.site.exports.osv import osv_applies, osv_document
from secstatus.site.exports.sarif import sarif_file
from tests.conftest import STATE_NAMES
from tests.site.exports.samples import MOMENT, PLACE, problems_of


@pytest.fixture
def published(built):
    """Reads the records of a built site, in the order of its list."""

    def records(state):
        out = built(state)
        listed = json.loads((out / "api/v1/findings.json").read_text("utf-8"))["findings"]
        paths = [out / f"api/v1/findings/{item['name']}.json" for item in listed]
        return [json.loads(path.read_text("utf-8")) for path in paths]

    return records


@pytest.mark.parametrize("state", STATE_NAMES)
def test_every_state_can_be_exported(published, state):
    records = published(state)
    openvex = json.loads(openvex_file(records, PLACE, MOMENT))
    assert problems_of(openvex, "openvex-0.2.0.rules.json") == [] or not records
    sarif = json.loads(sarif_file(records, PLACE, MOMENT, True))
    assert problems_of(sarif, "sarif-2.1.0.schema.json", "Draft4Validator") == []
    for item in filter(osv_applies, records):
        found = problems_of(osv_document(item), "osv.schema.json")
        assert [text for text in found if not text.startswith("$.id: 'SECSTATUS-")] == []


@pytest.mark.parametrize("state", STATE_NAMES)
def test_no_export_loses_a_finding(published, state):
    records = published(state)
    names = {item["name"] for item in records}
    shown = [item for item in records if item["status"] in ("open", "accepted")]
    statements = json.loads(openvex_file(records, PLACE, MOMENT))["statements"]
    assert len(statements) == len(records)
    cyclonedx = json.loads(cyclonedx_file(records, PLACE, MOMENT))["vulnerabilities"]
    assert {item["bom-ref"].removeprefix("finding/") for item in cyclonedx} == names
    (run,) = json.loads(sarif_file(records, PLACE, MOMENT, True))["runs"]
    assert len(run["results"]) == len(shown)
    assert table_file(records).count("\r\n") == len(records) + 1
    # Of the open ones none is called harmless.
    harmless = [item for item in statements if item["status"] in ("not_affected", "fixed")]
    settled = [item for item in records if item["status"] in ("accepted", "resolved")]
    assert len(harmless) <= len(settled)
